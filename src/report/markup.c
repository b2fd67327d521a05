#include "report/markup.h"

#include "base/text.h"

/* The character's stand-in, or NULL when it stays. */
static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return (unsigned char)c < 0x20 && c != '\n' && c != '\t' ? "\xef\xbf\xbd" : NULL;
	}
}

void markup_text(struct buf *out, struct span s)
{
	while (s.n) {
		const char *instead = entity(s.p[0]);
		size_t n = 1;

		/* U+FFFE and U+FFFF */
		if (span_starts(s, SPAN("\xef\xbf\xbe")) || span_starts(s, SPAN("\xef\xbf\xbf"))) {
			instead = "\xef\xbf\xbd";
			n = 3;
		}
		if (instead)
			buf_addz(out, instead);
		else
			buf_addc(out, s.p[0]);
		s = span_from(s, n);
	}
}

void markup_foreign(struct buf *out, struct span s)
{
	struct buf visible = {0};

	text_visible(&visible, s);
	markup_text(out, buf_span(&visible));
	buf_deinit(&visible);
}

static bool is_word(struct span s, size_t i)
{
	return i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') ||
				  ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z'));
}

/* Inside a word an underscore means nothing, and a colon only makes a link before slashes: a ticket
 * is read as it is, too. */
static bool means_something(struct span s, size_t i)
{
	switch (s.p[i]) {
	case '\0':
		return false;
	case '_':
		return i == 0 || !is_word(s, i - 1) || !is_word(s, i + 1);
	case ':':
		return span_starts(span_from(s, i), SPAN("://"));
	default:
		return strchr("\\`*[]<>|~&#@$", s.p[i]) != NULL;
	}
}

void markdown_text(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (means_something(s, i))
			buf_addc(out, '\\');
		buf_addc(out, s.p[i]);
	}
}

/* Cuts what stands before the next pair of backticks, and what is in it, off the front. False: no
 * pair is left. */
static bool cut_code(struct span *rest, struct span *before, struct span *code)
{
	ssize_t open = span_chr(*rest, '`');
	ssize_t end = open < 0 ? -1 : span_chr(span_from(*rest, (size_t)open + 1), '`');

	if (end <= 0)
		return false;
	*before = span_head(*rest, (size_t)open);
	*code = span_head(span_from(*rest, (size_t)open + 1), (size_t)end);
	*rest = span_from(*rest, (size_t)open + (size_t)end + 2);
	return true;
}

void markup_prose(struct buf *out, struct span s)
{
	struct span before, code;

	while (cut_code(&s, &before, &code)) {
		markup_text(out, before);
		buf_addz(out, "<code>");
		markup_text(out, code);
		buf_addz(out, "</code>");
	}
	markup_text(out, s);
}

static size_t longest_run(struct span s, char c)
{
	size_t run = 0, longest = 0;

	for (size_t i = 0; i < s.n; i++) {
		run = s.p[i] == c ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

void markdown_code(struct buf *out, struct span s, bool in_table)
{
	size_t ticks = longest_run(s, '`') + 1;
	bool pad = s.n && (s.p[0] == '`' || s.p[s.n - 1] == '`');

	if (!s.n)
		return;
	buf_pad(out, '`', ticks);
	buf_pad(out, ' ', pad);
	for (size_t i = 0; i < s.n; i++) {
		/* a table is cut at bars before code spans are found */
		if (in_table && s.p[i] == '|')
			buf_addc(out, '\\');
		buf_addc(out, s.p[i] == '\n' ? ' ' : s.p[i]);
	}
	buf_pad(out, ' ', pad);
	buf_pad(out, '`', ticks);
}

void markdown_fence(struct buf *out, const char *lang, struct span lines)
{
	size_t ticks = longest_run(lines, '`') + 1;

	ticks = ticks < 3 ? 3 : ticks;
	buf_pad(out, '`', ticks);
	buf_addf(out, "%s\n", lang);
	buf_add(out, lines);
	if (!span_ends(lines, SPAN("\n")))
		buf_addc(out, '\n');
	buf_pad(out, '`', ticks);
	buf_addc(out, '\n');
}

void markdown_prose(struct buf *out, struct span s)
{
	struct span before, code;

	while (cut_code(&s, &before, &code)) {
		markdown_text(out, before);
		markdown_code(out, code, false);
	}
	markdown_text(out, s);
}
