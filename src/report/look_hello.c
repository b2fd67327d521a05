/* Subprotocols that begin with a hello: MQTT, STOMP, Action Cable, Phoenix channels, SockJS. */
#include "base/text.h"
#include "fact/all.h"
#include "report/look.h"

static const struct obs *of(const struct look *l, const struct kind *kind, const struct tag *exp)
{
	return scope_find(&l->scope, kind, exp, NULL);
}

/* In the hello's own experiment, else as the plain Upgrade met it. */
static const struct obs *in_base(const struct look *l, const struct kind *kind)
{
	const struct obs *o = of(l, kind, &exp_hello);

	return o ? o : of(l, kind, &exp_upgrade);
}

static void add_text(struct look *l, const char *before, struct span text)
{
	if (!text.n)
		return;
	buf_addz(&l->text, before);
	text_visible(&l->text, text);
}

static void add_beat(struct look *l, const char *who, const struct obs *o, const struct key *every)
{
	if (!obs_has(o, every))
		return;
	buf_addf(&l->text, ", %s", who);
	if (!obs_int(o, every)) {
		buf_addz(&l->text, " sends no heartbeats");
		return;
	}
	buf_addz(&l->text, " beats every ");
	text_ns(&l->text, obs_int(o, every));
}

static enum seen say_taken(struct look *l, const struct obs *o)
{
	text_visible(&l->text, obs_text(o, &k_packet));
	add_text(l, ", version ", obs_text(o, &k_version));
	add_beat(l, "the server", o, &k_beat_server);
	add_beat(l, "the client", o, &k_beat_client);
	l->took = obs_has(o, &k_took) ? obs_int(o, &k_took) : -1;
	return GOOD;
}

static enum seen say_refused(struct look *l, const struct obs *o)
{
	text_visible(&l->text, obs_text(o, &k_packet));
	if (obs_has(o, &k_code))
		buf_addf(&l->text, " %d", (int)obs_int(o, &k_code));
	add_text(l, ", ", obs_text(o, &k_meaning));
	add_text(l, ": ", obs_text(o, &k_message));
	return BAD;
}

static bool was_left_out(const struct look *l)
{
	const struct obs *done = scope_ran(&l->scope, &exp_hello);

	return !done || obs_is(done, &k_outcome, "skipped") || obs_is(done, &k_outcome, "aborted");
}

static enum seen look_hello(struct look *l)
{
	const struct obs *o = in_base(l, &hello_taken);

	if (o)
		return say_taken(l, o);
	o = in_base(l, &hello_refused);
	o = o ? o : of(l, &hello_bye, &exp_hello);
	if (o)
		return say_refused(l, o);
	if (was_left_out(l))
		return of(l, &sockjs_fallback, NULL) ? OMIT : NOT_SEEN;
	o = of(l, &run_works, &exp_hello);
	if (o) {
		obs_say(&l->text, o);
		return NOT_SEEN;
	}
	o = of(l, &hello_unanswered, &exp_hello);
	buf_addz(&l->text, o ? "no " : "the hello is not answered");
	add_text(l, "", obs_text(o, &k_packet));
	return BAD;
}

/* Those of the server, in the experiment that has most of them. */
static enum seen look_heartbeat(struct look *l)
{
	const struct obs *o = of(l, &hello_beat, &exp_idle);
	ns longest = 0;
	int n = 0;

	for (; o; o = scope_next(&l->scope, o, &hello_beat, &exp_idle, NULL)) {
		if (!obs_is(o, &k_from, "server"))
			continue;
		n++;
		longest = obs_int(o, &k_gap) > longest ? obs_int(o, &k_gap) : longest;
	}
	if (!n)
		return OMIT;
	buf_addf(&l->text, "%d of the server while held, at most ", n);
	text_ns(&l->text, longest);
	buf_addz(&l->text, " apart");
	return GOOD;
}

static enum seen look_info(struct look *l)
{
	const struct obs *o = of(l, &sockjs_info, NULL);

	if (!o)
		return OMIT;
	buf_addz(&l->text,
		obs_int(o, &k_websocket) ? "WebSocket is on" : "WebSocket is switched off");
	if (obs_int(o, &k_cookie_needed))
		buf_addz(&l->text, ", the load balancer wants cookies");
	return GOOD;
}

/* Where WebSocket does not work; where it is switched off, XHR is no fallback. */
static enum seen look_fallback(struct look *l)
{
	const struct obs *o = of(l, &sockjs_fallback, NULL), *info = of(l, &sockjs_info, NULL);

	if (!o)
		return OMIT;
	buf_addz(&l->text, "a session opens by XHR");
	l->took = obs_int(o, &k_took);
	return info && !obs_int(info, &k_websocket) ? GOOD : DOUBTFUL;
}

#define ROWS(name)                                                                                 \
	static const struct look_row rows_##name[] = {                                             \
		{"hello", LOOK_STAGE(SESSION), look_hello, NULL},                                  \
		{"heartbeat", 0, look_heartbeat, NULL},                                            \
		{NULL},                                                                            \
	};                                                                                         \
	const struct looks looks_##name = {#name, rows_##name, NULL};

ROWS(mqtt)
ROWS(stomp)
ROWS(actioncable)
ROWS(phoenix)

static const struct look_row rows_sockjs[] = {
	{"info", 0, look_info, NULL},
	{"hello", LOOK_STAGE(SESSION), look_hello, NULL},
	{"fallback", LOOK_STAGE(TRANSPORT), look_fallback, NULL},
	{"heartbeat", 0, look_heartbeat, NULL},
	{NULL},
};
const struct looks looks_sockjs = {"sockjs", rows_sockjs, NULL};
