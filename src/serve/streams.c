/* HTTP/2: a connection whose first bytes say so, or that TLS agreed on, answers nobody by itself.
 * Each of its streams is a call of its own, whose link stands on the stream in place of a socket.
 */
#include "dialect/h2/server.h"
#include "serve/far.h"

#define IDLE_WAIT (30 * NS_S)

bool far_speaks_h2(const struct far *far)
{
	const struct serve_ask *ask = far->ask;

	/* faults are stories of HTTP/1.1, and a platform's limits are those it has there */
	return !ask->no_h2 && !ask->show_faults && !ask->faults->n && !ask->profile;
}

bool door_speaks_h2(const struct door *door)
{
	return far_speaks_h2(door->far) && !door->fault;
}

/* --- a stream, seen from its call --------------------------------------------------------------
 */

static size_t take(void *stream, struct span bytes)
{
	return h2_say(stream, bytes);
}

static void fin(void *stream)
{
	h2_fin(stream);
}

static void more(void *stream)
{
	h2_more(stream);
}

static void gone(void *stream)
{
	h2_leave(stream);
}

/* --- a call, seen from its stream --------------------------------------------------------------
 */

static bool hear(void *own, struct span bytes)
{
	return link_hear(((struct call *)own)->k, bytes);
}

static void ended(void *own, enum cut how)
{
	((struct call *)own)->carrier = NULL;
	link_lose_carrier(((struct call *)own)->k, how);
}

static void peer_fin(void *own)
{
	link_hear_end(((struct call *)own)->k, CUT_FIN);
}

static void room(void *own)
{
	link_flush(((struct call *)own)->k);
}

/* --- the connection ----------------------------------------------------------------------------
 */

struct streams {
	struct call *call;
	struct post post;
};

static void pump(void *arg)
{
	struct call *c = arg;

	link_conn(c->k);
	h2_pump(c->h2);
	link_flush(c->k);
}

static void wake(void *arg)
{
	struct streams *t = arg;

	loop_post(call_loop(t->call), &t->post);
}

static void *begin(void *arg, struct h2_stream *s)
{
	const struct carrier carrier = {
		.arg = s, .take = take, .fin = fin, .more = more, .gone = gone};

	return far_carried(((struct streams *)arg)->call, &carrier);
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	(void)from, (void)how;
	far_over(((struct streams *)l->state)->call);
}

static void stop(struct layer *l)
{
	struct streams *t = l->state;

	loop_unpost(call_loop(t->call), &t->post);
}

static const struct dialect dialect_streams = {
	.name = "streams", .size = sizeof(struct streams), .cut = cut, .stop = stop};

void streams_begin(struct call *c)
{
	struct conn *conn = link_conn(c->k);
	struct streams *t;

	c->h2 = conn_push(conn, &dialect_h2_server);
	t = conn_push(conn, &dialect_streams)->state;
	t->call = c;
	t->post = (struct post){.call = pump, .arg = c};
	h2_serve(c->h2, &(struct h2_host){.arg = t,
				.begin = begin,
				.hear = hear,
				.cut = ended,
				.fin = peer_fin,
				.room = room,
				.wake = wake});
	loop_timer(c->far->loop, &c->timer, call_now(c) + IDLE_WAIT);
	loop_post(c->far->loop, &t->post);
}

bool streams_leave(struct call *c)
{
	h2_goaway(c->h2);
	pump(c);
	return !h2_streams(c->h2);
}

bool streams_look(struct call *c)
{
	if (!c->h2)
		return false;
	if (!h2_streams(c->h2)) {
		streams_leave(c);
		return false;
	}
	loop_timer(c->far->loop, &c->timer, call_now(c) + IDLE_WAIT);
	return true;
}

/* --- which of the two it is: RFC 9113 §3.4 ------------------------------------------------------
 */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct glance {
	struct call *call;
	size_t same; /* bytes that came and are the preface's */
	bool over;
};

static void decide(struct layer *l, bool h2)
{
	struct glance *g = l->state;

	g->over = true;
	if (h2)
		streams_begin(g->call);
	else
		far_listen_http(g->call);
	if (g->same)
		layer_up(l, CLIENT, 0, (struct span){preface, g->same});
}

static void glance_feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct glance *g = l->state;

	while (!g->over && data.n) {
		if (data.p[0] != preface[g->same]) {
			decide(l, false);
			break;
		}
		data = span_from(data, 1);
		if (++g->same == sizeof(preface) - 1)
			decide(l, true);
	}
	if (data.n)
		layer_up(l, from, unit, data);
}

static void glance_cut(struct layer *l, enum side from, enum cut how)
{
	struct glance *g = l->state;

	if (!g->over)
		decide(l, false);
	layer_cut_up(l, from, how);
}

static const struct dialect dialect_glance = {
	.name = "glance", .size = sizeof(struct glance), .feed = glance_feed, .cut = glance_cut};

void streams_glance(struct call *c)
{
	((struct glance *)conn_push(link_conn(c->k), &dialect_glance)->state)->call = c;
}
