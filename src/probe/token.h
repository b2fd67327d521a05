/* A JWT among the user's credentials: its dates are a fact, itself is not. */
#ifndef PROBE_TOKEN_H
#define PROBE_TOKEN_H

#include "probe/try.h"

/* Notes http.token for each JWT (RFC 7519) in the user's headers and in the query of the URL. `wall`: seconds since the epoch. */
void token_note(const struct try *t, const struct url *url, int64_t wall);

#endif
