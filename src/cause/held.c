#include "cause/held.h"

#include "fact/all.h"

struct held held_get(const struct scope *s, const struct tag *role)
{
	struct held h = {.open = scope_find(s, &ws_open, &exp_idle, role)};
	const struct obs *end, *close;

	if (!h.open)
		return h;
	/* whoever begins the closing sends the first Close frame of the flow */
	close = scope_in_flow(s, h.open->where.flow, &ws_close);
	end = scope_in_flow(s, h.open->where.flow, &conn_end);
	h.age = obs_int(end, &k_after);
	h.idle = obs_int(end, &k_idle);
	if (obs_is(close, &k_from, "server")) {
		h.close = close;
		h.end = end ? end : close;
		/* the last byte was that of the Close */
		h.idle = h.age;
	} else if (!close && obs_is(end, &k_by, "peer")) {
		h.end = end;
	}
	return h;
}

ns held_for(const struct scope *s)
{
	const struct obs *done = scope_ran(s, &exp_idle);

	if (!done || obs_is(done, &k_outcome, "skipped") || obs_is(done, &k_outcome, "aborted"))
		return 0;
	return obs_int(done, &k_waited);
}

bool held_like(ns a, ns b)
{
	ns apart = a > b ? a - b : b - a;

	return apart <= 500 * NS_MS + (a > b ? a : b) / 100 * 3;
}

struct held held_busy(const struct scope *s)
{
	struct held h = held_get(s, &role_pinged);

	return h.open ? h : held_get(s, &role_chatty);
}
