/* The time, at once and then again and again. */
#include <stdlib.h>
#include <time.h>

#include "io/clock.h"
#include "serve/far.h"
#include "serve/query.h"

struct ticker {
	struct call *call;
	struct timer timer;
	ns every;
};

static const struct query queries[] = {
	{"every", QUERY_DURATION, offsetof(struct ticker, every), 10 * NS_MS, 3600 * NS_S},
};

static void say_time(struct call *c)
{
	char text[40] = "";
	ns wall = clock_wall();
	time_t second = (time_t)(wall / NS_S);
	struct buf time = {.max = 64}, frame = {.max = 128};
	struct tm parts;

	if (gmtime_r(&second, &parts))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	buf_addf(&time, "%s.%03dZ", text, (int)(wall % NS_S / NS_MS));
	ws_message_make(&frame, WS_TEXT, buf_span(&time));
	call_send_made(c, buf_span(&frame), 1);
	buf_deinit(&time);
	buf_deinit(&frame);
}

static void tick(void *arg)
{
	struct ticker *t = arg;

	if (t->call->over)
		return;
	loop_timer(call_loop(t->call), &t->timer, t->timer.at + t->every);
	say_time(t->call);
}

static bool takes(struct span path, const void *own)
{
	(void)own;
	return span_eq(path, SPAN("/clock"));
}

static void request(struct call *c)
{
	struct ticker ask = {.every = NS_S}, *t;

	if (!query_take(c, queries, sizeof(queries) / sizeof(*queries), &ask) || !call_welcome(c))
		return;
	t = malloc(sizeof(*t));
	if (!t)
		abort();
	*t = (struct ticker){.call = c, .every = ask.every, .timer = {.fire = tick, .arg = t}};
	c->mine = t;
	loop_timer(call_loop(c), &t->timer, call_now(c) + t->every);
	say_time(c);
}

static void end(struct call *c)
{
	struct ticker *t = c->mine;

	if (t)
		loop_timer_stop(call_loop(c), &t->timer);
	free(t);
	c->mine = NULL;
}

const struct role role_clock = {
	.name = "clock",
	.say = "sends the time every second at /clock",
	.urls = "/clock?every=DURATION sends the time, every second unless told otherwise",
	.takes = takes,
	.request = request,
	.end = end,
};
