/* What the user may say of Engine.IO and Socket.IO. */
#ifndef PROBE_SOCKETIO_H
#define PROBE_SOCKETIO_H

#include "probe/protocol.h"

struct socketio_ask {
	struct span version;	    /* "3", "4", or "auto" */
	unsigned eio;		    /* 3 or 4: the protocol; 0: 4, or what the server speaks */
	struct span namespace;	    /* of the CONNECT; empty: "/" */
	struct span emit;	    /* the JSON array ["event",…]; empty: none */
	bool again;		     /* emit once more when no ack came */
	struct span stream, binary; /* names of events; empty: none */
};

const struct socketio_ask *socketio_ask(const struct probe_ask *ask);

#endif
