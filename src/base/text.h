/* Text for people: what may reach a terminal, and what people type. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"
#include "base/ns.h"

/* Adds s with control bytes (C0, C1, DEL), bidi and other invisible format characters and invalid UTF-8 as
 * \xNN or \u{NNNN}: nothing that came from the network may move a cursor or change a title. */
void text_visible(struct buf *out, struct span s);

/* True for what text_visible escapes, as a code point. */
bool text_is_hidden(uint32_t c);

/* How many columns a terminal uses for s (text_visible'd before); wide and combining characters are counted. */
size_t text_columns(struct span s);

/* RFC 3629, incremental. Zeroed memory is the start. After a false the stream is invalid for good. */
struct utf8 {
	uint32_t partial;
	uint8_t left;
	uint8_t low, high;
	bool bad;
};
bool utf8_feed(struct utf8 *u, struct span s);
bool utf8_whole(const struct utf8 *u); /* valid so far and not inside a character */
bool utf8_valid(struct span s);
/* The character at the front of s into *c; returns its length, or 0 when none that is valid and whole stands there. */
size_t utf8_take(struct span s, uint32_t *c);
void utf8_add(struct buf *out, uint32_t c); /* at most U+10FFFF */

/* "250ms" "5s" "1.5m" "2h" "1d"; a bare number counts as seconds. False: not a duration, or over 365 days. */
bool text_duration(struct span s, ns *out);
/* "64k" "1M" "16MiB" "1000000"; k, M, G are powers of 1024. False: not a size, or over 2^40. */
bool text_size(struct span s, uint64_t *out);

void text_ns(struct buf *out, ns t);	      /* "14 ms", "0.8 ms", "2.50 s", "3 min 20 s" */
void text_bytes(struct buf *out, uint64_t n); /* "512 B", "64 KiB", "1.2 MiB" */

/* The candidate closest to what was typed, or NULL when none is close enough to suggest. */
const char *text_did_you_mean(struct span typed, const char *const *candidates, size_t n);

/* Replaces what looks like a credential (JWT, `Bearer x`, key=value of token/password/secret/signature/sid names,
 * user:password@ in a URL, 24 or more characters of one base64/hex run) by a mark that gives its length. */
void text_redact(struct buf *out, struct span s);

#endif
