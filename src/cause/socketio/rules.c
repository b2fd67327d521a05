#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "cause/session.h"
#include "fact/all.h"

/* The experiments that begin as a client of the asked version does. */
static const struct tag *const base[] = {
	&exp_eio_polling, &exp_eio_websocket, &exp_upgrade, &exp_eio_upgrade};
#define BASES (sizeof(base) / sizeof(base[0]))

static const struct obs *asked_for(const struct scope *s, const char *version)
{
	for (size_t i = 0; i < BASES; i++) {
		const struct obs *request = scope_find(s, &http_request, base[i], NULL);

		if (text_has(request, &k_path, version))
			return request;
	}
	return NULL;
}

static const struct obs *opened(const struct scope *s)
{
	for (size_t i = 0; i < BASES; i++) {
		const struct obs *open = scope_find(s, &eio_open, base[i], NULL);

		if (open)
			return open;
	}
	return NULL;
}

static const struct obs *connected(const struct scope *s)
{
	for (size_t i = 0; i < BASES; i++) {
		const struct obs *o = scope_find(s, &sio_connect, base[i], NULL);

		if (o)
			return o;
	}
	return NULL;
}

static const struct obs *unsupported_by(const struct scope *s, bool python)
{
	const struct obs *o = session_says(s, NULL, "unsupported-protocol-version");
	bool by_python =
		o && (obs_is(o, &k_by, "python-engineio") || answer_by(o, "python-engineio"));

	return o && by_python == python ? o : NULL;
}

/* The refusal that a WebSocket of EIO=3 gets is written behind the 101 (socket.io 4,
 * engine.io/lib/server.ts). */
static const struct obs *text_in_stream(const struct scope *s)
{
	for (size_t i = 0; i < BASES; i++) {
		struct attempt a = attempt_of(s, base[i]);

		if (obs_is(a.fault, &k_fault, "http-text") && text_has(a.request, &k_path, "EIO=3"))
			return a.fault;
	}
	return NULL;
}

enum ruling rule_sio_version_v2_client(const struct scope *s, struct finding *f)
{
	const struct obs *refused = unsupported_by(s, false),
			 *other = scope_find(s, &eio_open, &exp_eio_version, NULL);

	if (!refused)
		refused = text_in_stream(s);
	if (!refused || !asked_for(s, "EIO=3"))
		return cleared(f, opened(s));
	if (!other && !scope_ran(s, &exp_eio_version))
		return unseen(f, &exp_eio_version);
	return found(f, other ? 1 : 0.9, refused, other);
}

/* In an answer of protocol 3, or by WebSocket, where the open packets are alike, in a CONNECT
 * without an id. */
static const struct obs *speaks_3(const struct obs *open, const struct obs *connect)
{
	if (obs_int(open, &k_eio) == 3 || word_among(obs_text(open, &k_framing), "lengths binary"))
		return open;
	return obs_is(open, &k_transport, "websocket") && connect &&
			       !obs_has(connect, &k_sid_tag) && obs_int(connect, &k_revision) == 5
		       ? connect
		       : NULL;
}

enum ruling rule_sio_version_v2_server(const struct scope *s, struct finding *f)
{
	const struct obs *asked = asked_for(s, "EIO=4"), *open = opened(s),
			 *old = speaks_3(open, connected(s)),
			 *wanted = scope_find(s, &eio_wanted, NULL, NULL);

	if (!asked || !open)
		return unseen(f, NULL);
	if (!old)
		return cleared(f, open);
	/* with clients of its own version it is a whole installation */
	if (!wanted)
		f->severity = WARNING;
	return found(f, 1, old, asked, wanted, scope_find(s, &eio_open, &exp_eio_version, NULL));
}

enum ruling rule_sio_version_30s_drop(const struct scope *s, struct finding *f)
{
	struct session a = session_of(s, &exp_eio_heartbeat, &role_answering);
	ns due = obs_int(a.open, &k_ping_interval) + obs_int(a.open, &k_ping_timeout), age;

	if (!a.open || !due || !a.done)
		return unseen(f, NULL);
	if (a.ping || !a.end)
		return cleared(f, a.ping ? a.ping : a.open);
	age = a.end->at - a.open->at;
	if (age < due * 9 / 10 || age > due * 11 / 10 + 2 * NS_S || obs_int(a.open, &k_eio) == 3)
		return cleared(f, a.end);
	return found(f, 0.9, a.end, a.open, scope_find(s, &eio_open, &exp_eio_version, NULL));
}

enum ruling rule_sio_python_version_mismatch(const struct scope *s, struct finding *f)
{
	const struct obs *refused = unsupported_by(s, true);

	return refused ? found(f, 1, refused, scope_find(s, &eio_open, &exp_eio_version, NULL))
		       : cleared(f, opened(s));
}

enum ruling rule_sio_client_to_plain_ws(const struct scope *s, struct finding *f)
{
	struct session polling = session_of(s, &exp_eio_polling, NULL),
		       websocket = session_of(s, &exp_eio_websocket, NULL);
	const struct obs *none;

	if (polling.open || websocket.open || polling.error)
		return cleared(f, polling.open	   ? polling.open
				  : websocket.open ? websocket.open
						   : polling.error);
	if (!polling.done || !websocket.ws || !websocket.done)
		return unseen(f, NULL);
	none = evidence_is(s, &eio_fault, &exp_eio_websocket, &k_fault, "not-engineio");
	if (!none && websocket.fault)
		return unseen(f, NULL);
	return found(f, 0.9, websocket.ws, none ? none : websocket.done,
		polling.answer ? polling.answer : polling.done);
}

/* connectTimeout is seconds, 45 by default; what is refused is refused at once. */
#define AT_ONCE NS_S

static const struct tag *const raw_exps[] = {&exp_idle, &exp_send, &exp_echo};
#define RAWS (sizeof(raw_exps) / sizeof(raw_exps[0]))

enum ruling rule_sio_raw_ws_client(const struct scope *s, struct finding *f)
{
	const struct obs *open = NULL;

	for (size_t i = 0; i < RAWS; i++) {
		struct raw raw = session_raw(s, raw_exps[i]);

		if (raw.close && raw.after > AT_ONCE &&
			!obs_is(raw.sent, &k_shape, "Socket.IO packet"))
			return found(f, 1, raw.close, raw.hello);
		open = open ? open : raw.hello;
	}
	return cleared(f, open);
}

/* Closed at once behind a message of ours of this shape; NULL: any that is none of Engine.IO's or
 * Socket.IO's. */
static const struct obs *refused_at_once(
	const struct scope *s, const char *shape, const struct obs **close)
{
	for (size_t i = 0; i < RAWS; i++) {
		struct raw raw = session_raw(s, raw_exps[i]);
		bool spoken = obs_is(raw.sent, &k_shape, "Socket.IO packet") ||
			      obs_is(raw.sent, &k_shape, "Engine.IO ping");

		*close = raw.close;
		if (raw.sent && raw.close && raw.after <= AT_ONCE &&
			(shape ? obs_is(raw.sent, &k_shape, shape) : !spoken))
			return raw.sent;
	}
	return NULL;
}

/* python-socketio has its own words for a namespace without handlers (socketio/base_server.py). */
static bool is_invalid(const struct obs *refused)
{
	return obs_is(refused, &k_error, "invalid-namespace") ||
	       (obs_is(refused, &k_message, "Unable to connect") &&
		       !obs_is(refused, &k_namespace, "/"));
}

static const struct obs *refused_namespace(const struct scope *s, bool invalid)
{
	for (size_t i = 0; i < BASES; i++)
		for (const struct obs *o = scope_find(s, &sio_connect_error, base[i], NULL); o;
			o = scope_next(s, o, &sio_connect_error, base[i], NULL))
			if (is_invalid(o) == invalid)
				return o;
	return NULL;
}

enum ruling rule_auth_sio_middleware_connect_error(const struct scope *s, struct finding *f)
{
	const struct obs *refused = refused_namespace(s, false),
			 *join = refused ? scope_find(s, &sio_join, refused->where.exp, NULL)
					 : NULL;

	if (!refused)
		return cleared(f, connected(s));
	/* the same without auth tells whether what was given made a difference */
	if (obs_int(join, &k_auth) && !scope_ran(s, &exp_sio_no_auth))
		return unseen(f, &exp_sio_no_auth);
	return found(f, 1, refused, scope_find(s, &sio_connect_error, &exp_sio_no_auth, NULL),
		scope_find(s, &sio_connect, &exp_sio_no_auth, NULL));
}

static bool looks_like_a_path(const struct obs *refused)
{
	struct span name = obs_text(refused, &k_namespace);

	return name.n > 1 &&
	       (span_ends(name, SPAN("/")) || text_has(refused, &k_namespace, "socket.io") ||
		       text_has(refused, &k_namespace, "engine.io"));
}

enum ruling rule_sio_invalid_namespace(const struct scope *s, struct finding *f)
{
	const struct obs *refused = refused_namespace(s, true);

	if (!refused)
		return cleared(f, connected(s));
	if (!obs_is(refused, &k_namespace, "/") && !scope_ran(s, &exp_sio_root))
		return unseen(f, &exp_sio_root);
	return found(f, 1, refused, scope_find(s, &sio_connect, &exp_sio_root, NULL));
}

enum ruling rule_sio_namespace_vs_path(const struct scope *s, struct finding *f)
{
	const struct obs *refused = refused_namespace(s, true);

	if (!refused)
		return cleared(f, connected(s));
	return looks_like_a_path(refused) ? found(f, 0.9, refused) : cleared(f, refused);
}

static enum ruling by_fault(const struct scope *s, struct finding *f, const char *fault)
{
	const struct obs *o = evidence_is(s, &sio_fault, NULL, &k_fault, fault);

	if (!o)
		return cleared(f, connected(s));
	return found(f, 1, o, o->where.flow ? scope_in_flow(s, o->where.flow, &ws_close) : NULL);
}

enum ruling rule_sio_event_before_connect(const struct scope *s, struct finding *f)
{
	const struct obs *close, *sent = refused_at_once(s, "Socket.IO packet", &close);

	return sent ? found(f, 1, sent, close) : by_fault(s, f, "event-before-connect");
}

enum ruling rule_sio_parse_error(const struct scope *s, struct finding *f)
{
	const struct obs *close, *sent = refused_at_once(s, NULL, &close);

	return sent ? found(f, 1, sent, close) : cleared(f, connected(s));
}

/* A Close at once instead of an answer to CONNECT: a refusal has words, a packet that cannot be
 * read has none. */
static const struct obs *unreadable(const struct scope *s, const struct session *a)
{
	bool at_once = a->join && a->close && a->close->at - a->join->at < NS_S &&
		       !obs_is(a->close, &k_from, "client");

	return at_once && !a->connect && !a->connect_error && !connected(s) &&
			       obs_int(a->close, &k_code) == 1005
		       ? a->close
		       : NULL;
}

enum ruling rule_sio_parser_mismatch(const struct scope *s, struct finding *f)
{
	struct session a = session_of(s, &exp_eio_websocket, NULL);
	const struct obs *close = unreadable(s, &a);

	if (!close || evidence_is(s, &sio_fault, NULL, &k_fault, "parser"))
		return by_fault(s, f, "parser");
	probably(f, &cause_sio_parse_error, "the `parser` in the server's options");
	return found(f, 0.8, close, a.join, session_says(s, NULL, "session-unknown"));
}
