/* Reading and noting JSON of a node: what the layer and the REST answers share. */
#ifndef DIALECT_LAVALINK_MESSAGE_H
#define DIALECT_LAVALINK_MESSAGE_H

#include "base/json.h"
#include "dialect/lavalink/lavalink.h"

/* Bytes of a foreign text that is shown, and of a list joined from many. */
#define LAVALINK_SHOWN_MAX 160
#define LAVALINK_LIST_MAX 480

/* Where an observation goes. */
struct lavalink_spot {
	struct journal *journal;
	const struct where *where;
	ns now;
	uint64_t salt;
};

/* Fields as they are gathered: those of absent members stay absent. */
struct lavalink_row {
	struct field all[20];
	size_t n;
	struct buf texts[6];
	size_t n_texts;
};

void row_add(struct lavalink_row *r, struct field f);
/* Foreign text: redacted, cut. Empty: absent. */
void row_text(struct lavalink_row *r, const struct key *key, struct span text);
/* The member of this name, when it is there and of the type. */
void row_string(
	struct lavalink_row *r, const struct key *key, struct span json, const char *member);
void row_number(struct lavalink_row *r, const struct key *key, struct span json, const char *member,
	double unit);
void row_bool(struct lavalink_row *r, const struct key *key, struct span json, const char *member);
/* A tag of the string, so that equal ones can be told: guilds, sessions. */
void row_tag(struct lavalink_row *r, const struct key *key, struct span json, const char *member,
	uint64_t salt);
/* Notes it, gives its memory back. */
void row_note(struct lavalink_row *r, const struct lavalink_spot *s, const struct kind *kind);

/* The whole text is one JSON object. */
bool message_is_object(struct span text);
/* The member as an object (its whole text), or the empty span. */
struct span message_object(struct span json, const char *member);
/* The raw string member, or the empty span. */
struct span message_string(struct span json, const char *member);
/* A JSON number of any form, within ±9e15. */
bool message_number(struct span raw, double *out);

/* Stats, of the op as of GET /v4/stats. */
void message_note_stats(const struct lavalink_spot *s, struct span json, const char *by);

#endif
