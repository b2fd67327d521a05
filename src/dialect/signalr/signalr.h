/* ASP.NET Core SignalR (aspnetcore, src/SignalR/docs/specs: TransportProtocols.md, HubProtocol.md).
 *
 * On http alone it is the negotiation: push http, then signalr, and call signalr_negotiate. On ws
 * it is the hub protocol in JSON: records, each ended by 0x1e, the first of either side the
 * handshake.
 *
 * It hands up whole records: unit = enum signalr_unit, data = the JSON without its end. It notes
 * the kinds of fact/signalr.h. It says nothing by itself. */
#ifndef DIALECT_SIGNALR_H
#define DIALECT_SIGNALR_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_signalr;

enum signalr_unit {
	SIGNALR_RECORD = 1,
	SIGNALR_OPEN,
	SIGNALR_REFUSED,
	SIGNALR_CLOSE,
	SIGNALR_NEGOTIATED
};

#define SIGNALR_TOKEN_MAX 2048

/* What a negotiation gave. The token is a secret. Views live as long as the connection. */
struct signalr_terms {
	bool ok;	   /* there is a token */
	struct span token; /* connectionToken, or connectionId of version 0 */
	bool websockets, events, polling;
	struct span url;    /* of a redirect; empty: none */
	struct span access; /* the bearer token for it; a secret */
};
const struct signalr_terms *signalr_terms(const struct layer *signalr); /* never NULL */

/* Client seat, on http: asks; `ask` without method and body. */
void signalr_negotiate(struct layer *signalr, const struct http_ask *ask);
/* Client seat, on http: asks for Server-Sent Events, whose data are records as on ws. The handshake
 * goes by a POST of another connection: said there, expected here. */
void signalr_listen(struct layer *signalr, const struct http_ask *ask);
void signalr_expect_handshake(struct layer *signalr);
#define SIGNALR_HANDSHAKE "{\"protocol\":\"json\",\"version\":1}\x1e"
/* Client seat, on ws. */
void signalr_say_handshake(struct layer *signalr);
void signalr_say_ping(struct layer *signalr); /* type 6; the server does not answer it */
void signalr_keep_alive(struct layer *signalr, ns every); /* pings by itself from now on */

#endif
