/* What the user may say of Engine.IO and Socket.IO, and what is tried there. */
#ifndef PROBE_SOCKETIO_H
#define PROBE_SOCKETIO_H

#include "probe/protocol.h"

struct socketio_ask {
	struct span version;	    /* "3", "4", or "auto" */
	unsigned eio;		    /* 3 or 4: the protocol; 0: 4, or what the server speaks */
	struct span namespace;	    /* of the CONNECT; empty: "/" */
	struct span emit;	    /* the JSON array ["event",…]; empty: none */
	bool again;		    /* emit once more when no ack came */
	struct span stream, binary; /* names of events; empty: none */
};

const struct socketio_ask *socketio_ask(const struct probe_ask *ask);

/* Notes what a client meets that polls first (sio.client), once the base plan is over. */
void probe_client_note(struct vantage *v);

/* The functions of its experiments. */
#define RUN(function) void probe_##function(struct try *t);
RUN(eio_polling)
RUN(eio_upgrade)
RUN(eio_websocket)
RUN(eio_version)
RUN(eio_paths)
RUN(eio_sticky)
RUN(eio_sticky_cookies)
RUN(eio_long_poll)
RUN(eio_origin)
RUN(eio_preflight)
RUN(eio_heartbeat)
RUN(eio_payload)
RUN(eio_samples)
RUN(sio_root)
RUN(sio_no_auth)
RUN(sio_emit)
RUN(sio_stream)
RUN(sio_binary)
RUN(sio_reconnect)
#undef RUN

#endif
