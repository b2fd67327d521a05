/* The check-list that guides for Socket.IO end with, answered from what was seen.
 *
 * To add an item: a row in checklist.c, and a larger CHECKS. */
#ifndef REPORT_CHECKLIST_H
#define REPORT_CHECKLIST_H

#include "report/row.h"

#define CHECKS 11

struct check {
	const char *id; /* in JSON, for ever */
	const char *name;
	enum mark mark; /* MARK_GOOD, MARK_BAD, MARK_NOT */
	struct span text; /* visible, in the arena: the evidence, or why it was not looked at */
};

/* Of the first vantage point; fills `out`, room for CHECKS. */
void checklist_all(const struct report *r, struct arena *a, struct check *out);

#endif
