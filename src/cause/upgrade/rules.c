#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/greeted.h"
#include "fact/all.h"

/* RFC 6455 §4.2.1 asks for both headers; some servers say which one is missing. */
static bool wants_connection(const struct obs *answer)
{
	return text_has(answer, &k_body_head, "\"Connection\" must be") ||
	       text_has(answer, &k_body_head, "No CONNECTION upgrade hdr");
}

/* The backend took the Upgrade that came by the proxy for a plain GET: it gave the answer it gives
 * to one. */
static const struct obs *taken_for_plain(const struct scope *s, const struct obs *refused)
{
	const struct obs *plain = attempt_direct_answer(s, &exp_plain_get);

	return answer_same(refused, plain) ? plain : NULL;
}

/* At the backend, which opens: its answer to a plain GET is what the public refusal is compared
 * with. */
static enum ruling opened_here(const struct scope *s, struct finding *f, const struct attempt *a)
{
	struct scope public = scope_from(s, 0);

	if (s->vantage > 0 && attempt_opened(a) && attempt_of(&public, &exp_upgrade).refused &&
		!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	return attempt_not_refused(a, f);
}

/* An application behind a proxy that answers as if nothing had been asked to upgrade. Apollo has
 * the same words for a plain GET and for an Upgrade on a server without WebSocket. */
static bool is_plain_answer_behind_proxy(const struct scope *s, const struct obs *refused)
{
	if (answer_by(refused, "apollo"))
		return true;
	if (answer_status(refused) != 404 || !obs_has(refused, &k_who) ||
		answer_by_proxy(refused) ||
		answer_by_any(refused, "django uvicorn starlette ws actioncable livekit"))
		return false;
	return obs_has(refused, &k_via) || evidence_reverse_proxy(s);
}

/* SignalR takes a plain GET with an id just negotiated for its first poll, and answers it at once and empty. */
static const struct obs *taken_for_poll(const struct scope *s, const struct obs *refused)
{
	return answer_status(refused) == 200 && obs_is(refused, &k_body_shape, "empty")
		       ? scope_find(s, &signalr_negotiated, &exp_signalr_negotiate, NULL)
		       : NULL;
}

enum ruling rule_upg_headers_stripped(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade), plain = attempt_of(s, &exp_plain_get);
	const struct obs *direct = attempt_direct(s);

	if (!a.refused)
		return opened_here(s, f, &a);
	if (taken_for_poll(s, a.refused))
		return found(f, direct ? 1 : 0.95, a.refused, taken_for_poll(s, a.refused), direct);
	if (wants_connection(a.refused) || answer_by_proxy(a.refused))
		return answer_says(a.refused, "no-upgrade") ? unseen(f, NULL)
							    : cleared(f, a.refused);
	if (answer_says(a.refused, "no-upgrade") && !answer_by(a.refused, "apollo")) {
		if (!scope_ran(s, &exp_plain_get))
			return unseen(f, &exp_plain_get);
		return found(f, answer_same(a.refused, plain.refused) || direct ? 1 : 0.9,
			a.refused, plain.refused, direct);
	}
	if (direct) {
		const struct obs *there = taken_for_plain(s, a.refused);

		return there ? found(f, 1, a.refused, there, direct) : unseen(f, NULL);
	}
	if (!is_plain_answer_behind_proxy(s, a.refused))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	if (!answer_same(a.refused, plain.refused))
		return cleared(f, plain.refused);
	probably(f, &cause_ws_path_mismatch, ASK_THE_BACKEND);
	return found(f, 0.6, a.refused, plain.refused);
}

enum ruling rule_upg_connection_header_missing(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	return wants_connection(a.refused) ? found(f, 1, a.refused) : unseen(f, NULL);
}

/* Causes that the server names in so many words. */
static enum ruling by_saying(const struct scope *s, struct finding *f, const char *sayings)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says_any(a.refused, sayings))
		return found(f, 1, a.refused, a.request);
	return answer_is_vague(a.refused) ? unseen(f, NULL) : cleared(f, a.refused);
}

static const struct obs *mistake_named(const struct scope *s, const char *name)
{
	const struct obs *o = scope_find(s, &run_mistake, NULL, NULL);

	while (o && !obs_is(o, &k_mistake, name))
		o = scope_next(s, o, &run_mistake, NULL, NULL);
	return o;
}

enum ruling rule_upg_curl_command(const struct scope *s, struct finding *f)
{
	const struct obs *all[PROOF_MAX] = {NULL};
	size_t n = 0;

	for (const struct obs *o = scope_find(s, &run_mistake, NULL, NULL); o && n < PROOF_MAX;
		o = scope_next(s, o, &run_mistake, NULL, NULL))
		all[n++] = o;
	return rule_found(f, 1, all, n);
}

enum ruling rule_upg_http10_upstream(const struct scope *s, struct finding *f)
{
	return by_saying(s, f, "http-1.0");
}

enum ruling rule_upg_invalid_key(const struct scope *s, struct finding *f)
{
	const struct obs *mistake = mistake_named(s, "invalid-key");

	/* the server is right: what is wrong is the command, which is not what clients send */
	if (mistake) {
		f->severity = INFO;
		return found(f, 1, mistake);
	}
	return by_saying(s, f, "bad-key");
}

enum ruling rule_upg_bad_version(const struct scope *s, struct finding *f)
{
	return by_saying(s, f, "bad-version");
}

enum ruling rule_upg_accept_mismatch(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *again = scope_find(s, &ws_open, &exp_repeat, NULL);

	if (!a.open)
		return unseen(f, NULL);
	if (!word_among(obs_text(a.open, &k_accept), "missing wrong"))
		return cleared(f, a.open);
	if (!scope_ran(s, &exp_repeat))
		return unseen(f, &exp_repeat);
	return found(f, 1, a.open, again);
}

enum ruling rule_upg_101_missing_connection(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.open)
		return unseen(f, NULL);
	if (word_among(obs_text(a.open, &k_upgrade_token), "missing wrong") ||
		word_among(obs_text(a.open, &k_connection_token), "missing wrong"))
		return found(f, 1, a.open);
	return cleared(f, a.open);
}

static bool subprotocol_is(const struct obs *open, const char *states)
{
	return word_among(obs_text(open, &k_subprotocol_state), states);
}

enum ruling rule_upg_subprotocol_not_echoed(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.open)
		return unseen(f, NULL);
	if (!subprotocol_is(a.open, "missing"))
		return cleared(f, a.open);
	if (greeted_a_stranger(s))
		return unseen_because(f, "nobody but the path asked for the subprotocol, and what "
					 "answers does not speak it");
	return found(f, 1, a.open, a.request, attempt_with(s, &exp_no_subprotocol));
}

enum ruling rule_upg_subprotocol_unsolicited(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.open)
		return unseen(f, NULL);
	return subprotocol_is(a.open, "unsolicited empty") ? found(f, 1, a.open, a.request)
							   : cleared(f, a.open);
}

/* Close codes that have nothing to do with what the client offered: RFC 6455 §7.4.1, IANA, and
 * 4401, 4403 by custom, 4500 of graphql-ws. */
static bool is_about_the_server(int64_t code)
{
	return code <= 1001 || code == 1005 || (code >= 1011 && code <= 1014) || code == 3000 ||
	       code == 3003 || code == 4401 || code == 4403 || code == 4500;
}

/* What a server may do to a client without the right subprotocol: refuse vaguely, or close or cut
 * at once. */
static const struct obs *turned_away(const struct attempt *a)
{
	if (a->refused)
		return answer_status(a->refused) < 404 && answer_status(a->refused) >= 400 &&
				       answer_status(a->refused) != 401 &&
				       (answer_is_vague(a->refused) ||
					       answer_says(a->refused, "bad-subprotocol"))
			       ? a->refused
			       : NULL;
	/* who has said something and closes with 1000 has said all it had to */
	if (a->close)
		return is_about_the_server(obs_int(a->close, &k_code)) ||
				       (a->heard && obs_int(a->close, &k_code) == 1000)
			       ? NULL
			       : a->close;
	return a->open ? a->cut : NULL;
}

enum ruling rule_upg_subprotocol_required(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *away = turned_away(&a), *offering = attempt_with(s, &exp_subprotocols);

	if (attempt_works(&a) || !away || obs_has(a.request, &k_offers))
		return attempt_works(&a) ? cleared(f, a.open) : unseen(f, NULL);
	if (!scope_ran(s, &exp_subprotocols))
		return unseen(f, &exp_subprotocols);
	if (!offering)
		return cleared(f, scope_ran(s, &exp_subprotocols));
	return found(f, obs_has(offering, &k_subprotocol) ? 1 : 0.9, offering, away);
}

enum ruling rule_upg_subprotocol_refused(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *away = evidence_speaks(s, "graphql") ? NULL : turned_away(&a);
	const struct obs *without = attempt_with(s, &exp_no_subprotocol),
			 *other = attempt_with(s, &exp_subprotocols);

	if (attempt_works(&a) || !away || !obs_has(a.request, &k_offers))
		return attempt_works(&a) ? cleared(f, a.open) : unseen(f, NULL);
	if (!scope_ran(s, &exp_no_subprotocol))
		return unseen(f, &exp_no_subprotocol);
	if (!without && !scope_ran(s, &exp_subprotocols))
		return unseen(f, &exp_subprotocols);
	if (without || other)
		return found(f, 1, a.request, away, without, other);
	return answer_says(away, "bad-subprotocol") ? found(f, 0.9, a.request, away)
						    : unseen(f, NULL);
}

#define SUBPROTOCOL_NOT_ACCEPTABLE 4406 /* graphql-ws, PROTOCOL.md */

/* A current server says 4406; an old one closes with 1002, or speaks as the old ones do. */
static const struct obs *wrong_generation(const struct scope *s, const struct attempt *a)
{
	const struct obs *alien =
		evidence_is(s, &gql_fault, &exp_gql_init, &k_fault, "other-generation");

	if (a->close && (obs_int(a->close, &k_code) == 1002 ||
				obs_int(a->close, &k_code) == SUBPROTOCOL_NOT_ACCEPTABLE))
		return a->close;
	if (alien || a->refused)
		return alien ? alien : turned_away(a);
	return a->open && subprotocol_is(a->open, "missing") ? a->open : a->cut;
}

/* Where GraphQL is spoken, the hello in each generation tells which is the server's. */
static enum ruling generations(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_gql_init);
	const struct obs *wrong = wrong_generation(s, &a),
			 *sides = scope_find(s, &gql_sides, NULL, NULL);

	if (!wrong)
		return cleared(f, scope_find(s, &gql_ack, &exp_gql_init, NULL));
	if (!scope_ran(s, &exp_gql_other))
		return unseen(f, &exp_gql_other);
	/* with clients of its own generation it is a whole installation */
	if (sides && !obs_int(sides, &k_named))
		f->severity = WARNING;
	if (sides)
		return found(f, 1, sides, wrong, a.request);
	return obs_int(a.close, &k_code) == SUBPROTOCOL_NOT_ACCEPTABLE
		       ? found(f, 1, a.close, a.request)
		       : unseen(f, NULL);
}

enum ruling rule_gql_subprotocol_mismatch(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *close = a.close ? a.close : a.echoed,
			 *other = attempt_with(s, &exp_subprotocols);
	bool offered = text_has(a.request, &k_offers, "graphql");

	if (evidence_speaks(s, "graphql"))
		return generations(s, f);
	if (attempt_works(&a) && !subprotocol_is(a.open, "missing"))
		return cleared(f, a.open);
	if (!offered)
		return unseen(f, NULL); /* without an offer a 4406 says only that one is wanted */
	if (obs_int(close, &k_code) == SUBPROTOCOL_NOT_ACCEPTABLE)
		return found(f, 1, close, a.request, a.open);
	if (!a.refused && !a.open)
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_subprotocols))
		return unseen(f, &exp_subprotocols);
	if (text_has(other, &k_subprotocol, "graphql") &&
		span_ifind(obs_text(a.request, &k_offers), obs_text(other, &k_subprotocol)) < 0)
		return found(f, 1, other, a.request, a.open, a.refused);
	return unseen(f, NULL);
}

enum ruling rule_upg_empty_subprotocol_header(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (obs_has(a.request, &k_offers) || !answer_says(a.refused, "bad-subprotocol"))
		return cleared(f, a.refused);
	return found(f, 0.9, a.refused, a.request);
}

/* LiveKit without a token: what it says proves only that it is reached. */
static bool is_mere_knock(const struct attempt *a)
{
	return answer_by(a->refused, "livekit") && answer_status(a->refused) == 401 &&
	       !obs_int(a->request, &k_credential);
}

enum ruling rule_upg_refused(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *variation = attempt_variation(s), *direct = attempt_direct(s);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (variation)
		return cleared(
			f, variation); /* what was varied is the cause, and has its own finding */
	if (answer_status(a.refused) == 401 && evidence_withheld(s, a.request))
		return unseen(f, NULL);
	if (is_mere_knock(&a))
		f->severity = INFO;
	probably(f, &cause_upg_headers_stripped,
		direct ? "the log of the proxy at this second: the backend itself opens the "
			 "WebSocket"
		       : ASK_THE_BACKEND);
	return found(f, 0.5, a.refused, direct);
}

#define ENGINEIO_GIVES_UP_MIN (900 * NS_MS)
#define ENGINEIO_GIVES_UP_MAX (1300 * NS_MS)

enum ruling rule_upg_cut(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	int64_t took;

	if (a.refused || a.open)
		return cleared(f, a.refused ? a.refused : a.open);
	if (!a.cut || !a.request)
		return unseen(f, NULL);
	took = a.cut->at - a.request->at;
	if (took >= ENGINEIO_GIVES_UP_MIN && took <= ENGINEIO_GIVES_UP_MAX)
		probably(f, &cause_sio_path_mismatch,
			"the `path` in the server's own configuration: Engine.IO ends an Upgrade at "
			"another path after one second");
	else
		probably(f, &cause_http_malformed,
			"the log of whatever listens on this port, at this second");
	return found(f, 0.5, a.cut, a.broken);
}
