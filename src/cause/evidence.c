#include "cause/evidence.h"

#include "fact/all.h"

const struct obs *evidence_is(const struct scope *s, const struct kind *kind, const struct tag *exp,
	const struct key *key, const char *text)
{
	const struct obs *o = scope_find(s, kind, exp, NULL);

	while (o && !obs_is(o, key, text))
		o = scope_next(s, o, kind, exp, NULL);
	return o;
}

const struct obs *evidence_open(const struct scope *s)
{
	const struct obs *o = evidence_is(s, &ws_open, &exp_upgrade, &k_accept, "ok");

	return o ? o : evidence_is(s, &ws_open, NULL, &k_accept, "ok");
}

static const struct obs *answer(const struct scope *s, const struct tag *exp)
{
	const struct obs *o = scope_find(s, &http_answer, exp, NULL);

	/* a 101 is judged by ws.open */
	while (o && obs_int(o, &k_status) == 101)
		o = scope_next(s, o, &http_answer, exp, NULL);
	return o;
}

const struct obs *evidence_refused(const struct scope *s)
{
	return answer(s, &exp_upgrade);
}

const struct obs *evidence_answer(const struct scope *s, const struct tag *exp)
{
	const struct obs *o = answer(s, exp);

	return o ? o : scope_find(s, &ws_open, exp, NULL);
}

const struct obs *evidence_plain_instead(const struct scope *s)
{
	const struct obs *o = evidence_answer(s, &exp_plain_instead);

	return obs_is(o, &k_saying, "plain-to-tls") ? NULL : o;
}

const struct obs *evidence_hung_up(const struct scope *s, const struct tag *exp)
{
	const struct tag *in = exp ? exp : &exp_upgrade;
	const struct obs *fault = scope_find(s, &http_fault, in, NULL);

	if (evidence_answer(s, in))
		return NULL;
	if (fault && (!obs_is(fault, &k_fault, "cut-in-head") || obs_int(fault, &k_offset) > 0))
		return NULL;
	return evidence_is(s, &conn_end, in, &k_by, "peer");
}

const struct obs *evidence_speaks(const struct scope *s, const char *dialect)
{
	return evidence_is(s, &run_dialect, NULL, &k_dialect, dialect);
}

const struct obs *evidence_stack(const struct scope *s, const char *stack)
{
	return evidence_is(s, &run_stack, NULL, &k_stack, stack);
}

const struct obs *evidence_open_elsewhere(const struct scope *s)
{
	for (unsigned v = 0; v < s->vantages; v++) {
		struct scope other = scope_from(s, (uint8_t)v);
		const struct obs *o = v == s->vantage ? NULL : evidence_open(&other);

		if (o)
			return o;
	}
	return NULL;
}

static const struct obs *target(const struct scope *s)
{
	return scope_find(s, &run_target, NULL, NULL);
}

struct span evidence_host(const struct scope *s)
{
	return obs_text(target(s), &k_host);
}

const struct obs *evidence_host_ends(const struct scope *s, const char *tail)
{
	return span_ends(evidence_host(s), span_of(tail)) ? target(s) : NULL;
}

bool evidence_secure(const struct scope *s)
{
	struct span scheme = obs_text(target(s), &k_scheme);

	return span_eq(scheme, SPAN("wss")) || span_eq(scheme, SPAN("https"));
}

static void sort_dial(struct dials *d, const struct obs *o)
{
	struct span error = obs_text(o, &k_error);
	const struct obs **to = obs_int(o, &k_ok)		      ? &d->ok
				: span_eq(error, SPAN("refused"))     ? &d->refused
				: span_eq(error, SPAN("reset"))	      ? &d->refused
				: span_eq(error, SPAN("timeout"))     ? &d->timeout
				: span_eq(error, SPAN("prohibited"))  ? &d->prohibited
				: span_eq(error, SPAN("unreachable")) ? &d->unreachable
								      : NULL;

	if (to && !*to)
		*to = o;
}

static bool is_v6(const struct obs *o)
{
	return span_chr(obs_text(o, &k_address), ':') >= 0;
}

struct dials evidence_dials(const struct scope *s, int family)
{
	const struct tag *exp =
		scope_find(s, &tcp_connect, &exp_dial, NULL) ? &exp_dial : &exp_upgrade;
	struct dials d = {0};

	for (const struct obs *o = scope_find(s, &tcp_connect, exp, NULL); o;
		o = scope_next(s, o, &tcp_connect, exp, NULL))
		if (!family || is_v6(o) == (family == 6))
			sort_dial(&d, o);
	return d;
}

const struct obs *evidence_proxied(const struct scope *s)
{
	return scope_find(s, &proxy_chosen, NULL, NULL);
}

/* "scheme://host[:port]" (RFC 6454 §6.2). */
struct place {
	bool secure;
	struct span host; /* an IPv6 address without its brackets */
	uint64_t port;
};

static bool place_of(struct place *out, struct span origin)
{
	struct span rest = span_from(origin, (size_t)(span_find(origin, SPAN("://")) + 3)), host;

	if (span_find(origin, SPAN("://")) < 0)
		return false;
	out->secure = span_istarts(origin, SPAN("https:"));
	out->port = out->secure ? 443 : 80;
	if (span_starts(rest, SPAN("["))) {
		rest = span_from(rest, 1);
		if (!span_cut(&rest, ']', &host))
			return false;
		rest = span_from(rest, 1);
	} else if (!span_cut(&rest, ':', &host)) {
		return false;
	}
	out->host = host;
	return !rest.n || span_uint(rest, 65535, &out->port);
}

static const struct obs *target_of(const struct scope *s, uint8_t vantage)
{
	struct scope from = scope_from(s, vantage);

	return scope_find(&from, &run_target, NULL, NULL);
}

static bool is_same_host(const struct place *p, const struct obs *target)
{
	return !obs_has(target, &k_host) || span_ieq(p->host, obs_text(target, &k_host));
}

static bool is_same_origin(const struct place *p, const struct obs *target)
{
	struct span scheme = obs_text(target, &k_scheme);
	bool secure = span_ieq(scheme, SPAN("wss")) || span_ieq(scheme, SPAN("https"));

	return is_same_host(p, target) && (!scheme.n || p->secure == secure) &&
	       (!obs_has(target, &k_port) || (int64_t)p->port == obs_int(target, &k_port));
}

bool evidence_foreign_origin(const struct scope *s, const struct obs *request)
{
	struct place p;

	return place_of(&p, obs_text(request, &k_origin)) &&
	       !is_same_host(&p, target_of(s, s->vantage)) && !is_same_host(&p, target_of(s, 0));
}

bool evidence_origin_given(const struct scope *s, const struct obs *request)
{
	struct place p;

	if (obs_has(target_of(s, 0), &k_origin))
		return true;
	return place_of(&p, obs_text(request, &k_origin)) &&
	       !is_same_origin(&p, target_of(s, s->vantage)) &&
	       !is_same_origin(&p, target_of(s, 0));
}

bool evidence_self_origin(const struct scope *s, const struct obs *request)
{
	const struct obs *target = target_of(s, s->vantage);
	bool secure = evidence_secure(s);
	int64_t port = obs_int(target, &k_port);
	struct place p;

	if (!target || !place_of(&p, obs_text(request, &k_origin)) || !is_same_host(&p, target))
		return false;
	if ((int64_t)p.port != port &&
		(p.port != (p.secure ? 443 : 80) || port != (secure ? 443 : 80)))
		return false;
	return secure || !p.secure;
}

const struct obs *evidence_withheld(const struct scope *s, const struct obs *request)
{
	const struct obs *verify = scope_find(s, &tls_verify, &exp_upgrade, NULL);

	if (!verify || obs_int(verify, &k_insecure) || obs_int(request, &k_credential))
		return NULL;
	return obs_int(verify, &k_chain_ok) && obs_int(verify, &k_name_ok) ? NULL : verify;
}

const struct obs *evidence_reverse_proxy(const struct scope *s)
{
	static const char *const proxies[] = {"nginx", "openresty", "haproxy", "apache", "caddy",
		"envoy", "traefik", "varnish", "cloudflare", "cloudfront", "alb"};

	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++) {
		const struct obs *o = evidence_stack(s, proxies[i]);

		if (o)
			return o;
	}
	return NULL;
}
