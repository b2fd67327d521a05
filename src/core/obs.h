/* An observation: one fact, with where and when it was seen. Everything wsdx knows is one of these.
 *
 * Kinds, keys and tags are const objects known by their address; the headers of src/fact declare them. */
#ifndef CORE_OBS_H
#define CORE_OBS_H

#include "base/buf.h"
#include "base/ns.h"
#include "base/span.h"

enum value_type {
	VALUE_INT,
	VALUE_TEXT,
	VALUE_BOOL,
	VALUE_TIME, /* a span of time, in ns */
	VALUE_BYTES, /* a count of bytes */
};

struct key {
	const char *name; /* snake_case, the name in a saved journal: public, for ever */
	enum value_type type;
};

/* How an observation came to be known. */
enum channel { CHANNEL_PROBE, CHANNEL_CONF, CHANNEL_LOG, CHANNEL_PCAP, CHANNEL_REDIS, CHANNEL_OURS };
const char *channel_name(enum channel c);

struct kind {
	const char *name; /* "http.answer" */
	enum channel channel;
	/* The sentence for people. {key} is replaced by the field; a [part in brackets] is left out when a field
	 * in it is absent; {key word} counts words: "1 word", "2 words"; {?key} prints nothing and asks that the field is there and not false, zero or empty; {!key} asks the opposite. */
	const char *say;
};

/* A name with a sentence: experiments and the roles of connections within them. */
struct tag {
	const char *name;
	const char *say;
};

struct field {
	const struct key *key;
	union {
		int64_t i; /* INT, BOOL, TIME, BYTES */
		struct span s;
	};
};

#define F_INT(k, v) ((struct field){.key = &(k), .i = (v)})
#define F_TEXT(k, v) ((struct field){.key = &(k), .s = (v)})
#define F_TIME F_INT
#define F_BOOL F_INT

/* The context of an observation. Zero: the first vantage, no experiment. */
struct where {
	uint8_t vantage;	/* 0: the URL as given; 1…: --direct, in order */
	uint16_t attempt;	/* which repetition within the experiment, from 0 */
	uint32_t flow;		/* which connection of the run, from 1; 0: none */
	const struct tag *exp;	/* NULL: none */
	const struct tag *role; /* NULL: the only or first connection of the experiment */
};

struct obs {
	uint32_t id; /* its place in the journal, from 1 */
	const struct kind *kind;
	ns at; /* since the run began; log lines: since the epoch */
	struct where where;
	uint16_t n;
	const struct field *fields;
};

/* Absent fields read as 0, the empty span, false. */
bool obs_has(const struct obs *o, const struct key *key);
int64_t obs_int(const struct obs *o, const struct key *key);
struct span obs_text(const struct obs *o, const struct key *key);
/* True when the text field is exactly this. */
bool obs_is(const struct obs *o, const struct key *key, const char *text);

/* Adds the kind's sentence. What came from outside is made visible (text_visible). */
void obs_say(struct buf *out, const struct obs *o);

#endif
