#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

void buf_deinit(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
}

char *buf_room(struct buf *b, size_t n)
{
	size_t max = b->max ? b->max : BUF_MAX;
	size_t cap = b->cap ? b->cap : 64;

	if (n > max || b->n > max - n) {
		b->full = true;
		return NULL;
	}
	/* one byte more than asked, for buf_z */
	while (cap < b->n + n + 1)
		cap *= 2;
	if (cap != b->cap) {
		char *p = realloc(b->p, cap);

		if (!p)
			abort();
		b->p = p;
		b->cap = cap;
	}
	return b->p + b->n;
}

void buf_add(struct buf *b, struct span s)
{
	char *to = s.n ? buf_room(b, s.n) : NULL;

	if (to) {
		memcpy(to, s.p, s.n);
		b->n += s.n;
	}
}

void buf_addz(struct buf *b, const char *z)
{
	buf_add(b, span_of(z));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, (struct span){&c, 1});
}

void buf_vaddf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	char *to;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n <= 0)
		return;
	to = buf_room(b, (size_t)n);
	if (!to)
		return;
	vsnprintf(to, (size_t)n + 1, format, args);
	b->n += (size_t)n;
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vaddf(b, format, args);
	va_end(args);
}

void buf_pad(struct buf *b, char c, size_t count)
{
	char *to = count ? buf_room(b, count) : NULL;

	if (to) {
		memset(to, c, count);
		b->n += count;
	}
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

struct span buf_span(const struct buf *b)
{
	return (struct span){b->p, b->n};
}

const char *buf_z(struct buf *b)
{
	if (!b->p)
		return "";
	b->p[b->n] = '\0';
	return b->p;
}
