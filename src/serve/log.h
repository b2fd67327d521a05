/* --log json: a line an event (doc/schema/serve-log-1.json). Nothing of what a peer says gets into
 * it but the path, the name of a subprotocol and the reason of a Close, all without credentials. */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include "base/pool.h"
#include "serve/count.h"

#define TALE_PEER_MAX 56

/* What a connection's lines say of it; it has one only when somebody listens. */
struct tale {
	uint64_t number; /* from 1 */
	ns began;
	uint64_t bytes[2], messages[2]; /* of links that were given back */
	enum limit limit;
	char peer[TALE_PEER_MAX]; /* the client's, where a proxy in front says it */
};

struct log {
	FILE *to;
	struct loop *loop;
	struct post flush;
	struct pool tales;
	uint64_t number, sessions;
};

/* With *ask's --log; false: the file cannot be opened, and it said so. */
bool log_begin(struct far *far);
void log_end(struct far *far);

/* All of these do nothing when there is no log. */
void log_listening(struct far *far, struct span url, const char *fault);
void log_opened(struct call *c, const struct address *peer);
void log_carried(struct call *c, const struct call *by); /* a stream of HTTP/2 */
void log_peer(struct call *c, struct span peer);	 /* as a PROXY header says */
void log_upgraded(struct call *c);
void log_closed(struct call *c, unsigned code);
void log_limit(struct far *far, struct call *c, enum limit limit);
void log_stopping(struct far *far, int signal);
void log_stopped(struct far *far);

/* Sessions of Engine.IO have a number of their own, never their id. */
uint64_t log_session_opened(
	struct far *far, const struct call *c, unsigned version, bool websocket);
void log_session_upgraded(struct far *far, uint64_t session, const struct call *c);
void log_session_closed(struct far *far, uint64_t session, bool websocket);

#endif
