/* SockJS over its websocket transport (sockjs-protocol 0.3.3): the server speaks first with `o`,
 * beats with `h`, sends arrays `a[…]`, closes with `c[code,"reason"]`. What the application says
 * inside is not looked at. */
#ifndef DIALECT_SOCKJS_SOCKJS_H
#define DIALECT_SOCKJS_SOCKJS_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_sockjs;

/* What /info says; false: it is none. */
struct sockjs_terms {
	bool websocket, cookie_needed;
};
bool sockjs_info_read(struct sockjs_terms *out, struct span json);

#endif
