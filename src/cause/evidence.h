/* Questions to a scope that many rules ask. All return the observation that answers, or NULL. */
#ifndef CAUSE_EVIDENCE_H
#define CAUSE_EVIDENCE_H

#include "core/rule.h"

/* The first one of this kind in the experiment with field `key` equal to the text. */
const struct obs *evidence_is(const struct scope *s, const struct kind *kind, const struct tag *exp,
	const struct key *key, const char *text);

/* A 101 whose accept value is right: the base experiment's, then that of any experiment. */
const struct obs *evidence_open(const struct scope *s);

/* The answer to the Upgrade of the base experiment that is not a 101. */
const struct obs *evidence_refused(const struct scope *s);

/* A product on the path, by any of its marks (run.stack). */
const struct obs *evidence_stack(const struct scope *s, const char *stack);

/* A TCP connection that was established, and one that was not; family 4, 6, or 0 for any. */
const struct obs *evidence_dialed(const struct scope *s, int family);
const struct obs *evidence_undialed(const struct scope *s, int family);

/* The same WebSocket opened from another vantage point, when there is one. */
const struct obs *evidence_open_elsewhere(const struct scope *s);

#endif
