/* A Lavalink v4 node, as far as its clients look: REST below /v4 and at /version, the WebSocket at
 * /v4/websocket. */
#include "serve/lavarole.h"

#include <stdlib.h>

#include "serve/far.h"
#include "serve/lavanode_rest.h"

struct visit {
	struct call *call;
	struct lavanode *node;
	struct lavanode_session *session;
	struct lavanode_how how;
	struct timer timer;
};

static struct lavanode *node_of(const struct call *c)
{
	return c->far->states[ROLE_lavalink];
}

struct options {
	struct span password;
	ns stats;
	bool only;
};

struct lavanode_how lavarole_healthy(const struct call *c)
{
	const struct options *own = call_ask(c)->own[ROLE_lavalink];

	return (struct lavanode_how){.password = own->password, .stats_every = own->stats};
}

ns lavarole_began(const struct call *c)
{
	return node_of(c)->began;
}

/* --- answers --- */

/* Below /fault/ID stands the node's own path. */
static struct span path_of(const struct call *c)
{
	return c->fault ? c->show->below : call_path(c);
}

static struct span api(const struct lavanode_how *how)
{
	return how->v3 ? SPAN("3") : SPAN("4");
}

/* ResponseHeaderFilter.kt puts its header on every answer. A fault's fiber ends with the answer,
 * and the connection with it. */
static void say(struct call *c, const struct lavanode_how *how, unsigned status, const char *type,
	struct span body)
{
	struct http_header headers[4] = {{SPAN("Lavalink-Api-Version"), api(how)}};
	size_t n = 1;

	if (type)
		headers[n++] = (struct http_header){SPAN("Content-Type"), span_of(type)};
	if (status == 426)
		headers[n++] = (struct http_header){SPAN("Sec-WebSocket-Version"), SPAN("13")};
	if (!c->fault) {
		call_reply(c, status, headers, n, body);
		return;
	}
	headers[n++] = (struct http_header){SPAN("Connection"), SPAN("close")};
	call_conn(c);
	http_reply(c->http, status, headers, n, body);
	call_fin(c);
}

static struct lavanode_ask ask_of(const struct call *c)
{
	const struct http_head *h = call_head(c);

	return (struct lavanode_ask){.method = h->method,
		.path = path_of(c),
		.query = call_query(c),
		.body = call_body(c),
		.authorization = http_find(h, SPAN("Authorization")),
		.authorized = http_count(h, SPAN("Authorization")) > 0};
}

static void answer(struct call *c, const struct lavanode_how *how)
{
	const struct lavanode_ask ask = ask_of(c);
	struct lavanode_reply reply = {.body.max = 256 << 10};

	lavanode_rest(node_of(c), how, &ask, call_now(c), &reply);
	say(c, how, reply.status, reply.type, buf_span(&reply.body));
	buf_deinit(&reply.body);
}

/* --- the WebSocket --- */

/* Also from a request on another connection, and from the timer. */
static void pass_on(void *arg)
{
	struct visit *v = arg;
	struct span news;

	call_conn(v->call);
	while ((news = lavanode_news(v->session)).n) {
		ws_send(v->call->ws, WS_TEXT, news);
		lavanode_news_drop(v->session);
	}
	call_flush(v->call);
}

static void tick(void *arg)
{
	struct visit *v = arg;
	ns now = call_now(v->call), next = lavanode_tick(v->node, v->session, &v->how, now);

	loop_timer(call_loop(v->call), &v->timer, next);
}

/* What a request made due, or put off. */
static void wake(void *arg)
{
	struct visit *v = arg;

	pass_on(v);
	loop_timer(call_loop(v->call), &v->timer, call_now(v->call));
}

static void settle(struct call *c, const struct lavanode_how *how, struct lavanode_session *s)
{
	struct visit *v = calloc(1, sizeof(*v));

	if (!v)
		abort();
	*v = (struct visit){.call = c, .node = node_of(c), .session = s, .how = *how};
	v->timer.fire = tick;
	v->timer.arg = v;
	c->mine = v;
	s->wake = wake;
	s->of_whom = v;
	wake(v);
}

/* NumberFormatException after the 101: Spring closes with 1011. */
static bool is_number(struct span user_id)
{
	uint64_t id;

	return span_uint(user_id, INT64_MAX, &id);
}

/* The request's head is gone once the WebSocket is open: what is wanted of it is taken before. */
static void enter(struct call *c, const struct lavanode_how *how)
{
	const struct http_head *h = call_head(c);
	char id[LAVANODE_ID];
	struct span given = http_find(h, SPAN("Session-Id")), session = {0};
	bool number = is_number(http_find(h, SPAN("User-Id")));
	bool can = lavanode_can_resume(node_of(c), how, given, call_now(c));
	const struct http_header headers[] = {{SPAN("Lavalink-Api-Version"), api(how)},
		{SPAN("Session-Resumed"), can ? SPAN("true") : SPAN("false")}};
	struct ws_offer offer = call_offer(c);
	struct lavanode_session *s = NULL;

	offer.headers = headers;
	offer.n = 2;

	if (given.n == sizeof(id)) {
		memcpy(id, given.p, sizeof(id));
		session = (struct span){id, sizeof(id)};
	}
	if (!call_open(c, &offer))
		return;
	if (number)
		s = lavanode_enter(node_of(c), how, session, call_now(c));
	if (s)
		settle(c, how, s);
	else
		ws_send_close(c->ws, 1011, (struct span){0});
	call_flush(c);
}

struct refusal {
	unsigned status; /* 0: none */
	const char *words;
};

/* As AbstractHandshakeHandler.java of Spring, in its order. */
static struct refusal refusal(const struct http_head *h, bool stripped)
{
	if (!span_eq(h->method, SPAN("GET")))
		return (struct refusal){405, ""};
	if (stripped || !http_has_token(h, SPAN("Upgrade"), SPAN("websocket")))
		return (struct refusal){400, "Can \"Upgrade\" only to \"WebSocket\"."};
	if (!http_has_token(h, SPAN("Connection"), SPAN("Upgrade")))
		return (struct refusal){400, "\"Connection\" must be \"Upgrade\"."};
	if (!span_eq(http_find(h, SPAN("Sec-WebSocket-Version")), SPAN("13")))
		return (struct refusal){426, ""};
	return (struct refusal){http_count(h, SPAN("Sec-WebSocket-Key")) ? 0 : 400, ""};
}

static void open_door(struct call *c, const struct lavanode_how *how)
{
	const struct lavanode_ask ask = ask_of(c);
	const struct http_head *h = call_head(c);
	struct refusal r = {lavanode_doorman(how, &ask, http_find(h, SPAN("User-Id"))), ""};

	if (!r.status)
		r = refusal(h, how->upgrade_stripped);
	if (r.status)
		say(c, how, r.status, *r.words ? "text/plain" : NULL, span_of(r.words));
	else
		enter(c, how);
}

static bool is_door(const struct call *c, const struct lavanode_how *how)
{
	if (!how->v3)
		return span_eq(path_of(c), SPAN("/v4/websocket"));
	return call_upgrades(c) &&
	       (span_eq(path_of(c), SPAN("/")) || span_eq(path_of(c), SPAN("/v3/websocket")));
}

/* A fault brings the node to paths that are other roles'. */
void lavarole_request(struct call *c, const struct lavanode_how *how)
{
	c->role = &role_lavalink;
	c->role_at = ROLE_lavalink;
	if (is_door(c, how))
		open_door(c, how);
	else
		answer(c, how);
}

void lavarole_voice_closed(struct call *c, unsigned code)
{
	struct visit *v = c->mine;

	lavanode_say_voice_closed(v->session, LAVAROLE_GUILD, code);
}

/* --- the role --- */

static const struct opt options[] = {
	{.name = "lavalink-password",
		.type = OPT_TEXT,
		.offset = offsetof(struct options, password),
		.value = "PASSWORD",
		.say = "what clients of the Lavalink node have to know, `youshallnotpass` if not "
		       "given, as Lavalink's own default",
		.group = "Lavalink"},
	{.name = "lavalink-stats",
		.type = OPT_DURATION,
		.offset = offsetof(struct options, stats),
		.value = "DURATION",
		.min = NS_MS,
		.max = 3600 * NS_S,
		.say = "how often the node says how it does, every minute if not given"},
	{.name = "lavalink-only",
		.type = OPT_FLAG,
		.offset = offsetof(struct options, only),
		.say = "every path is the node's: / answers an upgrade with 200 and nothing, as "
		       "version 4 does"},
	{0},
};

static bool take(void *own, struct buf *error)
{
	struct options *o = own;

	(void)error;
	if (!o->password.n)
		o->password = SPAN("youshallnotpass");
	return true;
}

static bool takes(struct span path, const void *own)
{
	return ((const struct options *)own)->only || span_eq(path, SPAN("/version")) ||
	       span_eq(path, SPAN("/v3/websocket")) || span_starts(path, SPAN("/v4/"));
}

static void request(struct call *c)
{
	const struct lavanode_how how = lavarole_healthy(c);

	lavarole_request(c, &how);
}

static void end(struct call *c)
{
	struct visit *v = c->mine;

	if (!v)
		return;
	loop_timer_stop(call_loop(c), &v->timer);
	lavanode_leave(v->node, v->session, call_now(c));
	free(v);
	c->mine = NULL;
}

static void begin(void *state, struct far *far, const void *own)
{
	(void)own;
	((struct lavanode *)state)->began = loop_clock(far->loop);
}

static void finish(void *state)
{
	lavanode_deinit(state);
}

/* Messages are not heard: version 4 takes none ("Please use the REST api."). */
const struct role role_lavalink = {
	.name = "lavalink",
	.say = "a Lavalink v4 node at /version and below /v4, with sessions, players and one track "
	       "that makes no sound",
	.urls = "/v4/websocket Lavalink v4, with /version and the rest below /v4",
	.options = options,
	.ask_size = sizeof(struct options),
	.take = take,
	.takes = takes,
	.request = request,
	.end = end,
	.state_size = sizeof(struct lavanode),
	.begin = begin,
	.finish = finish,
};
