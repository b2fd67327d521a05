/* Engine.IO packets and polling payloads (engine.io-protocol, revisions 3 and 4), without state. */
#ifndef DIALECT_EIO_PAYLOAD_H
#define DIALECT_EIO_PAYLOAD_H

#include "base/buf.h"

enum eio_type {
	EIO_OPEN,
	EIO_CLOSE,
	EIO_PING,
	EIO_PONG,
	EIO_MESSAGE,
	EIO_UPGRADE,
	EIO_NOOP,
	EIO_TYPES
};
const char *eio_type_name(enum eio_type type); /* "open" … "noop" */

struct eio_packet {
	enum eio_type type;
	bool binary;
	struct span data;
};

/* How packets stand in a payload. */
enum eio_framing {
	EIO_RECORDS, /* 4: separated by 0x1e, binary as b<base64> */
	EIO_LENGTHS, /* 3: <length in UTF-16 units>:<packet>, binary as b4<base64> */
	EIO_BYTES,   /* 3, XHR2: <0 or 1><digits as bytes><255><packet> */
	EIO_FRAMES,  /* WebSocket: one packet a message */
};
const char *eio_framing_name(
	enum eio_framing framing); /* "records" "lengths" "binary" "websocket" */

/* Bytes and packets of one payload; more is a fault. */
#define EIO_PAYLOAD_MAX ((size_t)16 << 20)
#define EIO_PACKETS_MAX 4096

/* What a payload looks like by itself; `version` 3 or 4, 0: not known. */
enum eio_framing eio_framing_guess(struct span payload, unsigned version);

/* A pull reader. `in` outlives it. */
struct eio_payload {
	struct span in;
	enum eio_framing framing;
	struct buf decoded;
	unsigned n;
	const char *fault; /* of eio.fault, or NULL; reading ends with it */
};
void eio_payload_init(struct eio_payload *p, struct span in, enum eio_framing framing);
/* The next packet; its data lives until the next call. False at the end or with a fault. */
bool eio_payload_next(struct eio_payload *p, struct eio_packet *out);
void eio_payload_deinit(struct eio_payload *p);

/* Adds a packet to a payload that holds only such ones (n: how many already). */
void eio_payload_add(
	struct buf *out, enum eio_framing framing, unsigned n, const struct eio_packet *packet);

/* One WebSocket message. The fault's name, or NULL and the packet, a view into data. */
const char *eio_frame_read(struct eio_packet *out, unsigned version, bool binary, struct span data);
/* Whether it goes as a binary message is packet->binary. */
void eio_frame_write(struct buf *out, unsigned version, const struct eio_packet *packet);

/* JSONP: ___eio[n]("…"); into `out` as it was meant. False: it is none. */
bool eio_jsonp_read(struct buf *out, struct span body);
/* `number`: the digits of the request's j. */
void eio_jsonp_write(struct buf *out, struct span number, struct span payload);
/* A JSONP form: d=… */
bool eio_form_read(struct buf *out, struct span body);

void eio_base64_write(struct buf *out, struct span bytes);
bool eio_base64_read(struct buf *out, struct span text); /* padded or not */

#endif
