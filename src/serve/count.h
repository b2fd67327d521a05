/* What the far end has seen since it began, for /api/health, /metrics and the event log. */
#ifndef SERVE_COUNT_H
#define SERVE_COUNT_H

#include "serve/role.h"

/* Why something is refused or dropped. To add one: a row here and in its table. */
enum limit {
	LIMIT_NONE,
	LIMIT_CONNECTIONS, /* --max-connections */
	LIMIT_HEADER,	   /* --max-header */
	LIMIT_MESSAGE,	   /* --max-message, or an Engine.IO payload's */
	LIMIT_SLOW_BYTES,  /* --slow-reader-bytes */
	LIMIT_SLOW_TIME,   /* --slow-reader-after */
	LIMIT_PROXY,	   /* --proxy-protocol, and what came first is none */
	LIMIT_REQUEST,	   /* no request in time */
	LIMIT_PROFILE,	   /* --profile */
	LIMITS
};
extern const char *const limit_names[LIMITS];

#define COUNT_CODES 5000

struct count {
	int64_t since;				    /* wall clock, in seconds */
	uint64_t connections, websockets;	    /* ever */
	uint64_t open_connections, open_websockets; /* now */
	uint64_t bytes[2], messages[2];		    /* by who said them; inside TLS */
	uint64_t closes[COUNT_CODES];		    /* by code; 1006: it ended without a Close */
	uint64_t limits[LIMITS];
	struct {
		uint64_t messages, bytes;
	} heard[ROLES];
	struct {
		uint64_t ever, upgraded, by_polling, by_websocket; /* the last two: now */
		uint64_t messages[2];
	} sessions; /* of Engine.IO */
};

/* With what connections that live have said so far. To be freed. */
struct count *count_now(const struct far *far);

/* In the life of a connection: it is a WebSocket from here on; its link is given back; it is over.
 */
void count_websocket(struct call *c);
void count_fold(struct call *c);
void count_over(struct call *c);
/* What is said to one that rests. */
void count_said(struct call *c, size_t bytes, unsigned messages);
/* A limit was met; c may be NULL: there is no connection yet. */
void count_limit(struct far *far, struct call *c, enum limit limit);

#endif
