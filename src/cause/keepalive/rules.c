#include "cause/all.h"
#include "cause/evidence.h"
#include "cause/held.h"
#include "fact/all.h"

/* The known idle limits: by which product, after how many seconds unless it was set otherwise
 * (fixed: cannot be set). */
struct limit {
	const struct cause *cause;
	const char *stack; /* NULL: leaves no mark */
	int seconds;
	bool fixed;
};

static const struct limit limits[] = {
	{&cause_idle_cloudflare_100, "cloudflare", 100, true},
	{&cause_idle_heroku_55, "heroku", 55, true},
	{&cause_idle_cloudfront_10m, "cloudfront", 600, true},
	{&cause_idle_gclb_30, "google", 30, false},
	{&cause_idle_alb_60, "alb", 60, false},
	{&cause_idle_ingress_default_60, "ingress-nginx", 60, false},
	{&cause_idle_nginx_read_timeout, "nginx", 60, false},
	{&cause_idle_nginx_read_timeout, "openresty", 60, false},
	{&cause_idle_envoy_stream_5m, "envoy", 300, false},
	{&cause_idle_apache_proxytimeout, "apache", 60, false},
	{&cause_idle_haproxy_no_tunnel_timeout, "haproxy", 50, false},
	{&cause_idle_cloudflare_gateway_270, NULL, 270, true},
	{&cause_idle_nginx_stream_10m, NULL, 600, true},
};

#define LIMITS (sizeof(limits) / sizeof(limits[0]))

/* What the silent connection died of, when it was an idle limit of the path: cut without a Close,
 * and the busy one lived on. */
struct idle_death {
	const struct obs *end, *busy;
	ns after;
};

static struct idle_death idle_death(const struct scope *s)
{
	struct held silent = held_get(s, &role_silent), busy = held_busy(s);
	struct idle_death d = {0};

	if (!held_for(s) || !silent.end || silent.close || !busy.open || busy.end)
		return d;
	/* a reset in answer to a packet of ours is a box that had forgotten:
	 * tcp-idle-middlebox-drop */
	if (silent.idle < silent.age / 2)
		return d;
	d.end = silent.end;
	d.busy = busy.open;
	d.after = silent.idle;
	return d;
}

static bool on_path(const struct scope *s, const struct limit *l)
{
	return !l->stack || evidence_stack(s, l->stack);
}

/* The row that fits best: the product's usual time, else the one that can be set to any time, else
 * the time alone. *open: another one that fits as well. */
static const struct limit *limit_of(const struct scope *s, ns after, const struct cause **open)
{
	const struct limit *usual = NULL, *set = NULL, *unmarked = NULL;

	*open = NULL;
	for (const struct limit *l = limits; l < limits + LIMITS; l++) {
		const struct limit **to = &set;

		if (!on_path(s, l))
			continue;
		if (held_like(after, l->seconds * NS_S))
			to = l->stack ? &usual : &unmarked;
		else if (l->fixed)
			continue;
		if (*to && to == &usual)
			*open = l->cause;
		*to = *to ? *to : l;
	}
	if (usual || set)
		return usual ? usual : set;
	*open = &cause_idle_proxy_timeout;
	return unmarked;
}

/* The server's own pings reset every idle limit on the way. */
static bool server_pings(const struct scope *s)
{
	struct held silent = held_get(s, &role_silent);

	for (const struct obs *o = scope_find(s, &ws_frame, &exp_idle, &role_silent);
		silent.open && o; o = scope_next(s, o, &ws_frame, &exp_idle, &role_silent))
		if (obs_is(o, &k_from, "server") && obs_is(o, &k_opcode, "ping"))
			return true;
	return false;
}

/* Nothing died of silence: does that acquit the limit? */
static enum ruling not_dead(const struct scope *s, struct finding *f, const struct limit *l)
{
	struct held silent = held_get(s, &role_silent);

	if (!l->stack || !evidence_stack(s, l->stack))
		return unseen(f, NULL);
	if (!held_for(s) || !silent.open)
		return unseen_because(f, "no connection was held open: see --idle");
	if (silent.end)
		return cleared(f, silent.end);
	if (server_pings(s))
		return unseen_because(f, "the server's own pings kept the silent connection alive");
	if (held_for(s) <= l->seconds * NS_S)
		return unseen_because(f, "connections were not held for as long as this limit "
					 "usually is: see --idle");
	return cleared(f, silent.open);
}

static const struct limit *limit_row(const struct finding *f)
{
	const struct limit *l = limits;

	while (l->cause != f->cause)
		l++;
	return l;
}

/* The common rule of all rows above. */
static enum ruling idle_limit(const struct scope *s, struct finding *f)
{
	struct idle_death d = idle_death(s);
	const struct limit *fits;
	const struct cause *open;

	if (!d.end)
		return not_dead(s, f, limit_row(f));
	fits = limit_of(s, d.after, &open);
	if (!fits || fits->cause != f->cause)
		return cleared(f, d.end);
	if (!open)
		return found(f, 1, d.end, d.busy, evidence_stack(s, fits->stack));
	probably(f, open, "the same check with --direct and the URL behind each hop");
	return found(f, 0.6, d.end, d.busy);
}

#define IDLE_RULE(object)                                                                          \
	enum ruling rule_##object(const struct scope *s, struct finding *f)                        \
	{                                                                                          \
		return idle_limit(s, f);                                                           \
	}
IDLE_RULE(idle_cloudflare_100)
IDLE_RULE(idle_heroku_55)
IDLE_RULE(idle_cloudfront_10m)
IDLE_RULE(idle_alb_60)
IDLE_RULE(idle_ingress_default_60)
IDLE_RULE(idle_nginx_stream_10m)
IDLE_RULE(idle_nginx_read_timeout)
IDLE_RULE(idle_envoy_stream_5m)
IDLE_RULE(idle_apache_proxytimeout)
IDLE_RULE(idle_haproxy_no_tunnel_timeout)
IDLE_RULE(idle_cloudflare_gateway_270)

enum ruling rule_idle_proxy_timeout(const struct scope *s, struct finding *f)
{
	struct idle_death d = idle_death(s);
	struct held silent = held_get(s, &role_silent);
	const struct cause *open;

	if (d.end)
		return limit_of(s, d.after, &open) ? cleared(f, d.end) : found(f, 1, d.end, d.busy);
	if (!held_for(s) || !silent.open)
		return unseen_because(f, "no connection was held open: see --idle");
	if (!silent.end && server_pings(s))
		return unseen_because(f, "the server's own pings kept the silent connection alive");
	return silent.end ? unseen(f, NULL) : cleared(f, silent.open);
}

enum ruling rule_idle_server_close(const struct scope *s, struct finding *f)
{
	struct held silent = held_get(s, &role_silent), busy = held_busy(s);

	if (!held_for(s) || !silent.open)
		return unseen(f, NULL);
	if (!silent.close || !busy.open || busy.end)
		return cleared(f, silent.end ? silent.end : silent.open);
	return found(f, 1, silent.close, busy.open);
}

/* Silent and busy ended by the peer at the same age: the silent one's end, else NULL. */
static const struct obs *same_age(const struct scope *s, const struct obs **busy_end)
{
	struct held silent = held_get(s, &role_silent), busy = held_busy(s);

	if (!held_for(s) || !silent.end || !busy.end || !held_like(silent.age, busy.age))
		return NULL;
	*busy_end = busy.end;
	return silent.end;
}

static enum ruling dies_at(const struct scope *s, struct finding *f, const char *stack, int seconds)
{
	const struct obs *busy = NULL, *end = same_age(s, &busy), *mark = evidence_stack(s, stack);

	if (!end || !mark || !held_like(obs_int(end, &k_after), seconds * NS_S))
		return UNSEEN;
	return found(f, 1, end, busy, mark);
}

enum ruling rule_idle_envoy_route_timeout_15s(const struct scope *s, struct finding *f)
{
	if (dies_at(s, f, "envoy", 15) == FOUND)
		return FOUND;
	return unseen(f, NULL);
}

enum ruling rule_idle_gclb_30(const struct scope *s, struct finding *f)
{
	if (dies_at(s, f, "google", 30) == FOUND)
		return FOUND;
	return idle_limit(s, f);
}

enum ruling rule_conn_max_age_platform(const struct scope *s, struct finding *f)
{
	const struct obs *busy = NULL, *end = same_age(s, &busy);
	struct held held = held_busy(s);

	if (!held_for(s) || !held.open)
		return unseen(f, NULL);
	if (!held.end)
		return cleared(f, held.open);
	if (!end)
		return unseen(f, NULL);
	/* graphql-ws waited for connection_init, which a client of it says */
	if (obs_int(held.close, &k_code) == 4408)
		f->severity = INFO;
	/* held side by side they are of one age, so whatever ends all at one moment looks the same
	 * once */
	probably(f, &cause_proxy_nginx_reload_kills,
		"the same check again: a limit strikes at the same age, a reload does not");
	return found(f, 0.6, end, busy, held.close);
}

enum ruling rule_ws_keepalive_ping_1011(const struct scope *s, struct finding *f)
{
	for (const struct obs *o = scope_find(s, &ws_close, NULL, NULL); o;
		o = scope_next(s, o, &ws_close, NULL, NULL))
		if (obs_is(o, &k_from, "server") && obs_int(o, &k_code) == 1011 &&
			span_ifind(obs_text(o, &k_reason), SPAN("ping timeout")) >= 0)
			return found(f, 1, o);
	return unseen(f, NULL);
}
