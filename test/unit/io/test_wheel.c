/* The timer wheel under virtual time. */
#include "io/wheel.h"
#include "unit.h"

struct probe {
	struct timer timer;
	struct wheel *wheel;
	ns fired, again, *clock;
	int count;
};

static void fired(void *arg)
{
	struct probe *p = arg;

	p->fired = *p->clock;
	p->count++;
	if (p->again)
		timer_set(p->wheel, &p->timer, p->again);
	p->again = 0;
}

static struct probe probe_of(struct wheel *w, ns *clock)
{
	return (struct probe){.timer.fire = fired, .wheel = w, .clock = clock};
}

/* Goes from event to event as the loop does, but at most to `end`. */
static void run_to(struct wheel *w, ns *clock, ns end)
{
	while (wheel_next(w) <= end) {
		ns next = wheel_next(w);

		*clock = next > *clock ? next : *clock;
		wheel_turn(w, *clock);
	}
	*clock = end;
	wheel_turn(w, end);
}

static void fires_at_its_millisecond(void **state)
{
	static const ns after[] = {1, NS_MS, 63 * NS_MS, 64 * NS_MS, 65 * NS_MS, 4095 * NS_MS,
		4096 * NS_MS, 4097 * NS_MS, 262144 * NS_MS, 3600 * NS_S, 100 * 86400 * NS_S};
	static const ns start[] = {0, 5 * NS_MS, 63 * NS_MS, 4095 * NS_MS + 17, 262143 * NS_MS};

	(void)state;
	for (size_t s = 0; s < sizeof(start) / sizeof(*start); s++)
		for (size_t i = 0; i < sizeof(after) / sizeof(*after); i++) {
			ns clock = start[s], due = start[s] + after[i];
			struct wheel w;
			struct probe p = probe_of(&w, &clock);

			wheel_init(&w, clock);
			p.timer.arg = &p;
			timer_set(&w, &p.timer, due);
			run_to(&w, &clock, due - 1);
			assert_int_equal(p.count, 0);
			run_to(&w, &clock, due + NS_MS);
			assert_int_equal(p.count, 1);
			assert_true(p.fired >= due && p.fired <= due + NS_MS);
			assert_int_equal(w.count, 0);
			assert_true(wheel_next(&w) == NS_NEVER);
		}
}

static void can_be_taken_back_and_moved(void **state)
{
	ns clock = 0;
	struct wheel w;
	struct probe p = probe_of(&w, &clock);

	(void)state;
	wheel_init(&w, 0);
	p.timer.arg = &p;
	timer_set(&w, &p.timer, 10 * NS_MS);
	timer_set(&w, &p.timer, 500 * NS_MS);
	assert_int_equal(w.count, 1);
	run_to(&w, &clock, 499 * NS_MS);
	assert_int_equal(p.count, 0);
	timer_unset(&w, &p.timer);
	timer_unset(&w, &p.timer);
	assert_false(timer_is_set(&p.timer));
	run_to(&w, &clock, 2000 * NS_MS);
	assert_int_equal(p.count, 0);
	timer_set(&w, &p.timer, NS_NEVER);
	assert_int_equal(w.count, 0);
}

static void the_past_fires_next_turn_and_not_for_ever(void **state)
{
	ns clock = 100 * NS_MS;
	struct wheel w;
	struct probe p = probe_of(&w, &clock);

	(void)state;
	wheel_init(&w, clock);
	p.timer.arg = &p;
	p.again = 1;
	timer_set(&w, &p.timer, 50 * NS_MS);
	assert_true(wheel_next(&w) <= clock);
	wheel_turn(&w, clock);
	assert_int_equal(p.count, 1);
	wheel_turn(&w, clock);
	assert_int_equal(p.count, 2);
	assert_int_equal(w.count, 0);
}

/* Against a plain list, with a fixed pseudo-random sequence. */
static void agrees_with_a_list(void **state)
{
	enum { N = 300 };
	static struct probe p[N];
	uint64_t seed = 88172645463325252u;
	ns clock = 0;
	struct wheel w;

	(void)state;
	wheel_init(&w, 0);
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < N; i++) {
			seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
			if (timer_is_set(&p[i].timer) && seed % 3)
				continue;
			p[i] = timer_is_set(&p[i].timer) ? p[i] : probe_of(&w, &clock);
			p[i].timer.arg = &p[i];
			p[i].count = 0;
			timer_set(&w, &p[i].timer,
				clock + (ns)((seed >> 8) % (1u << (seed % 30))) * 1000);
		}
		run_to(&w, &clock, clock + (ns)(seed % 700) * NS_MS);
		for (int i = 0; i < N; i++)
			assert_true(timer_is_set(&p[i].timer) ? p[i].timer.at > clock - NS_MS
							      : p[i].count == 1);
	}
	for (int i = 0; i < N; i++)
		timer_unset(&w, &p[i].timer);
	assert_int_equal(w.count, 0);
	assert_true(wheel_next(&w) == NS_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_at_its_millisecond),
		cmocka_unit_test(can_be_taken_back_and_moved),
		cmocka_unit_test(the_past_fires_next_turn_and_not_for_ever),
		cmocka_unit_test(agrees_with_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
