/* What a role's URL may say behind the mark: a table a role. */
#ifndef SERVE_QUERY_H
#define SERVE_QUERY_H

#include "serve/role.h"

enum query_type { QUERY_NUMBER, QUERY_SIZE, QUERY_DURATION };

struct query {
	const char *name;
	enum query_type type;
	size_t offset; /* of an int64_t, or ns, in the role's struct */
	int64_t min, max;
};

/* Reads what is there into *own, which holds what is not said; parameters of other names are the
 * client's own affair. False: the request was answered with 400, which says why. */
bool query_take(struct call *c, const struct query *table, size_t n, void *own);

#endif
