/* The check-list that guides end with, answered from what was seen. Its items are those of the
 * dialect (struct looks); an endpoint that speaks none with a check-list is asked Socket.IO's,
 * which is where most lists come from. */
#ifndef REPORT_CHECKLIST_H
#define REPORT_CHECKLIST_H

#include "report/row.h"

#define CHECKS_MAX 24

struct check {
	const char *id; /* in JSON, for ever */
	const char *name;
	enum mark mark;	  /* MARK_GOOD, MARK_BAD, MARK_NOT */
	struct span text; /* visible, in the arena: the evidence, or why it was not looked at */
};

/* Of the first vantage point; fills `out`, room for CHECKS_MAX, and returns how many there are. */
size_t checklist_all(const struct report *r, struct arena *a, struct check *out);

#endif
