/* What a client of SignalR has in hand before it connects to a hub. */
#ifndef PROBE_HUB_H
#define PROBE_HUB_H

#include "dialect/signalr/signalr.h"
#include "probe/protocol.h"

/* Where negotiate sends its clients on to: Azure SignalR Service. The user's own credentials stay
 * at home. */
struct place {
	struct url url;
	struct addresses names;
	struct span access; /* its bearer token */
};

/* What a negotiation gave; the texts live in the probe's arena. */
struct negotiated {
	struct place *at; /* NULL: the vantage point's own place */
	bool ok, trusted;
	struct span token;
	bool websockets, events;
	struct span on, access;
	bool elsewhere; /* its clients are sent on to another service */
	bool answered;	/* by a hub, whatever it said */
};

/* Adds the hub's path, the suffix, and the user's own query with `more` behind it; what clients put
 * into the query themselves (id, negotiateVersion) is left out, and a /negotiate at the end of the
 * path. */
void hub_target(struct buf *out, const struct url *url, const char *suffix, const char *more);
/* Only a hub notes, or answers, this. */
bool hub_said(const struct obs *o);
/* `at` NULL: the vantage point's own place. */
const struct url *hub_url_at(const struct try *t, const struct place *at);
struct open_how hub_way_to(const struct try *t, const struct place *at);

/* Negotiates on a connection of its own, which is handed back open; NULL: it came to nothing. Where
 * the answer sends clients on it follows, once, as the service needs. Cookies go into the vantage
 * point's further requests. */
struct link *hub_negotiate(struct try *t, struct negotiated *out);
/* The experiment: what came of it becomes the vantage point's state. */
void hub_run_negotiate(struct try *t);

#endif
