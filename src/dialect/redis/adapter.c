#include "dialect/redis/adapter.h"

#include "base/json.h"

#define NONE (-1)
#define EVENT 2 /* socket.io-parser's PacketType */

/* RequestType of redis-adapter/lib/index.ts, MessageType of
 * socket.io-adapter/lib/cluster-adapter.ts with that of the answer, and what an answer calls its
 * body. */
static const struct verb {
	int classic, sharded, sharded_answer;
	const char *classic_body, *sharded_body;
} verbs[ADAPTER_VERBS] = {
	[ADAPTER_EMIT] = {NONE, 3, NONE, NULL, NULL},
	[ADAPTER_EMIT_ACKED] = {7, NONE, NONE, NULL, NULL},
	[ADAPTER_SOCKETS] = {0, NONE, NONE, "sockets", NULL},
	[ADAPTER_ALL_ROOMS] = {1, NONE, NONE, "rooms", NULL},
	[ADAPTER_JOIN] = {2, 4, NONE, NULL, NULL},
	[ADAPTER_LEAVE] = {3, 5, NONE, NULL, NULL},
	[ADAPTER_DISCONNECT] = {4, 6, NONE, NULL, NULL},
	[ADAPTER_FETCH] = {5, 7, 8, "sockets", "sockets"},
	[ADAPTER_SERVER_EMIT] = {6, 9, 10, "data", "packet"},
	[ADAPTER_CLIENT_COUNT] = {NONE, NONE, 11, "clientCount", "clientCount"},
	[ADAPTER_ACK] = {NONE, NONE, 12, "packet", "packet"},
};

/* Answers of the classic adapter that say their type. */
static int classic_answer_type(enum adapter_verb verb)
{
	return verb == ADAPTER_SERVER_EMIT    ? 6
	       : verb == ADAPTER_CLIENT_COUNT ? 8
	       : verb == ADAPTER_ACK	      ? 9
					      : NONE;
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* Strings with their quotes. */
static struct span member(struct span object, struct span key)
{
	struct json_token t;

	if (!json_member(object, key, &t) || t.type == JSON_NULL)
		return (struct span){0};
	return t.type == JSON_STRING ? (struct span){t.raw.p - 1, t.raw.n + 2} : t.raw;
}

static struct span text_member(struct span object, struct span key)
{
	struct json_token t;

	return json_member(object, key, &t) && t.type == JSON_STRING ? t.raw : (struct span){0};
}

static bool is_array(struct span json)
{
	return json.n && json.p[0] == '[';
}

/* The text of each element of an array; false: there are not so many. */
static bool elements(struct span array, struct span *out, size_t n)
{
	struct json j;

	json_init(&j, array);
	if (json_next(&j).type != JSON_ARRAY)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct json_token t = json_next(&j);
		bool quoted = t.type == JSON_STRING;

		if (t.type == JSON_CLOSE || t.type == JSON_ERROR || t.type == JSON_END)
			return false;
		out[i] = (struct span){t.raw.p - quoted, t.raw.n + 2 * quoted};
		if (t.type == JSON_OBJECT || t.type == JSON_ARRAY) {
			if (!json_skip(&j))
				return false;
			out[i] = span_head(span_from(array, t.at), j.at - t.at);
		}
	}
	return true;
}

static void read_whom(struct adapter_message *m, struct span opts)
{
	struct json_token t;

	m->rooms = member(opts, SPAN("rooms"));
	m->except = member(opts, SPAN("except"));
	m->is_volatile = json_member(member(opts, SPAN("flags")), SPAN("volatile"), &t) &&
			 t.type == JSON_TRUE;
}

/* False: it is no event. */
static bool read_packet(struct adapter_message *m, struct span packet)
{
	int64_t type;

	m->data = member(packet, SPAN("data"));
	if (!m->nsp.n)
		m->nsp = text_member(packet, SPAN("nsp"));
	return is_array(m->data) && json_int(member(packet, SPAN("type")), &type) &&
	       (type == EVENT || type == 5);
}

static bool find_verb(struct adapter_message *m, struct span type, bool sharded)
{
	int64_t n;

	if (!json_int(type, &n))
		return false;
	for (size_t i = 0; i < ADAPTER_VERBS; i++)
		if (n == (sharded ? verbs[i].sharded : verbs[i].classic)) {
			m->verb = (enum adapter_verb)i;
			return n >= 0;
		}
	return false;
}

static bool read_close(struct span object)
{
	struct json_token t;

	return json_member(object, SPAN("close"), &t) && t.type == JSON_TRUE;
}

static bool read_classic_event(struct adapter_message *m, struct span json)
{
	struct span parts[3];

	m->verb = ADAPTER_EMIT;
	if (!elements(json, parts, 3) || parts[0].n < 2 || parts[0].p[0] != '"')
		return false;
	m->uid = span_head(span_from(parts[0], 1), parts[0].n - 2);
	read_whom(m, parts[2]);
	if (!read_packet(m, parts[1]))
		return false;
	if (!m->nsp.n)
		m->nsp = SPAN("/");
	return true;
}

static bool read_classic_request(struct adapter_message *m, struct span json)
{
	struct span opts = member(json, SPAN("opts")), sid = member(json, SPAN("sid"));

	if (!find_verb(m, member(json, SPAN("type")), false))
		return false;
	m->uid = text_member(json, SPAN("uid"));
	m->request = text_member(json, SPAN("requestId"));
	m->close = read_close(json);
	m->names = member(json, SPAN("rooms"));
	m->data = member(json, SPAN("data"));
	read_whom(m, opts);
	if (m->verb == ADAPTER_SOCKETS)
		m->rooms = m->names;
	else if (!opts.n && sid.n) {
		m->alone = true;
		m->rooms = sid;
		m->names = member(json, SPAN("room"));
	} else if (!opts.n && m->verb != ADAPTER_ALL_ROOMS && m->verb != ADAPTER_SERVER_EMIT)
		return false;
	return m->verb != ADAPTER_EMIT_ACKED || read_packet(m, member(json, SPAN("packet")));
}

static bool read_sharded(struct adapter_message *m, struct span json)
{
	struct span data = member(json, SPAN("data"));

	if (!find_verb(m, member(json, SPAN("type")), true))
		return false;
	m->uid = text_member(json, SPAN("uid"));
	m->nsp = text_member(json, SPAN("nsp"));
	m->request = text_member(data, SPAN("requestId"));
	m->close = read_close(data);
	m->names = member(data, SPAN("rooms"));
	read_whom(m, member(data, SPAN("opts")));
	if (m->verb != ADAPTER_EMIT)
		return true;
	if (m->request.n)
		m->verb = ADAPTER_EMIT_ACKED;
	return read_packet(m, member(data, SPAN("packet")));
}

bool adapter_read(struct adapter_message *m, struct buf *json, enum adapter_kind kind, bool request,
	struct span message)
{
	*m = (struct adapter_message){0};
	json->max = ADAPTER_JSON_MAX;
	buf_clear(json);
	if (span_starts(message, SPAN("{"))) {
		if (!json_is(message, JSON_OBJECT))
			return false;
		buf_add(json, message);
	} else if (!msgpack_json(json, message, &m->bytes)) {
		return false;
	}
	if (json->full)
		return false;
	if (kind == ADAPTER_SHARDED)
		return read_sharded(m, buf_span(json));
	return request ? read_classic_request(m, buf_span(json))
		       : read_classic_event(m, buf_span(json));
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void add_opts(struct buf *json, const struct adapter_event *e)
{
	buf_addz(json, "{\"rooms\":");
	buf_add(json, e->rooms);
	buf_addz(json, ",\"except\":");
	buf_add(json, e->except);
	buf_addz(json, ",\"flags\":{}}");
}

static void add_quoted(struct buf *json, struct span raw)
{
	buf_addc(json, '"');
	buf_add(json, raw);
	buf_addc(json, '"');
}

static void add_classic_event(struct buf *json, const struct adapter_event *e)
{
	buf_addc(json, '[');
	add_quoted(json, e->uid);
	buf_addf(json, ",{\"type\":%d,\"data\":", EVENT);
	buf_add(json, e->data);
	buf_addz(json, ",\"nsp\":");
	add_quoted(json, e->nsp);
	buf_addz(json, "},");
	add_opts(json, e);
	buf_addc(json, ']');
}

static void add_sharded_event(struct buf *json, const struct adapter_event *e)
{
	buf_addf(json, "{\"type\":%d,\"data\":{\"packet\":{\"type\":%d,\"data\":",
		verbs[ADAPTER_EMIT].sharded, EVENT);
	buf_add(json, e->data);
	buf_addz(json, "},\"opts\":");
	add_opts(json, e);
	buf_addz(json, "},\"uid\":");
	add_quoted(json, e->uid);
	buf_addz(json, ",\"nsp\":");
	add_quoted(json, e->nsp);
	buf_addc(json, '}');
}

/* As it is, or packed. */
static bool pack(struct buf *out, struct buf *json, const struct msgpack_bytes *bytes, bool packed)
{
	bool fits = !json->full;

	if (fits && packed)
		fits = msgpack_write(out, buf_span(json), bytes);
	else if (fits)
		buf_add(out, buf_span(json));
	buf_deinit(json);
	return fits && !out->full;
}

bool adapter_write_event(struct buf *out, enum adapter_kind kind, const struct adapter_event *e)
{
	struct buf json = {.max = ADAPTER_JSON_MAX};

	if (kind == ADAPTER_CLASSIC)
		add_classic_event(&json, e);
	else
		add_sharded_event(&json, e);
	return pack(out, &json, e->bytes, kind == ADAPTER_CLASSIC || e->bytes->n);
}

static void add_member(struct buf *json, const char *name, struct span value)
{
	if (!name || !value.n)
		return;
	buf_addf(json, ",\"%s\":", name);
	buf_add(json, value);
}

static void add_classic_answer(struct buf *json, const struct adapter_answer *a)
{
	int type = classic_answer_type(a->verb);

	buf_addc(json, '{');
	if (type != NONE)
		buf_addf(json, "\"type\":%d,", type);
	buf_addz(json, "\"requestId\":");
	add_quoted(json, a->request);
	add_member(json, verbs[a->verb].classic_body, a->body);
	buf_addc(json, '}');
}

static void add_sharded_answer(struct buf *json, const struct adapter_answer *a)
{
	buf_addf(json, "{\"type\":%d,\"data\":{\"requestId\":", verbs[a->verb].sharded_answer);
	add_quoted(json, a->request);
	add_member(json, verbs[a->verb].sharded_body, a->body);
	buf_addz(json, "},\"uid\":");
	add_quoted(json, a->uid);
	buf_addz(json, ",\"nsp\":");
	add_quoted(json, a->nsp);
	buf_addc(json, '}');
}

bool adapter_write_answer(struct buf *out, enum adapter_kind kind, const struct adapter_answer *a)
{
	struct buf json = {.max = ADAPTER_JSON_MAX};
	bool packed = a->bytes && a->bytes->n;

	if (kind == ADAPTER_SHARDED && verbs[a->verb].sharded_answer == NONE)
		return false;
	if (kind == ADAPTER_CLASSIC)
		add_classic_answer(&json, a);
	else
		add_sharded_answer(&json, a);
	return pack(out, &json, a->bytes,
		packed || (kind == ADAPTER_CLASSIC && a->verb == ADAPTER_ACK));
}
