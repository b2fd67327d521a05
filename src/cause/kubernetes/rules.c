#include "cause/all.h"
#include "cause/evidence.h"
#include "fact/all.h"

enum ruling rule_k8s_no_ready_endpoints(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *get;
	const struct obs *ingress = evidence_stack(s, "ingress-nginx");

	if (obs_is(a, &k_who, "ingress-nginx"))
		ingress = a;
	if (!ingress)
		return unseen(f, NULL);
	if (obs_int(a, &k_status) != 503)
		return cleared(f, a ? a : evidence_open(s));
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	get = evidence_answer(s, &exp_plain_get);
	if (obs_int(get, &k_status) != 503)
		return cleared(f, get);
	probably(f, &cause_proxy_nginx_limit_conn,
		"kubectl get endpointslices -l kubernetes.io/service-name=<service>");
	return found(f, 0.6, a, get);
}
