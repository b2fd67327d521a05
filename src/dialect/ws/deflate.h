/* permessage-deflate's two halves (RFC 7692 §7.2) over zlib, made when first used: 300 KiB a side
 * that many connections never need. */
#ifndef DIALECT_WS_DEFLATE_H
#define DIALECT_WS_DEFLATE_H

#include "base/buf.h"

struct z_stream_s;

/* Zeroed memory is a valid unused half. */
struct ws_inflater {
	struct z_stream_s *z;
	unsigned finals; /* blocks with BFINAL in this message */
	struct span kept; /* heap: the window of one that was shrunk */
};
struct ws_deflater {
	struct z_stream_s *z;
};

enum ws_inflated { WS_INFLATED, WS_INFLATE_BAD, WS_INFLATE_FULL };

/* Adds what `in` inflates to. FULL: `out` would exceed its maximum. `bits`: the sender's window. */
enum ws_inflated ws_inflate(struct ws_inflater *f, unsigned bits, struct span in, struct buf *out);
/* At the end of a message: adds the four bytes that the sender left out; BAD when the data did not
 * end with a whole block. `forget`: the sender agreed to no_context_takeover. */
enum ws_inflated ws_inflate_end(struct ws_inflater *f, unsigned bits, bool forget, struct buf *out);

/* Adds one whole message, compressed, without the final four bytes. False: zlib cannot (a window of
 * 8 bits): send it as it is. */
bool ws_deflate(struct ws_deflater *d, unsigned bits, bool forget, struct span in, struct buf *out);

/* Between messages: only the window is kept, which is what earlier messages left in it. */
void ws_inflater_shrink(struct ws_inflater *f, bool forget);
void ws_inflater_deinit(struct ws_inflater *f);
void ws_deflater_deinit(struct ws_deflater *d);

#endif
