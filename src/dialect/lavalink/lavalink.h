/* Lavalink v4, standing on dialect/ws: push http, ws, then lavalink. A node speaks JSON objects
 * with an `op`, its client says nothing by WebSocket; what a client wants it asks by REST, whose
 * answers are read here too.
 *
 * It hands up whole messages: unit = enum lavalink_op, data = the JSON as it came; and what HTTP
 * hands up, as dialect/ws does. It notes lavalink.ready, .stats, .player, .event, .voice-closed and
 * .fault. https://lavalink.dev/api/websocket.html, https://lavalink.dev/api/rest.html */
#ifndef DIALECT_LAVALINK_H
#define DIALECT_LAVALINK_H

#include "dialect/ws/ws.h"

enum lavalink_op {
	LAVALINK_READY = 1,
	LAVALINK_STATS,
	LAVALINK_PLAYER,
	LAVALINK_EVENT,
	LAVALINK_OTHER, /* an op that is not of v4's four */
};

extern const struct dialect dialect_lavalink;

/* Bytes of a session's id that is kept; one that is longer is not. Lavalink's have 16. */
#define LAVALINK_SESSION_MAX 128

/* The id that the ready op gave: a secret, as it lets go on with the session. Empty before, or when
 * it is longer than the above or has other characters than letters, digits, `-` and `_`. Lives as
 * long as the layer. */
struct span lavalink_session_id(const struct layer *lavalink);

/* One REST exchange, as it is to be noted. */
struct lavalink_exchange {
	struct span method, path; /* the path as asked for */
	struct span given;	  /* "none" "given" "wrong": of the password */
	unsigned status;	  /* 0: no answer came */
	ns took;
	struct span body; /* of the answer; may be cut short */
};
/* Notes lavalink.rest and, by path, what the body says: lavalink.node of /version and /v4/info,
 * lavalink.stats of /v4/stats, lavalink.session of a PATCH. */
void lavalink_note_exchange(
	struct journal *j, const struct where *w, ns now, const struct lavalink_exchange *e);

/* What Discord's voice server means by the code of a WebSocketClosedEvent, or what RFC 6455 does;
 * NULL when neither knows it.
 * https://discord.com/developers/docs/topics/opcodes-and-status-codes#voice */
const char *lavalink_voice_meaning(int64_t code);

#endif
