/* One HTTP/1.1 request to an endpoint of this machine or its link, without a journal: for
 * credentials. */
#ifndef IO_AWS_FETCH_H
#define IO_AWS_FETCH_H

#include "base/buf.h"
#include "io/address.h"
#include "io/loop.h"

#define AWS_FETCH_MAX ((size_t)64 << 10)

struct aws_fetch {
	const struct address *to;
	const char *method;
	struct span host, target; /* the Host header, the origin-form */
	struct span header;	  /* "Name: value", or empty */
};

/* Adds the body to `out`. Returns the status, 0 when there was no answer: *why is then set to a
 * constant. Waits, from within a fiber. */
unsigned aws_fetch(struct buf *out, struct loop *loop, const struct aws_fetch *ask, ns deadline,
	const char **why);

#endif
