/* What an endpoint speaks, see protocol.h. What was recognised is in vantage.speaks, and noted as
 * run.dialect. */
#ifndef PROBE_RECOGNISE_H
#define PROBE_RECOGNISE_H

#include "probe/protocol.h"

/* By --dialect, or by the URL alone. */
bool recognise_by_url(struct vantage *v);
/* By what was answered in the experiment, as any protocol; as this one. */
bool recognise_by_answer(struct vantage *v, const struct tag *exp);
bool recognise_in(struct vantage *v, const struct protocol *p, const struct tag *exp);
/* The vantage point speaks it; by: "path", "answer", … False always when the user said otherwise.
 */
bool recognise_as(struct vantage *v, const struct protocol *p, const char *by);
/* Asks for each protocol at an address that says nothing: a page's (http, path /), or, elsewhere, a
 * bare host too. */
bool recognise_by_seeking(struct vantage *v, bool elsewhere);

#endif
