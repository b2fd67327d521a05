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
