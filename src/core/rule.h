/* What a rule sees and says.
 *
 * A rule decides one cause in one scope (one vantage point):
 *   return found(f, 1.0, obs…)        proven: every argument is an observation that proves it, at least one
 *   return cleared(f, obs)            ruled out by this observation
 *   return unseen(f, NULL)            does not arise here, or cannot be looked at
 *   return unseen(f, &exp_plain_get)  it fits what was seen so far; this experiment would decide
 *   return unseen_because(f, "…")     the reason shown as "not looked at"
 * The last-but-one form makes the cause a suspect: the planner runs what the likeliest suspects ask for. A rule must not
 * ask for an experiment that has already ended (see scope_ran): it then decides, or says found() with confidence < 0.9. */
#ifndef CORE_RULE_H
#define CORE_RULE_H

#include "core/cause.h"
#include "core/journal.h"

#define PROOF_MAX 8

struct finding {
	const struct cause *cause;
	uint8_t vantage;
	enum ruling ruling;
	double confidence;	/* 1: the separating observation was seen; 0.6: fits, a look-alike is open */
	enum severity severity; /* the cause's, unless the rule lowered it */
	const struct obs *proof[PROOF_MAX];
	size_t n_proof;
	const struct tag *wants;   /* UNSEEN: the experiment that would decide */
	const char *because;	   /* UNSEEN: why it was not looked at */
	const char *would_decide;  /* confidence < 0.9: the command or step that would */
	const struct cause *instead; /* confidence < 0.9: the look-alike still open */
};

struct scope {
	const struct journal *journal;
	uint8_t vantage;
	unsigned vantages; /* how many there are in the run */
};

/* The first observation of this kind in the scope; exp and role NULL: any. NULL if there is none. */
const struct obs *scope_find(const struct scope *s, const struct kind *kind, const struct tag *exp, const struct tag *role);
/* The next one like it after `from`. */
const struct obs *scope_next(const struct scope *s, const struct obs *from, const struct kind *kind, const struct tag *exp,
	const struct tag *role);
/* The last one of this kind in flow `flow`, the first one; any experiment. */
const struct obs *scope_in_flow(const struct scope *s, uint32_t flow, const struct kind *kind);
/* The experiment that holds what is asked for. Where the endpoint speaks Socket.IO, the Upgrade of the base plan is the one of
 * exp_eio_websocket (exp_upgrade is not run, or its Upgrade without Engine.IO's query does not count), and so with the hello of
 * other protocols; and there is none when a server of Socket.IO offers polling alone. The scope_… functions ask it by themselves. */
const struct tag *scope_exp(const struct scope *s, const struct tag *exp);
/* The exp.done of the experiment, or NULL while it has not ended in this scope. */
const struct obs *scope_ran(const struct scope *s, const struct tag *exp);
/* The same scope from another vantage point, 0…vantages-1. */
struct scope scope_from(const struct scope *s, uint8_t vantage);

#define found(f, confidence, ...)                                                                  \
	rule_found((f), (confidence), (const struct obs *[]){__VA_ARGS__},                         \
		sizeof((const struct obs *[]){__VA_ARGS__}) / sizeof(const struct obs *))
/* NULLs among the proofs are left out; without the first, which carries the finding, it is UNSEEN. */
enum ruling rule_found(struct finding *f, double confidence, const struct obs *const *proof, size_t n);
enum ruling cleared(struct finding *f, const struct obs *by);
enum ruling unseen(struct finding *f, const struct tag *wants);
enum ruling unseen_because(struct finding *f, const char *why);
/* Before found(): a look-alike stays open, and what would decide between the two. */
void probably(struct finding *f, const struct cause *instead, const char *would_decide);

#endif
