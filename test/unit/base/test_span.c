#include "unit.h"

#include "base/span.h"

static void test_empty(void **state)
{
	struct span none = {0}, part;

	(void)state;
	assert_true(span_eq(none, SPAN("")));
	assert_true(span_ieq(none, none));
	assert_int_equal(span_of(NULL).n, 0);
	assert_int_equal(span_from(none, 5).n, 0);
	assert_null(span_from(none, 5).p);
	assert_int_equal(span_head(none, 5).n, 0);
	assert_int_equal(span_trim(none).n, 0);
	assert_int_equal(span_find(none, SPAN("a")), -1);
	assert_int_equal(span_find(none, SPAN("")), 0);
	assert_int_equal(span_ifind(none, SPAN("a")), -1);
	assert_int_equal(span_chr(none, 'a'), -1);
	assert_false(span_cut(&none, ',', &part));
	assert_false(span_has_token(none, SPAN("a")));
}

static void test_parts(void **state)
{
	struct span s = SPAN("Upgrade: websocket");

	(void)state;
	assert_span(span_from(s, 9), "websocket");
	assert_span(span_from(s, 99), "");
	assert_span(span_head(s, 7), "Upgrade");
	assert_span(span_head(s, 99), "Upgrade: websocket");
	assert_true(span_starts(s, SPAN("Upgrade")));
	assert_false(span_starts(s, SPAN("upgrade")));
	assert_true(span_istarts(s, SPAN("upgrade")));
	assert_false(span_starts(SPAN("Up"), SPAN("Upgrade")));
	assert_true(span_ends(s, SPAN("socket")));
	assert_false(span_ends(SPAN("et"), SPAN("socket")));
	assert_span(span_trim(SPAN(" \t a b\t ")), "a b");
	assert_span(span_trim(SPAN(" \t ")), "");
}

static void test_find(void **state)
{
	(void)state;
	assert_int_equal(span_find(SPAN("abcabc"), SPAN("ca")), 2);
	assert_int_equal(span_find(SPAN("abc"), SPAN("abcd")), -1);
	assert_int_equal(span_ifind(SPAN("x: WEBsocket"), SPAN("websocket")), 3);
	assert_int_equal(span_ifind(SPAN("websocke"), SPAN("websocket")), -1);
	assert_int_equal(span_chr(SPAN("a,b"), ','), 1);
}

static void test_cut(void **state)
{
	struct span rest = SPAN("a,,b,"), part;

	(void)state;
	assert_true(span_cut(&rest, ',', &part));
	assert_span(part, "a");
	assert_true(span_cut(&rest, ',', &part));
	assert_span(part, "");
	assert_true(span_cut(&rest, ',', &part));
	assert_span(part, "b");
	assert_true(span_cut(&rest, ',', &part));
	assert_span(part, "");
	assert_false(span_cut(&rest, ',', &part));
}

static void test_uint(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_true(span_uint(SPAN("18446744073709551615"), UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	v = 7;
	assert_false(span_uint(SPAN("18446744073709551616"), UINT64_MAX, &v));
	assert_false(span_uint(SPAN("65536"), 65535, &v));
	assert_false(span_uint(SPAN(""), 9, &v));
	assert_false(span_uint(SPAN("-1"), 9, &v));
	assert_false(span_uint(SPAN("1 "), 9, &v));
	assert_true(v == 7);
	assert_true(span_uint(SPAN("0000"), 0, &v));
	assert_true(v == 0);
}

static void test_token(void **state)
{
	(void)state;
	assert_true(span_has_token(SPAN("keep-alive, Upgrade"), SPAN("upgrade")));
	assert_true(span_has_token(SPAN(",\tUPGRADE ,"), SPAN("upgrade")));
	assert_false(span_has_token(SPAN("upgrade-insecure"), SPAN("upgrade")));
	assert_false(span_has_token(SPAN("up grade"), SPAN("upgrade")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_uint),
		cmocka_unit_test(test_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
