#include "dialect/redis/adapter.h"

#include "unit.h"

static bool reads(struct adapter_message *m, enum adapter_kind kind, bool request, struct span text)
{
	struct buf json = {0};
	bool fine = adapter_read(m, &json, kind, request, text);

	buf_deinit(&json);
	return fine;
}

/* Requests as redis-adapter 8.3 writes them, and what is no request. */
static void test_requests(void **state)
{
	struct adapter_message m;
	struct buf json = {0};

	(void)state;
	assert_true(adapter_read(&m, &json, ADAPTER_CLASSIC, true,
		SPAN("{\"uid\":\"a\",\"requestId\":\"b\",\"type\":2,\"sid\":\"s\",\"room\":"
		     "\"r\"}")));
	assert_int_equal(m.verb, ADAPTER_JOIN);
	assert_true(m.alone);
	assert_true(span_eq(m.rooms, SPAN("\"s\"")) && span_eq(m.names, SPAN("\"r\"")));
	assert_true(adapter_read(&m, &json, ADAPTER_CLASSIC, true,
		SPAN("{\"type\":4,\"opts\":{\"rooms\":[\"r\"],\"except\":[]},\"close\":true}")));
	assert_int_equal(m.verb, ADAPTER_DISCONNECT);
	assert_true(m.close && !m.alone && !m.uid.n);
	assert_true(adapter_read(&m, &json, ADAPTER_SHARDED, false,
		SPAN("{\"type\":7,\"data\":{\"opts\":{\"rooms\":[],\"except\":[]},\"requestId\":"
		     "\"q\"},"
		     "\"uid\":\"u\",\"nsp\":\"/\"}")));
	assert_int_equal(m.verb, ADAPTER_FETCH);
	assert_true(span_eq(m.request, SPAN("q")));
	buf_deinit(&json);
	/* a disconnection that names nobody is not one of all */
	assert_false(reads(&m, ADAPTER_CLASSIC, true, SPAN("{\"type\":4}")));
	assert_false(reads(&m, ADAPTER_CLASSIC, true, SPAN("{\"type\":99}")));
	assert_false(reads(&m, ADAPTER_CLASSIC, true, SPAN("{\"type\":-1}")));
	assert_false(reads(&m, ADAPTER_CLASSIC, true, SPAN("{\"type\":7,\"opts\":{}}")));
	assert_false(reads(&m, ADAPTER_CLASSIC, true, SPAN("{")));
	assert_false(reads(&m, ADAPTER_CLASSIC, false, SPAN("{\"type\":2}")));
	assert_false(reads(&m, ADAPTER_CLASSIC, false, SPAN("\x92\xa1u\x80")));
	assert_false(reads(&m, ADAPTER_SHARDED, false, SPAN("{\"type\":13}")));
	assert_false(reads(&m, ADAPTER_CLASSIC, false, SPAN("")));
}

static void test_answers(void **state)
{
	struct adapter_answer a = {.verb = ADAPTER_FETCH,
		.uid = SPAN("me"),
		.nsp = SPAN("/"),
		.request = SPAN("q"),
		.body = SPAN("[]")};
	struct buf out = {.max = 1024};

	(void)state;
	assert_true(adapter_write_answer(&out, ADAPTER_CLASSIC, &a));
	assert_string_equal(buf_z(&out), "{\"requestId\":\"q\",\"sockets\":[]}");
	buf_clear(&out);
	assert_true(adapter_write_answer(&out, ADAPTER_SHARDED, &a));
	assert_string_equal(buf_z(&out), "{\"type\":8,\"data\":{\"requestId\":\"q\",\"sockets\":[]}"
					 ",\"uid\":\"me\",\"nsp\":\"/\"}");
	buf_clear(&out);
	a.verb = ADAPTER_ALL_ROOMS; /* which the sharded adapter does not ask for */
	assert_false(adapter_write_answer(&out, ADAPTER_SHARDED, &a));
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
