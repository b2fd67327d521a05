/* The layers of Socket.IO, in the words of who uses it. */
#include "report/look_sio.h"

#include "base/text.h"
#include "fact/all.h"

const struct obs *look_of(const struct look *l, const struct kind *kind, const struct tag *exp)
{
	return scope_find(&l->scope, kind, exp, NULL);
}

static bool is_socketio(const struct scope *s)
{
	return look_speaks(&(struct look){.scope = *s}, "socketio");
}

void look_add(struct look *l, const char *words)
{
	if (l->text.n)
		buf_addz(&l->text, ", ");
	buf_addz(&l->text, words);
}

void look_add_time(struct look *l, const char *words, ns t)
{
	look_add(l, words);
	text_ns(&l->text, t);
}

bool look_skipped(const struct obs *done)
{
	return !done || obs_is(done, &k_outcome, "skipped") || obs_is(done, &k_outcome, "aborted");
}

/* A refusal where there is no session. */
static enum seen no_session(struct look *l)
{
	const struct obs *o = look_of(l, &eio_error, &exp_eio_polling);

	o = o ? o : look_of(l, &eio_fault, &exp_eio_polling);
	o = o ? o : look_of(l, &eio_error, &exp_eio_websocket);
	if (!o && look_skipped(scope_ran(&l->scope, &exp_eio_polling)))
		return NOT_SEEN;
	if (o)
		obs_say(&l->text, o);
	else
		buf_addz(&l->text, "no Engine.IO session, by polling or by WebSocket");
	return BAD;
}

static enum seen look_session(struct look *l)
{
	const struct obs *open = look_of(l, &eio_open, &exp_eio_polling);

	if (!is_socketio(&l->scope))
		return OMIT;
	open = open ? open : look_of(l, &eio_open, &exp_eio_websocket);
	if (!open)
		return no_session(l);
	buf_addf(&l->text, "Engine.IO %d, opens by ", (int)obs_int(open, &k_eio));
	text_visible(&l->text, obs_text(open, &k_transport));
	if (obs_has(open, &k_took)) {
		buf_addz(&l->text, " in ");
		text_ns(&l->text, obs_int(open, &k_took));
	}
	look_add_time(l, "pings every ", obs_int(open, &k_ping_interval));
	look_add_time(l, "gives up after another ", obs_int(open, &k_ping_timeout));
	if (obs_has(open, &k_max_payload)) {
		look_add(l, "payloads up to ");
		text_bytes(&l->text, (uint64_t)obs_int(open, &k_max_payload));
	}
	return GOOD;
}

enum way { NO_WAY, UNDECIDED, POLLS_ONLY, STUCK, LOST, NO_NEED, WEBSOCKET_ONLY, UPGRADES };

/* The upgrade was refused because its session was over by then. */
static bool is_lost(const struct scope *s)
{
	const struct obs *o = scope_find(s, &eio_error, &exp_eio_upgrade, NULL);

	return obs_is(o, &k_error, "session-unknown");
}

/* ws:// and wss:// are the addresses of clients that open a WebSocket alone, and here they can. */
static bool polls_for_nothing(const struct scope *s)
{
	struct scope public = scope_from(s, 0);
	const struct obs *target = scope_find(&public, &run_target, NULL, NULL);

	return span_starts(obs_text(target, &k_scheme), SPAN("ws")) &&
	       scope_find(s, &eio_open, &exp_eio_websocket, NULL);
}

static enum way way_of(const struct scope *s)
{
	const struct obs *client = scope_find(s, &sio_client, NULL, NULL);
	bool polls = scope_find(s, &eio_open, &exp_eio_polling, NULL) != NULL;

	if (!client)
		return UNDECIDED;
	if (obs_has(client, &k_upgraded))
		return UPGRADES;
	if (polls && obs_int(client, &k_offered)) {
		bool lost = look_skipped(scope_ran(s, &exp_eio_upgrade)) || is_lost(s);

		return !lost ? STUCK : polls_for_nothing(s) ? NO_NEED : LOST;
	}
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
		[NO_NEED] =
			{"WebSocket alone works; a session by polling is lost before the upgrade",
				GOOD},
		[WEBSOCKET_ONLY] = {"WebSocket only: no session by polling", GOOD},
		[UPGRADES] = {"upgrades from polling to WebSocket in ", GOOD}};
	enum way way = way_of(&l->scope);

	if (!is_socketio(&l->scope))
		return OMIT;
	buf_addz(&l->text, ways[way].words);
	if (way == UPGRADES)
		text_ns(&l->text, obs_int(look_of(l, &sio_client, NULL), &k_upgraded));
	return ways[way].seen;
}

void look_say_client(struct buf *out, const struct scope *s)
{
	static const char *const words[] = {
		[NO_WAY] = "No client connects: neither by polling nor by WebSocket.",
		[UNDECIDED] = "",
		[POLLS_ONLY] = "A client connects by polling and stays there: the server offers no "
			       "WebSocket.",
		[STUCK] = "A client connects by polling, fails to upgrade to WebSocket, and stays "
			  "on polling.",
		[LOST] = "A client connects by polling, loses its session, and begins anew.",
		[NO_NEED] = "A client with transports: [\"websocket\"] connects; one with the "
			    "defaults, which polls first, loses its session.",
		[WEBSOCKET_ONLY] = "A client with transports: [\"websocket\"] connects; one with "
				   "the defaults, which polls first, does not.",
		[UPGRADES] = ""};

	if (is_socketio(s))
		buf_addz(out, words[way_of(s)]);
}

static enum seen look_namespace(struct look *l)
{
	const struct obs *o = look_of(l, &sio_connect, NULL),
			 *refused = look_of(l, &sio_connect_error, NULL);

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
		look_add(l, "state recovery is on");
	return GOOD;
}

/* Requests on other connections than the handshake's: how many did not find the session. */
static bool say_sticky(struct look *l, const struct tag *exp, const char *with)
{
	const struct obs *o = look_of(l, &http_answer, exp);
	int asked = 0, lost = 0;

	/* the first answer is the handshake's own */
	while (o && (o = scope_next(&l->scope, o, &http_answer, exp, NULL))) {
		asked++;
		lost += obs_int(o, &k_status) != 200;
	}
	if (!asked)
		return false;
	look_add(l, "");
	buf_addf(&l->text, "%d of %d requests reach the session %s cookies", asked - lost, asked,
		with);
	return lost > 0;
}

static enum seen look_cluster(struct look *l)
{
	bool without = say_sticky(l, &exp_eio_sticky, "without"),
	     with = say_sticky(l, &exp_eio_sticky_cookies, "with");
	bool tried_with = look_of(l, &http_answer, &exp_eio_sticky_cookies) != NULL;

	if (!l->text.n)
		return OMIT;
	if (!with && (!without || tried_with))
		return GOOD;
	/* no matter to clients that do not poll */
	return way_of(&l->scope) == NO_NEED ? NOT_SEEN : BAD;
}

static enum seen look_health(struct look *l)
{
	const struct obs *o = look_of(l, &http_health, NULL),
			 *done = scope_ran(&l->scope, &exp_health);

	if (!o && look_skipped(done))
		return OMIT;
	obs_say(&l->text, o ? o : done);
	return o && obs_int(o, &k_status) / 100 == 2 ? GOOD : BAD;
}

static enum seen look_statistics(struct look *l)
{
	enum seen seen = look_health(l);

	return seen == GOOD && !obs_int(look_of(l, &http_health, NULL), &k_websockets) ? BAD : seen;
}

static enum seen look_upgraded(struct look *l)
{
	if (is_socketio(&l->scope) && way_of(&l->scope) == POLLS_ONLY) {
		buf_addz(&l->text, "not offered: the server takes polling alone");
		return NOT_SEEN;
	}
	return look_transport(l);
}

/* The server's answer to a transport that it does not offer: our question, nothing a client of it
 * meets. */
static bool is_not_offered(const struct obs *o)
{
	return o->kind == &eio_error && obs_is(o, &k_error, "transport-unknown");
}

static enum seen look_fallback(struct look *l)
{
	const struct obs *open = look_of(l, &eio_open, &exp_eio_polling),
			 *error = look_of(l, &eio_error, &exp_eio_polling);

	if (!is_socketio(&l->scope) || look_skipped(scope_ran(&l->scope, &exp_eio_polling)))
		return OMIT;
	if (!open && error && is_not_offered(error) && way_of(&l->scope) == WEBSOCKET_ONLY) {
		buf_addz(&l->text, "not offered: the server takes WebSocket alone");
		return NOT_SEEN;
	}
	if (way_of(&l->scope) == LOST || way_of(&l->scope) == NO_NEED) {
		buf_addz(&l->text, "a session opens by polling and is lost");
		return BAD;
	}
	if (open || error)
		obs_say(&l->text, open ? open : error);
	else
		buf_addz(&l->text, "no session by polling");
	return open ? GOOD : BAD;
}

static const struct tag *const sessions[] = {&exp_eio_polling, &exp_eio_upgrade, &exp_eio_websocket,
	&exp_eio_samples, &exp_sio_reconnect};

/* What a console would show of a session that a client has. */
static bool is_error(const struct obs *o, enum way way)
{
	static const struct kind *const kinds[] = {
		&eio_error, &eio_fault, &sio_fault, &sio_connect_error, &eio_overdue};
	bool error = false, session = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		error |= o->kind == kinds[i];
	for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++)
		session |= o->where.exp == sessions[i];
	if (!error || !session)
		return false;
	if (way == NO_NEED)
		return o->where.exp == &exp_eio_websocket;
	return !(way == POLLS_ONLY || way == WEBSOCKET_ONLY) || !is_not_offered(o);
}

static enum seen look_errors(struct look *l)
{
	const struct journal *j = l->scope.journal;
	enum way way = way_of(&l->scope);
	int n = 0;

	if (!is_socketio(&l->scope) || look_skipped(scope_ran(&l->scope, &exp_eio_polling)))
		return OMIT;
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.vantage == l->scope.vantage && is_error(j->all[i], way) &&
			n++ == 0)
			obs_say(&l->text, j->all[i]);
	if (n == 0)
		buf_addz(&l->text, "none in the sessions of this run");
	if (n > 1)
		buf_addf(&l->text, ", and %d more", n - 1);
	return n ? BAD : GOOD;
}

/* What is about a row's own subject, whatever its stage. */
#define OF_NAMESPACE "auth-sio-middleware-connect-error sio-invalid-namespace sio-namespace-vs-path"
#define OF_EVENTS                                                                                  \
	"eio-response-buffered app-emit-not-acked app-delayed-server-handler "                     \
	"app-late-client-listener app-room-not-joined"
#define OF_PAYLOAD "eio-payload-too-large eio-big-upload-blocks-pong http-body-too-large-proxy"
#define OF_HEARTBEAT                                                                               \
	"eio-event-loop-blocked eio-client-does-not-pong eio-heartbeat-direction "                 \
	"sio-version-30s-drop"

#define OF_CORS                                                                                    \
	"cors-missing-acao cors-wildcard-with-credentials cors-duplicate-acao "                    \
	"cors-preflight-rejected cors-error-masks-other"

static const struct look_row rows[] = {
	{"cors", 0, NULL, NULL, OF_CORS},
	{"session", LOOK_STAGE(SESSION), look_session, "no session"},
	{"transport", LOOK_STAGE(TRANSPORT), look_transport, NULL},
	{"namespace", 0, look_namespace, NULL, OF_NAMESPACE},
	{"heartbeat", 0, look_sio_heartbeat, NULL, OF_HEARTBEAT},
	{"events", 0, look_sio_events, NULL, OF_EVENTS},
	{"payload", 0, look_sio_payload, NULL, OF_PAYLOAD},
	{"cluster", LOOK_STAGE(CLUSTER), look_cluster, NULL},
	{"users", 0, look_sio_users, NULL},
	{"reconnect", 0, look_sio_reconnect, NULL, "app-lost-during-reconnect"},
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
	{"reconnection", "a client reconnects after a cut", look_sio_reconnect,
		"--reconnect was not given"},
	{"users", "several users at once", look_sio_users, "--samples N was not given"},
	{"streaming", "events arrive as they are sent", look_sio_stream,
		"--stream EVENT was not given"},
	{"binary", "binary data end to end", look_sio_binary, "--binary EVENT was not given"},
	{"statistics", "the health endpoint counts WebSockets", look_statistics,
		"--health PATH was not given"},
	{NULL},
};

const struct looks looks_socketio = {"socketio", rows, items};
