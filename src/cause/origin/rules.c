#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/session.h"
#include "fact/all.h"

/* A server may know its pages by a list in which its own origin is not: that alone is no error
 * unless the backend itself takes the same origin, or the user named it. */
static enum ruling rejected(
	const struct scope *s, struct finding *f, const struct attempt *a, const struct obs *open)
{
	const struct obs *direct = attempt_direct(s);

	if (!evidence_origin_given(s, a->request) && !direct)
		f->severity = WARNING;
	return found(f, 1, a->request, a->refused, open, direct);
}

/* Without an Origin, then with the server's own one. */
static enum ruling rejected_if_others_open(
	const struct scope *s, struct finding *f, const struct attempt *a)
{
	const struct obs *without = attempt_with(s, &exp_no_origin),
			 *own = attempt_with(s, &exp_own_origin);

	if (!scope_ran(s, &exp_no_origin))
		return unseen(f, &exp_no_origin);
	if (without)
		return rejected(s, f, a, without);
	if (evidence_origin_given(s, a->request)) {
		if (!scope_ran(s, &exp_own_origin))
			return unseen(f, &exp_own_origin);
		if (own)
			return rejected(s, f, a, own);
	}
	if (answer_says(a->refused, "origin-rejected"))
		return found(f, 0.9, a->request, a->refused);
	return cleared(f, attempt_of(s, &exp_no_origin).refused);
}

enum ruling rule_origin_rejected_403(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!obs_has(a.request, &k_origin) ||
		answer_by_any(a.refused, "python-engineio actioncable"))
		return unseen(f, NULL);
	if (answer_by(a.refused, "ws") && answer_status(a.refused) == 400)
		return cleared(f, a.refused); /* its words for a foreign path */
	if (!answer_says(a.refused, "origin-rejected") &&
		!(answer_is_vague(a.refused) &&
			(answer_status(a.refused) == 403 || answer_status(a.refused) == 400)))
		return cleared(f, a.refused);
	return rejected_if_others_open(s, f, &a);
}

enum ruling rule_origin_rejected_actioncable_404(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *own = attempt_with(s, &exp_own_origin);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_status(a.refused) != 404 || !obs_has(a.request, &k_origin))
		return cleared(f, a.refused);
	if (evidence_origin_given(s, a.request)) {
		if (!scope_ran(s, &exp_own_origin))
			return unseen(f, &exp_own_origin);
		return own ? rejected(s, f, &a, own)
			   : cleared(f, attempt_of(s, &exp_own_origin).refused);
	}
	if (!answer_by(a.refused, "actioncable"))
		return unseen(f, NULL);
	probably(f, &cause_upg_headers_stripped,
		"`Request origin not allowed` in the Rails log, or its absence");
	return found(f, 0.6, a.request, a.refused);
}

enum ruling rule_origin_rejected_python_eio(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *said = session_says(s, &exp_eio_polling, "origin-rejected");

	/* under ASGI the Upgrade gets a bare 403, polling says why */
	if (said && (obs_is(said, &k_by, "python-engineio") || answer_by(said, "python-engineio")))
		return found(f, 1, said, scope_find(s, &http_request, &exp_eio_polling, NULL), a.refused);
	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!answer_by(a.refused, "python-engineio") || !answer_says(a.refused, "origin-rejected"))
		return cleared(f, a.refused);
	return rejected_if_others_open(s, f, &a);
}

static bool scheme_allows(struct span wanted, struct span scheme)
{
	/* CSP3 §6.7.2.9: http: also matches ws: and wss:, https: and ws: also match wss: */
	if (span_ieq(wanted, scheme) || span_ieq(wanted, SPAN("http")))
		return true;
	return span_ieq(scheme, SPAN("wss")) &&
	       (span_ieq(wanted, SPAN("https")) || span_ieq(wanted, SPAN("ws")));
}

static struct span scheme_of(struct span origin)
{
	ssize_t at = span_find(origin, SPAN("://"));

	return at < 0 ? (struct span){0} : span_head(origin, (size_t)at);
}

static bool host_allows(struct span name, struct span host)
{
	if (span_starts(name, SPAN("*.")))
		return host.n >= name.n &&
		       span_ieq(span_from(host, host.n - (name.n - 1)), span_from(name, 1));
	return span_eq(name, SPAN("*")) || span_ieq(name, host);
}

static bool port_allows(struct span port, const struct obs *target)
{
	int64_t usual = word_among(obs_text(target, &k_scheme), "wss https") ? 443 : 80;
	uint64_t n = (uint64_t)usual;

	if (span_eq(port, SPAN("*")))
		return true;
	return (!port.n || span_uint(port, 65535, &n)) && (int64_t)n == obs_int(target, &k_port);
}

/* One source expression (CSP3 §6.7.2.8) of the page at `origin` against the target; paths are not
 * compared. */
static bool source_allows(struct span source, struct span origin, const struct obs *target)
{
	struct span scheme = obs_text(target, &k_scheme);
	ssize_t at = span_find(source, SPAN("://"));
	struct span port = at < 0 ? source : span_from(source, (size_t)at + 3), host;

	if (span_eq(source, SPAN("*")))
		return true;
	if (at < 0 && span_ends(source, SPAN(":")))
		return scheme_allows(span_head(source, source.n - 1), scheme);
	/* without a scheme it is the page's own */
	if (!(at < 0 ? scheme_allows(scheme_of(origin), scheme)
		     : scheme_allows(span_head(source, (size_t)at), scheme)))
		return false;
	span_cut(&port, '/', &host);
	port = host;
	span_cut(&port, ':', &host);
	return host_allows(host, obs_text(target, &k_host)) && port_allows(port, target);
}

static bool policy_names(
	const struct obs *page, const struct obs *request, const struct obs *target)
{
	struct span policy = obs_text(page, &k_csp_connect), source;

	while (span_cut(&policy, ' ', &source))
		if (source.n && source_allows(source, obs_text(request, &k_origin), target))
			return true;
	return false;
}

/* The page at the origin that the user named, and its policy. */
static const struct obs *page_policy(const struct scope *s)
{
	const struct obs *page = scope_find(s, &http_answer, &exp_page, NULL);

	return obs_int(page, &k_status) == 200 && obs_is(page, &k_body_shape, "html") &&
			       obs_has(page, &k_csp_connect)
		       ? page
		       : NULL;
}

static bool allows_self(const struct scope *s, const struct attempt *a, const struct obs *page)
{
	return text_has(page, &k_csp_connect, "'self'") && evidence_self_origin(s, a->request);
}

enum ruling rule_csp_connect_src(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *target = scope_find(s, &run_target, NULL, NULL), *page = page_policy(s);

	if (!attempt_opened(&a) || !evidence_origin_given(s, a.request))
		return unseen(f, NULL);
	/* of its own accord wsdx asks no host but the target's */
	if (!scope_ran(s, &exp_page))
		return evidence_foreign_origin(s, a.request) ? unseen(f, NULL)
							     : unseen(f, &exp_page);
	if (!page)
		return unseen(f, NULL);
	if (allows_self(s, &a, page) || policy_names(page, a.request, target))
		return cleared(f, page);
	return found(f, 0.9, page, a.request);
}

enum ruling rule_csp_self_excludes_ws(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *target = scope_find(s, &run_target, NULL, NULL), *page = page_policy(s);

	if (!attempt_opened(&a) || !page)
		return unseen(f, NULL);
	if (allows_self(s, &a, page) && !policy_names(page, a.request, target))
		return found(f, 1, page);
	return cleared(f, page);
}

/* W3C Secure Contexts §3.1: trustworthy over plain text too. */
static bool is_local(struct span host)
{
	return span_ieq(host, SPAN("localhost")) || span_starts(host, SPAN("127.")) ||
	       span_eq(host, SPAN("::1")) || span_eq(host, SPAN("[::1]")) ||
	       span_ends(host, SPAN(".localhost"));
}

enum ruling rule_mixed_content_ws(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *target = scope_find(s, &run_target, NULL, NULL);

	if (!a.request || !target || s->vantage > 0)
		return unseen(f, NULL);
	if (!span_istarts(obs_text(a.request, &k_origin), SPAN("https://")) ||
		!word_among(obs_text(target, &k_scheme), "ws http") ||
		is_local(obs_text(target, &k_host)))
		return cleared(f, a.request);
	return found(f, 1, a.request, target);
}
