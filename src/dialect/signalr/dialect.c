#include "base/json.h"
#include "dialect/signalr/talk.h"

#define END "\x1e"

const struct signalr_terms *signalr_terms(const struct layer *l)
{
	return &signalr_of(l)->terms;
}

static void ask(struct layer *l)
{
	signalr_of(l)->asked = true;
	signalr_of(l)->asked_at = l->conn->now;
}

/* The negotiation. */

/* `how` with one more header. */
static void ask_with(struct layer *l, const struct http_ask *how, struct http_header more)
{
	struct http_ask whole = *how;
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t n = how->n < HTTP_HEADERS_MAX - 1 ? how->n : HTTP_HEADERS_MAX - 1;

	if (n)
		memcpy(headers, how->headers, n * sizeof(headers[0]));
	headers[n] = more;
	whole.headers = headers;
	whole.n = n + 1;
	ask(l);
	http_ask(l->down, &whole);
}

void signalr_negotiate(struct layer *l, const struct http_ask *how)
{
	struct http_ask post = *how;

	post.method = SPAN("POST");
	signalr_of(l)->negotiating = true;
	/* the body is empty, and a proxy wants to know it */
	ask_with(l, &post, (struct http_header){SPAN("Content-Length"), SPAN("0")});
}

void signalr_listen(struct layer *l, const struct http_ask *how)
{
	ask_with(l, how, (struct http_header){SPAN("Accept"), SPAN("text/event-stream")});
}

void signalr_expect_handshake(struct layer *l)
{
	ask(l);
}

static bool is_negotiation(const struct http_head *head)
{
	ssize_t mark = span_chr(head->target, '?');
	struct span path = mark < 0 ? head->target : span_head(head->target, (size_t)mark);

	return span_eq(head->method, SPAN("POST")) && span_ends(path, SPAN("/negotiate"));
}

/* The hub protocol. */

static struct span text_member(struct span json, struct span key)
{
	struct json_token t;

	return json_member(json, key, &t) && t.type == JSON_STRING ? t.raw : (struct span){0};
}

/* HubProtocol.md, "Message Types" */
static const char *const types[] = {NULL, "invocation", "stream-item", "completion",
	"stream-invocation", "cancel", "ping", NULL, "ack", "sequence"};
#define TYPES ((int64_t)(sizeof(types) / sizeof(types[0])))
#define TYPE_CLOSE 7

static void hear_close(struct layer *l, enum side from, struct span record)
{
	struct json_token t;
	bool reconnect = json_member(record, SPAN("allowReconnect"), &t) && t.type == JSON_TRUE;

	signalr_note_close(l, from, text_member(record, SPAN("error")), reconnect);
	layer_up(l, from, SIGNALR_CLOSE, record);
}

static void hear_message(struct layer *l, enum side from, struct span record)
{
	struct json_token t = {0};
	int64_t type = 0;

	if (!json_member(record, SPAN("type"), &t) || t.type != JSON_NUMBER ||
		!json_int(t.raw, &type)) {
		signalr_note_fault(l, from, "type", (struct span){0});
	} else if (type == TYPE_CLOSE) {
		hear_close(l, from, record);
	} else if (type < 0 || type >= TYPES || !types[type]) {
		signalr_note_fault(l, from, "type", t.raw);
	} else {
		signalr_note_message(l, from, types[type], record.n);
		layer_up(l, from, SIGNALR_RECORD, record);
	}
}

static void hear_handshake(struct layer *l, enum side from, struct span record)
{
	struct json_token t;

	if (from == CLIENT) {
		ask(l);
		signalr_note_message(l, from, "handshake", record.n);
	} else if (json_member(record, SPAN("error"), &t)) {
		signalr_note_refused(
			l, "handshake", t.type == JSON_STRING ? t.raw : (struct span){0});
		layer_up(l, from, SIGNALR_REFUSED, record);
	} else if (json_member(record, SPAN("protocol"), &t)) {
		/* what an echo of our own looks like */
		signalr_note_fault(l, from, "handshake", (struct span){0});
	} else if (json_member(record, SPAN("type"), &t)) {
		/* a server that gives up before the handshake closes, or speaks too early */
		hear_message(l, from, record);
	} else {
		signalr_note_open(l);
		layer_up(l, from, SIGNALR_OPEN, record);
	}
}

static void hear_record(struct layer *l, enum side from, struct span record)
{
	struct signalr *s = signalr_of(l);

	if (!json_is(record, JSON_OBJECT)) {
		signalr_note_fault(l, from, "json", (struct span){0});
	} else if (s->shaken[from]) {
		hear_message(l, from, record);
	} else {
		s->shaken[from] = true;
		hear_handshake(l, from, record);
	}
}

static void hear_text(struct layer *l, enum side from, struct span text)
{
	ssize_t at;

	while ((at = span_chr(text, END[0])) >= 0) {
		hear_record(l, from, span_head(text, (size_t)at));
		text = span_from(text, (size_t)at + 1);
	}
	if (text.n)
		signalr_note_fault(l, from, "separator", (struct span){0});
}

/* Server-Sent Events: of a line `data: …` what stands behind it. */
static void hear_line(struct layer *l, struct span line)
{
	if (span_ends(line, SPAN("\r")))
		line.n--;
	if (span_starts(line, SPAN("data:")))
		hear_text(l, SERVER, span_trim(span_from(line, 5)));
}

static void hear_events(struct layer *l, struct span data)
{
	struct buf *line = &signalr_of(l)->body;
	ssize_t end;

	while ((end = span_chr(data, '\n')) >= 0) {
		buf_add(line, span_head(data, (size_t)end));
		if (!line->full)
			hear_line(l, buf_span(line));
		buf_clear(line);
		data = span_from(data, (size_t)end + 1);
	}
	buf_add(line, data);
}

static void hear_head(struct layer *l, const struct http_head *head)
{
	struct signalr *s = signalr_of(l);

	buf_clear(&s->body);
	s->streaming =
		!s->negotiating && head->status == 200 &&
		span_istarts(http_find(head, SPAN("Content-Type")), SPAN("text/event-stream"));
	if (s->streaming)
		signalr_note_stream(l);
}

static void hear_http(struct layer *l, enum side from, int unit, struct span data)
{
	struct signalr *s = signalr_of(l);
	const struct http_head *head = http_head(l->down, from);

	if (unit == HTTP_HEAD && from == CLIENT && head) {
		s->negotiating = is_negotiation(head);
		ask(l);
	}
	if (from != SERVER || !head)
		return;
	if (unit == HTTP_HEAD)
		hear_head(l, head);
	else if (unit == HTTP_BODY && s->streaming)
		hear_events(l, data);
	else if (unit == HTTP_BODY && s->negotiating)
		buf_add(&s->body, data);
	else if (unit == HTTP_END && s->negotiating && head->status == 200 && !s->body.full)
		signalr_read_negotiation(l, buf_span(&s->body));
	if (unit == HTTP_END)
		s->negotiating = s->streaming = false;
}

static void say(struct layer *l, struct span record)
{
	struct buf text = {.max = 1024};

	buf_add(&text, record);
	buf_addz(&text, END);
	layer_down(l, WS_TEXT, buf_span(&text));
	buf_deinit(&text);
}

void signalr_say_handshake(struct layer *l)
{
	struct span record = SPAN("{\"protocol\":\"json\",\"version\":1}");

	hear_record(l, CLIENT, record);
	say(l, record);
}

void signalr_say_ping(struct layer *l)
{
	struct span record = SPAN("{\"type\":6}");

	signalr_note_message(l, CLIENT, "ping", record.n);
	say(l, record);
}

void signalr_keep_alive(struct layer *l, ns every)
{
	signalr_of(l)->every = every;
	signalr_of(l)->next_ping = l->conn->now + every;
}

static void start(struct layer *l)
{
	signalr_of(l)->body.max = SIGNALR_BODY_MAX;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (l->down && l->down->dialect == &dialect_http)
		hear_http(l, from, unit, data);
	else if (unit == WS_TEXT)
		hear_text(l, from, data);
	else if (unit == WS_BINARY)
		signalr_note_message(l, from, "binary", data.n);
}

static ns deadline(const struct layer *l)
{
	const struct signalr *s = signalr_of(l);

	return s->every && !l->conn->done ? s->next_ping : NS_NEVER;
}

static void tick(struct layer *l)
{
	struct signalr *s = signalr_of(l);

	s->next_ping = l->conn->now + s->every;
	if (l->down && l->down->dialect == &dialect_ws && ws_is_open(l->down))
		signalr_say_ping(l);
	else
		s->every = 0;
}

static void stop(struct layer *l)
{
	buf_deinit(&signalr_of(l)->body);
}

const struct dialect dialect_signalr = {
	.name = "signalr",
	.say = "ASP.NET Core SignalR: negotiation, and the hub protocol in JSON",
	.size = sizeof(struct signalr),
	.start = start,
	.feed = feed,
	.deadline = deadline,
	.tick = tick,
	.stop = stop,
};
