/* The REST side of a Lavalink node. */
#ifndef SERVE_LAVANODE_REST_H
#define SERVE_LAVANODE_REST_H

#include "serve/lavanode.h"

struct lavanode_ask {
	struct span method, path, query, body;
	struct span authorization;
	bool authorized; /* the header came */
};

struct lavanode_reply {
	unsigned status;
	const char *type; /* NULL: no body */
	struct buf body;
};

/* What the node says to a request that is no upgrade; `reply` is zeroed by the caller, its body has
 * a maximum. */
void lavanode_rest(struct lavanode *node, const struct lavanode_how *how,
	const struct lavanode_ask *ask, ns now, struct lavanode_reply *reply);

/* What /v4/websocket says to an upgrade before anything else: 0 come in, 401, 400. */
unsigned lavanode_doorman(
	const struct lavanode_how *how, const struct lavanode_ask *ask, struct span user_id);

#endif
