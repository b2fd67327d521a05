#include "cause/evidence.h"

#include "fact/all.h"

const struct obs *evidence_is(const struct scope *s, const struct kind *kind, const struct tag *exp,
	const struct key *key, const char *text)
{
	const struct obs *o = scope_find(s, kind, exp, NULL);

	while (o && !obs_is(o, key, text))
		o = scope_next(s, o, kind, exp, NULL);
	return o;
}

const struct obs *evidence_open(const struct scope *s)
{
	const struct obs *o = evidence_is(s, &ws_open, &exp_upgrade, &k_accept, "ok");

	return o ? o : evidence_is(s, &ws_open, NULL, &k_accept, "ok");
}

const struct obs *evidence_refused(const struct scope *s)
{
	const struct obs *o = scope_find(s, &http_answer, &exp_upgrade, NULL);

	while (o && obs_int(o, &k_status) == 101)
		o = scope_next(s, o, &http_answer, &exp_upgrade, NULL);
	return o;
}

const struct obs *evidence_stack(const struct scope *s, const char *stack)
{
	return evidence_is(s, &run_stack, NULL, &k_stack, stack);
}

static const struct obs *dial(const struct scope *s, int family, bool ok)
{
	const struct obs *o = scope_find(s, &tcp_connect, NULL, NULL);

	while (o && ((obs_int(o, &k_ok) != 0) != ok || (family && obs_int(o, &k_family) != family)))
		o = scope_next(s, o, &tcp_connect, NULL, NULL);
	return o;
}

const struct obs *evidence_dialed(const struct scope *s, int family)
{
	return dial(s, family, true);
}

const struct obs *evidence_undialed(const struct scope *s, int family)
{
	return dial(s, family, false);
}

const struct obs *evidence_open_elsewhere(const struct scope *s)
{
	for (unsigned v = 0; v < s->vantages; v++) {
		struct scope other = scope_from(s, (uint8_t)v);
		const struct obs *o = v == s->vantage ? NULL : evidence_open(&other);

		if (o)
			return o;
	}
	return NULL;
}
