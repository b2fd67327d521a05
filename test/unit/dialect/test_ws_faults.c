/* Everything that RFC 6455 and 7692 forbid, as bytes: the fault, its section, the Close we answer
 * with. */
#include "ws_pair.h"

struct bad {
	enum seat seat;
	bool deflate;
	struct span bytes;
	const char *fault, *section;
	unsigned code; /* of our Close; 0: none */
};

#define B(text)                                                                                    \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
#define MASK "\0\0\0\0"

static const struct bad bads[] = {
	{SEAT_SERVER, false, B("\x81\x01x"), "client-unmasked", "RFC 6455 §5.1", 1002},
	{SEAT_CLIENT, false, B("\x81\x81" MASK "x"), "server-masked", "RFC 6455 §5.1", 1002},
	{SEAT_CLIENT, false, B("\xc1\x01x"), "rsv1", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, true, B("\xc9\x00"), "rsv1", "RFC 7692 §6", 1002},
	{SEAT_CLIENT, true, B("\x01\x01x\xc0\x01y"), "rsv1", "RFC 7692 §6", 1002},
	{SEAT_CLIENT, false, B("\xa1\x00"), "rsv", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, true, B("\x91\x00"), "rsv", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, false, B("\x83\x00"), "opcode", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, false, B("\x87\x00"), "opcode", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, false, B("\x8b\x00"), "opcode", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, false, B("\x8f\x00"), "opcode", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, false, B("\x82\x7e\x00\x01x"), "length", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, false, B("\x82\x7f\x80\0\0\0\0\0\0\0"), "length", "RFC 6455 §5.2", 1002},
	{SEAT_CLIENT, false, B("\x89\x7e\x00\x7e"), "control-long", "RFC 6455 §5.5", 1002},
	{SEAT_CLIENT, false, B("\x09\x00"), "control-fragmented", "RFC 6455 §5.5", 1002},
	{SEAT_CLIENT, false, B("\x08\x00"), "control-fragmented", "RFC 6455 §5.5", 1002},
	{SEAT_CLIENT, false, B("\x80\x00"), "continuation", "RFC 6455 §5.4", 1002},
	{SEAT_CLIENT, false, B("\x81\x01x\x80\x00"), "continuation", "RFC 6455 §5.4", 1002},
	{SEAT_CLIENT, false, B("\x01\x01x\x81\x01y"), "interleaved", "RFC 6455 §5.4", 1002},
	{SEAT_CLIENT, false, B("\x81\x01\xff"), "utf8", "RFC 6455 §8.1", 1007},
	{SEAT_CLIENT, false, B("\x81\x7e\x01\x00x\xc0"), "utf8", "RFC 6455 §8.1", 1007},
	{SEAT_CLIENT, false, B("\x81\x02\xe2\x82"), "utf8", "RFC 6455 §8.1", 1007},
	{SEAT_CLIENT, false, B("\x01\x02\xe2\x82\x80\x01\x41"), "utf8", "RFC 6455 §8.1", 1007},
	{SEAT_CLIENT, false, B("\x81\x03\xed\xa0\x80"), "utf8", "RFC 6455 §8.1", 1007},
	{SEAT_CLIENT, false, B("\x88\x01\x03"), "close-length", "RFC 6455 §5.5.1", 1002},
	{SEAT_CLIENT, false, B("\x88\x02\x03\xe7"), "close-code", "RFC 6455 §7.4", 1002},
	{SEAT_CLIENT, false, B("\x88\x02\x03\xed"), "close-code", "RFC 6455 §7.4", 1002},
	{SEAT_CLIENT, false, B("\x88\x02\x13\x88"), "close-code", "RFC 6455 §7.4", 1002},
	{SEAT_CLIENT, false, B("\x88\x03\x03\xe8\xff"), "close-utf8", "RFC 6455 §5.5.1", 1007},
	{SEAT_CLIENT, true, B("\xc1\x03\x07\x07\x07"), "deflate", "RFC 7692 §7.2.2", 1007},
	{SEAT_CLIENT, true, B("\xc1\x03\xf2\x48\xcd"), "deflate", "RFC 7692 §7.2.2", 1007},
	{SEAT_CLIENT, false, B("\x82\x7f\0\0\0\0\x01\0\0\x01"), "too-big", "RFC 6455 §7.4.1", 1009},
	{SEAT_CLIENT, false, B("\x02\x01x\x80\x7f\0\0\0\0\x01\0\0\0"), "too-big", "RFC 6455 §7.4.1",
		1009},
	{SEAT_CLIENT, false, B("HTTP/1.1 400 Bad Request\r\n\r\n"), "http-text", "RFC 6455 §5.2",
		1002},
	{SEAT_CLIENT, true, B("\x81\x02hiHTTP/1.1 500 Oops\r\n"), "http-text", "RFC 6455 §5.2",
		1002},
	{SEAT_CLIENT, false, B("HTTP/2 "), "rsv1", "RFC 6455 §5.2", 1002},
};

/* The code of the Close frame in `out`, whatever stands before it; 0: none. */
static unsigned close_said(const struct conn *c)
{
	struct span out = buf_span(&c->out);

	for (size_t i = 0; i + 1 < out.n; i++) {
		const uint8_t *p = (const uint8_t *)out.p + i;

		if (p[0] != 0x88)
			continue;
		if (p[1] == 0x02)
			return (unsigned)(p[2] << 8 | p[3]);
		if (p[1] == 0x82)
			return (unsigned)((p[2] ^ p[6]) << 8 | (p[3] ^ p[7]));
	}
	return 0;
}

static void feed_by(struct end *e, enum side from, struct span bytes, size_t piece)
{
	while (bytes.n) {
		struct span part = span_head(bytes, piece);

		conn_feed(&e->conn, from, part);
		bytes = span_from(bytes, part.n);
	}
}

static void check_bad(const struct bad *b, size_t piece, size_t index)
{
	struct end e;
	const struct obs *o;

	end_init(&e, b->seat, false);
	ws_begin(e.ws, b->deflate);
	feed_by(&e, b->seat == SEAT_CLIENT ? SERVER : CLIENT, b->bytes, piece);
	o = end_obs(&e, &ws_fault, 0);
	if (!o)
		fail_msg("row %zu: no fault", index);
	if (!obs_is(o, &k_fault, b->fault) || !obs_is(o, &k_section, b->section) ||
		close_said(&e.conn) != b->code)
		fail_msg("row %zu: %.*s, %.*s, Close %u", index, SPANF(obs_text(o, &k_fault)),
			SPANF(obs_text(o, &k_section)), close_said(&e.conn));
	assert_int_equal(end_count(&e, &ws_fault), 1);
	assert_true(e.conn.done);
	assert_false(ws_is_open(e.ws));
	/* deaf from then on */
	conn_feed(&e.conn, b->seat == SEAT_CLIENT ? SERVER : CLIENT, SPAN("\x81\x01x"));
	assert_int_equal(end_count(&e, &ws_fault), 1);
	end_deinit(&e);
}

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(*bads); i++) {
		check_bad(&bads[i], SIZE_MAX, i);
		check_bad(&bads[i], 1, i);
	}
}

static void test_head_and_text(void **state)
{
	struct end e;
	const struct obs *o;

	(void)state;
	end_init(&e, SEAT_CLIENT, false);
	ws_begin(e.ws, false);
	conn_feed(&e.conn, SERVER, SPAN("HTTP/1.1 400 Bad \x1b[31mRequest\r"));
	assert_null(end_obs(&e, &ws_fault, 0));
	conn_feed(&e.conn, SERVER, SPAN("\nServer: x\r\n\r\n"));
	o = end_obs(&e, &ws_fault, 0);
	assert_non_null(o);
	assert_true(span_starts(obs_text(o, &k_text), SPAN("HTTP/1.1 400 Bad ")));
	assert_span(obs_text(o, &k_head), "HTTP/1.1 400 Bad \\x1b[31mRequest\\x0d\\x0a");
	end_deinit(&e);
	/* a status line that never ends is told at the cut */
	end_init(&e, SEAT_CLIENT, false);
	ws_begin(e.ws, false);
	conn_feed(&e.conn, SERVER, SPAN("HTTP/1.1 4"));
	assert_null(end_obs(&e, &ws_fault, 0));
	conn_cut(&e.conn, SERVER, CUT_FIN);
	assert_span(obs_text(end_obs(&e, &ws_fault, 0), &k_text), "HTTP/1.1 4");
	end_deinit(&e);
	end_init(&e, SEAT_CLIENT, false);
	ws_begin(e.ws, false);
	conn_feed(&e.conn, SERVER, SPAN("HT"));
	conn_cut(&e.conn, SERVER, CUT_FIN);
	assert_true(obs_is(end_obs(&e, &ws_fault, 0), &k_fault, "rsv1"));
	assert_span(obs_text(end_obs(&e, &ws_fault, 0), &k_head), "HT");
	end_deinit(&e);
}

static void test_after_close(void **state)
{
	struct end e;

	(void)state;
	end_init(&e, SEAT_CLIENT, false);
	ws_begin(e.ws, false);
	conn_feed(&e.conn, SERVER, SPAN("\x88\x02\x03\xe8\x8a\x00\x81\x01x"));
	assert_true(obs_is(end_obs(&e, &ws_fault, 0), &k_fault, "after-close"));
	assert_int_equal(end_count(&e, &ws_message), 0);
	end_deinit(&e);
}

static void test_fragment_flood(void **state)
{
	struct end e;

	(void)state;
	end_init(&e, SEAT_CLIENT, false);
	ws_begin(e.ws, false);
	conn_feed(&e.conn, SERVER, SPAN("\x01\x00"));
	for (size_t i = 0; i < 65535; i++)
		conn_feed(&e.conn, SERVER, SPAN("\x00\x00"));
	assert_null(end_obs(&e, &ws_fault, 0));
	conn_feed(&e.conn, SERVER, SPAN("\x00\x00"));
	assert_true(obs_is(end_obs(&e, &ws_fault, 0), &k_fault, "too-many-fragments"));
	assert_int_equal(close_said(&e.conn), 1008);
	assert_true(e.journal.n < 3000);
	end_deinit(&e);
}

static bool close_is_valid(unsigned code)
{
	struct end e;
	char frame[4] = {(char)0x88, 2, (char)(code >> 8), (char)code};
	bool valid;

	end_init(&e, SEAT_CLIENT, false);
	ws_begin(e.ws, false);
	conn_feed(&e.conn, SERVER, (struct span){frame, 4});
	valid = !end_obs(&e, &ws_fault, 0);
	assert_int_equal(obs_int(end_obs(&e, &ws_close, 0), &k_code), code);
	assert_int_equal(close_said(&e.conn), valid ? code : 1002);
	end_deinit(&e);
	return valid;
}

static void test_every_close_code(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 65536; code += code < 5100 ? 1 : 997) {
		bool valid = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
			     (code >= 3000 && code < 5000);

		if (close_is_valid(code) != valid)
			fail_msg("close code %u", code);
	}
	assert_string_equal(ws_close_meaning(1000), "normal closure");
	assert_string_equal(ws_close_meaning(1015), "TLS handshake");
	assert_string_equal(ws_close_meaning(3001), "registered use");
	assert_string_equal(ws_close_meaning(4406), "private use");
	assert_null(ws_close_meaning(999));
	assert_null(ws_close_meaning(1016));
	assert_null(ws_close_meaning(5000));
}

/* A witness answers nobody and ends nothing. */
static void test_witness(void **state)
{
	struct end e;

	(void)state;
	end_init(&e, SEAT_WITNESS, false);
	ws_begin(e.ws, false);
	conn_feed(&e.conn, CLIENT, SPAN("\x81\x01x"));
	conn_feed(&e.conn, SERVER, SPAN("\x89\x01x"));
	conn_feed(&e.conn, SERVER, SPAN("\x81\x81" MASK "x"));
	assert_true(obs_is(end_obs(&e, &ws_fault, 0), &k_fault, "client-unmasked"));
	assert_true(obs_is(end_obs(&e, &ws_fault, 1), &k_fault, "server-masked"));
	assert_int_equal(e.conn.out.n, 0);
	assert_false(e.conn.done);
	end_deinit(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_head_and_text),
		cmocka_unit_test(test_after_close),
		cmocka_unit_test(test_fragment_flood),
		cmocka_unit_test(test_every_close_code),
		cmocka_unit_test(test_witness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
