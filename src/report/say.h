/* The sentences and choices that all formats share. What these functions add is visible text. */
#ifndef REPORT_SAY_H
#define REPORT_SAY_H

#include "report/report.h"

/* Room for what a page says in full; a journal holds longer texts. */
#define SAY_FIXES_MAX 6

/* The cause's summary with the {keys} of the first proof filled in. */
void say_summary(struct buf *out, const struct finding *f);
/* "certain", or "probably" below 0.9. */
const char *say_confidence(const struct finding *f);

/* An observation for a column of its own for times: without "in {took}", which is returned. -1: the
 * sentence has none. */
ns say_timed(struct buf *out, const struct obs *o);
/* What we did to see it: the request of its connection, or the experiment's sentence; nothing for
 * facts that need neither. */
void say_asked(struct buf *out, const struct journal *j, const struct obs *o);
/* The i-th proof is a request that stands before the answer to it, another proof: no line of its own. */
bool say_is_told(const struct journal *j, const struct finding *f, size_t i);

/* How the vantage point is named in text: "public", "direct 1"; only one: "". */
void say_vantage(struct buf *out, const struct report *r, uint8_t vantage);
/* "direct: " before what was found from there and not at the URL itself, the usual place. */
void say_elsewhere(struct buf *out, const struct report *r, const struct finding *f);

/* The fixes that apply to the stacks seen or to any, with an example when those are words only;
 * when none does, the first two. At most SAY_FIXES_MAX. */
size_t say_fixes(const struct report *r, const struct finding *f, const struct fix **out);

/* The text in the arena; the buffer is emptied. */
struct span say_keep(struct arena *a, struct buf *b);
/* The same, at most `max` bytes and a mark where it was cut: what comes from outside may be long.
 */
struct span say_keep_short(struct arena *a, struct buf *b, size_t max);

#define SAY_PROOF 300 /* bytes of one sentence in a report for people */
#define SAY_ROW 200   /* the same in a row of a layer */

#endif
