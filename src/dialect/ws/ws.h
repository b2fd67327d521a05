/* WebSocket (RFC 6455) with permessage-deflate (RFC 7692), standing on dialect/http. Push http,
 * then ws, then whatever speaks on top: messages go up with unit = opcode (WS_TEXT, WS_BINARY),
 * pings are answered here unless told not to. Until a 101, and when none comes, what HTTP hands up
 * goes on with WS_HTTP added to its unit. It can also say what the RFC forbids, for --hostile and
 * serve's faults. */
#ifndef DIALECT_WS_H
#define DIALECT_WS_H

#include "dialect/http/http.h"

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10
};

#define WS_HTTP 0x100 /* WS_HTTP + HTTP_HEAD, WS_HTTP + HTTP_BODY, WS_HTTP + HTTP_END */

#define WS_MESSAGE_MAX                                                                             \
	((size_t)16                                                                                \
		<< 20) /* bytes, inflated; a larger one is the fault "too-big" and is not kept */

extern const struct dialect dialect_ws;

enum ws_deflate {
	WS_DEFLATE_NONE,
	WS_DEFLATE_AS_BROWSERS
}; /* "permessage-deflate; client_max_window_bits" */

struct ws_ask {
	struct span target, host;
	struct span origin;	  /* empty: no Origin header */
	struct span subprotocols; /* comma-separated offer; empty: none */
	enum ws_deflate deflate;
	struct span extensions; /* overrides `deflate` when not empty: the offer as written */
	const struct http_header *headers; /* the user's own, after ours */
	size_t n;
};

/* Client seat: sends the opening handshake with a fresh random key. ws.open or http.answer tells
 * what came of it. */
void ws_connect(struct layer *ws, const struct ws_ask *ask);

/* Server seat. ws_accept answers the request head last received from the client with 101;
 * `subprotocol` empty: none. False when it is no valid opening handshake (RFC 6455 §4.2.1): nothing
 * was sent; *why is a constant sentence. */
struct ws_offer {
	struct span subprotocol;
	bool deflate; /* accept permessage-deflate if offered */
	bool no_context_takeover;
	unsigned window;		   /* of permessage-deflate, at most: 9…15 bits; 0: 15 */
	const struct http_header *headers; /* the server's own, after ours; at most WS_HEADERS_MAX */
	size_t n;
};
#define WS_HEADERS_MAX 16
bool ws_accept(struct layer *ws, const struct ws_offer *offer, const char **why);

/* Skips the opening handshake: the stream below is already WebSocket (HTTP/2, replay). */
void ws_begin(struct layer *ws, bool deflate);
/* The same, with what was agreed elsewhere. */
struct ws_deflate_terms;
void ws_begin_agreed(struct layer *ws, const struct ws_deflate_terms *terms);

/* Open, and nothing of it is under way: no half frame or message, no ping without its pong. Another
 * layer can go on for it with ws_begin_agreed, ws_agreed and ws_window_move. */
bool ws_is_at_rest(const struct layer *ws);
const struct ws_deflate_terms *ws_agreed(const struct layer *ws);

/* Between messages: gives back what compression holds. Our own window is dropped, for a message may
 * always refer to nothing before it; of the peer's only the bytes that its next message may refer
 * to are kept, none after no_context_takeover (RFC 7692 §7.1.1). In the midst of a message of
 * theirs, theirs is left as it is. */
void ws_shrink(struct layer *ws);
/* The kept bytes, on the heap, change places: with `*window` empty they are taken out of a shrunk
 * layer, else they are given to a fresh one. */
void ws_window_move(struct layer *ws, struct span *window);

/* Messages shorter than this are sent as they are, whatever was agreed. 0: none is. */
void ws_compress_from(struct layer *ws, size_t bytes);
/* The first Close of the two. code 0: there was none; 1005: it had no code. The reason lives as long
 * as the connection. */
struct ws_farewell {
	unsigned code;
	enum side by;
	struct span reason;
};
const struct ws_farewell *ws_farewell(const struct layer *ws);
/* Whole messages from that side so far. */
uint64_t ws_messages(const struct layer *ws, enum side from);

bool ws_is_open(const struct layer *ws); /* handshake done, no Close sent or received, not cut */

void ws_send(struct layer *ws, enum ws_opcode opcode,
	struct span payload); /* TEXT, BINARY; compressed when agreed */
/* A message said on many connections is made once: a frame as a server writes it, uncompressed. */
void ws_message_make(struct buf *out, enum ws_opcode opcode, struct span payload);
/* Frames of `messages` whole messages made so, server seat. False: they are not said, for the
 * connection is closing or holds too much. */
bool ws_send_made(struct layer *ws, struct span frames, unsigned messages);
/* A ping whose payload is a counter; its pong is noted as ws.rtt with `took`. */
void ws_ping(struct layer *ws);
void ws_send_close(struct layer *ws, unsigned code, struct span reason); /* code 0: no body */
void ws_answer_pings(struct layer *ws, bool yes);			 /* default yes */

/* One frame exactly as written, valid or not. `mask`: 0 none, 1 random. */
struct ws_raw {
	bool fin;
	unsigned rsv, opcode;
	bool mask;
	uint64_t claimed; /* length in the header; UINT64_MAX: payload.n */
	struct span payload;
};
void ws_send_raw(struct layer *ws, const struct ws_raw *frame);

/* Messages above `max` bytes (at most WS_MESSAGE_MAX) are the fault "too-big". Before the first. */
void ws_limit(struct layer *ws, size_t max);
size_t ws_limit_of(const struct layer *ws);
/* Frames of data with a payload above `max` bytes are "too-big" too; 0: no limit but the message's. */
void ws_limit_frame(struct layer *ws, uint64_t max);

const char *ws_close_meaning(
	unsigned code); /* IANA's name, "registered use", "private use", or NULL */

#endif
