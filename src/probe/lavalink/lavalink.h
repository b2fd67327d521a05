/* Lavalink v4 as a client library looks at it: what the user says of it, and the parts of its
 * experiments. lavalink.c is the row, rest.c asks, session.c connects. */
#ifndef PROBE_LAVALINK_LAVALINK_H
#define PROBE_LAVALINK_LAVALINK_H

#include "dialect/lavalink/lavalink.h"
#include "probe/protocol.h"
#include "probe/request.h"
#include "reader/node_config.h"

struct lavalink_ask {
	struct span password, password_file;
	struct span user_id, client_name; /* p NULL: not given; empty: none is to be sent */
	struct span node_config;
	bool try_wrong_auth, try_headers;
	/* completed from the above; all zero when nothing was said */
	struct span secret; /* of whichever source; p NULL: none */
	const struct node_config *config;
	struct span config_by; /* "file" "option" */
};
const struct lavalink_ask *lavalink_ask(const struct probe_ask *ask);

/* What a vantage point remembers: struct vantage's `state`. */
struct lavalink_state {
	struct span prefix; /* of the paths, where a proxy or the node puts them below one; no slash
			       at its end */
	bool secret;	    /* a password goes along, by whatever header or option */
};
static inline struct lavalink_state *lavalink_state(const struct vantage *v)
{
	return v->state;
}

/* The headers by which experiments differ from the user's own. Zero: nothing. */
struct lavalink_how {
	const struct tag *role; /* NULL: none */
	const char *path;	/* behind the prefix, instead of the target's; NULL: the target's */
	const char *header, *value; /* replaced by it; value NULL: left out */
	struct span session;	    /* of Session-Id; empty: none */
};
/* For the bot's id: a node only wants it to be a number. */
#define LAVALINK_USER_ID "1"
#define LAVALINK_WRONG_PASSWORD "wsdx-wrong-on-purpose"

/* A connection that asks by REST, one request after the other; zeroed memory plus `t` is one. */
struct lavalink_rest {
	struct try *t;
	struct link *link; /* NULL: none is open */
};
struct lavalink_query {
	const char *method; /* NULL: GET */
	struct span path;   /* behind the prefix */
	enum { GIVEN_NONE, GIVEN_OWN, GIVEN_WRONG } given;
	struct span body; /* JSON; empty: none */
};
/* Asks and notes lavalink.rest with what the body says. Returns the status; 0: no answer. */
unsigned lavalink_rest_ask(struct lavalink_rest *r, const struct lavalink_query *q);
void lavalink_rest_close(struct lavalink_rest *r);

/* One WebSocket to the node. */
struct lavalink_link {
	struct link *link; /* NULL: none was opened */
	const struct obs *answer, *ready;
};
/* Opens it and waits for ready, at most for a step; notes lavalink.no-ready when it stays away. */
void lavalink_open(struct lavalink_link *n, struct try *t, const struct lavalink_how *how);
/* A goodbye, then the end. */
void lavalink_close(struct lavalink_link *n, struct try *t);
/* Replaces, adds or leaves out one header. */
void lavalink_header(struct request *r, const char *name, struct span value, bool keep);

void lavalink_probe_rest(struct try *t);
void lavalink_probe_session(struct try *t);
void lavalink_probe_user_id(struct try *t);
void lavalink_probe_old_path(struct try *t);
void lavalink_probe_new_path(struct try *t);
void lavalink_probe_wrong_auth(struct try *t);
void lavalink_probe_headers(struct try *t);
void lavalink_probe_resume(struct try *t);

#endif
