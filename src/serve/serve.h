/* The far end: a healthy server at the paths of its roles (serve/role.h), and broken on purpose
 * where it is asked to be; anything else is answered with 404. With `show_faults`, /fault/ lists
 * the faults and /fault/ID[?param=value&…] shows one. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <stdio.h>

#include "base/opt.h"
#include "io/tls.h"

struct profile;

#define SERVE_ROLES_MAX 24

struct crew;

struct serve_ask {
	const struct opt_list *listen; /* "127.0.0.1:8080", "[::1]:0"; port 0: a free one */
	/* "ID[,param=value]…", shown at every path, one request after another in turn; "none":
	 * healthy. With at=ADDRESS:PORT: by a listener of its own, out of turn. */
	const struct opt_list *faults;
	bool show_faults;
	bool deflate;			     /* accept permessage-deflate when offered */
	bool no_takeover;		     /* … without context takeover */
	unsigned window;		     /* … at most so many bits, 9…15; 0: as offered */
	size_t compress_from;		     /* … for messages of so many bytes */
	bool no_h2;			     /* HTTP/1.1 only */
	const struct tls_identity *identity; /* NULL: plain */
	const void *own[SERVE_ROLES_MAX];    /* what was said of each role, by its place */
	uint64_t max_connections; /* 0: as many as there are descriptors */
	uint64_t max_header, max_message;
	/* A client that takes nothing of what waits for it for so long, or that more waits for when
	 * there is something to be said unasked, is closed with 1013. */
	ns slow_after;
	uint64_t slow_bytes;
	bool log; /* events, on `out` or in the file */
	const char *log_file;
	const struct profile *profile; /* of --profile, or NULL */
	int64_t time_scale;	       /* its times are divided by it; 1 or more */
	bool proxied; /* each connection begins with a PROXY header, version 1 or 2 */
	unsigned stop_code;
	ns stop_within;
	/* So many far ends, each at the port behind that of the one before. 0: one. */
	unsigned replicas;
	/* So many processes at the same port (serve/workers.h), 0: one. Not with replicas. */
	unsigned workers;
	unsigned worker;	  /* of workers_run: which of them this is */
	const struct crew *crew; /* … and how they reach each other; NULL: it is alone */
	FILE *out; /* "listening on http://127.0.0.1:8080/", one line each, flushed */
		   /* … or, with a log there, as its lines */
	FILE *err;
};

/* Until SIGINT or SIGTERM: returns that signal's number. 0: it could not begin, and said why on
 * `err`. */
int serve_run(const struct serve_ask *ask);

/* True when every word of the list names a fault with parameters it understands; else *why is a
 * sentence. */
bool serve_faults_valid(const struct opt_list *faults, struct buf *why);
/* The same of addresses to listen on. */
bool serve_listen_valid(const struct opt_list *listen, struct buf *why);
/* The word has an at=. */
bool serve_fault_apart(struct span word);

#endif
