#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

static bool gave_credential(const struct attempt *a)
{
	return obs_int(a->request, &k_credential) != 0;
}

/* 403 to the credential, 401 without it: it was read, and not accepted. */
static enum ruling credential_not_enough(
	const struct scope *s, struct finding *f, const struct attempt *a)
{
	struct attempt without = attempt_of(s, &exp_no_credentials);

	if (!scope_ran(s, &exp_no_credentials))
		return unseen(f, &exp_no_credentials);
	if (answer_status(without.refused) == 401)
		return found(f, 0.9, a->refused, without.refused);
	return unseen(f, NULL);
}

enum ruling rule_auth_handshake_401(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s), *variation = attempt_variation(s);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_status(a.refused) == 403 && gave_credential(&a) && !variation && !direct)
		return credential_not_enough(s, f, &a);
	if (answer_status(a.refused) != 401 || direct)
		return cleared(f, direct ? direct : a.refused);
	if (answer_by_proxy(a.refused))
		return unseen(f, NULL); /* http-auth-proxy-401 */
	if (evidence_withheld(s, a.request))
		return unseen_because(f,
			"credentials are not sent over TLS that does not verify (-k sends them)");
	if (answer_by(a.refused, "livekit") && !gave_credential(&a))
		f->severity = INFO; /* reached, and nothing was asked of it */
	return found(f, 1, a.refused, a.request);
}

/* Where polling is switched off there is no code: Engine.IO refuses an Upgrade with 400 and the bare words of allowRequest
 * (engine.io/lib/server.ts, abortUpgrade). Its own words, and those of `ws`, have a name. */
static const struct obs *own_words(const struct scope *s, const struct attempt *a)
{
	const struct obs *polling = evidence_is(s, &eio_error, &exp_eio_polling, &k_error, "transport-unknown");
	bool bare = answer_status(a->refused) == 400 && obs_is(a->refused, &k_body_shape, "text") &&
		obs_is(a->refused, &k_content_type, "text/html") && !obs_has(a->refused, &k_who);

	return bare && obs_is(polling, &k_by, "engine.io") ? polling : NULL;
}

enum ruling rule_auth_eio_allowrequest(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade), polling = attempt_of(s, &exp_engineio);
	const struct obs *forbidden = scope_find(s, &eio_error, &exp_eio_polling, NULL);

	/* by polling it is code 4, whatever the words; an Upgrade gets the words alone */
	if (forbidden && obs_has(forbidden, &k_code) && obs_int(forbidden, &k_code) == 4)
		return found(f, 1, forbidden, a.refused);
	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_by(a.refused, "engine.io") && answer_says(a.refused, "forbidden"))
		return found(f, 1, a.refused, polling.refused);
	if (own_words(s, &a))
		return found(f, 0.9, a.refused, own_words(s, &a));
	return answer_is_vague(a.refused) ? unseen(f, NULL) : cleared(f, a.refused);
}

static bool reason_is_about_auth(const struct obs *close)
{
	static const char *const words[] = {"auth", "token", "forbidden", "credential", "jwt",
		"log in", "login", "denied", "permission", "api key", "expired"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_has(close, &k_reason, words[i]))
			return true;
	return false;
}

/* Codes by custom (HTTP's 401 and 403 with a 4 before them) and by IANA's registry. */
static bool code_is_about_auth(int64_t code)
{
	return code == 4401 || code == 4403 || code == 3000 || code == 3003;
}

enum ruling rule_auth_close_after_accept(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	int64_t code = obs_int(a.close, &k_code);

	if (!a.open)
		return unseen(f, NULL);
	if (!a.close)
		return a.cut ? unseen(f, NULL) : cleared(f, a.open);
	if (code_is_about_auth(code) && evidence_withheld(s, a.request))
		return unseen_because(f,
			"credentials are not sent over TLS that does not verify (-k sends them)");
	/* given in the first message and not taken: what is spoken says so in its own words */
	if (obs_int(scope_find(s, &gql_init, &exp_gql_init, NULL), &k_auth))
		return cleared(f, scope_find(s, &gql_init, &exp_gql_init, NULL));
	if (code_is_about_auth(code))
		return found(f, 1, a.close, a.open);
	if (attempt_variation(s))
		return cleared(f, attempt_variation(s));
	if (reason_is_about_auth(a.close) && (code == 1008 || code >= 3000))
		return found(f, 0.9, a.close, a.open);
	if (code != 1008)
		return unseen(f, NULL);
	probably(f, &cause_frame_closed_at_once,
		"wsdx check -H 'Authorization: …' URL: whether it stays open with a credential");
	return found(f, 0.6, a.close, a.open);
}

enum ruling rule_auth_asgi_close_before_accept_403(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *variation = attempt_variation(s);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_status(a.refused) != 403 || variation)
		return cleared(f, variation ? variation : a.refused);
	if (!answer_by_any(a.refused, "uvicorn starlette daphne"))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_no_origin))
		return unseen(f, &exp_no_origin);
	return found(f, 0.9, a.refused, attempt_of(s, &exp_no_origin).refused);
}

/* What the server does when the credential is left out: its refusal or Close, or NULL when it lets
 * us in. */
static const struct obs *turned_away_without(const struct scope *s)
{
	struct attempt without = attempt_of(s, &exp_no_credentials);

	return without.refused ? without.refused : without.close;
}

static bool came_in(const struct obs *request, const char *place)
{
	return span_has_token(obs_text(request, &k_credential_in), span_of(place));
}

enum ruling rule_auth_browser_cannot_set_headers(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *away = turned_away_without(s);

	/* without an Origin it is no browser that asks, nor meant to be */
	if (!attempt_works(&a) || !obs_has(a.request, &k_origin) ||
		came_in(a.request, "cookie") || came_in(a.request, "query") ||
		!(came_in(a.request, "authorization") || came_in(a.request, "header")))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_no_credentials))
		return unseen(f, &exp_no_credentials);
	if (!away)
		return cleared(f, attempt_with(s, &exp_no_credentials));
	return found(f, 1, a.open, away);
}

enum ruling rule_auth_cookie_not_sent(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *away = turned_away_without(s);

	if (!attempt_works(&a) || !came_in(a.request, "cookie") ||
		!evidence_foreign_origin(s, a.request))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_no_credentials))
		return unseen(f, &exp_no_credentials);
	if (!away)
		return cleared(f, attempt_with(s, &exp_no_credentials));
	probably(f, &cause_auth_browser_cannot_set_headers,
		"the cookie's SameSite column in the browser's developer tools");
	return found(f, 0.6, a.request, away, a.open);
}

/* The refusal or Close that a token may have led to. */
static const struct obs *turned_away(const struct attempt *a)
{
	int64_t status = answer_status(a->refused), code = obs_int(a->close, &k_code);

	if (status == 401 || status == 403 || (status == 400 && answer_is_vague(a->refused)))
		return a->refused;
	return code_is_about_auth(code) || code == 1008 ||
			       (a->close && reason_is_about_auth(a->close))
		       ? a->close
		       : NULL;
}

enum ruling rule_auth_token_expired_on_reconnect(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *token = scope_find(s, &http_token, NULL, NULL), *away = turned_away(&a);

	if (!token || !obs_has(token, &k_expires_in))
		return unseen(f, NULL);
	if (obs_int(token, &k_expires_in) >= 0)
		return cleared(f, token);
	return away ? found(f, 1, token, away) : unseen(f, NULL);
}

enum ruling rule_auth_clock_skew(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *token = scope_find(s, &http_token, NULL, NULL), *away = turned_away(&a);
	int64_t skew = obs_int(away, &k_date_skew), begins = obs_int(token, &k_valid_in) - skew;
	int64_t ends = obs_int(token, &k_expires_in) - skew;

	if (!token || !away)
		return attempt_works(&a) && token ? cleared(f, token) : unseen(f, NULL);
	if (obs_has(token, &k_valid_in) && begins > 0)
		return found(f, 1, away, token);
	if (obs_has(token, &k_expires_in) && obs_int(token, &k_expires_in) > 0 && ends < 0)
		return found(f, 1, away, token);
	return cleared(f, away);
}
