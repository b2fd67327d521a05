#include "unit.h"

#include "report/markup.h"

static void markup_is_inert(void **state)
{
	struct buf out = {0};

	(void)state;
	markup_text(&out, SPAN("<a href=\"x\">'&amp;\n\t\x01\xef\xbf\xbe"));
	assert_buf(&out, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;\n\t\xef\xbf\xbd\xef\xbf\xbd");
	buf_clear(&out);
	markup_foreign(&out, SPAN("\x1b<\xff"));
	assert_buf(&out, "\\x1b&lt;\\xff");
	buf_deinit(&out);
}

static void markdown_is_escaped(void **state)
{
	struct buf out = {0};

	(void)state;
	markdown_text(&out, SPAN("a_b _x_ 1:2 *c* `d` <e> [f](g) @h #1 | ~ http://x"));
	assert_buf(&out,
		"a_b \\_x\\_ 1:2 \\*c\\* \\`d\\` \\<e\\> \\[f\\](g) \\@h \\#1 \\| \\~ http\\://x");
	buf_deinit(&out);
}

/* CommonMark 0.30 §6.1: the fence is longer than any run inside; a blank at both ends is taken away
 * again. */
static void code_spans_hold_backticks(void **state)
{
	struct buf out = {0};

	(void)state;
	markdown_code(&out, SPAN("plain | bar"), false);
	assert_buf(&out, "`plain | bar`");
	buf_clear(&out);
	markdown_code(&out, SPAN("a | b"), true);
	assert_buf(&out, "`a \\| b`");
	buf_clear(&out);
	markdown_code(&out, SPAN("`a`` b"), false);
	assert_buf(&out, "``` `a`` b ```");
	buf_clear(&out);
	markdown_code(&out, SPAN(""), false);
	assert_buf(&out, "");
	buf_deinit(&out);
}

static void fences_hold_fences(void **state)
{
	struct buf out = {0};

	(void)state;
	markdown_fence(&out, "", SPAN("x\n````\ny"));
	assert_buf(&out, "`````\nx\n````\ny\n`````\n");
	buf_deinit(&out);
}

static void backticks_in_prose_are_code(void **state)
{
	struct buf out = {0};

	(void)state;
	markup_prose(&out, SPAN("set `<a>` and `b`, not `c"));
	assert_buf(&out, "set <code>&lt;a&gt;</code> and <code>b</code>, not `c");
	buf_clear(&out);
	markdown_prose(&out, SPAN("set `a_b` in <x>, `` not"));
	assert_buf(&out, "set `a_b` in \\<x\\>, \\`\\` not");
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_is_inert),
		cmocka_unit_test(markdown_is_escaped),
		cmocka_unit_test(code_spans_hold_backticks),
		cmocka_unit_test(fences_hold_fences),
		cmocka_unit_test(backticks_in_prose_are_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
