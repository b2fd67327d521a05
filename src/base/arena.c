#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	max_align_t data[];
};

/* Blocks grow: a connection that keeps little takes little. */
#define BLOCK_FIRST ((size_t)2 << 10)
#define BLOCK_MAX ((size_t)16 << 10)

static size_t next_size(const struct arena_block *last)
{
	size_t size = last ? 2 * last->size : BLOCK_FIRST;

	return size < BLOCK_MAX ? size : BLOCK_MAX;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t align = _Alignof(max_align_t);
	size_t size = (n + align - 1) / align * align;
	struct arena_block *b = a->head;

	if (!b || b->size - b->used < size) {
		size_t next = next_size(b), want = size > next ? size : next;

		b = calloc(1, sizeof(*b) + want);
		if (!b)
			abort();
		b->size = want;
		b->next = a->head;
		a->head = b;
	}
	b->used += size;
	a->used += size;
	return (char *)b->data + b->used - size;
}

struct span arena_copy(struct arena *a, struct span s)
{
	return (struct span){arena_z(a, s), s.n};
}

char *arena_z(struct arena *a, struct span s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

struct span arena_fmt(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char *p;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		n = 0;
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return (struct span){p, (size_t)n};
}

void arena_deinit(struct arena *a)
{
	while (a->head) {
		struct arena_block *next = a->head->next;

		free(a->head);
		a->head = next;
	}
	a->used = 0;
}
