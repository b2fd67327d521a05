#include "dialect/ws/wire.h"

static size_t length_size(uint8_t second)
{
	unsigned code = second & 0x7f;

	return code == 127 ? 8 : code == 126 ? 2 : 0;
}

static size_t head_size(const struct ws_frame_reader *r)
{
	if (r->n < 2)
		return 2;
	return 2 + length_size(r->raw[1]) + (r->raw[1] & 0x80 ? 4 : 0);
}

static void decode(const struct ws_frame_reader *r, struct ws_frame *f)
{
	size_t extra = length_size(r->raw[1]);

	*f = (struct ws_frame){.fin = r->raw[0] & 0x80,
		.rsv = r->raw[0] >> 4 & 7,
		.opcode = r->raw[0] & 0x0f,
		.masked = r->raw[1] & 0x80,
		.length = r->raw[1] & 0x7f};
	if (extra)
		f->length = 0;
	for (size_t i = 0; i < extra; i++)
		f->length = f->length << 8 | r->raw[2 + i];
	f->bad_length = (extra == 2 && f->length < 126) || (extra == 8 && f->length < 65536) ||
			f->length >> 63;
	if (f->masked)
		memcpy(f->key, r->raw + 2 + extra, 4);
}

bool ws_frame_read(struct ws_frame_reader *r, struct span *in, struct ws_frame *out)
{
	while (r->n < head_size(r)) {
		if (!in->n)
			return false;
		r->raw[r->n++] = (uint8_t)in->p[0];
		*in = span_from(*in, 1);
	}
	decode(r, out);
	return true;
}

size_t ws_frame_write(char out[WS_FRAME_HEAD_MAX], const struct ws_frame *f)
{
	unsigned code = f->length > 65535 ? 127 : f->length > 125 ? 126 : (unsigned)f->length;
	size_t extra = length_size((uint8_t)code), n = 2;

	out[0] = (char)((f->fin ? 0x80 : 0) | (f->rsv & 7) << 4 | (f->opcode & 0x0f));
	out[1] = (char)((f->masked ? 0x80 : 0) | code);
	for (size_t i = 0; i < extra; i++)
		out[n++] = (char)(f->length >> 8 * (extra - 1 - i));
	if (f->masked) {
		memcpy(out + n, f->key, 4);
		n += 4;
	}
	return n;
}

void ws_mask(char *p, size_t n, const uint8_t key[4], uint64_t at)
{
	uint8_t turned[8];
	uint64_t word, v;
	size_t i = 0;

	for (size_t k = 0; k < 8; k++)
		turned[k] = key[(at + k) & 3];
	memcpy(&word, turned, 8);
	for (; i + 8 <= n; i += 8) {
		memcpy(&v, p + i, 8);
		v ^= word;
		memcpy(p + i, &v, 8);
	}
	for (; i < n; i++)
		p[i] ^= (char)turned[i & 7];
}
