/* The sans-IO connection stack: bytes and time in, observations and bytes out.
 *
 * A connection is a stack of layers, each of one dialect; the lowest reads the bytes of the transport (after TLS), each hands
 * decoded units to the one above by call (layer_up), and queues what it has to say to the peer in the connection's `out`
 * (through layer_down), never by calling back. So the order of observations does not depend on how the network cut the bytes.
 * The same code serves in three seats: client, server, and witness (both directions seen, nothing said).
 * A broken peer is not an error of ours: feeding returns nothing, the layer notes what it saw.
 *
 * The driver (io, a test, a capture reader) sets `now` before each call, takes bytes from `out`, and calls conn_tick when
 * conn_deadline is reached. */
#ifndef CORE_CONN_H
#define CORE_CONN_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/journal.h"

enum side { CLIENT, SERVER };
enum seat { SEAT_CLIENT, SEAT_SERVER, SEAT_WITNESS };

/* How a direction of the transport ended. */
enum cut { CUT_FIN, CUT_RST, CUT_TLS_CLOSE, CUT_TLS_ALERT, CUT_TIMEOUT, CUT_OURS };
const char *cut_name(enum cut c); /* "fin", "rst", "tls-close", "tls-alert", "timeout", "ours" */

struct layer;
struct conn;

/* A row of dialect/all.def. Any function may be NULL. */
struct dialect {
	const char *name;
	const char *say;
	size_t size; /* bytes of its state, zeroed at start */
	void (*start)(struct layer *l);
	/* `unit` is the dialect below's business: 0 for a byte stream, the opcode for WebSocket messages. `data` is valid only
	 * during the call. */
	void (*feed)(struct layer *l, enum side from, int unit, struct span data);
	void (*cut)(struct layer *l, enum side from, enum cut how);
	/* Wraps what the layer above wants to say; NULL: the bytes go down as they are. */
	void (*send)(struct layer *l, int unit, struct span data);
	ns (*deadline)(const struct layer *l); /* NS_NEVER: none */
	void (*tick)(struct layer *l);
	void (*stop)(struct layer *l); /* gives back what is not in the arena; called once */
};

struct layer {
	const struct dialect *dialect;
	struct conn *conn;
	struct layer *up, *down;
	void *state;
};

#define CONN_OUT_MAX ((size_t)32 << 20)

struct conn {
	struct journal *journal;
	struct where where; /* goes into every observation noted through the connection */
	enum seat seat;
	ns now;
	struct arena arena;
	struct layer *bottom;
	struct buf out;	 /* bytes for the peer */
	bool done;	 /* nothing more will be said or heard: flush `out`, then close */
	bool held;	 /* a layer takes no more for now: the driver is to read nothing */
	bool cut_seen[2]; /* by side */
	uint64_t bytes[2]; /* fed, by side */
	/* What the driver knows of the outside, set after conn_init. */
	bool tls;      /* the transport is TLS: the scheme is https or wss */
	int64_t wall;  /* wall clock at now == 0, in seconds since the epoch; 0: unknown */
	uint64_t salt; /* of digests and tags: one value for all connections of a run */
	/* Fills n bytes with unpredictable ones; the driver gives it, tests give a fixed one. */
	void (*random)(void *to, size_t n);
};

/* The journal and `random` are the caller's and outlive the connection. */
void conn_init(struct conn *c, struct journal *j, const struct where *w, enum seat seat, void (*random)(void *, size_t));
void conn_deinit(struct conn *c); /* safe twice and on zeroed memory */

/* Puts a layer on top of the stack (the first becomes the bottom), starts it, returns it. */
struct layer *conn_push(struct conn *c, const struct dialect *d);
struct layer *conn_layer(struct conn *c, const struct dialect *d); /* the one of this dialect, or NULL */

void conn_feed(struct conn *c, enum side from, struct span bytes);
void conn_cut(struct conn *c, enum side from, enum cut how); /* later calls for the same side are ignored */
ns conn_deadline(const struct conn *c);
void conn_tick(struct conn *c);

/* For layers. */
void layer_up(struct layer *l, enum side from, int unit, struct span data); /* nothing above: dropped */
void layer_down(struct layer *l, int unit, struct span data);
void layer_cut_up(struct layer *l, enum side from, enum cut how);
bool side_is_peer(const struct conn *c, enum side s); /* false for the witness */

/* layer_note(layer, &kind, F_…, …): with the connection's context and time. */
#define layer_note(l, kind, ...)                                                                   \
	note((l)->conn->journal, &(l)->conn->where, (l)->conn->now, (kind), __VA_ARGS__)

#endif
