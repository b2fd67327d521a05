/* The fixed quotas: how long a connection lasts, how much it takes; and lives as logs have them. */
#include "cause/all.h"
#include "cause/apigw/gateway.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/held.h"
#include "fact/all.h"

const struct obs *gateway_find(const struct scope *s)
{
	const struct obs *target = scope_find(s, &run_target, NULL, NULL), *o;
	struct span host = evidence_host(s);

	if (span_ifind(host, SPAN(".execute-api.")) > 0 &&
		span_ifind(host, SPAN(".amazonaws.com")) > 0)
		return target;
	o = evidence_is(s, &run_dialect, NULL, &k_dialect, "apigw");
	o = o ? o : scope_find(s, &apigw_refusal, NULL, NULL);
	o = o ? o : scope_find(s, &apigw_error, NULL, NULL);
	o = o ? o : evidence_is(s, &ws_message, NULL, &k_shape, GATEWAY_ERROR);
	return o ? o : evidence_stack(s, "apigw");
}

/* --- lives --- */

static const struct obs *life(const struct scope *s, bool (*fits)(const struct obs *o))
{
	const struct obs *o = scope_find(s, &apigw_life, NULL, NULL);

	while (o && !fits(o))
		o = scope_next(s, o, &apigw_life, NULL, NULL);
	return o;
}

static bool is_unended(const struct obs *o)
{
	return !obs_int(o, &k_ended) && obs_int(o, &k_age) > GATEWAY_AGE;
}

static bool is_short(const struct obs *o)
{
	return obs_int(o, &k_ended) && obs_int(o, &k_age) < 5 * NS_S;
}

static bool is_idle_end(const struct obs *o)
{
	return obs_int(o, &k_ended) && obs_has(o, &k_idle) &&
	       held_like(obs_int(o, &k_idle), GATEWAY_IDLE);
}

static bool is_old_end(const struct obs *o)
{
	return obs_int(o, &k_ended) && held_like(obs_int(o, &k_age), GATEWAY_AGE);
}

enum ruling rule_apigw_disconnect_not_delivered(const struct scope *s, struct finding *f)
{
	const struct obs *all = scope_find(s, &apigw_lives, NULL, NULL);

	if (!all)
		return unseen(f, NULL);
	return obs_int(all, &k_unended) ? found(f, 1, all, life(s, is_unended)) : cleared(f, all);
}

/* A page that is left at once is nothing; a fifth of all connections is. */
enum ruling rule_apigw_premature_close(const struct scope *s, struct finding *f)
{
	const struct obs *all = scope_find(s, &apigw_lives, NULL, NULL);
	int64_t many = obs_int(all, &k_short_lived);

	if (!all)
		return unseen(f, NULL);
	if (many < 3 || many * 5 < obs_int(all, &k_connections))
		return cleared(f, all);
	return found(f, 1, all, life(s, is_short));
}

enum ruling rule_apigw_idle_10min(const struct scope *s, struct finding *f)
{
	const struct obs *logged = life(s, is_idle_end), *here = gateway_find(s);
	struct held silent = held_get(s, &role_silent), busy = held_busy(s);

	if (logged)
		return found(f, 1, logged);
	if (!here || !silent.open)
		return unseen(f, NULL);
	if (!silent.end)
		return held_for(s) > GATEWAY_IDLE + NS_S ? cleared(f, silent.open)
							 : unseen(f, NULL);
	if (!held_like(silent.idle, GATEWAY_IDLE) || !busy.open || busy.end)
		return cleared(f, silent.end);
	return found(f, 1, silent.end, busy.open, here);
}

enum ruling rule_apigw_max_2h(const struct scope *s, struct finding *f)
{
	const struct obs *logged = life(s, is_old_end), *here = gateway_find(s);
	struct held busy = held_busy(s);

	if (logged)
		return found(f, 1, logged);
	if (!here || !busy.open)
		return unseen(f, NULL);
	if (!busy.end || !held_like(busy.age, GATEWAY_AGE))
		return busy.end ? cleared(f, busy.end) : unseen(f, NULL);
	return found(f, 1, busy.end, here);
}

/* --- sizes --- */

/* The largest that got through (lost false), the first that did not. */
static const struct obs *echo(const struct scope *s, bool lost)
{
	const struct obs *kept = NULL;

	for (const struct obs *o = scope_find(s, &ws_echo, &exp_size, NULL); o;
		o = scope_next(s, o, &ws_echo, &exp_size, NULL)) {
		if ((obs_int(o, &k_through) == 0) != lost)
			continue;
		if (!kept || !lost)
			kept = o;
	}
	return kept;
}

static bool spans_limit(const struct obs *best, const struct obs *lost, int64_t limit)
{
	return obs_int(best, &k_bytes) <= limit && obs_int(lost, &k_bytes) > limit;
}

enum ruling rule_apigw_frame_32k(const struct scope *s, struct finding *f)
{
	const struct obs *best = echo(s, false), *lost = echo(s, true), *here = gateway_find(s);
	const struct obs *pieces = scope_find(s, &apigw_fragments, NULL, NULL);
	struct attempt a = attempt_of(s, &exp_size);

	if (!here || !best)
		return unseen(f, NULL);
	if (!lost)
		return obs_int(best, &k_bytes) > GATEWAY_MESSAGE ? cleared(f, best)
								 : unseen(f, NULL);
	if (!spans_limit(best, lost, GATEWAY_FRAME) && !spans_limit(best, lost, GATEWAY_MESSAGE))
		return cleared(f, lost);
	if (obs_int(a.close, &k_code) == 1009)
		return found(f, 1, a.close, lost, best, pieces);
	if (!pieces || !obs_int(pieces, &k_through))
		probably(f, &cause_frame_message_too_big, "the same size in frames under 32 KiB");
	return found(f, pieces && obs_int(pieces, &k_through) ? 1 : 0.6, lost, best, pieces);
}
