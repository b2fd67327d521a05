/* ASP.NET Core SignalR: the row, how it is recognised, and a client that does as HubConnection
 * does: POST /negotiate, the WebSocket with the id that this gave, with the cookies that it set,
 * then the handshake. */
#include "dialect/signalr/signalr.h"

#include "fact/all.h"
#include "io/clock.h"
#include "probe/credential.h"
#include "probe/protocol.h"
#include "probe/recognise.h"
#include "probe/request.h"
#include "probe/token.h"

/* OnConnectedAsync runs behind the handshake; when it throws, the hub closes. */
#define HUB_SETTLES (200 * NS_MS)
#define STICKY_ROUNDS 3
#define COOKIES_MAX 4096

struct signalr_ask {
	bool skip_negotiation;
};

#define AT(member) offsetof(struct signalr_ask, member)
static const struct opt options[] = {
	{"skip-negotiation", 0, OPT_FLAG, AT(skip_negotiation), NULL,
		"connect by WebSocket alone, as a client with skipNegotiation does", "SignalR"},
	{NULL},
};

/* Where negotiate sends its clients on to: Azure SignalR Service. The user's own credentials stay
 * at home. */
struct place {
	struct url url;
	struct addresses names;
	struct span access; /* its bearer token */
};

/* What a negotiation gave; the texts live in the probe's arena. */
struct negotiated {
	struct place *at; /* NULL: the vantage point's own place */
	bool ok, trusted;
	struct span token;
	bool websockets, events;
	struct span on, access;
	bool elsewhere; /* its clients are sent on to another service */
	bool answered;	/* by a hub, whatever it said */
};

/* --- the URL -----------------------------------------------------------------------------------
 */

static bool is_clients_own(struct span parameter)
{
	return span_starts(parameter, SPAN("id=")) ||
	       span_istarts(parameter, SPAN("negotiateVersion=")) ||
	       span_istarts(parameter, SPAN("useStatefulReconnect="));
}

/* Path, suffix, and the user's own query with `more` behind it. */
static void hub_target(struct buf *out, const struct url *url, const char *suffix, const char *more)
{
	struct span path = url_path(url), rest = url_query(url), part;
	char before = '?';

	if (span_ends(path, SPAN("/negotiate")))
		path.n -= sizeof("/negotiate") - 1;
	while (*suffix && path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	buf_add(out, path.n == 1 && *suffix ? (struct span){0} : path);
	buf_addz(out, suffix);
	while (rest.n && span_cut(&rest, '&', &part)) {
		if (!part.n || is_clients_own(part))
			continue;
		buf_addc(out, before);
		buf_add(out, part);
		before = '&';
	}
	if (*more)
		buf_addf(out, "%c%s", before, more);
}

/* --- how it is recognised ----------------------------------------------------------------------
 */

static const char *in_url(const struct vantage *v)
{
	const struct signalr_ask *own = protocol_ask(v->probe->ask, &protocol_signalr);

	if (own->skip_negotiation)
		return "option";
	return span_ends(url_path(&v->url), SPAN("/negotiate")) &&
			       span_ifind(url_query(&v->url), SPAN("negotiateVersion=")) >= 0
		       ? "path"
		       : NULL;
}

static bool in_answer(const struct obs *o)
{
	if (o->kind == &http_answer)
		return obs_is(o, &k_who, "signalr");
	return o->kind == &signalr_negotiated || o->kind == &signalr_redirect ||
	       (o->kind == &signalr_refused && obs_is(o, &k_by, "negotiate")) ||
	       (o->kind == &signalr_fault && obs_is(o, &k_fault, "aspnet"));
}

/* A hub is usually called one; a WebSocket alone does not tell. */
static bool hinted(const struct vantage *v)
{
	struct span rest = url_path(&v->url), part, last = {0};

	while (rest.n && span_cut(&rest, '/', &part))
		last = part.n ? part : last;
	return span_ends(last, SPAN("hub")) || span_ends(last, SPAN("Hub")) ||
	       span_istarts(last, SPAN("hub")) || span_ieq(last, SPAN("signalr")) ||
	       span_eq(last, SPAN("_blazor"));
}

static bool seek(struct vantage *v, bool elsewhere)
{
	(void)elsewhere;
	if (!hinted(v))
		return false;
	plan_here(v, plan_find(&exp_signalr_negotiate));
	if (recognise_in(v, &protocol_signalr, &exp_signalr_negotiate))
		return true;
	v->state = NULL;
	return false;
}

static void begin(struct vantage *v)
{
	struct buf b = {.max = URL_SAID_MAX};

	hub_target(&b, &v->url, "", "");
	v->url.target = arena_copy(&v->probe->arena, buf_span(&b));
	buf_deinit(&b);
}

/* --- the negotiation ---------------------------------------------------------------------------
 */

/* Clients keep what negotiate sets: affinity rests on it. Once for the run: a balancer does not
 * change its mind. */
static void keep_cookies(struct try *t, const struct http_head *head)
{
	struct vantage *v = t->vantage;
	struct buf jar = {.max = COOKIES_MAX};

	for (size_t i = 0; head && i < head->n; i++) {
		struct span rest = head->headers[i].value, pair;

		if (!span_ieq(head->headers[i].name, SPAN("Set-Cookie")) ||
			!span_cut(&rest, ';', &pair))
			continue;
		buf_addz(&jar, jar.n ? "; " : "");
		buf_add(&jar, span_trim(pair));
	}
	if (jar.n && !jar.full && v->n_more < VANTAGE_HEADERS_MAX)
		v->more[v->n_more++] = (struct http_header){
			SPAN("Cookie"), arena_copy(&t->probe->arena, buf_span(&jar))};
	buf_deinit(&jar);
}

static const struct url *url_at(const struct try *t, const struct place *at)
{
	return at ? &at->url : &t->vantage->url;
}

static struct open_how way_to(const struct try *t, const struct place *at)
{
	struct open_how how = {.url = at ? &at->url : NULL};

	if (at && !t->vantage->forward)
		how.to = &at->names.v[0];
	return how;
}

static void ask(struct try *t, struct link *k, const struct place *at, bool trusted)
{
	const struct url *url = url_at(t, at);
	struct layer *signalr;
	struct buf target = {.max = URL_SAID_MAX};
	struct request r = {0};
	struct http_ask how;

	conn_push(link_conn(k), &dialect_http);
	signalr = conn_push(link_conn(k), &dialect_signalr);
	request_write(&r, t, &(struct upgrade_how){.path = NULL}, url, trusted);
	/* without it cookie authentication answers with a page to log in at */
	r.headers[r.n++] = (struct http_header){SPAN("X-Requested-With"), SPAN("XMLHttpRequest")};
	if (at && at->access.n)
		r.headers[r.n++] = (struct http_header){SPAN("Authorization"),
			arena_fmt(&r.arena, "Bearer %.*s", SPANF(at->access))};
	hub_target(&target, url, "/negotiate", "negotiateVersion=1");
	if (!trusted && !at)
		credential_strip_query(&target);
	how = request_plain(&r);
	how.target = buf_span(&target);
	signalr_negotiate(signalr, &how);
	buf_deinit(&target);
	request_deinit(&r);
}

static bool has_answered(const struct try *t, struct link *k)
{
	const struct journal *j = t->spot.journal;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.flow == link_where(k)->flow && in_answer(j->all[i]))
			return true;
	return false;
}

/* On a connection of its own, which is handed back open; NULL: it came to nothing. */
static struct link *negotiate_at(struct try *t, struct place *at, struct negotiated *out)
{
	struct open_how way = way_to(t, at);
	struct link *k = try_open(t, &way);
	const struct signalr_terms *terms;
	const struct obs *o;
	ns began;

	*out = (struct negotiated){.at = at};
	if (!k)
		return NULL;
	out->trusted = !at && try_trusts(t, k, &t->vantage->url, &way);
	ask(t, k, at, out->trusted);
	began = probe_now(t->probe);
	o = try_answer(t, k);
	try_phase(t, k, "negotiate", began, o && o->kind == &http_answer);
	terms = signalr_terms(conn_layer(link_conn(k), &dialect_signalr));
	out->ok = terms->ok;
	out->token = arena_copy(&t->probe->arena, terms->token);
	out->websockets = terms->websockets;
	out->events = terms->events;
	out->elsewhere = terms->url.n > 0;
	out->on = arena_copy(&t->probe->arena, terms->url);
	out->access = arena_copy(&t->probe->arena, terms->access);
	out->answered = has_answered(t, k);
	if (o && o->kind == &http_answer && !at)
		keep_cookies(t, http_head(conn_layer(link_conn(k), &dialect_http), SERVER));
	return k;
}

static bool find_place(struct try *t, struct place *at, const struct negotiated *n)
{
	struct resolve_ask ask;
	const char *why;

	if (!url_parse(n->on, &at->url, &why))
		return false;
	at->access = n->access;
	ask = (struct resolve_ask){.host = at->url.host,
		.port = at->url.port,
		.family = t->probe->ask->family,
		.overrides = t->probe->ask->overrides,
		.system_only = true};
	return t->vantage->forward || resolve(&at->names, &t->spot, &ask, try_deadline(t));
}

/* Clients follow; once is what the service needs. */
static struct link *negotiate(struct try *t, struct negotiated *out)
{
	struct link *k = negotiate_at(t, NULL, out);
	struct place *at;

	if (!k || !out->elsewhere)
		return k;
	at = ARENA_NEW(&t->probe->arena, struct place);
	if (!find_place(t, at, out))
		return k;
	try_close(t, k);
	return negotiate_at(t, at, out);
}

static void run_negotiate(struct try *t)
{
	struct negotiated *n = ARENA_NEW(&t->probe->arena, struct negotiated);
	struct link *k;

	token_note(t, &t->vantage->url, clock_wall() / NS_S);
	t->vantage->state = n;
	k = negotiate(t, n);
	if (k)
		try_close(t, k);
}

/* --- the hub -----------------------------------------------------------------------------------
 */

/* As encodeURIComponent does; the token is the server's, and may hold anything. */
static void add_encoded(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c && strchr("-_.~", c)))
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

/* With the id of a negotiation, or none: then the hub makes a connection of the WebSocket itself.
 */
static const char *with_id(struct try *t, const struct negotiated *n)
{
	struct buf b = {.max = URL_SAID_MAX}, id = {.max = 6 * SIGNALR_TOKEN_MAX + 32};
	const char *target;

	if (n->ok) {
		buf_addz(&id, "id=");
		add_encoded(&id, n->token);
	}
	if (n->at && n->at->access.n) {
		buf_addf(&id, "%saccess_token=", id.n ? "&" : "");
		add_encoded(&id, n->at->access);
	}
	hub_target(&b, url_at(t, n->at), "", buf_z(&id));
	if (n->ok && !n->trusted && !n->at)
		credential_strip_query(&b);
	target = arena_z(&t->probe->arena, buf_span(&b));
	buf_deinit(&b);
	buf_deinit(&id);
	return target;
}

static bool stays(struct try *t, struct link *k)
{
	signalr_say_ping(conn_layer(link_conn(k), &dialect_signalr));
	try_ping(t, k);
	return !link_await(
		       k, try_deadline_in(t, HUB_SETTLES), &signalr_close, &ws_close, &ws_fault) &&
	       link_open(k);
}

/* A hub closes on who is silent for 30 s, so clients ping it every 15 s: HubConnection,
 * keepAliveInterval. */
#define KEEP_ALIVE (15 * NS_S)

static bool greet(struct try *t, struct link *k)
{
	const struct obs *o;

	signalr_say_handshake(conn_layer(link_conn(k), &dialect_signalr));
	o = link_await(k, try_deadline(t), &signalr_open, &signalr_refused, &signalr_close,
		&ws_close, &ws_fault);
	if (!o || o->kind != &signalr_open)
		return false;
	signalr_keep_alive(conn_layer(link_conn(k), &dialect_signalr), KEEP_ALIVE);
	return true;
}

/* True: the hub took the handshake and stays. */
static bool shake_hands(struct try *t, struct link *k)
{
	ns began = probe_now(t->probe);
	const struct obs *o;

	signalr_say_handshake(conn_layer(link_conn(k), &dialect_signalr));
	o = link_await(k, try_deadline(t), &signalr_open, &signalr_refused, &signalr_close,
		&ws_close, &ws_fault);
	try_phase(t, k, "hello", began, o && o->kind == &signalr_open);
	if (o && o->kind == &signalr_open)
		return stays(t, k);
	if (!o && link_open(k) && !probe_is_over(t->probe)) {
		try_say(t, "silent", "us", "the handshake was not answered");
		note(t->spot.journal, link_where(k), probe_now(t->probe), &signalr_unanswered,
			F_TIME(k_waited, probe_now(t->probe) - began));
	}
	return false;
}

static bool connect_hub(struct try *t, const struct negotiated *n)
{
	struct link *k;
	struct upgrade_how how = {
		.open = way_to(t, n->at), .path = with_id(t, n), .no_credentials = n->at != NULL};
	const struct obs *o = try_upgrade(t, &how, &k);
	bool works = false;

	if (!k)
		return false;
	if (o && o->kind == &http_answer)
		try_keep_location(t, k);
	if (o && o->kind == &ws_open) {
		t->vantage->opened = true;
		works = shake_hands(t, k);
		try_goodbye(t, k);
	}
	try_close(t, k);
	return works;
}

static void note_works(struct try *t, const char *text)
{
	note(t->spot.journal, &t->spot.where, probe_now(t->probe), &run_works,
		F_TEXT(k_text, span_of(text)));
}

static void run_connect(struct try *t)
{
	static const struct negotiated nothing;
	const struct negotiated *n = t->vantage->state ? t->vantage->state : &nothing;

	if (n->elsewhere)
		try_say(t, "skipped", "us", "negotiate sends its clients on to another service");
	else if (n->answered && !n->ok)
		try_say(t, "skipped", "us", "negotiate gave no connection");
	else if (n->ok && !n->websockets)
		try_say(t, "skipped", "us", "the hub offers no WebSockets");
	else if (connect_hub(t, n))
		note_works(t, n->ok ? "negotiated, connected, the hub answers"
				    : "connected without negotiation, the hub answers");
}

/* Each round as another client would, on fresh connections: only so several servers show. */
static void run_sticky(struct try *t)
{
	for (int i = 0; i < STICKY_ROUNDS && !probe_is_over(t->probe); i++) {
		struct negotiated n;
		struct link *k = negotiate(t, &n);

		if (k)
			try_close(t, k);
		if (n.ok)
			connect_hub(t, &n);
		t->spot.where.attempt++;
	}
}

/* A request to the hub with the id that was negotiated. */
static struct http_ask hub_request(struct try *t, struct request *r, const struct negotiated *n)
{
	request_write(
		r, t, &(struct upgrade_how){.path = with_id(t, n)}, url_at(t, n->at), n->trusted);
	return request_plain(r);
}

/* Its first poll is answered at once, and empty. Over the connection of the negotiation, as a
 * client's is. */
static void fall_to_polling(struct try *t, struct link *k, const struct negotiated *n)
{
	struct request r = {0};
	struct http_ask how = hub_request(t, &r, n);
	const struct obs *o;

	http_ask(conn_layer(link_conn(k), &dialect_http), &how);
	o = try_answer(t, k);
	if (o && o->kind == &http_answer && obs_int(o, &k_status) == 200)
		note_works(t, "clients connect by long polling");
	request_deinit(&r);
}

static void post_handshake(struct try *t, struct link *k, const struct negotiated *n)
{
	struct request r = {0};
	struct http_ask how = hub_request(t, &r, n);

	how.method = SPAN("POST");
	how.body = SPAN(SIGNALR_HANDSHAKE);
	http_ask(conn_layer(link_conn(k), &dialect_http), &how);
	try_answer(t, k);
	request_deinit(&r);
}

/* What a proxy holds back until there is more of it never comes. */
static void await_events(
	struct try *t, struct link *events, struct link *k, const struct negotiated *n)
{
	ns began = probe_now(t->probe);
	const struct obs *o;

	signalr_expect_handshake(conn_layer(link_conn(events), &dialect_signalr));
	post_handshake(t, k, n);
	o = link_await(events, try_deadline(t), &signalr_open, &signalr_refused, &signalr_close);
	if (o && o->kind == &signalr_open)
		note_works(t, "clients connect by Server-Sent Events");
	else if (!o && link_open(events) && !probe_is_over(t->probe))
		note(t->spot.journal, link_where(events), probe_now(t->probe), &signalr_unanswered,
			F_TIME(k_waited, probe_now(t->probe) - began));
}

/* False: they are refused, and clients go on to the next transport. */
static bool fall_to_events(struct try *t, struct link *k, const struct negotiated *n)
{
	struct open_how way = way_to(t, n->at);
	struct link *events = try_open(t, &way);
	struct request r = {0};
	struct http_ask how;
	const struct obs *o;

	if (!events)
		return false;
	how = hub_request(t, &r, n);
	conn_push(link_conn(events), &dialect_http);
	signalr_listen(conn_push(link_conn(events), &dialect_signalr), &how);
	request_deinit(&r);
	o = link_await(events, try_deadline(t), &signalr_stream, &http_answer, &http_fault);
	if (!o || o->kind == &signalr_stream)
		await_events(t, events, k, n);
	try_close(t, events);
	return !o || o->kind == &signalr_stream;
}

/* Server-Sent Events where they are offered, else long polling: the order of the clients. */
static void run_fallback(struct try *t)
{
	struct negotiated n;
	struct link *k = negotiate(t, &n);

	if (!k)
		return;
	if (n.ok && link_open(k) && !(n.events && fall_to_events(t, k, &n)) && link_open(k))
		fall_to_polling(t, k, &n);
	try_close(t, k);
}

static void plan(struct vantage *v)
{
	const struct signalr_ask *own = protocol_ask(v->probe->ask, &protocol_signalr);
	const struct experiment *together[] = {plan_find(&exp_signalr_connect), plan_find(&exp_h2)};

	const struct negotiated *n;

	if (own->skip_negotiation)
		v->state = NULL;
	else
		plan_here(v, plan_find(&exp_signalr_negotiate));
	n = v->state;
	plan_together(v, together, v->url.secure ? 2 : 1);
	if (n && n->ok && !n->websockets)
		plan_here(v, plan_find(&exp_signalr_fallback));
}

static const struct experiment experiments[] = {
	{&exp_signalr_negotiate, 2, BASE, run_negotiate},
	{&exp_signalr_connect, 1, BASE, run_connect},
	{&exp_signalr_fallback, 3, WANTED, run_fallback},
	{&exp_signalr_sticky, 2 * STICKY_ROUNDS, WANTED, run_sticky},
	{NULL},
};

const struct protocol protocol_signalr = {.name = "signalr",
	.options = options,
	.ask_size = sizeof(struct signalr_ask),
	.in_url = in_url,
	.in_answer = in_answer,
	.hinted = hinted,
	.seek = seek,
	.begin = begin,
	.above = &dialect_signalr,
	.greet = greet,
	.plan = plan,
	.experiments = experiments,
	.doubt = 8};
