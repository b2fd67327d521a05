#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* What decides about the hello, in the base plan. */
struct hello {
	const struct obs *init, *ack, *refused, *unanswered;
	struct attempt upgrade;
};

static struct hello hello_of(const struct scope *s)
{
	return (struct hello){.init = scope_find(s, &gql_init, &exp_gql_init, NULL),
		.ack = scope_find(s, &gql_ack, &exp_gql_init, NULL),
		.refused = scope_find(s, &gql_refused, &exp_gql_init, NULL),
		.unanswered = scope_find(s, &gql_unanswered, &exp_gql_init, NULL),
		.upgrade = attempt_of(s, &exp_gql_init)};
}

/* Codes that say something else than no: another generation, or that a credential is missing
 * (auth-close-after-accept), where none was given. */
static bool has_a_cause_of_its_own(int64_t code, const struct obs *init)
{
	return code == 1002 || code == 4406 ||
	       ((code == 4401 || code == 4403) && !obs_int(init, &k_auth));
}

enum ruling rule_gql_init_refused(const struct scope *s, struct finding *f)
{
	struct hello h = hello_of(s);
	const struct obs *close = h.upgrade.close;

	if (h.ack || !h.init)
		return h.ack ? cleared(f, h.ack) : unseen(f, NULL);
	if (evidence_withheld(s, h.upgrade.request))
		return unseen_because(f,
			"credentials are not sent over TLS that does not verify (-k sends them)");
	if (h.refused)
		return found(f, 1, h.refused, close, h.init);
	if (!close || close->id < h.init->id ||
		has_a_cause_of_its_own(obs_int(close, &k_code), h.init))
		return unseen(f, NULL);
	return found(f, obs_int(close, &k_code) >= 4400 ? 1 : 0.9, close, h.init);
}

enum ruling rule_gql_init_unanswered(const struct scope *s, struct finding *f)
{
	struct hello h = hello_of(s);

	if (h.ack || h.refused)
		return cleared(f, h.ack ? h.ack : h.refused);
	if (!h.unanswered)
		return unseen(f, NULL);
	/* what is echoed is a fault of the server's: a type that only clients say */
	return found(f, 1, h.unanswered, h.init,
		evidence_is(s, &gql_fault, &exp_gql_init, &k_fault, "side"));
}
