#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/session.h"
#include "fact/all.h"

static int64_t status_of(const struct obs *answer)
{
	return obs_int(answer, &k_status);
}

/* Engine.IO destroys an Upgrade on a foreign path after destroyUpgradeTimeout, 1000 ms
 * (engine.io/lib/server.ts). */
static bool gave_up(const struct attempt *a)
{
	ns took = a->cut && a->request ? a->cut->at - a->request->at : 0;

	return took >= 900 * NS_MS && took <= 1300 * NS_MS;
}

static bool is_page_or_missing(const struct obs *answer)
{
	return answer &&
	       (status_of(answer) == 404 || status_of(answer) == 405 || status_of(answer) == 200);
}

/* The request of the connection that `o` was seen on: its path is what the sentence names. */
static const struct obs *request_of(const struct scope *s, const struct obs *o)
{
	return o && o->where.flow ? scope_in_flow(s, o->where.flow, &http_request) : NULL;
}

/* Where Engine.IO did not speak, if it was looked for: an answer of another kind, a silence, an
 * Upgrade given up. */
static const struct obs *not_here(
	const struct scope *s, const struct session *polling, const struct attempt *upgrade)
{
	bool meant = polling->request || text_has(upgrade->request, &k_path, "EIO=") ||
		     text_has(upgrade->request, &k_path, "socket.io");

	if (polling->open || polling->error ||
		evidence_is(s, &eio_open, &exp_eio_websocket, &k_transport, "websocket"))
		return NULL;
	if (gave_up(upgrade) && !upgrade->refused)
		return upgrade->cut;
	if (is_page_or_missing(polling->answer))
		return polling->answer;
	if (polling->done && (polling->silent || polling->end) && !polling->answer)
		return polling->silent ? polling->silent : polling->end;
	return meant && !polling->request && upgrade->refused && status_of(upgrade->refused) == 404
		       ? upgrade->refused
		       : NULL;
}

enum ruling rule_sio_path_mismatch(const struct scope *s, struct finding *f)
{
	struct session polling = session_of(s, &exp_eio_polling, NULL);
	struct attempt upgrade = attempt_of(s, &exp_upgrade);
	const struct obs *missing = not_here(s, &polling, &upgrade),
			 *there = scope_find(s, &eio_open, &exp_eio_paths, NULL);

	if (!missing)
		return cleared(f, polling.open ? polling.open : polling.error);
	if (!scope_ran(s, &exp_eio_paths))
		return unseen(f, &exp_eio_paths);
	/* the backend itself has it at this path: the proxy changes it */
	if (attempt_direct(s))
		return cleared(f, attempt_direct(s));
	if (there) {
		const struct obs *at = scope_find(s, &eio_found, &exp_eio_paths, NULL);

		at = at ? at : request_of(s, there);
		return at ? found(f, 1, at, there, missing) : found(f, 1, there, missing);
	}
	if (!gave_up(&upgrade) || upgrade.refused)
		return unseen(f, NULL);
	probably(f, &cause_upg_cut, "the `path` in the server's own configuration");
	return found(f, 0.6, upgrade.cut, missing);
}

#define AT_ONCE (500 * NS_MS)

enum ruling rule_sio_app_listen_wrong_server(const struct scope *s, struct finding *f)
{
	struct session polling = session_of(s, &exp_eio_polling, NULL);
	struct attempt upgrade = attempt_of(s, &exp_upgrade);
	const struct obs *there = scope_find(s, &eio_open, NULL, NULL);

	if (there)
		return cleared(f, there);
	if (!answer_by(polling.answer, "express") || status_of(polling.answer) != 404)
		return unseen(f, NULL);
	if (!answer_by(upgrade.refused, "express") || status_of(upgrade.refused) != 404 ||
		obs_int(upgrade.refused, &k_took) > AT_ONCE)
		return cleared(f, upgrade.cut ? upgrade.cut : upgrade.refused);
	if (!scope_ran(s, &exp_eio_paths))
		return unseen(f, &exp_eio_paths);
	probably(f, &cause_ws_path_mismatch,
		"the server's source: is it app.listen(), or server.listen()?");
	return found(f, 0.7, upgrade.refused, polling.answer);
}

/* The refusal of a payload for its size. */
static const struct obs *too_large(const struct scope *s)
{
	for (const struct obs *o = scope_find(s, &http_answer, &exp_eio_payload, NULL); o;
		o = scope_next(s, o, &http_answer, &exp_eio_payload, NULL))
		if (status_of(o) == 413)
			return o;
	return NULL;
}

static bool is_of_engineio(const struct obs *answer)
{
	return obs_is(answer, &k_body_shape, "empty") && !answer_by_proxy(answer);
}

/* Not every proxy says 413 for its limit: Caddy cuts the body and says 502. Smaller requests of the
 * session passed. */
static const struct obs *refused_by_proxy(const struct scope *s, const struct obs **passed)
{
	*passed = NULL;
	for (const struct obs *o = scope_find(s, &eio_poll, &exp_eio_payload, NULL); o;
		o = scope_next(s, o, &eio_poll, &exp_eio_payload, NULL)) {
		const struct obs *answer =
			o->where.flow ? scope_in_flow(s, o->where.flow, &http_answer) : NULL;

		if (!obs_is(o, &k_method, "POST"))
			continue;
		if (status_of(o) == 200)
			*passed = o;
		while (answer &&
			(answer->where.flow != o->where.flow || status_of(answer) != status_of(o)))
			answer = scope_next(s, answer, &http_answer, &exp_eio_payload, NULL);
		if (*passed && status_of(o) >= 400 && answer_by_proxy(answer))
			return answer;
	}
	return NULL;
}

enum ruling rule_http_body_too_large_proxy(const struct scope *s, struct finding *f)
{
	const struct obs *o = too_large(s), *passed, *refused;

	if (o)
		return is_of_engineio(o) ? cleared(f, o)
					 : found(f, 1, o, evidence_stack(s, "nginx"));
	refused = refused_by_proxy(s, &passed);
	if (!refused)
		return cleared(f, scope_ran(s, &exp_eio_payload));
	probably(f, &cause_proxy_upstream_closed_502,
		"the same with --direct, or the proxy's log: `request body too large`");
	return found(f, 0.7, refused, passed);
}

enum ruling rule_eio_payload_too_large(const struct scope *s, struct finding *f)
{
	const struct obs *o = too_large(s),
			 *open = scope_find(s, &eio_open, &exp_eio_payload, NULL), *close;

	if (is_of_engineio(o))
		return found(f, 1, o, open);
	close = scope_find(s, &ws_close, &exp_eio_payload, NULL);
	while (close && obs_int(close, &k_code) != 1009)
		close = scope_next(s, close, &ws_close, &exp_eio_payload, NULL);
	if (close && !obs_is(close, &k_from, "client"))
		return found(f, 1, close, open);
	return cleared(f, scope_ran(s, &exp_eio_payload));
}

static bool offers_websocket(const struct obs *open)
{
	return text_has(open, &k_upgrades, "websocket");
}

/* The refusal of the WebSocket by an experiment of the base plan. */
static const struct obs *no_websocket(const struct scope *s)
{
	const struct obs *alone = session_no_websocket(s, &exp_eio_websocket),
			 *after = session_no_websocket(s, &exp_eio_upgrade);

	return alone ? alone : after ? after : session_no_websocket(s, &exp_upgrade);
}

enum ruling rule_eio_websocket_transport_disabled(const struct scope *s, struct finding *f)
{
	const struct obs *open = session_polls(s), *refused;

	if (session_websocket(s))
		return cleared(f, session_websocket(s));
	if (!open)
		return unseen(f, NULL);
	if (offers_websocket(open))
		return cleared(f, open);
	refused = session_says(s, &exp_eio_websocket, "transport-unknown no-upgrade bad-request");
	if (!refused)
		refused = session_says(s, &exp_upgrade, "transport-unknown no-upgrade bad-request");
	if (!refused)
		return scope_ran(s, &exp_eio_websocket) || attempt_of(s, &exp_upgrade).done
			       ? unseen(f, NULL)
			       : unseen(f, &exp_eio_websocket);
	if (session_websocket_only(s))
		f->severity = ERROR;
	return found(f, 1, refused, open);
}

enum ruling rule_eio_polling_transport_disabled(const struct scope *s, struct finding *f)
{
	const struct obs *refused = session_says(s, &exp_eio_polling, "transport-unknown");

	if (!refused)
		return cleared(f, session_polls(s));
	if (!session_websocket(s))
		return scope_ran(s, &exp_eio_websocket) ? unseen(f, NULL)
							: unseen(f, &exp_eio_websocket);
	return found(f, 1, refused, session_websocket(s));
}

enum ruling rule_eio_stuck_polling(const struct scope *s, struct finding *f)
{
	const struct obs *open = session_polls(s),
			 *upgraded = scope_find(s, &eio_upgraded, &exp_eio_upgrade, NULL);
	const struct obs *lost = session_says(s, &exp_eio_upgrade, "session-unknown"),
			 *failed = lost ? NULL : session_no_websocket(s, &exp_eio_upgrade);

	if (upgraded)
		return cleared(f, upgraded);
	if (!open || !offers_websocket(open))
		return cleared(f, open);
	if (!failed)
		failed = lost ? session_no_websocket(s, &exp_eio_websocket) : no_websocket(s);
	if (!failed)
		return lost ? cleared(f, lost) : unseen(f, NULL);
	probably(f, &cause_upg_headers_stripped,
		"wsdx check URL --direct http://BACKEND: whether the WebSocket opens at the "
		"backend itself");
	return found(f, 0.55, failed, session_no_websocket(s, &exp_eio_websocket), open);
}

/* upgradeTimeout's default is 10 s; half of it leaves clients on long ways without it. */
#define PROBE_LATE (5 * NS_S)

enum ruling rule_eio_upgrade_timeout(const struct scope *s, struct finding *f)
{
	struct session a = session_of(s, &exp_eio_upgrade, NULL);

	if (!a.ws || !a.done)
		return unseen(f, NULL);
	if (a.probe && obs_int(a.probe, &k_took) < PROBE_LATE)
		return cleared(f, a.probe);
	if (a.error || (a.fault && !a.probe))
		return cleared(f, a.error ? a.error : a.fault);
	if (!scope_ran(s, &exp_eio_websocket))
		return unseen(f, &exp_eio_websocket);
	if (!session_websocket(s))
		return unseen(f, NULL);
	return a.probe ? found(f, 1, a.probe, a.ws, a.end, session_websocket(s))
		       : found(f, 1, a.end ? a.end : a.done, a.ws, session_websocket(s));
}

/* No answer, and not because we stopped waiting. */
static bool was_cut(const struct scope *s, const struct obs *poll)
{
	const struct obs *end =
		poll->where.flow ? scope_in_flow(s, poll->where.flow, &conn_end) : NULL;

	return !obs_has(poll, &k_status) && obs_is(end, &k_by, "peer");
}

/* A poll that was ended before the server had anything to say: it had waited, and less than
 * pingInterval. */
static const struct obs *poll_cut(const struct scope *s, const struct tag *exp, ns until)
{
	for (const struct obs *o = scope_find(s, &eio_poll, exp, NULL); o;
		o = scope_next(s, o, &eio_poll, exp, NULL)) {
		ns took = obs_int(o, &k_took);

		if (obs_is(o, &k_method, "GET") && took >= AT_ONCE && (!until || took < until) &&
			(was_cut(s, o) || status_of(o) >= 500 || status_of(o) == 408))
			return o;
	}
	return NULL;
}

static const struct obs *poll_answered(const struct scope *s)
{
	for (const struct obs *o = scope_find(s, &eio_poll, &exp_eio_long_poll, NULL); o;
		o = scope_next(s, o, &eio_poll, &exp_eio_long_poll, NULL))
		if (status_of(o) == 200 && obs_is(o, &k_method, "GET"))
			return o;
	return NULL;
}

static const struct obs *any_poll_cut(const struct scope *s)
{
	static const struct tag *const exps[] = {
		&exp_eio_long_poll, &exp_eio_heartbeat, &exp_sio_stream};
	const struct obs *open = scope_find(s, &eio_open, NULL, NULL), *cut = NULL;

	for (size_t i = 0; i < sizeof(exps) / sizeof(exps[0]) && !cut; i++)
		cut = poll_cut(s, exps[i], obs_int(open, &k_ping_interval));
	return cut;
}

enum ruling rule_eio_poll_cut_by_proxy(const struct scope *s, struct finding *f)
{
	const struct obs *cut = any_poll_cut(s), *lost = session_says(s, NULL, "session-unknown");

	if (cut)
		return found(f, 1, cut, session_says(s, cut->where.exp, "session-unknown"),
			scope_ran(s, &exp_eio_sticky));
	if (scope_ran(s, &exp_eio_long_poll))
		return cleared(f, poll_answered(s));
	/* immediate requests are fine and yet the session was lost: only waiting shows why */
	if (lost && scope_ran(s, &exp_eio_sticky) &&
		!session_says(s, &exp_eio_sticky, "session-unknown"))
		return unseen(f, &exp_eio_long_poll);
	return unseen(f, NULL);
}

enum ruling rule_apprunner_120s_request(const struct scope *s, struct finding *f)
{
	const struct obs *host = evidence_host_ends(s, ".awsapprunner.com"), *cut = any_poll_cut(s);
	ns took = obs_int(cut, &k_took);

	if (!host || !cut)
		return unseen(f, NULL);
	return took >= 115 * NS_S && took <= 125 * NS_S ? found(f, 1, cut, host) : cleared(f, cut);
}

static const struct obs *empty_400(const struct scope *s, const struct tag *exp)
{
	for (const struct obs *o = scope_find(s, &http_answer, exp, NULL); o;
		o = scope_next(s, o, &http_answer, exp, NULL))
		if (status_of(o) == 400 && obs_is(o, &k_body_shape, "empty"))
			return o;
	return NULL;
}

enum ruling rule_eio_poll_overlap(const struct scope *s, struct finding *f)
{
	static const struct tag *const exps[] = {&exp_eio_polling, &exp_eio_upgrade,
		&exp_eio_sticky, &exp_eio_sticky_cookies, &exp_eio_long_poll, &exp_eio_heartbeat,
		&exp_eio_samples};
	const struct obs *lost = NULL, *again;

	for (size_t i = 0; i < sizeof(exps) / sizeof(exps[0]); i++) {
		const struct obs *first = empty_400(s, exps[i]),
				 *unknown = session_says(s, exps[i], "session-unknown");

		if (first && unknown && first->id < unknown->id)
			return found(f, 1, first, unknown);
		lost = lost ? lost : unknown;
	}
	again = session_says(s, &exp_eio_long_poll, "session-unknown");
	/* lost again and again though nothing waited and fresh connections know it: whose poll the
	 * empty 400 went to stays open */
	if (again && lost != again && !any_poll_cut(s) && scope_ran(s, &exp_eio_sticky) &&
		!session_says(s, &exp_eio_sticky, "session-unknown")) {
		probably(f, &cause_eio_poll_cut_by_proxy,
			"the server's log (DEBUG=engine*): `overlap from client`");
		return found(f, 0.8, again, lost, scope_ran(s, &exp_eio_sticky));
	}
	return cleared(f, lost);
}

#define CLUMP_MIN 3

/* How the server's events of the stream were spread: the first, the last and how many. */
struct stream {
	const struct obs *first, *last;
	unsigned n;
	ns asked; /* when the namespace was joined */
};

static struct stream stream_of(const struct scope *s, bool polling)
{
	struct stream st = {0};

	for (const struct obs *o = scope_find(s, &sio_event, &exp_sio_stream, NULL); o;
		o = scope_next(s, o, &sio_event, &exp_sio_stream, NULL)) {
		const struct obs *joined =
			scope_find(s, &sio_connect, &exp_sio_stream, o->where.role);

		if (obs_is(o, &k_from, "client") || (o->where.role == &role_polling) != polling)
			continue;
		st.first = st.first ? st.first : o;
		st.last = o;
		st.asked = joined ? joined->at : 0;
		st.n++;
	}
	return st;
}

/* Long nothing, then all at once: it took ten times as long to begin as from the first to the last.
 */
static bool in_a_clump(const struct stream *st)
{
	return st->n >= CLUMP_MIN &&
	       (st->last->at - st->first->at) * 10 < st->first->at - st->asked;
}

enum ruling rule_eio_response_buffered(const struct scope *s, struct finding *f)
{
	struct stream polling = stream_of(s, true), websocket = stream_of(s, false);
	const struct obs *stream = scope_find(s, &sio_stream, &exp_sio_stream, NULL);

	/* one client, by whatever transport: who kept the events stays open */
	if (obs_int(stream, &k_clump) && obs_int(stream, &k_first) >= NS_S / 2) {
		probably(f, &cause_eio_event_loop_blocked,
			"the same stream at the backend (--direct)");
		return found(f, 0.6, stream, websocket.first, websocket.last);
	}
	if (polling.n < CLUMP_MIN)
		return unseen(f, NULL);
	if (!in_a_clump(&polling))
		return cleared(f, polling.last);
	if (websocket.n >= CLUMP_MIN)
		return in_a_clump(&websocket)
			       ? cleared(f, websocket.first)
			       : found(f, 1, polling.first, polling.last, websocket.last);
	probably(f, &cause_eio_event_loop_blocked,
		"the same stream by WebSocket, or at the backend (--direct)");
	return found(f, 0.6, polling.first, polling.last);
}

enum ruling rule_eio_compressed_polling(const struct scope *s, struct finding *f)
{
	const struct obs *fault = evidence_is(s, &eio_fault, NULL, &k_fault, "content-encoding");

	return fault ? found(f, 1, fault) : cleared(f, session_polls(s));
}
