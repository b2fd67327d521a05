#include "cause/all.h"
#include "cause/evidence.h"
#include "cause/held.h"
#include "fact/all.h"

/* The answer of a backend that got a plain request instead of the Upgrade. */
static bool saw_no_upgrade(const struct obs *answer)
{
	return obs_is(answer, &k_saying, "no-upgrade") || obs_is(answer, &k_saying, "no-websocket");
}

/* Clear where the WebSocket opens, else not for this host. */
static enum ruling not_here(const struct scope *s, struct finding *f, const struct obs *host)
{
	return host ? cleared(f, evidence_open(s)) : unseen(f, NULL);
}

enum ruling rule_apprunner_no_websocket(const struct scope *s, struct finding *f)
{
	const struct obs *host = evidence_host_ends(s, ".awsapprunner.com"),
			 *a = evidence_refused(s);

	if (!host || !a || obs_int(a, &k_status) == 401)
		return not_here(s, f, host);
	return found(f, 1, a, host);
}

/* A hub of SignalR offers WebSockets unless it was told not to, or the web server has none to give: then clients take what else
 * there is. */
static enum ruling none_offered(const struct scope *s, struct finding *f, const struct obs *by)
{
	const struct obs *negotiated = scope_find(s, &signalr_negotiated, NULL, NULL);

	if (!by || !negotiated || obs_int(negotiated, &k_websockets))
		return CLEAR;
	f->severity = WARNING;
	probably(f, &cause_signalr_websockets_not_offered, "the Transports of the hub, in its MapHub");
	return found(f, 0.6, negotiated, by);
}

enum ruling rule_azure_appservice_ws_off(const struct scope *s, struct finding *f)
{
	const struct obs *host = evidence_host_ends(s, ".azurewebsites.net"),
			 *a = evidence_refused(s);
	int64_t status = obs_int(a, &k_status);

	if (none_offered(s, f, host) == FOUND)
		return FOUND;
	if (!host || !(saw_no_upgrade(a) || status == 503 || status == 404))
		return not_here(s, f, host);
	if (saw_no_upgrade(a))
		return found(f, 1, a, host);
	probably(f, &cause_upg_headers_stripped, "az webapp config show --query webSocketsEnabled");
	return found(f, 0.6, a, host);
}

enum ruling rule_iis_ws_feature_missing(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s);

	if (!evidence_host_ends(s, ".azurewebsites.net") &&
		none_offered(s, f, evidence_stack(s, "iis")) == FOUND)
		return FOUND;
	if (!evidence_stack(s, "iis") || !saw_no_upgrade(a))
		return evidence_stack(s, "iis") ? cleared(f, evidence_open(s)) : unseen(f, NULL);
	if (evidence_open_elsewhere(s))
		return found(f, 1, a, evidence_stack(s, "iis"), evidence_open_elsewhere(s));
	probably(f, &cause_upg_headers_stripped, "Get-WindowsFeature Web-WebSockets");
	return found(f, 0.6, a, evidence_stack(s, "iis"));
}

enum ruling rule_cloudflare_ws_toggle_off(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *origin = evidence_open_elsewhere(s);

	if (!obs_int(a, &k_cf_ray))
		return evidence_stack(s, "cloudflare") ? cleared(f, evidence_open(s))
						       : unseen(f, NULL);
	if (!origin)
		return unseen_because(f, "only the origin itself can tell: see --direct");
	/* Cloudflare's own trouble with the origin is told by 5xx; a challenge or a block has an id
	 * of its own */
	if (obs_int(a, &k_status) >= 500 || obs_is(a, &k_saying, "challenge") ||
		obs_is(a, &k_saying, "blocked") || obs_has(a, &k_cf_mitigated))
		return cleared(f, a);
	return found(f, 1, a, origin);
}

enum ruling rule_cloudrun_http2_e2e(const struct scope *s, struct finding *f)
{
	const struct obs *host = evidence_host_ends(s, ".run.app"), *a = evidence_refused(s);

	if (!host || !saw_no_upgrade(a))
		return not_here(s, f, host);
	if (evidence_open_elsewhere(s))
		return found(f, 1, a, host, evidence_open_elsewhere(s));
	probably(f, &cause_upg_headers_stripped,
		"gcloud run services describe <service>: is the port named h2c?");
	return found(f, 0.6, a, host);
}

enum ruling rule_cloudrun_request_timeout(const struct scope *s, struct finding *f)
{
	const struct obs *host = evidence_host_ends(s, ".run.app");
	struct held silent = held_get(s, &role_silent), busy = held_busy(s);

	if (!host || !held_for(s) || !silent.open || !busy.open)
		return unseen(f, NULL);
	if (!silent.end || !busy.end || !held_like(silent.age, busy.age))
		return cleared(f, busy.end ? busy.end : busy.open);
	return found(f, 1, silent.end, busy.end, host);
}

enum ruling rule_elb_classic_http_mode(const struct scope *s, struct finding *f)
{
	const struct obs *host = evidence_host_ends(s, ".elb.amazonaws.com"),
			 *a = evidence_refused(s);

	if (!host || evidence_stack(s, "alb") || !saw_no_upgrade(a))
		return not_here(s, f, host);
	if (evidence_open_elsewhere(s))
		return found(f, 1, a, host, evidence_open_elsewhere(s));
	probably(f, &cause_upg_headers_stripped,
		"aws elb describe-load-balancers: the protocol of the listener");
	return found(f, 0.6, a, host);
}

enum ruling rule_cloudflare_edge_restart(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &platform_mass_end, NULL, NULL);

	if (!o)
		return unseen(f, NULL);
	if (!obs_is(o, &k_stack, "cloudflare") || obs_int(o, &k_restarted))
		return cleared(f, o);
	return found(f, 1, o);
}
