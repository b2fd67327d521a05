#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/greeted.h"
#include "fact/all.h"

enum ruling rule_mqtt_version_refused(const struct scope *s, struct finding *f)
{
	const struct obs *no = greeted_refused(s, "mqtt");

	if (!obs_is(no, &k_error, "version"))
		return greeted_refused_for(s, f, "mqtt", "version");
	if (!scope_ran(s, &exp_mqtt_version))
		return unseen(f, &exp_mqtt_version);
	return found(
		f, 1, no, greeted_asked(s), scope_find(s, &hello_taken, &exp_mqtt_version, NULL));
}

enum ruling rule_mqtt_unavailable(const struct scope *s, struct finding *f)
{
	return greeted_refused_for(s, f, "mqtt", "unavailable busy elsewhere");
}

enum ruling rule_stomp_version_refused(const struct scope *s, struct finding *f)
{
	return greeted_refused_for(s, f, "stomp", "version");
}

enum ruling rule_stomp_error(const struct scope *s, struct finding *f)
{
	return greeted_refused_for(s, f, "stomp", "other");
}

/* Told to go before any welcome, for another reason than who it is. */
enum ruling rule_actioncable_turned_away(const struct scope *s, struct finding *f)
{
	const struct obs *bye = evidence_is(s, &hello_bye, &exp_hello, &k_protocol, "actioncable");

	if (bye && obs_is(bye, &k_from, "server") && !greeted_taken(s))
		return found(f, 1, bye);
	return greeted_refused_for(s, f, "actioncable", "request unavailable busy other");
}

/* The base plan's hello came to nothing: silence, a Close, a cut. */
static const struct obs *hello_lost(const struct scope *s)
{
	struct attempt a = attempt_of(s, &exp_hello);
	const struct obs *silence = scope_find(s, &hello_unanswered, &exp_hello, NULL);

	if (greeted_taken(s) || scope_find(s, &hello_refused, &exp_hello, NULL) ||
		scope_find(s, &hello_bye, &exp_hello, NULL) || !a.open)
		return NULL;
	return silence ? silence : a.close ? a.close : a.cut;
}

enum ruling rule_phoenix_vsn_mismatch(const struct scope *s, struct finding *f)
{
	const struct obs *lost = hello_lost(s),
			 *other = scope_find(s, &hello_taken, &exp_phoenix_vsn, NULL);

	if (!greeted_speaks(s, "phoenix"))
		return unseen(f, NULL);
	if (!lost)
		return greeted_taken(s) ? cleared(f, greeted_taken(s)) : unseen(f, NULL);
	if (!scope_ran(s, &exp_phoenix_vsn))
		return unseen(f, &exp_phoenix_vsn);
	return other ? found(f, 1, greeted_asked(s), lost, other)
		     : cleared(f, scope_ran(s, &exp_phoenix_vsn));
}

enum ruling rule_sockjs_websocket_off(const struct scope *s, struct finding *f)
{
	const struct obs *info = scope_find(s, &sockjs_info, NULL, NULL);

	if (!info || obs_int(info, &k_websocket))
		return info ? cleared(f, info) : unseen(f, NULL);
	return found(f, 1, info, scope_find(s, &sockjs_fallback, NULL, NULL));
}

/* Whose path alone looked like the protocol's may be another application's, and be well. */
enum ruling rule_hello_wrong_protocol(const struct scope *s, struct finding *f)
{
	const struct obs *fault = greeted_wrongly(s);

	if (greeted_taken(s))
		return cleared(f, greeted_taken(s));
	if (greeted_a_stranger(s))
		f->severity = INFO;
	return fault ? found(f, 0.9, fault, greeted_asked(s)) : unseen(f, NULL);
}

enum ruling rule_hello_unanswered(const struct scope *s, struct finding *f)
{
	const struct obs *lost = hello_lost(s), *pong = scope_find(s, &ws_rtt, &exp_upgrade, NULL);

	if (!lost)
		return greeted_taken(s) ? cleared(f, greeted_taken(s)) : unseen(f, NULL);
	if (lost->kind != &hello_unanswered || greeted_wrongly(s))
		return cleared(f, lost->kind != &hello_unanswered ? lost : greeted_wrongly(s));
	if (greeted_a_stranger(s))
		f->severity = INFO;
	if (!pong)
		probably(f, &cause_proxy_waf_dead_tunnel_after_101, ASK_THE_BACKEND);
	return found(f, pong ? 0.9 : 0.6, lost, greeted_asked(s), pong);
}

enum ruling rule_hello_closed(const struct scope *s, struct finding *f)
{
	const struct obs *lost = hello_lost(s);

	if (!lost)
		return greeted_taken(s) ? cleared(f, greeted_taken(s)) : unseen(f, NULL);
	return lost->kind == &hello_unanswered ? cleared(f, lost)
					       : found(f, 0.9, lost, greeted_asked(s));
}
