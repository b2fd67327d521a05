/* What a WebSocket layer remembers, and the parts it is made of: dialect.c begins it, talk.c hears,
 * say.c speaks, note.c records. */
#ifndef DIALECT_WS_TALK_H
#define DIALECT_WS_TALK_H

#include "base/text.h"
#include "dialect/ws/deflate.h"
#include "dialect/ws/handshake.h"
#include "dialect/ws/wire.h"

#define WS_CONTROL_MAX 125
#define WS_FRAGMENTS_MAX 65536
/* Frames and messages a side are noted up to here: a flood must not crowd out the rest of the run.
 */
#define WS_NOTED_MAX 2000
/* A status line that came where a frame belongs. */
#define WS_LINE_MAX 160
#define WS_PINGS 8

/* A message as it is noted, heard or said. */
struct ws_tally {
	enum ws_opcode opcode;
	bool compressed;
	unsigned fragments;
	uint64_t wire_bytes; /* payload bytes of its frames */
};

/* One direction. */
struct ws_hearing {
	struct ws_frame_reader reader;
	struct ws_frame frame;
	bool in_frame;
	uint64_t got; /* of the frame's payload */
	char control[WS_CONTROL_MAX];
	bool in_message;
	struct ws_tally tally;
	struct buf message;
	struct utf8 utf8;
	struct ws_inflater inflater;
	size_t matched; /* how much of "HTTP/1." stands where a frame should begin */
	bool not_text;	/* the frame being read is known not to begin so */
	bool text;	/* it did: `line` collects the status line */
	struct buf line;
	bool closed; /* its Close was heard */
	bool deaf;   /* nothing more is understood: a fault */
	unsigned frames_noted, messages_noted;
};

struct ws {
	bool open; /* frames flow: the handshake is behind */
	struct ws_request asked;
	ns asked_at;
	struct ws_deflate_terms terms;
	struct ws_hearing hear[2]; /* by side */
	size_t message_max, compress_from;
	uint64_t frame_max; /* 0: none */
	struct ws_deflater deflater;
	bool ignore_pings;
	unsigned pings;
	ns ping_at[WS_PINGS]; /* NS_NEVER: answered */
	bool close_sent, cut;
	struct ws_farewell farewell;
	uint64_t messages[2]; /* whole ones, by side */
	ns give_up; /* waiting for the peer's Close or the end; 0: not waiting */
};

struct ws_fault_row {
	const char *name, *section;
	unsigned code;
};
#define FAULT(object, ...) extern const struct ws_fault_row object;
#include "dialect/ws/fault.def"
#undef FAULT

static inline struct ws *ws_of(const struct layer *l)
{
	return l->state;
}

/* talk.c */
void ws_hear(struct layer *l, enum side from, struct span bytes);
void ws_hear_cut(struct layer *l, enum side from);
/* Notes the fault; to a peer of ours says the Close it calls for and ends the connection. `head`:
 * raw, the first bytes. */
void ws_fail(struct layer *l, enum side from, const struct ws_fault_row *fault, struct span text,
	struct span head);

/* say.c */
void ws_say_pong(struct layer *l, struct span payload);

/* note.c: observations */
void ws_note_open(struct layer *l, const struct ws_answer *a);
void ws_note_frame(struct layer *l, enum side from, const struct ws_frame *f);
void ws_note_message(
	struct layer *l, enum side from, const struct ws_tally *t, struct span payload);
void ws_note_fault(struct layer *l, enum side from, const struct ws_fault_row *fault,
	struct span text, struct span head);
void ws_note_close(struct layer *l, enum side from, unsigned code, struct span reason);
const char *ws_side_name(enum side s);

#endif
