/* What in a request is a credential: it stays at home when the connection is not trusted, or an experiment goes without. */
#ifndef PROBE_CREDENTIAL_H
#define PROBE_CREDENTIAL_H

#include "base/arena.h"
#include "base/url.h"

bool credential_is_header(struct span name);
/* Takes the query parameters with secret names out of the origin-form in *target. */
void credential_strip_query(struct buf *target);
/* What stands for it in a URL's user or password, percent-decoded. */
struct span credential_plain(struct arena *arena, struct span encoded);
/* "Basic …" of the URL's user and password, percent-decoded (RFC 7617). */
struct span credential_basic(struct arena *arena, const struct url *url);

#endif
