#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* --- what the rules ask --- */

static const struct obs *rest(const struct scope *s, const char *path, const char *given)
{
	const struct obs *o = scope_find(s, &lavalink_rest, &exp_lavalink_rest, NULL);

	while (o && !(obs_is(o, &k_given, given) && span_ends(obs_text(o, &k_path), span_of(path))))
		o = scope_next(s, o, &lavalink_rest, &exp_lavalink_rest, NULL);
	return o;
}

/* The node itself gave it: a proxy in front has an answer of its own, or the node's with other
 * headers. */
static bool by_node(const struct scope *s, const struct obs *rest)
{
	const struct obs *answer =
		rest && rest->where.flow ? scope_in_flow(s, rest->where.flow, &http_answer) : NULL;

	return rest && !answer_by_proxy(answer) && !obs_has(answer, &k_authenticate);
}

static const struct obs *logged(const struct scope *s, const char *event)
{
	return evidence_is(s, &lavalink_log, NULL, &k_event, event);
}

static bool is_node(const struct scope *s)
{
	return evidence_is(s, &run_dialect, NULL, &k_dialect, "lavalink") != NULL;
}

static const struct obs *ready(const struct scope *s)
{
	return scope_find(s, &lavalink_ready, NULL, NULL);
}

/* "4.1.2" is below 4.2; what cannot be read is not. */
static bool is_below(const struct obs *node, uint64_t major, uint64_t minor)
{
	struct span rest = obs_text(node, &k_version), part;
	uint64_t is_major, is_minor = 0;

	if (!span_cut(&rest, '.', &part) || !span_uint(part, 1000, &is_major))
		return false;
	if (span_cut(&rest, '.', &part) && !span_uint(part, 1000, &is_minor))
		return false;
	return is_major < major || (is_major == major && is_minor < minor);
}

static const struct obs *node_below(const struct scope *s, uint64_t major, uint64_t minor)
{
	const struct obs *o = scope_find(s, &lavalink_node, NULL, NULL);

	while (o && !is_below(o, major, minor))
		o = scope_next(s, o, &lavalink_node, NULL, NULL);
	return o;
}

/* --- the password --- */

static bool gave_password(const struct scope *s)
{
	return obs_int(scope_find(s, &lavalink_client, NULL, NULL), &k_password) != 0;
}

/* The refusal of the Upgrade that is about the password. */
static const struct obs *unauthorised(const struct scope *s)
{
	struct attempt a = attempt_of(s, &exp_upgrade),
		       session = attempt_of(s, &exp_lavalink_session);
	const struct obs *refused = session.request ? session.refused : a.refused;
	int64_t status = answer_status(refused);

	return (status == 401 || status == 403) && !answer_by_proxy(refused) ? refused : NULL;
}

enum ruling rule_lavalink_bad_password(const struct scope *s, struct finding *f)
{
	const struct obs *log = logged(s, "auth-failed"), *refused = unauthorised(s), *given, *none;

	if (log || logged(s, "rest-auth-failed"))
		return found(f, 1, log ? log : logged(s, "rest-auth-failed"),
			scope_find(s, &lavalink_config, NULL, NULL));
	if (!is_node(s))
		return unseen(f, NULL);
	if (!refused)
		return cleared(f, ready(s));
	if (!scope_ran(s, &exp_lavalink_rest))
		return unseen(f, &exp_lavalink_rest);
	given = rest(s, "/version", "given");
	none = rest(s, "/version", "none");
	if (!gave_password(s) && by_node(s, none) && answer_status(none) == 401)
		return found(f, 1, scope_find(s, &lavalink_client, NULL, NULL), refused, none);
	if (by_node(s, given) && answer_status(given) == 403)
		return found(
			f, 1, refused, given, none, scope_find(s, &lavalink_config, NULL, NULL));
	return given ? cleared(f, given) : unseen(f, NULL);
}

enum ruling rule_lavalink_authorization_lost(const struct scope *s, struct finding *f)
{
	const struct obs *refused = unauthorised(s), *given, *none;

	if (!is_node(s) || !gave_password(s))
		return unseen(f, NULL);
	if (!refused)
		return cleared(f, ready(s));
	if (evidence_withheld(s, attempt_of(s, &exp_upgrade).request))
		return unseen_because(
			f, "the password is not sent over TLS that does not verify (-k sends it)");
	if (!scope_ran(s, &exp_lavalink_rest))
		return unseen(f, &exp_lavalink_rest);
	given = rest(s, "/version", "given");
	none = rest(s, "/version", "none");
	/* REST gets it, the Upgrade does not: a place of its own in the proxy's configuration */
	if (answer_status(given) == 200 && answer_status(refused) == 401)
		return found(f, 1, refused, given);
	if (by_node(s, given) && answer_status(given) == 401)
		return found(f, answer_status(none) == 401 ? 1 : 0.9, refused, given, none,
			attempt_direct(s));
	return given ? cleared(f, given) : unseen(f, NULL);
}

enum ruling rule_lavalink_public_node_403(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!is_node(s))
		return unseen(f, NULL);
	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_status(a.refused) != 403 || !obs_int(a.refused, &k_cf_ray) ||
		answer_by(a.refused, "lavalink"))
		return cleared(f, a.refused);
	return found(f, 0.9, a.refused, a.request);
}

/* --- the other headers --- */

enum ruling rule_lavalink_missing_user_id(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade), with = attempt_of(s, &exp_lavalink_user_id);
	const struct obs *log = logged(s, "user-id-missing");

	if (log)
		return found(f, 1, log);
	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!answer_says(a.refused, "user-id-missing"))
		return cleared(f, a.refused);
	if (!scope_ran(s, &exp_lavalink_user_id))
		return unseen(f, &exp_lavalink_user_id);
	return found(f, attempt_opened(&with) ? 1 : 0.9, a.refused,
		scope_find(s, &lavalink_client, NULL, NULL), with.open ? with.open : with.refused);
}

enum ruling rule_lavalink_nonnumeric_user_id(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *client = scope_find(s, &lavalink_client, NULL, NULL),
			 *log = logged(s, "exception");
	const struct obs *end = a.close ? a.close : a.cut, *better;

	if (text_has(log, &k_text, "NumberFormatException"))
		return found(f, 1, log);
	if (!client || !a.open)
		return unseen(f, NULL);
	if (!obs_is(client, &k_user_id, "text") || !end)
		return cleared(f, end ? client : a.open);
	if (scope_find(s, &lavalink_ready, &exp_upgrade, NULL))
		return cleared(f, scope_find(s, &lavalink_ready, &exp_upgrade, NULL));
	if (!scope_ran(s, &exp_lavalink_user_id))
		return unseen(f, &exp_lavalink_user_id);
	better = scope_find(s, &lavalink_ready, &exp_lavalink_user_id, NULL);
	return better ? found(f, 1, end, client, better)
		      : cleared(f, scope_ran(s, &exp_lavalink_user_id));
}

/* --- versions --- */

enum ruling rule_lavalink_v3_client_on_v4(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade),
		       there = attempt_of(s, &exp_lavalink_new_path);
	const struct obs *log = logged(s, "old-endpoint");

	if (log)
		return found(f, 1, log);
	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!answer_says(a.refused, "old-endpoint"))
		return cleared(f, a.refused);
	if (!scope_ran(s, &exp_lavalink_new_path))
		return unseen(f, &exp_lavalink_new_path);
	return found(f, attempt_opened(&there) ? 1 : 0.9, a.refused, a.request,
		there.open ? there.open : there.refused);
}

enum ruling rule_lavalink_v4_client_on_v3(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *old, *node = node_below(s, 4, 0);

	if (!is_node(s))
		return unseen(f, NULL);
	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_status(a.refused) != 404)
		return cleared(f, a.refused);
	if (node)
		return found(f, 1, a.refused, node);
	if (!scope_ran(s, &exp_lavalink_old_path))
		return unseen(f, &exp_lavalink_old_path);
	old = attempt_with(s, &exp_lavalink_old_path);
	return old ? found(f, 1, a.refused, old) : cleared(f, scope_ran(s, &exp_lavalink_old_path));
}

enum ruling rule_lavalink_v3_ops_over_ws(const struct scope *s, struct finding *f)
{
	const struct obs *log = logged(s, "v3-op"),
			 *fault = evidence_is(s, &lavalink_fault, NULL, &k_fault, "client-message");

	/* what we said ourselves, --chatty, is no library's */
	if (!log && scope_find(s, &lavalink_client, NULL, NULL))
		return unseen(f, NULL);
	return log || fault ? found(f, 1, log ? log : fault) : unseen(f, NULL);
}

enum ruling rule_lavalink_channelid_missing(const struct scope *s, struct finding *f)
{
	const struct obs *log = logged(s, "rest-400");

	while (log && !(text_has(log, &k_text, "channelId") || text_has(log, &k_path, "/players/")))
		log = scope_next(s, log, &lavalink_log, NULL, NULL);
	if (!log || !obs_is(log, &k_event, "rest-400"))
		return unseen(f, NULL);
	if (text_has(log, &k_text, "channelId"))
		return found(f, 1, log);
	probably(f, &cause_lavalink_dave_4017,
		"the body of the refused PATCH, in the node's log at level DEBUG");
	return found(f, 0.6, log, node_below(s, 4, 2));
}

/* --- starting --- */

/* Refused, or a proxy had nothing behind it. */
static const struct obs *tried_too_early(const struct scope *s)
{
	static const char causes[] = "tcp-refused tcp-accept-no-answer "
				     "tcp-bound-loopback-in-container upg-cut "
				     "proxy-upstream-refused-502 "
				     "proxy-no-healthy-backend-503 "
				     "proxy-upstream-unreachable proxy-upstream-dns dns-nxdomain";
	const struct obs *o = scope_find(s, &run_tried, NULL, NULL);

	while (o && !word_among(obs_text(o, &k_cause), causes))
		o = scope_next(s, o, &run_tried, NULL, NULL);
	return o;
}

/* A client that is refused and, later in the same logs, a node that gets ready. */
static const struct obs *refused_before(const struct scope *s, const struct obs *started)
{
	const struct obs *o = logged(s, "client-error");

	while (o && !(obs_is(o, &k_event, "client-error") && text_has(o, &k_text, "ECONNREFUSED") &&
			    o->at < started->at))
		o = scope_next(s, o, &lavalink_log, NULL, NULL);
	return o;
}

enum ruling rule_lavalink_not_ready(const struct scope *s, struct finding *f)
{
	const struct obs *early = tried_too_early(s), *well = scope_find(s, &run_well, NULL, NULL),
			 *started = logged(s, "ready");
	const struct obs *refused = started ? refused_before(s, started) : NULL;

	if (refused)
		return found(f, 1, refused, started);
	if (!is_node(s))
		return unseen(f, NULL);
	if (early && well) {
		f->severity = INFO;
		return found(f, 1, early, well);
	}
	if (early && !ready(s))
		return unseen_because(f,
			"it was refused for the whole wait: down, or of a kind that never starts");
	if (scope_find(s, &tcp_connect, NULL, NULL) && !ready(s))
		return unseen_because(f, "one try does not tell a node that starts from one that "
					 "is down: --wait 60s");
	return cleared(f, ready(s));
}

enum ruling rule_shoukaku_stale_connect_error(const struct scope *s, struct finding *f)
{
	const struct obs *o = logged(s, "client-error"), *taken;

	while (o && !text_has(o, &k_text, "closed before a connection was established"))
		o = scope_next(s, o, &lavalink_log, NULL, NULL);
	if (!o || !obs_is(o, &k_event, "client-error"))
		return unseen(f, NULL);
	taken = logged(s, "established");
	if (!taken)
		return unseen_because(
			f, "the node's own log tells whether it had accepted the connection");
	return found(f, taken->at <= o->at && o->at - taken->at < 30 * NS_S ? 1 : 0.9, o, taken);
}

/* --- the way there --- */

enum ruling rule_lavalink_secure_flag(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *tls = scope_find(s, &tls_handshake, &exp_tls_instead, NULL),
			 *plain = evidence_is(s, &tls_handshake, NULL, &k_error, "plain"),
			 *config = scope_find(s, &lavalink_config, NULL, NULL);
	bool to_https = answer_is_redirect(a.refused) && obs_is(a.refused, &k_redirect, "https");

	if (!is_node(s))
		return unseen(f, NULL);
	plain = plain ? plain : evidence_plain_instead(s);
	if (evidence_secure(s) && plain)
		return found(f, 1, plain, config);
	if (!evidence_secure(s) && (to_https || answer_says(a.refused, "plain-to-tls")))
		return found(f, 1, a.refused, tls, config);
	if (!evidence_secure(s) && obs_int(tls, &k_ok))
		return found(f, 1, tls, a.refused, config);
	return cleared(f, evidence_open(s));
}

enum ruling rule_lavalink_proxy_upgrade_missing(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!is_node(s))
		return unseen(f, NULL);
	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!answer_says(a.refused, "no-upgrade") || !answer_by_any(a.refused, "lavalink spring"))
		return cleared(f, a.refused);
	return found(f, 1, a.refused, a.request, attempt_direct(s));
}

enum ruling rule_lavalink_no_ready(const struct scope *s, struct finding *f)
{
	const struct obs *none = scope_find(s, &lavalink_no_ready, &exp_lavalink_session, NULL);

	if (!none)
		return cleared(f, ready(s));
	if (ready(s))
		return cleared(f, ready(s));
	return found(f, 0.9, none, scope_find(s, &ws_open, &exp_lavalink_session, NULL));
}

/* --- the node at work --- */

static const struct obs *voice_closed(const struct scope *s, bool dave)
{
	static const struct kind *const kinds[] = {&lavalink_voice_closed, &lavalink_log};

	for (size_t i = 0; i < 2; i++)
		for (const struct obs *o = scope_find(s, kinds[i], NULL, NULL); o;
			o = scope_next(s, o, kinds[i], NULL, NULL)) {
			int64_t code = obs_int(o, &k_code);

			if (code >= 4000 && (code == 4017) == dave &&
				(kinds[i] != &lavalink_log || obs_is(o, &k_event, "voice-closed")))
				return o;
		}
	return NULL;
}

enum ruling rule_lavalink_4xxx_is_discord_voice(const struct scope *s, struct finding *f)
{
	const struct obs *o = voice_closed(s, false);

	return o ? found(f, 1, o) : unseen(f, NULL);
}

enum ruling rule_lavalink_dave_4017(const struct scope *s, struct finding *f)
{
	const struct obs *o = voice_closed(s, true), *old = node_below(s, 4, 2);

	if (!o)
		return unseen(f, NULL);
	if (!old && !scope_find(s, &lavalink_node, NULL, NULL))
		probably(f, &cause_lavalink_channelid_missing,
			"the version of the node, by /version");
	return found(f, old ? 1 : 0.8, o, old);
}

enum ruling rule_lavalink_resume_lost(const struct scope *s, struct finding *f)
{
	const struct obs *back = scope_find(s, &lavalink_resume, NULL, NULL),
			 *closed = logged(s, "client-closed"),
			 *open = closed ? scope_next(s, closed, &lavalink_log, NULL, NULL) : NULL;

	while (open && !obs_is(open, &k_event, "client-open"))
		open = scope_next(s, open, &lavalink_log, NULL, NULL);
	if (open && obs_has(open, &k_resumed) && !obs_int(open, &k_resumed))
		return found(f, 0.9, open, closed);
	if (!back)
		return unseen(f, NULL);
	if (obs_int(back, &k_resumed))
		return cleared(f, back);
	return found(f, 1, back, scope_find(s, &lavalink_session, &exp_lavalink_resume, NULL));
}

/* Of the frames that are due in a minute; below, a busy machine's jitter. */
#define FRAMES_SHORT_MAX 150

enum ruling rule_lavalink_cpu_starved(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &lavalink_stats, NULL, NULL), *last = o;

	for (; o; o = scope_next(s, o, &lavalink_stats, NULL, NULL)) {
		int64_t deficit = obs_int(o, &k_frames_deficit),
			nulled = obs_int(o, &k_frames_nulled);

		if ((deficit > 0 ? deficit : 0) + nulled > FRAMES_SHORT_MAX)
			return found(f, 1, o);
		last = o;
	}
	return cleared(f, last);
}

enum ruling rule_lavalink_node_config(const struct scope *s, struct finding *f)
{
	const struct obs *all[PROOF_MAX] = {NULL};
	size_t n = 0;

	for (const struct obs *o = scope_find(s, &lavalink_config_mistake, NULL, NULL);
		o && n < PROOF_MAX; o = scope_next(s, o, &lavalink_config_mistake, NULL, NULL))
		all[n++] = o;
	if (!n)
		return cleared(f, scope_find(s, &lavalink_config, NULL, NULL));
	return rule_found(f, 1, all, n);
}
