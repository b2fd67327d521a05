#include "dialect/ws/deflate.h"

#include <stdlib.h>
#include <zlib.h>

#define PIECE ((size_t)16 << 10)
/* Each costs two copies of the window, and a hostile message could hold one in every two bytes. */
#define FINALS_MAX 256

static void inflater_ready(struct ws_inflater *f, unsigned bits)
{
	if (f->z)
		return;
	f->z = calloc(1, sizeof(*f->z));
	if (!f->z)
		abort();
	/* Senders that were asked for 8 bits use 9 with every zlib since 1.2.9. */
	if (inflateInit2(f->z, -(int)(bits < 9 ? 9 : bits)) != Z_OK)
		abort();
	if (f->kept.n &&
		inflateSetDictionary(f->z, (const Bytef *)f->kept.p, (uInt)f->kept.n) != Z_OK)
		abort();
	free((void *)(uintptr_t)f->kept.p);
	f->kept = (struct span){0};
}

/* A block with BFINAL set ends zlib's stream, not the message (RFC 7692 §7.2.3.4): the window must
 * outlive it. */
static bool start_over(z_stream *z)
{
	unsigned char *window = malloc(32768);
	unsigned n = 0;
	bool good = window && inflateGetDictionary(z, window, &n) == Z_OK &&
		    inflateReset(z) == Z_OK && (!n || inflateSetDictionary(z, window, n) == Z_OK);

	free(window);
	return good;
}

static enum ws_inflated pump(struct ws_inflater *f, struct buf *out)
{
	z_stream *z = f->z;
	size_t max = out->max ? out->max : BUF_MAX;

	for (;;) {
		/* One byte more than may be kept tells the bomb from the message that just fits. */
		char spare[1], *to = spare;
		size_t room = max - out->n < PIECE ? max - out->n : PIECE;
		int rc;

		if (room && !(to = buf_room(out, room)))
			return WS_INFLATE_FULL;
		z->next_out = (Bytef *)to;
		z->avail_out = (uInt)(room ? room : 1);
		rc = inflate(z, Z_SYNC_FLUSH);
		if (!room && !z->avail_out)
			return WS_INFLATE_FULL;
		out->n += room ? room - z->avail_out : 0;
		if (rc == Z_STREAM_END && (++f->finals > FINALS_MAX || !start_over(z)))
			return WS_INFLATE_BAD;
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return WS_INFLATE_BAD;
		if (!z->avail_in && (z->avail_out || rc == Z_STREAM_END))
			return WS_INFLATED;
	}
}

enum ws_inflated ws_inflate(struct ws_inflater *f, unsigned bits, struct span in, struct buf *out)
{
	inflater_ready(f, bits);
	while (in.n) {
		struct span piece = span_head(in, PIECE);
		enum ws_inflated state;

		f->z->next_in = (Bytef *)(uintptr_t)piece.p;
		f->z->avail_in = (uInt)piece.n;
		state = pump(f, out);
		if (state != WS_INFLATED)
			return state;
		in = span_from(in, piece.n);
	}
	return WS_INFLATED;
}

enum ws_inflated ws_inflate_end(struct ws_inflater *f, unsigned bits, bool forget, struct buf *out)
{
	enum ws_inflated state = ws_inflate(f, bits, (struct span){"\0\0\xff\xff", 4}, out);

	if (state != WS_INFLATED)
		return state;
	f->finals = 0;
	/* 128: the last block is whole; the low bits: what is left of its last byte */
	if (!(f->z->data_type & 128) || f->z->data_type & 7)
		return WS_INFLATE_BAD;
	if (forget && inflateReset(f->z) != Z_OK)
		return WS_INFLATE_BAD;
	return WS_INFLATED;
}

static bool deflater_ready(struct ws_deflater *d, unsigned bits)
{
	if (bits < 9)
		return false;
	if (d->z)
		return true;
	d->z = calloc(1, sizeof(*d->z));
	if (!d->z)
		abort();
	/* the hash is as large as the window: 8 for one of 15 bits is zlib's own choice */
	if (deflateInit2(d->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -(int)bits, (int)bits - 7,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return true;
}

bool ws_deflate(struct ws_deflater *d, unsigned bits, bool forget, struct span in, struct buf *out)
{
	size_t start = out->n;

	if (in.n > BUF_MAX / 2 || !deflater_ready(d, bits))
		return false;
	d->z->next_in = (Bytef *)(uintptr_t)in.p;
	d->z->avail_in = (uInt)in.n;
	do {
		char *to = buf_room(out, PIECE);

		if (!to)
			abort(); /* the caller gives room for any message it lets through */
		d->z->next_out = (Bytef *)to;
		d->z->avail_out = (uInt)PIECE;
		if (deflate(d->z, Z_SYNC_FLUSH) == Z_STREAM_ERROR)
			abort();
		out->n += PIECE - d->z->avail_out;
	} while (!d->z->avail_out);
	/* A second flush in a row writes nothing: the empty message is one stored block's first
	 * byte (§7.2.3.6). */
	if (out->n - start < 4)
		buf_addc(out, '\0');
	else
		out->n -= 4;
	if (forget && deflateReset(d->z) != Z_OK)
		abort();
	return true;
}

static void free_stream(struct ws_inflater *f)
{
	if (f->z)
		inflateEnd(f->z);
	free(f->z);
	f->z = NULL;
}

void ws_inflater_shrink(struct ws_inflater *f, bool forget)
{
	char window[32768], *kept;
	unsigned n = 0;

	if (!f->z)
		return;
	if (!forget && inflateGetDictionary(f->z, (Bytef *)window, &n) != Z_OK)
		return;
	free_stream(f);
	if (!n)
		return;
	kept = malloc(n);
	if (!kept)
		abort();
	memcpy(kept, window, n);
	f->kept = (struct span){kept, n};
}

void ws_inflater_deinit(struct ws_inflater *f)
{
	free_stream(f);
	free((void *)(uintptr_t)f->kept.p);
	f->kept = (struct span){0};
}

void ws_deflater_deinit(struct ws_deflater *d)
{
	if (d->z)
		deflateEnd(d->z);
	free(d->z);
	d->z = NULL;
}
