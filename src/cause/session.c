#include "cause/session.h"

#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

static void keep(const struct obs **slot, const struct obs *o)
{
	if (!*slot)
		*slot = o;
}

static bool from_server(const struct obs *o)
{
	return !obs_is(o, &k_from, "client");
}

#define REFUSALS "transport-unknown session-unknown bad-method bad-request forbidden unsupported-protocol-version no-upgrade origin-rejected"

static bool is_refusal(const struct obs *o)
{
	return answer_by_any(o, "engine.io python-engineio") && answer_says_any(o, REFUSALS);
}

static void take_answer(struct session *a, const struct obs *o)
{
	if (obs_int(o, &k_status) == 101)
		return;
	keep(&a->answer, o);
	if (is_refusal(o))
		keep(&a->error, o);
}

/* A Close that echoes ours, and an end after it, is our doing. */
static void take_end(struct session *a, const struct obs *o, bool *ours)
{
	if (!from_server(o)) {
		*ours = true;
		return;
	}
	if (*ours)
		return;
	if (o->kind == &ws_close)
		keep(&a->close, o);
	keep(&a->end, o);
}

static void take(struct session *a, const struct obs *o, bool *ours)
{
	static const struct {
		const struct kind *kind;
		size_t slot;
	} slots[] = {
		{&http_request, offsetof(struct session, request)},
		{&ws_open, offsetof(struct session, ws)},
		{&eio_open, offsetof(struct session, open)},
		{&eio_error, offsetof(struct session, error)},
		{&eio_fault, offsetof(struct session, fault)},
		{&eio_probe, offsetof(struct session, probe)},
		{&eio_upgraded, offsetof(struct session, upgraded)},
		{&sio_join, offsetof(struct session, join)},
		{&sio_connect, offsetof(struct session, connect)},
		{&sio_connect_error, offsetof(struct session, connect_error)},
		{&conn_silent, offsetof(struct session, silent)},
		{&exp_done, offsetof(struct session, done)},
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (o->kind == slots[i].kind)
			keep((const struct obs **)((char *)a + slots[i].slot), o);
	if (o->kind == &http_answer)
		take_answer(a, o);
	else if (o->kind == &eio_ping && from_server(o))
		keep(&a->ping, o);
	else if (o->kind == &ws_close || (o->kind == &conn_end && obs_is(o, &k_by, "peer")))
		take_end(a, o, ours);
}

struct session session_of(const struct scope *s, const struct tag *exp, const struct tag *role)
{
	struct session a = {0};
	bool ours = false;

	for (size_t i = 0; i < s->journal->n; i++) {
		const struct obs *o = s->journal->all[i];

		if (o->where.vantage == s->vantage && o->where.exp == exp &&
			(!role || o->where.role == role || o->kind == &exp_done))
			take(&a, o, &ours);
	}
	return a;
}

const struct obs *session_no_websocket(const struct scope *s, const struct tag *exp)
{
	struct attempt a = attempt_of(s, exp);
	bool carries = scope_find(s, &eio_upgraded, exp, NULL) ||
		evidence_is(s, &eio_open, exp, &k_transport, "websocket") || (exp == &exp_upgrade && attempt_works(&a));

	if (carries || !a.request || !a.done)
		return NULL;
	return a.refused ? a.refused
	       : a.fault ? a.fault
	       : a.broken ? a.broken
	       : a.close ? a.close
	       : a.cut ? a.cut
	       : a.silent ? a.silent
			: a.done;
}

const struct obs *session_polls(const struct scope *s)
{
	struct session a = session_of(s, &exp_eio_polling, NULL);

	return a.open && !a.error ? a.open : NULL;
}

const struct obs *session_websocket(const struct scope *s)
{
	return evidence_is(s, &eio_open, &exp_eio_websocket, &k_transport, "websocket");
}

static const struct obs *says_in(const struct scope *s, const struct tag *exp, const char *words)
{
	for (const struct obs *o = scope_find(s, &eio_error, exp, NULL); o; o = scope_next(s, o, &eio_error, exp, NULL))
		if (word_among(obs_text(o, &k_error), words))
			return o;
	for (const struct obs *o = scope_find(s, &http_answer, exp, NULL); o; o = scope_next(s, o, &http_answer, exp, NULL))
		if (is_refusal(o) && answer_says_any(o, words))
			return o;
	return NULL;
}

const struct obs *session_says(const struct scope *s, const struct tag *exp, const char *words)
{
	static const struct tag *const base[] = {&exp_eio_polling, &exp_eio_upgrade, &exp_eio_websocket, &exp_upgrade};
	const struct obs *o = exp ? says_in(s, exp, words) : NULL;

	for (size_t i = 0; !exp && !o && i < sizeof(base) / sizeof(base[0]); i++)
		o = says_in(s, base[i], words);
	return o;
}

static const struct obs *first_of_ours(const struct scope *s, const struct obs *hello)
{
	const struct obs *o = scope_find(s, &ws_message, hello->where.exp, hello->where.role);

	while (o && (o->where.flow != hello->where.flow || from_server(o)))
		o = scope_next(s, o, &ws_message, hello->where.exp, hello->where.role);
	return o;
}

struct raw session_raw(const struct scope *s, const struct tag *exp)
{
	struct raw r = {0};

	/* a client of ours that speaks it answers for itself */
	if (evidence_is(s, &run_dialect, NULL, &k_dialect, "socketio"))
		return r;
	r.hello = evidence_is(s, &ws_message, exp, &k_shape, "Engine.IO open packet");
	if (!r.hello || !r.hello->where.flow)
		return r;
	r.sent = first_of_ours(s, r.hello);
	r.close = scope_in_flow(s, r.hello->where.flow, &ws_close);
	if (r.close && (!from_server(r.close) || obs_int(r.close, &k_code) != 1005))
		r.close = NULL;
	if (r.close)
		r.after = r.close->at - (r.sent ? r.sent : r.hello)->at;
	return r;
}

bool session_websocket_only(const struct scope *s)
{
	struct scope public = scope_from(s, 0);
	const struct obs *target = scope_find(&public, &run_target, NULL, NULL);

	return word_among(obs_text(target, &k_scheme), "ws wss");
}

const struct obs *session_foreign_origin(const struct scope *s)
{
	struct scope public = scope_from(s, 0);
	const struct obs *target = scope_find(&public, &run_target, NULL, NULL),
			 *request = scope_find(s, &http_request, &exp_eio_polling, NULL);

	if (evidence_foreign_origin(s, target))
		return target;
	return evidence_foreign_origin(s, request) ? request : NULL;
}

/* 400 without a word: a second GET was there while one was waiting (engine.io, transports/polling.ts). */
static const struct obs *overlapped(const struct scope *s, const struct tag *exp)
{
	for (const struct obs *o = scope_find(s, &http_answer, exp, NULL); o; o = scope_next(s, o, &http_answer, exp, NULL))
		if (obs_int(o, &k_status) == 400 && obs_is(o, &k_body_shape, "empty"))
			return o;
	return NULL;
}

const struct obs *session_strays(const struct scope *s)
{
	const struct obs *o = session_says(s, &exp_eio_sticky, "session-unknown"), *before = overlapped(s, &exp_eio_sticky);

	if (!o || (before && before->id < o->id))
		return NULL;
	if (!session_cookie(s, false))
		return o;
	return session_says(s, &exp_eio_sticky_cookies, "session-unknown");
}

#define AFFINITY "AWSALB AWSALBCORS AWSALBAPP-0 AWSELB SERVERID SRV SRVNAME route INGRESSCOOKIE ARRAffinity ARRAffinitySameSite GCLB sticky " \
	"heroku-session-affinity __cflb lb ROUTEID GAESA"

static bool has_affinity(const struct obs *answer)
{
	struct span list = obs_text(answer, &k_set_cookie), name;

	while (span_cut(&list, ',', &name))
		if (word_among(span_trim(name), AFFINITY))
			return true;
	return false;
}

const struct obs *session_cookie(const struct scope *s, bool affinity)
{
	static const struct tag *const handshakes[] = {&exp_eio_sticky_cookies, &exp_eio_sticky, &exp_eio_polling};

	for (size_t i = 0; i < sizeof(handshakes) / sizeof(handshakes[0]); i++)
		for (const struct obs *o = scope_find(s, &http_answer, handshakes[i], NULL); o;
			o = scope_next(s, o, &http_answer, handshakes[i], NULL))
			if (affinity ? has_affinity(o) : obs_has(o, &k_set_cookie))
				return o;
	return NULL;
}
