#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

enum ruling rule_http_redirect_on_upgrade(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade), there = attempt_of(s, &exp_redirected);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!answer_is_redirect(a.refused))
		return cleared(f, a.refused);
	if (!obs_is(a.refused, &k_redirect, "login") && !scope_ran(s, &exp_redirected))
		return unseen(f, &exp_redirected);
	return found(f, 1, a.refused, there.open, there.refused);
}

/* An application's own page: with the Upgrade taken away by a proxy, it is what the WebSocket's
 * path gives too. */
static bool is_of_application(const struct obs *page)
{
	return obs_has(page, &k_powered_by) || (obs_has(page, &k_who) && !answer_by_proxy(page));
}

enum ruling rule_http_spa_fallback_200(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *other = attempt_answer(s, &exp_other_path);
	const struct obs *backend = attempt_direct_answer(s, &exp_plain_get);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!answer_is_page(a.refused) || answer_says(a.refused, "login-page"))
		return cleared(f, a.refused);
	if (attempt_direct(s) && answer_alike(a.refused, backend))
		return cleared(f, backend); /* the backend's own page: it never saw the Upgrade */
	if (!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	if (!answer_alike(a.refused, other))
		return cleared(f, other);
	if (attempt_direct(s) || !is_of_application(a.refused))
		return found(f, 0.9, a.refused, other);
	probably(f, &cause_upg_headers_stripped, ASK_THE_BACKEND);
	return found(f, 0.6, a.refused, other);
}

enum ruling rule_http_ingress_no_route(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *other = attempt_answer(s, &exp_other_path);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!answer_says_any(a.refused, "no-route no-app"))
		return obs_has(a.refused, &k_saying) ? cleared(f, a.refused) : unseen(f, NULL);
	if (answer_by(a.refused, "ingress-nginx"))
		return found(f, 1, a.refused, other);
	if (!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	return answer_alike(a.refused, other) ? found(f, 0.9, a.refused, other) : unseen(f, NULL);
}

static bool is_welcome_page(const struct obs *answer)
{
	static const char *const titles[] = {"Welcome to nginx", "Apache2 Debian Default Page",
		"Apache2 Ubuntu Default Page", "Test Page for the", "HTTP Server Test Page",
		"IIS Windows Server", "Caddy works", "Welcome to OpenResty", "It works!"};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (text_has(answer, &k_title, titles[i]) ||
			text_has(answer, &k_body_head, titles[i]))
			return true;
	return false;
}

static enum ruling default_vhost_by_certificate(
	const struct scope *s, struct finding *f, const struct obs *refused)
{
	const struct obs *verify = scope_find(s, &tls_verify, NULL, NULL);
	const struct obs *other = attempt_answer(s, &exp_other_host);

	if (!verify || obs_int(verify, &k_name_ok))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_other_host))
		return unseen(f, &exp_other_host);
	return answer_alike(refused, other) ? found(f, 0.9, refused, verify, other)
					    : cleared(f, other);
}

enum ruling rule_http_default_vhost(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *root = attempt_answer(s, &exp_root_path);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says(a.refused, "host-rejected"))
		return found(f, 0.9, a.refused);
	if (is_welcome_page(a.refused))
		return found(f, 0.9, a.refused, attempt_answer(s, &exp_other_host));
	if (is_welcome_page(root))
		return found(f, 0.9, a.refused, root);
	if (answer_status(a.refused) == 404 &&
		answer_by_any(a.refused, "nginx openresty apache caddy iis") &&
		!scope_ran(s, &exp_root_path))
		return unseen(f, &exp_root_path);
	return default_vhost_by_certificate(s, f, a.refused);
}

enum ruling rule_ws_two_servers_one_http(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.open)
		return unseen(f, NULL);
	if (!a.fault)
		return cleared(f, a.open);
	/* a second 101: the other one took it too */
	if (obs_is(a.fault, &k_fault, "http-text") &&
		text_has(a.fault, &k_text, " 101 Switching Protocols"))
		return found(f, 1, a.fault, a.open);
	/* Engine.IO does the same, with the same words, to a client of another protocol version,
	 * and only there */
	if (obs_is(a.fault, &k_fault, "http-text") &&
		text_has(a.fault, &k_text, " 400 Bad Request") &&
		!text_has(a.request, &k_path, "EIO=3"))
		return found(f, 0.9, a.fault, a.open);
	return unseen(f, NULL);
}

static bool is_wsgi(const struct obs *answer)
{
	return text_has(answer, &k_server, "WSGIServer") ||
	       (answer_by(answer, "django") && text_has(answer, &k_server, "gunicorn"));
}

/* A framework's 404 to an Upgrade: it, or a proxy before it, made a plain request of the Upgrade.
 */
static enum ruling plain_404(const struct scope *s, struct finding *f, const struct attempt *a)
{
	const struct obs *direct = attempt_direct(s),
			 *there = attempt_direct_answer(s, &exp_upgrade);
	const struct obs *plain = attempt_answer(s, &exp_plain_get);

	if (direct)
		return cleared(f, direct);
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	if (plain && !answer_alike(a->refused, plain))
		return cleared(f, plain);
	if (s->vantage > 0 || answer_alike(a->refused, there))
		return found(f, 0.9, a->refused, plain, there);
	probably(f, &cause_upg_headers_stripped, ASK_THE_BACKEND);
	return found(f, 0.6, a->refused, plain);
}

enum ruling rule_django_wsgi_not_asgi(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (is_wsgi(a.refused) && answer_status(a.refused) == 404)
		return found(f, 1, a.refused);
	if (!answer_by(a.refused, "django") || answer_status(a.refused) != 404)
		return obs_has(a.refused, &k_who) ? cleared(f, a.refused) : unseen(f, NULL);
	return plain_404(s, f, &a);
}

/* Channels finds nobody to take the WebSocket and raises: a 500 to the Upgrade, while Django
 * answers a plain GET of the same path. */
static bool is_raised(const struct attempt *a)
{
	return answer_status(a->refused) == 500 && !answer_by_proxy(a->refused);
}

static bool is_django(const struct obs *plain)
{
	return plain && answer_status(plain) < 500 &&
	       (answer_by_any(plain, "django daphne") || text_has(plain, &k_server, "daphne"));
}

/* What both causes of it ask, in order: NULL as *f's ruling is decided, else it is one of the two.
 */
static bool raised_by_channels(
	const struct scope *s, struct finding *f, const struct attempt *a, enum ruling *r)
{
	const struct obs *plain = attempt_answer(s, &exp_plain_get),
			 *slash = attempt_with(s, &exp_slash);

	if (!is_raised(a))
		*r = a->refused ? unseen(f, NULL) : attempt_not_refused(a, f);
	else if (!scope_ran(s, &exp_plain_get))
		*r = unseen(f, &exp_plain_get);
	else if (!is_django(plain))
		*r = plain ? cleared(f, plain) : unseen(f, NULL);
	else if (!scope_ran(s, &exp_slash) && !slash)
		*r = unseen(f, &exp_slash);
	else
		return true;
	return false;
}

#define ASK_CHANNELS                                                                               \
	"the server's log: `No route found for path` or `Django can only handle ASGI/HTTP "        \
	"connections`"

enum ruling rule_django_no_route(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *slash = attempt_with(s, &exp_slash);
	enum ruling r;

	if (!raised_by_channels(s, f, &a, &r))
		return r;
	if (slash)
		return found(f, 1, a.request, a.refused, slash);
	probably(f, &cause_django_asgi_no_websocket_router, ASK_CHANNELS);
	return found(f, 0.6, a.request, a.refused, attempt_answer(s, &exp_plain_get));
}

enum ruling rule_django_asgi_no_websocket_router(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *slash = attempt_with(s, &exp_slash);
	enum ruling r;

	if (!raised_by_channels(s, f, &a, &r))
		return r;
	if (slash)
		return cleared(f, slash);
	probably(f, &cause_django_no_route, ASK_CHANNELS);
	return found(f, 0.5, a.request, a.refused, attempt_answer(s, &exp_plain_get));
}

enum ruling rule_uvicorn_no_ws_library(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_by(a.refused, "uvicorn") && answer_says(a.refused, "no-websocket"))
		return found(f, 1, a.refused);
	if (!answer_by_any(a.refused, "uvicorn starlette") || answer_status(a.refused) != 404)
		return obs_has(a.refused, &k_who) ? cleared(f, a.refused) : unseen(f, NULL);
	/* nothing stands before it that could have taken the Upgrade away */
	if (text_has(a.refused, &k_server, "uvicorn") && !obs_has(a.refused, &k_via) &&
		!evidence_reverse_proxy(s))
		return found(f, 0.9, a.refused);
	return plain_404(s, f, &a);
}

enum ruling rule_next_serverless_no_ws(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	bool platform;

	if (!a.refused)
		return attempt_not_refused(&a, f);
	platform = answer_by_any(a.refused, "vercel netlify") ||
		   text_has(a.refused, &k_server, "vercel") ||
		   text_has(a.refused, &k_server, "netlify");
	if (!platform)
		return cleared(f, a.refused);
	if (answer_is_redirect(a.refused) || answer_status(a.refused) == 401 ||
		answer_status(a.refused) == 403 || answer_status(a.refused) == 429 ||
		answer_says(a.refused, "no-app"))
		return unseen(f, NULL);
	return found(f, 0.9, a.refused);
}

enum ruling rule_next_trailing_slash(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!obs_is(a.refused, &k_redirect, "slash-removed") || answer_status(a.refused) != 308)
		return cleared(f, a.refused);
	if (answer_by_any(a.refused, "next vercel") ||
		text_has(a.refused, &k_powered_by, "Next.js") || evidence_stack(s, "next"))
		return found(f, 1, a.refused);
	return unseen(f, NULL);
}

/* Longer than what common servers take by default for one header or the request line. */
#define LONG_HEAD 4000

enum ruling rule_http_header_too_large(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *small = attempt_with(s, &exp_small_headers);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says(a.refused, "header-too-large") || answer_status(a.refused) == 431)
		return found(f, 1, a.refused, a.request, small);
	if (obs_int(a.request, &k_head_bytes) < LONG_HEAD || !answer_is_vague(a.refused))
		return cleared(f, a.refused);
	if (!scope_ran(s, &exp_small_headers))
		return unseen(f, &exp_small_headers);
	return small ? found(f, 1, a.refused, small, a.request)
		     : cleared(f, attempt_answer(s, &exp_small_headers));
}

enum ruling rule_http_url_too_long(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *shorter = attempt_with(s, &exp_short_query);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says(a.refused, "url-too-long") || answer_status(a.refused) == 414)
		return found(f, 1, a.refused, a.request, shorter);
	if (obs_int(a.request, &k_head_bytes) < LONG_HEAD || !answer_is_vague(a.refused) ||
		span_chr(obs_text(a.request, &k_path), '?') < 0)
		return cleared(f, a.refused);
	if (!scope_ran(s, &exp_short_query))
		return unseen(f, &exp_short_query);
	return shorter ? found(f, 1, a.refused, shorter, a.request)
		       : cleared(f, attempt_answer(s, &exp_short_query));
}

enum ruling rule_http_auth_proxy_401(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s),
			 *there = attempt_direct_answer(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says(a.refused, "login-page") || obs_is(a.refused, &k_redirect, "login") ||
		(answer_status(a.refused) < 500 &&
			answer_by_any(
				a.refused, "oauth2-proxy authelia keycloak cloudflare-access")))
		return found(f, 1, a.refused, direct);
	/* an authorizer of the API itself, or the node, is no login in front of it */
	if (answer_status(a.refused) != 401 || answer_by_any(a.refused, "apigw lavalink"))
		return cleared(f, a.refused);
	if (evidence_withheld(s, a.request))
		return unseen_because(f,
			"credentials are not sent over TLS that does not verify (-k sends them)");
	if (answer_by_proxy(a.refused) || direct || (there && answer_status(there) != 401))
		return found(f, 1, a.refused, direct, there);
	if (there || obs_has(a.refused, &k_who))
		return cleared(f, there ? there : a.refused);
	if (!obs_has(a.refused, &k_authenticate) || !evidence_reverse_proxy(s))
		return unseen(f, NULL);
	probably(f, &cause_auth_handshake_401, ASK_THE_BACKEND);
	return found(f, 0.6, a.refused, evidence_reverse_proxy(s));
}

enum ruling rule_http_bot_or_waf_403(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s), *variation = attempt_variation(s);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says_any(a.refused, "challenge blocked") || obs_has(a.refused, &k_cf_mitigated))
		return found(f, 1, a.refused, direct);
	if (answer_status(a.refused) != 403 || variation)
		return cleared(f, variation ? variation : a.refused);
	if (!obs_int(a.refused, &k_cf_ray) &&
		!answer_by_any(a.refused, "cloudflare cloudfront akamai fastly"))
		return unseen(f, NULL);
	if (direct)
		return found(f, 1, a.refused, direct);
	if (!scope_ran(s, &exp_no_origin))
		return unseen(f, &exp_no_origin);
	probably(f, &cause_upg_refused, ASK_THE_BACKEND);
	return found(f, 0.6, a.refused);
}

enum ruling rule_http_rate_limited(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_status(a.refused) == 429 || answer_says(a.refused, "rate-limited"))
		return found(f, 1, a.refused);
	return cleared(f, a.refused);
}

enum ruling rule_http_app_cold_start(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *again = attempt_with(s, &exp_repeat);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_status(a.refused) < 502 || answer_status(a.refused) > 504)
		return cleared(f, a.refused);
	if (!scope_ran(s, &exp_repeat))
		return unseen(f, &exp_repeat);
	if (!again)
		return cleared(f, scope_find(s, &http_answer, &exp_repeat, NULL));
	return found(f, 0.9, a.refused, again);
}

enum ruling rule_http_malformed(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.broken || obs_is(a.broken, &k_fault, "tls-record"))
		return a.refused || a.open ? cleared(f, a.refused ? a.refused : a.open)
					   : unseen(f, NULL);
	return found(f, 0.9, a.broken);
}
