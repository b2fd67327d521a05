#include "base/json.h"
#include "dialect/hello/hello.h"
#include "dialect/sockjs/sockjs.h"

#define CODE_MAX 4999

bool sockjs_info_read(struct sockjs_terms *out, struct span json)
{
	struct json_token websocket, cookie, entropy;

	if (!json_member(json, SPAN("websocket"), &websocket) ||
		!json_member(json, SPAN("entropy"), &entropy))
		return false;
	out->websocket = websocket.type == JSON_TRUE;
	out->cookie_needed =
		json_member(json, SPAN("cookie_needed"), &cookie) && cookie.type == JSON_TRUE;
	return websocket.type == JSON_TRUE || websocket.type == JSON_FALSE;
}

static void hear_open(struct layer *l, struct span rest)
{
	if (rest.n)
		hello_note_fault(l, SERVER, "framing", (struct span){0});
	else
		hello_note_taken(l, &(struct hello_said){.from = SERVER, .packet = "o"});
}

static void hear_heartbeat(struct layer *l, struct span rest)
{
	if (rest.n)
		hello_note_fault(l, SERVER, "framing", (struct span){0});
	else
		hello_note_beat(l, SERVER);
}

static bool is_array(struct span json)
{
	struct json_token t;
	struct json j;

	json_init(&j, json);
	t = json_next(&j);
	if (t.type != JSON_ARRAY)
		return false;
	while (t.type != JSON_END && t.type != JSON_ERROR)
		t = json_next(&j);
	return t.type == JSON_END;
}

static void hear_messages(struct layer *l, struct span rest)
{
	if (!is_array(rest)) {
		hello_note_fault(l, SERVER, "json", (struct span){0});
		return;
	}
	if (!hello_of(l)->taken)
		hello_note_fault(l, SERVER, "order", SPAN("a"));
	hello_note_packet(
		l, &(struct hello_said){
			   .from = SERVER, .packet = "a", .has_bytes = true, .bytes = rest.n});
}

/* Codes of sockjs-protocol; the others are the application's. */
static const struct code {
	unsigned code;
	const char *meaning, *error;
} codes[] = {
	{1002, "Connection interrupted", "other"},
	{2010, "Another connection still open", "other"},
	{3000, "Go away!", "other"},
};

static struct code code_get(unsigned code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i];
	return (struct code){code, NULL, "other"};
}

static void hear_close(struct layer *l, struct span rest)
{
	struct hello_said said = {.from = SERVER, .packet = "c", .has_code = true};
	struct json_token t;
	struct code known;
	struct json j;
	int64_t code;

	json_init(&j, rest);
	if (json_next(&j).type != JSON_ARRAY || (t = json_next(&j)).type != JSON_NUMBER ||
		!json_int(t.raw, &code) || code < 0 || code > CODE_MAX) {
		hello_note_fault(l, SERVER, "json", (struct span){0});
		return;
	}
	known = code_get((unsigned)code);
	said.code = known.code;
	said.meaning = known.meaning;
	said.error = known.error;
	t = json_next(&j);
	if (t.type == JSON_STRING)
		said.message = t.raw;
	if (hello_of(l)->taken)
		hello_note_bye(l, &said);
	else
		hello_note_refused(l, &said);
}

static const struct {
	char type;
	void (*hear)(struct layer *l, struct span rest);
} types[] = {{'o', hear_open}, {'h', hear_heartbeat}, {'a', hear_messages}, {'m', NULL},
	{'c', hear_close}};

static void hear_server(struct layer *l, struct span text)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!text.n || text.p[0] != types[i].type)
			continue;
		if (types[i].hear)
			types[i].hear(l, span_from(text, 1));
		return;
	}
	hello_note_fault(l, SERVER, "type", span_head(text, 1));
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (unit >= WS_HTTP)
		return;
	if (unit == WS_BINARY)
		hello_note_fault(l, from, "binary-frame", (struct span){0});
	else if (from == SERVER)
		hear_server(l, data);
	else
		hello_note_packet(l, &(struct hello_said){.from = from,
					     .packet = "messages",
					     .has_bytes = true,
					     .bytes = data.n});
}

static void start(struct layer *l)
{
	hello_of(l)->protocol = "sockjs";
}

const struct dialect dialect_sockjs = {
	.name = "sockjs",
	.say = "SockJS over WebSocket",
	.size = sizeof(struct hello),
	.start = start,
	.feed = feed,
};
