#include "serve/fault_eio.h"

#include <stdlib.h>

#include "serve/far.h"
#include "serve/pages.h"

enum { TRANSPORT_UNKNOWN, SESSION_UNKNOWN, BAD_METHOD, BAD_REQUEST, FORBIDDEN };

static struct stage *stage_of(struct call *c, const struct eio_how *how)
{
	struct stage **at = (struct stage **)(void *)&c->far->stages[c->fault - fault_all],
		     *s = *at;

	if (!s) {
		s = *at = calloc(1, sizeof(*s));
		if (!s)
			abort();
		s->app = how->app ? *how->app : socketio_app;
		sio_server_begin(&s->server, c->far, &s->rules, &s->app);
	}
	/* what the query says holds for all of its sessions */
	s->rules = *socketio_rules(c->far);
	if (how->rule)
		how->rule(&s->rules, &c->show->params);
	return s;
}

void fault_stages_finish(struct far *far)
{
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		struct stage *s = far->stages[i];

		if (s)
			sio_server_finish(&s->server);
		free(s);
	}
}

void fault_eio(struct call *c, const struct eio_how *how)
{
	struct eio_request r;
	struct stage *s;

	if (!span_starts(c->show->below, SPAN("/socket.io/"))) {
		call_answer(c, "404 Not Found", "Content-Type: text/plain\r\n", SPAN("Not Found"));
		return;
	}
	s = stage_of(c, how);
	c->show->stage = s;
	c->role = &role_socketio;
	c->role_at = ROLE_socketio;
	c->mine = NULL;
	c->show->hear = eio_server_message;
	c->show->more = how->more;
	c->show->n_more = how->n_more;
	eio_request_read(&r, call_head(c));
	s->asked += r.sid.n > 0;
	if (how->before && how->before(c, s, &r)) {
		if (!c->ending && !c->goes_on)
			call_stay(c);
		return;
	}
	eio_server_request(&s->server.eio, c);
	link_flush(c->k);
	if (how->after && !c->ending)
		how->after(c, s, &r);
	if (!c->ending)
		call_stay(c); /* or it goes on */
}

/* --- sessions that are not known everywhere -----------------------------------------------------
 */

/* So many in a hundred, evenly. */
static bool strays(const struct call *c, const struct stage *s)
{
	uint64_t rate = c->show->params.rate ? c->show->params.rate : 50;

	return s->asked * rate / 100 != (s->asked - 1) * rate / 100;
}

static bool forget(struct call *c, struct stage *s, const struct eio_request *r)
{
	if (!r->sid.n || !strays(c, s))
		return false;
	eio_server_refuse(c, SESSION_UNKNOWN);
	return true;
}

static bool forget_without_cookie(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)s;
	if (!r->sid.n || span_find(http_find(call_head(c), SPAN("Cookie")), SPAN("route=")) >= 0)
		return false;
	eio_server_refuse(c, SESSION_UNKNOWN);
	return true;
}

/* The server's pages come from the origin that asks. */
static void take_origin(struct eio_rules *r, const struct fault_params *p)
{
	r->cors = p->to;
}

static const struct http_header bare_cookie = {{"Set-Cookie", 10}, {"route=a; Path=/", 15}};
static const struct http_header alb_cookie = {{"Set-Cookie", 10}, {"AWSALB=abcd; Path=/", 19}};

#define EIO(function, ...)                                                                         \
	void show_##function(struct call *c)                                                       \
	{                                                                                          \
		fault_eio(c, &(struct eio_how){__VA_ARGS__});                                      \
	}
EIO(sticky, .before = forget)
EIO(sticky_process, .before = forget, .more = &alb_cookie, .n_more = 1)
EIO(sticky_jar, .before = forget_without_cookie, .more = &bare_cookie, .n_more = 1)
EIO(sticky_samesite, .before = forget_without_cookie, .rule = take_origin, .more = &bare_cookie,
	.n_more = 1)

/* Without Access-Control-Allow-Credentials no page may send it. */
static const struct http_header anyone[] = {{{"Access-Control-Allow-Origin", 27}, {"*", 1}},
	{{"Set-Cookie", 10}, {"route=a; Path=/; SameSite=None; Secure", 38}}};
EIO(sticky_not_sent, .before = forget_without_cookie, .more = anyone, .n_more = 2)

/* --- transports ---------------------------------------------------------------------------------
 */

static void no_websocket(struct eio_rules *r, const struct fault_params *p)
{
	(void)p;
	r->websocket = false;
}

static void no_polling(struct eio_rules *r, const struct fault_params *p)
{
	(void)p;
	r->polling = false;
}

EIO(polling_only, .rule = no_websocket)
EIO(websocket_only, .rule = no_polling)

static bool refuse_upgrade(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)s;
	(void)r;
	if (!call_upgrades(c))
		return false;
	call_answer(
		c, "418 I'm a teapot", "Content-Type: text/plain\r\n", SPAN("short and stout\n"));
	return true;
}

EIO(stuck_polling, .before = refuse_upgrade)

/* 2probe is never answered by 3probe. */
static bool ignore_probe(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)s;
	if (!call_upgrades(c) || !r->sid.n)
		return false;
	c->show->hear = NULL;
	call_open(c, &(struct ws_offer){0});
	return true;
}

EIO(upgrade_timeout, .before = ignore_probe)

/* --- polls --------------------------------------------------------------------------------------
 */

static void lose_session(struct call *c)
{
	role_socketio.end(c);
	c->mine = NULL;
}

static void cut_poll(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)s;
	if (call_upgrades(c) || !r->sid.n || !span_eq(call_head(c)->method, SPAN("GET")))
		return;
	if (!call_sleep(c, c->show->params.after) || c->ending)
		return;
	lose_session(c);
	if (!c->ending)
		call_answer(
			c, "504 Gateway Time-out", NGINX, SPAN(NGINX_PAGE("504 Gateway Time-out")));
}

EIO(poll_cut, .after = cut_poll)

/* As if somebody had polled twice: the second is refused, and the session is over. */
static bool overlap(struct call *c, struct stage *s, const struct eio_request *r)
{
	struct eio_client *client = eio_client_find(&s->server.eio, r->sid);

	if (!client || call_upgrades(c) || !span_eq(call_head(c)->method, SPAN("GET")))
		return false;
	eio_client_enter(client);
	eio_client_end(client, EIO_CLOSE);
	eio_client_leave(client);
	call_reply(c, 400, NULL, 0, (struct span){0});
	return true;
}

EIO(overlap, .before = overlap)

static void small_payload(struct eio_rules *r, const struct fault_params *p)
{
	r->max_payload = p->limit;
}

static bool refuse_large(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)r;
	if (call_upgrades(c) || call_body(c).n <= s->rules.max_payload)
		return false;
	call_reply(c, 413, NULL, 0, (struct span){0});
	return true;
}

EIO(payload, .rule = small_payload, .before = refuse_large)

static bool refuse_large_body(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)s;
	(void)r;
	if (call_upgrades(c) || call_body(c).n <= c->show->params.limit)
		return false;
	call_answer(c, "413 Request Entity Too Large", NGINX_LAST,
		SPAN(NGINX_PAGE("413 Request Entity Too Large")));
	return true;
}

EIO(body_too_large, .before = refuse_large_body)

static const struct http_header gzip = {{"Content-Encoding", 16}, {"gzip", 4}};
EIO(compressed, .more = &gzip, .n_more = 1)

/* --- heartbeats ---------------------------------------------------------------------------------
 */

static void late_pings(struct eio_rules *r, const struct fault_params *p)
{
	r->ping_interval = NS_S;
	r->ping_timeout = 5 * NS_S;
	r->late = p->after;
}

static void no_pings(struct eio_rules *r, const struct fault_params *p)
{
	r->ping_interval = r->ping_timeout = p->after / 2;
	r->never_pings = true;
}

EIO(loop_blocked, .rule = late_pings)
EIO(no_pings, .rule = no_pings)

/* --- versions, refusals -------------------------------------------------------------------------
 */

static void not_3(struct eio_rules *r, const struct fault_params *p)
{
	(void)p;
	r->no_eio3 = true;
}

static void only_3(struct eio_rules *r, const struct fault_params *p)
{
	(void)p;
	r->only_eio3 = true;
}

EIO(v2_client, .rule = not_3)
EIO(v2_server, .rule = only_3)
EIO(socketio, .rule = NULL)

static bool forbid(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)s;
	(void)r;
	eio_server_refuse(c, FORBIDDEN);
	return true;
}

EIO(allow_request, .before = forbid)

/* --- CORS ---------------------------------------------------------------------------------------
 */

static const struct http_header wildcard[] = {{{"Access-Control-Allow-Origin", 27}, {"*", 1}},
	{{"Access-Control-Allow-Credentials", 32}, {"true", 4}}};
EIO(cors_wildcard, .more = wildcard, .n_more = 2)

static const struct http_header twice[] = {
	{{"Access-Control-Allow-Origin", 27}, {"https://app.example", 19}},
	{{"Access-Control-Allow-Origin", 27}, {"*", 1}}};
EIO(cors_twice, .more = twice, .n_more = 2)

static bool refuse_options(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)s;
	(void)r;
	if (!span_eq(call_head(c)->method, SPAN("OPTIONS")))
		return false;
	c->show->n_more = 0;
	eio_server_refuse(c, BAD_METHOD);
	return true;
}

static const struct http_header any_origin = {{"Access-Control-Allow-Origin", 27}, {"*", 1}};
EIO(cors_preflight, .before = refuse_options, .more = &any_origin, .n_more = 1)

/* The application breaks for pages of other origins, and the error has no CORS headers. */
static bool break_for_others(struct call *c, struct stage *s, const struct eio_request *r)
{
	(void)s;
	(void)r;
	if (call_upgrades(c) || fault_origin_allowed(c))
		return false;
	call_answer(c, "500 Internal Server Error", EXPRESS, SPAN("Internal Server Error"));
	return true;
}

EIO(cors_masks, .before = break_for_others)

/* --- Socket.IO ----------------------------------------------------------------------------------
 */

static bool is_packet(struct span data, char type)
{
	return data.n && data.p[0] == type;
}

static void refuse_join(struct eio_client *c, bool binary, struct span data)
{
	if (binary || !is_packet(data, '0')) {
		socketio_app.heard(c, binary, data);
		return;
	}
	c->due_at = NS_NEVER;
	eio_client_message(c, false, SPAN("4{\"message\":\"unauthorized\"}"));
}

/* {"type":0,"data":{"sid":"wsdx"},"nsp":"/"} as MessagePack. */
static void answer_packed(struct eio_client *c, bool binary, struct span data)
{
	(void)binary;
	(void)data;
	c->due_at = NS_NEVER;
	eio_client_message(c, true,
		SPAN("\x83\xa4type\x00\xa4"
		     "data\x81\xa3sid\xa4wsdx\xa3nsp\xa1/"));
}

/* Events are heard by nobody. */
static void swallow_events(struct eio_client *c, bool binary, struct span data)
{
	if (!binary && !is_packet(data, '2') && !is_packet(data, '5'))
		socketio_app.heard(c, binary, data);
}

/* The handler is registered after the first one has passed. */
static void swallow_first(struct eio_client *c, bool binary, struct span data)
{
	if (!binary && is_packet(data, '2') && !c->late) {
		c->late = true;
		return;
	}
	socketio_app.heard(c, binary, data);
}

/* What the server emits goes to a room that nobody is in: events are acknowledged, and that is all.
 */
static void emit_elsewhere(struct eio_client *c, bool binary, struct span data)
{
	struct buf ack = {.max = 64};
	size_t n = 1;

	if (!binary && is_packet(data, '0')) {
		c->due_at = NS_NEVER;
		eio_client_message(c, false, SPAN("0{\"sid\":\"wsdx\"}"));
	}
	while (n < data.n && data.p[n] >= '0' && data.p[n] <= '9')
		n++;
	if (binary || !is_packet(data, '2') || n == 1)
		return;
	buf_addf(&ack, "3%.*s[]", SPANF(span_from(span_head(data, n), 1)));
	if (!ack.full)
		eio_client_message(c, false, buf_span(&ack));
	buf_deinit(&ack);
}

/* Events that belong apart are kept, and come together. */
static void keep_events(struct eio_client *c, bool binary, struct span data)
{
	socketio_app.heard(c, binary, data);
	if (!binary && is_packet(data, '0') && !c->closed)
		c->due_at = loop_clock(c->server->loop) + c->server->rules->late;
}

static void let_events_go(struct eio_client *c)
{
	for (unsigned i = 0; i < 8; i++)
		eio_client_message(c, false, SPAN("2[\"token\",\"of a stream\"]"));
}

static void late_events(struct eio_rules *r, const struct fault_params *p)
{
	r->late = p->after;
}

void show_clumped(struct call *c)
{
	struct eio_app app = socketio_app;

	app.heard = keep_events;
	app.due = let_events_go;
	fault_eio(c, &(struct eio_how){.app = &app, .rule = late_events});
}

#define APP(function, hears)                                                                       \
	void show_##function(struct call *c)                                                       \
	{                                                                                          \
		struct eio_app app = socketio_app;                                                 \
                                                                                                   \
		app.heard = hears;                                                                 \
		fault_eio(c, &(struct eio_how){.app = &app});                                      \
	}
APP(middleware, refuse_join)
APP(parser, answer_packed)
APP(not_acked, swallow_events)
APP(late_handler, swallow_first)
APP(room_not_joined, emit_elsewhere)
