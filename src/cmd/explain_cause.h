/* The catalogue as text for people. */
#ifndef CMD_EXPLAIN_CAUSE_H
#define CMD_EXPLAIN_CAUSE_H

#include "base/buf.h"
#include "core/cause.h"

/* All the row says: meaning, effect, proof, look-alikes, fixes, source; wrapped to `width` columns,
 * snippets as they are. */
void explain_cause(struct buf *out, const struct cause *c, size_t width);

/* Every id with its summary, by layer. */
void explain_all(struct buf *out, size_t width);

/* The ids that share most words with what was typed, comma-separated, at most five; nothing when
 * none shares any. */
void explain_near(struct buf *out, struct span typed);

#endif
