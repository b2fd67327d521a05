#include "base/json.h"
#include "dialect/hello/hello.h"
#include "dialect/phoenix/phoenix.h"

struct phoenix {
	struct hello hello;
	uint64_t ref; /* of our last heartbeat */
};

static struct phoenix *phoenix_of(const struct layer *l)
{
	return l->state;
}

/* Views into the JSON. */
struct message {
	unsigned version;
	struct span topic, event, payload;
};

/* One element of the array, whole. */
static bool take(struct json *j, struct json_token *t)
{
	size_t at;

	*t = json_next(j);
	at = t->at;
	if (t->type == JSON_OBJECT || t->type == JSON_ARRAY) {
		if (!json_skip(j))
			return false;
		t->raw = span_head(span_from(j->in, at), j->at - at);
		return true;
	}
	return t->type == JSON_STRING || t->type == JSON_NULL || t->type == JSON_NUMBER ||
	       t->type == JSON_TRUE || t->type == JSON_FALSE;
}

/* Phoenix.Socket.V2.JSONSerializer */
static bool read_array(struct span text, struct message *m)
{
	struct json_token t[5];
	struct json j;

	json_init(&j, text);
	if (json_next(&j).type != JSON_ARRAY)
		return false;
	for (int i = 0; i < 5; i++)
		if (!take(&j, &t[i]))
			return false;
	*m = (struct message){2, t[2].raw, t[3].raw, t[4].raw};
	return t[2].type == JSON_STRING && t[3].type == JSON_STRING &&
	       json_next(&j).type == JSON_CLOSE;
}

static struct span member_text(struct span json, struct span key)
{
	struct json_token t;

	return json_member(json, key, &t) && t.type == JSON_STRING ? t.raw : (struct span){0};
}

/* Phoenix.Socket.V1.JSONSerializer */
static bool read_object(struct span text, struct message *m)
{
	struct json_token payload;

	if (!span_starts(text, SPAN("{")) || !json_member(text, SPAN("payload"), &payload))
		return false;
	*m = (struct message){
		1, member_text(text, SPAN("topic")), member_text(text, SPAN("event")), payload.raw};
	return m->topic.n && m->event.n;
}

static void hear_reply(struct layer *l, enum side from, const struct message *m)
{
	struct hello_said said = {.from = from,
		.packet = "phx_reply",
		.version = m->version == 2 ? SPAN("2.0.0") : SPAN("1.0.0")};
	bool heartbeat = span_eq(m->topic, SPAN("phoenix"));

	if (!heartbeat) {
		said.has_bytes = true;
		said.bytes = m->payload.n;
		hello_note_packet(l, &said);
	} else if (phoenix_of(l)->hello.taken) {
		hello_note_beat(l, from);
	} else {
		hello_note_taken(l, &said);
	}
}

/* The events of Phoenix itself; those of the application are noted without their name. */
static const char *event_name(struct span event)
{
	static const char *const names[] = {"phx_join", "phx_leave", "phx_reply", "phx_error",
		"phx_close", "heartbeat", "presence_state", "presence_diff"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq(event, span_of(names[i])))
			return names[i];
	return "event";
}

static void hear_heartbeat(struct layer *l, enum side from, const struct message *m)
{
	if (phoenix_of(l)->hello.asked)
		hello_note_beat(l, from);
	else
		hello_note_asked(
			l, &(struct hello_said){.from = from,
				   .packet = "heartbeat",
				   .version = m->version == 2 ? SPAN("2.0.0") : SPAN("1.0.0")});
}

static void hear(struct layer *l, enum side from, struct span text)
{
	struct message m;

	if (!read_array(text, &m) && !read_object(text, &m))
		hello_note_fault(l, from, "shape", (struct span){0});
	else if (from == SERVER && span_eq(m.event, SPAN("phx_reply")))
		hear_reply(l, from, &m);
	else if (from == CLIENT && span_eq(m.event, SPAN("heartbeat")))
		hear_heartbeat(l, from, &m);
	else
		hello_note_packet(l, &(struct hello_said){.from = from,
					     .packet = event_name(m.event),
					     .has_bytes = true,
					     .bytes = m.payload.n});
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (unit == WS_TEXT)
		hear(l, from, data);
	else if (unit == WS_BINARY) /* V2.JSONSerializer: pushes, replies and broadcasts of bytes */
		hello_note_packet(l, &(struct hello_said){.from = from,
					     .packet = "binary",
					     .has_bytes = true,
					     .bytes = data.n});
}

static void start(struct layer *l)
{
	phoenix_of(l)->hello.protocol = "phoenix";
}

void phoenix_say_heartbeat(struct layer *l, unsigned version)
{
	struct buf b = {.max = 256};
	unsigned long long ref = ++phoenix_of(l)->ref;

	if (l->conn->seat == SEAT_WITNESS)
		return;
	if (version == 2)
		buf_addf(&b, "[null,\"%llu\",\"phoenix\",\"heartbeat\",{}]", ref);
	else
		buf_addf(&b,
			"{\"topic\":\"phoenix\",\"event\":\"heartbeat\",\"payload\":{},\"ref\":\"%"
			"llu\"}",
			ref);
	hear(l, hello_our_side(l), buf_span(&b));
	layer_down(l, WS_TEXT, buf_span(&b));
	buf_deinit(&b);
}

const struct dialect dialect_phoenix = {
	.name = "phoenix",
	.say = "Phoenix channels, serializers 1.0.0 and 2.0.0",
	.size = sizeof(struct phoenix),
	.start = start,
	.feed = feed,
};
