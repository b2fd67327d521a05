#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/session.h"
#include "fact/all.h"

static bool is_ok(const struct obs *answer)
{
	int64_t status = obs_int(answer, &k_status);

	return status >= 200 && status < 300;
}

/* The handshake from a page of another origin: the base plan's, when the user's page is one. */
static const struct obs *request_from_elsewhere(const struct scope *s)
{
	const struct obs *base = scope_find(s, &http_request, &exp_eio_polling, NULL);

	return evidence_foreign_origin(s, base)
		       ? base
		       : scope_find(s, &http_request, &exp_eio_origin, NULL);
}

static const struct obs *answer_from_elsewhere(const struct scope *s)
{
	const struct obs *request = request_from_elsewhere(s);

	return request ? scope_next(s, request, &http_answer, request->where.exp, NULL) : NULL;
}

/* To pages of the server's own origin it does not matter: then it is worth a word, or less. */
static void weigh(const struct scope *s, struct finding *f, enum severity otherwise)
{
	if (!session_foreign_origin(s))
		f->severity = otherwise;
}

/* The user's page is of another origin, and polling is there to be asked. */
static bool is_wanted(const struct scope *s)
{
	return session_foreign_origin(s) && scope_ran(s, &exp_eio_polling) &&
	       !scope_ran(s, &exp_eio_origin) &&
	       !session_says(s, &exp_eio_polling, "transport-unknown");
}

static bool is_allowed(const struct obs *answer, const struct obs *request)
{
	return obs_is(answer, &k_allow_origin, "*") ||
	       (obs_has(answer, &k_allow_origin) &&
		       span_eq(obs_text(answer, &k_allow_origin), obs_text(request, &k_origin)));
}

enum ruling rule_cors_missing_acao(const struct scope *s, struct finding *f)
{
	const struct obs *request = request_from_elsewhere(s), *answer = answer_from_elsewhere(s);

	if (!answer || !request)
		return unseen(f, is_wanted(s) ? &exp_eio_origin : NULL);
	if (!is_ok(answer) || obs_int(answer, &k_allow_origins) > 1)
		return unseen(f, NULL);
	if (is_allowed(answer, request))
		return cleared(f, answer);
	weigh(s, f, INFO);
	return found(f, 1, request, answer);
}

/* Any answer of polling tells: `*` and doubled headers are the same for all origins. */
static const struct obs *with_headers(const struct scope *s)
{
	const struct obs *answer = answer_from_elsewhere(s);

	return answer ? answer : scope_find(s, &http_answer, &exp_eio_polling, NULL);
}

enum ruling rule_cors_wildcard_with_credentials(const struct scope *s, struct finding *f)
{
	const struct obs *answer = with_headers(s);

	if (!obs_is(answer, &k_allow_origin, "*") || !obs_int(answer, &k_allow_credentials))
		return obs_has(answer, &k_allow_origin) ? cleared(f, answer) : unseen(f, NULL);
	weigh(s, f, INFO);
	return found(f, 1, answer);
}

enum ruling rule_cors_duplicate_acao(const struct scope *s, struct finding *f)
{
	const struct obs *answer = with_headers(s);

	if (obs_int(answer, &k_allow_origins) < 2)
		return obs_has(answer, &k_allow_origin) ? cleared(f, answer) : unseen(f, NULL);
	weigh(s, f, INFO);
	return found(f, 1, answer);
}

/* Polling itself needs no preflight; headers of the user's own do. */
static bool sends_headers(const struct scope *s)
{
	return session_foreign_origin(s) &&
	       obs_int(scope_find(s, &http_request, &exp_eio_polling, NULL), &k_preflight);
}

enum ruling rule_cors_preflight_rejected(const struct scope *s, struct finding *f)
{
	const struct obs *simple = answer_from_elsewhere(s),
			 *answer = scope_find(s, &http_answer, &exp_eio_preflight, NULL);
	bool wanted = session_foreign_origin(s) && is_ok(simple) &&
		      obs_has(simple, &k_allow_origin) && !scope_ran(s, &exp_eio_preflight);

	/* without the header on a simple request nothing else counts */
	if (!answer)
		return unseen(f, wanted ? &exp_eio_preflight : NULL);
	if (is_ok(answer))
		return cleared(f, answer);
	if (!sends_headers(s))
		f->severity = INFO;
	return found(f, 1, answer, scope_find(s, &http_request, &exp_eio_preflight, NULL));
}

enum ruling rule_cors_error_masks_other(const struct scope *s, struct finding *f)
{
	const struct obs *answer = answer_from_elsewhere(s);

	if (!answer)
		return unseen(f, NULL);
	if (is_ok(answer) || obs_has(answer, &k_allow_origin))
		return cleared(f, answer);
	return found(f, 1, answer, request_from_elsewhere(s));
}
