/* The bytes of a head (RFC 9112 §2 to §5), and of chunk sizes. */
#ifndef DIALECT_HTTP_WIRE_H
#define DIALECT_HTTP_WIRE_H

#include "dialect/http/http.h"

/* `name` NULL: none. `at`: offset in the head. */
struct wire_fault {
	const char *name;
	size_t at;
};

/* Parses the n bytes at p, a head up to and with its empty line. Reads over bare LF, a missing
 * reason, blanks in odd places; a folded line (obs-fold, §5.2) is joined in place, a line without a
 * colon is left out: both come as *odd, the first one only. False with *fault when there is nothing
 * to make of it. `headers` has HTTP_HEADERS_MAX places. */
bool wire_request(struct http_head *out, struct http_header *headers, char *p, size_t n,
	struct wire_fault *fault, struct wire_fault *odd);
bool wire_answer(struct http_head *out, struct http_header *headers, char *p, size_t n,
	struct wire_fault *fault, struct wire_fault *odd);

/* How a body ends (§6.3). */
enum wire_body { WIRE_NONE, WIRE_LENGTH, WIRE_CHUNKED, WIRE_UNTIL_CLOSE };
enum wire_body wire_request_body(const struct http_head *h, uint64_t *length);
/* For an answer that may have one: its request was no HEAD. */
enum wire_body wire_answer_body(const struct http_head *h, uint64_t *length);

/* True when the sender closes after this message (§9.3). */
bool wire_closes(const struct http_head *h);

/* A chunk-size line without its LF; extensions are skipped (§7.1). False: no number. */
bool wire_chunk_size(struct span line, uint64_t *size);

/* Whether bytes can begin an answer or a request, judged on as few as there are. */
bool wire_may_be_answer(struct span bytes);
bool wire_may_be_request(struct span bytes);

#endif
