/* One row a layer: what was seen there, in a line. The same rows serve every format for people. */
#ifndef REPORT_ROW_H
#define REPORT_ROW_H

#include "report/report.h"

struct look_row;

enum mark { MARK_NOT, MARK_GOOD, MARK_WARN, MARK_BAD, MARK_COUNT };
const char *mark_sign(enum mark m); /* "·" "✔" "‼" "✖" */
const char *mark_name(enum mark m); /* "not looked at" "good" "warning" "error" */

struct row {
	const char *name;		      /* "names", "tcp", … */
	uint32_t stages;		      /* a bit each: those whose findings belong here */
	const struct look_row *kind, *spoken; /* its own, and the table of what is spoken */
	enum mark mark;
	struct span text;	       /* visible; in the arena */
	ns took;		       /* -1: nothing to time, or said in the text */
	const struct finding *finding; /* the worst of these stages; NULL: none */
	bool remark; /* no look at the layer, only such a finding: people read it above */
};

#define ROWS_MAX 64

/* The layers of one vantage point in the order in which a connection meets them; those that do not
 * arise are left out. Returns how many were written, at most ROWS_MAX. */
size_t row_all(const struct report *r, uint8_t vantage, struct arena *a, struct row *out);
/* The row of this name, or NULL. */
const struct row *row_find(const struct row *rows, size_t n, const char *name);
/* The headline when there is no root cause: what can be said all the same. */
void row_without_cause(struct buf *out, const struct report *r);
/* What a client of Socket.IO meets, a sentence; nothing when it is simply fine. */
void row_client(struct buf *out, const struct report *r);
/* True when the finding belongs to this row of this vantage point. */
bool row_has(const struct row *row, uint8_t vantage, const struct finding *f);

#endif
