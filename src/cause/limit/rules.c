#include "cause/all.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* A server that its checks know to be down is answered for in less; nobody's queue is so short. */
#define AT_ONCE (500 * NS_MS)

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

/* A refused connection is tried again three times, one second apart (HAProxy's `retries`). */
static bool is_after_retries(const struct obs *answer)
{
	return obs_int(answer, &k_took) > 2700 * NS_MS && obs_int(answer, &k_took) < 3500 * NS_MS;
}

/* The page is the one for a server that is down, so time has to tell: at once it is down by its
 * checks, after the retries it refuses; else it was the queue. */
enum ruling rule_limit_haproxy_maxconn(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *open = evidence_open_elsewhere(s);

	if (!obs_is(a, &k_who, "haproxy") || !obs_is(a, &k_saying, "no-backend") ||
		obs_int(a, &k_took) <= AT_ONCE)
		return cleared(f, a ? a : evidence_open(s));
	if (open)
		return found(f, 1, a, open);
	if (is_after_retries(a))
		return unseen(f, NULL);
	probably(f, &cause_proxy_no_healthy_backend_503,
		"HAProxy's log: sQ-- after the queue, SC-- without a server");
	return found(f, 0.6, a);
}
