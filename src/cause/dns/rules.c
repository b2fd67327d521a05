#include "cause/all.h"
#include "cause/evidence.h"
#include "fact/all.h"

enum ruling rule_dns_nxdomain(const struct scope *s, struct finding *f)
{
	const struct obs *system = scope_find(s, &dns_system, NULL, NULL);
	const struct obs *query = evidence_is(s, &dns_query, NULL, &k_rcode, "NXDOMAIN");

	if (obs_int(system, &k_answers) > 0)
		return cleared(f, system);
	if (query)
		return found(f, 1, query, system);
	return unseen(f, NULL);
}
