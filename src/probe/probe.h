/* The probe engine: fills a journal by experiments on a live endpoint until the judge knows the root cause.
 *
 * To add an experiment:
 *  1. a tag with its sentence in src/fact/exp.h,
 *  2. a function or a row of variations in one of the files here,
 *  3. a line in all.def: its cost, and when it applies.
 * Rules name the experiment they want (core/rule.h); the planner runs what the likeliest suspects want. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "base/url.h"
#include "core/judge.h"
#include "dialect/http/http.h"
#include "io/resolve.h"
#include "io/tls.h"

#define PROBE_DIRECT_MAX 7
#define PROBE_HEADERS_MAX 64
#define PROBE_PROTOCOLS_MAX 24

struct protocol;

/* What the user asked for. Views; they outlive the run. Zero: the default. */
struct probe_ask {
	struct url url;			     /* vantage 0 */
	struct url direct[PROBE_DIRECT_MAX]; /* vantages 1… */
	size_t n_direct;

	struct http_header headers[PROBE_HEADERS_MAX];
	size_t n_headers;
	struct span origin;	 /* empty: the target's own */
	struct span subprotocol; /* offered, comma-separated */
	bool insecure;		 /* credentials also over TLS that failed verification */
	bool auth_anywhere;	 /* credentials also after a redirect to another origin, or in plain text after https */
	const struct tls_trust *trust;	     /* never NULL */
	const struct tls_identity *identity; /* --cert; NULL: none */
	struct span proxy;	 /* --proxy; empty: see the environment */
	const char *(*env)(const char *name); /* HTTPS_PROXY, NO_PROXY …; NULL: none */
	const struct overrides *overrides; /* --resolve, --connect-to; NULL: none */
	int family; /* 4, 6, or 0 for both */

	ns timeout;  /* per step; 0: 5 s */
	ns deadline; /* of the run without idle; 0: 60 s */
	ns idle;     /* hold connections this long; 0: do not */
	uint64_t size; /* bytes; ladder up to it; 0: none */
	bool echo, chatty, hostile;
	struct span send; /* a message to send once; empty: none */

	/* what several protocols have */
	const struct protocol *dialect; /* NULL: to be recognised */
	struct span auth;		/* a JSON object to connect with; empty: none */
	struct span expect;		/* an event or a message to wait for; empty: none */
	bool reconnect;
	unsigned samples;	     /* sessions at once; 0: none */
	struct span health;	     /* a path; empty: none */
	unsigned connections_max; /* per run; 0: 12, and what the options add */

	/* what one protocol has, by protocol_index; see protocol_ask. NULL: nothing was said */
	const void *own[PROBE_PROTOCOLS_MAX];

	const struct cause *const *causes; /* the catalogue */
};

#define PROBE_CONNECTIONS 12

struct probe_result {
	struct judgement judgement;
	unsigned connections, connections_max;
	struct span address; /* the one used at vantage 0, in the journal's memory; empty: none */
	struct span proxy;   /* the proxy used, without credentials; empty: none */
	bool stopped;	     /* by a signal of the loop, or loop_stop */
};

struct probe;

/* Runs to the verdict. Fills `journal` (empty before) and *result. 0, or -1 with errno when wsdx itself cannot start; the loop is
 * fresh, the caller's, and idle again after. A signal of the loop (loop_signals) ends every wait, and what was seen is judged. */
int probe_run(struct loop *loop, struct journal *journal, const struct probe_ask *ask, struct probe_result *result);
void probe_result_deinit(struct probe_result *result);

/* True when it is a proxy that can be used: http, https, socks5 or socks5h, or HOST:PORT; else *why is a sentence. */
bool probe_knows_proxy(struct span proxy, const char **why);

/* Ends every wait of the run on this loop; from a signal callback. */
void probe_stop(struct loop *loop);

#endif
