/* A Lavalink v4 node as its clients see it: its sessions and players. It knows no connections: what
 * a session has to say on its WebSocket waits in `news` until the connection takes it. Times are
 * the loop's. lavanode_rest.h is its REST side, lavanode_json.h what it says.
 *
 * Sources: docs/api/rest.md, docs/api/websocket.md, HandshakeInterceptorImpl.kt, SocketServer.kt,
 * SocketContext.kt, RequestAuthorizationFilter.kt and PlayerRestHandler.kt of
 * lavalink-devs/Lavalink. */
#ifndef SERVE_LAVANODE_H
#define SERVE_LAVANODE_H

#include "base/buf.h"
#include "base/ns.h"

#define LAVANODE_SESSIONS_MAX 256
#define LAVANODE_PLAYERS_MAX 64
#define LAVANODE_NEWS_MAX ((size_t)256 << 10)
#define LAVANODE_ID 16		    /* characters of a session id */
#define LAVANODE_UPDATES (5 * NS_S) /* playerUpdateInterval of application.yml */
#define LAVANODE_RESUME                                                                            \
	(60 * NS_S) /* how long a session can be resumed unless its client says otherwise */
/* The track it can load: two seconds without a sound. */
#define LAVANODE_TONE "https://example.org/tone.wav"

/* What is different about the node; zero is healthy but for the password. Of one connection, as
 * faults are. */
struct lavanode_how {
	struct span password;
	ns stats_every;	     /* 0: a minute, as the real one */
	const char *version; /* NULL: one that fits the rest */
	bool v3;	     /* version 3: nothing below /v4 */
	bool no_password_fits;
	bool authorization_lost; /* the header never arrives */
	bool upgrade_stripped;	 /* nor does Upgrade, at the WebSocket */
	bool never_resumes;
	bool starved;	     /* of CPU: frames are missing */
	bool wants_channel;  /* 400 to a voice state without channelId, as from 4.2.0 */
	unsigned voice_code; /* Discord's voice server closes each player's connection with it; 0:
				it does not */
};

struct lavanode_player {
	struct lavanode_player *next;
	uint64_t guild;
	int64_t volume;
	bool paused, playing;
	int64_t position; /* of the track, ms, at `since` */
	ns since;
	ns update; /* when the next playerUpdate is due while it plays */
	bool connected;
	struct buf voice, filters; /* JSON objects */
};

struct lavanode_session {
	struct lavanode_session *next;
	char id[LAVANODE_ID + 1];
	bool resuming;
	ns timeout;
	bool gone; /* its connection is over; it can be resumed until `until` */
	ns until;
	ns stats; /* when the next are due */
	struct lavanode_player *players;
	size_t n_players;
	struct buf news;	     /* messages not yet taken, each with a line end behind it */
	size_t mark;		     /* where the one that is being written begins */
	void (*wake)(void *of_whom); /* there is news; NULL: nobody listens */
	void *of_whom;
};

struct lavanode {
	struct lavanode_session *sessions;
	size_t n_sessions;
	ns began;
};

void lavanode_deinit(struct lavanode *node);

/* --- sessions --- */

/* True when a session of this id waits for its client to come back. */
bool lavanode_can_resume(
	struct lavanode *node, const struct lavanode_how *how, struct span id, ns now);
/* The session of a client that just connected: the one of `id` when it can be resumed, else a new
 * one. ready is its first news; then what happened meanwhile. NULL: too many. */
struct lavanode_session *lavanode_enter(
	struct lavanode *node, const struct lavanode_how *how, struct span id, ns now);
/* Its connection is over: it waits to be resumed if its client asked for that, else it is gone. */
void lavanode_leave(struct lavanode *node, struct lavanode_session *s, ns now);
/* Connected sessions and their players only, as the real one: a session that waits is not found. */
struct lavanode_session *lavanode_find(struct lavanode *node, struct span id);

/* Adds what is due by the clock to the news; when to come again. */
ns lavanode_tick(
	struct lavanode *node, struct lavanode_session *s, const struct lavanode_how *how, ns now);
/* The next message; empty when there is none. Valid until the session is next touched; then drop
 * it. */
struct span lavanode_news(const struct lavanode_session *s);
void lavanode_news_drop(struct lavanode_session *s);

/* --- players --- */

struct lavanode_player *lavanode_player_find(struct lavanode_session *s, uint64_t guild);
struct lavanode_player *lavanode_player_add(
	struct lavanode_session *s, uint64_t guild); /* NULL: too many */
void lavanode_player_drop(struct lavanode_session *s, uint64_t guild);

int64_t lavanode_player_position(const struct lavanode_player *p, ns now); /* ms */
void lavanode_play(struct lavanode_session *s, struct lavanode_player *p, ns now);
void lavanode_stop(struct lavanode_session *s, struct lavanode_player *p, const char *reason);
void lavanode_say_update(struct lavanode_session *s, const struct lavanode_player *p, ns now);
/* WebSocketClosedEvent: Discord's voice server ended the guild's connection. */
void lavanode_say_voice_closed(struct lavanode_session *s, uint64_t guild, unsigned code);

#endif
