#include "cause/all.h"
#include "cause/evidence.h"
#include "fact/all.h"

static bool is_nginx_500(const struct obs *answer)
{
	return obs_int(answer, &k_status) == 500 &&
	       (obs_is(answer, &k_who, "nginx") || obs_is(answer, &k_who, "openresty"));
}

enum ruling rule_limit_nginx_worker_connections(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *o;

	if (!is_nginx_500(a))
		return cleared(f, a ? a : evidence_open(s));
	if (!scope_ran(s, &exp_repeat))
		return unseen(f, &exp_repeat);
	/* a fault of the configuration would answer the same every time */
	o = scope_find(s, &ws_open, &exp_repeat, NULL);
	if (o)
		return found(f, 1, a, o);
	probably(f, &cause_limit_fd,
		"nginx's error log: `worker_connections are not enough`, or an internal "
		"redirection cycle");
	return found(f, 0.6, a, scope_find(s, &http_answer, &exp_repeat, NULL));
}
