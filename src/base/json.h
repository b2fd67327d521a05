/* JSON (RFC 8259): a pull reader over a span, with offsets and without allocation, and a writer. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

enum json_type {
	JSON_END,   /* the document is over */
	JSON_ERROR, /* not JSON; json.error says what, token.at where */
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_CLOSE, /* of the innermost object or array */
	JSON_KEY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

struct json_token {
	enum json_type type;
	size_t at;	 /* offset of its first byte in the document */
	struct span raw; /* of strings and keys: between the quotes, escapes as written */
};

#define JSON_DEPTH_MAX 128

struct json {
	struct span in;
	size_t at;
	const char *error;
	unsigned depth;
	uint8_t expect;
	uint8_t kind[JSON_DEPTH_MAX / 8]; /* one bit a level: object or array */
};

void json_init(struct json *j, struct span document);
struct json_token json_next(struct json *j);
/* After a token that opens an object or array: reads on to its CLOSE. False on an error. */
bool json_skip(struct json *j);

/* Decodes the escapes of a string token into `out`; lone surrogates become U+FFFD. */
void json_unescape(struct buf *out, struct span raw);
bool json_int(struct span raw, int64_t *out);
/* The text is one whole value, of this type; JSON_END: of any. */
bool json_is(struct span text, enum json_type type);

/* Member `key` of the object `document` at its top level, as a token (objects and arrays: raw is the whole text).
 * False when there is none or the document is no JSON up to it. */
bool json_member(struct span document, struct span key, struct json_token *out);

/* The writer puts commas by itself. Invalid UTF-8 in strings becomes U+FFFD, control bytes \u00XX. */
struct json_out {
	struct buf *buf;
	bool comma;
};

void json_open(struct json_out *o, char bracket); /* '{' or '[' */
void json_close(struct json_out *o, char bracket);
void json_key(struct json_out *o, const char *key);
void json_str(struct json_out *o, struct span s);
void json_num(struct json_out *o, int64_t v);
void json_real(struct json_out *o, double v); /* at most three decimals */
void json_bool(struct json_out *o, bool v);
void json_null(struct json_out *o);

#endif
