#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>

static void comma(struct json_out *o)
{
	if (o->comma)
		buf_addc(o->buf, ',');
	o->comma = true;
}

void json_open(struct json_out *o, char bracket)
{
	comma(o);
	buf_addc(o->buf, bracket);
	o->comma = false;
}

void json_close(struct json_out *o, char bracket)
{
	buf_addc(o->buf, bracket);
	o->comma = true;
}

static void add_escaped(struct buf *b, uint32_t c)
{
	if (c == '"' || c == '\\') {
		buf_addc(b, '\\');
		buf_addc(b, (char)c);
	} else if (c > 0xFFFF) {
		buf_addf(b, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));
	} else {
		buf_addf(b, "\\u%04x", c);
	}
}

static void add_string(struct buf *b, struct span s)
{
	struct span plain = {s.p, 0};

	buf_addc(b, '"');
	while (s.n) {
		uint32_t c;
		size_t n = utf8_take(s, &c);

		if (n && c != '"' && c != '\\' && !text_is_hidden(c)) {
			plain.n += n;
			s = span_from(s, n);
			continue;
		}
		buf_add(b, plain);
		if (n)
			add_escaped(b, c);
		else
			utf8_add(b, 0xFFFD);
		s = span_from(s, n ? n : 1);
		plain = (struct span){s.p, 0};
	}
	buf_add(b, plain);
	buf_addc(b, '"');
}

void json_key(struct json_out *o, const char *key)
{
	comma(o);
	add_string(o->buf, span_of(key));
	buf_addc(o->buf, ':');
	o->comma = false;
}

void json_str(struct json_out *o, struct span s)
{
	comma(o);
	add_string(o->buf, s);
}

void json_num(struct json_out *o, int64_t v)
{
	comma(o);
	buf_addf(o->buf, "%lld", (long long)v);
}

void json_real(struct json_out *o, double v)
{
	char text[352]; /* DBL_MAX has 309 digits before the point */
	int n;

	if (!isfinite(v)) {
		json_null(o);
		return;
	}
	n = snprintf(text, sizeof(text), "%.3f", v);
	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	comma(o);
	if (n == 2 && memcmp(text, "-0", 2) == 0)
		buf_addc(o->buf, '0');
	else
		buf_add(o->buf, (struct span){text, (size_t)n});
}

void json_bool(struct json_out *o, bool v)
{
	comma(o);
	buf_addz(o->buf, v ? "true" : "false");
}

void json_null(struct json_out *o)
{
	comma(o);
	buf_addz(o->buf, "null");
}
