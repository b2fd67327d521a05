#include "unit.h"

#include "base/json.h"

/* One letter a token: { [ } k s n t f z, '!' error, '.' end. */
static void read_all(struct span document, char *out, size_t size)
{
	static const char letters[] = ".!{[}ksntfz";
	struct json j;
	struct json_token t;
	size_t n = 0;

	json_init(&j, document);
	do {
		t = json_next(&j);
		assert_true(t.at <= document.n);
		if (n + 1 < size)
			out[n++] = letters[t.type];
	} while (t.type > JSON_ERROR);
	out[n] = '\0';
	if (t.type == JSON_ERROR) {
		assert_non_null(j.error);
		assert_int_equal(json_next(&j).type, JSON_ERROR);
	}
}

static void test_documents(void **state)
{
	static const struct {
		struct span in;
		const char *tokens;
	} rows[] = {
		{SPAN("{\"a\":[1,-2.5e+3,\"x\"],\"b\":{\"c\":true,\"d\":false,\"e\":null}}"),
			"{k[nns}k{ktkfkz}}."},
		{SPAN(" \t\r\n[ ] "), "[}."},
		{SPAN("{}"), "{}."},
		{SPAN("\"\\u00e9\\\"\""), "s."},
		{SPAN("0"), "n."},
		{SPAN(""), "!"},
		{SPAN("{"), "{!"},
		{SPAN("{\"a\""), "{!"},
		{SPAN("{\"a\":"), "{k!"},
		{SPAN("{\"a\":1"), "{kn!"},
		{SPAN("{\"a\":1,}"), "{kn!"},
		{SPAN("{,}"), "{!"},
		{SPAN("{1:2}"), "{!"},
		{SPAN("[1,]"), "[n!"},
		{SPAN("[1 2]"), "[n!"},
		{SPAN("[1}"), "[n!"},
		{SPAN("{\"a\":1]"), "{kn!"},
		{SPAN("]"), "!"},
		{SPAN("1 2"), "n!"},
		{SPAN("01"), "!"},
		{SPAN("-"), "!"},
		{SPAN("1."), "!"},
		{SPAN("1e"), "!"},
		{SPAN("+1"), "!"},
		{SPAN(".5"), "!"},
		{SPAN("nul"), "!"},
		{SPAN("truex"), "t!"},
		{SPAN("NaN"), "!"},
		{SPAN("\"a"), "!"},
		{SPAN("\"\\"), "!"},
		{SPAN("\"\\x\""), "!"},
		{SPAN("\"\\u12\""), "!"},
		{SPAN("\"\\u12g4\""), "!"},
		{SPAN("\"a\nb\""), "!"},
		{SPAN("\"a\0b\""), "!"},
		{SPAN("<html>"), "!"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[64];

		read_all(rows[i].in, got, sizeof(got));
		assert_string_equal(got, rows[i].tokens);
	}
}

static void test_depth(void **state)
{
	char deep[2 * JSON_DEPTH_MAX + 2], got[4];
	struct json j;

	(void)state;
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	read_all((struct span){deep, 2 * JSON_DEPTH_MAX}, got, sizeof(got));
	json_init(&j, (struct span){deep, 2 * JSON_DEPTH_MAX});
	assert_int_equal(json_next(&j).type, JSON_ARRAY);
	assert_true(json_skip(&j));
	assert_int_equal(json_next(&j).type, JSON_END);
	memset(deep, '[', sizeof(deep));
	json_init(&j, (struct span){deep, sizeof(deep)});
	json_next(&j);
	assert_false(json_skip(&j));
	assert_non_null(j.error);
}

static void test_every_truncation(void **state)
{
	static const char text[] =
		"{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00\"],\"b\":{\"c\":true,\"d\":null}} ";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = test_malloc(n + 1), got[64];

		memcpy(copy, text, n);
		/* one byte behind the end would go on as a digit, a hex digit or a letter of a word
		 */
		copy[n] = 'e';
		read_all((struct span){copy, n}, got, sizeof(got));
		assert_int_equal(got[strlen(got) - 1], n + 2 >= sizeof(text) ? '.' : '!');
		test_free(copy);
	}
}

static void test_unescape(void **state)
{
	static const struct {
		struct span raw;
		struct span out;
	} rows[] = {
		{SPAN(""), SPAN("")},
		{SPAN("a\\\"\\\\\\/\\b\\f\\n\\r\\tz"), SPAN("a\"\\/\b\f\n\r\tz")},
		{SPAN("\\u0041\\u00E9\\u20ac"), SPAN("Aé€")},
		{SPAN("\\ud83d\\ude00"), SPAN("😀")},
		{SPAN("\\ud83d"), SPAN("\xef\xbf\xbd")},
		{SPAN("\\ude00x"), SPAN("\xef\xbf\xbdx")},
		{SPAN("\\ud83d\\u0041"), SPAN("\xef\xbf\xbd"
					      "A")},
		{SPAN("\\u0000"), SPAN("\0")},
		{SPAN("\\"), SPAN("\xef\xbf\xbd")},
		{SPAN("\\u12"), SPAN("\xef\xbf\xbd"
				     "12")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = {0};

		json_unescape(&b, rows[i].raw);
		assert_true(span_eq(buf_span(&b), rows[i].out));
		buf_deinit(&b);
	}
}

static void test_int(void **state)
{
	int64_t v = 7;

	(void)state;
	assert_true(json_int(SPAN("-9223372036854775808"), &v) && v == INT64_MIN);
	assert_true(json_int(SPAN("9223372036854775807"), &v) && v == INT64_MAX);
	assert_true(json_int(SPAN("-0"), &v) && v == 0);
	v = 7;
	assert_false(json_int(SPAN("9223372036854775808"), &v));
	assert_false(json_int(SPAN("1.0"), &v));
	assert_false(json_int(SPAN("1e3"), &v));
	assert_false(json_int(SPAN("-"), &v));
	assert_false(json_int(SPAN(""), &v));
	assert_true(v == 7);
}

static void test_member(void **state)
{
	struct span d =
		SPAN("{\"a\":{\"b\":1},\"b\":[1,{}] ,\"s\\u0069d\":\"x\\\"y\",\"n\":-3,\"b\":2}");
	struct json_token t;

	(void)state;
	assert_true(json_member(d, SPAN("a"), &t));
	assert_int_equal(t.type, JSON_OBJECT);
	assert_span(t.raw, "{\"b\":1}");
	assert_true(json_member(d, SPAN("b"), &t));
	assert_int_equal(t.type, JSON_ARRAY);
	assert_span(t.raw, "[1,{}]");
	assert_true(json_member(d, SPAN("sid"), &t));
	assert_int_equal(t.type, JSON_STRING);
	assert_span(t.raw, "x\\\"y");
	assert_true(json_member(d, SPAN("n"), &t));
	assert_int_equal(t.type, JSON_NUMBER);
	assert_false(json_member(d, SPAN("c"), &t));
	assert_false(json_member(SPAN("[1]"), SPAN("a"), &t));
	assert_false(json_member(SPAN("{\"a\":"), SPAN("a"), &t));
	assert_false(json_member(SPAN("{\"a\":[1,"), SPAN("a"), &t));
	assert_false(json_member((struct span){0}, SPAN("a"), &t));
	/* what follows the member is not looked at */
	assert_true(json_member(SPAN("{\"a\":1,oops"), SPAN("a"), &t));
}

static void test_writer(void **state)
{
	struct buf b = {0};
	struct json_out o = {.buf = &b};

	(void)state;
	json_open(&o, '{');
	json_key(&o, "a");
	json_open(&o, '[');
	json_num(&o, -1);
	json_num(&o, INT64_MIN);
	json_open(&o, '{');
	json_close(&o, '}');
	json_bool(&o, true);
	json_null(&o);
	json_close(&o, ']');
	json_key(&o, "b");
	json_str(&o, SPAN("q\"\\\n\x1b\x7f\0é"));
	json_key(&o, "c");
	json_str(&o, (struct span){0});
	json_close(&o, '}');
	assert_buf(&b, "{\"a\":[-1,-9223372036854775808,{},true,null],"
		       "\"b\":\"q\\\"\\\\\\u000a\\u001b\\u007f\\u0000é\",\"c\":\"\"}");
	buf_deinit(&b);
}

static void test_writer_hostile_text(void **state)
{
	struct buf b = {0}, back = {0};
	struct json_out o = {.buf = &b};
	struct json j;
	struct json_token t;

	(void)state;
	json_str(&o, SPAN("\xff\xc3|\xe2\x80\xae|\xf3\xa0\x81\x81|\xed\xa0\x80"));
	assert_buf(&b, "\"\xef\xbf\xbd\xef\xbf\xbd|\\u202e|\\udb40\\udc41|"
		       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	json_init(&j, buf_span(&b));
	t = json_next(&j);
	json_unescape(&back, t.raw);
	assert_buf(&back, "\xef\xbf\xbd\xef\xbf\xbd|\xe2\x80\xae|\xf3\xa0\x81\x81|"
			  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	buf_deinit(&b);
	buf_deinit(&back);
}

static void test_real(void **state)
{
	static const struct {
		double v;
		const char *out;
	} rows[] = {{0, "0"}, {1, "1"}, {0.6, "0.6"}, {1.0 / 3, "0.333"}, {-0.0001, "0"},
		{-2.5, "-2.5"}, {100, "100"}, {1e300 * 1e300, "null"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = {0};
		struct json_out o = {.buf = &b};

		json_real(&o, rows[i].v);
		assert_buf(&b, rows[i].out);
		buf_deinit(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_int),
		cmocka_unit_test(test_member),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_writer_hostile_text),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
