/* The row, and how a WebSocket begins in each seat. */
#include "dialect/ws/talk.h"

#include <stdio.h>

#include "fact/ws.h"

#define ASKED_MAX 32

static bool over_http(const struct layer *l)
{
	return l->down && l->down->dialect == &dialect_http;
}

static void remember(
	struct layer *l, struct span key, struct span subprotocols, struct span extensions)
{
	struct ws *ws = ws_of(l);
	struct arena *a = &l->conn->arena;

	ws->asked = (struct ws_request){
		arena_copy(a, key), arena_copy(a, subprotocols), arena_copy(a, extensions)};
	ws->asked_at = l->conn->now;
}

static struct span browsers_offer(const struct ws_ask *ask)
{
	if (ask->extensions.n)
		return ask->extensions;
	return ask->deflate == WS_DEFLATE_AS_BROWSERS
		       ? SPAN("permessage-deflate; client_max_window_bits")
		       : (struct span){0};
}

/* Left out when the value is empty. */
static void put(struct http_header *headers, size_t *n, struct span name, struct span value)
{
	if (value.n)
		headers[(*n)++] = (struct http_header){name, value};
}

void ws_connect(struct layer *l, const struct ws_ask *ask)
{
	struct http_header headers[ASKED_MAX + HTTP_HEADERS_MAX];
	char key[WS_KEY_MAX];
	uint8_t random[16];
	struct span extensions = browsers_offer(ask);
	size_t n = 0;

	l->conn->random(random, sizeof(random));
	ws_key_make(key, random);
	remember(l, (struct span){key, sizeof(key)}, ask->subprotocols, extensions);
	put(headers, &n, SPAN("Connection"), SPAN("Upgrade"));
	put(headers, &n, SPAN("Upgrade"), SPAN("websocket"));
	put(headers, &n, SPAN("Origin"), ask->origin);
	put(headers, &n, SPAN("Sec-WebSocket-Version"), SPAN("13"));
	put(headers, &n, SPAN("Sec-WebSocket-Key"), ws_of(l)->asked.key);
	put(headers, &n, SPAN("Sec-WebSocket-Extensions"), extensions);
	put(headers, &n, SPAN("Sec-WebSocket-Protocol"), ask->subprotocols);
	for (size_t i = 0; i < ask->n && i < HTTP_HEADERS_MAX; i++)
		headers[n++] = ask->headers[i];
	http_ask(l->down,
		&(struct http_ask){
			.target = ask->target, .host = ask->host, .headers = headers, .n = n});
}

static void open_with(struct layer *l, const struct http_head *head)
{
	struct ws *ws = ws_of(l);
	struct buf joined = {.max = HTTP_HEAD_MAX};
	struct span length = http_find(head, SPAN("Content-Length"));
	struct ws_answer a;

	ws_answer_judge(&a, &ws->asked, head, &joined);
	ws->terms = a.terms;
	ws->open = true;
	ws_note_open(l, &a);
	buf_deinit(&joined);
	if (length.n && !span_eq(length, SPAN("0"))) {
		char text[64];
		int n = snprintf(
			text, sizeof(text), "Content-Length: %.*s", SPANF(span_head(length, 32)));

		ws_note_fault(l, SERVER, &fault_body_in_101, (struct span){text, (size_t)n},
			(struct span){0});
	}
}

/* Asks and answers of others: what a witness needs to follow, and the server's own view of the
 * request. */
static void heed_head(struct layer *l, enum side from)
{
	const struct http_head *head = http_head(l->down, from);
	struct buf joined = {.max = HTTP_HEAD_MAX};
	bool present;

	if (!head)
		return;
	if (from == SERVER) {
		if (head->status == 101)
			open_with(l, head);
		return;
	}
	remember(l, http_find(head, SPAN("Sec-WebSocket-Key")), (struct span){0},
		ws_header_list(head, SPAN("Sec-WebSocket-Extensions"), &joined, &present));
	ws_of(l)->asked.subprotocols = arena_copy(&l->conn->arena,
		ws_header_list(head, SPAN("Sec-WebSocket-Protocol"), &joined, &present));
	buf_deinit(&joined);
}

bool ws_accept(struct layer *l, const struct ws_offer *offer, const char **why)
{
	struct ws *ws = ws_of(l);
	struct buf extensions = {.max = 512};
	struct http_header headers[5 + WS_HEADERS_MAX];
	char accept[WS_ACCEPT_MAX];
	size_t n = 0;

	*why = ws_request_wrong(http_head(l->down, CLIENT));
	/* what is no list of extensions fails the handshake (RFC 6455 §9.1), in the words of node's
	 * ws */
	if (!*why && !ws_extension_is_list(ws->asked.extensions))
		*why = "Invalid or unacceptable Sec-WebSocket-Extensions header";
	if (*why)
		return false;
	ws_accept_make(accept, ws->asked.key);
	if (offer->deflate)
		ws_extension_accept(ws->asked.extensions,
			&(struct ws_deflate_want){
				.no_takeover = offer->no_context_takeover, .window = offer->window},
			&ws->terms, &extensions);
	put(headers, &n, SPAN("Upgrade"), SPAN("websocket"));
	put(headers, &n, SPAN("Connection"), SPAN("Upgrade"));
	put(headers, &n, SPAN("Sec-WebSocket-Accept"), (struct span){accept, sizeof(accept)});
	put(headers, &n, SPAN("Sec-WebSocket-Protocol"), offer->subprotocol);
	put(headers, &n, SPAN("Sec-WebSocket-Extensions"), buf_span(&extensions));
	for (size_t i = 0; i < offer->n && i < WS_HEADERS_MAX; i++)
		put(headers, &n, offer->headers[i].name, offer->headers[i].value);
	ws->open = true;
	http_reply(l->down, 101, headers, n, (struct span){0});
	buf_deinit(&extensions);
	return true;
}

void ws_begin_agreed(struct layer *l, const struct ws_deflate_terms *terms)
{
	struct ws *ws = ws_of(l);

	ws->open = true;
	ws->asked_at = l->conn->now;
	ws->terms = *terms;
}

void ws_begin(struct layer *l, bool deflate)
{
	ws_begin_agreed(l, &(struct ws_deflate_terms){.on = deflate, .bits = {15, 15}});
}

void ws_limit(struct layer *l, size_t max)
{
	ws_of(l)->message_max = max < WS_MESSAGE_MAX ? max : WS_MESSAGE_MAX;
}

void ws_limit_frame(struct layer *l, uint64_t max)
{
	ws_of(l)->frame_max = max;
}

size_t ws_limit_of(const struct layer *l)
{
	return ws_of(l)->message_max;
}

static void start(struct layer *l)
{
	struct ws *ws = ws_of(l);

	ws->message_max = WS_MESSAGE_MAX;
	for (size_t i = 0; i < WS_PINGS; i++)
		ws->ping_at[i] = NS_NEVER;
	for (int side = CLIENT; side <= SERVER; side++)
		ws->hear[side].line.max = WS_LINE_MAX;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct ws *ws = ws_of(l);

	if (!over_http(l) || unit == HTTP_STREAM) {
		if (ws->open)
			ws_hear(l, from, data);
		return;
	}
	if (unit == HTTP_HEAD)
		heed_head(l, from);
	layer_up(l, from, WS_HTTP + unit, data);
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	struct ws *ws = ws_of(l);

	if (ws->open)
		ws_hear_cut(l, from);
	ws->cut = true;
	layer_cut_up(l, from, how);
}

static ns deadline(const struct layer *l)
{
	const struct ws *ws = ws_of(l);

	return ws->give_up && !ws->cut && !l->conn->done ? ws->give_up : NS_NEVER;
}

/* The peer neither closed nor ended the connection in time (RFC 6455 §7.1.1): the end is ours. */
static void tick(struct layer *l)
{
	l->conn->done = true;
}

static void stop(struct layer *l)
{
	struct ws *ws = ws_of(l);

	for (int side = CLIENT; side <= SERVER; side++) {
		buf_deinit(&ws->hear[side].message);
		buf_deinit(&ws->hear[side].line);
		ws_inflater_deinit(&ws->hear[side].inflater);
	}
	ws_deflater_deinit(&ws->deflater);
}

/* What the layer above says goes as a message of its opcode; text when it does not say. */
static void send(struct layer *l, int unit, struct span data)
{
	ws_send(l, unit == WS_BINARY ? WS_BINARY : WS_TEXT, data);
}

const struct dialect dialect_ws = {
	.name = "ws",
	.say = "WebSocket (RFC 6455), permessage-deflate (RFC 7692)",
	.size = sizeof(struct ws),
	.start = start,
	.feed = feed,
	.cut = cut,
	.send = send,
	.deadline = deadline,
	.tick = tick,
	.stop = stop,
};
