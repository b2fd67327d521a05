#include "cause/all.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* A connection that is refused, or a page that a proxy has ready, takes less; Engine.IO destroys
 * after one second. */
#define AT_ONCE (500 * NS_MS)

static bool says(const struct obs *answer, const char *saying)
{
	return obs_is(answer, &k_saying, saying);
}

static const struct obs *plain_get(const struct scope *s)
{
	return evidence_answer(s, &exp_plain_get);
}

static bool is_error_page(const struct obs *answer)
{
	return obs_int(answer, &k_status) >= 500;
}

/* Forward proxies. */

/* With a proxy it is the proxy's name that is resolved. */
static const struct obs *nameless(const struct scope *s)
{
	const struct obs *o = scope_find(s, &dns_system, &exp_names, NULL);

	return obs_has(o, &k_error) ? o : NULL;
}

enum ruling rule_proxy_unreachable(const struct scope *s, struct finding *f)
{
	struct dials d = evidence_dials(s, 0);
	const struct obs *proxy = evidence_proxied(s);
	const struct obs *error = d.refused	 ? d.refused
				  : d.timeout	 ? d.timeout
				  : d.prohibited ? d.prohibited
						 : d.unreachable;

	if (!error)
		error = nameless(s);
	if (!proxy || d.ok || !error)
		return proxy ? cleared(f, d.ok) : unseen(f, NULL);
	return found(f, 1, proxy, error);
}

/* The first answer of the forward proxy that is an error, of the base plan. */
static const struct obs *proxy_error(const struct scope *s)
{
	const struct obs *o = scope_find(s, &proxy_answer, NULL, NULL);

	while (o && !obs_has(o, &k_error))
		o = scope_next(s, o, &proxy_answer, NULL, NULL);
	return o;
}

/* The answer to CONNECT that a web server has for a method or a target it does not know (RFC 9110
 * §9.3.6: most origin servers do not implement it). A proxy that refuses says 403 or 407. */
static const struct obs *web_server_answer(const struct scope *s)
{
	static const int64_t statuses[] = {400, 404, 405, 501};
	const struct obs *o = proxy_error(s);

	if (obs_is(o, &k_who, "squid"))
		return NULL;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (obs_int(o, &k_status) == statuses[i])
			return o;
	return NULL;
}

static enum ruling proxy_says(const struct scope *s, struct finding *f, const char *const *errors)
{
	const struct obs *o = proxy_error(s);

	for (; *errors; errors++)
		if (obs_is(o, &k_error, *errors))
			return found(f, 1, o);
	return o ? unseen(f, NULL) : cleared(f, scope_find(s, &proxy_answer, NULL, NULL));
}

enum ruling rule_proxy_not_answering(const struct scope *s, struct finding *f)
{
	return proxy_says(s, f, (const char *const[]){"malformed", "silent", "cut", NULL});
}

enum ruling rule_proxy_is_a_web_server(const struct scope *s, struct finding *f)
{
	const struct obs *o = web_server_answer(s);

	if (!o)
		return cleared(f, scope_find(s, &proxy_answer, NULL, NULL));
	/* 405 is the web server's own word for CONNECT; of the others a known one does not proxy */
	if (obs_int(o, &k_status) == 405 || obs_has(o, &k_who))
		return found(f, 1, o, evidence_proxied(s));
	probably(f, &cause_proxy_corporate_connect_denied,
		"curl -v -x <proxy> https://example.com/: does any target get through?");
	return found(f, 0.6, o, evidence_proxied(s));
}

enum ruling rule_proxy_corporate_connect_denied(const struct scope *s, struct finding *f)
{
	if (web_server_answer(s))
		return unseen(f, NULL);
	return proxy_says(s, f, (const char *const[]){"denied", "auth-required", NULL});
}

enum ruling rule_proxy_target_unreachable(const struct scope *s, struct finding *f)
{
	/* without a status it is the proxy itself that could not be reached */
	if (web_server_answer(s) || (proxy_error(s) && !obs_has(proxy_error(s), &k_status)))
		return unseen(f, NULL);
	return proxy_says(s, f, (const char *const[]){"unreachable", NULL});
}

/* Reverse proxies that answer in the backend's place. */

/* The backend itself, asked from another vantage point, refuses connections. */
static const struct obs *refused_directly(const struct scope *s)
{
	for (unsigned v = 0; v < s->vantages; v++) {
		struct scope other = scope_from(s, (uint8_t)v);
		struct dials d = evidence_dials(&other, 0);

		if (v != s->vantage && !d.ok && d.refused)
			return d.refused;
	}
	return NULL;
}

/* A 502 without a word about the reason. */
static bool is_bare_gateway_error(const struct obs *a)
{
	return obs_int(a, &k_status) == 502 && (!obs_has(a, &k_saying) || says(a, "bad-gateway"));
}

static enum ruling clear_by_answer(
	const struct scope *s, struct finding *f, const struct obs *refused)
{
	return cleared(f, refused ? refused : evidence_open(s));
}

enum ruling rule_proxy_upstream_refused_502(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *direct = refused_directly(s);

	if (says(a, "upstream-refused"))
		return found(f, 1, a, plain_get(s));
	if (!is_bare_gateway_error(a))
		return clear_by_answer(s, f, a);
	if (direct)
		return found(f, 1, a, direct);
	if (obs_int(a, &k_took) > AT_ONCE)
		return cleared(f, a);
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	if (plain_get(s) && !is_error_page(plain_get(s)))
		return cleared(f, plain_get(s));
	probably(f, &cause_proxy_stale_upstream_dns,
		"the proxy's error log, or the same check with --direct and the backend's URL");
	return found(f, 0.6, a, plain_get(s));
}

enum ruling rule_proxy_upstream_closed_502(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *direct = refused_directly(s);

	if (says(a, "upstream-reset"))
		return found(f, 1, a, plain_get(s));
	if (!is_bare_gateway_error(a))
		return clear_by_answer(s, f, a);
	if (direct)
		return cleared(f, direct);
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	if (obs_int(a, &k_took) <= AT_ONCE && is_error_page(plain_get(s)))
		return cleared(f, plain_get(s));
	probably(f, &cause_proxy_upstream_refused_502,
		"the proxy's error log, or the same check with --direct and the backend's URL");
	return found(f, 0.6, a, plain_get(s));
}

static enum ruling answer_says(const struct scope *s, struct finding *f, const char *saying)
{
	const struct obs *a = evidence_refused(s);

	return says(a, saying) ? found(f, 1, a, plain_get(s)) : clear_by_answer(s, f, a);
}

enum ruling rule_proxy_upstream_unreachable(const struct scope *s, struct finding *f)
{
	return answer_says(s, f, "upstream-unreachable");
}

enum ruling rule_proxy_upstream_dns(const struct scope *s, struct finding *f)
{
	return answer_says(s, f, "upstream-dns");
}

enum ruling rule_proxy_upstream_tls(const struct scope *s, struct finding *f)
{
	return answer_says(s, f, "upstream-tls");
}

/* HAProxy has one page for no server and for a queue that stayed full: the time tells them apart,
 * but for the three retries of a refused connection, one second apart, which a queue may last too.
 */
static enum ruling no_backend_by_time(const struct scope *s, struct finding *f, const struct obs *a)
{
	const struct obs *open = evidence_open_elsewhere(s);

	if (refused_directly(s))
		return found(f, 1, a, refused_directly(s));
	if (open)
		return cleared(f, open);
	if (obs_int(a, &k_took) < 2700 * NS_MS || obs_int(a, &k_took) > 3500 * NS_MS)
		return unseen(f, NULL);
	probably(f, &cause_limit_haproxy_maxconn,
		"HAProxy's log: SC-- without a server, sQ-- after the queue");
	return found(f, 0.6, a);
}

enum ruling rule_proxy_no_healthy_backend_503(const struct scope *s, struct finding *f)
{
	static const char *const proxies[] = {
		"apache", "envoy", "traefik", "caddy", "haproxy", "google", "azure"};
	const struct obs *a = evidence_refused(s);

	for (size_t i = 0; says(a, "unavailable") && i < sizeof(proxies) / sizeof(proxies[0]); i++)
		if (obs_is(a, &k_who, proxies[i])) {
			probably(f, &cause_proxy_upstream_refused_502,
				"the proxy's error log names the reason");
			return found(f, 0.6, a);
		}
	if (says(a, "no-backend") && obs_is(a, &k_who, "haproxy") && obs_int(a, &k_took) > AT_ONCE)
		return no_backend_by_time(s, f, a);
	return answer_says(s, f, "no-backend");
}

enum ruling rule_proxy_upstream_silent_504(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s);

	if (says(a, "gateway-timeout") || obs_int(a, &k_status) == 504)
		return found(f, 1, a);
	return clear_by_answer(s, f, a);
}

enum ruling rule_proxy_apache_wstunnel_missing(const struct scope *s, struct finding *f)
{
	static const char *const others[] = {"nginx", "openresty", "haproxy", "envoy", "caddy",
		"traefik", "cloudflare", "cloudfront", "alb", "varnish"};
	const struct obs *a = evidence_refused(s), *apache = evidence_stack(s, "apache");

	if (!apache || !says(a, "no-upgrade") || obs_is(a, &k_who, "apache"))
		return clear_by_answer(s, f, apache ? evidence_open(s) : NULL);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (evidence_stack(s, others[i]))
			return unseen(f, NULL);
	return found(f, 1, a, apache);
}

enum ruling rule_proxy_envoy_upgrade_not_enabled(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *other, *open;

	if (!says(a, "upgrade-not-enabled"))
		return clear_by_answer(s, f, a);
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	if (!plain_get(s) || obs_int(plain_get(s), &k_status) == 403)
		return cleared(f, plain_get(s));
	/* the application's own check of the Origin lets plain requests pass too */
	if (!scope_ran(s, &exp_no_origin))
		return unseen(f, &exp_no_origin);
	open = scope_find(s, &ws_open, &exp_no_origin, NULL);
	if (open)
		return cleared(f, open);
	/* and its own refusal knows one path from another */
	if (!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	other = evidence_answer(s, &exp_other_path);
	if (says(other, "upgrade-not-enabled"))
		return found(f, 1, a, plain_get(s), other);
	probably(f, &cause_auth_asgi_close_before_accept_403,
		"the same check with --direct and the backend's URL");
	return found(f, 0.6, a, plain_get(s));
}

enum ruling rule_proxy_h2_extended_connect_broken(const struct scope *s, struct finding *f)
{
	const struct obs *settings = scope_find(s, &h2_settings, &exp_h2, NULL);
	const struct obs *connect = scope_find(s, &h2_connect, &exp_h2, NULL);
	const struct obs *open = scope_find(s, &ws_open, &exp_upgrade, NULL);

	if (!settings)
		return unseen(f, NULL);
	if (!obs_int(settings, &k_extended_connect))
		return cleared(f, settings);
	if (obs_int(connect, &k_status) == 200)
		return cleared(f, connect);
	if (!connect || !open)
		return unseen(f, NULL);
	return found(f, 1, connect, settings, open);
}

enum ruling rule_proxy_node_ws_flag_missing(const struct scope *s, struct finding *f)
{
	const struct obs *silent = scope_find(s, &conn_silent, &exp_upgrade, NULL);

	if (!silent || evidence_answer(s, &exp_upgrade))
		return cleared(f, evidence_answer(s, &exp_upgrade));
	if (evidence_is(s, &tls_handshake, &exp_upgrade, &k_error, "silent"))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	if (!plain_get(s))
		return cleared(f, scope_ran(s, &exp_plain_get));
	probably(f, &cause_tcp_accept_no_answer,
		"the same check with --direct and the backend's URL");
	return found(f, 0.6, silent, plain_get(s));
}

enum ruling rule_proxy_antivirus_or_tls_inspection(const struct scope *s, struct finding *f)
{
	static const char *const makers[] = {"Zscaler", "Netskope", "Fortinet", "FortiGate",
		"Palo Alto", "Blue Coat", "BlueCoat", "Symantec Web Security", "Forcepoint",
		"Websense", "Sophos", "Check Point", "Cisco Umbrella", "WatchGuard", "SonicWall",
		"Barracuda", "McAfee Web Gateway", "Skyhigh", "Kaspersky", "ESET SSL Filter",
		"Avast", "AVG Technologies", "Bitdefender", "Dr.Web", "AdGuard", "NetSpark",
		"Lightspeed", "mitmproxy", "Charles Proxy", "Fiddler", "PortSwigger"};
	const struct obs *cert = scope_find(s, &tls_cert, &exp_upgrade, NULL);
	const struct obs *verify = scope_find(s, &tls_verify, &exp_upgrade, NULL);

	for (size_t i = 0; cert && i < sizeof(makers) / sizeof(makers[0]); i++) {
		struct span maker = span_of(makers[i]);

		if (span_ifind(obs_text(cert, &k_issuer), maker) < 0 &&
			span_ifind(obs_text(cert, &k_issuer_org), maker) < 0)
			continue;
		/* whoever trusts the box's root and gets through suffers nothing */
		if (obs_int(verify, &k_chain_ok))
			f->severity = evidence_open(s) ? INFO : WARNING;
		return found(f, 1, cert, verify);
	}
	return cleared(f, cert);
}

/* One WebSocket held open and a further one refused by nginx. */
static enum ruling one_too_many(const struct scope *s, struct finding *f)
{
	const struct tag *exp = &exp_idle;
	const struct obs *open = scope_find(s, &ws_open, exp, NULL),
			 *o = scope_find(s, &http_answer, exp, NULL);

	while (open && o && (obs_int(o, &k_status) != 503 || !obs_is(o, &k_who, "nginx")))
		o = scope_next(s, o, &http_answer, exp, NULL);
	if (!open || !o)
		return UNSEEN;
	f->severity = WARNING;
	return found(f, 1, o, open);
}

enum ruling rule_proxy_nginx_limit_conn(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *again;

	if (one_too_many(s, f) == FOUND)
		return FOUND;
	if (obs_int(a, &k_status) != 503 || !obs_is(a, &k_who, "nginx") ||
		obs_int(a, &k_took) > AT_ONCE)
		return clear_by_answer(s, f, a);
	if (!scope_ran(s, &exp_repeat))
		return unseen(f, &exp_repeat);
	/* a limit on the rate lets some of them in */
	again = scope_find(s, &ws_open, &exp_repeat, NULL);
	if (again)
		return cleared(f, again);
	again = evidence_answer(s, &exp_repeat);
	if (obs_int(again, &k_status) != 503)
		return cleared(f, again);
	probably(f, &cause_proxy_no_healthy_backend_503,
		"nginx's error log: `limiting connections by zone`");
	return found(f, 0.6, a, again);
}
