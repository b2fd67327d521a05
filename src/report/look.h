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
