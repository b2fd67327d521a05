/* The layers of Socket.IO, in the words of who uses it. */
#include "report/look_sio.h"

#include "base/text.h"
#include "fact/all.h"

static const struct obs *of(const struct look *l, const struct kind *kind, const struct tag *exp)
{
	return scope_find(&l->scope, kind, exp, NULL);
}

static bool is_socketio(const struct scope *s)
{
	return look_speaks(&(struct look){.scope = *s}, "socketio");
}

static void add(struct look *l, const char *words)
{
	if (l->text.n)
		buf_addz(&l->text, ", ");
	buf_addz(&l->text, words);
}

static void add_time(struct look *l, const char *words, ns t)
{
	add(l, words);
	text_ns(&l->text, t);
}

static bool skipped(const struct obs *done)
{
	return !done || obs_is(done, &k_outcome, "skipped") || obs_is(done, &k_outcome, "aborted");
}

/* A refusal where there is no session. */
static enum seen no_session(struct look *l)
{
	const struct obs *o = of(l, &eio_error, &exp_eio_polling);

	o = o ? o : of(l, &eio_fault, &exp_eio_polling);
	o = o ? o : of(l, &eio_error, &exp_eio_websocket);
	if (!o && skipped(scope_ran(&l->scope, &exp_eio_polling)))
		return NOT_SEEN;
	if (o)
		obs_say(&l->text, o);
	else
		buf_addz(&l->text, "no Engine.IO session, by polling or by WebSocket");
	return BAD;
}

static enum seen look_session(struct look *l)
{
	const struct obs *open = of(l, &eio_open, &exp_eio_polling);

	if (!is_socketio(&l->scope))
		return OMIT;
	open = open ? open : of(l, &eio_open, &exp_eio_websocket);
	if (!open)
		return no_session(l);
	buf_addf(&l->text, "Engine.IO %d, opens by ", (int)obs_int(open, &k_eio));
	text_visible(&l->text, obs_text(open, &k_transport));
	if (obs_has(open, &k_took)) {
		buf_addz(&l->text, " in ");
		text_ns(&l->text, obs_int(open, &k_took));
	}
	add_time(l, "pings every ", obs_int(open, &k_ping_interval));
	add_time(l, "gives up after another ", obs_int(open, &k_ping_timeout));
	if (obs_has(open, &k_max_payload)) {
		add(l, "payloads up to ");
		text_bytes(&l->text, (uint64_t)obs_int(open, &k_max_payload));
	}
	return GOOD;
}

enum way { NO_WAY, UNDECIDED, POLLS_ONLY, STUCK, LOST, WEBSOCKET_ONLY, UPGRADES };

/* The upgrade was refused because its session was over by then. */
static bool is_lost(const struct scope *s)
{
	const struct obs *o = scope_find(s, &eio_error, &exp_eio_upgrade, NULL);

	return obs_is(o, &k_error, "session-unknown");
}

static enum way way_of(const struct scope *s)
{
	const struct obs *client = scope_find(s, &sio_client, NULL, NULL);
	bool polls = scope_find(s, &eio_open, &exp_eio_polling, NULL) != NULL;

	if (!client)
		return UNDECIDED;
	if (obs_has(client, &k_upgraded))
		return UPGRADES;
	if (polls && obs_int(client, &k_offered))
		return skipped(scope_ran(s, &exp_eio_upgrade)) || is_lost(s) ? LOST : STUCK;
	if (polls)
		return POLLS_ONLY;
	return scope_find(s, &eio_open, &exp_eio_websocket, NULL) ? WEBSOCKET_ONLY : NO_WAY;
}

static enum seen look_transport(struct look *l)
{
	static const struct {
		const char *words;
		enum seen seen;
	} ways[] = {[NO_WAY] = {"none works", BAD},
		[UNDECIDED] = {"", NOT_SEEN},
		[POLLS_ONLY] = {"polling only: the server offers no upgrade", GOOD},
		[STUCK] = {"stays on polling: the upgrade fails", DOUBTFUL},
		[LOST] = {"the session is lost before the upgrade", DOUBTFUL},
		[WEBSOCKET_ONLY] = {"WebSocket only: no session by polling", GOOD},
		[UPGRADES] = {"upgrades from polling to WebSocket in ", GOOD}};
	enum way way = way_of(&l->scope);

	if (!is_socketio(&l->scope))
		return OMIT;
	buf_addz(&l->text, ways[way].words);
	if (way == UPGRADES)
		text_ns(&l->text, obs_int(of(l, &sio_client, NULL), &k_upgraded));
	return ways[way].seen;
}

void look_say_client(struct buf *out, const struct scope *s)
{
	static const char *const words[] = {
		[NO_WAY] = "No client connects: neither by polling nor by WebSocket.",
		[UNDECIDED] = "",
		[POLLS_ONLY] = "A client connects by polling and stays there: the server offers no WebSocket.",
		[STUCK] = "A client connects by polling, fails to upgrade to WebSocket, and stays on polling.",
		[LOST] = "A client connects by polling, loses its session, and begins anew.",
		[WEBSOCKET_ONLY] = "A client with transports: [\"websocket\"] connects; one with the defaults, which polls first, does not.",
		[UPGRADES] = ""};

	if (is_socketio(s))
		buf_addz(out, words[way_of(s)]);
}

static enum seen look_namespace(struct look *l)
{
	const struct obs *o = of(l, &sio_connect, NULL), *refused = of(l, &sio_connect_error, NULL);

	if (!is_socketio(&l->scope) || (!o && !refused))
		return OMIT;
	/* only the namespace asked for counts: / is tried beside it */
	if (refused && (!o || refused->id < o->id)) {
		obs_say(&l->text, refused);
		return BAD;
	}
	text_visible(&l->text, obs_text(o, &k_namespace));
	buf_addz(&l->text, " connected");
	if (obs_has(o, &k_took)) {
		buf_addz(&l->text, " in ");
		text_ns(&l->text, obs_int(o, &k_took));
	}
	if (obs_int(o, &k_recovery))
		add(l, "state recovery is on");
	return GOOD;
}

static bool add_unanswered(struct look *l, const struct tag *exp)
{
	const struct obs *o = of(l, &sio_unanswered, exp);
	bool any = o != NULL;

	for (; o; o = scope_next(&l->scope, o, &sio_unanswered, exp, NULL)) {
		add(l, "");
		obs_say(&l->text, o);
	}
	return any;
}

/* True when what was asked for did not come. */
static bool say_emit(struct look *l)
{
	const struct obs *ack = of(l, &sio_ack, &exp_sio_emit), *came = of(l, &sio_expected, &exp_sio_emit);

	came = came ? came : of(l, &sio_welcome, &exp_sio_emit);
	if (skipped(scope_ran(&l->scope, &exp_sio_emit)))
		return false;
	if (obs_has(ack, &k_took))
		add_time(l, "acknowledged in ", obs_int(ack, &k_took));
	if (came) {
		add(l, "");
		obs_say(&l->text, came);
	}
	return add_unanswered(l, &exp_sio_emit);
}

static bool say_stream(struct look *l)
{
	const struct obs *o = of(l, &sio_stream, &exp_sio_stream);

	if (o) {
		add(l, "");
		obs_say(&l->text, o);
	}
	return add_unanswered(l, &exp_sio_stream) || obs_int(o, &k_clump);
}

static enum seen look_stream(struct look *l)
{
	bool bad;

	if (skipped(scope_ran(&l->scope, &exp_sio_stream)))
		return OMIT;
	bad = say_stream(l);
	if (!l->text.n)
		buf_addz(&l->text, "no connection to stream over");
	return bad || !of(l, &sio_stream, &exp_sio_stream) ? BAD : GOOD;
}

static enum seen look_binary(struct look *l)
{
	const struct obs *done = scope_ran(&l->scope, &exp_sio_binary);
	bool lost = of(l, &sio_unanswered, &exp_sio_binary) || !obs_is(done, &k_outcome, "answered");

	if (skipped(done))
		return OMIT;
	add(l, lost ? "binary data does not come back" : "binary data there and back");
	return lost ? BAD : GOOD;
}

static enum seen look_events(struct look *l)
{
	bool bad = say_emit(l);

	bad |= look_stream(l) == BAD;
	bad |= look_binary(l) == BAD;
	return !l->text.n ? OMIT : bad ? BAD : GOOD;
}

/* Requests on other connections than the handshake's: how many did not find the session. */
static bool say_sticky(struct look *l, const struct tag *exp, const char *with)
{
	const struct obs *o = of(l, &http_answer, exp);
	int asked = 0, lost = 0;

	/* the first answer is the handshake's own */
	while (o && (o = scope_next(&l->scope, o, &http_answer, exp, NULL))) {
		asked++;
		lost += obs_int(o, &k_status) != 200;
	}
	if (!asked)
		return false;
	add(l, "");
	buf_addf(&l->text, "%d of %d requests reach the session %s cookies", asked - lost, asked, with);
	return lost > 0;
}

static enum seen look_cluster(struct look *l)
{
	bool without = say_sticky(l, &exp_eio_sticky, "without"), with = say_sticky(l, &exp_eio_sticky_cookies, "with");
	bool tried_with = of(l, &http_answer, &exp_eio_sticky_cookies) != NULL;

	return !l->text.n ? OMIT : with || (without && !tried_with) ? BAD : GOOD;
}

static enum seen look_users(struct look *l)
{
	const struct obs *o = of(l, &sio_connect, &exp_eio_samples);
	uint64_t seen = 0;
	int connected = 0, tried = 0;

	if (skipped(scope_ran(&l->scope, &exp_eio_samples)))
		return OMIT;
	for (; o; o = scope_next(&l->scope, o, &sio_connect, &exp_eio_samples, NULL))
		if (o->where.attempt < 64 && !(seen >> o->where.attempt & 1)) {
			seen |= (uint64_t)1 << o->where.attempt;
			connected++;
		}
	for (size_t i = 0; i < l->scope.journal->n; i++) {
		o = l->scope.journal->all[i];
		if (o->where.vantage == l->scope.vantage && o->where.exp == &exp_eio_samples && o->where.attempt >= tried)
			tried = o->where.attempt + 1;
	}
	buf_addf(&l->text, "%d of %d connected at once", connected, tried);
	return connected == tried ? GOOD : BAD;
}

static enum seen look_reconnect(struct look *l)
{
	const struct obs *done = scope_ran(&l->scope, &exp_sio_reconnect), *o, *last = NULL;
	int times = 0;

	if (skipped(done))
		return OMIT;
	for (o = of(l, &sio_connect, &exp_sio_reconnect); o; o = scope_next(&l->scope, o, &sio_connect, &exp_sio_reconnect, NULL)) {
		last = o;
		times++;
	}
	buf_addz(&l->text, times > 1 ? "connected again after a cut" : times ? "not connected again after a cut" : "no connection to cut");
	if (times > 1 && obs_int(last, &k_recovered))
		add(l, "session recovered");
	return times > 1 ? GOOD : BAD;
}

static enum seen look_health(struct look *l)
{
	const struct obs *o = of(l, &http_health, NULL), *done = scope_ran(&l->scope, &exp_health);

	if (!o && skipped(done))
		return OMIT;
	obs_say(&l->text, o ? o : done);
	return o && obs_int(o, &k_status) / 100 == 2 ? GOOD : BAD;
}

static enum seen look_statistics(struct look *l)
{
	enum seen seen = look_health(l);

	return seen == GOOD && !obs_int(of(l, &http_health, NULL), &k_websockets) ? BAD : seen;
}

static enum seen look_upgraded(struct look *l)
{
	if (is_socketio(&l->scope) && way_of(&l->scope) == POLLS_ONLY) {
		buf_addz(&l->text, "not offered: the server takes polling alone");
		return NOT_SEEN;
	}
	return look_transport(l);
}

/* The server's answer to a transport that it does not offer: our question, nothing a client of it meets. */
static bool is_not_offered(const struct obs *o)
{
	return o->kind == &eio_error && obs_is(o, &k_error, "transport-unknown");
}

static enum seen look_fallback(struct look *l)
{
	const struct obs *open = of(l, &eio_open, &exp_eio_polling), *error = of(l, &eio_error, &exp_eio_polling);

	if (!is_socketio(&l->scope) || skipped(scope_ran(&l->scope, &exp_eio_polling)))
		return OMIT;
	if (!open && error && is_not_offered(error) && way_of(&l->scope) == WEBSOCKET_ONLY) {
		buf_addz(&l->text, "not offered: the server takes WebSocket alone");
		return NOT_SEEN;
	}
	if (open || error)
		obs_say(&l->text, open ? open : error);
	else
		buf_addz(&l->text, "no session by polling");
	return open ? GOOD : BAD;
}

/* What a console would show of the sessions that a client has. */
static enum seen look_errors(struct look *l)
{
	static const struct kind *const kinds[] = {&eio_error, &eio_fault, &sio_fault, &sio_connect_error, &eio_overdue};
	static const struct tag *const sessions[] = {
		&exp_eio_polling, &exp_eio_upgrade, &exp_eio_websocket, &exp_eio_samples, &exp_sio_reconnect};
	const struct journal *j = l->scope.journal;
	enum way way = way_of(&l->scope);
	int n = 0;

	if (!is_socketio(&l->scope) || skipped(scope_ran(&l->scope, &exp_eio_polling)))
		return OMIT;
	for (size_t i = 0; i < j->n; i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			for (size_t x = 0; x < sizeof(sessions) / sizeof(sessions[0]); x++)
				if (j->all[i]->where.vantage == l->scope.vantage && j->all[i]->kind == kinds[k] &&
					j->all[i]->where.exp == sessions[x] &&
					!((way == POLLS_ONLY || way == WEBSOCKET_ONLY) && is_not_offered(j->all[i])) && n++ == 0)
					obs_say(&l->text, j->all[i]);
	if (n == 0)
		buf_addz(&l->text, "none in the sessions of this run");
	if (n > 1)
		buf_addf(&l->text, ", and %d more", n - 1);
	return n ? BAD : GOOD;
}

/* --size: how large a message went through, by this transport, and at which size that ended. */
static bool say_payload(struct look *l, const struct kind *kind, const char *by)
{
	const struct obs *o = of(l, kind, &exp_eio_payload), *lost = NULL;
	int64_t most = 0;

	for (; o && !lost; o = scope_next(&l->scope, o, kind, &exp_eio_payload, NULL)) {
		bool through = kind == &ws_echo ? obs_int(o, &k_through) : obs_int(o, &k_status) == 200;

		if (kind == &eio_poll && !obs_is(o, &k_method, "POST"))
			continue;
		if (!through)
			lost = o;
		else if (obs_int(o, &k_bytes) > most)
			most = obs_int(o, &k_bytes);
	}
	if (!most && !lost)
		return false;
	add(l, "");
	text_bytes(&l->text, (uint64_t)most);
	buf_addf(&l->text, " pass by %s", by);
	if (lost) {
		buf_addz(&l->text, ", not ");
		text_bytes(&l->text, (uint64_t)obs_int(lost, &k_bytes));
	}
	return lost != NULL;
}

static enum seen look_payload(struct look *l)
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
	for (const struct obs *o = open; (o = scope_next(&l->scope, o, &eio_ping, &exp_eio_heartbeat, role));)
		pings++;
	add(l, by);
	buf_addz(&l->text, end ? " ends after " : " held ");
	text_ns(&l->text, (end ? end : done)->at - open->at);
	if (pings)
		buf_addf(&l->text, " with %d heartbeat%s", pings, pings == 1 ? "" : "s");
	return end != NULL;
}

/* --idle: sessions that answer each heartbeat, as clients do. */
static enum seen look_heartbeat(struct look *l)
{
	bool ended;

	if (skipped(scope_ran(&l->scope, &exp_eio_heartbeat)))
		return OMIT;
	ended = say_heartbeat(l, &role_answering, "WebSocket");
	ended |= say_heartbeat(l, &role_polling, "polling");
	return !l->text.n ? OMIT : ended ? BAD : GOOD;
}

/* What is about a row's own subject, whatever its stage. */
#define OF_NAMESPACE "auth-sio-middleware-connect-error sio-invalid-namespace sio-namespace-vs-path"
#define OF_EVENTS                                                                                  \
	"eio-response-buffered app-emit-not-acked app-delayed-server-handler "                     \
	"app-late-client-listener app-room-not-joined"
#define OF_PAYLOAD "eio-payload-too-large eio-big-upload-blocks-pong http-body-too-large-proxy"
#define OF_HEARTBEAT "eio-event-loop-blocked eio-client-does-not-pong eio-heartbeat-direction sio-version-30s-drop"

static const struct look_row rows[] = {
	{"session", LOOK_STAGE(SESSION), look_session, "no session"},
	{"transport", LOOK_STAGE(TRANSPORT), look_transport, NULL},
	{"namespace", 0, look_namespace, NULL, OF_NAMESPACE},
	{"heartbeat", 0, look_heartbeat, NULL, OF_HEARTBEAT},
	{"events", 0, look_events, NULL, OF_EVENTS},
	{"payload", 0, look_payload, NULL, OF_PAYLOAD},
	{"cluster", LOOK_STAGE(CLUSTER), look_cluster, NULL},
	{"users", 0, look_users, NULL},
	{"reconnect", 0, look_reconnect, NULL, "app-lost-during-reconnect"},
	{"health", 0, look_health, NULL},
	{NULL},
};

#define NOT_SPOKEN "no session of Socket.IO was tried to the end; --dialect socketio insists on it"

static const struct look_item items[] = {
	{"health", "the health endpoint answers", look_health, "--health PATH was not given"},
	{"connection", "a client connects", look_namespace, NOT_SPOKEN},
	{"transport", "a session opens", look_session, NOT_SPOKEN},
	{"upgrade", "WebSocket is the transport in the end", look_upgraded, NOT_SPOKEN},
	{"fallback", "polling works too", look_fallback, NOT_SPOKEN},
	{"errors", "no repeated errors", look_errors, NOT_SPOKEN},
	{"reconnection", "a client reconnects after a cut", look_reconnect, "--reconnect was not given"},
	{"users", "several users at once", look_users, "--samples N was not given"},
	{"streaming", "events arrive as they are sent", look_stream, "--stream EVENT was not given"},
	{"binary", "binary data end to end", look_binary, "--binary EVENT was not given"},
	{"statistics", "the health endpoint counts WebSockets", look_statistics, "--health PATH was not given"},
	{NULL},
};

const struct looks looks_socketio = {"socketio", rows, items};
