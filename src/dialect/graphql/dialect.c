#include "dialect/graphql/graphql.h"

#include "base/json.h"
#include "base/text.h"
#include "fact/graphql.h"

/* Messages are noted up to here: a subscription must not crowd out the rest of the run. */
#define NOTED_MAX 1000
#define SHOWN_MAX 160

struct graphql {
	enum gql_generation generation;
	bool asked, acked;
	ns asked_at;
	unsigned noted;
};

struct message {
	enum side from;
	struct span json, type, payload;
};

struct type {
	const char *name;
	unsigned generations, sides; /* bits */
	enum gql_unit unit;
	void (*heard)(struct layer *l, const struct message *m);
};

static struct graphql *gql_of(const struct layer *l)
{
	return l->state;
}

const char *gql_subprotocol(enum gql_generation g)
{
	static const char *const names[] = {[GQL_UNKNOWN] = NULL,
		[GQL_CURRENT] = "graphql-transport-ws",
		[GQL_OLD] = "graphql-ws"};

	return names[g];
}

enum gql_generation gql_generation(const struct layer *l)
{
	return gql_of(l)->generation;
}

#define FIELDS_MAX 6

struct row {
	struct field all[FIELDS_MAX];
	size_t n;
};

static void put(struct row *r, struct field f)
{
	r->all[r->n++] = f;
}

static struct row begin(const struct layer *l, enum side from)
{
	const char *generation = gql_subprotocol(gql_of(l)->generation);
	struct row r = {.n = 0};

	put(&r, F_TEXT(k_from, from == CLIENT ? SPAN("client") : SPAN("server")));
	if (generation)
		put(&r, F_TEXT(k_generation, span_of(generation)));
	return r;
}

static void put_took(struct row *r, const struct layer *l)
{
	if (gql_of(l)->asked)
		put(r, F_TIME(k_took, l->conn->now - gql_of(l)->asked_at));
}

static void end(struct layer *l, const struct kind *kind, struct row *r)
{
	if (gql_of(l)->noted++ < NOTED_MAX)
		journal_add(l->conn->journal, &l->conn->where, l->conn->now, kind, r->all, r->n);
}

/* `text`: of the network, or empty */
static void note_fault(struct layer *l, enum side from, const char *fault, struct span text)
{
	struct buf shown = {.max = 1024};
	struct row r = begin(l, from);

	put(&r, F_TEXT(k_fault, span_of(fault)));
	text_redact(&shown, span_head(text, SHOWN_MAX));
	if (shown.n)
		put(&r, F_TEXT(k_text, buf_span(&shown)));
	end(l, &gql_fault, &r);
	buf_deinit(&shown);
}

static void heard_init(struct layer *l, const struct message *m)
{
	struct row r = begin(l, m->from);

	gql_of(l)->asked = true;
	gql_of(l)->asked_at = l->conn->now;
	put(&r, F_BOOL(k_auth, m->payload.n > 2));
	end(l, &gql_init, &r);
}

static void heard_ack(struct layer *l, const struct message *m)
{
	struct row r = begin(l, m->from);

	gql_of(l)->acked = true;
	put_took(&r, l);
	end(l, &gql_ack, &r);
}

static void heard_refusal(struct layer *l, const struct message *m)
{
	struct buf plain = {.max = 1024}, shown = {.max = 1024};
	struct row r = begin(l, m->from);
	struct json_token message = {0};

	if (json_member(m->payload, SPAN("message"), &message) && message.type == JSON_STRING)
		json_unescape(&plain, span_head(message.raw, SHOWN_MAX));
	text_redact(&shown, buf_span(&plain));
	put_took(&r, l);
	if (shown.n)
		put(&r, F_TEXT(k_message, buf_span(&shown)));
	end(l, &gql_refused, &r);
	buf_deinit(&plain);
	buf_deinit(&shown);
}

static void heard_other(struct layer *l, const struct message *m)
{
	struct row r = begin(l, m->from);

	put(&r, F_TEXT(k_packet, m->type));
	put(&r, F_INT(k_bytes, (int64_t)m->json.n));
	end(l, &gql_message, &r);
}

/* In the current protocol either side pings; who does not answer may be closed. */
static void heard_ping(struct layer *l, const struct message *m)
{
	heard_other(l, m);
	if (!side_is_peer(l->conn, m->from))
		return;
	layer_down(l, WS_TEXT, SPAN("{\"type\":\"pong\"}"));
	heard_other(l, &(struct message){m->from == CLIENT ? SERVER : CLIENT,
			       SPAN("{\"type\":\"pong\"}"), SPAN("pong"), {0}});
}

#define NOW (1u << GQL_CURRENT)
#define OLD (1u << GQL_OLD)
#define BOTH (NOW | OLD)
#define FROM_CLIENT (1u << CLIENT)
#define FROM_SERVER (1u << SERVER)
#define FROM_EITHER (FROM_CLIENT | FROM_SERVER)

static const struct type types[] = {
	{"connection_init", BOTH, FROM_CLIENT, GQL_INIT, heard_init},
	{"connection_ack", BOTH, FROM_SERVER, GQL_ACK, heard_ack},
	{"connection_error", OLD, FROM_SERVER, GQL_REFUSED, heard_refusal},
	{"ping", NOW, FROM_EITHER, GQL_OTHER, heard_ping},
	{"pong", NOW, FROM_EITHER, GQL_OTHER, heard_other},
	{"subscribe", NOW, FROM_CLIENT, GQL_OTHER, heard_other},
	{"next", NOW, FROM_SERVER, GQL_OTHER, heard_other},
	{"error", BOTH, FROM_SERVER, GQL_OTHER, heard_other},
	{"complete", BOTH, FROM_EITHER, GQL_OTHER, heard_other},
	{"start", OLD, FROM_CLIENT, GQL_OTHER, heard_other},
	{"stop", OLD, FROM_CLIENT, GQL_OTHER, heard_other},
	{"connection_terminate", OLD, FROM_CLIENT, GQL_OTHER, heard_other},
	{"data", OLD, FROM_SERVER, GQL_OTHER, heard_other},
	{"ka", OLD, FROM_SERVER, GQL_OTHER, heard_other},
};

static const struct type *type_find(struct span name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_eq(name, span_of(types[i].name)))
			return &types[i];
	return NULL;
}

/* What only one generation says tells which it is, or that the other was agreed on. */
static void settle(struct layer *l, const struct message *m, const struct type *t)
{
	struct graphql *g = gql_of(l);

	if (g->generation == GQL_UNKNOWN && t->generations != BOTH)
		g->generation = t->generations == NOW ? GQL_CURRENT : GQL_OLD;
	else if (g->generation != GQL_UNKNOWN && !(t->generations & 1u << g->generation))
		note_fault(l, m->from, "other-generation", m->type);
}

static void heard(struct layer *l, const struct message *m)
{
	const struct type *t = type_find(m->type);

	if (!t) {
		note_fault(l, m->from, "type", m->type);
		return;
	}
	settle(l, m, t);
	if (!(t->sides & 1u << m->from))
		note_fault(l, m->from, "side", m->type);
	else if (t->unit == GQL_OTHER && m->from == SERVER && gql_of(l)->asked &&
		 !gql_of(l)->acked && span_eq(m->type, SPAN("next")))
		note_fault(l, m->from, "before-ack", m->type);
	t->heard(l, m);
	layer_up(l, m->from, t->unit, m->json);
}

static void hear_text(struct layer *l, enum side from, struct span text)
{
	struct message m = {.from = from, .json = text};
	struct json_token t;

	if (!json_is(text, JSON_OBJECT)) {
		note_fault(l, from, "json", (struct span){0});
		return;
	}
	if (json_member(text, SPAN("type"), &t) && t.type == JSON_STRING)
		m.type = t.raw;
	if (json_member(text, SPAN("payload"), &t) && t.type == JSON_OBJECT)
		m.payload = t.raw;
	heard(l, &m);
}

void gql_say_init(struct layer *l, struct span payload)
{
	struct buf text = {.max = 64 << 10};

	buf_addz(&text, "{\"type\":\"connection_init\"");
	if (payload.n) {
		buf_addz(&text, ",\"payload\":");
		buf_add(&text, payload);
	}
	buf_addc(&text, '}');
	heard_init(l, &(struct message){.from = CLIENT, .payload = payload});
	layer_down(l, WS_TEXT, buf_span(&text));
	buf_deinit(&text);
}

/* The subprotocol that the 101 names. */
static void heed_head(struct layer *l, enum side from)
{
	struct layer *http = conn_layer(l->conn, &dialect_http);
	const struct http_head *head = http ? http_head(http, from) : NULL;
	struct span named;

	if (from != SERVER || !head || head->status != 101)
		return;
	named = http_find(head, SPAN("Sec-WebSocket-Protocol"));
	for (enum gql_generation g = GQL_CURRENT; g <= GQL_OLD; g++)
		if (span_eq(named, span_of(gql_subprotocol(g))))
			gql_of(l)->generation = g;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (unit == WS_TEXT)
		hear_text(l, from, data);
	else if (unit == WS_BINARY)
		note_fault(l, from, "binary", (struct span){0});
	else if (unit == WS_HTTP + HTTP_HEAD)
		heed_head(l, from);
}

const struct dialect dialect_graphql = {
	.name = "graphql",
	.say = "GraphQL over WebSocket, graphql-transport-ws and graphql-ws",
	.size = sizeof(struct graphql),
	.feed = feed,
};
