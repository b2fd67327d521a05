/* A growing byte buffer that never exceeds its maximum. Zeroed memory plus `max` is a valid empty buffer.
 * What does not fit is dropped whole and `full` stays set, so that a caller may add many pieces and ask once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/span.h"

struct buf {
	char *p;
	size_t n;
	size_t cap;
	size_t max; /* bytes; 0 means BUF_MAX */
	bool full;  /* something did not fit */
};

#define BUF_MAX ((size_t)64 << 20)

void buf_deinit(struct buf *b); /* safe twice; keeps max */
void buf_clear(struct buf *b);	/* empty, memory kept, `full` forgotten */

void buf_add(struct buf *b, struct span s);
void buf_addz(struct buf *b, const char *z);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void buf_pad(struct buf *b, char c, size_t count);

/* Room for n more bytes, or NULL when that would exceed the maximum; then add the written length to b->n. */
char *buf_room(struct buf *b, size_t n);

void buf_drop(struct buf *b, size_t n); /* n bytes off the front */

/* The content; valid until the buffer is next changed. */
struct span buf_span(const struct buf *b);
/* The content with a NUL behind it that does not count in n; never NULL. */
const char *buf_z(struct buf *b);

#endif
