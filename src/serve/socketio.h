/* What is said of the Socket.IO server, and is asked by its role. */
#ifndef SERVE_SOCKETIO_H
#define SERVE_SOCKETIO_H

#include "serve/eio.h"

struct socketio_ask {
	struct eio_rules rules;
	struct span path; /* without the slash at its end */
	struct span transports, preset;
	ns recovery;	   /* 0: sessions are not recovered */
	struct span redis; /* empty: it stands alone */
	struct span redis_adapter, redis_key;
	bool redis_sharded, allow_eio3;
};

/* Its application, for servers that are broken elsewhere. */
extern const struct eio_app socketio_app;

extern const struct opt socketio_options[];
/* A role's take. */
bool socketio_take(void *own, struct buf *error);
void socketio_hurry(void *own, int64_t scale);

#endif
