/* What an Engine.IO layer remembers, and the parts it is made of: dialect.c begins it, poll.c is
 * polling, session.c the packets of either transport, refuse.c the refusals, note.c records. */
#ifndef DIALECT_EIO_TALK_H
#define DIALECT_EIO_TALK_H

#include "dialect/eio/eio.h"

/* Packets of a session are noted up to here: a flood must not crowd out the rest of the run. */
#define EIO_NOTED_MAX 4000
#define EIO_REFUSAL_MAX 512

/* A request and its answer. */
struct eio_exchange {
	bool busy, headed; /* asked and not over; the answer's head came */
	bool post, upgrade;
	bool sid; /* it named a session */
	ns at;
	unsigned status;
	bool unreadable; /* a content coding nobody asked for */
	unsigned packets;
	size_t bytes;
};

struct eio {
	struct eio_session *session; /* own, or attached */
	struct eio_session own;
	struct eio_exchange exchange;
	enum eio_framing framing; /* of the payload being read */
	bool jsonp;		  /* it stood in a script or a form */
	struct buf body[2];	  /* by side */
};

static inline struct eio *eio_of(const struct layer *l)
{
	return l->state;
}

static inline bool eio_over_ws(const struct layer *l)
{
	return l->down && l->down->dialect == &dialect_ws;
}

struct layer *eio_http(const struct layer *l); /* the http layer below, or NULL */
enum side eio_our_side(const struct layer *l);

/* session.c */
void eio_heard(struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p);
void eio_mark_open(struct layer *l);
/* A packet straight to the WebSocket of this layer. */
void eio_say_frame(struct layer *l, const struct eio_packet *p);
/* By the session's transport. */
void eio_say_packet(struct layer *l, const struct eio_packet *p);
void eio_flush_to_ws(struct layer *l);

/* poll.c */
void eio_http_heard(struct layer *l, enum side from, int unit, struct span data);
void eio_http_cut(struct layer *l, enum side from);

/* refuse.c: the refusal in an answer's body, noted; false: it is none. */
bool eio_refusal_read(struct layer *l, unsigned status, struct span body);

/* note.c */
void eio_note_open(struct layer *l, enum eio_framing framing);
void eio_note_packet(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p);
void eio_note_fault(struct layer *l, enum side from, const char *fault, struct span text);
void eio_note_poll(struct layer *l);

#endif
