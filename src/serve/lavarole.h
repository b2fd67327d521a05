/* The Lavalink role, for faults: what they do is the role with something different about it. */
#ifndef SERVE_LAVAROLE_H
#define SERVE_LAVAROLE_H

#include "serve/call.h"
#include "serve/lavanode.h"

/* A guild that nobody has, for events that come by themselves. */
#define LAVAROLE_GUILD ((uint64_t)817327181659111454)

/* The node as the command line wants it. */
struct lavanode_how lavarole_healthy(const struct call *c);
/* Answers the request at hand, and turns it into the node's WebSocket where it asks for that; then
 * c->mine is not NULL. At any path. */
void lavarole_request(struct call *c, const struct lavanode_how *how);
/* On a WebSocket of the node: Discord's voice server ends the connection of a guild. */
void lavarole_voice_closed(struct call *c, unsigned code);
ns lavarole_began(const struct call *c); /* when the node did */

#endif
