/* One experiment under way: what it may use, and what it must say at its end. */
#ifndef PROBE_TRY_H
#define PROBE_TRY_H

#include "dialect/ws/ws.h"
#include "probe/vantage.h"

struct
try {
	struct vantage *vantage;
	struct probe *probe;
	const struct experiment *exp;
	struct spot spot;
	ns began;
	ns patience; /* with a step; 0: --timeout */
	bool ended;
	unsigned connections;
	const char *outcome, *ended_by, *text; /* of exp.done; constants */
};

void try_begin(struct try *t, struct vantage *v, const struct experiment *e);
/* What exp.done will say; the last one counts. */
void try_say(struct try *t, const char *outcome, const char *ended_by, const char *text);
void try_end(struct try *t); /* notes exp.done, once */
ns try_deadline(const struct try
		*t); /* of the next step: now + --timeout (or patience), at most the run's */
ns try_deadline_in(const struct try *t, ns span); /* now + span, at most the run's */

/* How to connect. Zero: as the vantage's URL wants it. */
struct open_how {
	const struct url *url;	  /* NULL: the vantage's */
	const struct address *to; /* NULL: the vantage's chosen one */
	enum { TLS_AS_URL, TLS_ALWAYS, TLS_NEVER } tls;
	bool no_sni, no_proxy;
	bool proxy_header; /* a line of the PROXY protocol goes first */
	const char *alpn;  /* NULL: "http/1.1" */
};
/* A connection, its proxy passed and its TLS done, with no layer on it yet. NULL: it came to
 * nothing, noted why, and try_say was called. To be ended by try_close. */
struct link *try_open(struct try *t, const struct open_how *how);
/* Notes run.phase on the link: it began then, and is over now. */
void try_phase(struct try *t, struct link *k, const char *phase, ns began, bool ok);
/* Says goodbye, notes conn.end, frees. */
void try_close(struct try *t, struct link *k);

/* The Upgrade, or the plain GET, with what is changed against the user's own. Zero: as the user
 * asked. */
struct upgrade_how {
	struct open_how open;
	bool plain_get;
	bool no_origin, own_origin, no_deflate, no_credentials, small_headers, no_query,
		toggle_slash, no_subprotocol;
	const char *path;	 /* instead of the URL's path and query */
	const char *host;	 /* instead of the URL's Host */
	const char *subprotocol; /* instead of the user's */
	/* A layer of the experiment's own on top of all; its state begins with a pointer, set to
	 * `above_arg`. NULL: none */
	const struct dialect *above;
	void *above_arg;
};
/* Opens, sends, waits for what comes of it. *k is then the link, or NULL. Returns the observation
 * that answered (ws.open, http.answer, http.fault) or NULL; try_say was called either way. */
const struct obs *try_upgrade(struct try *t, const struct upgrade_how *how, struct link **k);
struct layer *try_ws(struct link *k); /* its ws layer; NULL when over */
/* The answer to what was asked on the link, as try_upgrade. */
const struct obs *try_answer(struct try *t, struct link *k);
/* Credentials may be sent over the link to this URL. */
bool try_trusts(const struct try *t, const struct link *k, const struct url *url,
	const struct open_how *how);
/* Keeps the Location of a redirect for exp_redirected. */
void try_keep_location(struct try *t, struct link *k);
/* Pings until one stays without a pong or the connection has something to say; three at most. */
void try_ping(struct try *t, struct link *k);
/* After ws.open: Close 1000, waits a moment for the peer's, for text in the stream and faults. */
void try_goodbye(struct try *t, struct link *k);

/* Why a wait ends now: the peer took too long, or, at the end of the run or after a signal, we
 * leave; then its silence proves nothing. */
enum cut try_cut(const struct try *t);

/* Finds the proxy that a client would use for the URL; notes proxy.chosen or proxy.bypassed. NULL:
 * none. */
struct forward *forward_choose(struct vantage *v, const struct url *url);
/* Adds the proxy's URL without credentials; all of *b. */
struct span forward_name(const struct forward *f, struct buf *b);
/* Asks the proxy for a tunnel over the open link; true when it stands. Notes proxy.answer. */
bool forward_pass(
	struct try *t, struct link *k, const struct forward *f, const struct url *to, ns deadline);

/* The functions of all.def. */
#define RUN(function) void probe_##function(struct try *t);
RUN(names)
RUN(dial)
RUN(upgrade)
RUN(h2)
RUN(vary)
RUN(other_port)
RUN(redirected)
RUN(page)
RUN(echo)
RUN(send)
RUN(expect)
RUN(samples)
RUN(size)
RUN(idle)
RUN(hostile)
RUN(health)
#undef RUN

#endif
