/* From a judged journal to text. Every format is pure: it reads a struct report and adds to a
 * buffer.
 *
 * To add a format:
 *  1. src/report/<name>.c with `void <name>_print(struct buf *out, const struct report *r)`,
 *  2. a line in src/report/all.def,
 *  3. a golden file of the unit tests, test/unit/report/golden/<case>.<name>.txt. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "core/judge.h"

/* What was left out and why, beyond what the rules say themselves: a layer of --only, the budget.
 */
struct not_looked {
	const char *id; /* a cause id or the name of a layer */
	const char *because;
};

#define REPORT_VANTAGES_MAX 8

/* Zeroed memory plus `journal` and `judgement` is a valid report; everything is borrowed and must
 * outlive the printing. No text may hold a secret; control bytes are dealt with here. */
struct report {
	struct span target;			   /* the URL as given, redacted */
	struct span dialect;			   /* empty counts as "websocket" */
	struct span vantages[REPORT_VANTAGES_MAX]; /* their URLs, redacted; [0] is the target's */
	size_t n_vantages;
	struct span address; /* in use, with its port: "203.0.113.7:443"; empty: none was reached */
	struct span proxy;   /* in use, without credentials; empty: none */
	unsigned connections, connections_max;
	const struct journal *journal;
	const struct judgement *judgement;
	const char *version; /* of wsdx */
	struct span again;   /* the command line to run this again, printed as it is */
	const struct not_looked *not_looked_at;
	size_t n_not_looked_at;

	/* how it is to look, for formats that care */
	unsigned width; /* of the terminal, in columns; 0: none, 100 are used; never fewer than 40
			   nor more than 120 */
	bool colour;	/* SGR sequences may be used */
	bool ascii;	/* no character beyond ASCII for our own marks */
	bool quiet;	/* human: the verdict line only */
	bool checklist; /* human, markdown, html, json: the check-list too, see checklist.h */
	bool why;	/* human: the reasoning too, see why_print */
};

/* Fills what is still empty of target, dialect, vantages, address, proxy and connections with what
 * the journal says (run.target, tcp.connect, proxy.chosen, flow numbers); a report of a replayed
 * journal needs nothing else. The address is formatted into `arena`. */
void report_fill(struct report *r, struct arena *arena);

/* A row of all.def. */
struct format {
	const char *name;
	const char *say; /* for --help */
	/* A whole document, ending in a newline. `out` bounds it: when out->full is set, it is not
	 * whole. */
	void (*print)(struct buf *out, const struct report *r);
};

#define FORMAT(name, say) void name##_print(struct buf *out, const struct report *r);
#include "report/all.def"
#undef FORMAT

extern const struct format *const report_all[];	    /* NULL-terminated, human first */
const struct format *report_find(struct span name); /* NULL if there is none */

/* --why: which observation ruled out or proved which cause, which experiments were run for whom,
 * and what stays open. */
void why_print(struct buf *out, const struct report *r);

/* -v: one line for one observation: time since the start of the run, connection, direction,
 * sentence. Ends in a newline. `o->at` counts from the start of the run. */
void verbose_line(struct buf *out, const struct obs *o);

#endif
