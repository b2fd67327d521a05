#include "cause/all.h"
#include "cause/attempt.h"
#include "fact/all.h"

static enum ruling by_state(const struct scope *s, struct finding *f, const char *states)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.open)
		return unseen(f, NULL);
	return word_among(obs_text(a.open, &k_extensions_state), states)
		       ? found(f, 1, a.open, a.request)
		       : cleared(f, a.open);
}

enum ruling rule_ext_empty_extensions_header(const struct scope *s, struct finding *f)
{
	return by_state(s, f, "empty");
}

enum ruling rule_ext_unsolicited(const struct scope *s, struct finding *f)
{
	return by_state(s, f, "unsolicited invalid");
}

/* How the base experiment's frames broke, in a way that compression may be to blame for. */
static const struct obs *broke(const struct attempt *a)
{
	if (a->fault)
		return word_among(obs_text(a->fault, &k_fault), "deflate rsv1 rsv utf8") ? a->fault
											 : NULL;
	return a->heard ? NULL : a->no_pong ? a->no_pong : a->cut;
}

/* The backend's own 101, asked directly, when it agrees on something else than the public one. */
static const struct obs *other_agreement(const struct scope *s, const struct obs *open)
{
	const struct obs *direct = attempt_direct(s);

	return direct && obs_int(direct, &k_deflate) != obs_int(open, &k_deflate) ? direct : NULL;
}

/* A compressed message of ours that the server took for a fault (RFC 7692 §6): the answer to
 * --echo. */
static const struct obs *spurned(const struct attempt *a)
{
	int64_t code = obs_int(a->close, &k_code);

	return obs_int(a->open, &k_deflate) && (code == 1002 || code == 1007) ? a->close : NULL;
}

static enum ruling by_message(const struct scope *s, struct finding *f, const struct attempt *a)
{
	const struct obs *direct = other_agreement(s, a->open);

	if (direct)
		return found(f, 1, spurned(a), a->open, direct);
	probably(f, &cause_frame_protocol_error,
		"wsdx check URL --direct ws://BACKEND/PATH: whether the backend itself agrees on "
		"compression");
	return found(f, 0.6, spurned(a), a->open);
}

enum ruling rule_ext_proxy_renegotiation(const struct scope *s, struct finding *f)
{
	struct attempt echo = attempt_of(s, &exp_echo);
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *broken = broke(&a), *without = attempt_with(s, &exp_no_extensions),
			 *direct;

	if (!a.open)
		return unseen(f, NULL);
	if (spurned(&echo))
		return by_message(s, f, &echo);
	direct = other_agreement(s, a.open);
	if (!broken && direct) {
		f->severity = INFO; /* it works, and a proxy may decline compression */
		return found(f, 0.9, a.open, direct);
	}
	if (!broken || !obs_int(a.open, &k_deflate))
		return broken ? unseen(f, NULL) : cleared(f, a.open);
	if (!scope_ran(s, &exp_no_extensions))
		return unseen(f, &exp_no_extensions);
	if (!without || !attempt_of(s, &exp_no_extensions).heard)
		return unseen(f, NULL);
	if (direct)
		return found(f, 1, broken, a.open, without, direct);
	probably(f, &cause_frame_protocol_error,
		"wsdx check URL --direct ws://BACKEND/PATH: whether the backend compresses soundly "
		"by itself");
	return found(f, 0.6, broken, a.open, without);
}

/* Refusals that a server may give when an offer is more than it can read. */
static bool may_choke(const struct attempt *a)
{
	int64_t status = obs_int(a->refused, &k_status);

	return obs_int(a->request, &k_offers_deflate) && answer_is_vague(a->refused) &&
	       !answer_by(a->refused, "ws") && (status == 400 || status == 500 || status == 501);
}

enum ruling rule_ext_invalid_params(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *without = attempt_with(s, &exp_no_extensions);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says(a.refused, "bad-extensions"))
		return found(f, 1, a.refused, a.request, without);
	if (!may_choke(&a))
		return cleared(f, a.refused);
	if (!scope_ran(s, &exp_no_extensions))
		return unseen(f, &exp_no_extensions);
	return without ? found(f, 1, a.refused, without)
		       : cleared(f, attempt_of(s, &exp_no_extensions).refused);
}
