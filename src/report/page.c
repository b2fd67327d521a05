#include "report/page.h"

#include "base/text.h"

static const char *const inks[INK_COUNT] = {
	[INK_NONE] = "",
	[INK_BOLD] = "\033[1m",
	[INK_DIM] = "\033[2m",
	[INK_RED] = "\033[1;31m",
	[INK_YELLOW] = "\033[33m",
	[INK_GREEN] = "\033[32m",
};

static size_t char_bytes(struct span s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return n < s.n ? n : s.n;
}

size_t page_width(unsigned terminal)
{
	unsigned width = terminal ? terminal : 100;

	return width < 40 ? 40 : width > 120 ? 120 : width;
}

struct span page_cut(struct span *rest, size_t width)
{
	size_t columns = 0, end = 0, blank = 0;
	struct span line;

	while (end < rest->n) {
		struct span c = span_head(span_from(*rest, end), char_bytes(span_from(*rest, end)));

		if (c.p[0] == ' ')
			blank = end;
		columns += text_columns(c);
		if (columns > width && end > 0)
			break;
		end += c.n;
	}
	if (end < rest->n && blank > 0)
		end = blank;
	line = span_trim(span_head(*rest, end));
	*rest = span_from(*rest, end);
	while (rest->n && rest->p[0] == ' ')
		*rest = span_from(*rest, 1);
	return line;
}

static const struct {
	const char *mark, *ascii;
} stand_ins[] = {
	{"✔", "+"},
	{"‼", "!"},
	{"✖", "x"},
	{"·", "-"},
	{"→", "->"},
	{"←", "<-"},
	{"…", "..."},
	{"—", "-"},
	{"–", "-"},
	{"≥", ">="},
	{"≤", "<="},
	{"±", "+/-"},
	{"×", "x"},
};

static uint32_t code_point(struct span c)
{
	uint32_t cp = (unsigned char)c.p[0] & (c.n == 2 ? 0x1f : c.n == 3 ? 0x0f : 0x07);

	for (size_t i = 1; i < c.n; i++)
		cp = cp << 6 | ((unsigned char)c.p[i] & 0x3f);
	return cp;
}

static void add_ascii(struct buf *out, struct span c)
{
	for (size_t i = 0; i < sizeof(stand_ins) / sizeof(stand_ins[0]); i++)
		if (span_eq(c, span_of(stand_ins[i].mark))) {
			buf_addz(out, stand_ins[i].ascii);
			return;
		}
	if (c.n == 1)
		buf_addf(out, "\\x%02x", (unsigned char)c.p[0]);
	else
		buf_addf(out, "\\u{%04x}", (unsigned)code_point(c));
}

void page_ascii(struct buf *out, struct span s)
{
	while (s.n) {
		struct span c = span_head(s, char_bytes(s));

		if ((unsigned char)c.p[0] < 0x80)
			buf_add(out, c);
		else
			add_ascii(out, c);
		s = span_from(s, c.n);
	}
}

static void add_inked(struct page *p, struct span s, enum ink ink)
{
	bool inked = p->colour && ink != INK_NONE;

	if (inked)
		buf_addz(p->out, inks[ink]);
	buf_add(p->out, s);
	if (inked)
		buf_addz(p->out, "\033[0m");
}

static void row_line(struct page *p, struct cell *cells, size_t n)
{
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		struct span line = page_cut(&cells[i].text, cells[i].width);
		size_t columns = text_columns(line), start = cells[i].at;

		if (!line.n)
			continue;
		if (cells[i].right && columns < cells[i].width)
			start += cells[i].width - columns;
		if (start > column)
			buf_pad(p->out, ' ', start - column);
		add_inked(p, line, cells[i].ink);
		column = (start > column ? start : column) + columns;
	}
	buf_addc(p->out, '\n');
}

static bool any_left(const struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cells[i].text.n)
			return true;
	return false;
}

void page_row(struct page *p, struct cell *cells, size_t n)
{
	struct buf plain = {0};
	struct arena texts = {0};

	for (size_t i = 0; i < n; i++) {
		if (cells[i].width == 0)
			cells[i].width = 1;
		if (p->ascii) {
			buf_clear(&plain);
			page_ascii(&plain, cells[i].text);
			cells[i].text = arena_copy(&texts, buf_span(&plain));
		}
	}
	while (any_left(cells, n) && !p->out->full)
		row_line(p, cells, n);
	buf_deinit(&plain);
	arena_deinit(&texts);
}

void page_code(struct page *p, size_t at, struct span line)
{
	struct span part;

	if (line.n)
		buf_pad(p->out, ' ', at);
	while (span_cut(&line, '\t', &part)) {
		if (p->ascii)
			page_ascii(p->out, part);
		else
			buf_add(p->out, part);
		buf_pad(p->out, ' ', line.n ? 4 : 0);
	}
	buf_addc(p->out, '\n');
}

void page_gap(struct page *p)
{
	buf_addc(p->out, '\n');
}
