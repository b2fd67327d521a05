#include "dialect.h"
#include "dialect/http/http.h"
#include "dialect/http/talk.h"

static const struct obs *get(struct bench *b, const char *target, const char *answer)
{
	bench_init(b, SEAT_CLIENT);
	b->conn.wall = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */
	b->conn.salt = 3;
	b->conn.tls = true;
	http_ask(conn_push(&b->conn, &dialect_http),
		&(struct http_ask){.target = span_of(target), .host = SPAN("h.example:8443")});
	conn_feed(&b->conn, SERVER, span_of(answer));
	conn_cut(&b->conn, SERVER, CUT_FIN);
	return bench_find(b, &http_answer);
}

static void test_browser_policy(void **state)
{
	struct bench b;
	const struct obs *o = get(&b, "/",
		"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\naccess-control-allow-origin: "
		"https://a\r\n"
		"Access-Control-Allow-Credentials: true\r\n"
		"Content-Security-Policy: default-src 'none'; connect-src 'self' wss://x.example ; "
		"img-src *\r\n\r\n");

	(void)state;
	assert_field(o, k_allow_origin, "*");
	assert_int_equal(obs_int(o, &k_allow_origins), 2);
	assert_true(obs_int(o, &k_allow_credentials));
	assert_field(o, k_csp_connect, "'self' wss://x.example");
	bench_deinit(&b);
	o = get(&b, "/",
		"HTTP/1.1 200 OK\r\nContent-Security-Policy: img-src *; default-src "
		"'self'\r\n\r\n");
	assert_field(o, k_csp_connect, "'self'");
	assert_false(obs_has(o, &k_allow_origins));
	bench_deinit(&b);
}

static void test_times(void **state)
{
	static const struct {
		const char *answer;
		int64_t retry, skew;
	} rows[] = {
		{"HTTP/1.1 503 No\r\nRetry-After: 120\r\nDate: Sun, 06 Nov 1994 08:49:38 "
		 "GMT\r\n\r\n",
			120, 0},
		{"HTTP/1.1 503 No\r\nRetry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\nDate: Sun, 06 "
		 "Nov 1994 07:49:37 GMT\r\n\r\n",
			60, -3600},
		{"HTTP/1.1 503 No\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT\r\n\r\n", -1, 86400},
		{"HTTP/1.1 503 No\r\nRetry-After: soon\r\nDate: Sun, 06 Nov 0000 08:49:37 "
		 "GMT\r\n\r\n",
			-1, -INT32_MAX},
	};
	struct bench b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct obs *o = get(&b, "/", rows[i].answer);

		assert_int_equal(
			obs_has(o, &k_retry_after) ? obs_int(o, &k_retry_after) / NS_S : -1,
			rows[i].retry);
		assert_int_equal(obs_int(o, &k_date_skew), rows[i].skew * NS_S);
		bench_deinit(&b);
	}
}

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
		{"Fri, 20 Nov 2026 13:00:00 GMT", 1795179600},
		{"Sun, 06 Nov 1994 08:49:37 UTC", -1},
		{"Sun, 06 nov 1994 08:49:37 GMT", -1},
		{"Sun, 06 anF 1994 08:49:37 GMT", -1},
		{"Sun, 00 Nov 1994 08:49:37 GMT", -1},
		{"Sun, 06 Nov 1994 25:49:37 GMT", -1},
		{"Sunday, 06-Nov-94 08:49:37 GMT", -1},
		{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t got = -1;

		assert_int_equal(date_parse(span_of(rows[i].text), &got), rows[i].seconds >= 0);
		assert_int_equal(got, rows[i].seconds);
	}
}

static void test_redirects(void **state)
{
	static const struct {
		bool tls;
		const char *host, *target, *location, *kind;
	} rows[] = {
		{false, "h", "/ws", "https://h/ws", "https"},
		{false, "h:8080", "/ws?a=b", "https://h:8443/ws?a=b", "https"},
		{false, "h", "/ws", "wss://h/ws", "https"},
		{true, "h", "/ws", "http://h/ws", "http"},
		{true, "h", "/ws", "/ws/", "slash-added"},
		{true, "h", "/ws", "http://h/ws/", "slash-added"},
		{true, "h", "/ws/?x=1", "//h/ws?x=1", "slash-removed"},
		{true, "h", "/ws", "https://www.h/ws", "host"},
		{true, "h", "/ws", "https://h/login?next=/ws", "login"},
		{true, "h", "/ws", "https://login.other.example/authorize?x", "login"},
		{true, "h", "/oauth2/x", "https://other/oauth2/x", "host"},
		{true, "h", "/ws", "/elsewhere", "path"},
		{true, "h", "/ws", "/ws", "same"},
		{true, "[::1]:80", "/", "https://[::1]", "same"},
		{true, "h", "/ws", "mailto:x", NULL},
		{true, "h", "/ws", "ws", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *got = redirect_kind(rows[i].tls, span_of(rows[i].host),
			span_of(rows[i].target), span_of(rows[i].location));

		assert_span(span_of(got), rows[i].kind ? rows[i].kind : "");
	}
}

static void test_body(void **state)
{
	struct bench b;
	const struct obs *o = get(&b, "/",
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n\n<!DOCTYPE html><HEAD><TITLE "
		"lang=en>\n My app </TITLE></HEAD>");
	static const struct {
		const char *answer, *shape;
	} shapes[] = {
		{"HTTP/1.1 200 OK\r\n\r\n", "empty"},
		{"HTTP/1.1 200 OK\r\n\r\n{\"a\":1}", "json"},
		{"HTTP/1.1 200 OK\r\n\r\n\"Invalid session\"", "json"},
		{"HTTP/1.1 200 OK\r\n\r\n\"a\" is said", "text"},
		{"HTTP/1.1 200 OK\r\n\r\nplain \xc3\xa4", "text"},
		{"HTTP/1.1 200 OK\r\n\r\n\xff\xfe", "binary"},
		{"HTTP/1.1 200 OK\r\n\r\na\x01", "binary"},
		{"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\nBad Request", "text"},
	};

	(void)state;
	assert_field(o, k_body_shape, "html");
	assert_field(o, k_title, "My app");
	bench_deinit(&b);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		assert_field(get(&b, "/", shapes[i].answer), k_body_shape, shapes[i].shape);
		bench_deinit(&b);
	}
}

static int64_t tag(const char *answer)
{
	struct bench b;
	int64_t got = obs_int(get(&b, "/", answer), &k_answer_tag);

	bench_deinit(&b);
	return got;
}

static void test_tag(void **state)
{
	int64_t one = tag("HTTP/1.1 404 No\r\n\r\nrequest 17 id 8a7f-99b at 12:04");

	(void)state;
	assert_true(one > 0 && one < (INT64_C(1) << 53));
	assert_int_equal(
		tag("HTTP/1.1 404 No\r\nX: y\r\n\r\nrequest 4711 id 0bb1-aa at 9:15"), one);
	assert_int_not_equal(tag("HTTP/1.1 404 No\r\n\r\nanother 17 id 8a7f-99b at 12:04"), one);
	assert_int_not_equal(tag("HTTP/1.1 403 No\r\n\r\nrequest 17 id 8a7f-99b at 12:04"), one);
	assert_int_not_equal(
		tag("HTTP/1.1 404 No\r\nContent-Type: a/b\r\n\r\nrequest 17 id 8a7f-99b at 12:04"),
		one);
}

/* Nothing that could let somebody in is in any text of the journal. */
static void test_secrets(void **state)
{
	static const char *const secrets[] = {
		"verysecret", "cookievalue", "c2VjcmV0", "sessionid0sessionid0"};
	struct bench b;
	struct http_header headers[] = {{SPAN("Cookie"), SPAN("a=cookievalue1234567890")},
		{SPAN("Authorization"), SPAN("Basic c2VjcmV0OnNlY3JldA==")},
		{SPAN("Sec-WebSocket-Protocol"),
			SPAN("bearer, "
			     "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ2ZXJ5c2VjcmV0In0."
			     "c2VjcmV0c2VjcmV0c2VjcmV0")}};
	struct buf saved = {0};

	(void)state;
	bench_init(&b, SEAT_CLIENT);
	http_ask(conn_push(&b.conn, &dialect_http),
		&(struct http_ask){
			.target = SPAN("/x?sid=sessionid0sessionid0&token=verysecret1234"),
			.host = SPAN("h"),
			.headers = headers,
			.n = 3});
	conn_feed(&b.conn, SERVER,
		SPAN("HTTP/1.1 302 Found\r\nLocation: "
		     "/login?token=verysecret1234&next=1\r\nSet-Cookie: io=cookievalue999\r\n"
		     "Set-Cookie: AWSALB=cookievalue111; Path=/\r\n\r\n"
		     "Cannot GET /x?token=verysecret1234, session sessionid0sessionid0 unknown"));
	conn_cut(&b.conn, SERVER, CUT_FIN);
	assert_field(bench_find(&b, &http_answer), k_set_cookie, "io, AWSALB");
	journal_save(&saved, &b.journal, SPAN("t"), "0");
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (span_find(buf_span(&saved), span_of(secrets[i])) >= 0)
			fail_msg("%s is in\n%s", secrets[i], buf_z(&saved));
	buf_deinit(&saved);
	bench_deinit(&b);
}

static void test_stacks(void **state)
{
	struct bench b;

	(void)state;
	get(&b, "/",
		"HTTP/1.1 404 Not Found\r\nServer: cloudflare\r\nCf-Ray: 1-AMS\r\nVia: 1.1 vegur, "
		"1.1 varnish\r\nX-Powered-By: Express\r\n\r\n");
	assert_int_equal(bench_count(&b, &run_stack), 4);
	assert_field(b.journal.all[1], k_stack, "cloudflare");
	assert_field(b.journal.all[1], k_by, "Server");
	bench_deinit(&b);
	get(&b, "/", "HTTP/1.1 404 Not Found\r\nServer: Apache/2.4.62 (Debian) OpenSSL/3\r\n\r\n");
	assert_int_equal(bench_count(&b, &run_stack), 1);
	assert_field(b.journal.all[1], k_stack, "apache");
	assert_field(b.journal.all[1], k_version, "2.4.62");
	bench_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_browser_policy),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
