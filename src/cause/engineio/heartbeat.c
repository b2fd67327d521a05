/* Engine.IO's heartbeat: who does not answer it, who is too busy for it, what stands in its way. */
#include "cause/all.h"
#include "cause/evidence.h"
#include "cause/session.h"
#include "fact/all.h"

/* Ended by the server, by a Close, as late as interval and timeout allow. */
static bool on_schedule(const struct session *a)
{
	ns due = obs_int(a->open, &k_ping_interval) + obs_int(a->open, &k_ping_timeout);
	ns age = a->close && a->open ? a->close->at - a->open->at : 0;

	return due > 0 && age >= due * 9 / 10 && age <= due * 11 / 10 + 2 * NS_S;
}

enum ruling rule_eio_client_does_not_pong(const struct scope *s, struct finding *f)
{
	struct session mute = session_of(s, &exp_eio_heartbeat, &role_mute),
		       answering = session_of(s, &exp_eio_heartbeat, &role_answering),
		       held = session_of(s, &exp_idle, &role_silent);
	const struct session *a = mute.open ? &mute : &held;
	const struct obs *end;

	if (!a->open || !a->done)
		return unseen(f, NULL);
	if (!on_schedule(a) || answering.end)
		return cleared(f, a->end ? a->end : a->open);
	end = scope_in_flow(s, a->close->where.flow, &conn_end);
	return end && a->close->where.flow ? found(f, 1, end, a->close, answering.ping)
					   : found(f, 1, a->close, answering.ping);
}

enum ruling rule_eio_heartbeat_direction(const struct scope *s, struct finding *f)
{
	const struct obs *fault = evidence_is(s, &eio_fault, NULL, &k_fault, "heartbeat-direction");
	struct raw raw = session_raw(s, &exp_send);

	if (raw.close && raw.after <= NS_S && obs_is(raw.sent, &k_shape, "Engine.IO ping"))
		return found(f, 1, raw.sent, raw.close);
	if (!fault)
		return cleared(f, scope_find(s, &eio_ping, NULL, NULL));
	return found(f, 1, fault,
		fault->where.flow ? scope_in_flow(s, fault->where.flow, &ws_close) : NULL);
}

#define LATE (1 * NS_S)

static const struct obs *late_ping(const struct scope *s)
{
	const struct obs *worst = NULL;

	for (const struct obs *o = scope_find(s, &eio_ping, NULL, NULL); o;
		o = scope_next(s, o, &eio_ping, NULL, NULL))
		if (!obs_is(o, &k_from, "client") && obs_int(o, &k_late) >= LATE &&
			(!worst || obs_int(o, &k_late) > obs_int(worst, &k_late)))
			worst = o;
	return worst;
}

/* Plain HTTP that was slow while the ping was overdue. */
static const struct obs *slow_then(const struct scope *s, const struct obs *ping)
{
	ns due = ping->at - obs_int(ping, &k_late);

	for (const struct obs *o = scope_find(s, &http_answer, NULL, NULL); o;
		o = scope_next(s, o, &http_answer, NULL, NULL)) {
		ns took = obs_int(o, &k_took);

		/* a poll waits because it has nothing to tell */
		if (took >= LATE / 2 && o->where.exp == &exp_health && o->at >= due &&
			o->at - took <= ping->at)
			return o;
	}
	return NULL;
}

/* The network's doing: every connection on which a ping came late had segments sent again. A busy
 * process is late on all. */
static const struct obs *sent_again(const struct scope *s)
{
	const struct obs *again = NULL;

	for (const struct obs *o = scope_find(s, &eio_ping, NULL, NULL); o;
		o = scope_next(s, o, &eio_ping, NULL, NULL)) {
		const struct obs *info =
			o->where.flow ? scope_in_flow(s, o->where.flow, &tcp_info) : NULL;

		if (obs_is(o, &k_from, "client") || obs_int(o, &k_late) < LATE)
			continue;
		if (!obs_int(info, &k_retrans))
			return NULL;
		again = info;
	}
	return again;
}

enum ruling rule_eio_event_loop_blocked(const struct scope *s, struct finding *f)
{
	const struct obs *late = late_ping(s), *slow;

	if (!late)
		return cleared(f, scope_find(s, &eio_ping, NULL, NULL));
	slow = slow_then(s, late);
	if (slow)
		return found(f, 1, late, slow);
	if (sent_again(s))
		return cleared(f, sent_again(s));
	probably(f, &cause_tcp_half_open_peer,
		"--health PATH: whether plain HTTP is slow at the same time");
	return found(f, 0.6, late);
}

/* By WebSocket: the server pinged while we sent, and closed when no answer had come through by its
 * pingTimeout. */
static const struct obs *closed_while_sending(
	const struct scope *s, const struct obs *sent, ns patience)
{
	const struct obs *close = scope_in_flow(s, sent->where.flow, &ws_close),
			 *ping = scope_find(s, &eio_ping, &exp_eio_payload, NULL);

	if (!close || obs_is(close, &k_from, "client") || obs_int(close, &k_code) != 1005)
		return NULL;
	for (; ping; ping = scope_next(s, ping, &eio_ping, &exp_eio_payload, NULL)) {
		ns waited = close->at - ping->at;

		if (ping->where.flow == sent->where.flow &&
			ping->at >= sent->at - obs_int(sent, &k_waited) &&
			waited >= patience * 8 / 10 && waited <= patience + NS_S)
			return close;
	}
	return NULL;
}

static const struct obs *stuck_message(const struct scope *s, ns patience, const struct obs **close)
{
	const struct obs *o = scope_find(s, &ws_echo, &exp_eio_payload, NULL);

	for (; o; o = scope_next(s, o, &ws_echo, &exp_eio_payload, NULL)) {
		*close = o->where.flow && !obs_int(o, &k_through)
				 ? closed_while_sending(s, o, patience)
				 : NULL;
		if (*close)
			return o;
	}
	return NULL;
}

/* By polling, a POST that nobody answered: the server ended it when its last ping had waited for
 * that long. */
static bool ended_unponged(const struct scope *s, const struct obs *post, ns patience)
{
	const struct obs *ping = scope_find(s, &eio_ping, &exp_eio_payload, NULL), *last = NULL;

	for (; ping && ping->at < post->at;
		ping = scope_next(s, ping, &eio_ping, &exp_eio_payload, NULL))
		last = ping;
	return last && post->at - last->at >= patience * 9 / 10 &&
	       post->at - last->at <= patience + NS_S && obs_int(post, &k_took) >= patience / 2;
}

enum ruling rule_eio_big_upload_blocks_pong(const struct scope *s, struct finding *f)
{
	const struct obs *open = scope_find(s, &eio_open, &exp_eio_payload, NULL),
			 *o = scope_find(s, &eio_poll, &exp_eio_payload, NULL), *close = NULL,
			 *stuck;
	ns patience = obs_int(open, &k_ping_timeout);

	if (!open || !patience)
		return unseen(f, NULL);
	for (; o; o = scope_next(s, o, &eio_poll, &exp_eio_payload, NULL)) {
		const struct obs *lost = session_says(s, &exp_eio_payload, "session-unknown");

		if (obs_is(o, &k_method, "POST") && obs_int(o, &k_took) > patience &&
			(!obs_has(o, &k_status) || lost))
			return found(f, 1, o, lost, open);
		if (obs_is(o, &k_method, "POST") && !obs_has(o, &k_status) &&
			ended_unponged(s, o, patience))
			return found(f, 1, o, open);
	}
	stuck = stuck_message(s, patience, &close);
	if (stuck)
		return found(f, 1, stuck, close, open);
	return cleared(f, scope_ran(s, &exp_eio_payload));
}
