#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/greeted.h"
#include "fact/all.h"

/* A broker that gets GET where its fixed header belongs hangs up without a word. */
enum ruling rule_mqtt_port_not_websocket(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *answer = scope_find(s, &hello_taken, &exp_mqtt_raw, NULL);

	if (!greeted_speaks(s, "mqtt") || !a.request)
		return unseen(f, NULL);
	if (a.open || a.refused)
		return cleared(f, a.open ? a.open : a.refused);
	if (!a.cut && !a.broken)
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_mqtt_raw))
		return unseen(f, &exp_mqtt_raw);
	if (!answer)
		answer = scope_find(s, &hello_refused, &exp_mqtt_raw, NULL);
	return answer ? found(f, 1, answer, a.cut ? a.cut : a.request)
		      : cleared(f, scope_ran(s, &exp_mqtt_raw));
}

/* The Upgrade fails here and opens where the framework mounts it. */
static enum ruling mounted_elsewhere(const struct scope *s, struct finding *f, const char *protocol)
{
	struct attempt a = attempt_of(s, &exp_upgrade), there = attempt_of(s, &exp_hello_path);

	if (!greeted_speaks(s, protocol))
		return unseen(f, NULL);
	if (!a.refused && !a.cut)
		return attempt_not_refused(&a, f);
	if (answer_status(a.refused) == 401 || answer_status(a.refused) == 403 ||
		answer_status(a.refused) >= 500)
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_hello_path))
		return unseen(f, &exp_hello_path);
	return attempt_opened(&there) ? found(f, 1, there.request, a.refused ? a.refused : a.cut)
				      : cleared(f, scope_ran(s, &exp_hello_path));
}

enum ruling rule_mqtt_path_mismatch(const struct scope *s, struct finding *f)
{
	return mounted_elsewhere(s, f, "mqtt");
}

enum ruling rule_stomp_path_mismatch(const struct scope *s, struct finding *f)
{
	return mounted_elsewhere(s, f, "stomp");
}

enum ruling rule_actioncable_path_mismatch(const struct scope *s, struct finding *f)
{
	return mounted_elsewhere(s, f, "actioncable");
}

enum ruling rule_phoenix_path_mismatch(const struct scope *s, struct finding *f)
{
	return mounted_elsewhere(s, f, "phoenix");
}

/* A plain WebSocket client at the address that is meant for sockjs-client. */
enum ruling rule_sockjs_plain_client(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *target = scope_find(s, &run_target, NULL, NULL);

	if (!answer_by(a.refused, "sockjs") || answer_status(a.refused) != 200)
		return a.open ? cleared(f, a.open) : unseen(f, NULL);
	/* an address of http is one that sockjs-client is given */
	if (span_starts(obs_text(target, &k_scheme), SPAN("http")))
		f->severity = INFO;
	return found(f, 1, a.refused, a.request, scope_find(s, &hello_taken, &exp_hello, NULL));
}

enum ruling rule_sockjs_not_mounted(const struct scope *s, struct finding *f)
{
	const struct obs *info = scope_find(s, &sockjs_info, NULL, NULL),
			 *answer = scope_find(s, &http_answer, &exp_sockjs_info, NULL);

	if (!greeted_speaks(s, "sockjs") || !answer)
		return info ? cleared(f, info) : unseen(f, NULL);
	if (info || greeted_taken(s) || scope_find(s, &sockjs_fallback, NULL, NULL))
		return cleared(f, info ? info : answer);
	/* an error of a proxy, or a login, hides what is there */
	if (answer_status(answer) >= 500 || answer_status(answer) == 401 ||
		answer_status(answer) == 403)
		return unseen(f, NULL);
	return found(f, 0.9, answer, scope_find(s, &http_request, &exp_sockjs_info, NULL));
}
