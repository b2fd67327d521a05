/* STOMP 1.0, 1.1 and 1.2 in WebSocket messages. It decodes CONNECT, CONNECTED, ERROR, RECEIPT and
 * heart-beats, and names the rest; a frame may lie across messages, and a message may hold several.
 */
#ifndef DIALECT_STOMP_STOMP_H
#define DIALECT_STOMP_STOMP_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_stomp;

/* Bytes of a frame that are kept until it is whole; a larger one is the fault "too-big". */
#define STOMP_FRAME_MAX ((size_t)256 << 10)

struct stomp_hello {
	struct span versions;	     /* "1.0,1.1,1.2" */
	struct span host;	     /* the virtual host */
	struct span login, passcode; /* empty: none */
	ns beat_client, beat_server; /* offered, and wanted; 0: none */
};

/* Client seat. CONNECT; DISCONNECT with a receipt. */
void stomp_say_connect(struct layer *stomp, const struct stomp_hello *hello);
void stomp_say_disconnect(struct layer *stomp);

#endif
