/* Action Cable (Rails; AnyCable), subprotocol actioncable-v1-json: JSON objects in text messages.
 * The server speaks first: `welcome`, then a `ping` every 3 s; it turns a client away with
 * `disconnect`. Client commands are named only. */
#ifndef DIALECT_ACTIONCABLE_ACTIONCABLE_H
#define DIALECT_ACTIONCABLE_ACTIONCABLE_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_actioncable;

#endif
