/* Memory that lives as long as its run or connection and is given back in bulk.
 * Zeroed memory is a valid empty arena. Running out of memory, or past `max`, aborts: whoever reads
 * foreign input bounds what he keeps before he asks. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out */
};

void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned for any type */
struct span arena_copy(struct arena *a, struct span s);
char *arena_z(struct arena *a, struct span s); /* a NUL-terminated copy */
struct span arena_fmt(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_deinit(struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
