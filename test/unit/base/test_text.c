#include "unit.h"

#include "base/text.h"

static void test_visible(void **state)
{
	static const struct {
		struct span in;
		const char *out;
	} rows[] = {
		{{0}, ""},
		{SPAN("plain é 日 ✔"), "plain é 日 ✔"},
		{SPAN("\x1b]0;title\a"), "\\x1b]0;title\\x07"},
		{SPAN("a\0b\x7f\n"), "a\\x00b\\x7f\\x0a"},
		{SPAN("\xc2\x9b"
		      "31m"),
			"\\u{009b}31m"},
		{SPAN("x\xe2\x80\xaey"), "x\\u{202e}y"},
		{SPAN("\xef\xbb\xbf{"), "\\u{feff}{"},
		{SPAN("\xf3\xa0\x81\x81"), "\\u{e0041}"},
		{SPAN("\xff\xc3"), "\\xff\\xc3"},
		{SPAN("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = {0};

		text_visible(&b, rows[i].in);
		assert_buf(&b, rows[i].out);
		buf_deinit(&b);
	}
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(text_columns(SPAN("")), 0);
	assert_int_equal(text_columns(SPAN("abc")), 3);
	assert_int_equal(text_columns(SPAN("é✔‼·…")), 5);
	assert_int_equal(text_columns(SPAN("e\xcc\x81")), 1);
	assert_int_equal(text_columns(SPAN("日本")), 4);
	assert_int_equal(text_columns(SPAN("😀")), 2);
	assert_int_equal(text_columns(SPAN("\xff")), 1);
}

static void test_utf8(void **state)
{
	static const struct {
		struct span s;
		bool valid;
	} rows[] = {
		{SPAN(""), true},
		{SPAN("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4"
		      "\x8f\xbf\xbf"),
			true},
		{SPAN("\xc0\x80"), false},
		{SPAN("\xc1\xbf"), false},
		{SPAN("\xe0\x9f\xbf"), false},
		{SPAN("\xed\xa0\x80"), false},
		{SPAN("\xf0\x8f\xbf\xbf"), false},
		{SPAN("\xf4\x90\x80\x80"), false},
		{SPAN("\xf5\x80\x80\x80"), false},
		{SPAN("\x80"), false},
		{SPAN("\xc3"), false},
		{SPAN("\xc3("), false},
		{SPAN("\xe2\x82"), false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct utf8 u = {0};

		assert_int_equal(utf8_valid(rows[i].s), rows[i].valid);
		for (size_t k = 0; k < rows[i].s.n; k++)
			utf8_feed(&u, span_head(span_from(rows[i].s, k), 1));
		assert_int_equal(utf8_whole(&u), rows[i].valid);
	}
}

static void test_utf8_stays_bad(void **state)
{
	struct utf8 u = {0};

	(void)state;
	assert_true(utf8_feed(&u, SPAN("a\xe2\x82")));
	assert_false(utf8_whole(&u));
	assert_true(utf8_feed(&u, SPAN("\xac")));
	assert_true(utf8_whole(&u));
	assert_false(utf8_feed(&u, SPAN("\xff")));
	assert_false(utf8_feed(&u, SPAN("a")));
	assert_false(utf8_whole(&u));
}

static void test_every_character(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		struct buf b = {0};
		uint32_t back = 0;

		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		utf8_add(&b, c);
		assert_int_equal(utf8_take(buf_span(&b), &back), b.n);
		assert_int_equal(back, c);
		buf_deinit(&b);
		if (c > 0x11000)
			c += 97;
	}
}

static void test_duration(void **state)
{
	static const struct {
		const char *in;
		ns out; /* -1: none */
	} rows[] = {
		{"250ms", 250 * NS_MS},
		{"5s", 5 * NS_S},
		{"5", 5 * NS_S},
		{"0", 0},
		{"1.5m", 90 * NS_S},
		{"0.001", NS_MS},
		{"0.0000000001s", 0},
		{"2h", 7200 * NS_S},
		{"1d", 86400 * NS_S},
		{"365d", 365 * 86400 * NS_S},
		{"365.1d", -1},
		{"366d", -1},
		{"99999999999999999999d", -1},
		{"31536001", -1},
		{"", -1},
		{"s", -1},
		{".5s", -1},
		{"5.s", -1},
		{"5x", -1},
		{"5 s", -1},
		{"-5s", -1},
		{"5S", -1},
		{"1.5.5s", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ns t = -1;

		assert_int_equal(text_duration(span_of(rows[i].in), &t), rows[i].out >= 0);
		assert_int_equal(t, rows[i].out);
	}
}

static void test_size(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_true(text_size(SPAN("64k"), &v) && v == 65536);
	assert_true(text_size(SPAN("1M"), &v) && v == 1 << 20);
	assert_true(text_size(SPAN("16MiB"), &v) && v == 16 << 20);
	assert_true(text_size(SPAN("1000000"), &v) && v == 1000000);
	assert_true(text_size(SPAN("1024G"), &v) && v == UINT64_C(1) << 40);
	v = 7;
	assert_false(text_size(SPAN("1025G"), &v));
	assert_false(text_size(SPAN("1.5M"), &v));
	assert_false(text_size(SPAN("k"), &v));
	assert_false(text_size(SPAN("1T"), &v));
	assert_false(text_size(SPAN("-1"), &v));
	assert_false(text_size(SPAN(""), &v));
	assert_true(v == 7);
}

static void test_say_time(void **state)
{
	static const struct {
		ns t;
		const char *out;
	} rows[] = {
		{0, "0 ms"},
		{400, "0 ms"},
		{20 * NS_US, "0.1 ms"},
		{800 * NS_US, "0.8 ms"},
		{949 * NS_US, "0.9 ms"},
		{960 * NS_US, "1 ms"},
		{14 * NS_MS, "14 ms"},
		{999 * NS_MS, "999 ms"},
		{999600 * NS_US, "1 s"},
		{1003 * NS_MS, "1.00 s"},
		{2500 * NS_MS, "2.50 s"},
		{5 * NS_S, "5 s"},
		{12340 * NS_MS, "12.3 s"},
		{59940 * NS_MS, "59.9 s"},
		{59960 * NS_MS, "1 min"},
		{200 * NS_S, "3 min 20 s"},
		{3725 * NS_S, "1 h 2 min"},
		{90000 * NS_S, "1 d 1 h"},
		{-14 * NS_MS, "-14 ms"},
		{INT64_MIN, "-106751 d 23 h"},
		{NS_NEVER, "never"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = {0};

		text_ns(&b, rows[i].t);
		assert_buf(&b, rows[i].out);
		buf_deinit(&b);
	}
}

static void test_say_bytes(void **state)
{
	static const struct {
		uint64_t n;
		const char *out;
	} rows[] = {{0, "0 B"}, {512, "512 B"}, {65536, "64 KiB"}, {1258291, "1.2 MiB"},
		{1025, "1.0 KiB"}, {UINT64_MAX, "16.0 EiB"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = {0};

		text_bytes(&b, rows[i].n);
		assert_buf(&b, rows[i].out);
		buf_deinit(&b);
	}
}

static void test_did_you_mean(void **state)
{
	static const char *const words[] = {"check", "explain", "serve", "timeout", "deadline"};
	char *huge = test_malloc(100000);

	(void)state;
	assert_string_equal(text_did_you_mean(SPAN("chekc"), words, 5), "check");
	assert_string_equal(text_did_you_mean(SPAN("CHECK"), words, 5), "check");
	assert_string_equal(text_did_you_mean(SPAN("time"), words, 5), "timeout");
	assert_string_equal(text_did_you_mean(SPAN("expalin"), words, 5), "explain");
	assert_null(text_did_you_mean(SPAN("zzzzz"), words, 5));
	assert_null(text_did_you_mean(SPAN(""), words, 5));
	assert_null(text_did_you_mean(SPAN("x"), words, 5));
	assert_null(text_did_you_mean(SPAN("check"), words, 0));
	memset(huge, 'c', 100000);
	assert_null(text_did_you_mean((struct span){huge, 100000}, words, 5));
	test_free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_utf8_stays_bad),
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_say_time),
		cmocka_unit_test(test_say_bytes),
		cmocka_unit_test(test_did_you_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
