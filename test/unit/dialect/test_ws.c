#include "dialect/ws/extension.h"
#include "ws_pair.h"

#include <stdlib.h>
#include <zlib.h>

static void begin(struct end *e, enum seat seat, bool deflate)
{
	end_init(e, seat, false);
	ws_begin(e->ws, deflate);
}

static void heard(const struct end *e, size_t i, int unit, const char *text)
{
	assert_true(i < e->heard->n);
	assert_int_equal(e->heard->unit[i], unit);
	assert_buf(&e->heard->data[i], text);
}

/* RFC 6455 §5.7 */
static void test_examples(void **state)
{
	struct end e;
	static char big[65536 + 10] = "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00";
	static char medium[256 + 4] = "\x82\x7e\x01\x00";

	(void)state;
	begin(&e, SEAT_CLIENT, false);
	conn_feed(&e.conn, SERVER, SPAN("\x81\x05\x48\x65\x6c\x6c\x6f"));
	heard(&e, 0, WS_TEXT, "Hello");
	conn_feed(&e.conn, SERVER, SPAN("\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f"));
	heard(&e, 1, WS_TEXT, "Hello");
	conn_feed(&e.conn, SERVER, SPAN("\x89\x05\x48\x65\x6c\x6c\x6f"));
	/* the masked pong */
	assert_int_equal((uint8_t)e.conn.out.p[0], 0x8a);
	assert_int_equal((uint8_t)e.conn.out.p[1], 0x85);
	conn_feed(&e.conn, SERVER, (struct span){medium, sizeof(medium)});
	conn_feed(&e.conn, SERVER, (struct span){big, sizeof(big)});
	assert_int_equal(e.heard->data[2].n, 256);
	assert_int_equal(e.heard->data[3].n, 65536);
	assert_int_equal(e.heard->unit[3], WS_BINARY);
	assert_int_equal(obs_int(end_obs(&e, &ws_message, 1), &k_fragments), 2);
	assert_int_equal(obs_int(end_obs(&e, &ws_message, 0), &k_digest),
		obs_int(end_obs(&e, &ws_message, 1), &k_digest));
	end_deinit(&e);
	begin(&e, SEAT_SERVER, false);
	conn_feed(&e.conn, CLIENT, SPAN("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"));
	heard(&e, 0, WS_TEXT, "Hello");
	conn_feed(&e.conn, CLIENT, SPAN("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"));
	assert_null(end_obs(&e, &ws_fault, 0));
	end_deinit(&e);
}

/* What is at rest can be taken up by another layer. */
static void test_rest(void **state)
{
	static const char hello[] = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
	struct end e;

	(void)state;
	begin(&e, SEAT_SERVER, false);
	assert_true(ws_is_at_rest(e.ws));
	for (size_t i = 0; i + 1 < sizeof(hello) - 1; i++) {
		conn_feed(&e.conn, CLIENT, (struct span){hello + i, 1});
		assert_false(ws_is_at_rest(e.ws));
	}
	conn_feed(&e.conn, CLIENT, (struct span){hello + sizeof(hello) - 2, 1});
	assert_true(ws_is_at_rest(e.ws));
	/* a message whose end is to come, a ping without a pong */
	conn_feed(&e.conn, CLIENT, SPAN("\x01\x80\x37\xfa\x21\x3d"));
	assert_false(ws_is_at_rest(e.ws));
	conn_feed(&e.conn, CLIENT, SPAN("\x80\x80\x37\xfa\x21\x3d"));
	assert_true(ws_is_at_rest(e.ws));
	ws_ping(e.ws);
	assert_false(ws_is_at_rest(e.ws));
	end_deinit(&e);
}

#define REFERRED "hello hello hello, and what a second message refers to"

static void says(struct end *from, struct end *to, size_t index)
{
	ws_send(from->ws, WS_TEXT, SPAN(REFERRED));
	carry(from->conn.seat == SEAT_CLIENT ? from : to,
		from->conn.seat == SEAT_CLIENT ? to : from, NULL);
	heard(to, index, WS_TEXT, REFERRED);
}

static uint64_t wire_bytes(const struct end *e, size_t index)
{
	return (uint64_t)obs_int(end_obs(e, &ws_message, index), &k_wire_bytes);
}

/* A server may forget its own window between messages, never the client's: what the client refers
 * to goes with the connection to the layer that takes it up. */
static void test_shrink(void **state)
{
	struct end c, s, next;
	struct span window = {0};

	(void)state;
	begin(&c, SEAT_CLIENT, true);
	begin(&s, SEAT_SERVER, true);
	for (size_t i = 0; i < 3; i++) {
		says(&c, &s, i);
		says(&s, &c, i);
		ws_shrink(s.ws);
		ws_shrink(s.ws);
	}
	/* the client goes on referring, the server starts afresh */
	assert_true(wire_bytes(&s, 2) < wire_bytes(&s, 0));
	assert_int_equal(wire_bytes(&s, 3), wire_bytes(&s, 1));
	ws_window_move(s.ws, &window);
	assert_true(window.n >= 3 * strlen(REFERRED));
	begin(&next, SEAT_SERVER, true);
	ws_window_move(next.ws, &window);
	assert_null(window.p);
	says(&c, &next, 0);
	says(&next, &c, 3);
	/* in the midst of their message only our own window goes */
	conn_feed(&next.conn, CLIENT, SPAN("\x41\x83\0\0\0\0\xf2\x48\xcd"));
	ws_shrink(next.ws);
	conn_feed(&next.conn, CLIENT, SPAN("\x80\x84\0\0\0\0\xc9\xc9\x07\x00"));
	heard(&next, 1, WS_TEXT, "Hello");
	/* without the window the reference is an error */
	end_deinit(&s);
	begin(&s, SEAT_SERVER, true);
	ws_send(c.ws, WS_TEXT, SPAN(REFERRED));
	feed_out(&c.conn, CLIENT, &s.conn, NULL);
	assert_int_equal(end_count(&s, &ws_fault), 1);
	end_deinit(&c);
	end_deinit(&s);
	end_deinit(&next);
}

/* Terms under which nothing is referred to leave nothing to keep. */
static void test_shrink_no_takeover(void **state)
{
	static const struct ws_deflate_terms terms = {
		.on = true, .no_takeover = {true, true}, .bits = {9, 9}};
	struct span window = {0};
	struct end c, s;

	(void)state;
	end_init(&c, SEAT_CLIENT, false);
	end_init(&s, SEAT_SERVER, false);
	ws_begin_agreed(c.ws, &terms);
	ws_begin_agreed(s.ws, &terms);
	ws_compress_from(s.ws, strlen(REFERRED) + 1);
	says(&c, &s, 0);
	says(&s, &c, 0);
	assert_int_equal(wire_bytes(&c, 1), strlen(REFERRED));
	ws_shrink(s.ws);
	ws_window_move(s.ws, &window);
	assert_null(window.p);
	end_deinit(&c);
	end_deinit(&s);
}

/* RFC 7692 §7.2.3 */
static void test_deflate_examples(void **state)
{
	struct end e;

	(void)state;
	begin(&e, SEAT_CLIENT, true);
	conn_feed(&e.conn, SERVER, SPAN("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"));
	heard(&e, 0, WS_TEXT, "Hello");
	/* fragments */
	conn_feed(&e.conn, SERVER, SPAN("\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00"));
	heard(&e, 1, WS_TEXT, "Hello");
	/* the window of the message before */
	conn_feed(&e.conn, SERVER, SPAN("\xc1\x05\xf2\x00\x11\x00\x00"));
	heard(&e, 2, WS_TEXT, "Hello");
	/* a block without compression */
	conn_feed(&e.conn, SERVER, SPAN("\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"));
	heard(&e, 3, WS_TEXT, "Hello");
	/* BFINAL set */
	conn_feed(&e.conn, SERVER, SPAN("\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"));
	heard(&e, 4, WS_TEXT, "Hello");
	/* the window outlives BFINAL */
	conn_feed(&e.conn, SERVER, SPAN("\xc1\x05\xf2\x00\x11\x00\x00"));
	heard(&e, 5, WS_TEXT, "Hello");
	/* two blocks */
	conn_feed(&e.conn, SERVER,
		SPAN("\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"));
	heard(&e, 6, WS_TEXT, "Hello");
	/* the empty message, and one that is not compressed */
	conn_feed(&e.conn, SERVER, SPAN("\xc1\x01\x00\x81\x02hi"));
	heard(&e, 7, WS_TEXT, "");
	heard(&e, 8, WS_TEXT, "hi");
	assert_null(end_obs(&e, &ws_fault, 0));
	end_deinit(&e);
}

static const struct ws_ask plain_ask = {.target = {"/chat", 5}, .host = {"example.com", 11}};

static void open_pair(struct end *client, struct end *server, struct end *witness,
	const struct ws_ask *ask, const struct ws_offer *offer)
{
	const char *why;

	end_init(client, SEAT_CLIENT, true);
	end_init(server, SEAT_SERVER, true);
	end_init(witness, SEAT_WITNESS, true);
	ws_connect(client->ws, ask);
	carry(client, server, witness);
	if (!ws_accept(server->ws, offer, &why))
		fail_msg("%s", why);
	carry(client, server, witness);
	assert_true(ws_is_open(client->ws));
	assert_true(ws_is_open(server->ws));
}

static void close_pair(struct end *client, struct end *server, struct end *witness)
{
	end_deinit(client);
	end_deinit(server);
	end_deinit(witness);
}

/* The journals of two ends have the same messages: from, bytes, digest, shape, compression. */
static void same_messages(const struct end *a, const struct end *b)
{
	const struct key *const keys[] = {
		&k_bytes, &k_digest, &k_wire_bytes, &k_compressed, &k_fragments};
	size_t n = end_count(a, &ws_message);

	assert_int_equal(n, end_count(b, &ws_message));
	for (size_t i = 0; i < n; i++) {
		const struct obs *x = end_obs(a, &ws_message, i), *y = end_obs(b, &ws_message, i);

		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			assert_int_equal(obs_int(x, keys[k]), obs_int(y, keys[k]));
		assert_true(span_eq(obs_text(x, &k_from), obs_text(y, &k_from)));
		assert_true(span_eq(obs_text(x, &k_shape), obs_text(y, &k_shape)));
	}
}

static void talk_over(const struct ws_ask *ask, const struct ws_offer *offer)
{
	struct end client, server, witness;
	static char noise[300000];
	uint32_t seed = 1;

	for (size_t i = 0; i < sizeof(noise); i++) {
		seed = seed * 1664525 + 1013904223;
		noise[i] = (char)(seed >> 24 & (i < 100000 ? 0xff : 0x0f));
	}
	open_pair(&client, &server, &witness, ask, offer);
	for (int round = 0; round < 3; round++) {
		ws_send(client.ws, WS_TEXT, SPAN("{\"hello\":\"world\"}"));
		carry(&client, &server, &witness);
		ws_send(server.ws, WS_TEXT, SPAN("{\"hello\":\"world\"}"));
		ws_send(server.ws, WS_TEXT, (struct span){0});
		carry(&client, &server, &witness);
		ws_send(client.ws, WS_BINARY, (struct span){noise, sizeof(noise)});
		carry(&client, &server, &witness);
		ws_send(server.ws, WS_BINARY, (struct span){noise + 7, sizeof(noise) - 7});
		carry(&client, &server, &witness);
	}
	assert_null(end_obs(&client, &ws_fault, 0));
	assert_null(end_obs(&server, &ws_fault, 0));
	assert_null(end_obs(&witness, &ws_fault, 0));
	assert_int_equal(server.heard->n, 6);
	assert_int_equal(client.heard->n, 9);
	assert_int_equal(witness.heard->n, 15);
	assert_memory_equal(server.heard->data[5].p, noise, sizeof(noise));
	assert_memory_equal(client.heard->data[8].p, noise + 7, sizeof(noise) - 7);
	same_messages(&client, &server);
	same_messages(&client, &witness);
	close_pair(&client, &server, &witness);
}

static void test_talk(void **state)
{
	static const char *const offers[] = {"permessage-deflate",
		"permessage-deflate; server_no_context_takeover",
		"permessage-deflate; client_no_context_takeover",
		"permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
		"permessage-deflate; client_max_window_bits=8",
		"permessage-deflate; server_max_window_bits=8"};
	struct ws_ask ask = plain_ask;

	(void)state;
	talk_over(&ask, &(struct ws_offer){0});
	ask.deflate = WS_DEFLATE_AS_BROWSERS;
	talk_over(&ask, &(struct ws_offer){.deflate = true});
	talk_over(&ask, &(struct ws_offer){.deflate = true, .no_context_takeover = true});
	for (size_t i = 0; i < sizeof(offers) / sizeof(*offers); i++) {
		ask.extensions = span_of(offers[i]);
		talk_over(&ask, &(struct ws_offer){.deflate = true});
	}
}

static void test_handshake(void **state)
{
	struct end c, s, w;
	struct ws_ask ask = plain_ask;
	const struct obs *o;

	(void)state;
	ask.subprotocols = SPAN("mqtt, graphql-transport-ws");
	ask.deflate = WS_DEFLATE_AS_BROWSERS;
	ask.origin = SPAN("http://example.com");
	open_pair(&c, &s, &w, &ask,
		&(struct ws_offer){.subprotocol = SPAN("graphql-transport-ws"), .deflate = true});
	o = end_obs(&c, &ws_open, 0);
	assert_span(obs_text(o, &k_accept), "ok");
	assert_span(obs_text(o, &k_upgrade_token), "ok");
	assert_span(obs_text(o, &k_connection_token), "ok");
	assert_span(obs_text(o, &k_subprotocol_state), "chosen");
	assert_span(obs_text(o, &k_subprotocol), "graphql-transport-ws");
	assert_span(obs_text(o, &k_extensions_state), "agreed");
	assert_span(obs_text(o, &k_extensions), "permessage-deflate");
	assert_true(obs_int(o, &k_deflate));
	assert_non_null(end_obs(&w, &ws_open, 0));
	assert_span(obs_text(end_obs(&w, &ws_open, 0), &k_accept), "ok");
	close_pair(&c, &s, &w);
}

struct answered {
	const char *headers;
	const struct key *key;
	const char *state;
};

/* What a real client would refuse is said in ws.open, not hidden. */
static void test_answers(void **state)
{
	static const struct answered rows[] = {
		{"Upgrade: websocket\r\nConnection: Upgrade\r\n", &k_accept, "missing"},
		{"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc=\r\n",
			&k_accept, "wrong"},
		{"Connection: Upgrade\r\n", &k_upgrade_token, "missing"},
		{"Upgrade: h2c\r\n", &k_upgrade_token, "wrong"},
		{"Upgrade: WebSocket\r\n", &k_upgrade_token, "ok"},
		{"Upgrade: websocket\r\n", &k_connection_token, "missing"},
		{"Connection: keep-alive\r\n", &k_connection_token, "wrong"},
		{"Connection: keep-alive, UPGRADE\r\n", &k_connection_token, "ok"},
		{"", &k_subprotocol_state, "missing"},
		{"Sec-WebSocket-Protocol: mqtt\r\n", &k_subprotocol_state, "chosen"},
		{"Sec-WebSocket-Protocol: MQTT\r\n", &k_subprotocol_state, "unsolicited"},
		{"Sec-WebSocket-Protocol:\r\n", &k_subprotocol_state, "empty"},
		{"", &k_extensions_state, "none"},
		{"Sec-WebSocket-Extensions:\r\n", &k_extensions_state, "empty"},
		{"Sec-WebSocket-Extensions: permessage-deflate\r\n", &k_extensions_state, "agreed"},
		{"Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Extensions: "
		 "foo\r\n",
			&k_extensions_state, "unsolicited"},
		{"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n",
			&k_extensions_state, "invalid"},
	};
	struct ws_ask ask = plain_ask;

	(void)state;
	ask.subprotocols = SPAN("mqtt");
	ask.deflate = WS_DEFLATE_AS_BROWSERS;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct end e;

		end_init(&e, SEAT_CLIENT, true);
		ws_connect(e.ws, &ask);
		conn_feed(&e.conn, SERVER, SPAN("HTTP/1.1 101 Switching Protocols\r\n"));
		conn_feed(&e.conn, SERVER, span_of(rows[i].headers));
		conn_feed(&e.conn, SERVER, SPAN("\r\n\x81\x02hi"));
		assert_non_null(end_obs(&e, &ws_open, 0));
		if (!obs_is(end_obs(&e, &ws_open, 0), rows[i].key, rows[i].state))
			fail_msg("row %zu: %.*s", i,
				SPANF(obs_text(end_obs(&e, &ws_open, 0), rows[i].key)));
		heard(&e, 0, WS_TEXT, "hi");
		end_deinit(&e);
	}
}

static void test_unsolicited(void **state)
{
	struct end e;

	(void)state;
	end_init(&e, SEAT_CLIENT, true);
	ws_connect(e.ws, &plain_ask);
	conn_feed(&e.conn, SERVER,
		SPAN("HTTP/1.1 101 X\r\nContent-Length: 12\r\nSec-WebSocket-Protocol: mqtt\r\n"
		     "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"));
	assert_span(obs_text(end_obs(&e, &ws_open, 0), &k_subprotocol_state), "unsolicited");
	assert_span(obs_text(end_obs(&e, &ws_open, 0), &k_extensions_state), "unsolicited");
	assert_false(obs_int(end_obs(&e, &ws_open, 0), &k_deflate));
	assert_span(obs_text(end_obs(&e, &ws_fault, 0), &k_fault), "body-in-101");
	assert_span(obs_text(end_obs(&e, &ws_fault, 0), &k_text), "Content-Length: 12");
	assert_true(ws_is_open(e.ws));
	end_deinit(&e);
	end_init(&e, SEAT_CLIENT, true);
	ws_connect(e.ws, &plain_ask);
	conn_feed(&e.conn, SERVER, SPAN("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
	assert_null(end_obs(&e, &ws_open, 0));
	assert_false(ws_is_open(e.ws));
	end_deinit(&e);
}

static void test_refusals(void **state)
{
	static const char *const requests[] = {
		"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
		"websocket\r\nSec-WebSocket-Version: 13\r\n"
		"Content-Length: 0\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
		"websocket\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUpgrade: "
		"websocket\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
		"websocket\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: test\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
		"websocket\r\nSec-WebSocket-Version: 8\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"",
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		struct end e;

		end_init(&e, SEAT_SERVER, true);
		conn_feed(&e.conn, CLIENT, span_of(requests[i]));
		assert_false(ws_accept(e.ws, &(struct ws_offer){0}, &why));
		assert_non_null(why);
		assert_int_equal(e.conn.out.n, 0);
		end_deinit(&e);
	}
}

static void test_close(void **state)
{
	struct end c, s, w;

	(void)state;
	open_pair(&c, &s, &w, &plain_ask, &(struct ws_offer){0});
	ws_send_close(c.ws, 4001, SPAN("bye"));
	assert_false(ws_is_open(c.ws));
	ws_send(c.ws, WS_TEXT, SPAN("too late"));
	carry(&c, &s, &w);
	assert_true(s.conn.done);
	assert_int_equal(s.heard->n, 0);
	assert_int_equal(end_count(&c, &ws_close), 2);
	assert_int_equal(end_count(&w, &ws_close), 2);
	assert_int_equal(obs_int(end_obs(&c, &ws_close, 1), &k_code), 4001);
	assert_span(obs_text(end_obs(&s, &ws_close, 0), &k_reason), "bye");
	assert_span(obs_text(end_obs(&s, &ws_close, 0), &k_meaning), "private use");
	assert_span(obs_text(end_obs(&s, &ws_close, 0), &k_from), "client");
	/* the server does not end the connection: the client does, in time */
	assert_false(c.conn.done);
	assert_true(conn_deadline(&c.conn) > 0 && conn_deadline(&c.conn) < 60 * NS_S);
	c.conn.now = conn_deadline(&c.conn);
	conn_tick(&c.conn);
	assert_true(c.conn.done);
	close_pair(&c, &s, &w);
	/* without a code */
	open_pair(&c, &s, &w, &plain_ask, &(struct ws_offer){0});
	ws_send_close(s.ws, 0, (struct span){0});
	carry(&c, &s, &w);
	assert_int_equal(obs_int(end_obs(&c, &ws_close, 0), &k_code), 1005);
	assert_true(s.conn.done);
	close_pair(&c, &s, &w);
}

static void test_ping(void **state)
{
	struct end c, s, w;

	(void)state;
	open_pair(&c, &s, &w, &plain_ask, &(struct ws_offer){0});
	c.conn.now = 10 * NS_MS;
	ws_ping(c.ws);
	ws_ping(c.ws);
	c.conn.now = 17 * NS_MS;
	carry(&c, &s, &w);
	assert_int_equal(end_count(&c, &ws_rtt), 2);
	assert_int_equal(obs_int(end_obs(&c, &ws_rtt, 0), &k_took), 7 * NS_MS);
	/* a pong nobody asked for, and one that comes twice */
	ws_send_raw(s.ws, &(struct ws_raw){.fin = true,
				  .opcode = WS_PONG,
				  .claimed = UINT64_MAX,
				  .payload = SPAN("x")});
	ws_send_raw(s.ws, &(struct ws_raw){.fin = true,
				  .opcode = WS_PONG,
				  .claimed = UINT64_MAX,
				  .payload = SPAN("1")});
	carry(&c, &s, &w);
	assert_int_equal(end_count(&c, &ws_rtt), 2);
	ws_answer_pings(s.ws, false);
	ws_ping(c.ws);
	carry(&c, &s, &w);
	assert_int_equal(end_count(&c, &ws_rtt), 2);
	assert_null(end_obs(&c, &ws_fault, 0));
	close_pair(&c, &s, &w);
}

static void test_control_between_fragments(void **state)
{
	struct end e;

	(void)state;
	begin(&e, SEAT_CLIENT, false);
	conn_feed(&e.conn, SERVER, SPAN("\x01\x01\xe2\x89\x02hi\x00\x01\x82\x8a\x00\x80\x01\xac"));
	heard(&e, 0, WS_TEXT, "\xe2\x82\xac");
	assert_int_equal(obs_int(end_obs(&e, &ws_message, 0), &k_fragments), 3);
	assert_null(end_obs(&e, &ws_fault, 0));
	end_deinit(&e);
}

/* 80 MiB of zeros in 80 KiB: refused at the limit, and no more memory than that. */
static void test_bomb(void **state)
{
	struct end e;
	z_stream z = {0};
	static char zeros[1 << 20];
	static unsigned char packed[1 << 17];
	char head[10] = {(char)0xc2, 127};
	size_t n;

	(void)state;
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	for (int i = 0; i < 80; i++) {
		z.next_in = (unsigned char *)zeros;
		z.avail_in = sizeof(zeros);
		assert_int_equal(deflate(&z, i == 79 ? Z_SYNC_FLUSH : Z_NO_FLUSH), Z_OK);
	}
	n = sizeof(packed) - z.avail_out - 4;
	deflateEnd(&z);
	for (int i = 0; i < 8; i++)
		head[2 + i] = (char)((uint64_t)n >> 8 * (7 - i));
	begin(&e, SEAT_CLIENT, true);
	conn_feed(&e.conn, SERVER, (struct span){head, 10});
	conn_feed(&e.conn, SERVER, (struct span){(char *)packed, n});
	assert_true(obs_is(end_obs(&e, &ws_fault, 0), &k_fault, "too-big"));
	assert_int_equal(e.heard->n, 0);
	end_deinit(&e);
}

/* The largest message passes, plain and compressed. */
static void test_limit(void **state)
{
	char *big = calloc(1, WS_MESSAGE_MAX);

	(void)state;
	for (int deflated = 0; deflated < 2; deflated++) {
		struct end c, s;

		begin(&c, SEAT_CLIENT, deflated);
		begin(&s, SEAT_SERVER, deflated);
		ws_send(c.ws, WS_BINARY, (struct span){big, WS_MESSAGE_MAX});
		carry(&c, &s, NULL);
		assert_null(end_obs(&s, &ws_fault, 0));
		assert_int_equal(s.heard->n, 1);
		assert_int_equal(obs_int(end_obs(&s, &ws_message, 0), &k_bytes), WS_MESSAGE_MAX);
		end_deinit(&c);
		end_deinit(&s);
	}
	free(big);
}

#define T(text)                                                                                    \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static void test_shapes(void **state)
{
	static const struct {
		int opcode;
		struct span payload;
		const char *shape;
	} rows[] = {
		{WS_TEXT, T(""), "empty"},
		{WS_TEXT, T("0{\"sid\":\"x\",\"upgrades\":[]}"), "Engine.IO open packet"},
		{WS_TEXT,
			T("{\"message\":\"Forbidden\",\"connectionId\":\"a=\",\"requestId\":\"b="
			  "\"}"),
			"API Gateway error"},
		{WS_TEXT, T("{\"message\":\"hi\",\"requestId\":\"b=\"}"), "JSON object"},
		{WS_TEXT, T("40"), "Socket.IO packet"},
		{WS_TEXT, T("40{\"sid\":\"a\"}"), "Socket.IO packet"},
		{WS_TEXT, T("42/chat,12[\"msg\",1]"), "Socket.IO packet"},
		{WS_TEXT, T("44{\"message\":\"no\"}"), "Socket.IO packet"},
		{WS_TEXT, T("42 is the answer"), "text"},
		{WS_TEXT, T("42"), "text"},
		{WS_TEXT, T("{\"a\":[1,2]}"), "JSON object"},
		{WS_TEXT, T("[1,2"), "text"},
		{WS_TEXT, T("[1,2]"), "JSON array"},
		{WS_TEXT, T("{not json}"), "text"},
		{WS_BINARY, T("\x20\x02\x00\x00"), "MQTT CONNACK"},
		{WS_BINARY, T("\x20\x02\x00\x00\x00"), "binary"},
		{WS_BINARY, T("\x08\x01\x12\x05hello\x18\x02"), "protobuf-like"},
		{WS_BINARY, T("\x12\x09hello"), "binary"},
		{WS_BINARY, T("{}"), "binary"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct end s;

		begin(&s, SEAT_SERVER, false);
		ws_send(s.ws, rows[i].opcode, rows[i].payload);
		if (!obs_is(end_obs(&s, &ws_message, 0), &k_shape, rows[i].shape))
			fail_msg("row %zu: %.*s", i,
				SPANF(obs_text(end_obs(&s, &ws_message, 0), &k_shape)));
		end_deinit(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_shrink),
		cmocka_unit_test(test_shrink_no_takeover),
		cmocka_unit_test(test_deflate_examples),
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_unsolicited),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_ping),
		cmocka_unit_test(test_control_between_fragments),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
