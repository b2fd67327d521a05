/* What a client's requests are made of: connections, cookies, the query. */
#ifndef PROBE_CLIENT_WIRE_H
#define PROBE_CLIENT_WIRE_H

#include "probe/client.h"
#include "probe/request.h"

/* The connection of *slot, opened when there is none or the last answer ended it. NULL: it came to
 * nothing. */
struct link *client_polling_link(struct client *c, struct link **slot);
/* A new one for WebSocket, c->ws. */
struct link *client_websocket_link(struct client *c);
/* The user's own request for Engine.IO's path, with what the client has changed; cookies added. */
void client_request(struct client *c, struct link *k, struct request *r);
struct eio_ask client_ask(struct client *c, const struct request *r);
/* Keeps what the last answer on the link sets. */
void client_cookies(struct client *c, struct link *k);

#endif
