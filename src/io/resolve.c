#include <stdio.h>

#include "fact/dns.h"
#include "fact/run.h"
#include "io/resolve_inside.h"

void addresses_add(struct addresses *a, const struct sockaddr *sa, socklen_t n, uint16_t port)
{
	struct address *new = &a->v[a->n];

	if (a->n == RESOLVE_MAX || !address_from(new, sa, n, port))
		return;
	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->v[i].text, new->text))
			return;
	a->n++;
}

static void note_addresses(const struct spot *s, const char *host, const struct addresses *a, ns at)
{
	for (size_t i = 0; i < a->n; i++)
		note(s->journal, &s->where, at, &dns_address, F_TEXT(k_name, span_of(host)),
			F_TEXT(k_address, span_of(a->v[i].text)), F_INT(k_family, a->v[i].family),
			F_INT(k_order, (int64_t)i), F_BOOL(k_loopback, a->v[i].loopback),
			F_BOOL(k_private, a->v[i].local), F_BOOL(k_literal, a->literal));
}

/* --- without asking anybody ----------------------------------------------------------------- */

static bool fits(const struct address *a, int family)
{
	return !family || a->family == family;
}

/* What the user says, and literals. */
static void take_literals(struct addresses *out, struct span list, const struct resolve_ask *ask)
{
	struct span one;

	while (out->n < RESOLVE_MAX && span_cut(&list, ',', &one))
		out->n += address_parse(&out->v[out->n], one, ask->port) &&
			  fits(&out->v[out->n], ask->family);
	if (!out->n)
		out->error = "not-found";
}

/* --- asking --------------------------------------------------------------------------------- */

struct lookup {
	const struct spot *spot;
	const struct resolve_ask *ask;
	char host[HOST_MAX + 1];
	char canonical[HOST_MAX + 1];
	struct system_lookup *system;
	struct queries *queries; /* A and AAAA */
	struct queries *own;	 /* instead of the system */
	ns began, took;
};

/* RFC 6761 §6.3: never on the wire. */
static bool is_localhost(struct span host)
{
	return span_ieq(host, SPAN("localhost")) || span_ieq(host, SPAN("localhost.")) ||
	       (host.n > 10 && span_ieq(span_from(host, host.n - 10), SPAN(".localhost")));
}

static void start(struct lookup *l)
{
	const struct resolve_ask *ask = l->ask;
	struct loop *loop = l->spot->loop;
	bool wire = !ask->system_only && !is_localhost(span_of(l->host));

	if (!ask->not_system)
		l->system = system_lookup_new(loop, fiber_self(), l->host, ask->port, ask->family);
	if (wire)
		l->queries = queries_new(loop, fiber_self(), ask->servers, true);
	if (l->queries)
		queries_ask(l->queries, l->host, ask->family);
	if (!l->system)
		l->own = queries_new(loop, fiber_self(), ask->servers, false);
	if (l->own)
		queries_ask_all(l->own, l->host, ask->port, ask->family);
}

static bool system_pending(const struct lookup *l)
{
	return l->system && !system_lookup_done(l->system);
}

/* The addresses are being looked for. */
static bool pending(const struct lookup *l)
{
	return system_pending(l) || (l->own && !queries_done(l->own));
}

static void await(struct lookup *l, ns deadline)
{
	enum wait w = WAIT_WOKEN;

	while (w == WAIT_WOKEN && pending(l))
		w = fiber_park(deadline);
	l->took = loop_clock(l->spot->loop) - l->began;
	if (deadline > loop_now(l->spot->loop) + RESOLVE_GRACE)
		deadline = loop_now(l->spot->loop) + RESOLVE_GRACE;
	while (w == WAIT_WOKEN && l->queries && !queries_done(l->queries))
		w = fiber_park(deadline);
}

static void note_system(struct lookup *l, struct addresses *out, ns at)
{
	struct field f[5] = {
		F_TEXT(k_name, span_of(l->host)), F_INT(k_answers, 0), F_TIME(k_took, l->took)};
	size_t n = 3;

	if (system_pending(l))
		out->error = "timeout";
	else
		system_lookup_take(l->system, out, l->canonical);
	f[1] = F_INT(k_answers, (int64_t)out->n);
	if (l->ask->family)
		f[n++] = F_INT(k_family, l->ask->family);
	if (out->error)
		f[n++] = F_TEXT(k_error, span_of(out->error));
	journal_add(l->spot->journal, &l->spot->where, at, &dns_system, f, n);
}

static void note_unseen(struct lookup *l, struct addresses *out, ns at)
{
	note(l->spot->journal, &l->spot->where, at, &dns_unseen, F_TEXT(k_name, span_of(l->host)),
		F_TEXT(k_text, SPAN("wsdx asked the name servers by itself")));
	if (l->own)
		queries_take(l->own, out, l->canonical);
	else
		out->error = "failure";
}

static void note_queries(const struct lookup *l, ns at)
{
	const struct query *v;
	size_t n = l->queries ? queries_get(l->queries, &v) : 0;

	for (size_t i = 0; i < n; i++)
		note(l->spot->journal, &l->spot->where, v[i].rcode ? l->began + v[i].took : at,
			&dns_query, F_TEXT(k_name, span_of(l->host)),
			F_TEXT(k_rtype, span_of(v[i].rtype)),
			F_TEXT(k_rcode, span_of(v[i].rcode ? v[i].rcode : "timeout")),
			F_INT(k_answers, v[i].answers),
			F_TIME(k_took, v[i].rcode ? v[i].took : at - l->began));
}

/* "db" became "db.example.com": whatever the search list of resolv.conf says, the name itself was
 * not what was found. A CNAME leads elsewhere, but not to the name with something appended. */
static void note_search(const struct lookup *l, ns at)
{
	struct span host = span_of(l->host), canonical = span_of(l->canonical);
	struct span rest = span_from(canonical, host.n);

	if (span_starts(rest, SPAN(".")) && rest.n > 1 &&
		span_ieq(span_head(canonical, host.n), host))
		note(l->spot->journal, &l->spot->where, at, &dns_search, F_TEXT(k_name, host),
			F_TEXT(k_text, canonical));
}

static void look_up(struct addresses *out, struct lookup *l, ns deadline)
{
	const struct spot *s = l->spot;
	ns at;

	l->began = loop_clock(s->loop);
	start(l);
	await(l, deadline);
	at = loop_clock(s->loop);
	if (!fiber_stopped()) {
		if (l->system)
			note_system(l, out, l->began + l->took);
		else
			note_unseen(l, out, l->began + l->took);
		note_queries(l, at);
		note_search(l, at);
		note_addresses(s, l->host, out, at);
		note(s->journal, &s->where, l->began, &run_phase, F_TEXT(k_phase, SPAN("dns")),
			F_TIME(k_took, l->took), F_BOOL(k_ok, out->n > 0));
	}
	system_lookup_free(l->system);
	queries_free(l->queries);
	queries_free(l->own);
}

/* --- what is asked for ---------------------------------------------------------------------- */

static struct span without_brackets(struct span host)
{
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		return (struct span){host.p + 1, host.n - 2};
	return host;
}

/* --connect-to: another place stands for this one. */
static bool redirect(struct resolve_ask *ask)
{
	const struct override *v = overrides_find(ask->overrides, ask->host, ask->port, true);

	if (!v)
		return false;
	ask->host = v->to_host.n ? v->to_host : ask->host;
	ask->port = v->to_port ? v->to_port : ask->port;
	return true;
}

bool resolve(struct addresses *out, const struct spot *spot, const struct resolve_ask *asked,
	ns deadline)
{
	struct resolve_ask ask = *asked;
	struct lookup l = {.spot = spot, .ask = &ask};
	const struct override *given;
	struct address literal;
	ns at = loop_clock(spot->loop);
	bool redirected;

	*out = (struct addresses){0};
	ask.host = without_brackets(ask.host);
	redirected = redirect(&ask);
	snprintf(l.host, sizeof(l.host), "%.*s", SPANF(span_head(ask.host, HOST_MAX)));
	given = overrides_find(ask.overrides, ask.host, ask.port, false);
	out->literal = !given && address_parse(&literal, ask.host, ask.port);
	if (given || out->literal) {
		take_literals(out, given ? given->addresses : ask.host, &ask);
		note_addresses(spot, l.host, out, at);
	} else if (ask.host.n > HOST_MAX || strlen(l.host) != ask.host.n || !ask.host.n) {
		out->error = "not-found";
	} else {
		look_up(out, &l, deadline);
	}
	out->overridden = redirected || given;
	if (!out->n && !out->error)
		out->error = "failure"; /* the fiber was stopped */
	return out->n > 0;
}
