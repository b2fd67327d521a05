/* SignalR, in the words of who calls a hub. */
#include "base/text.h"
#include "fact/all.h"
#include "report/look.h"

static const struct obs *of(const struct look *l, const struct kind *kind, const struct tag *exp)
{
	return scope_find(&l->scope, kind, exp, NULL);
}

static bool is_signalr(const struct look *l)
{
	return look_speaks(l, "signalr");
}

static bool skipped(const struct obs *done)
{
	return !done || obs_is(done, &k_outcome, "skipped") || obs_is(done, &k_outcome, "aborted");
}

static enum seen say(struct look *l, const struct obs *o, enum seen seen)
{
	obs_say(&l->text, o);
	return seen;
}

static const struct obs *no_negotiation(const struct look *l)
{
	static const struct kind *const kinds[] = {
		&signalr_refused, &signalr_fault, &http_answer, &http_fault};
	const struct obs *o = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !o; i++)
		o = of(l, kinds[i], &exp_signalr_negotiate);
	return o;
}

static enum seen look_negotiate(struct look *l)
{
	const struct obs *o = of(l, &signalr_negotiated, &exp_signalr_negotiate);

	if (!is_signalr(l) || skipped(scope_ran(&l->scope, &exp_signalr_negotiate)))
		return OMIT;
	o = o ? o : of(l, &signalr_redirect, &exp_signalr_negotiate);
	if (o)
		return say(l, o, GOOD);
	o = no_negotiation(l);
	return o ? say(l, o, BAD) : NOT_SEEN;
}

static enum seen look_hub(struct look *l)
{
	static const struct kind *const kinds[] = {
		&signalr_close, &signalr_refused, &signalr_unanswered};
	const struct obs *o = NULL;

	if (!is_signalr(l))
		return OMIT;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !o; i++)
		o = of(l, kinds[i], &exp_signalr_connect);
	if (o && !obs_is(o, &k_from, "client"))
		return say(l, o, BAD);
	o = of(l, &signalr_open, &exp_signalr_connect);
	return o ? say(l, o, GOOD) : NOT_SEEN;
}

static enum seen look_transport(struct look *l)
{
	const struct obs *works = of(l, &run_works, &exp_signalr_fallback);
	const struct obs *offered = of(l, &signalr_negotiated, &exp_signalr_negotiate);

	if (!is_signalr(l) || (!works && skipped(scope_ran(&l->scope, &exp_signalr_connect))))
		return OMIT;
	if (of(l, &signalr_open, &exp_signalr_connect)) {
		buf_addz(&l->text, "WebSockets");
		return GOOD;
	}
	if (works)
		return say(l, works, obs_int(offered, &k_websockets) ? DOUBTFUL : GOOD);
	if (skipped(scope_ran(&l->scope, &exp_signalr_fallback)))
		return NOT_SEEN;
	buf_addz(&l->text, "none works");
	return BAD;
}

/* Of the rounds, and the base plan's before them: how often the server that was asked knew the id.
 */
static enum seen look_cluster(struct look *l)
{
	static const struct tag *const exps[] = {&exp_signalr_connect, &exp_signalr_sticky};
	int known = 0, lost = 0;

	if (!is_signalr(l) || !scope_ran(&l->scope, &exp_signalr_sticky))
		return OMIT;
	for (size_t i = 0; i < sizeof(exps) / sizeof(exps[0]); i++) {
		for (const struct obs *o = of(l, &ws_open, exps[i]); o;
			o = scope_next(&l->scope, o, &ws_open, exps[i], NULL))
			known++;
		for (const struct obs *o = of(l, &http_answer, exps[i]); o;
			o = scope_next(&l->scope, o, &http_answer, exps[i], NULL))
			lost += obs_is(o, &k_saying, "session-unknown");
	}
	buf_addf(&l->text, "%d of %d ids just negotiated are known to a fresh connection", known,
		known + lost);
	return lost ? BAD : GOOD;
}

static const struct look_row rows[] = {
	{"negotiate", 0, look_negotiate, "no negotiation"},
	{"transport", LOOK_STAGE(TRANSPORT), look_transport, NULL},
	{"hub", LOOK_STAGE(SESSION), look_hub, "no handshake"},
	{"cluster", LOOK_STAGE(CLUSTER), look_cluster, NULL},
	{NULL},
};

const struct looks looks_signalr = {"signalr", rows, NULL};
