/* Both generations of GraphQL over WebSocket, from the client's seat. */
#include "dialect.h"
#include "dialect/graphql/graphql.h"

struct scene {
	struct bench bench;
	struct layer *gql;
};

static void begin(struct scene *s)
{
	struct layer *ws;

	bench_init(&s->bench, SEAT_CLIENT);
	ws = conn_push(&s->bench.conn, &dialect_ws);
	s->gql = conn_push(&s->bench.conn, &dialect_graphql);
	bench_listen(&s->bench);
	ws_begin(ws, false);
	gql_say_init(s->gql, SPAN("{\"token\":\"s3cr3t\"}"));
}

/* A text frame of the server. */
static void hear(struct scene *s, const char *text)
{
	struct buf frame = {.max = 256};

	buf_addc(&frame, (char)0x81);
	buf_addc(&frame, (char)strlen(text));
	buf_addz(&frame, text);
	s->bench.conn.now += 3 * NS_MS;
	conn_feed(&s->bench.conn, SERVER, buf_span(&frame));
	buf_deinit(&frame);
}

static void end(struct scene *s)
{
	for (size_t i = 0; i < s->bench.journal.n; i++) {
		struct buf said = {.max = BUF_MAX};

		obs_say(&said, s->bench.journal.all[i]);
		assert_int_equal(span_find(buf_span(&said), SPAN("s3cr3t")), -1);
		buf_deinit(&said);
	}
	bench_deinit(&s->bench);
}

static void test_ack(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_true(obs_int(bench_find(&s.bench, &gql_init), &k_auth));
	assert_int_equal(gql_generation(s.gql), GQL_UNKNOWN);
	hear(&s, "{\"payload\":null,\"type\":\"connection_ack\"}");
	assert_int_equal(obs_int(bench_find(&s.bench, &gql_ack), &k_took), 3 * NS_MS);
	assert_int_equal(bench_count(&s.bench, &gql_fault), 0);
	assert_buf(&s.bench.units, "s3[{\"payload\":null,\"type\":\"connection_ack\"}]");
	end(&s);
}

static void test_generations(void **state)
{
	static const struct {
		const char *text;
		enum gql_generation generation;
	} rows[] = {{"{\"type\":\"ka\"}", GQL_OLD}, {"{\"type\":\"data\",\"id\":\"1\"}", GQL_OLD},
		{"{\"type\":\"ping\"}", GQL_CURRENT},
		{"{\"type\":\"error\",\"id\":\"1\"}", GQL_UNKNOWN}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s;

		begin(&s);
		hear(&s, rows[i].text);
		assert_int_equal(gql_generation(s.gql), rows[i].generation);
		assert_int_equal(bench_count(&s.bench, &gql_fault), 0);
		/* once told, what the other one says is a fault */
		if (rows[i].generation == GQL_OLD)
			hear(&s, "{\"type\":\"ping\"}");
		else if (rows[i].generation == GQL_CURRENT)
			hear(&s, "{\"type\":\"ka\"}");
		else
			hear(&s, "{\"type\":\"nonsense\"}");
		assert_field(bench_find(&s.bench, &gql_fault), k_fault,
			rows[i].generation ? "other-generation" : "type");
		end(&s);
	}
}

static void test_refusal(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	hear(&s, "{\"type\":\"connection_error\",\"payload\":{\"message\":\"token=abcdefghijkl "
		 "expired\"}}");
	assert_int_equal(span_find(obs_text(bench_find(&s.bench, &gql_refused), &k_message),
				 SPAN("abcdefghijkl")),
		-1);
	assert_true(span_ends(
		obs_text(bench_find(&s.bench, &gql_refused), &k_message), SPAN("expired")));
	end(&s);
}

static void test_pong(void **state)
{
	struct scene s;
	size_t before;

	(void)state;
	begin(&s);
	before = s.bench.conn.out.n;
	hear(&s, "{\"type\":\"ping\"}");
	/* two bytes of header, four of the mask */
	assert_int_equal(s.bench.conn.out.n - before, 6 + strlen("{\"type\":\"pong\"}"));
	end(&s);
}

static void test_faults(void **state)
{
	static const char *const rows[][2] = {{"", "json"}, {"[]", "json"}, {"{", "json"},
		{"{} {}", "json"}, {"{}", "type"}, {"{\"type\":7}", "type"},
		{"{\"type\":\"subscribe\"}", "side"},
		{"{\"type\":\"next\",\"id\":\"1\"}", "before-ack"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s;

		begin(&s);
		hear(&s, rows[i][0]);
		assert_field(bench_find(&s.bench, &gql_fault), k_fault, rows[i][1]);
		end(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ack),
		cmocka_unit_test(test_generations), cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_pong), cmocka_unit_test(test_faults)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
