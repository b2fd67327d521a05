/* A stop without loss: nothing more is accepted but what the kernel has taken already, each
 * connection has what it sent read and answered, then its last word, and some time to hear it. */
#include <sys/ioctl.h>

#include "serve/far.h"

/* Together less than the ten seconds after which containers are killed. */
#define PATIENCE (3 * NS_S) /* with clients that go on talking */
#define LAST_WAIT                                                                                  \
	(5 * NS_S + 500 * NS_MS) /* with Closes unanswered, a moment more than each has            \
				  */
#define FRESH_WAIT NS_S		 /* a connection may be just about to say its first request */
#define BATCH 256		 /* last words a turn: each wakes one that rests */
#define AT_WORK (2 * NS_MS)
#define AT_EASE (20 * NS_MS)

struct stop {
	ns began, patience, end;
	size_t total, told;
	size_t batch; /* last words left, this turn */
	bool more;    /* to be said, once there is time */
};

/* All that came in of it has been heard. */
static bool is_quiet(const struct call *c)
{
	int waiting = 0;

	if (c->carrier && !link_is_quiet(c->carrier->k))
		return false;
	if (c->k)
		return link_is_quiet(c->k);
	return ioctl(c->rest.watch.fd, FIONREAD, &waiting) || !waiting;
}

static bool is_open_ws(const struct call *c)
{
	return c->k ? c->ws && ws_is_open(c->ws) : c->rest.allowed;
}

static void say_bye(struct call *c)
{
	const struct serve_ask *ask = call_ask(c);

	call_conn(c);
	if (c->role && c->role->bye && !c->fault)
		c->role->bye(c);
	else
		ws_send_close(c->ws, ask->stop_code, SPAN("server stops"));
	call_flush(c);
}

static void leave_ws(struct stop *s, struct call *c)
{
	if (!s->batch) {
		s->more = true;
		return;
	}
	s->batch--;
	s->told++;
	c->told = true;
	say_bye(c);
}

/* No more than its last answer is owed to one that speaks HTTP. */
static void leave_http(struct stop *s, struct call *c, ns now)
{
	bool fresh = !c->http || !http_head(c->http, CLIENT);

	if (c->asked && c->role && c->role->bye && c->mine) {
		say_bye(c);
		return;
	}
	if (now < s->patience &&
		(c->asked || call_backlog(c) || (c->http && http_has_next(c->http)) ||
			(fresh && now < s->began + FRESH_WAIT)))
		return;
	c->told = true;
	c->over = true;
	far_retire(c);
}

/* Its streams take leave first. */
static void leave_h2(struct stop *s, struct call *c, ns now)
{
	if (now < s->patience && (!is_quiet(c) || !streams_leave(c)))
		return;
	c->told = true;
	c->over = true;
	far_retire(c);
}

static void leave(struct stop *s, struct call *c, ns now)
{
	if (c->told || c->over)
		return;
	if (c->h2) {
		leave_h2(s, c, now);
		return;
	}
	if (c->shaker || c->fiber) {
		if (c->shaker && now < s->patience)
			return;
		fiber_stop(c->shaker ? c->shaker : c->fiber);
		c->told = true;
		return;
	}
	if (!is_quiet(c) && now < s->patience)
		return;
	if (is_open_ws(c))
		leave_ws(s, c);
	else if (!c->is_websocket)
		leave_http(s, c, now);
}

/* Spread over the time asked for. */
static size_t due(const struct stop *s, ns now, ns within)
{
	size_t by_now;

	if (now - s->began >= within)
		return BATCH;
	by_now = (size_t)((double)s->total * (double)(now - s->began) / (double)within);
	if (by_now <= s->told)
		return 0;
	return by_now - s->told < BATCH ? by_now - s->told : BATCH;
}

static void take_leave(struct far *far, struct stop *s, ns now)
{
	struct call *next;

	s->batch = due(s, now, far->ask->stop_within);
	s->more = false;
	for (struct call *c = far->calls; c; c = next) {
		next = c->next;
		leave(s, c, now);
	}
}

void far_stop(struct far *far)
{
	ns now = loop_clock(far->loop);
	struct stop s = {.began = now, .patience = now + far->ask->stop_within + PATIENCE};

	s.end = s.patience + LAST_WAIT;
	for (size_t i = 0; i < far->n_doors; i++)
		listen_finish(&far->doors[i].listener);
	for (const struct call *c = far->calls; c; c = c->next)
		s.total++;
	while (far->calls && !far->at_once && now < s.end) {
		take_leave(far, &s, now);
		far_sweep(far, false);
		if (far->calls)
			fiber_park(now + (s.more ? AT_WORK : AT_EASE));
		now = loop_clock(far->loop);
	}
}
