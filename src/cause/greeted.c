#include "cause/greeted.h"

#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

const struct obs *greeted_speaks(const struct scope *s, const char *protocol)
{
	return evidence_is(s, &run_dialect, NULL, &k_dialect, protocol);
}

const struct obs *greeted_taken(const struct scope *s)
{
	const struct obs *o = scope_find(s, &hello_taken, &exp_hello, NULL);

	return o ? o : scope_find(s, &hello_taken, &exp_upgrade, NULL);
}

const struct obs *greeted_refused(const struct scope *s, const char *protocol)
{
	const struct obs *o = evidence_is(s, &hello_refused, &exp_hello, &k_protocol, protocol);

	return o ? o : evidence_is(s, &hello_refused, &exp_upgrade, &k_protocol, protocol);
}

const struct obs *greeted_asked(const struct scope *s)
{
	return scope_find(s, &hello_asked, &exp_hello, NULL);
}

const struct obs *greeted_wrongly(const struct scope *s)
{
	const struct obs *fault = scope_find(s, &hello_fault, &exp_hello, NULL);

	while (fault && !obs_is(fault, &k_from, "server"))
		fault = scope_next(s, fault, &hello_fault, &exp_hello, NULL);
	return fault;
}

bool greeted_a_stranger(const struct scope *s)
{
	const struct obs *open = scope_find(s, &ws_open, &exp_upgrade, NULL);

	if (!obs_is(scope_find(s, &run_dialect, NULL, NULL), &k_by, "path") || greeted_taken(s) ||
		scope_find(s, &hello_refused, NULL, NULL))
		return false;
	return greeted_wrongly(s) || (obs_is(open, &k_subprotocol_state, "missing") &&
					     scope_find(s, &hello_unanswered, &exp_hello, NULL));
}

enum ruling greeted_refused_for(
	const struct scope *s, struct finding *f, const char *protocol, const char *errors)
{
	const struct obs *no = greeted_refused(s, protocol);

	if (!no)
		return greeted_taken(s) && greeted_speaks(s, protocol)
			       ? cleared(f, greeted_taken(s))
			       : unseen(f, NULL);
	return word_among(obs_text(no, &k_error), errors) ? found(f, 1, no, greeted_asked(s))
							  : cleared(f, no);
}
