/* What a Socket.IO layer remembers, and its parts: dialect.c the row, hear.c what a packet means,
 * say.c speaks, note.c records. */
#ifndef DIALECT_SIO_TALK_H
#define DIALECT_SIO_TALK_H

#include "dialect/sio/sio.h"

/* Packets of a session are noted up to here: a flood must not crowd out the rest of the run. */
#define SIO_NOTED_MAX 4000

struct sio {
	struct sio_session *session; /* own, or attached */
	struct sio_session own;
	struct buf json; /* of a MessagePack packet */
};

static inline struct sio *sio_of(const struct layer *l)
{
	return l->state;
}

unsigned sio_revision(const struct layer *l);

/* hear.c */
void sio_hear_text(struct layer *l, enum side from, struct span text);
void sio_hear_binary(struct layer *l, enum side from, struct span bytes);
/* Remembers and notes a whole packet, of the peer's or ours. */
void sio_record(struct layer *l, enum side from, const struct sio_packet *p);
/* The followed namespace; NULL when there are too many. */
struct sio_namespace *sio_namespace_add(struct sio_session *s, struct span name);

/* note.c */
void sio_note_join(struct layer *l, const struct sio_packet *p);
void sio_note_connect(struct layer *l, const struct sio_packet *p, const struct sio_namespace *in,
	struct span sid, bool recovery);
void sio_note_refused(struct layer *l, const struct sio_packet *p, const struct sio_namespace *in);
void sio_note_event(
	struct layer *l, enum side from, const struct sio_packet *p, const struct sio_args *args);
/* took: NS_NEVER, not known */
void sio_note_ack(struct layer *l, enum side from, const struct sio_packet *p,
	const struct sio_args *args, ns took);
void sio_note_disconnect(struct layer *l, enum side from, const struct sio_packet *p);
void sio_note_fault(struct layer *l, enum side from, const char *fault, struct span text);

#endif
