/* What a connection remembers between calls. */
#ifndef DIALECT_HTTP_TALK_H
#define DIALECT_HTTP_TALK_H

#include "dialect/http/http.h"

/* What the next byte of a side belongs to. */
enum http_part {
	PART_HEAD,
	PART_LENGTH,	 /* a body of `left` bytes */
	PART_CHUNK_SIZE, /* a chunk-size line */
	PART_CHUNK,	 /* `left` bytes of a chunk */
	PART_CHUNK_END,	 /* the line break after a chunk */
	PART_TRAILER,
	PART_REST,    /* a body until the connection ends */
	PART_HELD,    /* behind a request for an upgrade: waits for the answer to say what it is */
	PART_STREAM,  /* no longer HTTP */
	PART_FOREIGN, /* was never HTTP: the first bytes are collected for the fault */
	PART_DEAF,    /* nothing more is read */
	PART_COUNT,
};

/* A request that waits for its answer. */
struct http_exchange {
	struct buf target, host;
	struct buf method;
	bool upgrade;
	ns asked_at;
};

#define HTTP_EXCHANGES_MAX 16

struct http_side {
	enum http_part part;
	struct buf incoming; /* an unfinished head or line, or what is held */
	struct buf kept;     /* the last complete head */
	struct http_head head;
	struct http_header *headers; /* of it, as many as it has */
	bool has_head;
	size_t skipped; /* bytes of empty lines and interim answers since the last message */
	size_t line_at; /* where the unfinished line of a head begins */
	uint64_t left;
	size_t trailer_bytes;
	ns first_at; /* first byte of the message */
	struct buf body;
	uint64_t body_bytes;
	bool noted; /* http.answer of this message */
	bool endless; /* given up, for its first line had no end */
};

struct http_talk {
	struct http_side side[2];
	struct http_exchange *asked; /* a ring of `cap`: one, as long as nobody pipelines */
	size_t cap, first, n;
	bool mute;
	size_t head_max; /* 0: HTTP_HEAD_MAX */
	bool in_turn; /* requests come up one by one */
};

/* Bytes of one side, in whatever pieces. What is of our own side is not handed up. */
void talk_heard(struct layer *l, enum side from, struct span bytes);
void talk_cut(struct layer *l, enum side from, enum cut how);
ns talk_deadline(const struct layer *l); /* of something foreign */
void talk_tick(struct layer *l);

/* The oldest request is answered. */
void talk_pop(struct http_talk *t);
void talk_forget_exchanges(struct http_talk *t);

/* The request that the next answer belongs to, or NULL. */
const struct http_exchange *talk_asked(const struct http_talk *t);

/* Notes the fault, says it upwards, and reads no more of this side. */
void talk_give_up(
	struct layer *l, struct http_side *s, const char *fault, uint64_t offset, struct span head);

/* What is no HTTP: enough of it is collected to say what it may be, then it is given up. */
#define FOREIGN_MAX 64 /* bytes shown */
void foreign_begin(struct layer *l, struct http_side *s);
size_t foreign_read(struct layer *l, struct http_side *s, enum side from, struct span data);
void foreign_end(struct layer *l, struct http_side *s);

/* http.request, http.answer, http.fault, run.stack. `e` NULL: nobody asked. */
void note_request(struct layer *l, const struct http_head *h);
void note_answer(struct layer *l, const struct http_side *s, const struct http_exchange *e);
void note_fault(struct layer *l, const char *fault, uint64_t offset, struct span head);
void note_stacks(struct layer *l, const struct http_head *h);

/* What a redirect changes, a word of k_redirect; NULL when `location` is no http(s) or ws(s) URL
 * nor a path. */
const char *redirect_kind(bool tls, struct span host, struct span target, struct span location);

/* RFC 9110 §5.6.7, IMF-fixdate only; false: not one. Seconds since the epoch. */
bool date_parse(struct span s, int64_t *out);

#endif
