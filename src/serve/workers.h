/* Several processes at one address: each accepts for itself (SO_REUSEPORT). A session of Engine.IO
 * lives in one of them, whose number its id carries as its last character; the requests of a
 * session by polling come by any connection, so a worker that reads the head of one whose session
 * lives elsewhere hands the connection, with the bytes it has read, to that worker over a unix
 * socket (SCM_RIGHTS). A TLS connection cannot be handed over. */
#ifndef SERVE_WORKERS_H
#define SERVE_WORKERS_H

#include "serve/far.h"

#define WORKERS_MAX 64

struct workers;

/* Starts `ask->workers` processes that each run `serve`, and ends them all when one ends or a
 * signal comes. In the parent: that signal, or 0 after an error, which it said. In a worker: what
 * `serve` returned. */
int workers_run(const struct serve_ask *ask, int (*serve)(const struct serve_ask *ask));

/* In a worker; ask->crew is of workers_run. Both are safe where there is none. */
void workers_begin(struct far *far);
void workers_end(struct far *far);

/* The id of a session of this worker's. */
void workers_mark(const struct far *far, char *last);

/* The bottom layer of a plain connection: it holds back the head of each request until it is whole,
 * and passes it on when the session is ours. */
void workers_sort(struct call *c);
/* A connection that is to be handed over: true when it was, and is over here. */
bool workers_move(struct call *c);

#endif
