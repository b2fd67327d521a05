/* The loop and the fibers on it. */
#include "io/fiber.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "unit.h"

#define SOON (20 * NS_MS)

struct scene {
	struct loop *loop;
	struct fiber *a, *b;
	char order[32];
	int n;
	enum wait got;
	ns at;
};

static int setup(void **state)
{
	static struct scene s;

	s = (struct scene){.loop = loop_new()};
	*state = &s;
	return s.loop ? 0 : -1;
}

static int teardown(void **state)
{
	loop_free(((struct scene *)*state)->loop);
	return 0;
}

static void mark(struct scene *s, char c)
{
	s->order[s->n++] = c;
}

static void sleeper(void *arg)
{
	struct scene *s = arg;
	ns until = loop_clock(s->loop) + SOON;

	s->got = fiber_sleep_until(until);
	s->at = loop_now(s->loop) - until;
}

static void sleeps_until(void **state)
{
	struct scene *s = *state;

	assert_int_equal(fiber_run(s->loop, sleeper, s, NS_NEVER), LOOP_STOPPED);
	assert_int_equal(s->got, WAIT_TIMEOUT);
	assert_true(s->at >= 0 && s->at < 5 * NS_S);
}

static void partner(void *arg)
{
	struct scene *s = arg;

	mark(s, 'b');
	fiber_wake(s->a);
	s->got = fiber_park(NS_NEVER);
	mark(s, 'd');
}

static void ping_pong(void *arg)
{
	struct scene *s = arg;
	struct fiber *b = fiber_start(s->loop, partner, s);

	s->a = fiber_self();
	mark(s, 'a');
	assert_int_equal(fiber_park(NS_NEVER), WAIT_WOKEN);
	mark(s, 'c');
	fiber_wake(b);
	fiber_join(b);
	mark(s, 'e');
}

static void two_take_turns(void **state)
{
	struct scene *s = *state;

	fiber_run(s->loop, ping_pong, s, NS_NEVER);
	assert_string_equal(s->order, "abcde");
	assert_int_equal(s->got, WAIT_WOKEN);
}

static void woken_early(void *arg)
{
	struct scene *s = arg;

	fiber_wake(fiber_self());
	assert_int_equal(fiber_park(NS_NEVER), WAIT_WOKEN);
	assert_int_equal(fiber_park(0), WAIT_TIMEOUT);
	s->n = 1;
}

static void a_wake_up_is_not_lost(void **state)
{
	struct scene *s = *state;

	fiber_run(s->loop, woken_early, s, NS_NEVER);
	assert_int_equal(s->n, 1);
}

static void forever(void *arg)
{
	struct scene *s = arg;

	s->got = fiber_park(NS_NEVER);
	assert_true(fiber_stopped());
	assert_int_equal(fiber_sleep_until(NS_NEVER), WAIT_STOPPED);
}

static void joins_forever(void *arg)
{
	struct scene *s = arg;

	fiber_join(fiber_start(s->loop, forever, s));
	mark(s, 'j');
}

static void stopping_reaches_the_joined_one(void **state)
{
	struct scene *s = *state;

	loop_hold(s->loop); /* else nothing could ever wake it, and the loop says so */
	assert_int_equal(
		fiber_run(s->loop, joins_forever, s, loop_clock(s->loop) + SOON), LOOP_DEADLINE);
	loop_release(s->loop);
	assert_int_equal(s->got, WAIT_STOPPED);
	assert_string_equal(s->order, "j");
}

static void deep(volatile char *above, int left)
{
	volatile char here[512];

	here[0] = above[0];
	if (left)
		deep(here, left - 1);
	here[1] = here[0];
}

static void one_of_many(void *arg)
{
	struct scene *s = arg;
	volatile char start[1] = {0};

	deep(start, 60);
	fiber_sleep_until(loop_now(s->loop) + NS_MS);
	deep(start, 60);
	s->n++;
}

static void many_at_once(void *arg)
{
	struct scene *s = arg;
	struct fiber *f[100];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			f[i] = fiber_start(s->loop, one_of_many, s);
		for (int i = 0; i < 100; i++)
			fiber_join(f[i]);
	}
}

static void stacks_are_their_own_and_reused(void **state)
{
	struct scene *s = *state;

	fiber_run(s->loop, many_at_once, s, NS_NEVER);
	assert_int_equal(s->n, 300);
}

static void on_pipe(void *arg, uint32_t events)
{
	struct scene *s = arg;

	assert_true(events & EPOLLIN);
	s->n++;
	loop_stop(s->loop);
}

static void a_watch_tells_and_can_be_stopped(void **state)
{
	struct scene *s = *state;
	struct watch w = {.ready = on_pipe, .arg = s};
	int p[2];

	assert_int_equal(pipe(p), 0);
	assert_int_equal(watch_start(s->loop, &w, p[0], EPOLLIN), 0);
	assert_int_equal(loop_run(s->loop, loop_clock(s->loop) + NS_MS), LOOP_DEADLINE);
	assert_int_equal(write(p[1], "x", 1), 1);
	assert_int_equal(loop_run(s->loop, NS_NEVER), LOOP_STOPPED);
	assert_int_equal(s->n, 1);
	watch_stop(&w);
	watch_stop(&w);
	assert_int_equal(loop_run(s->loop, NS_NEVER), LOOP_IDLE);
	close(p[0]);
	close(p[1]);
}

static void post_again(void *arg)
{
	struct scene *s = arg;

	s->n++;
}

static void posts_run_once_and_can_be_taken_back(void **state)
{
	struct scene *s = *state;
	struct post a = {.call = post_again, .arg = s}, b = a, c = a;

	loop_post(s->loop, &a);
	loop_post(s->loop, &a);
	loop_post(s->loop, &b);
	loop_post(s->loop, &c);
	loop_unpost(s->loop, &c);
	loop_unpost(s->loop, &c);
	assert_int_equal(loop_run(s->loop, NS_NEVER), LOOP_IDLE);
	assert_int_equal(s->n, 2);
}

static void a_signal_stops_the_loop(void **state)
{
	struct scene *s = *state;
	struct watch never = {.ready = on_pipe, .arg = s};
	int p[2];

	assert_int_equal(pipe(p), 0);
	assert_int_equal(loop_signals(s->loop, NULL, NULL), 0);
	watch_start(s->loop, &never, p[0], EPOLLIN);
	raise(SIGTERM);
	assert_int_equal(loop_run(s->loop, NS_NEVER), LOOP_STOPPED);
	assert_int_equal(loop_signal(s->loop), SIGTERM);
	watch_stop(&never);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {T(sleeps_until), T(two_take_turns),
		T(a_wake_up_is_not_lost), T(stopping_reaches_the_joined_one),
		T(stacks_are_their_own_and_reused), T(a_watch_tells_and_can_be_stopped),
		T(posts_run_once_and_can_be_taken_back), T(a_signal_stops_the_loop)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
