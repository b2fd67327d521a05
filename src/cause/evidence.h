/* Questions to a scope that many rules ask. Those that return an observation return NULL when the
 * answer is no. */
#ifndef CAUSE_EVIDENCE_H
#define CAUSE_EVIDENCE_H

#include "base/ns.h"
#include "core/rule.h"

/* The first one of this kind in the experiment (NULL: any) whose text field is exactly this. */
const struct obs *evidence_is(const struct scope *s, const struct kind *kind, const struct tag *exp,
	const struct key *key, const char *text);

/* A 101 whose accept value is right: the base experiment's, else that of any other. */
const struct obs *evidence_open(const struct scope *s);

/* The answer to the Upgrade of the base experiment that is not a 101. */
const struct obs *evidence_refused(const struct scope *s);

/* The answer of the experiment, of whatever status: http.answer or ws.open. */
const struct obs *evidence_answer(const struct scope *s, const struct tag *exp);

/* Plain HTTP was answered on the port that was taken for TLS, other than by "this is a TLS port".
 */
const struct obs *evidence_plain_instead(const struct scope *s);

/* The peer hung up on the base experiment (or on `exp`) before it answered with a single byte of
 * HTTP: its conn.end. */
const struct obs *evidence_hung_up(const struct scope *s, const struct tag *exp);

/* The same WebSocket opened from another vantage point. */
const struct obs *evidence_open_elsewhere(const struct scope *s);

/* Its run.dialect, when the endpoint was taken for this one. */
const struct obs *evidence_speaks(const struct scope *s, const char *dialect);

/* A product on the path, by any of its marks (run.stack). */
const struct obs *evidence_stack(const struct scope *s, const char *stack);

/* A reverse proxy or CDN, by any of its marks. */
const struct obs *evidence_reverse_proxy(const struct scope *s);

/* The host of the target: its name or address as in the URL; its run.target when the host ends so,
 * and scheme. */
struct span evidence_host(const struct scope *s);
const struct obs *evidence_host_ends(const struct scope *s, const char *tail);
bool evidence_secure(const struct scope *s);

/* How the base plan's attempts to connect came out: the first of each error, and the first that
 * succeeded; with a proxy, these are attempts to reach the proxy. family: 4, 6, or 0 for both. */
struct dials {
	const struct obs *ok, *refused, *timeout, *prohibited, *unreachable;
};
struct dials evidence_dials(const struct scope *s, int family);

/* A forward proxy is used. */
const struct obs *evidence_proxied(const struct scope *s);

/* The request's Origin is of another host than the target's, so the user named it. */
bool evidence_foreign_origin(const struct scope *s, const struct obs *request);

/* The user named the Origin: it is not the target's own, or run.target has it. */
bool evidence_origin_given(const struct scope *s, const struct obs *request);

/* The Origin's 'self' takes in the target (CSP3 §6.7.2.7): host and port are the same, or each has
 * the port of its scheme, and no page over TLS goes to plain text. */
bool evidence_self_origin(const struct scope *s, const struct obs *request);

/* TLS did not verify, so credentials stayed at home: a 401 says nothing about those the user may have given. */
const struct obs *evidence_withheld(const struct scope *s, const struct obs *request);

#endif
