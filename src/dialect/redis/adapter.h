/* What servers of Socket.IO say to each other through Redis, as @socket.io/redis-adapter 8 and
 * @socket.io/redis-emitter 5 write it. Classic: an event is the MessagePack [uid, packet, opts],
 * requests and answers are JSON objects, or MessagePack where they hold a packet. Sharded: all are
 * objects {type, data, uid, nsp} of socket.io-adapter's cluster-adapter, JSON unless binary is in
 * them.
 *
 * Views are into the buffer of JSON that reading fills, or into the message. */
#ifndef DIALECT_REDIS_ADAPTER_H
#define DIALECT_REDIS_ADAPTER_H

#include "base/msgpack.h"

enum adapter_kind { ADAPTER_CLASSIC, ADAPTER_SHARDED };

enum adapter_verb {
	ADAPTER_EMIT,
	ADAPTER_EMIT_ACKED, /* its clients' acknowledgements are wanted */
	ADAPTER_SOCKETS,
	ADAPTER_ALL_ROOMS,
	ADAPTER_JOIN,
	ADAPTER_LEAVE,
	ADAPTER_DISCONNECT,
	ADAPTER_FETCH,
	ADAPTER_SERVER_EMIT,
	/* answers only */
	ADAPTER_CLIENT_COUNT,
	ADAPTER_ACK,
	ADAPTER_VERBS
};

struct adapter_message {
	enum adapter_verb verb;
	struct span uid;	   /* who says it; empty: an emitter's request */
	struct span nsp;	   /* empty: by its channel */
	struct span request;	   /* its id as written in JSON; empty: no answer is wanted */
	struct span rooms, except; /* JSON arrays of whom it is for, or one string, or empty */
	struct span names;	   /* the same: rooms to join or leave */
	struct span data;	   /* of an event: JSON array */
	bool close, is_volatile;
	bool alone; /* of a request: one socket was named, and an answer is wanted */
	struct msgpack_bytes bytes;
};

#define ADAPTER_JSON_MAX ((size_t)32 << 20)

/* A message of the channel of events, or with `request` of that of requests (classic). False: it is
 * not one that another server makes, or an answer. */
bool adapter_read(struct adapter_message *out, struct buf *json, enum adapter_kind kind,
	bool request, struct span message);

/* An event of ours. out: what is to be published. `rooms` and `except` are JSON arrays. False: it
 * does not fit. */
struct adapter_event {
	struct span uid, nsp;
	struct span data;
	struct span rooms, except;
	const struct msgpack_bytes *bytes; /* n 0: none */
};
bool adapter_write_event(
	struct buf *out, enum adapter_kind kind, const struct adapter_event *event);

/* An answer to a request. body: JSON of what is asked for: an array of ids, rooms or sockets, a
 * number, what a client acknowledged with. */
struct adapter_answer {
	enum adapter_verb verb;
	struct span uid, nsp; /* ours */
	struct span request, body;
	const struct msgpack_bytes *bytes;
};
bool adapter_write_answer(
	struct buf *out, enum adapter_kind kind, const struct adapter_answer *answer);

#endif
