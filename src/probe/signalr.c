/* ASP.NET Core SignalR: the row, how it is recognised, and a client that does as HubConnection
 * does: POST /negotiate, the WebSocket with the id that this gave, with the cookies that it set,
 * then the handshake. */
#include "probe/hub.h"

#include "fact/all.h"
#include "probe/credential.h"
#include "probe/recognise.h"
#include "probe/request.h"

/* OnConnectedAsync runs behind the handshake; when it throws, the hub closes. */
#define HUB_SETTLES (200 * NS_MS)
#define STICKY_ROUNDS 3

struct signalr_ask {
	bool skip_negotiation;
};

#define AT(member) offsetof(struct signalr_ask, member)
static const struct opt options[] = {
	{"skip-negotiation", 0, OPT_FLAG, AT(skip_negotiation), NULL,
		"connect by WebSocket alone, as a client with skipNegotiation does", "SignalR"},
	{NULL},
};

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
	hub_target(&b, hub_url_at(t, n->at), "", buf_z(&id));
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
	struct upgrade_how how = {.open = hub_way_to(t, n->at),
		.path = with_id(t, n),
		.no_credentials = n->at != NULL};
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
		struct link *k = hub_negotiate(t, &n);

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
	request_write(r, t, &(struct upgrade_how){.path = with_id(t, n)}, hub_url_at(t, n->at),
		n->trusted);
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
	struct open_how way = hub_way_to(t, n->at);
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
	struct link *k = hub_negotiate(t, &n);

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
	{&exp_signalr_negotiate, 2, BASE, hub_run_negotiate},
	{&exp_signalr_connect, 1, BASE, run_connect},
	{&exp_signalr_fallback, 3, WANTED, run_fallback},
	{&exp_signalr_sticky, 2 * STICKY_ROUNDS, WANTED, run_sticky},
	{NULL},
};

const struct protocol protocol_signalr = {.name = "signalr",
	.options = options,
	.ask_size = sizeof(struct signalr_ask),
	.in_url = in_url,
	.in_answer = hub_said,
	.hinted = hinted,
	.seek = seek,
	.begin = begin,
	.above = &dialect_signalr,
	.greet = greet,
	.plan = plan,
	.experiments = experiments,
	.doubt = 8};
