/* What all connections of one far end share. */
#ifndef SERVE_FAR_H
#define SERVE_FAR_H

#include "io/listen.h"
#include "serve/call.h"

#define FAR_CALLS_MAX 4000
#define FAR_FAULTS_MAX 128

struct far {
	const struct serve_ask *ask;
	struct loop *loop;
	struct fiber *attendant;
	bool stopping;
	struct listener listeners[OPT_LIST_MAX];
	struct call *calls;
	size_t n_calls;
	unsigned next;			/* of ask->faults */
	unsigned turns[FAR_FAULTS_MAX]; /* by row: connections that showed it */
};

/* Serves the connection until it is over; in its own fiber. */
void far_call(void *call);

#endif
