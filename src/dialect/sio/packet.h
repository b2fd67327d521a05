/* Socket.IO packets (socket.io-protocol, revisions 4 and 5), without state. */
#ifndef DIALECT_SIO_PACKET_H
#define DIALECT_SIO_PACKET_H

#include "base/buf.h"

enum sio_type {
	SIO_CONNECT,
	SIO_DISCONNECT,
	SIO_EVENT,
	SIO_ACK,
	SIO_CONNECT_ERROR, /* ERROR in revision 4 */
	SIO_BINARY_EVENT,
	SIO_BINARY_ACK,
	SIO_TYPES
};

#define SIO_ATTACHMENTS_MAX 64
#define SIO_ATTACHED_MAX ((size_t)16 << 20) /* bytes, all of a packet */

/* Views. */
struct sio_packet {
	enum sio_type type;
	struct span namespace; /* "/" when none is written; its query cut off */
	bool has_ack;
	uint64_t ack;
	unsigned attachments; /* that follow, or have come */
	struct span data;     /* JSON; empty: none */
	bool msgpack; /* of the msgpack parser: data is what its MessagePack says, as JSON */
	const struct span *attached;
};

/* Reads a text packet: NULL and the packet, or the fault's name. `data` is whole JSON of the shape
 * the type wants. */
const char *sio_packet_read(struct sio_packet *out, unsigned revision, struct span text);
void sio_packet_write(struct buf *out, const struct sio_packet *packet);

/* The same for socket.io-msgpack-parser: a binary message that is one map of type, nsp, data, id.
 */
bool sio_msgpack_looks(struct span data);
const char *sio_msgpack_read(struct sio_packet *out, struct buf *json, struct span data);

/* What the JSON of an event or ack holds. */
struct sio_args {
	struct span name; /* of an event, between the quotes, as written */
	unsigned n;	  /* without the name */
	unsigned placeholders;
	const char *fault; /* "shape", "placeholder", or NULL */
	struct span last;  /* the last argument when it is a string, between the quotes */
};
void sio_args_read(struct sio_args *out, const struct sio_packet *packet);

/* A packet whose attachments are still coming. Zeroed memory is the empty state. */
struct sio_assembly {
	bool busy;
	struct buf text;  /* the packet as it came */
	struct buf bytes; /* the attachments, one behind the other */
	size_t ends[SIO_ATTACHMENTS_MAX];
	unsigned n, wanted;
};
void sio_assembly_begin(struct sio_assembly *a, struct span text, unsigned wanted);
/* Adds the next attachment; true when it was the last. False with `busy` clear: too big, dropped.
 */
bool sio_assembly_add(struct sio_assembly *a, struct span bytes);
/* The packet with all its attachments, views into *a; `attached` has room for SIO_ATTACHMENTS_MAX.
 */
bool sio_assembly_read(struct sio_packet *out, struct span *attached, unsigned revision,
	const struct sio_assembly *a);
void sio_assembly_drop(struct sio_assembly *a); /* empty again; safe twice */

#endif
