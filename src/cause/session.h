/* What an experiment saw of Engine.IO and Socket.IO. */
#ifndef CAUSE_SESSION_H
#define CAUSE_SESSION_H

#include "base/ns.h"
#include "core/rule.h"

/* The first of each in the experiment and role (NULL: any); every member is an observation or NULL. */
struct session {
	const struct obs *request;
	const struct obs *answer; /* the first that is no 101 */
	const struct obs *ws;	  /* the 101 */
	const struct obs *open;	  /* the open packet */
	const struct obs *error;  /* Engine.IO's refusal, by its own packet or as an HTTP answer */
	const struct obs *fault;  /* what breaks Engine.IO */
	const struct obs *probe, *upgraded;
	const struct obs *join, *connect, *connect_error;
	const struct obs *ping;	 /* a heartbeat of the server */
	const struct obs *end;	 /* how the peer ended it: its Close, else its end of the connection */
	const struct obs *close; /* its Close, if there was one */
	const struct obs *silent;
	const struct obs *done;
};
struct session session_of(const struct scope *s, const struct tag *exp, const struct tag *role);

/* What kept the WebSocket of the experiment from carrying the session; NULL if it carries it, or was not tried. */
const struct obs *session_no_websocket(const struct scope *s, const struct tag *exp);

/* The open packet of the base plan: by polling, by WebSocket alone. */
const struct obs *session_polls(const struct scope *s);
const struct obs *session_websocket(const struct scope *s);

/* The first refusal with one of these words in the experiment (NULL: the base plan): eio.error, else http.answer. */
const struct obs *session_says(const struct scope *s, const struct tag *exp, const char *words);

/* A connection to Engine.IO by a client that speaks none: --dialect websocket, with --send, --echo or --idle. */
struct raw {
	const struct obs *hello; /* the open packet; NULL: it is no Engine.IO, or none was tried */
	const struct obs *sent;	 /* the first message of ours */
	const struct obs *close; /* the server's Close without a code, which Engine.IO ends all with; NULL: another end, or none */
	ns after;		 /* from our message, else from the open packet, to that Close */
};
struct raw session_raw(const struct scope *s, const struct tag *exp);

/* The user asks for WebSocket alone: the target is ws:// or wss://. */
bool session_websocket_only(const struct scope *s);
/* The Origin the user named, when it is of another place than the server; the target. */
const struct obs *session_foreign_origin(const struct scope *s);

/* The session's id was unknown to a fresh connection at once, and nothing but the missing affinity accounts for it:
 * neither cookies, nor a poll that was cut or overlapped before. NULL if not, or not looked at. */
const struct obs *session_strays(const struct scope *s);
/* The handshake's answer that sets cookies; only those known to bind a client to a server with `affinity`. */
const struct obs *session_cookie(const struct scope *s, bool affinity);

#endif
