/* Two runs side by side: two networks, before and after. Pure, as the formats are. */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include "report/report.h"

/* Everything is borrowed. How it is to look is what the first report says. */
struct compare_side {
	struct span name; /* the file, as the user calls it */
	const struct report *report;
};

/* Both say: the verdicts; the causes found in one run only and in both; the steps (phases, answers,
 * ends of experiments) that only one run took, that ended otherwise, or whose times differ at least
 * threefold and by 50 ms. Of a step taken again and again the first counts; at most 512 steps a run
 * are compared. */
void compare_human(struct buf *out, const struct compare_side side[2]);
void compare_json(struct buf *out, const struct compare_side side[2]); /* schema wsdx.compare/1 */

#endif
