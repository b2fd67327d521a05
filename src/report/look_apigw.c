/* API Gateway's WebSocket APIs: what the gateway says itself, @connections, and its limits. */
#include "base/text.h"
#include "fact/all.h"
#include "report/look.h"

static const struct obs *of(const struct look *l, const struct kind *kind)
{
	return scope_find(&l->scope, kind, NULL, NULL);
}

static enum seen say(struct look *l, const struct obs *o, enum seen seen)
{
	obs_say(&l->text, o);
	return seen;
}

static bool has_opened(const struct look *l)
{
	return scope_find(&l->scope, &ws_open, &exp_upgrade, NULL) != NULL;
}

static enum seen look_signature(struct look *l)
{
	const struct obs *is = of(l, &apigw_signed), *not = of(l, &apigw_unsigned);

	if (is)
		return say(l, is, GOOD);
	return not ? say(l, not, NOT_SEEN) : OMIT;
}

static bool is_partly_welcomed(const struct obs *samples)
{
	int64_t n = obs_int(samples, &k_welcomed);

	return n > 0 && n < obs_int(samples, &k_opened);
}

/* Its refusals and error frames look as if the application had answered. */
static enum seen look_gateway(struct look *l)
{
	const struct obs *refusal = of(l, &apigw_refusal), *error = of(l, &apigw_error);

	if (refusal || error)
		return say(l, refusal ? refusal : error, BAD);
	if (!look_speaks(l, "apigw") || !has_opened(l) || is_partly_welcomed(of(l, &ws_samples)))
		return OMIT;
	buf_addz(&l->text, "opens the connection, sends no error of its own");
	return GOOD;
}

static enum seen look_endpoint(struct look *l)
{
	const struct obs *o = of(l, &apigw_endpoint);

	return o ? say(l, o, obs_has(o, &k_fault) ? BAD : GOOD) : OMIT;
}

static enum seen look_connection(struct look *l)
{
	const struct obs *o = of(l, &apigw_connection);

	if (!o)
		return OMIT;
	return say(l, o,
		!obs_has(o, &k_error)	      ? GOOD
		: obs_is(o, &k_error, "gone") ? DOUBTFUL
					      : BAD);
}

/* Documented, the same for all accounts ("Quotas for configuring and running a WebSocket API", API
 * Gateway Developer Guide); what was tried of them says so. */
static enum seen look_limits(struct look *l)
{
	const struct obs *pieces = of(l, &apigw_fragments);

	if (!look_speaks(l, "apigw") || !has_opened(l))
		return OMIT;
	if (pieces) {
		obs_say(&l->text, pieces);
		buf_addz(&l->text, "; ");
	}
	buf_addz(&l->text,
		"by AWS's quotas a connection ends after 10 min of silence and after 2 h; "
		"frames up to 32 KiB, messages up to 128 KiB");
	if (!pieces)
		buf_addz(&l->text, "; not tried (--idle 11m, --size 200k)");
	return !pieces ? NOT_SEEN : obs_int(pieces, &k_through) ? GOOD : BAD;
}

/* --- the check-list --- */

static enum seen look_permission(struct look *l)
{
	const struct obs *o = of(l, &apigw_connection);

	if (!o)
		return NOT_SEEN;
	if (!obs_has(o, &k_error) || obs_is(o, &k_error, "gone"))
		return say(l, o, GOOD);
	/* what is wrong with the request comes before what the caller may */
	return obs_is(o, &k_error, "denied") || obs_is(o, &k_error, "unsigned") ||
			       obs_is(o, &k_error, "bad-signature") ||
			       obs_is(o, &k_error, "bad-key") || obs_is(o, &k_error, "expired")
		       ? say(l, o, BAD)
		       : NOT_SEEN;
}

static enum seen look_welcome(struct look *l)
{
	const struct obs *o = of(l, &ws_samples);

	if (!o)
		return NOT_SEEN;
	obs_say(&l->text, o);
	/* an application without a welcome loses none */
	if (!obs_int(o, &k_welcomed))
		return NOT_SEEN;
	return is_partly_welcomed(o) ? BAD : GOOD;
}

static enum seen look_routes(struct look *l)
{
	const struct obs *error = of(l, &apigw_error), *o = of(l, &ws_expected);

	if (error)
		return say(l, error, BAD);
	return o ? say(l, o, obs_int(o, &k_ok) ? GOOD : BAD) : NOT_SEEN;
}

/* Under this, "Connection Lifecycle Analysis" in guides calls a connection short-lived. */
#define SHORT_LIVED (5 * NS_S)

static enum seen look_life(struct look *l)
{
	const struct obs *end = scope_find(&l->scope, &conn_end, &exp_idle, &role_silent);
	const struct obs *close = scope_find(&l->scope, &ws_close, &exp_idle, &role_silent);
	bool ours = obs_is(end, &k_by, "us") || obs_is(close, &k_from, "client");

	if (!end || (ours && obs_int(end, &k_after) < SHORT_LIVED))
		return NOT_SEEN;
	look_idle(l);
	return obs_int(end, &k_after) < SHORT_LIVED ? BAD : GOOD;
}

static enum seen look_logs(struct look *l)
{
	(void)l;
	return NOT_SEEN;
}

static const struct look_row rows[] = {
	{"signature", 0, look_signature, NULL},
	{"gateway", 0, look_gateway, NULL,
		"apigw-connect-refused apigw-new-conn-throttle apigw-lambda-error-as-message "
		"apigw-integration-timeout-29s apigw-post-in-connect"},
	{"endpoint", 0, look_endpoint, NULL, "apigw-wrong-endpoint"},
	{"connection", 0, look_connection, NULL,
		"apigw-gone-stale apigw-bad-connection-id apigw-manageconnections-denied"},
	{"limits", 0, look_limits, NULL, "apigw-idle-10min apigw-max-2h apigw-frame-32k"},
	{NULL},
};

#define NO_LOGS "a check reads no logs"
#define NO_CONNECTION "--connection-id ID --endpoint URL was not given"

/* What an analysis of such an API's logs asks, as far as a connection of one's own can answer. */
static const struct look_item items[] = {
	{"connect", "$connect lets clients in", look_upgrade, "no WebSocket was tried"},
	{"life", "connections live longer than 5 s", look_life,
		"no connection was held (--idle 10s)"},
	{"welcome", "the welcome arrives on every connection", look_welcome,
		"it takes several connections (--samples 10)"},
	{"routes", "a route answers", look_routes, "--send DATA --expect TEXT was not given"},
	{"gone", "the connection is there when a message is posted", look_connection,
		NO_CONNECTION},
	{"permission", "the caller may use @connections", look_permission, NO_CONNECTION},
	{"disconnect", "each $connect has its $disconnect", look_logs, NO_LOGS},
	{"retries", "the logs have no GoneException and no retries", look_logs, NO_LOGS},
	{NULL},
};

static const struct kind *const facts[] = {&apigw_signed, &apigw_unsigned, &apigw_refusal,
	&apigw_error, &apigw_endpoint, &apigw_connection, &apigw_fragments, &ws_samples,
	&ws_expected, NULL};

const struct looks looks_apigw = {"apigw", rows, items, facts};
