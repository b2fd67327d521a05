#include "unit.h"

#include "base/text.h"

struct row {
	const char *in, *out; /* out NULL: stays as it is */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf once = {0}, twice = {0};

		text_redact(&once, span_of(rows[i].in));
		assert_buf(&once, rows[i].out ? rows[i].out : rows[i].in);
		text_redact(&twice, buf_span(&once));
		assert_true(span_eq(buf_span(&once), buf_span(&twice)));
		buf_deinit(&once);
		buf_deinit(&twice);
	}
}
#define CHECK(rows) check((rows), sizeof(rows) / sizeof((rows)[0]))

static void test_credentials(void **state)
{
	static const struct row rows[] = {
		{"Authorization: Bearer abc.def", "Authorization: Bearer [hidden:7]"},
		{"authorization:youshallnotpass", "authorization:[hidden:15]"},
		{"Authorization: my secret words\r\nHost: a",
			"Authorization: [hidden:15]\r\nHost: a"},
		{"Proxy-Authorization: Basic dTpw", "Proxy-Authorization: Basic [hidden:4]"},
		{"Cookie: a=b; connect.sid=s%3Axyz\n", "Cookie: [hidden:24]\n"},
		{"Set-Cookie: io=1; Path=/", "Set-Cookie: [hidden:12]"},
		{"curl -H 'Authorization: Bearer a b' -k", "curl -H 'Authorization: Bearer [hidden:3]' -k"},
		{"-H \"Cookie: a=\\\"b\\\"\" x", "-H \"Cookie: [hidden:7]\" x"},
		{"sent Bearer s3cr3t twice", "sent Bearer [hidden:6] twice"},
		{"{\"token\":\"a\\\"b\",\"x\":1}", "{\"token\":\"[hidden:4]\",\"x\":1}"},
		{"{\"token\": 12345}", "{\"token\": [hidden:5]}"},
		{"\"{\\\"password\\\":\\\"pw\\\",\\\"u\\\":1}\"",
			"\"{\\\"password\\\":\\\"[hidden:2]\\\",\\\"u\\\":1}\""},
		{"password = hunter2", "password = [hidden:7]"},
		{"[token=abc]", "[token=[hidden:3]]"},
		{"user's api_key: 'abc def' ok", "user's api_key: '[hidden:7]' ok"},
		{"token=\"never closed", "token=\"[hidden:12]"},
		{"{\"sid\":\"lv_VI97HAXpY6yYWAAAB\",\"pingInterval\":25000}",
			"{\"sid\":\"[hidden:20]\",\"pingInterval\":25000}"},
	};

	(void)state;
	CHECK(rows);
}

static void test_urls(void **state)
{
	static const struct row rows[] = {
		{"wss://user:pass@host/x", "wss://[hidden:9]@host/x"},
		{"wss://justtoken@host:8443", "wss://[hidden:9]@host:8443"},
		{"http://u:p/a@ss@host/x", "http://[hidden:8]@host/x"},
		{"http://[::1]:80/a@b", NULL},
		{"proxy user:pass@proxy.local:3128", "proxy [hidden:9]@proxy.local:3128"},
		{"/hub?a=1&id=q2tADSGbMZoYV9TdQ5b0bQ&x=2", "/hub?a=1&id=[hidden:22]&x=2"},
		{"/hub?id=42&oid=q2tADSGbMZoYV9TdQ5b0b", "/hub?id=42&oid=q2tADSGbMZoYV9TdQ5b0b"},
		{"wss://h/s?EIO=4&transport=websocket&sid=abc123&t=P1",
			"wss://h/s?EIO=4&transport=websocket&sid=[hidden:6]&t=P1"},
		{"wss://h/?access_token=x.y.z", "wss://h/?access_token=[hidden:5]"},
		{"/login?next=%2Fws%3Ftoken%3Dabc%26a%3D1",
			"/login?next=%2Fws%3Ftoken%3D[hidden:3]%26a%3D1"},
		{"wss://a9f8e7d6c5b4a39281706f5e4d3c2b1a-1234567890.elb.amazonaws.com/x", NULL},
		{"https://h/hook/T0A1B2C3D4E5F6G7H8I9J0K1L2/end", "https://h/hook/[hidden:26]/end"},
		{"https://h/?X-Amz-Signature=abcd&X-Amz-Date=20260101T000000Z",
			"https://h/?X-Amz-Signature=[hidden:4]&X-Amz-Date=20260101T000000Z"},
		{"GET /ws/eyJhbGciOiJub25lIn0.e30.c2ln/x", "GET /ws/[hidden:28]/x"},
		{"mailto:admin@example.com", NULL},
	};

	(void)state;
	CHECK(rows);
}

static void test_runs(void **state)
{
	static const struct row rows[] = {
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[hidden:41]"},
		{"jwt eyJh.eyJz.abcde!", "jwt [hidden:15]!"},
		{"got dGhlIHNhbXBsZSBub25jZTEyMzQ1Ng== here", "got [hidden:32] here"},
		{"k3Jb0/9xqLm2/Zp7tVw1+Rr5Yy8==", "[hidden:29]"},
		{"k3Jb0%2F9xqLm2%2FZp7tVw1%2BRr5Yy8", "[hidden:33]"},
		{"id 550e8400-e29b-41d4-a716-446655440000.", "id [hidden:36]."},
		{"deadbeefdeadbeefdeadbeef", "[hidden:24]"},
		{"deadbeefdeadbeefdeadbee", NULL},
		{"123456789012345678901234", "[hidden:24]"},
	};

	(void)state;
	CHECK(rows);
}

static void test_what_stays(void **state)
{
	static const struct row rows[] = {
		{"", NULL},
		{"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover", NULL},
		{"Access-Control-Allow-Credentials: true", NULL},
		{"ConnectionRefusedExceptionHandler at line 12:30", NULL},
		{"client-connection-timeout-after-30-seconds-of-idle", NULL},
		{"WWW-Authenticate: Basic realm=\"members\"", NULL},
		{"WWW-Authenticate: Bearer error=\"invalid_token\"", NULL},
		{"the bearer token is missing", NULL},
		{"token=null&a=undefined", NULL},
		{"Unexpected token < in JSON at position 0", NULL},
		{"/v4/sessions/8f3a2b/players/123456/connections", NULL},
		{"xty4pkm2a2.eu-west-1.awsapprunner.com", NULL},
		{"ERR_TLS_CERT_ALTNAME_INVALID_AND_MORE", NULL},
		{"2026-01-01T00:00:00.000Z 10.0.0.1:443 -> [::1]:80", NULL},
		{"code=1006 reason=", NULL},
		{"------------------------------------------------", NULL},
		{"{\"tokens\":{\"count\":3}}", NULL},
	};

	(void)state;
	CHECK(rows);
}

/* No credential survives at any length to which the text around it may be cut. */
static void test_every_cut(void **state)
{
	static const char text[] =
		"GET wss://u:pw@h/x?sid=abc HTTP/1.1\r\nAuthorization: Bearer zzzzzzzz\r\n"
		"{\"token\":\"a\\\"b\"} %3d%3D=:\"' eyJhbGciOiJ9.eyJ9.x [hidden:12] ://@:/@ "
		"k=='\\\"";

	(void)state;
	for (size_t from = 0; from < sizeof(text); from += 3) {
		for (size_t n = 0; from + n < sizeof(text); n++) {
			char *copy = test_malloc(n + 1);
			struct buf out = {0};

			memcpy(copy, text + from, n);
			text_redact(&out, (struct span){copy, n});
			test_free(copy);
			buf_deinit(&out);
		}
	}
}

/* What an attacker may send must cost time in proportion. */
static void test_hostile_is_linear(void **state)
{
	static const char *const pieces[] = {"(", "://", "://:a", "://:a@",
		"token=", "[hidden:", "eyJ.", "bearer ", "a:b", "=\"", ":{", "%3d", "\\\"", "aB1",
		"\"\\"};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct buf in = {0}, out = {0};

		while (in.n < (size_t)1 << 16)
			buf_addz(&in, pieces[i]);
		text_redact(&out, buf_span(&in));
		buf_deinit(&in);
		buf_deinit(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_what_stays),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_hostile_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
