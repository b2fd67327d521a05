/* From a journal to a verdict: runs every rule in every scope, finds the root. DESIGN: verdict, root cause. */
#ifndef CORE_JUDGE_H
#define CORE_JUDGE_H

#include "core/rule.h"

enum verdict { HEALTHY, DEGRADED, BROKEN, UNKNOWN };
const char *verdict_name(enum verdict v);

struct judgement {
	struct arena arena;
	struct finding *findings; /* FOUND, root first, then by stage and severity */
	size_t n_findings;
	struct finding *cleared;
	size_t n_cleared;
	struct finding *unseen; /* those with `wants` or `because` */
	size_t n_unseen;
	const struct finding *root; /* NULL when nothing worse than info was found */
	enum verdict verdict;
};

/* `vantages` ≥ 1. A run that noted run.blind (wsdx itself could not look) and proves nothing is UNKNOWN. */
void judge(struct judgement *out, const struct journal *j, const struct cause *const *causes, unsigned vantages);
void judgement_deinit(struct judgement *j);

/* The suspects of one vantage point: UNSEEN findings that want an experiment, likeliest first. Returns how many were
 * written, at most max. */
size_t judge_suspects(const struct judgement *j, uint8_t vantage, const struct finding **out, size_t max);

/* The fixes to show, those of the detected stacks (stack facts in the journal) first; at most max. */
size_t judge_fixes(const struct journal *j, const struct finding *f, const struct fix **out, size_t max);

/* 0, 3 as in DESIGN; 1 for UNKNOWN. */
int verdict_exit(const struct judgement *j, enum severity fail_on);

#endif
