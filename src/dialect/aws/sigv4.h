/* AWS Signature Version 4 in headers: "Signature Version 4 signing process" of the AWS General
 * Reference, "Create a signed AWS API request" of the IAM User Guide. Pure: the time is an
 * argument.
 *
 * The path is normalised and encoded once more than it goes on the wire, as every service but S3
 * wants it:
 * `/@connections/AbC%3D` is signed as `/%40connections/AbC%253D`. */
#ifndef DIALECT_AWS_SIGV4_H
#define DIALECT_AWS_SIGV4_H

#include "base/arena.h"
#include "base/buf.h"

struct sigv4_header {
	struct span name, value;
};

struct sigv4_key {
	struct span access, secret;
	struct span token; /* of temporary credentials; empty: none */
};

struct sigv4_ask {
	struct span method;	     /* empty: GET */
	struct span target;	     /* origin-form, as it is sent */
	struct span host;	     /* the Host header, as it is sent */
	struct span region, service; /* "eu-west-1", "execute-api" */
	int64_t wall;		     /* seconds since the epoch, 0…253402300799 */
	struct span body;
	bool unsigned_body; /* UNSIGNED-PAYLOAD, told in X-Amz-Content-Sha256 */
	/* Signed too, beside host and ours: every X-Amz-… header that is sent must be among them.
	 * At most SIGV4_SIGNED_MAX are taken. */
	const struct sigv4_header *headers;
	size_t n;
};

#define SIGV4_SIGNED_MAX 32
#define SIGV4_HEADERS_MAX 4

/* What is to be sent beside what was asked for: X-Amz-Date, X-Amz-Security-Token,
 * X-Amz-Content-Sha256, Authorization. */
struct sigv4 {
	struct sigv4_header headers[SIGV4_HEADERS_MAX];
	size_t n;
};

/* Texts live in `arena`. */
void sigv4_sign(struct sigv4 *out, struct arena *arena, const struct sigv4_key *key,
	const struct sigv4_ask *ask);

/* Adds the path, or the query, as it enters the canonical request. */
void sigv4_path(struct buf *out, struct span path);
void sigv4_query(struct buf *out, struct span query);

/* Adds s with all but the unreserved characters (RFC 3986 §2.3) as %XX. */
void sigv4_encode(struct buf *out, struct span s);

#endif
