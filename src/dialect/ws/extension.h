/* Sec-WebSocket-Extensions (RFC 6455 §9.1) and the parameters of permessage-deflate (RFC 7692
 * §7.1). */
#ifndef DIALECT_WS_EXTENSION_H
#define DIALECT_WS_EXTENSION_H

#include "base/buf.h"

/* What both ends agreed on. Zero: no compression. */
struct ws_deflate_terms {
	bool on;
	bool no_takeover[2]; /* by side */
	uint8_t bits[2];     /* by side: the window of what that side sends; 8…15 */
};

enum ws_extension_state {
	WS_EXT_NONE,
	WS_EXT_AGREED,
	WS_EXT_UNSOLICITED, /* names what was not offered */
	WS_EXT_INVALID,	    /* not the grammar, or parameters that RFC 7692 forbids */
	WS_EXT_EMPTY,	    /* the header is there, without a value */
};
const char *ws_extension_state_name(enum ws_extension_state s);

/* Client: judges the answer against the offer. `present`: the header is in the answer. *terms is
 * filled when AGREED. */
enum ws_extension_state ws_extension_judge(
	struct span offer, bool present, struct span answer, struct ws_deflate_terms *terms);

/* The value of a Sec-WebSocket-Extensions header, or of several joined, is what RFC 6455 §9.1
 * allows. Empty places of the list are skipped, as RFC 9110 §5.6.1.2 wants. */
bool ws_extension_is_list(struct span value);

/* What a server asks for by itself. */
struct ws_deflate_want {
	bool no_takeover;
	unsigned window; /* at most so many bits a side, 9…15; 0: as offered */
};
/* Server: the first offer of permessage-deflate that we can honour; *answer gets the value to reply
 * with. False: decline. An offer that wants server_max_window_bits=8 cannot be honoured, for zlib
 * has no such raw window. */
bool ws_extension_accept(struct span offer, const struct ws_deflate_want *want,
	struct ws_deflate_terms *terms, struct buf *answer);

#endif
