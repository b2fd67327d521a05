/* What the far end is at a path: a role answers whole requests, may turn one into a WebSocket, and
 * hears its messages. Roles are driven by calls: none of theirs waits, and what is held for later
 * (a poll, a WebSocket) costs no fiber. What a role has to remember across connections stands in
 * its state, one for a far end; its timers are the loop's (far_loop).
 *
 * To add a role: a file with its struct role, and a line in role.def.
 *
 * The life of a connection: request (and an answer: call_reply; any number of times, by turns of
 * any roles), or request and call_open, then message…; end. While a request is not answered no
 * other one comes. Everything said outside the call backs of that connection (a timer, another
 * connection) begins with call_conn(c), which wakes a resting one, and ends with
 * call_flush(c), or it stays unsent. */
#ifndef SERVE_ROLE_H
#define SERVE_ROLE_H

#include "serve/call.h"

struct far;

/* Of the struct that a role's options fill. */
#define ROLE_ASK_MAX 256

struct role {
	const char *name;
	const char *say; /* one sentence, no full stop */
	/* Its addresses for people, a line each: the path with what may follow, a blank, what is
	 * there. Shown at / and in --help. */
	const char *urls;
	/* What the user may say of it; offsets are into a struct of its own, zeroed, ask_size bytes
	 * (role_ask). An option's name stands in one role's row only. */
	const struct opt *options;
	size_t ask_size;
	/* Checks what was given and completes it, before anything listens. False: one line in
	 * *error that names the option. */
	bool (*take)(void *own, struct buf *error);
	/* Divides the times in it, after take, for --time-scale. NULL: there are none. */
	void (*hurry)(void *own, int64_t scale);
	/* The path is without the query. */
	bool (*takes)(struct span path, const void *own);
	/* Bytes of a request's body; a longer one is answered 413 and never seen here. NULL:
	 * ROLE_BODY_MAX. */
	uint64_t (*body_max)(const struct call *c);
	/* The head is call_head, the body call_body. To be answered now or later; c->mine is the
	 * role's own, and NULL at each request. */
	void (*request)(struct call *c);
	void (*message)(struct call *c, enum ws_opcode opcode, struct span data);
	/* The connection is over, or belongs to another role from now on: forget it. Once. */
	void (*end)(struct call *c);
	/* The server stops: the last word on a WebSocket or to a request that is not answered yet.
	 * NULL: Close with the code asked for. */
	void (*bye)(struct call *c);
	size_t state_size; /* zeroed; 0: none */
	void (*begin)(void *state, struct far *far, const void *own);
	/* In the attendant's fiber, before connections are ended: fibers of the role's own end. */
	void (*stop)(void *state);
	void (*finish)(void *state); /* all connections are over */
};

#define ROLE_BODY_MAX ((uint64_t)64 << 10)

enum role_index {
#define ROLE(name) ROLE_##name,
#include "serve/role.def"
#undef ROLE
	ROLES
};

#define ROLE(name) extern const struct role role_##name;
#include "serve/role.def"
#undef ROLE

extern const struct role *const role_all[ROLES];

/* Of the role that the connection's request belongs to. */
void *role_state(const struct call *c);
/* What was said of that role. */
const void *role_ask(const struct call *c);

#endif
