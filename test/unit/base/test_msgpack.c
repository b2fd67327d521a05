#include "base/msgpack.h"

#include "unit.h"

static void assert_json(struct span packed, const char *json, unsigned binary)
{
	struct buf out = {.max = 1 << 20}, again = {.max = 1 << 20};
	struct msgpack_bytes bytes;

	assert_true(msgpack_json(&out, packed, &bytes));
	assert_string_equal(buf_z(&out), json);
	assert_int_equal(bytes.n, binary);
	assert_true(msgpack_write(&again, buf_span(&out), &bytes));
	assert_true(span_eq(buf_span(&again), packed));
	buf_deinit(&out);
	buf_deinit(&again);
}

static void test_there_and_back(void **state)
{
	(void)state;
	assert_json(SPAN("\x90"), "[]", 0);
	assert_json(SPAN("\x80"), "{}", 0);
	assert_json(SPAN("\x93\x7f\xcc\x80\xcd\x01\x00"), "[127,128,256]", 0);
	assert_json(SPAN("\x94\xe0\xd0\xdf\xd1\xff\x7f\xd2\xff\xff\x7f\xff"),
		"[-32,-33,-129,-32769]", 0);
	assert_json(SPAN("\xcf\x00\x00\x00\x01\x00\x00\x00\x00"), "4294967296", 0);
	assert_json(SPAN("\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a"), "0.1", 0);
	assert_json(SPAN("\x93\xc0\xc2\xc3"), "[null,false,true]", 0);
	assert_json(SPAN("\x81\xa1k\xa2\xc3\xa9"), "{\"k\":\"é\"}", 0);
	assert_json(SPAN("\x92\xc4\x00\x81\xa1x\xc4\x02\x00\xff"),
		"[{\"_placeholder\":true,\"num\":0},{\"x\":{\"_placeholder\":true,\"num\":1}}]", 2);
}

static void assert_reads(struct span packed, const char *json)
{
	struct buf out = {.max = 1 << 20};
	struct msgpack_bytes bytes;

	assert_true(msgpack_json(&out, packed, &bytes));
	assert_string_equal(buf_z(&out), json);
	buf_deinit(&out);
}

/* undefined, and a Date of notepack.io 2 and 3 */
static void test_extensions(void **state)
{
	(void)state;
	assert_reads(SPAN("\xd4\x00\x00"), "null");
	assert_reads(
		SPAN("\xd7\x00\x00\x00\x00\x00\x00\x00\x00\x07"), "\"1970-01-01T00:00:00.007Z\"");
	assert_reads(SPAN("\xd7\x00\x00\x00\x01\x8d\xf7\x51\xaa\x97"),
		"\"2024-03-01T00:02:20.951Z\"");
	assert_reads(SPAN("\xd7\x00\x00\x00\x00\xdd\x9a\xa6\xe0\x00"),
		"\"2000-02-29T00:00:00.000Z\"");
	assert_reads(SPAN("\xd7\x00\xff\xff\xfd\xfe\xdd\xd9\x0f\xff"),
		"\"1900-02-28T23:59:59.999Z\"");
	assert_reads(SPAN("\xd7\x00\xff\xff\xc7\x6e\x39\x4a\x74\x00"),
		"\"-000001-01-01T00:00:00.000Z\"");
	assert_reads(SPAN("\xd7\x00\x00\x1e\xb2\x08\xc2\xdc\x00\x00"),
		"\"+275760-09-13T00:00:00.000Z\"");
	assert_reads(
		SPAN("\xd7\x00\xff\xff\xff\xff\xff\xff\xff\xff"), "\"1969-12-31T23:59:59.999Z\"");
	assert_reads(SPAN("\xd6\xff\x00\x00\x00\x3c"), "\"1970-01-01T00:01:00.000Z\"");
	assert_reads(SPAN("\xc7\x02\x00\x05\x06"), "{\"_placeholder\":true,\"num\":0}");
	assert_reads(SPAN("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"), "null");
}

static void assert_refused(struct span packed)
{
	struct buf out = {.max = 1 << 20};
	struct msgpack_bytes bytes;

	assert_false(msgpack_json(&out, packed, &bytes));
	assert_true(out.cap <= 1 << 20);
	buf_deinit(&out);
}

static void test_claims(void **state)
{
	char deep[100];

	(void)state;
	memset(deep, (char)0x91, sizeof(deep));
	assert_refused(SPAN("\xdd\x10\x00\x00\x00"));
	assert_refused(SPAN("\xdf\xff\xff\xff\xff"));
	assert_refused(SPAN("\xdb\xff\xff\xff\xff"
			    "x"));
	assert_refused(SPAN("\xc1"));
	assert_refused(SPAN(""));
	assert_refused(SPAN("\x01\x01"));
	assert_refused(SPAN("\x81\x01\x01"));
	assert_refused((struct span){deep, sizeof(deep)});
}

/* What looks like a placeholder is one only where there is such a binary. */
static void test_placeholders(void **state)
{
	struct msgpack_bytes bytes = {.v = {SPAN("\x01")}, .n = 1};
	struct buf out = {.max = 1024};

	(void)state;
	assert_true(msgpack_write(&out, SPAN("[{\"_placeholder\":true,\"num\":0}]"), &bytes));
	assert_true(span_eq(buf_span(&out), SPAN("\x91\xc4\x01\x01")));
	buf_clear(&out);
	assert_true(msgpack_write(&out, SPAN("{\"_placeholder\":true,\"num\":1}"), &bytes));
	assert_int_equal((unsigned char)out.p[0], 0x82);
	buf_clear(&out);
	assert_false(msgpack_write(&out, SPAN("[1,"), &bytes));
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_placeholders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
