#include "cause/all.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* Only the names of the target count (exp_names): a redirect or the page of --origin is resolved
 * too, and neither says anything about the target. With a proxy the proxy's name is resolved. */

/* The name resolved, by whichever way. */
static const struct obs *resolved(const struct scope *s)
{
	const struct obs *o = scope_find(s, &dns_system, &exp_names, NULL);

	if (obs_int(o, &k_answers) > 0)
		return o;
	for (o = scope_find(s, &dns_query, &exp_names, NULL); o;
		o = scope_next(s, o, &dns_query, &exp_names, NULL))
		if (obs_int(o, &k_answers) > 0)
			return o;
	return NULL;
}

static const struct obs *system_says(const struct scope *s, const char *error)
{
	return evidence_is(s, &dns_system, &exp_names, &k_error, error);
}

static const struct obs *query_says(const struct scope *s, const char *rcode)
{
	return evidence_is(s, &dns_query, &exp_names, &k_rcode, rcode);
}

static bool was_queried(const struct scope *s)
{
	return scope_find(s, &dns_query, &exp_names, NULL) != NULL;
}

enum ruling rule_dns_nxdomain(const struct scope *s, struct finding *f)
{
	const struct obs *query = query_says(s, "NXDOMAIN"), *system = system_says(s, "not-found");

	if (resolved(s))
		return cleared(f, resolved(s));
	/* some servers say NXDOMAIN of a family that a name has no address of */
	if (system_says(s, "other-family"))
		return cleared(f, system_says(s, "other-family"));
	if (query)
		return found(f, 1, query, system);
	if (!system || was_queried(s))
		return unseen(f, NULL);
	probably(f, &cause_dns_no_address,
		"dig <name> A and dig <name> AAAA: NXDOMAIN or an empty NOERROR");
	return found(f, 0.6, system);
}

enum ruling rule_dns_no_address(const struct scope *s, struct finding *f)
{
	const struct obs *empty = query_says(s, "NOERROR");
	const struct obs *other = system_says(s, "other-family");
	const struct obs *system = scope_find(s, &dns_system, &exp_names, NULL);

	if (resolved(s))
		return cleared(f, resolved(s));
	if (other)
		return found(f, 1, other, empty);
	if (!empty || query_says(s, "SERVFAIL") || query_says(s, "timeout") ||
		query_says(s, "NXDOMAIN"))
		return unseen(f, NULL);
	if (obs_has(system, &k_family))
		return found(f, 1, empty, system);
	return found(f, 1, empty, scope_next(s, empty, &dns_query, &exp_names, NULL));
}

enum ruling rule_dns_servfail(const struct scope *s, struct finding *f)
{
	if (resolved(s))
		return cleared(f, resolved(s));
	return found(f, 1, query_says(s, "SERVFAIL"));
}

enum ruling rule_dns_resolver_silent(const struct scope *s, struct finding *f)
{
	const struct obs *query = query_says(s, "timeout");
	const struct obs *system = system_says(s, "again");

	if (resolved(s))
		return cleared(f, resolved(s));
	if (query_says(s, "NXDOMAIN") || query_says(s, "NOERROR") || query_says(s, "SERVFAIL"))
		return unseen(f, NULL);
	if (!query)
		query = query_says(s, "REFUSED");
	if (query)
		return found(f, 1, query, system);
	if (!system)
		system = system_says(s, "failure");
	probably(f, &cause_dns_servfail, "dig <name>: SERVFAIL, or no answer");
	return found(f, 0.6, system);
}

static const struct obs *first_address(const struct scope *s, bool v6)
{
	const struct obs *o = scope_find(s, &dns_address, &exp_names, NULL);

	while (o && (span_chr(obs_text(o, &k_address), ':') >= 0) != v6)
		o = scope_next(s, o, &dns_address, &exp_names, NULL);
	return o;
}

static bool is_loopback(const struct scope *s)
{
	const struct obs *o = scope_find(s, &dns_address, &exp_names, NULL);

	return obs_int(o, &k_loopback);
}

enum ruling rule_dns_localhost_ipv6_first(const struct scope *s, struct finding *f)
{
	struct dials v4 = evidence_dials(s, 4), v6 = evidence_dials(s, 6);
	const struct obs *a = first_address(s, false), *aaaa = first_address(s, true);

	if (!is_loopback(s) || evidence_proxied(s) || !a || !aaaa)
		return unseen(f, NULL);
	if (v6.ok || obs_int(a, &k_order) < obs_int(aaaa, &k_order))
		return cleared(f, v6.ok ? v6.ok : a);
	if (!v4.ok || !v6.refused)
		return unseen(f, NULL);
	return found(f, 1, v6.refused, v4.ok, aaaa);
}

/* What of a family fails although the other works and this machine has that family. */
static enum ruling one_family_dead(
	const struct scope *s, struct finding *f, int dead, const char *why)
{
	struct dials bad = evidence_dials(s, dead), good = evidence_dials(s, dead == 6 ? 4 : 6);
	const struct obs *error = bad.timeout	? bad.timeout
				  : bad.refused ? bad.refused
						: bad.prohibited;

	if (is_loopback(s) || evidence_proxied(s))
		return unseen(f, NULL);
	if (bad.ok)
		return cleared(f, bad.ok);
	if (bad.unreachable && !error)
		return unseen_because(f, why);
	if (!good.ok || !error)
		return unseen(f, NULL);
	if (error != bad.timeout)
		return found(f, 1, error, good.ok);
	/* silence may be this network's own lack of the family */
	probably(f, &cause_tcp_host_unreachable,
		"the same check from another network that has both families");
	return found(f, 0.6, error, good.ok);
}

enum ruling rule_dns_aaaa_unreachable(const struct scope *s, struct finding *f)
{
	return one_family_dead(s, f, 6, "this machine has no route to IPv6 addresses");
}

enum ruling rule_dns_a_unreachable(const struct scope *s, struct finding *f)
{
	return one_family_dead(s, f, 4, "this machine has no route to IPv4 addresses");
}

/* What a web server says that has nothing to do with the WebSocket asked for. */
static bool is_strangers_answer(const struct obs *answer)
{
	int64_t status = obs_int(answer, &k_status);

	return status == 404 || status == 421 || (status >= 200 && status < 400);
}

enum ruling rule_dns_search_domain_hijack(const struct scope *s, struct finding *f)
{
	const struct obs *search = scope_find(s, &dns_search, &exp_names, NULL);
	const struct obs *address = scope_find(s, &dns_address, &exp_names, NULL);
	const struct obs *open = evidence_open(s), *answer = evidence_refused(s);

	if (!search)
		return unseen(f, NULL);
	if (open || obs_int(address, &k_private) || obs_int(address, &k_loopback))
		return cleared(f, open ? open : address);
	if (is_strangers_answer(answer))
		return found(f, 0.9, search, address, answer);
	probably(f, &cause_dns_nxdomain, "the same check with the full name, a dot at its end");
	return found(f, 0.6, search, address);
}

enum ruling rule_frontend_internal_hostname(const struct scope *s, struct finding *f)
{
	static const char *const tails[] = {".cluster.local", ".svc", "host.docker.internal",
		"gateway.docker.internal", "host.containers.internal", ".compute.internal",
		".ec2.internal", ".docker"};
	const struct obs *asked = scope_find(s, &dns_system, &exp_names, NULL);

	if (!asked)
		asked = scope_find(s, &dns_query, &exp_names, NULL);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		if (!span_ends(obs_text(asked, &k_name), span_of(tails[i])))
			continue;
		if (resolved(s))
			return cleared(f, resolved(s));
		if (query_says(s, "NXDOMAIN") || system_says(s, "not-found"))
			return found(f, 1, asked, query_says(s, "NXDOMAIN"));
	}
	return unseen(f, NULL);
}

/* Whose loopback a configuration means is not to be seen from here: said beside what is certain. */
enum ruling rule_dns_localhost_inside_container(const struct scope *s, struct finding *f)
{
	const struct obs *config = scope_find(s, &lavalink_config, NULL, NULL);
	struct span host = obs_text(config, &k_host);
	struct dials d = evidence_dials(s, 0);

	if (!config || !(span_ieq(host, SPAN("localhost")) || span_starts(host, SPAN("127.")) ||
			       span_eq(host, SPAN("::1"))))
		return unseen(f, NULL);
	if (d.ok)
		return cleared(f, d.ok);
	f->severity = INFO;
	probably(f, &cause_tcp_refused,
		"the same check from inside the container that the configuration is for");
	return d.refused ? found(f, 0.6, config, d.refused) : unseen(f, NULL);
}
