/* What stands in front of an application: the limits and times of a platform, as it has them when
 * nobody has changed them. The application behind it is healthy; the platform ends, refuses or
 * forgets what meets one of its limits.
 *
 * To add a profile: a row in profile.def, with what it says for itself in profile.c when that is
 * new. */
#ifndef SERVE_PROFILE_H
#define SERVE_PROFILE_H

#include "base/buf.h"
#include "base/ns.h"
#include "dialect/http/http.h"

/* How an open WebSocket ends that has been silent, or old, for too long. */
enum profile_end {
	PROFILE_FIN,	/* without a Close */
	PROFILE_CLOSE,	/* Close with `code`, then FIN */
	PROFILE_FORGET, /* nothing is said; what the client sends then is answered with a RST */
};

/* An answer of the platform's own; lines as call_answer wants them. */
struct profile_page {
	const char *status, *headers, *body;
};

struct profile_pages {
	struct profile_page url, header, body, late;
};

struct profile {
	const char *name;
	const char *say; /* one sentence, no full stop */
	const char *source;
	/* Of a WebSocket, from its 101 on; 0: none. Silence is that of both directions together:
	 * what either side sends begins it anew. */
	ns idle, age;
	enum profile_end end;
	unsigned code;
	const char *reason;
	ns answer; /* a request that is not answered by then is answered by the platform; 0: none */
	/* Bytes; 0: no limit, or one beyond what wsdx takes at all (64 KiB of a head). */
	uint64_t url;			 /* of the request line */
	uint64_t line;			 /* of one header line */
	uint64_t head;			 /* of both together, all lines */
	uint64_t body;			 /* of a request */
	uint64_t message;		 /* of a WebSocket message */
	uint64_t frame;			 /* of one frame of it */
	const struct http_header *marks; /* on every answer that comes from behind it */
	const struct http_header *opens; /* on the 101 */
	size_t n_marks, n_opens;
	const char *refuses; /* the fault that every Upgrade is shown; NULL: they pass */
	const struct profile_pages *pages;
};

/* NULL: no such profile. */
const struct profile *profile_find(struct span name);
/* All of them in a table, with numbers. `scale` divides times. */
void profile_list(struct buf *out, int64_t scale);
/* "list|alb|…" */
extern const char profile_choices[];

#endif
