/* socket.io-msgpack-parser: each packet is one MessagePack map of type, nsp, data, id. It is read
 * into JSON, which the rest of the dialect understands. Not by msgpack-c: its unpacker reserves what
 * a head claims (4.0.0: the five bytes dd 10 00 00 00 ask for 8 GiB); here nothing is kept but what
 * is written. */
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "dialect/sio/packet.h"

#define DEPTH_MAX 64
#define JSON_MAX ((size_t)16 << 20)

enum form { UNSIGNED, SIGNED, FLOAT, STRING, BYTES, EXTENSION, ARRAY, MAP, NIL, FALSE, TRUE };

struct item {
	enum form form;
	uint64_t v; /* the number, or how many bytes or elements follow */
	double real;
};

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

static void write_real(struct json_out *o, double v)
{
	/* JSON has no NaN and no infinity: JavaScript writes null; larger ones than these are as
	 * rare */
	if (!(v > -1e15 && v < 1e15))
		json_null(o);
	else
		json_real(o, v);
}

static void write_scalar(struct json_out *o, struct span *s, const struct item *it)
{
	struct span bytes;
	char what[48];

	switch (it->form) {
	case UNSIGNED:
	case SIGNED:
		json_num(o, (int64_t)it->v);
		break;
	case FLOAT:
		write_real(o, it->real);
		break;
	case STRING:
		json_str(o, take_bytes(s, it->v));
		break;
	case NIL:
		json_null(o);
		break;
	case FALSE:
	case TRUE:
		json_bool(o, it->form == TRUE);
		break;
	default:
		bytes = take_bytes(s, it->v);
		/* notepack.io's undefined: extension 0 of a zero byte */
		if (it->form == EXTENSION && span_eq(bytes, SPAN("\0\0"))) {
			json_null(o);
			break;
		}
		snprintf(what, sizeof(what), "<%zu bytes>", bytes.n);
		json_str(o, span_of(what));
	}
}

/* The name of a member: numbers are written as JavaScript would. */
static bool write_key(struct json_out *o, struct span *s)
{
	struct item it;
	struct buf name = {.max = 1024};
	bool fine = take(s, &it) && it.form == STRING;

	if (fine) {
		struct span text = take_bytes(s, it.v);

		/* a name ends at a NUL in json_key */
		buf_add(&name, span_head(text, strnlen(text.n ? text.p : "", text.n)));
		json_key(o, buf_z(&name));
	}
	buf_deinit(&name);
	return fine;
}

static bool write_value(struct json_out *o, struct span *s, unsigned depth)
{
	struct item it;
	bool map;

	if (depth == DEPTH_MAX || !take(s, &it))
		return false;
	if (it.form != ARRAY && it.form != MAP) {
		write_scalar(o, s, &it);
		return !o->buf->full;
	}
	map = it.form == MAP;
	json_open(o, map ? '{' : '[');
	for (uint64_t i = 0; i < it.v; i++)
		if ((map && !write_key(o, s)) || !write_value(o, s, depth + 1))
			return false;
	json_close(o, map ? '}' : ']');
	return !o->buf->full;
}

bool sio_msgpack_json(struct buf *out, struct span data)
{
	struct json_out o = {.buf = out};

	return write_value(&o, &data, 0) && !data.n;
}

bool sio_msgpack_looks(struct span data)
{
	return data.n > 7 && ((uint8_t)data.p[0] & 0xf0) == 0x80 &&
	       (span_find(span_head(data, 64), SPAN("\xa4type")) == 1 ||
		       span_find(span_head(data, 64), SPAN("\xa3nsp")) == 1);
}

const char *sio_msgpack_read(struct sio_packet *out, struct buf *json, struct span data)
{
	struct json_token t;
	int64_t type, id;

	*out = (struct sio_packet){.msgpack = true, .namespace = SPAN("/")};
	json->max = JSON_MAX;
	buf_clear(json);
	if (!sio_msgpack_json(json, data))
		return "msgpack";
	if (!json_member(buf_span(json), SPAN("type"), &t) || !json_int(t.raw, &type) || type < 0 ||
		type >= SIO_TYPES)
		return "type";
	out->type = (enum sio_type)type;
	if (json_member(buf_span(json), SPAN("nsp"), &t) && t.type == JSON_STRING && t.raw.n)
		out->namespace = t.raw;
	if (json_member(buf_span(json), SPAN("id"), &t) && t.type == JSON_NUMBER) {
		if (!json_int(t.raw, &id) || id < 0)
			return "ack-id";
		out->has_ack = true;
		out->ack = (uint64_t)id;
	}
	if (json_member(buf_span(json), SPAN("data"), &t) && t.type != JSON_NULL)
		out->data = t.type == JSON_STRING ? (struct span){t.raw.p - 1, t.raw.n + 2} : t.raw;
	return NULL;
}
