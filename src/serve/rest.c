/* Rest: what a connection needs while something happens on it, its link and layers, is given back once a WebSocket has been
 * idle for a while, and made anew when bytes come or somebody has something to say. */
#include "serve/far.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REST_AFTER (2 * NS_S)
/* More than a WebSocket waits for the Close that answers its own. */
#define END_AFTER (7 * NS_S)
/* So many are put down before the memory they leave goes back to the system. */
#define TRIM_AFTER 128

static bool is_resting(const struct call *c)
{
	return !c->k;
}

static void stirred(void *arg, uint32_t events)
{
	(void)events;
	rest_end(arg);
}

static bool put_down(struct call *c)
{
	struct ws_deflate_terms terms = *ws_agreed(c->ws);
	struct span window = {0};
	size_t limit = ws_limit_of(c->ws);
	int fd;

	if (call_ask(c)->profile || !link_may_release(c->k))
		return false;
	count_fold(c);
	ws_window_move(c->ws, &window);
	fd = link_release(c->k);
	c->k = NULL;
	c->http = c->ws = c->ear = NULL;
	c->rest.terms = terms;
	c->rest.limit = limit;
	c->rest.window = window;
	c->rest.watch = (struct watch){.ready = stirred, .arg = c, .fd = fd};
	if (++c->far->put_down % TRIM_AFTER == 0)
		malloc_trim(0);
	if (watch_start(c->far->loop, &c->rest.watch, fd, EPOLLIN))
		rest_end(c);
	return true;
}

void rest_end(struct call *c)
{
	struct spot spot = {.loop = c->far->loop, .journal = &c->far->journal, .where.flow = 1};
	struct dialled d = {.fd = c->rest.watch.fd, .began = loop_now(c->far->loop)};

	if (!is_resting(c))
		return;
	watch_stop(&c->rest.watch);
	c->k = link_new(&spot, &d, SEAT_SERVER);
	far_listen(c, true);
	ws_begin_agreed(c->ws, &c->rest.terms);
	ws_window_move(c->ws, &c->rest.window);
	ws_limit(c->ws, c->rest.limit);
	rest_allow(c);
	link_flush(c->k);
}

void rest_allow(struct call *c)
{
	c->rest.heard = 0;
	c->rest.taken = loop_clock(c->far->loop);
	c->rest.allowed = !c->fiber;
	if (c->fiber) { /* a fault's story is its own */
		loop_timer_stop(c->far->loop, &c->timer);
		return;
	}
	loop_timer(c->far->loop, &c->timer, loop_clock(c->far->loop) + REST_AFTER);
}

/* The Close waits behind what the client did not take, and goes when it takes it in time. */
static void drop(struct call *c, enum limit limit)
{
	if (!ws_is_open(c->ws))
		return;
	count_limit(c->far, c, limit);
	ws_send_close(c->ws, 1013, SPAN("slow reader"));
}

static bool takes_nothing(struct call *c)
{
	uint64_t said = link_said(c->k);
	ns now = loop_clock(c->far->loop);

	if (!link_backlog(c->k) || said != c->rest.said) {
		c->rest.said = said;
		c->rest.taken = now;
	}
	return now - c->rest.taken >= call_ask(c)->slow_after;
}

size_t call_backlog(const struct call *c)
{
	return c->k ? link_backlog(c->k) : 0;
}

bool call_is_slow(struct call *c)
{
	if (call_backlog(c) <= call_ask(c)->slow_bytes)
		return false;
	drop(c, LIMIT_SLOW_BYTES);
	return true;
}

/* What the socket of one that rests takes of it. */
static size_t send_resting(const struct call *c, struct span frames)
{
	ssize_t n = send(c->rest.watch.fd, frames.p, frames.n, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n > 0 ? (size_t)n : 0;
}

void call_send_made(struct call *c, struct span frames, unsigned messages)
{
	size_t sent;

	if (is_resting(c)) {
		sent = send_resting(c, frames);
		count_said(c, sent, messages);
		if (sent == frames.n)
			return;
		frames = span_from(frames, sent);
		messages = 0;
	}
	call_conn(c);
	if (!call_is_slow(c))
		ws_send_made(c->ws, frames, messages);
	call_flush(c);
}

/* It was closed: what is left is the other's Close, and its end. */
static bool look_at_end(struct call *c)
{
	if (c->rest.ending)
		return false;
	c->rest.ending = true;
	loop_timer(c->far->loop, &c->timer, loop_clock(c->far->loop) + END_AFTER);
	return true;
}

bool rest_look(struct call *c)
{
	uint64_t heard;

	if (!c->rest.allowed || c->ending)
		return false;
	if (!ws_is_open(c->ws))
		return look_at_end(c);
	if (takes_nothing(c)) {
		drop(c, LIMIT_SLOW_TIME);
		link_flush(c->k);
		return look_at_end(c);
	}
	heard = link_conn(c->k)->bytes[CLIENT];
	if (heard == c->rest.heard) {
		ws_shrink(c->ws);
		if (ws_is_at_rest(c->ws) && put_down(c))
			return true;
	}
	c->rest.heard = heard;
	loop_timer(c->far->loop, &c->timer, loop_clock(c->far->loop) + REST_AFTER);
	return true;
}

void rest_deinit(struct call *c)
{
	if (!is_resting(c))
		return;
	watch_stop(&c->rest.watch);
	close(c->rest.watch.fd);
	free((void *)(uintptr_t)c->rest.window.p);
}
