/* What a Socket.IO server remembers: who is in which namespace and which room, and for a while
 * those who were lost. sio_room.c keeps the rooms, sio_event.c says events to them, sio_lost.c
 * recovers sessions, sio_app.c is the application, socketio.c hears packets.
 *
 * The words are socket.io's: a client is a member of a namespace with an id of its own, which is
 * also the name of a room that it is alone in. */
#ifndef SERVE_SIO_H
#define SERVE_SIO_H

#include "dialect/sio/packet.h"
#include "serve/eio.h"
#include "serve/far.h"
#include "serve/socketio.h"

#define SIO_NAMESPACES 2
#define SIO_BUCKETS 4096
#define SIO_ROOM_NAME_MAX 256
#define SIO_ROOMS_MAX 255 /* that one member is in */
#define SIO_SEATS_MAX ((size_t)1 << 20)
#define SIO_NAMES_MAX 256 /* rooms an event is for, or is not for */
#define SIO_ID_MAX 28

struct sio_seat { /* a member in a room */
	struct sio_room *room;
	struct sio_member *member;
	struct sio_seat *next, **at;	  /* of the room */
	struct sio_seat *further, **from; /* of the member */
};

struct sio_room {
	struct sio_room *next, **at; /* of its bucket */
	struct sio_seat *seats;
	size_t n;
	struct span name; /* behind it */
};

struct sio_member {
	struct sio_namespace *in;
	struct eio_client *client;
	struct sio_member *next, **at;	     /* of the namespace */
	struct sio_member *next_id, **at_id; /* of its bucket */
	struct sio_seat *seats;
	uint64_t mark; /* of the last event that had to do with it */
	uint16_t n_seats;
	uint8_t id_n;
	char id[SIO_ID_MAX];
	char pid[EIO_SID_MADE]; /* private, to be recovered by */
};

struct sio_namespace {
	struct sio_server *server;
	struct span name;
	struct sio_member *members;
	size_t n;
	uint64_t mark;
	struct sio_member *ids[SIO_BUCKETS];
	struct sio_room *rooms[SIO_BUCKETS];
};

struct sio_server {
	struct eio_server eio; /* the first: the role's state is one of Engine.IO's */
	const struct socketio_ask *ask;
	struct far *far;
	struct sio_namespace namespaces[SIO_NAMESPACES];
	struct pool members, seats;
	struct sio_lost *lost;	     /* NULL: sessions are not recovered */
	struct sio_cluster *cluster; /* NULL: it stands alone */
};

struct sio_guest { /* the application's own of an Engine.IO session */
	struct sio_member *members[SIO_NAMESPACES];
	struct sio_assembly *assembly; /* NULL: no packet waits for its attachments */
};

/* Alone, without recovery. rules and app outlive it. */
void sio_server_begin(struct sio_server *s, struct far *far, const struct eio_rules *rules,
	const struct eio_app *app);
void sio_server_finish(struct sio_server *s);

static inline struct sio_guest *sio_guest(const struct eio_client *c)
{
	return c->own;
}

static inline struct sio_server *sio_server(const struct eio_client *c)
{
	return (struct sio_server *)c->server;
}

/* --- rooms --- */

/* NULL: there is none. */
struct sio_namespace *sio_namespace_find(struct sio_server *s, struct span name);
size_t sio_namespace_at(const struct sio_namespace *in);
/* In its namespace under that id; NULL: there are too many. */
struct sio_member *sio_member_new(struct sio_namespace *in, struct eio_client *c, struct span id);
void sio_member_free(struct sio_member *m); /* out of all rooms */
struct sio_member *sio_member_find(const struct sio_namespace *in, struct span id); /* or NULL */
static inline struct span sio_member_id(const struct sio_member *m)
{
	return (struct span){m->id, m->id_n};
}
/* False: it has no name, or too long a one, or the member is in too many. */
bool sio_room_join(struct sio_member *m, struct span room);
void sio_room_leave(struct sio_member *m, struct span room);
/* Adds ["its id","room",…], in no order. */
void sio_rooms_of(struct buf *json, const struct sio_member *m);

struct sio_names {
	struct span v[SIO_NAMES_MAX];
	size_t n;
};
/* The strings of a JSON array, or one that stands alone, decoded into `text`, which the names are
 * views into. False: there are too many, or it is no array; numbers count as their text. */
bool sio_names_read(struct sio_names *out, struct buf *text, struct span json);

/* Rooms and members by id; nobody in `rooms`: all of the namespace. */
struct sio_whom {
	struct sio_names rooms, except;
};
/* Each member once; it may leave rooms and the namespace meanwhile. Returns how many. */
size_t sio_each(struct sio_namespace *in, const struct sio_whom *whom,
	void (*call)(struct sio_member *m, void *arg), void *arg);

/* --- events --- */

struct sio_emit {
	struct span data; /* JSON array, the event's name first */
	const struct span *attached;
	unsigned attachments;
	bool is_volatile; /* not kept for those who were lost */
	bool has_ack;
	uint64_t ack;
};
/* To one member, as socket.emit(). */
void sio_emit_to(struct sio_member *m, const struct sio_emit *e);
/* To those of this server; returns how many. */
size_t sio_emit_here(
	struct sio_namespace *in, const struct sio_emit *e, const struct sio_whom *whom);
/* To those of the whole cluster. */
void sio_emit_all(struct sio_namespace *in, const struct sio_emit *e, const struct sio_whom *whom);
/* A packet to one session. */
void sio_say(struct eio_client *c, const struct sio_packet *p);
/* A DISCONNECT; `whole`: the session ends too. */
void sio_put_out(struct sio_member *m, bool whole);
/* Names that socket.io keeps to itself (socket.io-parser, isDataValid()). */
bool sio_is_reserved(struct span event);

/* --- the application --- */

/* `event` is between quotes, as written. */
void sio_app_joined(struct sio_member *m, struct span auth);
void sio_app_heard(struct sio_member *m, const struct sio_packet *p, struct span event);

/* --- recovery --- */

struct sio_lost *sio_lost_new(struct loop *loop, ns duration);
void sio_lost_free(struct sio_lost *l); /* safe with NULL */
/* Keeps an event; *offset is its own, which clients come back with. */
#define SIO_OFFSET_MAX 20
struct span sio_lost_keep(struct sio_lost *l, const struct sio_namespace *in,
	const struct sio_emit *e, const struct sio_whom *whom, char offset[SIO_OFFSET_MAX]);
/* Its connection ended: it may be recovered for a while. */
void sio_lost_add(struct sio_lost *l, const struct sio_member *m);
/* Who comes back with this CONNECT is a member again, in its rooms, and is told what it missed.
 * NULL: it is a new one. */
struct sio_member *sio_lost_find(
	struct sio_lost *l, struct sio_namespace *in, struct eio_client *c, struct span auth);

#endif
