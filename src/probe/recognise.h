/* What an endpoint speaks: plain WebSocket, or Engine.IO with Socket.IO on it. */
#ifndef PROBE_RECOGNISE_H
#define PROBE_RECOGNISE_H

#include "probe/try.h"

/* By the option, the path or the query; when it is Engine.IO, the vantage point's target gets its
 * query, and run.dialect is noted. */
bool recognise_by_url(struct vantage *v);
/* An address of a page (http, path /) says nothing: the answer to Engine.IO's first request does.
 */
bool recognise_is_page(const struct vantage *v);
/* A bare host whose plain Upgrade failed may have meant it too. */
bool recognise_is_guess(const struct vantage *v);
/* By what was answered in the experiment. */
bool recognise_by_answer(struct vantage *v, const struct tag *exp);

#endif
