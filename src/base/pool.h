/* Objects of one size side by side, for those of which there are many and that live long: between
 * others on the heap each would keep a page of its own from being given back. Freed places are used
 * again first; memory is touched when it is first needed. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

struct pool {
	size_t size, max; /* bytes of an object, which may be none; objects */
	char *memory;
	void *spare; /* freed places, linked */
	size_t used; /* places that were ever used */
};

void pool_init(struct pool *p, size_t size, size_t max);
void pool_deinit(struct pool *p); /* all objects are gone; safe on zeroed memory */
void *pool_new(struct pool *p);	  /* zeroed, aligned for any type; NULL: there are `max` */
void pool_free(struct pool *p, void *object);

#endif
