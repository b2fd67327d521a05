#include "cause/all.h"
#include "cause/evidence.h"
#include "fact/all.h"

#define AT_ONCE (100 * NS_MS)

static bool from_client(const struct obs *o)
{
	return obs_is(o, &k_from, "client");
}

/* Most servers say something to whoever comes; it is of interest when it is what the user misses.
 */
enum ruling rule_app_late_client_listener(const struct scope *s, struct finding *f)
{
	const struct obs *welcome = scope_find(s, &sio_welcome, NULL, NULL), *connect;

	if (!welcome)
		return cleared(f, scope_find(s, &sio_connect, NULL, NULL));
	connect = scope_find(s, &sio_connect, welcome->where.exp, welcome->where.role);
	return obs_int(welcome, &k_took) <= AT_ONCE ? found(f, 1, welcome, connect)
						    : cleared(f, welcome);
}

static const struct obs *ack_of(const struct scope *s, const struct obs *event)
{
	const struct obs *o = event;

	while ((o = scope_next(s, o, &sio_ack, event->where.exp, NULL)))
		if (!from_client(o) && o->where.attempt == event->where.attempt &&
			obs_int(o, &k_ack_id) == obs_int(event, &k_ack_id))
			return o;
	return NULL;
}

/* The client's first event with an ack id that did not get one; *answered: the first that did. */
static const struct obs *unanswered(const struct scope *s, const struct obs **answered)
{
	const struct obs *none = NULL;

	*answered = NULL;
	for (const struct obs *o = scope_find(s, &sio_event, &exp_sio_emit, NULL); o;
		o = scope_next(s, o, &sio_event, &exp_sio_emit, NULL)) {
		const struct obs *ack;

		if (!from_client(o) || !obs_int(o, &k_ack))
			continue;
		ack = ack_of(s, o);
		if (ack && !*answered)
			*answered = ack;
		if (!ack && !none)
			none = o;
	}
	return none;
}

enum ruling rule_app_delayed_server_handler(const struct scope *s, struct finding *f)
{
	const struct obs *answered, *none = unanswered(s, &answered);

	if (!none || !answered)
		return cleared(f, answered);
	return none->id < answered->id ? found(f, 1, none, answered) : cleared(f, answered);
}

/* --binary: our event, when neither an ack nor anything binary came back. */
static const struct obs *lost_binary(const struct scope *s)
{
	const struct obs *o = scope_find(s, &sio_event, &exp_sio_binary, NULL);

	if (!evidence_is(s, &sio_unanswered, &exp_sio_binary, &k_packet, "event"))
		return NULL;
	while (o && !(from_client(o) && obs_int(o, &k_ack)))
		o = scope_next(s, o, &sio_event, &exp_sio_binary, NULL);
	return o && !ack_of(s, o) ? o : NULL;
}

enum ruling rule_app_emit_not_acked(const struct scope *s, struct finding *f)
{
	const struct obs *answered,
		*none = unanswered(s, &answered),
		*connect = scope_find(s, &sio_connect, &exp_sio_emit, NULL),
		/* an event may be the answer, instead of an ack */
			*expected = scope_find(s, &sio_expected, &exp_sio_emit, NULL);

	if (!none && lost_binary(s))
		return found(f, 1, lost_binary(s),
			evidence_is(s, &sio_unanswered, &exp_sio_binary, &k_packet, "event"),
			scope_find(s, &sio_connect, &exp_sio_binary, NULL));
	if (!none || expected)
		return cleared(f, none ? expected : answered);
	if (!scope_ran(s, &exp_sio_emit) || !connect)
		return unseen(f, NULL);
	return found(f, 1, none, connect, scope_ran(s, &exp_sio_emit));
}

static const struct obs *server_event(const struct scope *s, const struct tag *exp)
{
	const struct obs *o = scope_find(s, &sio_event, exp, NULL);

	while (o && from_client(o))
		o = scope_next(s, o, &sio_event, exp, NULL);
	return o;
}

enum ruling rule_app_room_not_joined(const struct scope *s, struct finding *f)
{
	const struct obs *connect = scope_find(s, &sio_connect, &exp_sio_stream, NULL),
			 *event = server_event(s, &exp_sio_stream),
			 *done = scope_ran(s, &exp_sio_stream),
			 *missed =
				 evidence_is(s, &sio_unanswered, &exp_sio_emit, &k_packet, "event");

	if (!event && missed && !obs_is(scope_ran(s, &exp_sio_emit), &k_outcome, "aborted")) {
		probably(f, &cause_app_late_client_listener,
			"the server's log: which room it emits to, and (await "
			"io.in(room).fetchSockets()).length");
		return found(f, 0.6, missed, scope_find(s, &sio_connect, &exp_sio_emit, NULL));
	}
	if (event || !connect || !done)
		return cleared(f, event);
	/* we left before the time was up */
	if (obs_is(done, &k_outcome, "aborted"))
		return unseen(f, NULL);
	probably(f, &cause_app_late_client_listener,
		"the server's log: which room it emits to, and (await "
		"io.in(room).fetchSockets()).length");
	return found(f, 0.6, done, connect);
}

enum ruling rule_app_lost_during_reconnect(const struct scope *s, struct finding *f)
{
	const struct obs *first = scope_find(s, &sio_connect, &exp_sio_reconnect, NULL),
			 *again = first ? scope_next(
						  s, first, &sio_connect, &exp_sio_reconnect, NULL)
					: NULL;

	if (!again)
		return unseen(f, NULL);
	return obs_int(again, &k_recovered) ? cleared(f, again) : found(f, 1, again, first);
}

enum ruling rule_app_expected_missing(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &ws_expected, NULL, NULL);

	if (!o)
		return unseen(f, NULL);
	return obs_int(o, &k_ok) ? cleared(f, o) : found(f, 1, o);
}
