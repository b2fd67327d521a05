/* One connection of the far end, and what a fault may do with it. A fault is a function of the
 * request at hand: it runs in the connection's fiber, reads like the story it tells, and returns
 * when the connection is over.
 *
 * To add a fault: a row in fault.def (or canned.def, when one answer is all), and its function in
 * fault_http.c or fault_ws.c. */
#ifndef SERVE_CALL_H
#define SERVE_CALL_H

#include "dialect/ws/ws.h"
#include "io/link.h"
#include "serve/serve.h"

/* What --fault ID,param=value and /fault/ID?param=value may set. */
struct fault_params {
	ns after, age;
	uint64_t limit;
	uint64_t code;
	struct span to;
};

struct call;

struct fault {
	const char *id; /* of the cause it shows, or hostile-… */
	void (*run)(struct call *c);
	struct fault_params params; /* what is not given */
	const char *say;
};

extern const struct fault fault_all[]; /* ends with id NULL */
const struct fault *fault_find(struct span id);
/* "after=2s", "age=2s", "limit=64k", "code=4401", "to=/login"; false: unknown, or no such value. */
bool fault_param(struct fault_params *p, struct span word);

struct far;

struct call {
	struct call *next;
	struct far *far;
	struct fiber *fiber;
	struct journal journal;
	int fd;
	struct address peer;
	ns began;
	struct link *k;
	struct layer *http, *ws;
	bool asked; /* a request head waits for its answer */
	const struct fault *fault;
	struct fault_params params;
	struct buf path; /* of the request, with its query */
	/* What becomes of a message; echo unless a fault says otherwise. NULL: nothing. */
	void (*hear)(struct call *c, enum ws_opcode opcode, struct span data);
	unsigned turn; /* how many connections came before that showed the same fault */
};

const struct serve_ask *call_ask(const struct call *c);
const struct http_head *call_head(const struct call *c); /* of the request; never NULL in a fault */
bool call_upgrades(const struct call *c);		 /* the request wants a WebSocket */
ns call_now(const struct call *c);

/* Bytes as they are. */
void call_raw(struct call *c, struct span bytes);
/* An answer after which the connection ends; headers are lines that each end in \r\n. */
void call_answer(struct call *c, const char *status, const char *headers, struct span body);
/* What a healthy server says to this request: 101 and echo, 426, 400. Returns when the connection
 * is over, or when the next request may come. */
void call_healthy(struct call *c);
/* 101 by the book; false: what the request was not, was answered. Goes on with the call's hear. */
bool call_open(struct call *c, const struct ws_offer *offer);
/* Waits until the connection is over. */
void call_stay(struct call *c);
/* FIN without any word before it, when what was queued is gone. */
void call_fin(struct call *c);
/* False: the connection ended, or we are to stop. */
bool call_sleep(struct call *c, ns time);

#endif
