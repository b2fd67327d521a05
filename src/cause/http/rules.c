#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

#define DIRECT "wsdx check URL --direct ws://BACKEND/PATH: the same Upgrade to the backend itself"

static int64_t status_of(const struct obs *answer)
{
	return obs_int(answer, &k_status);
}

static bool is_redirect(const struct obs *answer)
{
	int64_t status = status_of(answer);

	return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

static bool is_page(const struct obs *answer)
{
	return status_of(answer) == 200 && obs_is(answer, &k_body_shape, "html");
}

/* Pages may differ by a nonce: the title then says that they are one. */
static bool same_answer(const struct obs *a, const struct obs *b)
{
	return answer_same(a, b) ||
		(a && b && is_page(a) && is_page(b) && obs_has(a, &k_title) &&
			span_eq(obs_text(a, &k_title), obs_text(b, &k_title)));
}

static const struct obs *answer_to(const struct scope *s, const struct tag *exp)
{
	return attempt_of(s, exp).refused;
}

static const struct obs *proxy_seen(const struct scope *s)
{
	static const char *const proxies[] = {"nginx", "openresty", "haproxy", "apache", "caddy", "envoy",
		"traefik", "varnish", "cloudflare", "cloudfront", "alb"};

	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++) {
		const struct obs *o = evidence_stack(s, proxies[i]);

		if (o)
			return o;
	}
	return NULL;
}

enum ruling rule_http_redirect_on_upgrade(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade), there = attempt_of(s, &exp_redirected);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!is_redirect(a.refused))
		return cleared(f, a.refused);
	if (!obs_is(a.refused, &k_redirect, "login") && !scope_ran(s, &exp_redirected))
		return unseen(f, &exp_redirected);
	return found(f, 1, a.refused, there.open, there.refused);
}

/* An application's own page: with the Upgrade taken away by a proxy, it is what the WebSocket's path gives too. */
static bool is_of_application(const struct obs *page)
{
	return obs_has(page, &k_powered_by) || (obs_has(page, &k_who) && !answer_by_proxy(page));
}

enum ruling rule_http_spa_fallback_200(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *other = answer_to(s, &exp_other_path);
	const struct obs *backend = attempt_direct_answer(s, &exp_plain_get);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!is_page(a.refused) || answer_says(a.refused, "login-page"))
		return cleared(f, a.refused);
	if (attempt_direct(s) && same_answer(a.refused, backend))
		return cleared(f, backend); /* the backend's own page: it never saw the Upgrade */
	if (!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	if (!same_answer(a.refused, other))
		return cleared(f, other);
	if (attempt_direct(s) || !is_of_application(a.refused))
		return found(f, 0.9, a.refused, other);
	probably(f, &cause_upg_headers_stripped, DIRECT);
	return found(f, 0.6, a.refused, other);
}

enum ruling rule_http_ingress_no_route(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *other = answer_to(s, &exp_other_path);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!answer_says_any(a.refused, "no-route no-app"))
		return obs_has(a.refused, &k_saying) ? cleared(f, a.refused) : unseen(f, NULL);
	if (answer_by(a.refused, "ingress-nginx"))
		return found(f, 1, a.refused, other);
	if (!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	return same_answer(a.refused, other) ? found(f, 0.9, a.refused, other) : unseen(f, NULL);
}

static bool is_welcome_page(const struct obs *answer)
{
	static const char *const titles[] = {"Welcome to nginx", "Apache2 Debian Default Page",
		"Apache2 Ubuntu Default Page", "Test Page for the", "HTTP Server Test Page",
		"IIS Windows Server", "Caddy works", "Welcome to OpenResty", "It works!"};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (text_has(answer, &k_title, titles[i]) || text_has(answer, &k_body_head, titles[i]))
			return true;
	return false;
}

static enum ruling default_vhost_by_certificate(const struct scope *s, struct finding *f, const struct obs *refused)
{
	const struct obs *verify = scope_find(s, &tls_verify, NULL, NULL);
	const struct obs *other = answer_to(s, &exp_other_host);

	if (!verify || obs_int(verify, &k_name_ok))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_other_host))
		return unseen(f, &exp_other_host);
	return same_answer(refused, other) ? found(f, 0.9, refused, verify, other) : cleared(f, other);
}

enum ruling rule_http_default_vhost(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *root = answer_to(s, &exp_root_path);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says(a.refused, "host-rejected"))
		return found(f, 0.9, a.refused);
	if (is_welcome_page(a.refused))
		return found(f, 0.9, a.refused, answer_to(s, &exp_other_host));
	if (is_welcome_page(root))
		return found(f, 0.9, a.refused, root);
	if (status_of(a.refused) == 404 && answer_by_any(a.refused, "nginx openresty apache caddy iis") &&
		!scope_ran(s, &exp_root_path))
		return unseen(f, &exp_root_path);
	return default_vhost_by_certificate(s, f, a.refused);
}

/* The path that a backend names in its 404, without the query; empty if it names none. */
static struct span path_seen(const struct obs *answer)
{
	static const char *const marks[] = {"Cannot GET ", "Route GET:"};
	struct span body = obs_text(answer, &k_body_head);

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		ssize_t at = span_find(body, span_of(marks[i]));
		struct span rest = at < 0 ? (struct span){0} : span_from(body, (size_t)at + strlen(marks[i]));
		size_t n = 0;

		while (n < rest.n && !strchr(" ?<\"\r\n", rest.p[n]))
			n++;
		if (n && n < rest.n && rest.p[0] == '/')
			return span_head(rest, n);
	}
	return (struct span){0};
}

static struct span path_asked(const struct obs *request)
{
	struct span path = obs_text(request, &k_path);
	ssize_t query = span_chr(path, '?');

	return query < 0 ? path : span_head(path, (size_t)query);
}

static bool differ_by_slash(struct span a, struct span b)
{
	struct span longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a;

	return shorter.n > 0 && longer.n == shorter.n + 1 && longer.p[shorter.n] == '/' &&
		span_starts(longer, shorter);
}

static bool is_cut_head(struct span seen, struct span asked)
{
	return seen.n && seen.n < asked.n && span_ends(asked, seen) && !differ_by_slash(seen, asked);
}

/* Engine.IO ends an Upgrade on a foreign path after one second; a proxy makes a 502 of it. */
static bool is_one_second_502(const struct obs *answer)
{
	int64_t took = obs_int(answer, &k_took);

	return status_of(answer) == 502 && took >= 900 * NS_MS && took <= 1500 * NS_MS;
}

/* The backend opens the very path that it refuses to know when asked through the proxy: the path it gets is another one. */
static bool is_path_changed(const struct scope *s, const struct obs *refused)
{
	if (is_one_second_502(refused))
		return true;
	if (same_answer(refused, attempt_direct_answer(s, &exp_plain_get)))
		return false; /* it was taken for a plain GET: the Upgrade was lost, not the path */
	return same_answer(refused, attempt_direct_answer(s, &exp_other_path)) ||
		(answer_says(refused, "path-unknown") && obs_has(refused, &k_who) && !answer_by_proxy(refused));
}

/* "/ws", against "/ws/" and "/ws/room". */
static bool is_one_bare_part(struct span path)
{
	return path.n > 1 && span_chr(span_from(path, 1), '/') < 0;
}

/* At the backend, which opens: its answer to a path that cannot exist is what the public refusal is compared with. */
static enum ruling opened_here(const struct scope *s, struct finding *f, const struct attempt *a)
{
	struct scope public = scope_from(s, 0);
	const struct obs *refused = attempt_of(&public, &exp_upgrade).refused;

	if (s->vantage > 0 && attempt_opened(a) && (status_of(refused) == 404 || status_of(refused) == 400) &&
		!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	return attempt_not_refused(a, f);
}

#define ARRIVING "the path that arrives, in the backend's access log or the proxy's error log"

enum ruling rule_http_proxy_path_stripped(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s);

	if (!a.refused)
		return opened_here(s, f, &a);
	if (is_cut_head(path_seen(a.refused), path_asked(a.request)))
		return found(f, 1, a.refused, a.request, direct);
	if (!direct || !is_path_changed(s, a.refused) || is_one_bare_part(path_asked(a.request)))
		return unseen(f, NULL);
	probably(f, &cause_http_proxy_path_added_slash, ARRIVING);
	return found(f, 0.8, a.refused, direct, attempt_direct_answer(s, &exp_other_path));
}

enum ruling rule_http_proxy_path_added_slash(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s), *slash = attempt_with(s, &exp_slash);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (differ_by_slash(path_seen(a.refused), path_asked(a.request)))
		return found(f, 1, a.refused, a.request, direct);
	if (!direct || !is_path_changed(s, a.refused))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_slash))
		return unseen(f, &exp_slash);
	if (slash)
		return found(f, 1, a.refused, slash, direct);
	if (!is_one_bare_part(path_asked(a.request)))
		return unseen(f, NULL);
	probably(f, &cause_http_proxy_path_stripped, ARRIVING);
	return found(f, 0.8, a.refused, direct, attempt_direct_answer(s, &exp_other_path));
}

/* An answer that is what a server says when it has no WebSocket at the path. */
static bool is_nothing_here(const struct obs *answer)
{
	if (answer_by_any(answer, "django uvicorn starlette") || answer_says(answer, "no-upgrade"))
		return false; /* their own causes */
	return status_of(answer) == 404 || status_of(answer) == 405 || is_page(answer) ||
		(status_of(answer) == 400 && answer_says(answer, "path-unknown"));
}

static enum ruling path_mismatch_by_answer(const struct scope *s, struct finding *f, const struct attempt *a)
{
	const struct obs *other = answer_to(s, &exp_other_path);

	if (!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	if (!same_answer(a->refused, other) && !answer_says(a->refused, "path-unknown"))
		return unseen(f, NULL);
	if (answer_by_proxy(a->refused) || s->vantage > 0 ||
		same_answer(a->refused, attempt_direct_answer(s, &exp_upgrade)))
		return found(f, 0.9, a->refused, other);
	if (proxy_seen(s))
		return unseen(f, NULL); /* likelier that the proxy took the Upgrade away */
	probably(f, &cause_upg_headers_stripped, DIRECT);
	return found(f, 0.6, a->refused, other);
}

enum ruling rule_ws_path_mismatch(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s);
	const struct obs *slash = attempt_with(s, &exp_slash), *root = attempt_with(s, &exp_root_path);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (direct || attempt_variation(s))
		return cleared(f, direct ? direct : attempt_variation(s));
	if (answer_by(a.refused, "ws") && answer_says(a.refused, "path-unknown")) {
		/* the words are also those of a verifyClient that refuses with 400, for want of a subprotocol say */
		if (!obs_has(a.request, &k_offers) && !scope_ran(s, &exp_subprotocols))
			return unseen(f, &exp_subprotocols);
		return found(f, slash || root ? 1 : 0.9, a.refused, slash, root);
	}
	if (is_redirect(a.refused) || !is_nothing_here(a.refused))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_slash))
		return unseen(f, &exp_slash);
	if (slash)
		return found(f, 1, a.refused, slash);
	if (!scope_ran(s, &exp_root_path))
		return unseen(f, &exp_root_path);
	if (root)
		return found(f, 0.9, a.refused, root);
	return path_mismatch_by_answer(s, f, &a);
}

enum ruling rule_ws_two_servers_one_http(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.open)
		return unseen(f, NULL);
	if (!a.fault)
		return cleared(f, a.open);
	/* Engine.IO does the same, with the same words, to a client of another protocol version, and only there */
	if (obs_is(a.fault, &k_fault, "http-text") && text_has(a.fault, &k_text, " 400 Bad Request") &&
		!text_has(a.request, &k_path, "EIO="))
		return found(f, 0.9, a.fault, a.open);
	return unseen(f, NULL);
}

static bool is_wsgi(const struct obs *answer)
{
	return text_has(answer, &k_server, "WSGIServer") ||
		(answer_by(answer, "django") && text_has(answer, &k_server, "gunicorn"));
}

/* A framework's 404 to an Upgrade: it, or a proxy before it, made a plain request of the Upgrade. */
static enum ruling plain_404(const struct scope *s, struct finding *f, const struct attempt *a)
{
	const struct obs *direct = attempt_direct(s), *there = attempt_direct_answer(s, &exp_upgrade);
	const struct obs *plain = answer_to(s, &exp_plain_get);

	if (direct)
		return cleared(f, direct);
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	if (plain && !same_answer(a->refused, plain))
		return cleared(f, plain);
	if (s->vantage > 0 || same_answer(a->refused, there))
		return found(f, 0.9, a->refused, plain, there);
	probably(f, &cause_upg_headers_stripped, DIRECT);
	return found(f, 0.6, a->refused, plain);
}

enum ruling rule_django_wsgi_not_asgi(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (is_wsgi(a.refused) && status_of(a.refused) == 404)
		return found(f, 1, a.refused);
	if (!answer_by(a.refused, "django") || status_of(a.refused) != 404)
		return obs_has(a.refused, &k_who) ? cleared(f, a.refused) : unseen(f, NULL);
	return plain_404(s, f, &a);
}

enum ruling rule_uvicorn_no_ws_library(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_by(a.refused, "uvicorn") && answer_says(a.refused, "no-websocket"))
		return found(f, 1, a.refused);
	if (!answer_by_any(a.refused, "uvicorn starlette") || status_of(a.refused) != 404)
		return obs_has(a.refused, &k_who) ? cleared(f, a.refused) : unseen(f, NULL);
	/* nothing stands before it that could have taken the Upgrade away */
	if (text_has(a.refused, &k_server, "uvicorn") && !obs_has(a.refused, &k_via) && !proxy_seen(s))
		return found(f, 0.9, a.refused);
	return plain_404(s, f, &a);
}

enum ruling rule_next_serverless_no_ws(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	bool platform;

	if (!a.refused)
		return attempt_not_refused(&a, f);
	platform = answer_by_any(a.refused, "vercel netlify") || text_has(a.refused, &k_server, "vercel") ||
		text_has(a.refused, &k_server, "netlify");
	if (!platform)
		return cleared(f, a.refused);
	if (is_redirect(a.refused) || status_of(a.refused) == 401 || status_of(a.refused) == 403 ||
		status_of(a.refused) == 429 || answer_says(a.refused, "no-app"))
		return unseen(f, NULL);
	return found(f, 0.9, a.refused);
}

enum ruling rule_next_trailing_slash(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (!obs_is(a.refused, &k_redirect, "slash-removed") || status_of(a.refused) != 308)
		return cleared(f, a.refused);
	if (answer_by_any(a.refused, "next vercel") || text_has(a.refused, &k_powered_by, "Next.js") ||
		evidence_stack(s, "next"))
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
	if (answer_says(a.refused, "header-too-large") || status_of(a.refused) == 431)
		return found(f, 1, a.refused, a.request, small);
	if (obs_int(a.request, &k_head_bytes) < LONG_HEAD || !answer_is_vague(a.refused))
		return cleared(f, a.refused);
	if (!scope_ran(s, &exp_small_headers))
		return unseen(f, &exp_small_headers);
	return small ? found(f, 1, a.refused, small, a.request) : cleared(f, answer_to(s, &exp_small_headers));
}

enum ruling rule_http_url_too_long(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *shorter = attempt_with(s, &exp_short_query);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says(a.refused, "url-too-long") || status_of(a.refused) == 414)
		return found(f, 1, a.refused, a.request, shorter);
	if (obs_int(a.request, &k_head_bytes) < LONG_HEAD || !answer_is_vague(a.refused) ||
		span_chr(obs_text(a.request, &k_path), '?') < 0)
		return cleared(f, a.refused);
	if (!scope_ran(s, &exp_short_query))
		return unseen(f, &exp_short_query);
	return shorter ? found(f, 1, a.refused, shorter, a.request) : cleared(f, answer_to(s, &exp_short_query));
}

enum ruling rule_http_auth_proxy_401(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s), *there = attempt_direct_answer(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says(a.refused, "login-page") || obs_is(a.refused, &k_redirect, "login") ||
		(status_of(a.refused) < 500 &&
			answer_by_any(a.refused, "oauth2-proxy authelia keycloak cloudflare-access")))
		return found(f, 1, a.refused, direct);
	if (status_of(a.refused) != 401)
		return cleared(f, a.refused);
	if (evidence_withheld(s, a.request))
		return unseen_because(f, "credentials are not sent over TLS that does not verify (-k sends them)");
	if (answer_by_proxy(a.refused) || direct || (there && status_of(there) != 401))
		return found(f, 1, a.refused, direct, there);
	if (there || obs_has(a.refused, &k_who))
		return cleared(f, there ? there : a.refused);
	if (!obs_has(a.refused, &k_authenticate) || !proxy_seen(s))
		return unseen(f, NULL);
	probably(f, &cause_auth_handshake_401, DIRECT);
	return found(f, 0.6, a.refused, proxy_seen(s));
}

enum ruling rule_http_bot_or_waf_403(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s), *variation = attempt_variation(s);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (answer_says_any(a.refused, "challenge blocked") || obs_has(a.refused, &k_cf_mitigated))
		return found(f, 1, a.refused, direct);
	if (status_of(a.refused) != 403 || variation)
		return cleared(f, variation ? variation : a.refused);
	if (!obs_int(a.refused, &k_cf_ray) && !answer_by_any(a.refused, "cloudflare cloudfront akamai fastly"))
		return unseen(f, NULL);
	if (direct)
		return found(f, 1, a.refused, direct);
	if (!scope_ran(s, &exp_no_origin))
		return unseen(f, &exp_no_origin);
	probably(f, &cause_upg_refused, DIRECT);
	return found(f, 0.6, a.refused);
}

enum ruling rule_http_rate_limited(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (status_of(a.refused) == 429 || answer_says(a.refused, "rate-limited"))
		return found(f, 1, a.refused);
	return cleared(f, a.refused);
}

enum ruling rule_http_app_cold_start(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *again = attempt_with(s, &exp_repeat);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (status_of(a.refused) < 502 || status_of(a.refused) > 504)
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
		return a.refused || a.open ? cleared(f, a.refused ? a.refused : a.open) : unseen(f, NULL);
	return found(f, 0.9, a.broken);
}
