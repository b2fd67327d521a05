/* The stack of layers, with two dialects of the test: one that passes bytes up in upper case and wraps what goes down, one on top
 * that answers. */
#include "unit.h"

#include <ctype.h>

#include "core/conn.h"
#include "fact/all.h"

struct low {
	ns due;
	int ticks;
	bool cut, stopped_once;
};

static int stops;

static void low_feed(struct layer *l, enum side from, int unit, struct span data)
{
	char upper[64];

	(void)unit;
	for (size_t i = 0; i < data.n; i++)
		upper[i] = (char)toupper((unsigned char)data.p[i]);
	layer_up(l, from, 7, (struct span){upper, data.n});
}

static void low_send(struct layer *l, int unit, struct span data)
{
	struct buf b = {0};

	buf_addf(&b, "<%d:%.*s>", unit, SPANF(data));
	layer_down(l, 0, buf_span(&b));
	buf_deinit(&b);
}

static void low_cut(struct layer *l, enum side from, enum cut how)
{
	((struct low *)l->state)->cut = true;
	layer_cut_up(l, from, how);
}

static ns low_deadline(const struct layer *l)
{
	return ((struct low *)l->state)->due;
}

static void low_tick(struct layer *l)
{
	struct low *s = l->state;

	s->ticks++;
	s->due = NS_NEVER;
}

static void low_stop(struct layer *l)
{
	(void)l;
	stops++;
}

static void high_feed(struct layer *l, enum side from, int unit, struct span data)
{
	layer_note(l, &run_blind, F_TEXT(k_text, data), F_INT(k_code, unit), F_INT(k_status, from));
	if (side_is_peer(l->conn, from))
		layer_down(l, 1, data);
}

static void high_cut(struct layer *l, enum side from, enum cut how)
{
	(void)from;
	layer_note(l, &conn_end, F_TEXT(k_how, span_of(cut_name(how))));
}

static const struct dialect low = {.name = "low",
	.size = sizeof(struct low),
	.feed = low_feed,
	.send = low_send,
	.cut = low_cut,
	.deadline = low_deadline,
	.tick = low_tick,
	.stop = low_stop};
static const struct dialect high = {.name = "high", .feed = high_feed, .cut = high_cut};

static void no_random(void *to, size_t n)
{
	memset(to, 0, n);
}

static void test_stack(void **state)
{
	struct journal j = {0};
	struct where w = {.flow = 9};
	struct conn c;

	(void)state;
	conn_init(&c, &j, &w, SEAT_CLIENT, no_random);
	conn_push(&c, &low);
	conn_push(&c, &high);
	assert_ptr_equal(conn_layer(&c, &high)->down->dialect, &low);
	c.now = 42;
	conn_feed(&c, SERVER, SPAN("hello"));
	conn_feed(&c, CLIENT, SPAN("me"));
	assert_buf(&c.out, "<1:HELLO>");
	assert_int_equal(j.n, 2);
	assert_true(obs_is(j.all[0], &k_text, "HELLO"));
	assert_int_equal(obs_int(j.all[0], &k_code), 7);
	assert_int_equal(j.all[0]->at, 42);
	assert_int_equal(j.all[0]->where.flow, 9);
	assert_int_equal(c.bytes[SERVER], 5);
	conn_cut(&c, SERVER, CUT_RST);
	conn_cut(&c, SERVER, CUT_FIN);
	conn_feed(&c, SERVER, SPAN("late"));
	assert_int_equal(j.n, 3);
	assert_true(obs_is(j.all[2], &k_how, "rst"));
	stops = 0;
	conn_deinit(&c);
	conn_deinit(&c);
	assert_int_equal(stops, 1);
	journal_deinit(&j);
}

static void test_deadline(void **state)
{
	struct journal j = {0};
	struct where w = {0};
	struct conn c;
	struct low *s;

	(void)state;
	conn_init(&c, &j, &w, SEAT_WITNESS, no_random);
	s = conn_push(&c, &low)->state;
	s->due = 100;
	assert_int_equal(conn_deadline(&c), 100);
	c.now = 99;
	conn_tick(&c);
	assert_int_equal(s->ticks, 0);
	c.now = 100;
	conn_tick(&c);
	assert_int_equal(s->ticks, 1);
	assert_true(conn_deadline(&c) == NS_NEVER);
	/* a witness has no peer */
	assert_false(side_is_peer(&c, CLIENT) || side_is_peer(&c, SERVER));
	conn_deinit(&c);
	journal_deinit(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_stack), cmocka_unit_test(test_deadline)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
