/* An Engine.IO server, protocols 3 and 4, that behaves as engine.io 6 does: sessions over polling
 * and WebSocket, for the role that stands on it. It is driven by calls: a session costs no fiber,
 * and a held poll nothing but its connection.
 *
 * eio_request.c reads requests and answers them, eio_client.c is the session. */
#ifndef SERVE_EIO_H
#define SERVE_EIO_H

#include "base/pool.h"
#include "dialect/eio/eio.h"
#include "serve/role.h"

#define EIO_CLIENTS_MAX 50000
/* Bytes that all sessions hold for their clients and of unfinished packets. */
#define EIO_HELD_MAX ((size_t)256 << 20)
#define EIO_BUCKETS 8192
#define EIO_PROBE_WAIT (10 * NS_S) /* engine.io's upgradeTimeout */
#define EIO_SID_BYTES 15	   /* random ones; 20 characters, as base64id makes */

#define EIO_SID_MADE (EIO_SID_BYTES * 4 / 3)

struct eio_rules {
	ns ping_interval, ping_timeout, connect_timeout;
	uint64_t max_payload;
	bool no_eio3, polling, websocket;
	struct span cors; /* empty: no headers for other origins */
	/* Of faults. */
	bool only_eio3;	  /* whatever it is asked for */
	bool never_pings; /* and waits for pings, as protocol 3 does */
	ns late;	  /* its pings are */
};

/* What --ping-interval and the others said, for every role that stands on Engine.IO. */
const struct eio_rules *socketio_rules(const struct far *far);

struct eio_client;

/* What stands on a session. May be left out: due, holds, closed. */
struct eio_app {
	size_t size; /* of its own memory in each session, zeroed */
	void (*opened)(struct eio_client *c);
	void (*heard)(struct eio_client *c, bool binary, struct span data);
	void (*due)(struct eio_client *c);	     /* at c->due_at */
	size_t (*holds)(const struct eio_client *c); /* bytes */
	void (*closed)(struct eio_client *c);
};

struct eio_server {
	const struct eio_rules *rules;
	const struct eio_app *app;
	struct far *far;
	struct loop *loop;
	struct eio_client *buckets[EIO_BUCKETS];
	struct pool clients, owns; /* owns: of the application */
	size_t n, held;
};

struct eio_client {
	struct eio_server *server;
	struct eio_client *next, **at; /* of its bucket */
	char sid[EIO_SID_MADE];
	unsigned version;
	bool websocket; /* its transport; else polling */
	bool closing;	/* the next poll is told that it is over */
	bool closed;	/* … and freed once nobody is busy with it */
	uint64_t number; /* in the event log */
	bool late;	/* of a fault: its first event is gone */
	unsigned busy;
	struct call *poll;   /* the GET that is held */
	struct call *socket; /* its WebSocket, or the one that wants to become it */
	struct buf queue;    /* by polling: the payload to come */
	unsigned queued;     /* its packets */
	size_t held;	     /* counted in the server's */
	struct timer timer;
	/* Moments; NS_NEVER: none. */
	ns ping_at, dead_at;   /* a ping is due; the peer has been silent for too long */
	ns noop_at, probe_end; /* while a WebSocket probes: polls are released; it was too slow */
	ns due_at;	       /* the application's */
	void *own;	       /* of the application */
};

void eio_server_begin(struct eio_server *s, struct far *far, const struct eio_rules *rules,
	const struct eio_app *app);
void eio_server_finish(struct eio_server *s);

/* With a code of engine.io's errors. */
void eio_server_refuse(struct call *c, unsigned code);

/* A role's call backs. */
uint64_t eio_server_body_max(const struct call *c);
void eio_server_request(struct eio_server *s, struct call *c);
void eio_server_message(struct call *c, enum ws_opcode opcode, struct span data);
void eio_server_end(struct call *c);
void eio_server_bye(struct call *c);

/* For the application. */
void eio_sid_make(char sid[EIO_SID_MADE]);
void eio_client_message(struct eio_client *c, bool binary, struct span data);
void eio_client_close(struct eio_client *c); /* as the server's wish */

/* Between eio_request.c and eio_client.c. */

/* socket NULL: by polling. Says the open packet. NULL: there are too many. */
struct eio_client *eio_client_new(struct eio_server *s, unsigned version, struct call *socket);
struct eio_client *eio_client_find(const struct eio_server *s, struct span sid); /* or NULL */
/* Whatever is done with a session from outside stands between these two; the second says what was
 * queued, and frees it when it is closed. */
void eio_client_enter(struct eio_client *c);
void eio_client_leave(struct eio_client *c);
void eio_client_hear(struct eio_client *c, const struct eio_packet *p);
void eio_client_hear_probe(struct eio_client *c, const struct eio_packet *p);
/* It ends; what a held poll is answered with: close when the end is ours, noop when it is not. */
void eio_client_end(struct eio_client *c, enum eio_type last);
/* Lets go of the WebSocket that wanted to become the transport. */
void eio_client_drop_probe(struct eio_client *c);
/* A payload answers the poll that is held. */
void eio_answer(struct eio_client *c, struct span payload);

static inline enum eio_framing eio_client_framing(const struct eio_client *c)
{
	return c->version == 3 ? EIO_LENGTHS : EIO_RECORDS;
}

#endif
