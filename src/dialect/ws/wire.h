/* Frames (RFC 6455 §5.2): header bytes ↔ struct, and masking. Knows nothing of messages or of what
 * is allowed. */
#ifndef DIALECT_WS_WIRE_H
#define DIALECT_WS_WIRE_H

#include "base/span.h"

struct ws_frame {
	bool fin;
	uint8_t rsv; /* RSV1 is 4, RSV2 is 2, RSV3 is 1 */
	uint8_t opcode;
	bool masked;
	uint8_t key[4];
	uint64_t length;
	bool bad_length; /* not the shortest form, or the highest bit is set */
};

#define WS_FRAME_HEAD_MAX 14
#define WS_RSV1 4

/* Collects a frame header from a stream. Zeroed memory is the start of a frame. */
struct ws_frame_reader {
	uint8_t raw[WS_FRAME_HEAD_MAX];
	uint8_t n;
};

/* Takes header bytes off the front of *in. True when the header is complete: *out is filled and
 * `raw` holds its n bytes until the caller sets n to 0 for the next frame. */
bool ws_frame_read(struct ws_frame_reader *r, struct span *in, struct ws_frame *out);

/* Writes the header in its shortest form; returns its length. */
size_t ws_frame_write(char out[WS_FRAME_HEAD_MAX], const struct ws_frame *f);

/* §5.3, in place; `at` is the offset of p[0] in the payload. Masking twice gives the original. */
void ws_mask(char *p, size_t n, const uint8_t key[4], uint64_t at);

#endif
