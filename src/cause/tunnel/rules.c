#include "cause/all.h"
#include "cause/attempt.h"
#include "fact/all.h"

enum ruling rule_proxy_masks_status_502(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *there = attempt_direct_answer(s, &exp_upgrade);
	int64_t status = there ? obs_int(there, &k_status) : 0;

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (obs_int(a.refused, &k_status) != 502 || s->vantage != 0)
		return cleared(f, a.refused);
	if (attempt_direct(s))
		return cleared(f, attempt_direct(s));
	if (s->vantages < 2)
		return unseen_because(f, "only a look at the backend itself (--direct URL) shows "
					 "what it really says");
	return status >= 300 && status < 500 ? found(f, 1, a.refused, there) : unseen(f, NULL);
}

enum ruling rule_proxy_waf_dead_tunnel_after_101(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *dead = a.no_pong ? a.no_pong : a.cut, *direct = attempt_direct(s);

	/* Engine.IO speaks first, so its client does not ping before */
	if (!dead && a.open && a.silent && a.silent->id > a.open->id)
		dead = a.silent;
	if (!attempt_opened(&a))
		return unseen(f, NULL);
	if (a.heard || a.fault || a.close || a.echoed)
		return cleared(f, a.heard   ? a.heard
				  : a.fault ? a.fault
				  : a.close ? a.close
					    : a.echoed);
	if (!dead)
		return unseen(f, NULL);
	if (direct)
		return found(f, 1, a.open, dead, direct);
	probably(f, &cause_frame_closed_at_once,
		"wsdx check URL --direct ws://BACKEND/PATH: whether the backend's own frames "
		"arrive");
	return found(f, 0.6, a.open, dead);
}

static bool is_cached(const struct obs *answer)
{
	return word_among(
		obs_text(answer, &k_cf_cache), "MISS HIT EXPIRED REVALIDATED STALE UPDATING");
}

enum ruling rule_proxy_cdn_caches_ws_path(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade), plain = attempt_of(s, &exp_plain_get);
	const struct obs *answer = scope_find(s, &http_answer, &exp_upgrade, NULL);

	if (!is_cached(answer))
		answer = plain.refused;
	if (is_cached(answer)) {
		if (attempt_works(&a))
			f->severity = WARNING;
		return found(f, 0.9, answer);
	}
	return obs_has(answer, &k_cf_cache) ? cleared(f, answer) : unseen(f, NULL);
}
