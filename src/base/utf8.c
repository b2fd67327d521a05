#include "base/text.h"

struct range {
	uint32_t first, last;
};

static bool in_ranges(const struct range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n && r[i].first <= c; i++)
		if (c <= r[i].last)
			return true;
	return false;
}

/* What the first byte says (RFC 3629 §4): how many follow, and the bounds of the second, which keep
 * out overlong forms, surrogates and what lies beyond U+10FFFF. */
static bool first_byte(struct utf8 *u, uint8_t b)
{
	static const struct {
		uint8_t first, last, left, low, high;
	} rows[] = {
		{0x00, 0x7F, 0, 0x80, 0xBF},
		{0xC2, 0xDF, 1, 0x80, 0xBF},
		{0xE0, 0xE0, 2, 0xA0, 0xBF},
		{0xE1, 0xEC, 2, 0x80, 0xBF},
		{0xED, 0xED, 2, 0x80, 0x9F},
		{0xEE, 0xEF, 2, 0x80, 0xBF},
		{0xF0, 0xF0, 3, 0x90, 0xBF},
		{0xF1, 0xF3, 3, 0x80, 0xBF},
		{0xF4, 0xF4, 3, 0x80, 0x8F},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (b < rows[i].first || b > rows[i].last)
			continue;
		u->left = rows[i].left;
		u->low = rows[i].low;
		u->high = rows[i].high;
		u->partial = rows[i].left ? b & (0x3Fu >> rows[i].left) : b;
		return true;
	}
	return false;
}

static bool next_byte(struct utf8 *u, uint8_t b)
{
	if (u->left == 0)
		return first_byte(u, b);
	if (b < u->low || b > u->high)
		return false;
	u->partial = u->partial << 6 | (b & 0x3F);
	u->left--;
	u->low = 0x80;
	u->high = 0xBF;
	return true;
}

/* How many bytes at the beginning are ASCII, eight at a time. */
static size_t ascii_length(const char *p, size_t n)
{
	size_t i = 0;

	for (uint64_t v; n - i >= sizeof(v); i += sizeof(v)) {
		memcpy(&v, p + i, sizeof(v));
		if (v & UINT64_C(0x8080808080808080))
			break;
	}
	return i;
}

bool utf8_feed(struct utf8 *u, struct span s)
{
	for (size_t i = 0; i < s.n && !u->bad; i++) {
		if (!u->left)
			i += ascii_length(s.p + i, s.n - i);
		if (i < s.n)
			u->bad = !next_byte(u, (uint8_t)s.p[i]);
	}
	return !u->bad;
}

bool utf8_whole(const struct utf8 *u)
{
	return !u->bad && u->left == 0;
}

bool utf8_valid(struct span s)
{
	struct utf8 u = {0};

	return utf8_feed(&u, s) && utf8_whole(&u);
}

size_t utf8_take(struct span s, uint32_t *c)
{
	struct utf8 u = {0};

	for (size_t i = 0; i < s.n && next_byte(&u, (uint8_t)s.p[i]); i++) {
		if (u.left == 0) {
			*c = u.partial;
			return i + 1;
		}
	}
	return 0;
}

void utf8_add(struct buf *out, uint32_t c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};

	for (size_t i = n; i-- > 1; c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3F));
	b[0] = (char)(marks[n] | c);
	buf_add(out, (struct span){b, n});
}

bool text_is_hidden(uint32_t c)
{
	/* C0, DEL and C1; then the format characters (category Cf), line and paragraph separators,
	 * blank letters */
	static const struct range hidden[] = {
		{0x0000, 0x001F},
		{0x007F, 0x009F},
		{0x00AD, 0x00AD},
		{0x0600, 0x0605},
		{0x061C, 0x061C},
		{0x06DD, 0x06DD},
		{0x070F, 0x070F},
		{0x115F, 0x1160},
		{0x17B4, 0x17B5},
		{0x180B, 0x180F},
		{0x200B, 0x200F},
		{0x2028, 0x202E},
		{0x2060, 0x206F},
		{0x3164, 0x3164},
		{0xFEFF, 0xFEFF},
		{0xFFA0, 0xFFA0},
		{0xFFF0, 0xFFFB},
		{0x1BCA0, 0x1BCA3},
		{0x1D173, 0x1D17A},
		{0xE0000, 0xE0FFF},
	};

	return in_ranges(hidden, sizeof(hidden) / sizeof(hidden[0]), c);
}

/* Blocks rather than single characters: terminals differ among each other by more than this leaves
 * out. */
static size_t columns(uint32_t c)
{
	static const struct range combining[] = {
		{0x0300, 0x036F},
		{0x0483, 0x0489},
		{0x0591, 0x05BD},
		{0x05BF, 0x05C7},
		{0x0610, 0x061A},
		{0x064B, 0x065F},
		{0x06D6, 0x06DC},
		{0x06DF, 0x06E4},
		{0x06E7, 0x06ED},
		{0x0730, 0x074A},
		{0x0900, 0x0902},
		{0x093C, 0x093C},
		{0x0941, 0x0948},
		{0x094D, 0x094D},
		{0x0E31, 0x0E31},
		{0x0E34, 0x0E3A},
		{0x0E47, 0x0E4E},
		{0x1AB0, 0x1AFF},
		{0x1DC0, 0x1DFF},
		{0x200B, 0x200F},
		{0x20D0, 0x20FF},
		{0x302A, 0x302D},
		{0x3099, 0x309A},
		{0xFE00, 0xFE0F},
		{0xFE20, 0xFE2F},
		{0xE0100, 0xE01EF},
	};
	static const struct range wide[] = {
		{0x1100, 0x115F},
		{0x231A, 0x231B},
		{0x23E9, 0x23EC},
		{0x2614, 0x2615},
		{0x26A1, 0x26A1},
		{0x2705, 0x2705},
		{0x270A, 0x270B},
		{0x2728, 0x2728},
		{0x274C, 0x274C},
		{0x2753, 0x2757},
		{0x2E80, 0x303E},
		{0x3041, 0xA4CF},
		{0xA960, 0xA97F},
		{0xAC00, 0xD7A3},
		{0xF900, 0xFAFF},
		{0xFE30, 0xFE6F},
		{0xFF01, 0xFF60},
		{0xFFE0, 0xFFE6},
		{0x16FE0, 0x18CFF},
		{0x1B000, 0x1B2FF},
		{0x1F004, 0x1F004},
		{0x1F18E, 0x1F18E},
		{0x1F191, 0x1F19A},
		{0x1F200, 0x1F64F},
		{0x1F680, 0x1F6FF},
		{0x1F7E0, 0x1F7EB},
		{0x1F900, 0x1F9FF},
		{0x1FA70, 0x1FAFF},
		{0x20000, 0x3FFFD},
	};

	if (in_ranges(combining, sizeof(combining) / sizeof(combining[0]), c))
		return 0;
	return in_ranges(wide, sizeof(wide) / sizeof(wide[0]), c) ? 2 : 1;
}

size_t text_columns(struct span s)
{
	size_t total = 0;

	while (s.n) {
		uint32_t c;
		size_t n = utf8_take(s, &c);

		total += n ? columns(c) : 1;
		s = span_from(s, n ? n : 1);
	}
	return total;
}
