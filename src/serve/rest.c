/* Rest: what a connection needs while something happens on it, its link and layers, is given back once a WebSocket has been
 * idle for a while, and made anew when bytes come or somebody has something to say. */
#include "serve/far.h"

#include <malloc.h>
#include <sys/epoll.h>
#include <unistd.h>

#define REST_AFTER (2 * NS_S)
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
	size_t limit = ws_limit_of(c->ws);
	int fd = link_release(c->k);

	if (fd < 0)
		return false;
	c->k = NULL;
	c->http = c->ws = c->ear = NULL;
	c->rest.terms = terms;
	c->rest.limit = limit;
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
	ws_limit(c->ws, c->rest.limit);
	rest_allow(c);
	link_flush(c->k);
}

void rest_allow(struct call *c)
{
	c->rest.heard = 0;
	c->rest.allowed = !c->fiber;
	if (c->fiber) { /* a fault's story is its own */
		loop_timer_stop(c->far->loop, &c->timer);
		return;
	}
	loop_timer(c->far->loop, &c->timer, loop_clock(c->far->loop) + REST_AFTER);
}

bool rest_look(struct call *c)
{
	uint64_t heard;

	if (!c->rest.allowed || c->ending)
		return false;
	if (!ws_is_open(c->ws)) /* it ends by itself */
		return true;
	heard = link_conn(c->k)->bytes[CLIENT];
	if (heard == c->rest.heard && ws_is_at_rest(c->ws) && put_down(c))
		return true;
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
}
