#include "base/json.h"
#include "dialect/actioncable/actioncable.h"
#include "dialect/hello/hello.h"

static struct span member(struct span json, struct span key, enum json_type type)
{
	struct json_token t;

	return json_member(json, key, &t) && t.type == type ? t.raw : (struct span){0};
}

/* Reasons of actioncable's Connection: INTERNAL[:disconnect_reasons]; all else is the
 * application's. */
static const struct {
	const char *reason, *error;
} reasons[] = {
	{"unauthorized", "not-authorised"},
	{"invalid_request", "request"},
	{"server_restart", "unavailable"},
	{"remote", "other"},
	{"idle_timeout", "other"},
	{"session_expired", "not-authorised"},
	{"too_many_requests", "busy"},
};

static const char *reason_error(struct span reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (span_eq(reason, span_of(reasons[i].reason)))
			return reasons[i].error;
	return "other";
}

static void hear_welcome(struct layer *l, enum side from, struct span json)
{
	(void)json;
	hello_note_taken(l, &(struct hello_said){.from = from, .packet = "welcome"});
}

static void hear_ping(struct layer *l, enum side from, struct span json)
{
	(void)json;
	hello_note_beat(l, from);
}

static void hear_disconnect(struct layer *l, enum side from, struct span json)
{
	struct span reason = member(json, SPAN("reason"), JSON_STRING);
	struct json_token t;
	struct hello_said said = {.from = from,
		.packet = "disconnect",
		.message = reason,
		.error = reason_error(reason)};

	if (json_member(json, SPAN("reconnect"), &t)) {
		said.has_comes_back = true;
		said.comes_back = t.type == JSON_TRUE;
	}
	/* told to come back, it was not turned away */
	if (hello_of(l)->taken || said.comes_back)
		hello_note_bye(l, &said);
	else
		hello_note_refused(l, &said);
}

static const struct type {
	const char *name;
	void (*hear)(
		struct layer *l, enum side from, struct span json); /* NULL: noted by its name */
} types[] = {
	{"welcome", hear_welcome},
	{"ping", hear_ping},
	{"disconnect", hear_disconnect},
	{"confirm_subscription", NULL},
	{"reject_subscription", NULL},
	{"confirm_history", NULL},
	{"reject_history", NULL},
};

static const struct type *type_find(struct span name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_eq(name, span_of(types[i].name)))
			return &types[i];
	return NULL;
}

static void note_packet(struct layer *l, enum side from, const char *name, struct span json)
{
	hello_note_packet(
		l, &(struct hello_said){
			   .from = from, .packet = name, .has_bytes = true, .bytes = json.n});
}

static void hear_server(struct layer *l, enum side from, struct span json)
{
	struct span name = member(json, SPAN("type"), JSON_STRING);
	const struct type *type = type_find(name);
	struct json_token t;

	if (type && type->hear)
		type->hear(l, from, json);
	else if (type)
		note_packet(l, from, type->name, json);
	else if (json_member(json, SPAN("identifier"), &t))
		note_packet(l, from, "message", json);
	else
		hello_note_fault(l, from, "type", name);
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct json_token t;

	if (unit >= WS_HTTP)
		return;
	if (unit == WS_BINARY)
		hello_note_fault(l, from, "binary-frame", (struct span){0});
	else if (!span_starts(span_trim(data), SPAN("{")))
		hello_note_fault(l, from, "json", (struct span){0});
	else if (from == SERVER)
		hear_server(l, from, data);
	else
		note_packet(l, from, json_member(data, SPAN("command"), &t) ? "command" : "message",
			data);
}

static void start(struct layer *l)
{
	hello_of(l)->protocol = "actioncable";
}

const struct dialect dialect_actioncable = {
	.name = "actioncable",
	.say = "Action Cable (Rails), actioncable-v1-json",
	.size = sizeof(struct hello),
	.start = start,
	.feed = feed,
};
