#include "unit.h"

#include "report/page.h"

static void lines_break_at_blanks(void **state)
{
	struct span rest = SPAN("one two  three");

	(void)state;
	assert_span(page_cut(&rest, 7), "one two");
	assert_span(rest, "three");
	assert_span(page_cut(&rest, 7), "three");
	assert_span(rest, "");
}

static void long_words_break_between_characters(void **state)
{
	struct span rest = SPAN("áéíóú漢字x");

	(void)state;
	assert_span(page_cut(&rest, 3), "áéí");
	/* a wide character does not fit into the last column */
	assert_span(page_cut(&rest, 3), "óú");
	assert_span(page_cut(&rest, 3), "漢");
	assert_span(page_cut(&rest, 3), "字x");
	assert_int_equal(rest.n, 0);
}

static void every_cut_takes_something(void **state)
{
	struct span wide = SPAN("漢字"), blanks = SPAN("   x");

	(void)state;
	/* wider than the column: taken all the same, or the loop would not end */
	assert_span(page_cut(&wide, 1), "漢");
	while (blanks.n) {
		size_t before = blanks.n;

		page_cut(&blanks, 1);
		assert_true(blanks.n < before);
	}
}

static void cells_wrap_side_by_side(void **state)
{
	struct buf out = {0};
	struct page p = {.out = &out, .width = 20};
	struct cell cells[] = {{.text = SPAN("a b"), .at = 0, .width = 1},
		{.text = SPAN("left right"), .at = 2, .width = 6},
		{.text = SPAN("9 ms"), .at = 10, .width = 10, .right = true}};

	(void)state;
	page_row(&p, cells, 3);
	assert_buf(&out, "a left          9 ms\nb right\n");
	buf_deinit(&out);
}

static void ink_only_when_asked_for(void **state)
{
	struct buf out = {0};
	struct page p = {.out = &out, .width = 20, .colour = true};
	struct cell cells[] = {{.text = SPAN("x"), .at = 0, .width = 1, .ink = INK_RED},
		{.text = SPAN("y"), .at = 2, .width = 1}};

	(void)state;
	page_row(&p, cells, 2);
	assert_buf(&out, "\033[1;31mx\033[0m y\n");
	buf_deinit(&out);
}

static void ascii_has_stand_ins(void **state)
{
	struct buf out = {0};

	(void)state;
	page_ascii(&out, SPAN("✔ a → b · c…é漢\xff"));
	assert_buf(&out, "+ a -> b - c...\\u{00e9}\\u{6f22}\\xff");
	buf_deinit(&out);
}

static void code_is_not_wrapped(void **state)
{
	struct buf out = {0};
	struct page p = {.out = &out, .width = 4};

	(void)state;
	page_code(&p, 2, SPAN("\tlong line of code"));
	page_code(&p, 2, SPAN(""));
	assert_buf(&out, "      long line of code\n\n");
	buf_deinit(&out);
}

static void width_stays_readable(void **state)
{
	(void)state;
	assert_int_equal(page_width(0), 100);
	assert_int_equal(page_width(10), 40);
	assert_int_equal(page_width(77), 77);
	assert_int_equal(page_width(400), 120);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_break_at_blanks),
		cmocka_unit_test(long_words_break_between_characters),
		cmocka_unit_test(every_cut_takes_something),
		cmocka_unit_test(cells_wrap_side_by_side),
		cmocka_unit_test(ink_only_when_asked_for),
		cmocka_unit_test(ascii_has_stand_ins),
		cmocka_unit_test(code_is_not_wrapped),
		cmocka_unit_test(width_stays_readable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
