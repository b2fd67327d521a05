/* What a SignalR layer remembers, and its parts: dialect.c the hub protocol, negotiate.c the answer
 * to POST /negotiate, note.c records. */
#ifndef DIALECT_SIGNALR_TALK_H
#define DIALECT_SIGNALR_TALK_H

#include "base/buf.h"
#include "dialect/signalr/signalr.h"

#define SIGNALR_BODY_MAX ((size_t)64 << 10)

struct signalr {
	bool negotiating; /* the answer to come is a negotiation's */
	bool streaming;	  /* the answer is a stream of events; body: its unfinished line */
	bool asked;	  /* asked_at is known */
	ns asked_at;	  /* of the negotiation, or of the handshake */
	bool shaken[2];	  /* by side: its handshake was heard */
	struct buf body;
	struct signalr_terms terms;
	ns every, next_ping; /* every: 0, none by itself */
	unsigned noted;
};

static inline struct signalr *signalr_of(const struct layer *l)
{
	return l->state;
}

/* negotiate.c: a whole answer with the status 200, read and noted. */
void signalr_read_negotiation(struct layer *l, struct span body);

/* note.c; texts of the network are redacted and cut here */
void signalr_note_negotiated(struct layer *l, struct span transports, int64_t version);
void signalr_note_redirect(struct layer *l, struct span url);
void signalr_note_refused(struct layer *l, const char *by, struct span json_text);
void signalr_note_open(struct layer *l);
void signalr_note_stream(struct layer *l);
void signalr_note_message(struct layer *l, enum side from, const char *packet, size_t bytes);
void signalr_note_close(struct layer *l, enum side from, struct span json_text, bool reconnect);
void signalr_note_fault(struct layer *l, enum side from, const char *fault, struct span text);

#endif
