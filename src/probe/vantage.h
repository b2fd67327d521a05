/* Where a run looks from, what it looks at, and what it has found out so far. */
#ifndef PROBE_VANTAGE_H
#define PROBE_VANTAGE_H

#include "io/link.h"
#include "probe/probe.h"

#define VANTAGE_EXPERIMENTS 96
#define VANTAGE_HEADERS_MAX 8

enum when { BASE, WANTED, ASKED };

struct try;
struct client;
struct protocol;

/* A row of all.def, or of a protocol's own. */
struct experiment {
	const struct tag *tag;
	unsigned connections; /* the most it opens */
	enum when when;
	void (*run)(struct try *t);
	bool (*asked)(const struct probe_ask *ask); /* ASKED: the options ask for it */
	bool each_sample;			    /* `connections` for each of --samples */
	const struct tag *instead; /* the one of plain WebSocket that it stands for */
	bool holds; /* takes as long as --idle says: all that hold do it at the same time */
};

/* A forward proxy, as chosen for one target. */
struct forward {
	struct url url; /* scheme http, https or socks5 (socks5h) */
	struct span scheme;
	struct addresses names;
};

/* One place to look from: the URL itself, or a --direct one. */
struct vantage {
	struct probe *probe;
	uint8_t index;
	struct url url;
	struct addresses names;	 /* after exp_names */
	struct address chosen;	 /* the address that the others use; set by exp_dial */
	bool reachable;		 /* chosen is set, or a proxy is used */
	struct forward *forward; /* NULL: none */
	bool opened;		 /* a WebSocket was, by exp_upgrade or exp_eio_websocket */
	struct span location; /* of the redirect that answered exp_upgrade, in full; empty: none */
	const struct experiment *ran[VANTAGE_EXPERIMENTS];
	size_t n_ran;
	const struct protocol *speaks; /* NULL: plain WebSocket, as far as is known */
	/* what the protocol adds to each request of the user's; credentials go where the user's may
	 * go */
	struct http_header more[VANTAGE_HEADERS_MAX];
	size_t n_more;
	bool no_origin;		 /* its clients are no browsers: none unless the user names one */
	struct span subprotocol; /* offered unless the user names one; empty: none */
	void *state;		 /* the protocol's, in the probe's arena */
	/* where Engine.IO is spoken; `url` then has its query for WebSocket */
	bool bare;	    /* Engine.IO without Socket.IO: there are no namespaces */
	struct span engine; /* path and the user's own query, without EIO, transport, sid, t */
	unsigned eio;	    /* the protocol: asked for, then as seen; 0: 4 */
	bool polling_fails; /* exp_eio_polling found no session */
	ns connected_in, upgraded_in; /* as a client that polls first; 0: not */
	struct client *client;	      /* the session of exp_eio_polling, to be upgraded */
};

struct probe {
	struct loop *loop;
	struct journal *journal;
	const struct probe_ask *ask;
	struct arena arena;
	struct vantage vantages[1 + PROBE_DIRECT_MAX];
	unsigned n_vantages;
	unsigned connections, connections_max;
	ns timeout, deadline;
	uint64_t salt;
	bool stopped;
	bool doubted; /* more connections were allowed, see struct protocol */
	struct fiber *root;
};

ns probe_now(const struct probe *p);
bool probe_is_over(const struct probe *p);
void probe_vantage(struct vantage *v);
/* Runs what its suspects want until they want nothing more, or the budget is spent. */
void probe_follow(struct vantage *v);

#endif
