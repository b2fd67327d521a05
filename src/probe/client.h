/* A client of Engine.IO and Socket.IO that behaves as socket.io-client does: it polls over one
 * connection that is kept alive (a second one while a poll is held), upgrades to WebSocket by the
 * probe, or opens by WebSocket alone; with a cookie jar. */
#ifndef PROBE_CLIENT_H
#define PROBE_CLIENT_H

#include "dialect/sio/sio.h"
#include "probe/try.h"

/* What is different from the user's own client. Zero: nothing. */
struct client_how {
	const char *path;   /* instead of the vantage's; with its leading slash */
	const char *origin; /* instead of the user's or the own one */
	unsigned version;   /* 3 or 4; 0: the vantage's */
	bool no_cookies, no_auth, root_namespace;
	bool mute;  /* heartbeats stay unanswered */
	bool fresh; /* each request on a connection of its own */
};

struct client {
	struct try *t;
	struct client_how how;
	struct eio_session eio;
	struct sio_session sio;
	struct link *poll; /* the connection that polls; NULL: none */
	struct link *post; /* the one that posts while a poll is held; NULL: none */
	struct link *ws;   /* NULL: none */
	bool lost;	   /* a request of the open session failed: a client gives it up */
	bool held;	   /* a poll is under way on `poll` */
	size_t seen;	   /* how far the journal was searched for what came by polling */
	unsigned requests; /* for the query value that no cache knows */
	struct buf jar;	   /* "name=value; name=value" of the cookies set */
};

/* `t` outlives the client, or the next client_use. */
void client_init(struct client *c, struct try *t, const struct client_how *how);
void client_deinit(struct client *c); /* closes what is open, safe twice */
/* The client goes on in another experiment: what it notes from here on is noted there. */
void client_use(struct client *c, struct try *t);

/* The open packet by polling; true: the session is open. try_say was called. */
bool client_handshake(struct client *c);
/* One poll, one POST of what is queued. The eio.poll that came of it, or NULL: the connection came
 * to nothing. A poll that is not answered by the deadline is given up, and its connection with it.
 */
const struct obs *client_get(struct client *c, ns deadline);
const struct obs *client_post(struct client *c);
/* The poll of a client that waits: begun here, ended by client_unhold, which waits for its answer.
 */
void client_hold(struct client *c);
const struct obs *client_unhold(struct client *c, ns deadline);

/* Opens the WebSocket: of the open session to be upgraded, or alone; then waits for the open
 * packet. True: it is there. */
bool client_websocket(struct client *c);
/* The probe upgrade of the open session, the poll held as a client does. True: the session speaks
 * by WebSocket. */
bool client_upgrade(struct client *c);

/* Into the namespace, by the transport of the session. True: connected, or there is none to ask for
 * (Engine.IO alone). */
bool client_join(struct client *c);
/* By polling and into the namespace, or by WebSocket where polling does not work at this vantage
 * point. */
bool client_connect(struct client *c);
/* The same with WebSocket preferred. */
bool client_connect_fast(struct client *c);
/* Until an observation of one of the kinds comes from the server, by whatever transport. NULL: none
 * by the deadline, or it is over. */
const struct obs *client_await(struct client *c, ns deadline, const struct kind *const *kinds);
bool client_alive(const struct client *c);

/* Notes sio.unanswered, and says so. */
void client_note_unanswered(struct client *c, const char *packet, struct span event, ns began);

struct layer *client_sio(
	struct client *c); /* of the connection that the session speaks by; NULL: none */
/* Sends what was said, by whatever transport. */
void client_flush(struct client *c);
/* Leaves the namespace and closes the session, waits a moment for the server. */
void client_bye(struct client *c);

struct span client_namespace(const struct client *c);

#endif
