#include "unit.h"

#include "core/conn.h"
#include "dialect/ws/extension.h"
#include "dialect/ws/handshake.h"
#include "dialect/ws/wire.h"

static struct ws_frame read_all(struct span bytes)
{
	struct ws_frame_reader r = {0};
	struct ws_frame f;

	assert_true(ws_frame_read(&r, &bytes, &f));
	return f;
}

static void test_read(void **state)
{
	struct ws_frame f = read_all(SPAN("\x81\x05Hello"));

	(void)state;
	assert_true(f.fin && !f.masked && !f.rsv && f.opcode == 1 && f.length == 5);
	f = read_all(SPAN("\x01\x85\x37\xfa\x21\x3d"));
	assert_true(!f.fin && f.masked && f.length == 5);
	assert_memory_equal(f.key, "\x37\xfa\x21\x3d", 4);
	f = read_all(SPAN("\x82\x7e\x01\x00"));
	assert_true(f.length == 256 && !f.bad_length);
	f = read_all(SPAN("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"));
	assert_true(f.length == 65536 && !f.bad_length);
	assert_int_equal(read_all(SPAN("\xf1\x00")).rsv, 7);
	assert_int_equal(read_all(SPAN("\xc1\x00")).rsv, WS_RSV1);
}

static void test_bad_length(void **state)
{
	(void)state;
	assert_true(read_all(SPAN("\x82\x7e\x00\x7d")).bad_length);
	assert_false(read_all(SPAN("\x82\x7e\x00\x7e")).bad_length);
	assert_true(read_all(SPAN("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff")).bad_length);
	assert_true(read_all(SPAN("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00")).bad_length);
}

static void test_bytewise(void **state)
{
	struct span whole = SPAN("\x82\xff\x00\x00\x00\x01\x02\x03\x04\x05KEYS");
	struct ws_frame_reader r = {0};
	struct ws_frame f;

	(void)state;
	for (size_t i = 0; i < whole.n; i++) {
		struct span one = {whole.p + i, 1};

		assert_int_equal(ws_frame_read(&r, &one, &f), i + 1 == whole.n);
		assert_int_equal(one.n, 0);
	}
	assert_true(f.length == 0x0102030405);
	assert_int_equal(r.n, whole.n);
}

static void test_write(void **state)
{
	const uint64_t lengths[] = {0, 1, 125, 126, 65535, 65536, UINT64_C(1) << 40};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		for (unsigned bits = 0; bits < 32; bits++) {
			struct ws_frame f = {.fin = bits & 1,
				.rsv = bits >> 1 & 7,
				.opcode = 9,
				.masked = bits & 16,
				.key = {1, 2, 3, 4},
				.length = lengths[i]};
			char head[WS_FRAME_HEAD_MAX];
			struct ws_frame got =
				read_all((struct span){head, ws_frame_write(head, &f)});

			assert_true(got.fin == f.fin && got.rsv == f.rsv && got.opcode == 9 &&
				    got.masked == f.masked);
			assert_true(got.length == f.length && !got.bad_length);
			assert_memory_equal(got.key, f.masked ? "\1\2\3\4" : "\0\0\0\0", 4);
		}
	}
}

static void test_mask(void **state)
{
	const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
	char hello[] = "Hello", piece[64], whole[64];

	(void)state;
	ws_mask(hello, 5, key, 0);
	assert_memory_equal(hello, "\x7f\x9f\x4d\x51\x58", 5);
	for (size_t i = 0; i < sizeof(whole); i++)
		whole[i] = piece[i] = (char)(i * 7);
	ws_mask(whole, sizeof(whole), key, 0);
	for (size_t cut = 0; cut <= sizeof(piece); cut++) {
		for (size_t i = 0; i < sizeof(piece); i++)
			piece[i] = (char)(i * 7);
		ws_mask(piece, cut, key, 0);
		ws_mask(piece + cut, sizeof(piece) - cut, key, cut);
		assert_memory_equal(piece, whole, sizeof(whole));
	}
}

static void test_accept(void **state)
{
	char accept[WS_ACCEPT_MAX], key[WS_KEY_MAX];

	(void)state;
	/* RFC 6455 §1.3 */
	ws_accept_make(accept, SPAN("dGhlIHNhbXBsZSBub25jZQ=="));
	assert_span(((struct span){accept, sizeof(accept)}), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ws_key_make(key, (const uint8_t *)"the sample nonce");
	assert_span(((struct span){key, sizeof(key)}), "dGhlIHNhbXBsZSBub25jZQ==");
	assert_true(ws_key_valid(SPAN("dGhlIHNhbXBsZSBub25jZQ==")));
	assert_false(ws_key_valid(SPAN("test")));
	assert_false(ws_key_valid(SPAN("dGhlIHNhbXBsZSBub25jZQ")));
	assert_false(ws_key_valid(SPAN("dGhlIHNhbXBsZSBub25jZ-==")));
	assert_false(ws_key_valid((struct span){0}));
}

static void judges(
	const char *offer, const char *answer, enum ws_extension_state want, const char *say)
{
	struct ws_deflate_terms t;
	struct buf said = {0};

	if (ws_extension_judge(span_of(offer), answer, span_of(answer), &t) != want)
		fail_msg("%s / %s", offer, answer);
	if (t.on)
		buf_addf(&said, "%u%s %u%s", t.bits[CLIENT], t.no_takeover[CLIENT] ? "!" : "",
			t.bits[SERVER], t.no_takeover[SERVER] ? "!" : "");
	assert_buf(&said, say);
	buf_deinit(&said);
}

static void test_extension_judge(void **state)
{
	const char *browser = "permessage-deflate; client_max_window_bits";

	(void)state;
	judges(browser, NULL, WS_EXT_NONE, "");
	judges(browser, "", WS_EXT_EMPTY, "");
	judges(browser, "permessage-deflate", WS_EXT_AGREED, "15 15");
	judges(browser,
		"permessage-deflate; client_max_window_bits=10; server_max_window_bits=\"9\"",
		WS_EXT_AGREED, "10 9");
	judges(browser,
		"Permessage-Deflate;server_no_context_takeover ; client_no_context_takeover",
		WS_EXT_AGREED, "15! 15!");
	judges("permessage-deflate", "permessage-deflate; client_max_window_bits=10",
		WS_EXT_INVALID, "");
	judges(browser, "permessage-deflate; client_max_window_bits", WS_EXT_INVALID, "");
	judges(browser, "permessage-deflate; server_max_window_bits", WS_EXT_INVALID, "");
	judges(browser, "permessage-deflate; server_max_window_bits=7", WS_EXT_INVALID, "");
	judges(browser, "permessage-deflate; server_max_window_bits=16", WS_EXT_INVALID, "");
	judges(browser, "permessage-deflate; server_max_window_bits=08", WS_EXT_INVALID, "");
	judges(browser, "permessage-deflate; server_no_context_takeover=1", WS_EXT_INVALID, "");
	judges(browser,
		"permessage-deflate; server_no_context_takeover; server_no_context_takeover",
		WS_EXT_INVALID, "");
	judges(browser, "permessage-deflate; gzip", WS_EXT_INVALID, "");
	judges(browser, "permessage-deflate, permessage-deflate", WS_EXT_INVALID, "");
	judges(browser, "a b", WS_EXT_INVALID, "");
	judges(browser, "x-webkit-deflate-frame", WS_EXT_UNSOLICITED, "");
	judges("", "permessage-deflate", WS_EXT_UNSOLICITED, "");
}

static void accepts_narrow(const char *offer, bool forget, unsigned window, const char *want)
{
	struct ws_deflate_want how = {.no_takeover = forget, .window = window};
	struct ws_deflate_terms t;
	struct buf answer = {0};

	if (ws_extension_accept(span_of(offer), &how, &t, &answer) != (want[0] != '\0'))
		fail_msg("%s: %s", offer, buf_z(&answer));
	assert_buf(&answer, want);
	buf_deinit(&answer);
}

static void accepts(const char *offer, bool forget, const char *want)
{
	accepts_narrow(offer, forget, 0, want);
}

static void test_extension_accept(void **state)
{
	(void)state;
	accepts("", false, "");
	accepts("x-webkit-deflate-frame", false, "");
	accepts("permessage-deflate; client_max_window_bits", false, "permessage-deflate");
	accepts("permessage-deflate; client_max_window_bits=11; server_max_window_bits=12", false,
		"permessage-deflate; server_max_window_bits=12; client_max_window_bits=11");
	accepts("permessage-deflate", true,
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover");
	/* zlib has no raw window of 8 bits: the second offer is taken, or none */
	accepts("permessage-deflate; server_max_window_bits=8, permessage-deflate", false,
		"permessage-deflate");
	accepts("permessage-deflate; server_max_window_bits=8", false, "");
	accepts("permessage-deflate; server_max_window_bits", false, "");
}

/* RFC 7692 §7.1: an offer with what is unknown, said twice, or has a value it may not have is
 * declined, and the next one looked at. */
static void test_extension_decline(void **state)
{
	static const char *const declined[] = {"unknown", "unknown=1",
		"server_no_context_takeover=1", "server_no_context_takeover=\"\"",
		"client_no_context_takeover=true",
		"server_no_context_takeover; server_no_context_takeover",
		"client_no_context_takeover; client_no_context_takeover",
		"server_max_window_bits=9; server_max_window_bits=9",
		"client_max_window_bits; client_max_window_bits", "server_max_window_bits",
		"server_max_window_bits=7", "server_max_window_bits=16",
		"server_max_window_bits=010", "server_max_window_bits=+9",
		"server_max_window_bits=\"\"",
		"server_max_window_bits=", "client_max_window_bits=7", "client_max_window_bits=16",
		"client_max_window_bits=0x9",
		"client_max_window_bits=", "client_max_window_bits=\"1,5\"", "=9", ""};
	struct buf offer = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(declined) / sizeof(*declined); i++) {
		buf_clear(&offer);
		buf_addf(&offer, "permessage-deflate; %s", declined[i]);
		accepts(buf_z(&offer), false, "");
		buf_addz(&offer, ", permessage-deflate; client_max_window_bits=10");
		accepts(buf_z(&offer), false, "permessage-deflate; client_max_window_bits=10");
	}
	buf_deinit(&offer);
}

static void test_extension_bits(void **state)
{
	char offer[96], want[96];

	(void)state;
	for (unsigned bits = 8; bits <= 15; bits++) {
		snprintf(offer, sizeof(offer), "permessage-deflate; server_max_window_bits=%u",
			bits);
		accepts(offer, false, bits == 8 ? "" : offer);
		snprintf(offer, sizeof(offer), "permessage-deflate; client_max_window_bits=\"%u\"",
			bits);
		snprintf(want, sizeof(want), "permessage-deflate; client_max_window_bits=%u", bits);
		accepts(offer, false, want);
	}
	accepts("permessage-deflate; server_max_window_bits=\"1\\0\"", false,
		"permessage-deflate; server_max_window_bits=10");
	/* the server's own wish: its window always, the client's where it says that it can */
	accepts_narrow(
		"permessage-deflate", false, 10, "permessage-deflate; server_max_window_bits=10");
	accepts_narrow("permessage-deflate; client_max_window_bits", false, 10,
		"permessage-deflate; server_max_window_bits=10; client_max_window_bits=10");
	accepts_narrow("permessage-deflate; client_max_window_bits=9; server_max_window_bits=9",
		false, 10,
		"permessage-deflate; server_max_window_bits=9; client_max_window_bits=9");
	accepts_narrow("permessage-deflate; client_max_window_bits", true, 15,
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover");
}

/* RFC 6455 §9.1 */
static void test_extension_list(void **state)
{
	static const struct {
		const char *value;
		bool good;
	} lists[] = {{"", true}, {" , ,", true}, {"a", true}, {"a;b;c=d , e", true},
		{"a; b=\"c\"", true}, {"a; b=\"c\\d\"", true}, {"a ; b = c", true}, {";", false},
		{"a;", false}, {"a;;b", false}, {"a b", false}, {"a; b=", false}, {"a; =b", false},
		{"a; b=\"\"", false}, {"a; b=\"c d\"", false}, {"a; b=\"c,d\"", false},
		{"a; b=\"c", false}, {"a; b=\"c\\\"", false}, {"a; b=c\"", false}, {"\"a\"", false},
		{"a; b=c=d", false}, {"a\x7f", false}, {"\xe4", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (ws_extension_is_list(span_of(lists[i].value)) != lists[i].good)
			fail_msg("%s", lists[i].value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bad_length),
		cmocka_unit_test(test_bytewise),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_extension_judge),
		cmocka_unit_test(test_extension_accept),
		cmocka_unit_test(test_extension_decline),
		cmocka_unit_test(test_extension_bits),
		cmocka_unit_test(test_extension_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
