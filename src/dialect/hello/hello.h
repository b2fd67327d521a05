/* What the dialects with a hello share: when it was asked, who beat last, and how it is noted
 * (fact/hello.h). Not a dialect of its own: mqtt, stomp, actioncable, phoenix and sockjs each hold
 * one as the first member of their state. */
#ifndef DIALECT_HELLO_HELLO_H
#define DIALECT_HELLO_HELLO_H

#include "core/conn.h"

/* Packets of a connection that are noted, and those of them that are neither hello nor answer. */
#define HELLO_NOTED_MAX 400
#define HELLO_PACKETS_MAX 100

struct hello {
	const char *protocol;
	bool asked, taken;
	ns asked_at;
	ns beat_at[2]; /* by side; 0: none yet */
	unsigned noted, packets;
};

/* The fields of one observation; those left zero are absent. */
struct hello_said {
	enum side from;
	const char *packet;
	struct span version, message; /* message: redacted when noted */
	bool has_code;
	unsigned code;
	const char *meaning, *error;
	bool credential;
	bool has_beat_server, has_beat_client;
	ns beat_server, beat_client;
	bool has_comes_back, comes_back;
	bool has_bytes;
	uint64_t bytes;
};

/* The state's first member. */
static inline struct hello *hello_of(const struct layer *l)
{
	return l->state;
}

void hello_note_asked(struct layer *l, const struct hello_said *said);
void hello_note_taken(struct layer *l, const struct hello_said *said);
void hello_note_refused(struct layer *l, const struct hello_said *said);
void hello_note_packet(struct layer *l, const struct hello_said *said);
void hello_note_beat(struct layer *l, enum side from);
void hello_note_bye(struct layer *l, const struct hello_said *said);
void hello_note_fault(struct layer *l, enum side from, const char *fault, struct span text);

/* Client seat, where the server speaks first: the clock of its greeting starts. */
void hello_wait(struct layer *l);
/* The server said yes, and nothing ended it since. */
bool hello_is_taken(const struct layer *l);

/* Which side we speak for: SERVER in the server's seat. */
enum side hello_our_side(const struct layer *l);

#endif
