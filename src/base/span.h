/* A view of bytes owned by somebody else. {NULL, 0} is the valid empty span; never NUL-terminated. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})
/* for printf: "%.*s" */
#define SPANF(s) (int)(s).n, (s).p

struct span span_of(const char *z); /* NULL gives the empty span */
struct span span_from(struct span s, size_t start);
struct span span_head(struct span s, size_t n); /* the first n bytes, or all there are */

bool span_eq(struct span a, struct span b);
bool span_ieq(struct span a, struct span b); /* ASCII case does not count */
bool span_starts(struct span s, struct span head);
bool span_istarts(struct span s, struct span head);
bool span_ends(struct span s, struct span tail);

/* Offset of the first occurrence, or -1. */
ssize_t span_find(struct span s, struct span what);
ssize_t span_ifind(struct span s, struct span what);
ssize_t span_chr(struct span s, char c);

struct span span_trim(struct span s); /* blanks and tabs at both ends */

/* Takes what stands before the next `sep` off the front of *rest (all of it if there is none).
 * False when *rest is used up: `while (span_cut(&rest, ',', &part))` visits every part. */
bool span_cut(struct span *rest, char sep, struct span *part);

/* Decimal digits only, at most `max`; false and *out untouched otherwise. */
bool span_uint(struct span s, uint64_t max, uint64_t *out);

/* True when the comma-separated list (RFC 9110 §5.6.1) has the token, case-insensitively. */
bool span_has_token(struct span list, struct span token);

#endif
