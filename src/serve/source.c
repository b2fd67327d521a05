/* Messages at a rate. What the client does not take is not said: the rate goes on from there, so
 * that a slow client has fewer messages, never a burst of old ones. */
#include <stdlib.h>

#include "serve/far.h"
#include "serve/query.h"

#define TURN (2 * NS_MS)
#define BACKLOG_MAX ((size_t)128 << 10)
#define PER_TURN ((size_t)256 << 10) /* bytes */
#define RATE_MAX 1000000

struct spring {
	struct call *call;
	struct timer timer;
	int64_t rate, size, count; /* messages a second; bytes; messages, 0: no end */
	uint64_t said;
	ns since;	 /* the rate is counted from there */
	uint64_t so_far; /* since then */
};

static const struct query queries[] = {
	{"rate", QUERY_NUMBER, offsetof(struct spring, rate), 1, RATE_MAX},
	{"size", QUERY_SIZE, offsetof(struct spring, size), 1, 1 << 20},
	{"count", QUERY_NUMBER, offsetof(struct spring, count), 0, INT64_C(1000000000000)},
};

/* Its number, from 1, and dots up to the size. */
static void say_one(struct spring *s)
{
	struct buf text = {.max = 2 << 20};

	buf_addf(&text, "%llu", (unsigned long long)++s->said);
	if (text.n < (size_t)s->size)
		buf_pad(&text, '.', (size_t)s->size - text.n);
	ws_send(s->call->ws, WS_TEXT, span_head(buf_span(&text), (size_t)s->size));
	buf_deinit(&text);
}

static uint64_t due(const struct spring *s, ns now)
{
	double by_now = (double)(now - s->since) / NS_S * (double)s->rate + 1;

	return by_now > (double)s->so_far ? (uint64_t)by_now - s->so_far : 0;
}

/* From here on it is counted anew. */
static void restart(struct spring *s, ns now)
{
	s->since = now;
	s->so_far = 1;
}

static void plan(struct spring *s, ns now)
{
	ns next = s->since + (ns)((double)s->so_far / (double)s->rate * NS_S);

	loop_timer(call_loop(s->call), &s->timer, next > now + TURN ? next : now + TURN);
}

static bool is_done(const struct spring *s)
{
	return s->count && s->said == (uint64_t)s->count;
}

static void say_due(struct spring *s, ns now)
{
	uint64_t n = due(s, now);
	size_t bytes = 0;

	while (n && !is_done(s) && bytes < PER_TURN && call_conn(s->call)->out.n < BACKLOG_MAX) {
		say_one(s);
		bytes += (size_t)s->size;
		s->so_far++;
		n--;
	}
	if (n)
		restart(s, now);
}

static void flow(void *arg)
{
	struct spring *s = arg;
	ns now = call_now(s->call);

	if (s->call->over)
		return;
	call_conn(s->call);
	if (!ws_is_open(s->call->ws))
		return;
	say_due(s, now);
	if (is_done(s))
		ws_send_close(s->call->ws, 1000, SPAN("that was all"));
	else
		plan(s, now);
	call_flush(s->call);
}

static bool takes(struct span path, const void *own)
{
	(void)own;
	return span_eq(path, SPAN("/source"));
}

static void request(struct call *c)
{
	struct spring ask = {.rate = 10, .size = 128}, *s;

	if (!query_take(c, queries, sizeof(queries) / sizeof(*queries), &ask) || !call_welcome(c))
		return;
	s = malloc(sizeof(*s));
	if (!s)
		abort();
	*s = ask;
	s->call = c;
	s->since = call_now(c);
	s->timer = (struct timer){.fire = flow, .arg = s};
	c->mine = s;
	loop_timer(call_loop(c), &s->timer, s->since);
}

static void end(struct call *c)
{
	struct spring *s = c->mine;

	if (s)
		loop_timer_stop(call_loop(c), &s->timer);
	free(s);
	c->mine = NULL;
}

const struct role role_source = {
	.name = "source",
	.say = "sends messages at a rate at /source",
	.urls = "/source?rate=N&size=BYTES&count=N sends messages, 10 a second of 128 bytes unless "
		"told otherwise",
	.takes = takes,
	.request = request,
	.end = end,
};
