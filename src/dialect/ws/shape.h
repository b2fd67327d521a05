/* What a payload looks like, for ws.message: a word, never the content. */
#ifndef DIALECT_WS_SHAPE_H
#define DIALECT_WS_SHAPE_H

#include "dialect/ws/ws.h"

/* "empty" "Engine.IO open packet" "Engine.IO ping" "Socket.IO packet" "Action Cable welcome" "JSON object" "JSON array"
 * "SockJS open frame" "text"; "MQTT
 * CONNACK" "protobuf-like" "binary". A name other than "text" and "binary" is given only when the
 * whole payload has that form. */
const char *ws_shape(enum ws_opcode opcode, struct span payload);

#endif
