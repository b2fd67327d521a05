/* What the user asked to be looked at beyond a connection: events, payloads, heartbeats, users. */
#include "base/text.h"
#include "fact/all.h"
#include "report/look_sio.h"

static bool add_unanswered(struct look *l, const struct tag *exp)
{
	const struct obs *o = look_of(l, &sio_unanswered, exp);
	bool any = o != NULL;

	for (; o; o = scope_next(&l->scope, o, &sio_unanswered, exp, NULL)) {
		look_add(l, "");
		obs_say(&l->text, o);
	}
	return any;
}

/* True when what was asked for did not come. */
static bool say_emit(struct look *l)
{
	const struct obs *ack = look_of(l, &sio_ack, &exp_sio_emit),
			 *came = look_of(l, &sio_expected, &exp_sio_emit);

	came = came ? came : look_of(l, &sio_welcome, &exp_sio_emit);
	if (look_skipped(scope_ran(&l->scope, &exp_sio_emit)))
		return false;
	if (obs_has(ack, &k_took))
		look_add_time(l, "acknowledged in ", obs_int(ack, &k_took));
	if (came) {
		look_add(l, "");
		obs_say(&l->text, came);
	}
	return add_unanswered(l, &exp_sio_emit);
}

static bool say_stream(struct look *l)
{
	const struct obs *o = look_of(l, &sio_stream, &exp_sio_stream);

	if (o) {
		look_add(l, "");
		obs_say(&l->text, o);
	}
	return add_unanswered(l, &exp_sio_stream) || obs_int(o, &k_clump);
}

enum seen look_sio_stream(struct look *l)
{
	bool bad;

	if (look_skipped(scope_ran(&l->scope, &exp_sio_stream)))
		return OMIT;
	bad = say_stream(l);
	if (!l->text.n)
		buf_addz(&l->text, "no connection to stream over");
	return bad || !look_of(l, &sio_stream, &exp_sio_stream) ? BAD : GOOD;
}

enum seen look_sio_binary(struct look *l)
{
	const struct obs *done = scope_ran(&l->scope, &exp_sio_binary);
	bool lost = look_of(l, &sio_unanswered, &exp_sio_binary) ||
		    !obs_is(done, &k_outcome, "answered");

	if (look_skipped(done))
		return OMIT;
	look_add(l, lost ? "binary data does not come back" : "binary data there and back");
	return lost ? BAD : GOOD;
}

enum seen look_sio_events(struct look *l)
{
	bool bad = say_emit(l);

	bad |= look_sio_stream(l) == BAD;
	bad |= look_sio_binary(l) == BAD;
	return !l->text.n ? OMIT : bad ? BAD : GOOD;
}

enum seen look_sio_users(struct look *l)
{
	const struct obs *o = look_of(l, &sio_connect, &exp_eio_samples);
	uint64_t seen = 0;
	int connected = 0, tried = 0;

	if (look_skipped(scope_ran(&l->scope, &exp_eio_samples)))
		return OMIT;
	for (; o; o = scope_next(&l->scope, o, &sio_connect, &exp_eio_samples, NULL))
		if (o->where.attempt < 64 && !(seen >> o->where.attempt & 1)) {
			seen |= (uint64_t)1 << o->where.attempt;
			connected++;
		}
	for (size_t i = 0; i < l->scope.journal->n; i++) {
		o = l->scope.journal->all[i];
		if (o->where.vantage == l->scope.vantage && o->where.exp == &exp_eio_samples &&
			o->where.attempt >= tried)
			tried = o->where.attempt + 1;
	}
	buf_addf(&l->text, "%d of %d connected at once", connected, tried);
	return connected == tried ? GOOD : BAD;
}

enum seen look_sio_reconnect(struct look *l)
{
	const struct obs *done = scope_ran(&l->scope, &exp_sio_reconnect), *o, *last = NULL;
	int times = 0;

	if (look_skipped(done))
		return OMIT;
	for (o = look_of(l, &sio_connect, &exp_sio_reconnect); o;
		o = scope_next(&l->scope, o, &sio_connect, &exp_sio_reconnect, NULL)) {
		last = o;
		times++;
	}
	buf_addz(&l->text, times > 1 ? "connected again after a cut"
			   : times   ? "not connected again after a cut"
				     : "no connection to cut");
	if (times > 1 && obs_int(last, &k_recovered))
		look_add(l, "session recovered");
	return times > 1 ? GOOD : BAD;
}

/* --size: how large a message went through, by this transport, and at which size that ended. */
static bool say_payload(struct look *l, const struct kind *kind, const char *by)
{
	const struct obs *o = look_of(l, kind, &exp_eio_payload), *lost = NULL;
	int64_t most = 0;

	for (; o && !lost; o = scope_next(&l->scope, o, kind, &exp_eio_payload, NULL)) {
		bool through =
			kind == &ws_echo ? obs_int(o, &k_through) : obs_int(o, &k_status) == 200;

		if (kind == &eio_poll && !obs_is(o, &k_method, "POST"))
			continue;
		if (!through)
			lost = o;
		else if (obs_int(o, &k_bytes) > most)
			most = obs_int(o, &k_bytes);
	}
	if (!most && !lost)
		return false;
	look_add(l, "");
	text_bytes(&l->text, (uint64_t)most);
	buf_addf(&l->text, " pass by %s", by);
	if (lost) {
		buf_addz(&l->text, ", not ");
		text_bytes(&l->text, (uint64_t)obs_int(lost, &k_bytes));
	}
	return lost != NULL;
}

enum seen look_sio_payload(struct look *l)
{
	bool lost = say_payload(l, &eio_poll, "polling");

	lost |= say_payload(l, &ws_echo, "WebSocket");
	return !l->text.n ? OMIT : lost ? BAD : GOOD;
}

/* What ended a held session, if the other side did. */
static const struct obs *held_end(const struct look *l, const struct tag *role)
{
	static const struct kind *const kinds[] = {&ws_close, &eio_error, &eio_fault, &eio_overdue};
	const struct obs *o;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		o = scope_find(&l->scope, kinds[i], &exp_eio_heartbeat, role);
		/* at the end of the hold we say goodbye, and the peer answers */
		if (o && obs_is(o, &k_from, "client"))
			return NULL;
		if (o)
			return o;
	}
	o = scope_find(&l->scope, &conn_end, &exp_eio_heartbeat, role);
	return obs_is(o, &k_by, "peer") && role == &role_answering ? o : NULL;
}

static bool say_heartbeat(struct look *l, const struct tag *role, const char *by)
{
	const struct obs *open = scope_find(&l->scope, &eio_open, &exp_eio_heartbeat, role),
			 *end = held_end(l, role), *done = scope_ran(&l->scope, &exp_eio_heartbeat);
	int pings = 0;

	if (!open || !done)
		return false;
	for (const struct obs *o = open;
		(o = scope_next(&l->scope, o, &eio_ping, &exp_eio_heartbeat, role));)
		pings++;
	look_add(l, by);
	buf_addz(&l->text, end ? " ends after " : " held ");
	text_ns(&l->text, (end ? end : done)->at - open->at);
	if (pings)
		buf_addf(&l->text, " with %d heartbeat%s", pings, pings == 1 ? "" : "s");
	return end != NULL;
}

/* --idle: sessions that answer each heartbeat, as clients do. */
enum seen look_sio_heartbeat(struct look *l)
{
	bool ended;

	if (look_skipped(scope_ran(&l->scope, &exp_eio_heartbeat)))
		return OMIT;
	ended = say_heartbeat(l, &role_answering, "WebSocket");
	ended |= say_heartbeat(l, &role_polling, "polling");
	return !l->text.n ? OMIT : ended ? BAD : GOOD;
}
