#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

void pool_init(struct pool *p, size_t size, size_t max)
{
	size_t align = _Alignof(max_align_t);

	/* a freed place holds the next one's */
	size = size < sizeof(p->spare) ? sizeof(p->spare) : size;
	*p = (struct pool){.size = (size + align - 1) / align * align, .max = max};
	p->memory = calloc(max ? max : 1, p->size);
	if (!p->memory)
		abort();
}

void pool_deinit(struct pool *p)
{
	free(p->memory);
	*p = (struct pool){0};
}

void *pool_new(struct pool *p)
{
	void *object = p->spare;

	if (object) {
		memcpy(&p->spare, object, sizeof(p->spare));
		return memset(object, 0, p->size);
	}
	return p->used < p->max ? p->memory + p->size * p->used++ : NULL;
}

void pool_free(struct pool *p, void *object)
{
	memcpy(object, &p->spare, sizeof(p->spare));
	p->spare = object;
}
