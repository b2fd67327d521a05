/* Engine.IO, protocols 3 and 4 (engine.io-protocol), in every seat. Push http, eio for polling;
 * http, ws, eio for WebSocket; then sio. A session outlives its connections: polls may each come on
 * one of their own, so what is remembered is in struct eio_session, and eio_attach gives a
 * connection's layer the session it belongs to. Without that the layer has one to itself (a
 * WebSocket session, a witness). Connections of one session are fed one after the other, never from
 * two threads.
 *
 * It hands up, with `unit`:
 *   EIO_TEXT, EIO_BINARY  a message
 *   EIO_OPENED            the open packet is read (client) or said (server)
 *   EIO_CLOSED            a close packet
 * and notes eio.open, eio.packet, eio.ping, eio.pong, eio.probe, eio.upgraded, eio.error, eio.poll,
 * eio.overdue and eio.fault. Pings are answered here unless told not to. */
#ifndef DIALECT_EIO_H
#define DIALECT_EIO_H

#include "dialect/eio/payload.h"
#include "dialect/ws/ws.h"

extern const struct dialect dialect_eio;

enum eio_unit { EIO_TEXT = 1, EIO_BINARY, EIO_OPENED, EIO_CLOSED };
enum eio_transport { EIO_POLLING, EIO_WEBSOCKET };
enum eio_upgrade { EIO_UPGRADE_NONE, EIO_PROBING, EIO_PROBED, EIO_UPGRADED };

#define EIO_SID_MAX 128
#define EIO_QUEUE_MAX ((size_t)16 << 20)

/* What the open packet says. Times in ns; max_payload 0: not named. */
struct eio_terms {
	struct span sid;      /* at most EIO_SID_MAX bytes */
	struct span upgrades; /* comma-separated */
	ns ping_interval, ping_timeout;
	uint64_t max_payload;
};

struct eio_session {
	unsigned version; /* 3 or 4; set at init, corrected by what the open packet looks like */
	bool open,
		closed; /* the open packet was read or said; a close packet, or a cut WebSocket */
	bool mute;	/* heartbeats are not answered (and by a v3 client not begun) */
	struct eio_terms terms; /* views into this session */
	enum eio_transport transport;
	enum eio_upgrade upgrade;
	ns asked_at, probe_at; /* the handshake, the probe */
	ns ping_at;	       /* the last ping of the side that pings; 0: none */
	bool pinged;	       /* … and its pong is not seen yet */
	bool overdue;	       /* noted once */
	struct buf queue;      /* by polling: the payload to be sent next */
	unsigned queued;       /* its packets */
	unsigned noted;
	char sid[EIO_SID_MAX], upgrades[64];
};

void eio_session_init(struct eio_session *s, unsigned version); /* 3 or 4 */
void eio_session_deinit(struct eio_session *s);			/* safe twice */

/* The session outlives the layer's connection. */
void eio_attach(struct layer *eio, struct eio_session *s);
struct eio_session *eio_session(const struct layer *eio); /* never NULL */

/* Adds path?EIO=…&transport=…[&sid=…][&t=…] (a query that path has is kept; t: empty for none). The
 * result holds the session's id: for the wire only. */
void eio_target(struct buf *out, const struct eio_session *s, struct span path,
	enum eio_transport transport, struct span t);

/* Client seat over http. path: of the endpoint ("/socket.io/"), with a query of the user's own or
 * without. GET: the handshake as long as the session is not open, then one poll. */
struct eio_ask {
	struct span path, host;
	struct span t; /* the cache-busting query value; empty: none */
	struct span origin;
	const struct http_header *headers;
	size_t n;
};
void eio_poll_get(struct layer *eio, const struct eio_ask *ask);
/* POST: what is queued. False, and nothing sent, when nothing is: see eio_session.queued. */
bool eio_poll_post(struct layer *eio, const struct eio_ask *ask);

/* Client seat over ws: the opening handshake with the right target; ws.target is not read. With an
 * open session it is its upgrade, without one a session by WebSocket alone. */
void eio_websocket(struct layer *eio, struct span path, const struct ws_ask *ws);
/* Says "2probe" (the WebSocket is open: ws.open); then, after eio.probe, "5": from here the session
 * speaks by this WebSocket. What is queued for polling goes with it. */
void eio_say_probe(struct layer *eio);
void eio_say_upgrade(struct layer *eio);

/* Any speaking seat. By the WebSocket when the layer has one and it is (or becomes without an
 * upgrade) the session's transport, else queued for polling. eio_say sends a packet even when the
 * protocol forbids it. */
void eio_say(struct layer *eio, enum eio_type type, struct span data);
void eio_say_message(struct layer *eio, bool binary, struct span data);

/* Server seat: the request head last heard, read. */
struct eio_request {
	bool valid; /* an EIO and a transport parameter are there */
	bool post, upgrade;
	unsigned version;
	struct span transport, sid, jsonp; /* views into the head, not decoded; p NULL: absent */
	bool base64;			   /* b64=1 */
};
void eio_request_read(struct eio_request *r, const struct http_head *head);

/* Begins the session: over http the open packet is queued, for eio_answer_poll; over ws (after
 * ws_accept) it is said. */
void eio_accept(struct layer *eio, const struct eio_terms *terms);
/* Answers the poll with what is queued (a noop when nothing is), `headers` added to ours. */
void eio_answer_poll(struct layer *eio, const struct http_header *headers, size_t n);
void eio_answer_post(struct layer *eio, const struct http_header *headers, size_t n); /* 200 "ok" */
/* Refuses as engine.io does: code 0 to 5, as JSON to a request, as text to an Upgrade. */
void eio_refuse(struct layer *eio, unsigned code, const struct http_header *headers, size_t n);
const char *eio_error_message(unsigned code); /* "Transport unknown" …; NULL for others */

/* When the session next has to ping, or to note eio.overdue; NS_NEVER: not. Over ws the layer does
 * both by itself; for polling the driver calls eio_heartbeat with the layer of any of its
 * connections. */
ns eio_next(const struct eio_session *s, enum seat seat);
void eio_heartbeat(struct layer *eio);

#endif
