/* Phoenix channels: [join_ref, ref, topic, event, payload] in serializer version 2, an object of
 * the same members without join_ref in version 1. The client's heartbeat on the topic `phoenix` is
 * answered by phx_reply; it serves as hello. */
#ifndef DIALECT_PHOENIX_PHOENIX_H
#define DIALECT_PHOENIX_PHOENIX_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_phoenix;

/* Client seat; version 1 or 2. */
void phoenix_say_heartbeat(struct layer *phoenix, unsigned version);

#endif
