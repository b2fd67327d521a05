/* Messages of the application's: what was sent, what came back, what the server says by itself. */
#include "base/text.h"
#include "fact/all.h"
#include "report/look.h"

static void comma(struct look *l)
{
	if (l->text.n)
		buf_addz(&l->text, ", ");
}

/* The largest message that got through, and the first that did not. */
static const struct obs *say_sizes(struct look *l)
{
	const struct obs *best = NULL, *o = scope_find(&l->scope, &ws_echo, &exp_size, NULL);

	for (; o && obs_int(o, &k_through); o = scope_next(&l->scope, o, &ws_echo, &exp_size, NULL))
		best = o;
	if (best) {
		comma(l);
		buf_addz(&l->text, "up to ");
		text_bytes(&l->text, (uint64_t)obs_int(best, &k_bytes));
		buf_addz(&l->text, obs_int(best, &k_echoed) ? " come back" : " get through");
	}
	if (o) {
		comma(l);
		text_bytes(&l->text, (uint64_t)obs_int(o, &k_bytes));
		buf_addz(&l->text, " do not get through");
	}
	return o;
}

/* How many malformed frames were refused, and which were not. */
static void say_hostile(struct look *l)
{
	const struct obs *o = scope_find(&l->scope, &ws_hostile, NULL, NULL);
	int refused = 0;

	for (; o; o = scope_next(&l->scope, o, &ws_hostile, NULL, NULL)) {
		if (obs_is(o, &k_outcome, "closed") || obs_is(o, &k_outcome, "cut")) {
			refused++;
			continue;
		}
		comma(l);
		text_visible(&l->text, obs_text(o, &k_fault));
		buf_addz(&l->text, " not refused");
	}
	if (refused) {
		comma(l);
		buf_addf(&l->text, "%d malformed frames refused", refused);
	}
}

/* What the server said by itself on each of several connections, and whether the expected came. */
static const struct obs *say_heard(struct look *l)
{
	const struct obs *samples = scope_find(&l->scope, &ws_samples, NULL, NULL);
	const struct obs *expected = scope_find(&l->scope, &ws_expected, NULL, NULL);

	if (samples) {
		comma(l);
		obs_say(&l->text, samples);
	}
	if (expected) {
		comma(l);
		obs_say(&l->text, expected);
	}
	return expected;
}

enum seen look_messages(struct look *l)
{
	const struct obs *echo = scope_find(&l->scope, &ws_echo, &exp_echo, NULL), *lost, *expected;
	const struct obs *send = scope_ran(&l->scope, &exp_send);
	bool unanswered = false;

	if (echo) {
		buf_addz(&l->text, obs_int(echo, &k_echoed)    ? "echoed"
				   : obs_int(echo, &k_through) ? "taken, not echoed"
							       : "lost");
		l->took = obs_int(echo, &k_echoed) ? obs_int(echo, &k_took) : -1;
	}
	if (send && !obs_is(send, &k_outcome, "skipped")) {
		comma(l);
		unanswered = !obs_is(send, &k_outcome, "answered");
		buf_addz(&l->text, unanswered ? "--send got no answer" : "--send was answered");
	}
	expected = say_heard(l);
	lost = say_sizes(l);
	say_hostile(l);
	if (!l->text.n)
		return OMIT;
	if (lost || (echo && !obs_int(echo, &k_through)) || (expected && !obs_int(expected, &k_ok)))
		return BAD;
	/* what was asked for and did not come is no pass, nor is it known to be a fault */
	return (echo && !obs_int(echo, &k_echoed)) || unanswered ? NOT_SEEN : GOOD;
}
