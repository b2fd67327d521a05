/* Reading MessagePack. Not by msgpack-c: its unpacker reserves what a head claims (4.0.0: the five
 * bytes dd 10 00 00 00 ask for 8 GiB); here nothing is kept but what is written. */
#include "base/msgpack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

#define DEPTH_MAX 64

enum form { UNSIGNED, SIGNED, FLOAT, STRING, BYTES, EXTENSION, ARRAY, MAP, NIL, FALSE, TRUE };

struct item {
	enum form form;
	uint64_t v; /* the number, or how many bytes or elements follow */
	double real;
	bool counted; /* an extension whose head says its length */
};

struct out {
	struct buf *json;
	struct msgpack_bytes *bytes; /* NULL: binary is written as its length */
	bool bad;
};

static void add(struct out *o, struct span text)
{
	buf_add(o->json, text);
}

/* From 0xc4 on: what it is, the bytes of its number, and what an extension adds. */
static const struct {
	enum form form;
	uint8_t bytes;
} heads[] = {{BYTES, 1}, {BYTES, 2}, {BYTES, 4}, {EXTENSION, 1}, {EXTENSION, 2}, {EXTENSION, 4},
	{FLOAT, 4}, {FLOAT, 8}, {UNSIGNED, 1}, {UNSIGNED, 2}, {UNSIGNED, 4}, {UNSIGNED, 8},
	{SIGNED, 1}, {SIGNED, 2}, {SIGNED, 4}, {SIGNED, 8}, {EXTENSION, 0}, {EXTENSION, 0},
	{EXTENSION, 0}, {EXTENSION, 0}, {EXTENSION, 0}, {STRING, 1}, {STRING, 2}, {STRING, 4},
	{ARRAY, 2}, {ARRAY, 4}, {MAP, 2}, {MAP, 4}};

static bool take_number(struct span *s, unsigned bytes, uint64_t *v)
{
	if (s->n < bytes)
		return false;
	*v = 0;
	for (unsigned i = 0; i < bytes; i++)
		*v = *v << 8 | (uint8_t)s->p[i];
	*s = span_from(*s, bytes);
	return true;
}

static void sign(struct item *it, unsigned bytes)
{
	unsigned shift = 64 - 8 * bytes;

	it->v = (uint64_t)((int64_t)(it->v << shift) >> shift);
}

static void unpack_real(struct item *it, unsigned bytes)
{
	if (bytes == 4) {
		uint32_t bits = (uint32_t)it->v;
		float f;

		memcpy(&f, &bits, sizeof(f));
		it->real = (double)f;
	} else {
		memcpy(&it->real, &it->v, sizeof(it->real));
	}
}

static bool take_long(struct span *s, uint8_t head, struct item *it)
{
	unsigned bytes = heads[head - 0xc4].bytes;

	it->form = heads[head - 0xc4].form;
	if (!take_number(s, bytes, &it->v))
		return false;
	if (it->form == SIGNED)
		sign(it, bytes);
	if (it->form == FLOAT)
		unpack_real(it, bytes);
	it->counted = bytes > 0;
	if (it->form == EXTENSION)
		it->v = 1 + (bytes ? it->v : (uint64_t)1 << (head - 0xd4));
	return true;
}

static bool take(struct span *s, struct item *it)
{
	uint8_t head;

	if (!s->n)
		return false;
	head = (uint8_t)s->p[0];
	*s = span_from(*s, 1);
	*it = (struct item){.form = UNSIGNED, .v = head};
	if (head < 0x80)
		return true;
	if (head < 0xa0) {
		*it = (struct item){.form = head < 0x90 ? MAP : ARRAY, .v = head & 15};
	} else if (head < 0xc0) {
		*it = (struct item){.form = STRING, .v = head & 31};
	} else if (head >= 0xe0) {
		*it = (struct item){.form = SIGNED, .v = (uint64_t)(int64_t)(int8_t)head};
	} else if (head < 0xc4) {
		it->form = head == 0xc0 ? NIL : head == 0xc2 ? FALSE : TRUE;
		return head != 0xc1;
	} else if (!take_long(s, head, it)) {
		return false;
	}
	/* whatever follows is at least a byte each, a map's element two */
	if (it->form == STRING || it->form == BYTES || it->form == EXTENSION || it->form == ARRAY)
		return it->v <= s->n;
	return it->form != MAP || it->v <= s->n / 2;
}

static struct span take_bytes(struct span *s, uint64_t n)
{
	struct span bytes = span_head(*s, (size_t)n);

	*s = span_from(*s, bytes.n);
	return bytes;
}

/* The shortest text that is the same number again, as JavaScript prints it. */
static void write_real(struct out *o, double v)
{
	char text[40];
	int digits = 15;

	/* JSON has no NaN and no infinity: JavaScript writes null */
	if (!isfinite(v)) {
		add(o, SPAN("null"));
		return;
	}
	do
		snprintf(text, sizeof(text), "%.*g", digits, v);
	while (strtod(text, NULL) != v && digits++ < 17);
	add(o, span_of(text));
}

static void write_number(struct out *o, const struct item *it)
{
	char text[24];

	if (it->form == SIGNED)
		snprintf(text, sizeof(text), "%lld", (long long)(int64_t)it->v);
	else
		snprintf(text, sizeof(text), "%llu", (unsigned long long)it->v);
	add(o, span_of(text));
}

static void write_bytes(struct out *o, struct span bytes)
{
	char text[64];

	if (!o->bytes) {
		snprintf(text, sizeof(text), "\"<%zu bytes>\"", bytes.n);
	} else if (o->bytes->n == MSGPACK_BYTES_MAX) {
		o->bad = true;
		return;
	} else {
		snprintf(text, sizeof(text), MSGPACK_PLACEHOLDER "%u}", o->bytes->n);
		o->bytes->v[o->bytes->n++] = bytes;
	}
	add(o, span_of(text));
}

/* As Date.prototype.toJSON(), from milliseconds; Gregorian days by their era of 400 years. */
static void write_date(struct out *o, int64_t ms)
{
	const int64_t day_ms = 86400000, limit = 8640000000000000;
	int64_t days, time, era, year;
	unsigned of_era, of_year, month;
	char text[64];

	if (ms < -limit || ms > limit) {
		add(o, SPAN("null"));
		return;
	}
	days = (ms - (ms % day_ms + day_ms) % day_ms) / day_ms;
	time = ms - days * day_ms;
	days += 719468; /* from 0000-03-01 */
	era = (days - (days % 146097 + 146097) % 146097) / 146097;
	of_era = (unsigned)(days - era * 146097);
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (unsigned)(365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	year += era * 400 + (month > 9);
	snprintf(text, sizeof(text),
		year < 0 || year > 9999 ? "\"%+07lld-%02u-%02uT%02u:%02u:%02u.%03uZ\""
					: "\"%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ\"",
		(long long)year, month < 10 ? month + 3 : month - 9,
		of_year - (153 * month + 2) / 5 + 1, (unsigned)(time / 3600000),
		(unsigned)(time / 60000 % 60), (unsigned)(time / 1000 % 60),
		(unsigned)(time % 1000));
	add(o, span_of(text));
}

/* The timestamp of MessagePack itself, type -1, which notepack.io 3 writes for a Date: seconds; or
 * nanoseconds and seconds, in 8 bytes or in 12. */
static bool write_timestamp(struct out *o, struct span inside)
{
	uint64_t v = 0, seconds = 0, ns = 0;

	if (inside.n == 4) {
		take_number(&inside, 4, &seconds);
	} else if (inside.n == 8) {
		take_number(&inside, 8, &v);
		ns = v >> 34;
		seconds = v & (((uint64_t)1 << 34) - 1);
	} else if (inside.n == 12) {
		take_number(&inside, 4, &ns);
		take_number(&inside, 8, &seconds);
	} else {
		return false;
	}
	if ((int64_t)seconds > (int64_t)1 << 50 || (int64_t)seconds < -((int64_t)1 << 50))
		add(o, SPAN("null"));
	else
		write_date(o, (int64_t)seconds * 1000 + (int64_t)(ns / 1000000));
	return true;
}

/* notepack.io: type 0 is undefined of one zero byte, in version 2 a Date of eight bytes, and an
 * ArrayBuffer where the head counts its bytes. */
static void write_extension(struct out *o, struct span bytes, bool counted)
{
	struct span inside = span_from(bytes, 1);
	uint64_t ms;

	if ((uint8_t)bytes.p[0] == 0xff && write_timestamp(o, inside))
		return;
	if (counted || bytes.p[0] != 0 || (inside.n != 1 && inside.n != 8))
		write_bytes(o, bytes.p[0] == 0 ? inside : bytes);
	else if (inside.n == 1)
		add(o, SPAN("null"));
	else if (take_number(&inside, 8, &ms))
		write_date(o, (int64_t)ms);
}

static void write_string(struct out *o, struct span text)
{
	struct json_out j = {.buf = o->json};

	json_str(&j, text);
}

static void write_scalar(struct out *o, struct span *s, const struct item *it)
{
	switch (it->form) {
	case UNSIGNED:
	case SIGNED:
		write_number(o, it);
		break;
	case FLOAT:
		write_real(o, it->real);
		break;
	case STRING:
		write_string(o, take_bytes(s, it->v));
		break;
	case NIL:
		add(o, SPAN("null"));
		break;
	case FALSE:
	case TRUE:
		add(o, it->form == TRUE ? SPAN("true") : SPAN("false"));
		break;
	case BYTES:
		write_bytes(o, take_bytes(s, it->v));
		break;
	default:
		write_extension(o, take_bytes(s, it->v), it->counted);
	}
}

static bool write_key(struct out *o, struct span *s)
{
	struct item it;

	if (!take(s, &it) || it.form != STRING)
		return false;
	write_string(o, take_bytes(s, it.v));
	add(o, SPAN(":"));
	return true;
}

static bool write_value(struct out *o, struct span *s, unsigned depth)
{
	struct item it;
	bool map;

	if (depth == DEPTH_MAX || !take(s, &it))
		return false;
	if (it.form != ARRAY && it.form != MAP) {
		write_scalar(o, s, &it);
		return !o->json->full && !o->bad;
	}
	map = it.form == MAP;
	add(o, map ? SPAN("{") : SPAN("["));
	for (uint64_t i = 0; i < it.v; i++) {
		if (i)
			add(o, SPAN(","));
		if ((map && !write_key(o, s)) || !write_value(o, s, depth + 1))
			return false;
	}
	add(o, map ? SPAN("}") : SPAN("]"));
	return !o->json->full;
}

bool msgpack_json(struct buf *json, struct span data, struct msgpack_bytes *bytes)
{
	struct out o = {.json = json, .bytes = bytes};

	if (bytes)
		bytes->n = 0;
	return write_value(&o, &data, 0) && !data.n;
}
