/* The layer: which op it is, and what it says. */
#include "dialect/lavalink/message.h"
#include "fact/lavalink.h"

/* Messages of a connection are noted up to here: a flood must not crowd out the rest of the run. */
#define NOTED_MAX 2000

struct lavalink {
	bool open, ready;
	ns opened_at;
	unsigned noted;
	char session[LAVALINK_SESSION_MAX];
	size_t n_session;
	struct buf resumed_header;
	int64_t api; /* 0: the 101 does not say */
};

static struct lavalink *of(const struct layer *l)
{
	return l->state;
}

static struct lavalink_spot spot(const struct layer *l)
{
	return (struct lavalink_spot){
		l->conn->journal, &l->conn->where, l->conn->now, l->conn->salt};
}

static void note_row(struct layer *l, struct lavalink_row *r, const struct kind *kind)
{
	struct lavalink_spot s = spot(l);

	row_note(r, &s, kind);
}

static void note_fault(struct layer *l, enum side from, const char *fault, struct span text)
{
	struct lavalink_row r = {.n = 0};

	row_add(&r, F_TEXT(k_from, from == CLIENT ? SPAN("client") : SPAN("server")));
	row_add(&r, F_TEXT(k_fault, span_of(fault)));
	row_text(&r, &k_text, span_head(text, LAVALINK_SHOWN_MAX));
	note_row(l, &r, &lavalink_fault);
}

static bool is_id(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'z') &&
			!(s.p[i] >= 'A' && s.p[i] <= 'Z') && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= LAVALINK_SESSION_MAX;
}

static void hear_ready(struct layer *l, struct span json)
{
	struct lavalink *v = of(l);
	struct span id = message_string(json, "sessionId");
	struct lavalink_row r = {.n = 0};

	if (v->ready)
		note_fault(l, SERVER, "ready-again", (struct span){0});
	if (!id.n)
		note_fault(l, SERVER, "ready-session", (struct span){0});
	v->ready = true;
	v->n_session = is_id(id) ? id.n : 0;
	if (v->n_session)
		memcpy(v->session, id.p, v->n_session);
	row_bool(&r, &k_resumed, json, "resumed");
	row_text(&r, &k_resumed_header, buf_span(&v->resumed_header));
	if (v->api)
		row_add(&r, F_INT(k_api, v->api));
	row_tag(&r, &k_session_tag, json, "sessionId", l->conn->salt);
	if (v->open)
		row_add(&r, F_TIME(k_took, l->conn->now - v->opened_at));
	note_row(l, &r, &lavalink_ready);
}

static void hear_stats(struct layer *l, struct span json)
{
	struct lavalink_spot s = spot(l);

	message_note_stats(&s, json, "websocket");
}

static void hear_player(struct layer *l, struct span json)
{
	struct span state = message_object(json, "state"), ping;
	struct lavalink_row r = {.n = 0};
	struct json_token t;

	row_tag(&r, &k_guild_tag, json, "guildId", l->conn->salt);
	row_bool(&r, &k_connected, state, "connected");
	/* -1: not connected */
	ping = json_member(state, SPAN("ping"), &t) && t.type == JSON_NUMBER ? t.raw
									     : (struct span){0};
	if (ping.n && ping.p[0] != '-')
		row_number(&r, &k_ping, state, "ping", (double)NS_MS);
	note_row(l, &r, &lavalink_player);
}

static void hear_voice_closed(struct layer *l, struct span json)
{
	struct lavalink_row r = {.n = 0};
	struct json_token t;
	int64_t code;

	row_tag(&r, &k_guild_tag, json, "guildId", l->conn->salt);
	if (json_member(json, SPAN("code"), &t) && t.type == JSON_NUMBER &&
		json_int(t.raw, &code)) {
		row_add(&r, F_INT(k_code, code));
		row_text(&r, &k_meaning, span_of(lavalink_voice_meaning(code)));
	}
	row_string(&r, &k_reason, json, "reason");
	row_bool(&r, &k_by_remote, json, "byRemote");
	note_row(l, &r, &lavalink_voice_closed);
}

static void hear_event(struct layer *l, struct span json)
{
	struct lavalink_row r = {.n = 0};

	if (span_eq(message_string(json, "type"), SPAN("WebSocketClosedEvent"))) {
		hear_voice_closed(l, json);
		return;
	}
	row_string(&r, &k_event, json, "type");
	row_tag(&r, &k_guild_tag, json, "guildId", l->conn->salt);
	row_string(&r, &k_reason, json, "reason");
	row_string(&r, &k_message, message_object(json, "exception"), "message");
	note_row(l, &r, &lavalink_event);
}

static const struct {
	const char *name;
	enum lavalink_op op;
	void (*hear)(struct layer *l, struct span json);
} ops[] = {
	{"ready", LAVALINK_READY, hear_ready},
	{"stats", LAVALINK_STATS, hear_stats},
	{"playerUpdate", LAVALINK_PLAYER, hear_player},
	{"event", LAVALINK_EVENT, hear_event},
};

/* Notes what the message says; LAVALINK_OTHER when it is none of v4's. */
static enum lavalink_op hear_op(struct layer *l, struct span json)
{
	struct span op = message_string(json, "op");

	if (!op.n)
		note_fault(l, SERVER, "op-missing", (struct span){0});
	else if (!of(l)->ready && !span_eq(op, SPAN("ready")))
		note_fault(l, SERVER, "ready-first", op);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (span_eq(op, span_of(ops[i].name))) {
			ops[i].hear(l, json);
			return ops[i].op;
		}
	if (op.n)
		note_fault(l, SERVER, "op-unknown", op);
	return LAVALINK_OTHER;
}

static void hear_text(struct layer *l, enum side from, struct span text)
{
	enum lavalink_op op = LAVALINK_OTHER;

	if (of(l)->noted++ >= NOTED_MAX)
		return;
	if (from == CLIENT)
		note_fault(l, from, "client-message", message_string(text, "op"));
	else if (message_is_object(text))
		op = hear_op(l, text);
	else
		note_fault(l, from, "json", (struct span){0});
	layer_up(l, from, (int)op, text);
}

static void heed_head(struct layer *l)
{
	struct layer *http = l->down ? l->down->down : NULL;
	const struct http_head *head =
		http && http->dialect == &dialect_http ? http_head(http, SERVER) : NULL;
	struct lavalink *v = of(l);
	uint64_t api;

	if (!head || head->status != 101)
		return;
	v->open = true;
	v->opened_at = l->conn->now;
	if (span_uint(http_find(head, SPAN("Lavalink-Api-Version")), 1000, &api))
		v->api = (int64_t)api;
	buf_clear(&v->resumed_header);
	buf_add(&v->resumed_header, span_head(http_find(head, SPAN("Session-Resumed")), 16));
}

static void start(struct layer *l)
{
	of(l)->resumed_header.max = 16;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (unit == WS_TEXT) {
		hear_text(l, from, data);
		return;
	}
	if (unit == WS_BINARY && of(l)->noted++ < NOTED_MAX)
		note_fault(l, from, "binary", (struct span){0});
	if (unit == WS_HTTP + HTTP_HEAD && from == SERVER)
		heed_head(l);
	if (unit >= WS_HTTP)
		layer_up(l, from, unit, data);
}

static void stop(struct layer *l)
{
	buf_deinit(&of(l)->resumed_header);
}

const struct dialect dialect_lavalink = {
	.name = "lavalink",
	.say = "Lavalink v4",
	.size = sizeof(struct lavalink),
	.start = start,
	.feed = feed,
	.cut = layer_cut_up,
	.stop = stop,
};

struct span lavalink_session_id(const struct layer *l)
{
	return (struct span){of(l)->session, of(l)->n_session};
}

static const struct {
	int64_t code;
	const char *meaning;
} voices[] = {
#define VOICE(code, meaning) {code, meaning},
#include "dialect/lavalink/voice.def"
#undef VOICE
};

const char *lavalink_voice_meaning(int64_t code)
{
	for (size_t i = 0; i < sizeof(voices) / sizeof(voices[0]); i++)
		if (voices[i].code == code)
			return voices[i].meaning;
	return code > 0 && code < 4000 ? ws_close_meaning((unsigned)code) : NULL;
}
