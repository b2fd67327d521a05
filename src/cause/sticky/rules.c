#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/session.h"
#include "fact/all.h"

/* What makes it worth looking: an id that was unknown, or a balancer's cookie, which not every
 * client sends. */
static bool is_suspicious(const struct scope *s)
{
	return session_says(s, NULL, "session-unknown") ||
	       session_says(s, &exp_eio_samples, "session-unknown") || session_cookie(s, true);
}

static const struct obs *strayed_without_cookie(const struct scope *s)
{
	return session_says(s, &exp_eio_sticky, "session-unknown");
}

/* Asks for what is still to be looked at; true when both looks are over. */
static bool looked(const struct scope *s, struct finding *f)
{
	if (!scope_ran(s, &exp_eio_sticky)) {
		unseen(f, is_suspicious(s) ? &exp_eio_sticky : NULL);
		return false;
	}
	if (strayed_without_cookie(s) && session_cookie(s, false) &&
		!scope_ran(s, &exp_eio_sticky_cookies)) {
		unseen(f, &exp_eio_sticky_cookies);
		return false;
	}
	return true;
}

/* The requests without the cookie strayed, those with it did not. */
static const struct obs *cookie_decides(const struct scope *s)
{
	if (!session_cookie(s, false) || !scope_ran(s, &exp_eio_sticky_cookies) ||
		session_says(s, &exp_eio_sticky_cookies, "session-unknown"))
		return NULL;
	return strayed_without_cookie(s);
}

/* A WebSocket is one connection: who opens nothing else needs no affinity. */
static void spare_websocket(const struct scope *s, struct finding *f)
{
	if (session_websocket_only(s) && session_websocket(s))
		f->severity = INFO;
}

enum ruling rule_sticky_missing(const struct scope *s, struct finding *f)
{
	const struct obs *strays;

	if (!looked(s, f))
		return UNSEEN;
	strays = session_strays(s);
	/* with a balancer's cookie sent back the request did reach the same host */
	if (!strays || session_cookie(s, true))
		return cleared(f, strays ? strays : scope_ran(s, &exp_eio_sticky));
	spare_websocket(s, f);
	return found(f, 1, strays, strayed_without_cookie(s),
		session_says(s, NULL, "session-unknown"), session_no_websocket(s, &exp_eio_upgrade),
		scope_ran(s, &exp_eio_sticky));
}

enum ruling rule_sticky_per_process(const struct scope *s, struct finding *f)
{
	const struct obs *strays, *cookie;

	if (!looked(s, f))
		return UNSEEN;
	strays = session_strays(s);
	cookie = session_cookie(s, true);
	if (!strays || (!cookie && s->vantage == 0))
		return cleared(f, strays ? strays : scope_ran(s, &exp_eio_sticky));
	spare_websocket(s, f);
	return found(f, cookie ? 0.9 : 1, strays, cookie, session_says(s, NULL, "session-unknown"),
		session_no_websocket(s, &exp_eio_upgrade));
}

/* Lost in the base plan, and never again: neither on fresh connections nor while a poll waited. */
enum ruling rule_sticky_lost_after_deploy(const struct scope *s, struct finding *f)
{
	const struct obs *lost = session_says(s, NULL, "session-unknown"),
			 *looked_again = scope_ran(s, &exp_eio_sticky),
			 *waited = scope_ran(s, &exp_eio_long_poll);
	struct session alone = session_of(s, &exp_eio_websocket, NULL);

	if (!lost)
		return cleared(f, session_websocket(s));
	/* a server that closes what we say by WebSocket too ended the session for it */
	if (alone.close && alone.join && !alone.connect)
		return cleared(f, alone.close);
	if (!looked_again || !waited || !obs_is(waited, &k_outcome, "answered"))
		return unseen(f, NULL);
	if (session_says(s, &exp_eio_sticky, "session-unknown") ||
		session_says(s, &exp_eio_long_poll, "session-unknown"))
		return cleared(f, lost);
	probably(f, &cause_sticky_missing,
		"the same check again: a restart is over, a missing affinity is not");
	return found(f, 0.7, lost, looked_again, waited);
}

static bool is_listed(struct span list, struct span name)
{
	struct span other;

	while (span_cut(&list, ',', &other))
		if (span_eq(span_trim(other), name))
			return true;
	return false;
}

/* Every cookie of the answer comes back from pages of other sites. */
static bool all_cross_site(const struct obs *answer)
{
	struct span list = obs_text(answer, &k_set_cookie), name;

	while (span_cut(&list, ',', &name))
		if (!is_listed(obs_text(answer, &k_cross_site_cookies), span_trim(name)))
			return false;
	return true;
}

static bool allows_credentials(const struct scope *s)
{
	const struct obs *answer = scope_find(s, &http_answer, &exp_eio_polling, NULL);

	return obs_int(answer, &k_allow_credentials) && !obs_is(answer, &k_allow_origin, "*");
}

enum ruling rule_sticky_cookie_not_sent(const struct scope *s, struct finding *f)
{
	const struct obs *foreign = session_foreign_origin(s);

	if (!foreign)
		return unseen(f, NULL);
	if (!looked(s, f))
		return UNSEEN;
	if (!cookie_decides(s))
		return cleared(f, scope_ran(s, &exp_eio_sticky));
	/* the server does its part: the page has to ask for it */
	if (allows_credentials(s) && all_cross_site(session_cookie(s, false)))
		f->severity = INFO;
	return found(f, 1, session_cookie(s, false), cookie_decides(s), foreign);
}

enum ruling rule_sticky_cookie_samesite(const struct scope *s, struct finding *f)
{
	const struct obs *foreign = session_foreign_origin(s), *cookie = session_cookie(s, false);

	if (!foreign)
		return unseen(f, NULL);
	if (!looked(s, f))
		return UNSEEN;
	if (!cookie_decides(s) || all_cross_site(cookie))
		return cleared(f, cookie ? cookie : scope_ran(s, &exp_eio_sticky));
	return found(f, 1, cookie, cookie_decides(s), foreign);
}

enum ruling rule_sticky_client_no_cookie_jar(const struct scope *s, struct finding *f)
{
	if (session_foreign_origin(s))
		return unseen(f, NULL);
	if (!looked(s, f))
		return UNSEEN;
	if (!cookie_decides(s))
		return cleared(f, scope_ran(s, &exp_eio_sticky));
	return found(f, 1, session_cookie(s, false), cookie_decides(s),
		scope_ran(s, &exp_eio_sticky_cookies));
}

static enum ruling strays_at(const struct scope *s, struct finding *f, const struct obs *host)
{
	const struct obs *strays;

	if (!host)
		return unseen(f, NULL);
	if (!looked(s, f))
		return UNSEEN;
	strays = session_strays(s);
	if (!strays)
		return cleared(f, scope_ran(s, &exp_eio_sticky));
	spare_websocket(s, f);
	return found(f, 1, strays, host, session_says(s, NULL, "session-unknown"),
		session_no_websocket(s, &exp_eio_upgrade));
}

enum ruling rule_apprunner_instances_no_affinity(const struct scope *s, struct finding *f)
{
	return strays_at(s, f, evidence_host_ends(s, ".awsapprunner.com"));
}

enum ruling rule_cloudrun_best_effort_affinity(const struct scope *s, struct finding *f)
{
	return strays_at(s, f, evidence_host_ends(s, ".run.app"));
}

enum ruling rule_heroku_multi_dyno_no_affinity(const struct scope *s, struct finding *f)
{
	const struct obs *host = evidence_host_ends(s, ".herokuapp.com");

	return strays_at(s, f, host ? host : evidence_stack(s, "heroku"));
}

enum ruling rule_fly_multi_machine(const struct scope *s, struct finding *f)
{
	const struct obs *host = evidence_host_ends(s, ".fly.dev");

	return strays_at(s, f, host ? host : evidence_stack(s, "fly"));
}

/* SignalR's 404 to an id that this server does not have. */
static bool is_unknown_to_signalr(const struct attempt *a)
{
	return answer_by(a->refused, "signalr") && answer_says(a->refused, "session-unknown");
}

/* The id that negotiate gave a moment ago: only another server does not know it. */
static enum ruling fresh_id_unknown(
	const struct scope *s, struct finding *f, const struct attempt *a)
{
	if (!scope_ran(s, &exp_signalr_sticky))
		return unseen(f, &exp_signalr_sticky);
	return found(f, 1, a->refused,
		scope_find(s, &signalr_negotiated, &exp_signalr_negotiate, NULL),
		scope_find(s, &ws_open, &exp_signalr_sticky, NULL));
}

/* Of the rounds that negotiate and connect, one whose id was unknown. */
static const struct obs *round_unknown(const struct scope *s)
{
	return evidence_is(s, &http_answer, &exp_signalr_sticky, &k_saying, "session-unknown");
}

enum ruling rule_signalr_not_sticky(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *again = attempt_with(s, &exp_repeat);

	if (!is_unknown_to_signalr(&a))
		return round_unknown(s) ? found(f, 1, round_unknown(s), a.open)
					: attempt_not_refused(&a, f);
	if (scope_find(s, &signalr_negotiated, &exp_signalr_negotiate, NULL))
		return fresh_id_unknown(s, f, &a);
	if (!scope_ran(s, &exp_repeat))
		return unseen(f, &exp_repeat);
	return again ? found(f, 1, a.refused, again) : cleared(f, scope_ran(s, &exp_repeat));
}

/* The Upgrade with the id that the URL was given with, before SignalR was recognised by its answer.
 */
static const struct obs *given_id_unknown(const struct scope *s)
{
	for (size_t i = 0; i < s->journal->n; i++) {
		const struct obs *o = s->journal->all[i];

		if (o->kind == &http_answer && o->where.exp == &exp_upgrade &&
			o->where.vantage == s->vantage && answer_by(o, "signalr") &&
			answer_says(o, "session-unknown"))
			return o;
	}
	return NULL;
}

enum ruling rule_signalr_negotiate_expired(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	/* a client asks for a fresh one, and that one works */
	if (evidence_speaks(s, "signalr") && given_id_unknown(s) && attempt_opened(&a)) {
		f->severity = INFO;
		return found(f, 1, given_id_unknown(s), a.open);
	}
	if (scope_find(s, &signalr_negotiated, &exp_signalr_negotiate, NULL))
		return cleared(f, a.open ? a.open : a.refused);
	if (!is_unknown_to_signalr(&a))
		return attempt_not_refused(&a, f);
	if (!scope_ran(s, &exp_repeat))
		return unseen(f, &exp_repeat);
	if (attempt_with(s, &exp_repeat))
		return cleared(f, attempt_with(s, &exp_repeat));
	probably(f, &cause_signalr_not_sticky,
		"a fresh id: POST /negotiate, and the Upgrade with it at once");
	return found(f, 0.6, a.refused);
}
