/* What the halves of the human format share: the text around, and the rows of layers. */
#ifndef REPORT_HUMAN_H
#define REPORT_HUMAN_H

#include "report/page.h"
#include "report/report.h"

#define HUMAN_NARROW 60 /* columns; below, what stands side by side goes below each other */
#define HUMAN_TOOK 10	/* columns at the right edge, for times */

struct human {
	struct page page;
	const struct report *report;
	struct arena arena;
	struct buf text; /* of the cell being made */
};

/* The text made so far, which is then forgotten; cut when very long. */
struct span human_keep(struct human *h);
/* A time as text; empty for -1. */
struct span human_took(struct human *h, ns took);

/* The layers: a line each, or vantage points side by side where there is room. */
void human_rows(struct human *h);

#endif
