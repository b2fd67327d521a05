/* RESP2 and RESP3, the protocol of Redis, as its client meets it: answers, and what is published.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 * Each whole reply goes up as a unit 0 of its bytes, to be read by resp_take. What the client says
 * is not looked at: its commands hold passwords. */
#ifndef DIALECT_REDIS_REDIS_H
#define DIALECT_REDIS_REDIS_H

#include "core/conn.h"
#include "fact/redis.h"

#define RESP_REPLY_MAX ((size_t)48 << 20) /* bytes of one, with its heads */
#define RESP_ITEMS_MAX ((uint64_t)1 << 20)
#define RESP_DEPTH_MAX 8
#define RESP_LINE_MAX 4096

enum resp_type {
	RESP_TEXT,	/* + $ =, a number too large, a double: as text */
	RESP_ERROR,	/* - ! */
	RESP_INT,	/* : */
	RESP_NULL,	/* _, $-1, *-1 */
	RESP_BOOL,	/* # */
	RESP_ARRAY,	/* * ~ >: so many items follow */
	RESP_MAP,	/* %: so many pairs follow */
	RESP_ATTRIBUTE, /* |: so many pairs follow, which do not count, and then what they are of */
};

struct resp_item {
	enum resp_type type;
	struct span text; /* a view */
	int64_t n;	  /* the number, true, or how many follow */
};

/* Takes the next item off, of arrays and maps the head only. False: there is no whole one, or
 * *fault (constant, may be NULL before) says what is wrong with it. */
bool resp_take(struct span *rest, struct resp_item *it, const char **fault);

/* Finds the end of a reply without looking at any byte twice but those of an unfinished line.
 * Zeroed memory is the beginning. */
struct resp_scan {
	size_t at; /* so many bytes are looked through */
	bool begun;
	unsigned depth;
	uint64_t left[RESP_DEPTH_MAX + 1]; /* items to come, by level */
};
enum resp_scanned { RESP_MORE, RESP_WHOLE, RESP_BROKEN };
/* `bytes` from the reply's first on. RESP_WHOLE: it ends at s->at. */
enum resp_scanned resp_scan(struct resp_scan *s, struct span bytes, const char **fault);

/* A command: an array of its words. */
void resp_write(struct buf *out, const struct span *words, size_t n);

extern const struct dialect dialect_redis;
/* Says a command; flush the link. */
void redis_say(struct layer *redis, const struct span *words, size_t n);

#endif
