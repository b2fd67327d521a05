/* Faults in and behind the 101. */
#include <stdlib.h>
#include <zlib.h>

#include "serve/fault.h"
#include "serve/pages.h"

/* RFC 6455 §1.3's example: right for one key in 2^128. */
#define OTHER_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static void accept_right(struct call *c, char out[64])
{
	size_t n = serve_accept(call_head(c), out, 64);

	out[n] = '\0';
}

/* 101 with these headers instead of the right ones; the frames behind it are fine. */
static void open_with(struct call *c, const struct http_header *headers, size_t n)
{
	if (!call_upgrades(c)) {
		call_healthy(c);
		return;
	}
	call_conn(c);
	ws_begin(c->ws, false);
	http_reply(c->http, 101, headers, n, (struct span){0});
	call_stay(c);
}

void show_accept_mismatch(struct call *c)
{
	const struct http_header headers[] = {{SPAN("Upgrade"), SPAN("websocket")},
		{SPAN("Connection"), SPAN("Upgrade")},
		{SPAN("Sec-WebSocket-Accept"), SPAN(OTHER_ACCEPT)}};

	open_with(c, headers, 3);
}

void show_missing_connection(struct call *c)
{
	char accept[64];

	accept_right(c, accept);
	open_with(c,
		(const struct http_header[]){{SPAN("Upgrade"), SPAN("websocket")},
			{SPAN("Sec-WebSocket-Accept"), span_of(accept)}},
		2);
}

/* A right 101 with one header more, the beginning of frames. */
static void begin_with(struct call *c, struct span name, struct span value)
{
	char accept[64];

	accept_right(c, accept);
	call_conn(c);
	ws_begin(c->ws, false);
	http_reply(c->http, 101,
		(const struct http_header[]){{SPAN("Upgrade"), SPAN("websocket")},
			{SPAN("Connection"), SPAN("Upgrade")},
			{SPAN("Sec-WebSocket-Accept"), span_of(accept)}, {name, value}},
		name.n ? 4 : 3, (struct span){0});
	loop_timer_stop(call_loop(c), &c->timer);
}

bool fault_open_naming(struct call *c, struct span name, struct span value)
{
	if (!call_upgrades(c)) {
		call_healthy(c);
		return false;
	}
	begin_with(c, name, value);
	return true;
}

static void open_and_name(struct call *c, struct span name, struct span value)
{
	if (fault_open_naming(c, name, value))
		call_stay(c);
}

void show_subprotocol_unsolicited(struct call *c)
{
	bool offered = http_has_token(call_head(c), SPAN("Sec-WebSocket-Protocol"), SPAN("mqtt"));

	open_and_name(c, SPAN("Sec-WebSocket-Protocol"), offered ? SPAN("ocpp1.6") : SPAN("mqtt"));
}

void show_empty_extensions(struct call *c)
{
	open_and_name(c, SPAN("Sec-WebSocket-Extensions"), SPAN(""));
}

void show_subprotocol_not_echoed(struct call *c)
{
	if (call_open(c, &(struct ws_offer){0}))
		call_stay(c);
}

void show_subprotocol_required(struct call *c)
{
	if (!call_upgrades(c) ||
		http_has_token(call_head(c), SPAN("Sec-WebSocket-Protocol"), c->show->params.to)) {
		if (call_open(c, &(struct ws_offer){.subprotocol = c->show->params.to}))
			call_stay(c);
		return;
	}
	call_answer(c, "400 Bad Request",
		"Content-Type: text/plain\r\nServer: Python/3.11 websockets/13.1\r\n",
		SPAN("Failed to open a WebSocket connection: missing subprotocol.\n"));
}

void show_close_after_accept(struct call *c)
{
	if (!call_open(c, &(struct ws_offer){0}))
		return;
	ws_send_close(c->ws, (unsigned)c->show->params.code, SPAN("Unauthorized"));
	call_stay(c);
}

void show_upstream_reset(struct call *c)
{
	if (call_open(c, &(struct ws_offer){0}) && call_sleep(c, c->show->params.after))
		link_reset(c->k);
}

/* The 101 is right, and what comes after it goes nowhere. */
void show_dead_tunnel(struct call *c)
{
	char accept[64];

	if (!call_upgrades(c)) {
		call_healthy(c);
		return;
	}
	accept_right(c, accept);
	call_conn(c);
	http_reply(c->http, 101,
		(const struct http_header[]){{SPAN("Upgrade"), SPAN("websocket")},
			{SPAN("Connection"), SPAN("Upgrade")},
			{SPAN("Sec-WebSocket-Accept"), span_of(accept)}},
		3, (struct span){0});
	call_stay(c);
}

/* One frame behind the 101, then as ever. */
static void open_and_say(struct call *c, const struct ws_raw *frame)
{
	if (!call_open(c, &(struct ws_offer){0}))
		return;
	ws_send_raw(c->ws, frame);
	call_stay(c);
}

static void echo_masked(struct call *c, enum ws_opcode opcode, struct span data)
{
	ws_send_raw(c->ws, &(struct ws_raw){.fin = true,
				   .opcode = opcode,
				   .mask = true,
				   .claimed = UINT64_MAX,
				   .payload = data});
}

void show_server_masked(struct call *c)
{
	c->show->hear = echo_masked;
	open_and_say(c, &(struct ws_raw){.fin = true,
				.opcode = WS_TEXT,
				.mask = true,
				.claimed = UINT64_MAX,
				.payload = SPAN("hello")});
}

static bool spoke(void *arg)
{
	const struct call *c = arg;

	return link_conn(c->k)->bytes[CLIENT] > call_head(c)->raw.n;
}

void show_client_unmasked(struct call *c)
{
	if (!call_open(c, &(struct ws_offer){0}) || !link_until(c->k, NS_NEVER, spoke, c))
		return;
	ws_send_close(c->ws, 1002, SPAN("MASK must be set"));
	call_fin(c);
}

void show_rsv1(struct call *c)
{
	open_and_say(c, &(struct ws_raw){.fin = true,
				.rsv = 4,
				.opcode = WS_TEXT,
				.claimed = UINT64_MAX,
				.payload = SPAN("\xf2\x48\xcd\xc9\xc9\x07\x00")});
}

void show_desync(struct call *c)
{
	open_and_say(c, &(struct ws_raw){.fin = true,
				.opcode = WS_TEXT,
				.claimed = 4,
				.payload = SPAN("{\"a\":1,\"text\":\"two writers, one socket\"}")});
}

static void say_text(struct call *c, struct span text)
{
	if (!call_open(c, &(struct ws_offer){0}))
		return;
	call_raw(c, text);
	call_fin(c);
}

void show_http_text(struct call *c)
{
	say_text(c, SPAN("HTTP/1.1 404 Not Found\r\nX-Powered-By: Express\r\nContent-Type: "
			 "text/html\r\n"
			 "Content-Length: 9\r\n\r\nNot Found"));
}

void show_two_servers(struct call *c)
{
	say_text(c,
		SPAN("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/html\r\n"
		     "Content-Length: 11\r\n\r\nBad Request"));
}

void show_invalid_utf8(struct call *c)
{
	open_and_say(c, &(struct ws_raw){.fin = true,
				.opcode = WS_TEXT,
				.claimed = UINT64_MAX,
				.payload = SPAN("caf\xe9")});
}

static void echo_up_to_limit(struct call *c, enum ws_opcode opcode, struct span data)
{
	if (data.n <= c->show->params.limit) {
		ws_send(c->ws, opcode, data);
		return;
	}
	/* as ws, whose receiver ends there */
	ws_send_close(c->ws, 1009, (struct span){0});
	call_fin(c);
}

void show_too_big(struct call *c)
{
	c->show->hear = echo_up_to_limit;
	call_healthy(c);
}

static void echo_as_tomcat(struct call *c, enum ws_opcode opcode, struct span data)
{
	if (data.n > c->show->params.limit)
		ws_send_close(c->ws, 1009,
			SPAN("The decoded text message was too big for the output buffer and the "
			     "endpoint does not support partial messages"));
	else
		ws_send(c->ws, opcode, data);
}

void show_tomcat(struct call *c)
{
	c->show->hear = echo_as_tomcat;
	call_healthy(c);
}

void show_closed_at_once(struct call *c)
{
	if (!call_open(c, &(struct ws_offer){0}))
		return;
	ws_send_close(c->ws, (unsigned)c->show->params.code, (struct span){0});
	call_stay(c);
}

void show_bad_opcode(struct call *c)
{
	open_and_say(c, &(struct ws_raw){.fin = true,
				.opcode = 3,
				.claimed = UINT64_MAX,
				.payload = SPAN("reserved")});
}

void show_no_pong(struct call *c)
{
	if (!call_open(c, &(struct ws_offer){0}))
		return;
	ws_answer_pings(c->ws, false);
	ws_send(c->ws, WS_TEXT, SPAN("hello"));
	call_stay(c);
}

void show_unsolicited_extension(struct call *c)
{
	open_and_name(c, SPAN("Sec-WebSocket-Extensions"), SPAN("x-webkit-deflate-frame"));
}

/* As a proxy that passes one side's agreement to the other side changed. */
void show_bad_deflate(struct call *c)
{
	if (!http_count(call_head(c), SPAN("Sec-WebSocket-Extensions"))) {
		call_healthy(c);
		return;
	}
	if (!call_open(c, &(struct ws_offer){.deflate = true}))
		return;
	ws_send_raw(c->ws, &(struct ws_raw){.fin = true,
				   .rsv = 4,
				   .opcode = WS_TEXT,
				   .claimed = UINT64_MAX,
				   .payload = SPAN("\xff\xff\xff\xffthis was never deflated")});
	call_stay(c);
}

void show_subprotocol_refused(struct call *c)
{
	if (call_upgrades(c) && http_count(call_head(c), SPAN("Sec-WebSocket-Protocol")))
		call_answer(c, "400 Bad Request", WS_NODE,
			SPAN("Invalid Sec-WebSocket-Protocol header"));
	else
		call_healthy(c);
}

/* graphql-ws, PROTOCOL.md */
static void hear_graphql(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	if (span_find(data, SPAN("\"connection_init\"")) >= 0)
		ws_send(c->ws, WS_TEXT, SPAN("{\"type\":\"connection_ack\"}"));
	else if (span_find(data, SPAN("\"ping\"")) >= 0)
		ws_send(c->ws, WS_TEXT, SPAN("{\"type\":\"pong\"}"));
}

/* graphql-ws opens without a subprotocol and then says why it closes. */
void show_graphql(struct call *c)
{
	c->show->hear = hear_graphql;
	if (!call_upgrades(c) ||
		http_has_token(call_head(c), SPAN("Sec-WebSocket-Protocol"), c->show->params.to)) {
		if (call_open(c, &(struct ws_offer){.subprotocol = c->show->params.to}))
			call_stay(c);
		return;
	}
	if (!call_open(c, &(struct ws_offer){0}))
		return;
	ws_send_close(c->ws, 4406, SPAN("Subprotocol not acceptable"));
	call_stay(c);
}

/* `size` zeros as one compressed message, without the last four bytes. */
static void bomb(struct buf *out, uint64_t size)
{
	static const unsigned char zeros[64 << 10];
	z_stream z = {0};
	uint64_t left = size;

	if (deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	while (left) {
		char *to = buf_room(out, 4096);

		if (!to)
			break;
		z.next_in = (unsigned char *)(uintptr_t)zeros;
		z.avail_in = left < sizeof(zeros) ? (unsigned)left : sizeof(zeros);
		left -= z.avail_in;
		z.next_out = (unsigned char *)to;
		z.avail_out = 4096;
		deflate(&z, left ? Z_NO_FLUSH : Z_SYNC_FLUSH);
		out->n += 4096 - z.avail_out;
	}
	deflateEnd(&z);
	out->n -= out->n < 4 ? out->n : 4;
}

void show_deflate_bomb(struct call *c)
{
	struct buf packed = {.max = 8 << 20};

	if (!call_open(c, &(struct ws_offer){.deflate = true}))
		return;
	bomb(&packed, c->show->params.limit < (UINT64_C(1) << 30) ? c->show->params.limit
								  : UINT64_C(1) << 30);
	ws_send_raw(c->ws, &(struct ws_raw){.fin = true,
				   .rsv = 4,
				   .opcode = WS_BINARY,
				   .claimed = UINT64_MAX,
				   .payload = buf_span(&packed)});
	buf_deinit(&packed);
	call_stay(c);
}

void show_ping_flood(struct call *c)
{
	const struct ws_raw ping = {
		.fin = true, .opcode = WS_PING, .claimed = UINT64_MAX, .payload = SPAN("flood")};

	if (!call_open(c, &(struct ws_offer){0}))
		return;
	for (uint64_t i = 0; i < c->show->params.limit && i < 1000000; i++)
		ws_send_raw(c->ws, &ping);
	call_stay(c);
}
