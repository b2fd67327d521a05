#include "cause/all.h"
#include "cause/apigw/gateway.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* A post this soon after $connect may come before the connection is established. */
#define AT_ONCE NS_S

static bool is_word(const struct obs *o, const char *words)
{
	return o && obs_has(o, &k_error) && word_among(obs_text(o, &k_error), words);
}

/* The first of this kind whose error is one of the words. */
static const struct obs *with_error(
	const struct scope *s, const struct kind *kind, const char *words)
{
	const struct obs *o = scope_find(s, kind, NULL, NULL);

	while (o && !is_word(o, words))
		o = scope_next(s, o, kind, NULL, NULL);
	return o;
}

/* A post, live or logged, that the words fit. */
static const struct obs *posted(const struct scope *s, const char *words)
{
	const struct obs *o = with_error(s, &apigw_connection, words);

	return o ? o : with_error(s, &apigw_post, words);
}

/* One that arrived. */
static const struct obs *delivered(const struct scope *s)
{
	static const struct kind *const kinds[] = {&apigw_connection, &apigw_post};

	for (size_t i = 0; i < 2; i++)
		for (const struct obs *o = scope_find(s, kinds[i], NULL, NULL); o;
			o = scope_next(s, o, kinds[i], NULL, NULL))
			if (!obs_has(o, &k_error))
				return o;
	return NULL;
}

static enum ruling not_posted(const struct scope *s, struct finding *f)
{
	const struct obs *ok = delivered(s);

	return ok ? cleared(f, ok) : unseen(f, NULL);
}

/* --- posts --- */

static bool is_early(const struct obs *post)
{
	return is_word(post, "gone") && !obs_int(post, &k_ended) &&
	       (obs_int(post, &k_own_connect) ||
		       (obs_has(post, &k_age) && obs_int(post, &k_age) < AT_ONCE));
}

static const struct obs *early_post(const struct scope *s)
{
	const struct obs *o = scope_find(s, &apigw_post, NULL, NULL);

	while (o && !is_early(o))
		o = scope_next(s, o, &apigw_post, NULL, NULL);
	return o;
}

/* The same connection got a later message. */
static const struct obs *later_post(const struct scope *s, const struct obs *early)
{
	const struct obs *o = scope_next(s, early, &apigw_post, NULL, NULL);

	while (o && (obs_has(o, &k_error) || !span_eq(obs_text(o, &k_connection_id),
						     obs_text(early, &k_connection_id))))
		o = scope_next(s, o, &apigw_post, NULL, NULL);
	return o;
}

static const struct obs *welcome_post(const struct scope *s)
{
	const struct obs *o = scope_find(s, &apigw_post, NULL, NULL);

	while (o && (obs_has(o, &k_error) || !obs_int(o, &k_welcome)))
		o = scope_next(s, o, &apigw_post, NULL, NULL);
	return o;
}

/* A connection that got nothing in all the time we waited. */
static const struct obs *mute_sample(const struct scope *s)
{
	const struct obs *o = scope_find(s, &ws_first, NULL, NULL);

	while (o && obs_has(o, &k_first))
		o = scope_next(s, o, &ws_first, NULL, NULL);
	return o;
}

/* From outside: only that some are welcomed and some are not tells anything. Servers that never
 * speak first are healthy. */
static enum ruling welcome_race(const struct scope *s, struct finding *f)
{
	const struct obs *all = scope_find(s, &ws_samples, NULL, NULL);
	int64_t opened = obs_int(all, &k_opened), welcomed = obs_int(all, &k_welcomed);

	if (!all || opened < 2)
		return unseen_because(f,
			"only several connections, or the Lambda's log, can tell: see --samples");
	if (!welcomed)
		return unseen_because(f, "no connection got a message by itself: either none is "
					 "sent, or all are lost");
	if (welcomed == opened)
		return cleared(f, all);
	/* what comes late may be anything, and to some of the others it comes later still */
	if (obs_int(all, &k_latest) * 2 > obs_int(all, &k_waited))
		return unseen_because(f, "the first messages come late, so others may come later "
					 "still: see --timeout");
	f->severity = WARNING;
	probably(f, &cause_app_delayed_server_handler,
		"GoneException in the log of the Lambda, right after $connect");
	return found(f, 0.6, all, mute_sample(s));
}

enum ruling rule_apigw_post_in_connect(const struct scope *s, struct finding *f)
{
	const struct obs *early = early_post(s), *welcome = welcome_post(s);

	if (early)
		return found(f, 1, early, later_post(s, early));
	if (welcome)
		return cleared(f, welcome);
	return gateway_find(s) ? welcome_race(s, f) : unseen(f, NULL);
}

static bool is_stale(const struct obs *post)
{
	return obs_int(post, &k_ended) || obs_int(post, &k_idle) >= GATEWAY_IDLE ||
	       obs_int(post, &k_age) >= GATEWAY_AGE;
}

/* The surest first: a live answer, one that the log dates, any other. */
enum ruling rule_apigw_gone_stale(const struct scope *s, struct finding *f)
{
	const struct obs *live = with_error(s, &apigw_connection, "gone"), *open = NULL;

	if (live)
		return found(f, 1, live);
	for (const struct obs *o = scope_find(s, &apigw_post, NULL, NULL); o;
		o = scope_next(s, o, &apigw_post, NULL, NULL)) {
		if (!is_word(o, "gone") || is_early(o))
			continue;
		if (is_stale(o))
			return found(f, 1, o);
		open = open ? open : o;
	}
	if (!open)
		return not_posted(s, f);
	probably(f, &cause_apigw_post_in_connect,
		"a log that has the connection's $connect and $disconnect too");
	return found(f, 0.6, open);
}

enum ruling rule_apigw_bad_connection_id(const struct scope *s, struct finding *f)
{
	const struct obs *o = posted(s, "bad-id");

	return o ? found(f, 1, o) : not_posted(s, f);
}

/* What is wrong with the endpoint by itself counts only when it does not work all the same. */
enum ruling rule_apigw_wrong_endpoint(const struct scope *s, struct finding *f)
{
	const struct obs *endpoint = scope_find(s, &apigw_endpoint, NULL, NULL),
			 *o = posted(s, "no-route");
	const struct obs *forbidden = posted(s, "forbidden");
	bool odd = endpoint && obs_has(endpoint, &k_fault);

	/* we mend these to go on, an application does not */
	if (odd && word_among(obs_text(endpoint, &k_fault), "websocket-scheme connections-in-it"))
		return found(f, 1, endpoint);
	if (delivered(s) || posted(s, "gone bad-id denied"))
		return not_posted(s, f);
	if (odd && scope_ran(s, &exp_apigw_connection))
		return found(f, 1, endpoint, o ? o : forbidden);
	if (o)
		return found(f, 1, o, endpoint);
	if (!forbidden)
		return unseen(f, NULL);
	probably(f, &cause_apigw_manageconnections_denied,
		"aws apigatewayv2 get-stages and get-api-mappings: what the path begins with");
	return found(f, 0.6, forbidden, endpoint);
}

enum ruling rule_apigw_manageconnections_denied(const struct scope *s, struct finding *f)
{
	const struct obs *o = posted(s, "denied unsigned bad-signature bad-key expired");

	return o ? found(f, 1, o, scope_find(s, &apigw_unsigned, NULL, NULL)) : not_posted(s, f);
}

/* --- what the client gets --- */

static bool is_connect(const struct obs *invocation)
{
	return obs_is(invocation, &k_route, "$connect");
}

static bool is_slow(const struct obs *invocation)
{
	return obs_int(invocation, &k_took) >= GATEWAY_INTEGRATION - 100 * NS_MS;
}

/* The first invocation in the log with a status from `least` on, of $connect or of other routes. */
static const struct obs *invoked(const struct scope *s, bool connect, int64_t least, int64_t most)
{
	const struct obs *o = scope_find(s, &apigw_invocation, NULL, NULL);

	while (o && (is_connect(o) != connect || obs_is(o, &k_route, "$disconnect") ||
			    obs_int(o, &k_status) < least || obs_int(o, &k_status) > most ||
			    obs_int(o, &k_status) == 429))
		o = scope_next(s, o, &apigw_invocation, NULL, NULL);
	return o;
}

static const struct obs *throttled(const struct scope *s)
{
	const struct obs *o = with_error(s, &apigw_refusal, "throttled"), *a = evidence_refused(s);

	if (!o && answer_by(a, "apigw") && answer_status(a) == 429)
		o = a;
	for (const struct obs *i = scope_find(s, &apigw_invocation, NULL, NULL); i && !o;
		i = scope_next(s, i, &apigw_invocation, NULL, NULL))
		if (is_connect(i) && obs_int(i, &k_status) == 429)
			o = i;
	return o;
}

enum ruling rule_apigw_connect_refused(const struct scope *s, struct finding *f)
{
	const struct obs *refusal = scope_find(s, &apigw_refusal, &exp_upgrade, NULL),
			 *a = evidence_refused(s);
	const struct obs *logged = invoked(s, true, 400, 599);

	if (logged)
		return found(f, 1, logged);
	if (throttled(s))
		return cleared(f, throttled(s));
	if (is_word(refusal, "no-identity unsigned") &&
		evidence_withheld(s, attempt_of(s, &exp_upgrade).request))
		return unseen_because(f,
			"credentials are not sent over TLS that does not verify (-k sends them)");
	if (refusal)
		return found(f, 1, refusal, a, scope_find(s, &apigw_unsigned, NULL, NULL));
	if (a && answer_by(a, "apigw") && answer_status(a) >= 400)
		return found(f, 1, a);
	/* an emulator, or an answer without the gateway's marks where only the gateway answers */
	if (a && gateway_find(s) && (answer_status(a) == 401 || answer_status(a) == 403) &&
		!answer_by_proxy(a))
		return found(f, 1, a, gateway_find(s));
	return gateway_find(s) ? cleared(f, a ? a : evidence_open(s)) : unseen(f, NULL);
}

enum ruling rule_apigw_new_conn_throttle(const struct scope *s, struct finding *f)
{
	const struct obs *o = throttled(s);

	if (o)
		return found(f, 1, o);
	return gateway_find(s) ? cleared(f, evidence_open(s)) : unseen(f, NULL);
}

/* What the client said before the frame, in the same connection; after: until the frame. */
static const struct obs *question(const struct scope *s, const struct obs *frame, ns *after)
{
	const struct obs *last = NULL;

	for (size_t i = 0; i + 1 < frame->id; i++) {
		const struct obs *o = s->journal->all[i];

		if (o->kind == &ws_message && o->where.flow == frame->where.flow &&
			obs_is(o, &k_from, "client"))
			last = o;
	}
	*after = obs_has(frame, &k_after) ? obs_int(frame, &k_after)
		 : last			  ? frame->at - last->at
					  : 0;
	return last;
}

static bool is_timeout(const struct obs *frame, ns after)
{
	return text_has(frame, &k_message, "timed out") ||
	       (after >= GATEWAY_INTEGRATION - 500 * NS_MS &&
		       after <= GATEWAY_INTEGRATION + 2 * NS_S);
}

/* A frame of the gateway's own; `late`: one that says its integration took too long. */
static const struct obs *frame_of(const struct scope *s, bool late, const struct obs **asked)
{
	for (const struct obs *o = scope_find(s, &apigw_error, NULL, NULL); o;
		o = scope_next(s, o, &apigw_error, NULL, NULL)) {
		ns after;

		*asked = question(s, o, &after);
		if (is_timeout(o, after) == late && !text_has(o, &k_message, "limit exceeded") &&
			!text_has(o, &k_message, "too many requests"))
			return o;
	}
	return NULL;
}

/* The same by its shape alone, on a connection that was not known to be a gateway's. */
static const struct obs *shaped(const struct scope *s)
{
	return scope_find(s, &apigw_error, NULL, NULL)
		       ? NULL
		       : evidence_is(s, &ws_message, NULL, &k_shape, GATEWAY_ERROR);
}

/* Something of the server's own came: its routes work. */
static enum ruling not_in_place(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &ws_message, NULL, NULL);

	while (o && !obs_is(o, &k_from, "server"))
		o = scope_next(s, o, &ws_message, NULL, NULL);
	return o && gateway_find(s) && !scope_find(s, &apigw_error, NULL, NULL) ? cleared(f, o)
										: unseen(f, NULL);
}

enum ruling rule_apigw_lambda_error_as_message(const struct scope *s, struct finding *f)
{
	const struct obs *asked, *frame = frame_of(s, false, &asked),
				 *logged = invoked(s, false, 400, 599);

	if (frame)
		return found(f, 1, frame, asked);
	if (shaped(s))
		return found(f, 1, shaped(s));
	if (logged && !is_slow(logged))
		return found(f, 1, logged);
	return not_in_place(s, f);
}

enum ruling rule_apigw_integration_timeout_29s(const struct scope *s, struct finding *f)
{
	const struct obs *asked, *frame = frame_of(s, true, &asked);

	if (frame)
		return found(f, 1, frame, asked);
	for (const struct obs *o = scope_find(s, &apigw_invocation, NULL, NULL); o;
		o = scope_next(s, o, &apigw_invocation, NULL, NULL))
		if (is_slow(o))
			return found(f, 1, o);
	return not_in_place(s, f);
}

/* --- configuration --- */

enum ruling rule_apigw_no_route_response(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &apigw_route, NULL, NULL), *any = o;

	while (o && (obs_int(o, &k_route_response) || !obs_int(o, &k_returns)))
		o = scope_next(s, o, &apigw_route, NULL, NULL);
	if (o)
		return found(f, 1, o);
	return any ? cleared(f, any) : unseen(f, NULL);
}

/* Of WebSocket, REST and HTTP APIs. */
#define METRICS                                                                                    \
	"ConnectCount MessageCount IntegrationError ClientError ExecutionError "                   \
	"IntegrationLatency 4XXError 5XXError 4xx 5xx "                                            \
	"Count Latency CacheHitCount CacheMissCount DataProcessed"

enum ruling rule_apigw_wrong_metric(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &apigw_alarm, NULL, NULL), *any = o;

	while (o && (!obs_is(o, &k_namespace, "AWS/ApiGateway") ||
			    word_among(obs_text(o, &k_metric), METRICS)))
		o = scope_next(s, o, &apigw_alarm, NULL, NULL);
	if (o)
		return found(f, 1, o);
	return any ? cleared(f, any) : unseen(f, NULL);
}
