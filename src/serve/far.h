/* What all connections of one far end share. */
#ifndef SERVE_FAR_H
#define SERVE_FAR_H

#include "io/listen.h"
#include "serve/role.h"

#define FAR_CALLS_MAX 100000
/* Descriptors that are not a connection's. */
#define FAR_OTHERS 128
#define FAR_FAULTS_MAX 128

struct far {
	const struct serve_ask *ask;
	struct loop *loop;
	struct journal journal; /* nobody reads what is noted: it keeps next to nothing */
	struct fiber *attendant;
	bool stopping;
	struct listener listeners[OPT_LIST_MAX];
	struct call *calls, *retired;
	size_t n_calls, max_calls;
	void *states[ROLES];
	unsigned next;			/* of ask->faults */
	unsigned turns[FAR_FAULTS_MAX]; /* by row: connections that showed it */
};

/* A listener's: the connection begins. */
void far_accepted(void *far, int fd, const struct address *peer);
/* In the attendant's fiber: frees the connections that are over; with `all`, ends them first. */
void far_sweep(struct far *far, bool all);
/* The connection has a moment later to be looked at by the attendant. */
void far_retire(struct call *c);

#endif
