/* Writing MessagePack: a few lines of our own rather than msgpack-c's packer, whose callers have to
 * know how many elements a container has before its first: from JSON they come one by one, so the
 * head is put in front when the container ends. */
#include <stdlib.h>

#include "base/json.h"
#include "base/msgpack.h"

#define DEPTH_MAX 64

struct level {
	size_t at; /* of the place for its head */
	uint32_t n;
	bool map;
};

struct writer {
	struct buf *out;
	struct json j;
	const struct msgpack_bytes *bytes;
	struct level levels[DEPTH_MAX];
	unsigned depth;
};

static void add_number(struct buf *out, uint64_t v, unsigned bytes)
{
	while (bytes--)
		buf_addc(out, (char)(v >> (8 * bytes)));
}

/* A head whose number has 1, 2 or 4 bytes, by its size. */
static void add_sized(struct buf *out, uint8_t head, uint64_t n)
{
	unsigned which = n > 0xffff ? 2 : n > 0xff ? 1 : 0;

	buf_addc(out, (char)(head + which));
	add_number(out, n, 1u << which);
}

static void add_string(struct buf *out, struct span raw)
{
	struct buf text = {.max = out->max};

	json_unescape(&text, raw);
	if (text.n < 32)
		buf_addc(out, (char)(0xa0 | text.n));
	else
		add_sized(out, 0xd9, text.n);
	buf_add(out, buf_span(&text));
	out->full |= text.full;
	buf_deinit(&text);
}

static void add_bytes(struct buf *out, struct span bytes)
{
	add_sized(out, 0xc4, bytes.n);
	buf_add(out, bytes);
}

static void add_positive(struct buf *out, uint64_t v)
{
	if (v < 0x80)
		buf_addc(out, (char)v);
	else if (v <= UINT32_MAX)
		add_sized(out, 0xcc, v);
	else {
		buf_addc(out, (char)0xcf);
		add_number(out, v, 8);
	}
}

static void add_negative(struct buf *out, int64_t v)
{
	unsigned bytes = v >= INT8_MIN ? 1 : v >= INT16_MIN ? 2 : v >= INT32_MIN ? 4 : 8;

	if (v < -32) {
		buf_addc(out, (char)(0xd0 + (bytes == 1		 ? 0
						    : bytes == 2 ? 1
						    : bytes == 4 ? 2
								 : 3)));
		add_number(out, (uint64_t)v, bytes);
	} else {
		buf_addc(out, (char)v);
	}
}

static void add_real(struct buf *out, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	buf_addc(out, (char)0xcb);
	add_number(out, bits, 8);
}

static void add_json_number(struct buf *out, struct span raw)
{
	struct buf text = {.max = 4096};
	double v;

	buf_add(&text, raw);
	v = strtod(buf_z(&text), NULL);
	buf_deinit(&text);
	if (!(v > -9007199254740992.0 && v < 9007199254740992.0) || (double)(int64_t)v != v)
		add_real(out, v);
	else if (v < 0)
		add_negative(out, (int64_t)v);
	else
		add_positive(out, (uint64_t)v);
}

/* The object that was just opened is a placeholder: reads its rest. */
static bool take_placeholder(struct writer *w, struct span *bytes)
{
	struct json look = w->j;
	struct json_token t;
	int64_t n;

	if (!w->bytes || !w->bytes->n)
		return false;
	t = json_next(&look);
	if (t.type != JSON_KEY || !span_eq(t.raw, SPAN("_placeholder")) ||
		json_next(&look).type != JSON_TRUE)
		return false;
	t = json_next(&look);
	if (t.type != JSON_KEY || !span_eq(t.raw, SPAN("num")))
		return false;
	t = json_next(&look);
	if (t.type != JSON_NUMBER || !json_int(t.raw, &n) || n < 0 || n >= w->bytes->n ||
		json_next(&look).type != JSON_CLOSE)
		return false;
	w->j = look;
	*bytes = w->bytes->v[n];
	return true;
}

static bool open_level(struct writer *w, bool map)
{
	if (w->depth == DEPTH_MAX)
		return false;
	w->levels[w->depth++] = (struct level){w->out->n, 0, map};
	buf_addc(w->out, 0);
	return true;
}

/* Where one byte is not enough for the head, what came behind it moves. */
static void close_level(struct writer *w)
{
	struct level l = w->levels[--w->depth];
	unsigned more = l.n < 16 ? 0 : l.n <= 0xffff ? 2 : 4;
	struct buf *out = w->out;

	buf_pad(out, 0, more);
	if (out->full)
		return;
	memmove(out->p + l.at + 1 + more, out->p + l.at + 1, out->n - more - l.at - 1);
	if (!more)
		out->p[l.at] = (char)((l.map ? 0x80 : 0x90) | l.n);
	else
		out->p[l.at] = (char)((l.map ? 0xde : 0xdc) + (more == 4));
	for (unsigned i = 0; i < more; i++)
		out->p[l.at + 1 + i] = (char)(l.n >> (8 * (more - 1 - i)));
}

static bool add_token(struct writer *w, struct json_token t)
{
	struct span bytes;

	switch (t.type) {
	case JSON_OBJECT:
		if (!take_placeholder(w, &bytes))
			return open_level(w, true);
		add_bytes(w->out, bytes);
		return true;
	case JSON_ARRAY:
		return open_level(w, false);
	case JSON_STRING:
	case JSON_KEY:
		add_string(w->out, t.raw);
		return true;
	case JSON_NUMBER:
		add_json_number(w->out, t.raw);
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_addc(w->out, (char)(t.type == JSON_TRUE ? 0xc3 : 0xc2));
		return true;
	case JSON_NULL:
		buf_addc(w->out, (char)0xc0);
		return true;
	default:
		return false;
	}
}

bool msgpack_write(struct buf *out, struct span json, const struct msgpack_bytes *bytes)
{
	struct writer w = {.out = out, .bytes = bytes};
	struct json_token t;

	json_init(&w.j, json);
	while ((t = json_next(&w.j)).type != JSON_END && !out->full) {
		if (t.type == JSON_CLOSE) {
			close_level(&w);
			continue;
		}
		if (w.depth && (!w.levels[w.depth - 1].map || t.type == JSON_KEY))
			w.levels[w.depth - 1].n++;
		if (!add_token(&w, t))
			return false;
	}
	return !out->full;
}
