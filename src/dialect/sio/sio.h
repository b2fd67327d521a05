/* Socket.IO, protocol revisions 4 (libraries 1, 2, over Engine.IO 3) and 5 (libraries 3, 4, over
 * Engine.IO 4), standing on dialect/eio: push eio, then sio. What a session remembers is in struct
 * sio_session, which may be shared by the connections of one Engine.IO session (sio_attach).
 *
 * It hands up whole packets: unit = enum sio_type (BINARY_EVENT as SIO_EVENT, BINARY_ACK as
 * SIO_ACK), data = the JSON as it came. It notes sio.join, sio.connect,
 * sio.connect-error, sio.event, sio.ack, sio.disconnect and sio.fault. It says nothing by itself.
 */
#ifndef DIALECT_SIO_H
#define DIALECT_SIO_H

#include "dialect/eio/eio.h"
#include "dialect/sio/packet.h"

extern const struct dialect dialect_sio;

#define SIO_NAMESPACES_MAX 16 /* followed at a time; more are noted, not followed */
#define SIO_ACKS_MAX 64	      /* awaited at a time */
#define SIO_NAME_MAX 128

struct sio_namespace {
	char name[SIO_NAME_MAX];
	size_t n;
	bool joined, connected;
	bool left; /* our side said so: what the peer says until it hears of it is no fault */
	ns joined_at;
	bool recovering;		    /* we came back with `pid` */
	char pid[SIO_NAME_MAX], offset[64]; /* of state recovery; n: 0, none given */
	size_t n_pid, n_offset;
};

struct sio_waiting {
	bool busy;
	uint64_t id;
	const struct sio_namespace *in; /* NULL: one that is not followed */
	enum side from;
	ns at;
};

struct sio_session {
	struct sio_namespace namespaces[SIO_NAMESPACES_MAX];
	size_t n;
	struct sio_waiting acks[SIO_ACKS_MAX];
	uint64_t next_ack;
	struct sio_assembly assembly[2]; /* by side */
	bool parser_noted;
	unsigned noted;
};

void sio_session_deinit(struct sio_session *s); /* zeroed memory is a fresh session; safe twice */
void sio_attach(struct layer *sio, struct sio_session *s);
struct sio_session *sio_session(const struct layer *sio); /* never NULL */
bool sio_is_connected(const struct layer *sio, struct span namespace); /* empty: "/" */

/* Client seat. auth: a JSON object, or empty. When the namespace has a pid, its state recovery is
 * asked for. In revision 4 nothing is sent for "/", the server connects it unasked. */
void sio_say_join(struct layer *sio, struct span namespace, struct span auth);

/* Either seat. args: the JSON array, ["name",…], with {"_placeholder":true,"num":N} for attachment
 * N. want_ack: an id is sent and returned, else 0 is. */
struct sio_emit {
	struct span namespace; /* empty: "/" */
	struct span args;
	bool want_ack;
	const struct span *attachments;
	size_t n;
};
uint64_t sio_say_event(struct layer *sio, const struct sio_emit *emit);
/* want_ack is not read. */
void sio_say_ack(struct layer *sio, uint64_t id, const struct sio_emit *args);
void sio_say_leave(struct layer *sio, struct span namespace);

/* Server seat: CONNECT with the socket's id (revision 5; pid empty: no state recovery). */
void sio_say_connect(struct layer *sio, struct span namespace, struct span sid, struct span pid);

#endif
