/* What was seen at each layer, in words. */
#ifndef REPORT_LOOK_H
#define REPORT_LOOK_H

#include "report/report.h"

/* What a look at one layer of one vantage point has to go by, and what it says. */
struct look {
	struct scope scope;
	const struct report *report;
	struct buf text; /* visible */
	ns took;	 /* -1: nothing to time, or said in the text */
};

/* OMIT: does not arise here. DOUBTFUL: works, with a defect. */
enum seen { OMIT, NOT_SEEN, GOOD, DOUBTFUL, BAD };

/* Layers without a look have a row only when something was found there. `missing` is what those
 * below lack when this one is bad. */
struct look_row {
	const char *name; /* NULL ends a table */
	uint32_t stages;  /* a bit each: those whose findings belong here */
	enum seen (*look)(struct look *l);
	const char *missing;
	const char *causes; /* ids: their findings belong here and not to their stage's row */
};

#define LOOK_STAGE(s) (1u << STAGE_##s)

/* What a guide asks to be seen before a deployment counts as working. */
struct look_item {
	const char *id, *name;		   /* id: in JSON, for ever; NULL ends a table */
	enum seen (*look)(struct look *l); /* OMIT, NOT_SEEN: it was not tried; NOT_SEEN with text:
					      it does not apply */
	const char *because;		   /* … and why */
};

/* What one dialect adds to the report. To add one: a file look_<name>.c, and a line in look.def. */
struct looks {
	const char *dialect; /* as in run.dialect */
	const struct look_row *rows;
	const struct look_item *items; /* NULL: no check-list of its own */
	const struct kind *const
		*facts; /* JSON has the last of each in full; ends with NULL, NULL: none */
};

extern const struct looks *const looks_all[]; /* NULL-terminated */

/* Of what is spoken at the scope's vantage point; NULL: nothing that has any. */
const struct looks *look_spoken(const struct look *l);
/* True when the scope's vantage point was taken for it. */
bool look_speaks(const struct look *l, const char *dialect);

enum seen look_names(struct look *l);
enum seen look_tcp(struct look *l);
enum seen look_proxy(struct look *l);
enum seen look_tls(struct look *l);
enum seen look_http(struct look *l);
enum seen look_upgrade(struct look *l);
enum seen look_auth(struct look *l);
enum seen look_frames(struct look *l);
enum seen look_messages(struct look *l);
enum seen look_idle(struct look *l);

#endif
