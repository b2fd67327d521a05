/* Engine.IO and Socket.IO: the row, and how they are recognised. The client is client.h, the
 * experiments are eio_*.c and sio_*.c. */
#include "probe/socketio.h"

#include "base/json.h"
#include "fact/all.h"
#include "probe/recognise.h"

/* --- what the user says ------------------------------------------------------------------------
 */

#define AT(member) offsetof(struct socketio_ask, member)

static const struct opt options[] = {
	{"eio", 0, OPT_CHOICE, AT(version), "VERSION",
		"speak this protocol of Engine.IO: 3 as socket.io-client 2 does, 4 as 3 and 4 do; "
		"default "
		"auto: 4, or what the server answers in",
		"Socket.IO", "auto|3|4"},
	{"namespace", 0, OPT_TEXT, AT(namespace), "NAMESPACE",
		"connect to this namespace; default /"},
	{"emit", 0, OPT_TEXT, AT(emit), "'EVENT JSON'",
		"emit this event with this argument, or the whole array '[\"EVENT\",…]', and wait "
		"for its "
		"ack"},
	{"emit-again", 0, OPT_FLAG, AT(again), NULL,
		"emit once more when no ack came in time: tells a handler that is registered late "
		"from one "
		"that never answers"},
	{"stream", 0, OPT_TEXT, AT(stream), "EVENT",
		"collect this event, after --emit if given: time to the first, gaps between them"},
	{"binary", 0, OPT_TEXT, AT(binary), "EVENT",
		"emit this event with 1 KiB of binary data and expect binary data back"},
	{NULL},
};

const struct socketio_ask *socketio_ask(const struct probe_ask *ask)
{
	return protocol_ask(ask, &protocol_socketio);
}

static bool fail(struct buf *error, const char *option, const char *why)
{
	buf_addf(error, "%s: %s", option, why);
	return false;
}

/* The client's own: servers drop who emits them (socket.io-parser/lib/index.ts, RESERVED_EVENTS).
 */
static bool is_reserved(struct span event)
{
	static const char *const events[] = {"connect", "connect_error", "disconnect",
		"disconnecting", "newListener", "removeListener"};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (span_eq(event, span_of(events[i])))
			return true;
	return false;
}

static bool take_event(struct span event, const char *option, struct buf *error)
{
	return is_reserved(event)
		       ? fail(error, option, "the name of that event is reserved by Socket.IO")
		       : true;
}

static bool take_array(struct span text, struct buf *error)
{
	struct json j;
	struct json_token name;

	if (!json_is(text, JSON_ARRAY))
		return fail(error, "--emit '[…]'", "it is no JSON array");
	json_init(&j, text);
	json_next(&j);
	name = json_next(&j);
	if (name.type != JSON_STRING || !name.raw.n)
		return fail(error, "--emit '[…]'", "it begins with the event's name, a string");
	return take_event(name.raw, "--emit", error);
}

/* 'EVENT JSON', or the array itself. */
static bool take_emit(struct socketio_ask *own, struct arena *a, struct buf *error)
{
	struct buf b = {.max = 1 << 20};
	struct json_out out = {.buf = &b};
	struct span text = own->emit, name;

	if (span_starts(text, SPAN("[")))
		return take_array(text, error);
	span_cut(&text, ' ', &name);
	text = span_trim(text);
	if (!name.n)
		return fail(error, "--emit", "it begins with the event's name");
	if (text.n && !json_is(text, JSON_END))
		return fail(error, "--emit", "what stands after the event's name is no JSON");
	if (!take_event(name, "--emit", error))
		return false;
	buf_addc(&b, '[');
	json_str(&out, name);
	buf_addz(&b, text.n ? "," : "");
	buf_add(&b, text);
	buf_addc(&b, ']');
	own->emit = arena_copy(a, buf_span(&b));
	buf_deinit(&b);
	return true;
}

static bool take(void *arg, struct probe_ask *ask, struct arena *a, struct buf *error)
{
	struct socketio_ask *own = arg;

	own->eio = span_eq(own->version, SPAN("3")) ? 3 : span_eq(own->version, SPAN("4")) ? 4 : 0;
	if (own->namespace.n && own->namespace.p[0] != '/')
		own->namespace = arena_fmt(a, "/%.*s", SPANF(own->namespace));
	if (span_chr(own->namespace, ',') >= 0)
		return fail(error, "--namespace", "a namespace has no comma");
	if (own->again && !own->emit.n)
		return fail(error, "--emit-again", "needs --emit");
	if (own->again && ask->expect.n)
		return fail(error, "--emit-again",
			"with --expect it is the event that is awaited, not an ack");
	if (!take_event(own->binary, "--binary", error))
		return false;
	return !own->emit.n || take_emit(own, a, error);
}

/* --- how it is recognised ----------------------------------------------------------------------
 */

/* What engine.io-client puts into the query itself. */
static bool is_engines(struct span parameter)
{
	static const char *const names[] = {"EIO", "transport", "sid", "t"};
	ssize_t equals = span_chr(parameter, '=');

	parameter = equals < 0 ? parameter : span_head(parameter, (size_t)equals);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq(parameter, span_of(names[i])))
			return true;
	return false;
}

/* Path and the user's own query. socket.io-client begins at /socket.io/, and ends every path with a
 * slash. */
static struct span engine_path(struct vantage *v)
{
	struct span path = url_path(&v->url), rest = url_query(&v->url), part, kept;
	struct buf b = {.max = URL_SAID_MAX};
	char before = '?';

	buf_add(&b, path.n <= 1 ? SPAN("/socket.io/") : path);
	if (span_ends(path, SPAN("/socket.io")) || span_ends(path, SPAN("/engine.io")))
		buf_addc(&b, '/');
	while (rest.n && span_cut(&rest, '&', &part)) {
		if (!part.n || is_engines(part))
			continue;
		buf_addc(&b, before);
		buf_add(&b, part);
		before = '&';
	}
	kept = arena_copy(&v->probe->arena, buf_span(&b));
	buf_deinit(&b);
	return kept;
}

/* What the user says of the clients; 0: nothing. */
static unsigned wanted(const struct vantage *v)
{
	struct span query = url_query(&v->url);
	unsigned eio = socketio_ask(v->probe->ask)->eio;

	return eio				      ? eio
	       : span_find(query, SPAN("EIO=3")) >= 0 ? 3
	       : span_find(query, SPAN("EIO=4")) >= 0 ? 4
						      : 0;
}

static void begin(struct vantage *v)
{
	struct where w = {.vantage = v->index};
	unsigned eio = wanted(v);

	if (eio)
		note(v->probe->journal, &w, probe_now(v->probe), &eio_wanted, F_INT(k_eio, eio));
	v->engine = engine_path(v);
	v->eio = eio ? eio : 4;
	v->bare = span_find(v->engine, SPAN("/engine.io")) >= 0;
	v->url.target = arena_fmt(&v->probe->arena, "%.*s%cEIO=%u&transport=websocket",
		SPANF(v->engine), span_chr(v->engine, '?') < 0 ? '?' : '&', v->eio);
}

static const char *in_url(const struct vantage *v)
{
	struct span path = url_path(&v->url), query = url_query(&v->url);

	if (span_find(path, SPAN("/socket.io")) >= 0 || span_find(path, SPAN("/engine.io")) >= 0)
		return "path";
	return span_starts(query, SPAN("EIO=")) || span_find(query, SPAN("&EIO=")) >= 0 ? "query"
											: NULL;
}

static bool in_answer(const struct obs *o)
{
	static const char *const makers[] = {"engine.io", "python-engineio", "netty-socketio",
		"go-socket.io", "engineioxide", "engineio"};

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		if (o->kind == &http_answer && obs_is(o, &k_who, makers[i]))
			return true;
	/* the open packet of protocol 3, behind its length */
	if (o->kind == &http_answer)
		return span_find(obs_text(o, &k_body_head), SPAN(":0{\"sid\"")) >= 0;
	return o->kind == &ws_message && obs_is(o, &k_from, "server") &&
	       obs_is(o, &k_shape, "Engine.IO open packet");
}

/* Where servers are mounted that are not at the default path. */
static const char *const mounts[] = {
	"/engine.io/", "/ws/socket.io/", "/api/socket.io/", "/app/socket.io/"};

#define MOUNTS (sizeof(mounts) / sizeof(mounts[0]))
/* A server without the path may hang rather than answer. */
#define SEARCH_PATIENCE NS_S

static bool is_there(struct try *t, const char *mount)
{
	const struct obs *o;
	struct link *k;

	o = try_upgrade(t,
		&(struct upgrade_how){.plain_get = true,
			.path = arena_z(&t->probe->arena,
				arena_fmt(&t->probe->arena, "%s?EIO=4&transport=polling", mount))},
		&k);
	if (k)
		try_close(t, k);
	return o && in_answer(o);
}

static void search(struct try *t)
{
	t->patience = SEARCH_PATIENCE;
	for (size_t i = 0; i < MOUNTS && !probe_is_over(t->probe); i++) {
		t->spot.where.attempt = (uint16_t)i;
		if (!is_there(t, mounts[i]))
			continue;
		t->vantage->url.target = span_of(mounts[i]);
		return;
	}
}

/* Not where the server is down, or speaks no HTTP: no other path will do better. */
static bool may_be_elsewhere(const struct vantage *v)
{
	const struct scope s = {v->probe->journal, v->index, v->probe->n_vantages};
	const struct obs *page = scope_find(&s, &http_answer, &exp_engineio, NULL);

	if (scope_find(&s, &http_fault, &exp_engineio, NULL))
		return false;
	return page ? obs_int(page, &k_status) < 500
		    : scope_find(&s, &tcp_connect, &exp_upgrade, NULL) != NULL;
}

/* engine.io/lib/server.ts: an Upgrade at a path that is not its own is ended without a word after
 * destroyUpgradeTimeout, 1000 ms. */
static bool hinted(const struct vantage *v)
{
	const struct scope s = {v->probe->journal, v->index, v->probe->n_vantages};
	const struct obs *end = scope_find(&s, &conn_end, &exp_upgrade, NULL);
	ns after = obs_int(end, &k_after);

	return obs_is(end, &k_by, "peer") && after >= 900 * NS_MS && after <= 1300 * NS_MS &&
	       !scope_find(&s, &http_answer, &exp_upgrade, NULL) &&
	       !scope_find(&s, &ws_open, &exp_upgrade, NULL);
}

/* At its usual path, which a page's address, or a bare host, does not tell; then at others, unless
 * the user named one: that is then wrong, and for a cause to say. */
static bool seek(struct vantage *v, bool elsewhere)
{
	plan_together(v, (const struct experiment *[]){plan_find(&exp_engineio)}, 1);
	if (recognise_in(v, &protocol_socketio, &exp_engineio))
		return true;
	if (!elsewhere || url_path(&v->url).n > 1 || !may_be_elsewhere(v))
		return false;
	plan_together(v, (const struct experiment *[]){plan_find(&exp_eio_search)}, 1);
	return recognise_in(v, &protocol_socketio, &exp_eio_search);
}

/* --- how it is looked at -----------------------------------------------------------------------
 */

/* A client that polls first, beside one that opens a WebSocket alone. */
static void plan(struct vantage *v)
{
	const struct experiment *beside[] = {plan_find(&exp_eio_websocket), plan_find(&exp_h2)};
	struct together g = {.n = 0};

	plan_here(v, plan_find(&exp_eio_polling));
	for (size_t i = 0; i < (v->url.secure ? 2 : 1); i++)
		plan_begin(&g, v, beside[i]);
	plan_here(v, plan_find(&exp_eio_upgrade));
	plan_end(&g);
	probe_client_note(v);
}

static bool grows(const struct probe_ask *ask)
{
	return ask->size > 0;
}

static bool holds(const struct probe_ask *ask)
{
	return ask->idle > 0;
}

static bool emits(const struct probe_ask *ask)
{
	const struct socketio_ask *own = socketio_ask(ask);

	return (own->emit.n && !own->stream.n) || ask->expect.n;
}

static bool streams(const struct probe_ask *ask)
{
	return socketio_ask(ask)->stream.n > 0;
}

static bool sends_binary(const struct probe_ask *ask)
{
	return socketio_ask(ask)->binary.n > 0;
}

static bool comes_back(const struct probe_ask *ask)
{
	return ask->reconnect;
}

static bool samples(const struct probe_ask *ask)
{
	return ask->samples > 0;
}

static const struct experiment experiments[] = {
	{&exp_eio_polling, 2, BASE, probe_eio_polling},
	{&exp_eio_upgrade, 2, BASE, probe_eio_upgrade},
	{&exp_eio_websocket, 1, BASE, probe_eio_websocket},

	{&exp_eio_search, MOUNTS, WANTED, search},
	{&exp_eio_no_upgrade, 1, WANTED, probe_vary},
	{&exp_eio_version, 1, WANTED, probe_eio_version},
	{&exp_eio_origin, 1, WANTED, probe_eio_origin},
	{&exp_eio_preflight, 1, WANTED, probe_eio_preflight},
	{&exp_sio_root, 2, WANTED, probe_sio_root},
	{&exp_sio_no_auth, 2, WANTED, probe_sio_no_auth},
	{&exp_eio_paths, 6, WANTED, probe_eio_paths},
	{&exp_eio_sticky, 7, WANTED, probe_eio_sticky},
	{&exp_eio_sticky_cookies, 7, WANTED, probe_eio_sticky_cookies},
	{&exp_eio_long_poll, 2, WANTED, probe_eio_long_poll},

	{&exp_sio_emit, 2, ASKED, probe_sio_emit, emits, .instead = &exp_expect},
	{&exp_sio_stream, 2, ASKED, probe_sio_stream, streams},
	{&exp_sio_binary, 2, ASKED, probe_sio_binary, sends_binary},
	{&exp_sio_reconnect, 4, ASKED, probe_sio_reconnect, comes_back},
	{&exp_eio_samples, 2, ASKED, probe_eio_samples, samples, .each_sample = true,
		.instead = &exp_samples},
	{&exp_eio_payload, 3, ASKED, probe_eio_payload, grows, .instead = &exp_size},
	{&exp_eio_heartbeat, 4, ASKED, probe_eio_heartbeat, holds, .holds = true},
	{NULL},
};

static const char *impossible(const struct vantage *v, const struct tag *exp)
{
	if (exp == &exp_echo || exp == &exp_send)
		return "Engine.IO takes no raw messages: see --emit";
	return protocol_has(&protocol_socketio, exp) && !v->opened && v->polling_fails
		       ? "no session was opened"
		       : NULL;
}

const struct protocol protocol_socketio = {.name = "socketio",
	.options = options,
	.ask_size = sizeof(struct socketio_ask),
	.take = take,
	.in_url = in_url,
	.in_answer = in_answer,
	.hinted = hinted,
	.seek = seek,
	.begin = begin,
	.plan = plan,
	.experiments = experiments,
	.impossible = impossible,
	.doubt = 18};
