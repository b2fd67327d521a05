#include "base/json.h"

#include "base/text.h"

enum expect {
	EXPECT_VALUE, /* zero: where a document begins */
	EXPECT_FIRST_KEY,
	EXPECT_FIRST_VALUE,
	EXPECT_COMMA,
	EXPECT_END,
	EXPECT_NOTHING, /* after an error */
};

void json_init(struct json *j, struct span document)
{
	*j = (struct json){.in = document};
}

static int peek(const struct json *j)
{
	return j->at < j->in.n ? (unsigned char)j->in.p[j->at] : -1;
}

static void skip_blanks(struct json *j)
{
	while (j->at < j->in.n && memchr(" \t\r\n", j->in.p[j->at], 4))
		j->at++;
}

static struct json_token fail(struct json *j, const char *error)
{
	if (!j->error)
		j->error = error;
	j->expect = EXPECT_NOTHING;
	return (struct json_token){.type = JSON_ERROR, .at = j->at};
}

static struct json_token token(struct json *j, enum json_type type, size_t n)
{
	struct json_token t = {type, j->at, span_head(span_from(j->in, j->at), n)};

	j->at += n;
	return t;
}

static bool in_object(const struct json *j)
{
	unsigned level = j->depth - 1;

	return j->kind[level / 8] >> level % 8 & 1;
}

static void after_value(struct json *j)
{
	j->expect = j->depth ? EXPECT_COMMA : EXPECT_END;
}

static struct json_token open_level(struct json *j, bool object)
{
	uint8_t bit = (uint8_t)(1u << j->depth % 8);

	if (j->depth == JSON_DEPTH_MAX)
		return fail(j, "nested too deeply");
	if (object)
		j->kind[j->depth / 8] |= bit;
	else
		j->kind[j->depth / 8] &= (uint8_t)~bit;
	j->depth++;
	j->expect = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_VALUE;
	return token(j, object ? JSON_OBJECT : JSON_ARRAY, 1);
}

static struct json_token close_level(struct json *j)
{
	if (peek(j) != (in_object(j) ? '}' : ']'))
		return fail(j, "the wrong bracket closes");
	j->depth--;
	after_value(j);
	return token(j, JSON_CLOSE, 1);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits at p, or -1. */
static int32_t hex4(struct span s)
{
	int32_t v = 0;

	if (s.n < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = hex_digit(s.p[i]);

		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

/* The length of the escape that s begins with, or 0 when it is none. */
static size_t escape_length(struct span s)
{
	if (s.n < 2)
		return 0;
	if (memchr("\"\\/bfnrt", s.p[1], 8))
		return 2;
	return s.p[1] == 'u' && hex4(span_from(s, 2)) >= 0 ? 6 : 0;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes none of which is a quote, a backslash or a control byte. */
static bool eight_plain(const char *p)
{
	uint64_t v, quote, escape;

	memcpy(&v, p, sizeof(v));
	quote = v ^ EACH('"');
	escape = v ^ EACH('\\');
	return !((((v - EACH(0x20)) & ~v) | ((quote - EACH(1)) & ~quote) | ((escape - EACH(1)) & ~escape)) & EACH(0x80));
}

/* From the opening quote; the result excludes the quotes. */
static struct json_token read_string(struct json *j, enum json_type type)
{
	size_t from = j->at, i = j->at + 1;

	while (i < j->in.n && j->in.p[i] != '"') {
		size_t n = 1;

		if (j->in.n - i >= 8 && eight_plain(j->in.p + i)) {
			i += 8;
			continue;
		}
		if ((unsigned char)j->in.p[i] < 0x20) {
			j->at = i;
			return fail(j, "a control byte in a string");
		}
		if (j->in.p[i] == '\\')
			n = escape_length(span_from(j->in, i));
		if (n == 0) {
			j->at = i;
			return fail(j, "an unknown escape in a string");
		}
		i += n;
	}
	if (i >= j->in.n)
		return fail(j, "a string without an end");
	j->at = i + 1;
	return (struct json_token){type, from, {j->in.p + from + 1, i - from - 1}};
}

static size_t digits(struct span s, size_t at)
{
	size_t from = at;

	while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
		at++;
	return at - from;
}

/* The length of the number that s begins with (RFC 8259 §6), or 0. */
static size_t number_length(struct span s)
{
	size_t n = s.n && s.p[0] == '-', count = digits(s, n);

	if (count == 0 || (count > 1 && s.p[n] == '0'))
		return 0;
	n += count;
	if (n < s.n && s.p[n] == '.') {
		count = digits(s, ++n);
		if (count == 0)
			return 0;
		n += count;
	}
	if (n < s.n && (s.p[n] | 0x20) == 'e') {
		n++;
		n += n < s.n && (s.p[n] == '+' || s.p[n] == '-');
		count = digits(s, n);
		if (count == 0)
			return 0;
		n += count;
	}
	return n;
}

static struct json_token read_word(struct json *j)
{
	static const struct {
		const char *word;
		enum json_type type;
	} words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
	struct span rest = span_from(j->in, j->at);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_starts(rest, span_of(words[i].word)))
			return token(j, words[i].type, strlen(words[i].word));
	return fail(j, j->at < j->in.n ? "no JSON value" : "the document ends early");
}

static struct json_token read_value(struct json *j)
{
	struct json_token t;
	size_t n;
	int c = peek(j);

	if (c == '{' || c == '[')
		return open_level(j, c == '{');
	if (c == '"') {
		t = read_string(j, JSON_STRING);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		n = number_length(span_from(j->in, j->at));
		t = n ? token(j, JSON_NUMBER, n) : fail(j, "a malformed number");
	} else {
		t = read_word(j);
	}
	if (t.type != JSON_ERROR)
		after_value(j);
	return t;
}

static struct json_token read_key(struct json *j)
{
	struct json_token t;

	if (peek(j) != '"')
		return fail(j, "a member without a name");
	t = read_string(j, JSON_KEY);
	if (t.type == JSON_ERROR)
		return t;
	skip_blanks(j);
	if (peek(j) != ':')
		return fail(j, "no colon behind a name");
	j->at++;
	j->expect = EXPECT_VALUE;
	return t;
}

static struct json_token read_next_member(struct json *j)
{
	if (peek(j) != ',')
		return peek(j) < 0 ? fail(j, "the document ends early") : close_level(j);
	j->at++;
	skip_blanks(j);
	return in_object(j) ? read_key(j) : read_value(j);
}

struct json_token json_next(struct json *j)
{
	skip_blanks(j);
	switch ((enum expect)j->expect) {
	case EXPECT_VALUE:
		return read_value(j);
	case EXPECT_FIRST_KEY:
		return peek(j) == '}' ? close_level(j) : read_key(j);
	case EXPECT_FIRST_VALUE:
		return peek(j) == ']' ? close_level(j) : read_value(j);
	case EXPECT_COMMA:
		return read_next_member(j);
	case EXPECT_END:
		if (j->at < j->in.n)
			return fail(j, "something follows the document");
		return (struct json_token){.type = JSON_END, .at = j->at};
	case EXPECT_NOTHING:
		break;
	}
	return (struct json_token){.type = JSON_ERROR, .at = j->at};
}

bool json_skip(struct json *j)
{
	unsigned depth = j->depth;

	while (j->depth >= depth)
		if (json_next(j).type == JSON_ERROR)
			return false;
	return true;
}

/* Adds the character of the \u escape at the front of s, both halves of a pair; returns its length.
 */
static size_t unescape_unicode(struct buf *out, struct span s)
{
	int32_t high = hex4(span_from(s, 2)), low = -1;
	struct span next = span_from(s, 6);

	if (high < 0) {
		utf8_add(out, 0xFFFD);
		return s.n < 2 ? s.n : 2;
	}
	if (high < 0xD800 || high > 0xDFFF) {
		utf8_add(out, (uint32_t)high);
		return 6;
	}
	if (high < 0xDC00 && span_starts(next, SPAN("\\u")))
		low = hex4(span_from(next, 2));
	if (low < 0xDC00 || low > 0xDFFF) {
		utf8_add(out, 0xFFFD);
		return 6;
	}
	utf8_add(out, 0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
	return 12;
}

void json_unescape(struct buf *out, struct span raw)
{
	static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
	ssize_t at;

	while ((at = span_chr(raw, '\\')) >= 0) {
		const char *letter;

		buf_add(out, span_head(raw, (size_t)at));
		raw = span_from(raw, (size_t)at);
		if (raw.n < 2 || raw.p[1] == 'u') {
			raw = span_from(raw, unescape_unicode(out, raw));
			continue;
		}
		letter = memchr(letters, raw.p[1], sizeof(letters) - 1);
		buf_addc(out, letter ? bytes[letter - letters] : raw.p[1]);
		raw = span_from(raw, 2);
	}
	buf_add(out, raw);
}

bool json_int(struct span raw, int64_t *out)
{
	bool minus = raw.n && raw.p[0] == '-';
	uint64_t v;

	if (!span_uint(span_from(raw, minus), (uint64_t)INT64_MAX + minus, &v))
		return false;
	*out = (int64_t)(minus ? 0 - v : v);
	return true;
}

static bool key_is(struct span raw, struct span key)
{
	struct buf plain = {.max = raw.n * 3 + 1};
	bool same;

	if (span_chr(raw, '\\') < 0)
		return span_eq(raw, key);
	json_unescape(&plain, raw);
	same = span_eq(buf_span(&plain), key);
	buf_deinit(&plain);
	return same;
}

bool json_is(struct span text, enum json_type type)
{
	struct json j;
	struct json_token t;

	json_init(&j, text);
	t = json_next(&j);
	if (t.type != type && type != JSON_END)
		return false;
	while (t.type != JSON_END && t.type != JSON_ERROR)
		t = json_next(&j);
	return t.type == JSON_END;
}

bool json_member(struct span document, struct span key, struct json_token *out)
{
	struct json j;
	struct json_token name, value;

	json_init(&j, document);
	if (json_next(&j).type != JSON_OBJECT)
		return false;
	while ((name = json_next(&j)).type == JSON_KEY) {
		value = json_next(&j);
		if (value.type == JSON_OBJECT || value.type == JSON_ARRAY) {
			if (!json_skip(&j))
				return false;
			value.raw.n = j.at - value.at;
		}
		if (value.type == JSON_ERROR)
			return false;
		if (key_is(name.raw, key)) {
			*out = value;
			return true;
		}
	}
	return false;
}
