/* What all connections of one far end share. */
#ifndef SERVE_FAR_H
#define SERVE_FAR_H

#include "base/pool.h"
#include "io/listen.h"
#include "serve/count.h"
#include "serve/role.h"

#define FAR_CALLS_MAX 100000
/* Descriptors that are not a connection's. */
#define FAR_OTHERS 256

/* A listener, and what comes in by it. */
struct door {
	struct listener listener;
	struct far *far;
	const struct fault *fault; /* all that it shows; NULL: by path and by turn */
	struct fault_params params;
	const struct tls_offer *offer; /* NULL: plain */
};

struct far {
	const struct serve_ask *ask;
	unsigned number;	 /* of the replica, from 0 */
	struct workers *workers; /* NULL: no other process shares its port */
	struct loop *loop;
	struct journal journal; /* nobody reads what is noted: it keeps next to nothing */
	struct fiber *attendant;
	bool stopping, at_once;
	int signal;
	struct door *doors;
	size_t n_doors;
	struct tls_offer offer; /* with what was given */
	struct fault_tls *tls;	/* certificates of faults; NULL: none was wanted yet */
	struct pool pool;	/* of calls */
	struct call *calls, *retired;
	struct count count;
	struct log *log;   /* NULL: none is wanted */
	unsigned put_down; /* connections, since freed memory was last given back */
	void *states[ROLES];
	unsigned next;		    /* of ask->faults */
	unsigned turns[FAULTS_MAX]; /* by row: connections that showed it */
	void *stages[FAULTS_MAX];   /* by row: the Socket.IO server that it is shown on */
};

/* Opens those of --listen, of --fault with at=, and with --faults one for each fault that is not
 * shown at a path. False: it said why. */
bool doors_open(struct far *far);
void doors_close(struct far *far);
/* "ADDRESS:PORT"; false: it is not that. */
bool where_split(struct span where, struct span *host, uint16_t *port);
/* Another worker has accepted it and read these bytes. */
void far_handed(struct door *door, int fd, struct span bytes);
/* A door's listener's: the connection begins. */
void far_accepted(void *door, int fd, const struct address *peer);
/* The bottom layer of a connection that has to begin with a PROXY line; ends it when it does not.
 */
void far_want_line(struct call *c);
/* The status that a request is answered with before anybody looks at what it wants, 0: it is sound.
 * `max`: bytes of its body. */
unsigned request_wrong(const struct http_head *h, uint64_t max);
/* Begins the fault that the whole request asks for, or whose turn it is. False: there is none. */
bool far_show(struct call *c);
/* The connection goes on with a link of its own. */
void far_begin(struct call *c, int fd, const struct address *peer);
/* … and here once its PROXY header is read (proxied.c). */
void far_await_header(struct call *c, int fd);
/* The page of /fault/. */
void far_list_faults(struct call *c);
/* Of a fault that all of a listener shows: where that is. */
void far_point_at_listener(struct call *c, const struct fault *f);
/* False: to be answered with 404. */
bool far_show_root(struct call *c, struct span name);
/* All connections are over. */
void fault_stages_finish(struct far *far);
/* A call on something that carries many; NULL: there may be no more. */
struct call *far_carried(struct call *by, const struct carrier *carrier);
/* The layers of HTTP/1.1. */
void far_listen_http(struct call *c);
void far_over(struct call *c);

/* streams.c: HTTP/2, and looking which of the two comes. */
bool far_speaks_h2(const struct far *far);
bool door_speaks_h2(const struct door *door);
void streams_begin(struct call *c);
void streams_glance(struct call *c);
/* The timer: true when it goes on, or is no such connection. */
bool streams_look(struct call *c);
/* No more streams; true when none is left. */
bool streams_leave(struct call *c);

/* In the attendant's fiber: frees the connections that are over; with `all`, ends them first. */
void far_sweep(struct far *far, bool all);
/* In the attendant's fiber: takes leave of all connections, each in its order, within some time. */
void far_stop(struct far *far);
/* Puts the layers on the link. `ws_only`: it goes on as a WebSocket. */
void far_listen(struct call *c, bool ws_only);

/* An idle WebSocket keeps nothing but its descriptor and what its role remembers (rest.c): from
 * here on it may be put down, from here on it may not and is awake. */
void rest_allow(struct call *c);
void rest_end(struct call *c);
/* The timer of a WebSocket. False: it is no time for that, the connection is to end. */
bool rest_look(struct call *c);
void rest_deinit(struct call *c);

/* The connection has a moment later to be looked at by the attendant. */
void far_retire(struct call *c);

#endif
