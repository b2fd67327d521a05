#include "dialect.h"
#include "dialect/proxy/proxy.h"

static struct layer *start(
	struct bench *b, enum proxy_kind kind, const char *host, const char *user)
{
	bench_init(b, SEAT_CLIENT);
	return proxy_start(
		&b->conn, &(struct proxy_ask){.kind = kind,
				  .proxy = kind == PROXY_CONNECT ? SPAN("http://p:3128")
								 : SPAN("socks5://p:1080"),
				  .host = span_of(host),
				  .port = 443,
				  .user = span_of(user),
				  .password = span_of(user ? "open sesame" : NULL)});
}

static void test_connect(void **state)
{
	struct bench b;
	struct layer *l = start(&b, PROXY_CONNECT, "ws.example", "ali");

	(void)state;
	assert_buf(&b.conn.out, "CONNECT ws.example:443 HTTP/1.1\r\nHost: ws.example:443\r\n"
				"Proxy-Authorization: Basic YWxpOm9wZW4gc2VzYW1l\r\n\r\n");
	assert_int_equal(proxy_state(l), PROXY_WAITING);
	b.conn.now = NS_MS;
	conn_feed(&b.conn, SERVER, SPAN("HTTP/1.1 200 Connection established\r\n\r\nearly"));
	assert_int_equal(proxy_state(l), PROXY_OPEN);
	assert_span(proxy_early(l), "early");
	assert_int_equal(b.journal.n, 1);
	assert_field(b.journal.all[0], k_proxy, "http://p:3128");
	assert_int_equal(obs_int(b.journal.all[0], &k_status), 200);
	assert_int_equal(obs_int(b.journal.all[0], &k_took), NS_MS);
	assert_false(obs_has(b.journal.all[0], &k_error));
	bench_listen(&b);
	conn_feed(&b.conn, SERVER, SPAN("late"));
	assert_buf(&b.units, "s0[late]");
	bench_deinit(&b);
}

static void test_connect_v6(void **state)
{
	struct bench b;

	(void)state;
	start(&b, PROXY_CONNECT, "::1", NULL);
	assert_buf(&b.conn.out, "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n");
	bench_deinit(&b);
}

struct outcome {
	enum proxy_kind kind;
	const char *user;
	struct span bytes;
	int cut; /* -1: none */
	const char *error;
	int64_t status; /* -1: none */
};

static const struct outcome failures[] = {
	{PROXY_CONNECT, NULL,
		SPAN("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), -1,
		"auth-required", 407},
	{PROXY_CONNECT, NULL, SPAN("HTTP/1.1 403 Forbidden\r\n\r\n"), -1, "denied", 403},
	{PROXY_CONNECT, NULL, SPAN("HTTP/1.1 503 Service Unavailable\r\n\r\n"), -1, "unreachable",
		503},
	{PROXY_CONNECT, NULL, SPAN("SSH-2.0-x\r\n"), -1, "malformed", -1},
	{PROXY_CONNECT, NULL, SPAN("HTTP/1.1 2"), CUT_FIN, "cut", -1},
	{PROXY_CONNECT, NULL, SPAN(""), CUT_TIMEOUT, "silent", -1},
	{PROXY_SOCKS5, NULL, SPAN("\5\xff"), -1, "auth-required", 255},
	{PROXY_SOCKS5, NULL, SPAN("\5\2"), -1, "auth-required", 2},
	{PROXY_SOCKS5, "ali", SPAN("\5\xff"), -1, "denied", 255},
	{PROXY_SOCKS5, "ali", SPAN("\5\2\1\1"), -1, "denied", 1},
	{PROXY_SOCKS5, NULL, SPAN("\5\0\5\2"), -1, "denied", 2},
	{PROXY_SOCKS5, NULL, SPAN("\5\0\5\5\0\1"), -1, "unreachable", 5},
	{PROXY_SOCKS5, NULL, SPAN("\5\0\5\0\0\7x"), -1, "malformed", -1},
	{PROXY_SOCKS5, NULL, SPAN("HTTP/1.1 400 Bad Request\r\n"), -1, "malformed", -1},
	{PROXY_SOCKS5, NULL, SPAN("\5"), CUT_RST, "cut", -1},
};

static void test_failures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		const struct outcome *f = &failures[i];
		struct bench b;
		struct layer *l = start(&b, f->kind, "ws.example", f->user);

		conn_feed(&b.conn, SERVER, f->bytes);
		if (f->cut >= 0)
			conn_cut(&b.conn, SERVER, (enum cut)f->cut);
		assert_int_equal(proxy_state(l), PROXY_FAILED);
		assert_int_equal(b.journal.n, 1);
		assert_field(b.journal.all[0], k_error, f->error);
		assert_int_equal(obs_has(b.journal.all[0], &k_status), f->status >= 0);
		if (f->status >= 0)
			assert_int_equal(obs_int(b.journal.all[0], &k_status), f->status);
		assert_true(b.conn.done);
		bench_deinit(&b);
	}
}

static void test_words(void **state)
{
	struct bench b;
	struct buf said = {0};

	(void)state;
	start(&b, PROXY_CONNECT, "h", NULL);
	conn_feed(&b.conn, SERVER,
		SPAN("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n\r\n"));
	assert_field(b.journal.all[0], k_saying, "upstream-dns");
	bench_deinit(&b);
	start(&b, PROXY_SOCKS5, "h", NULL);
	conn_cut(&b.conn, SERVER, CUT_TIMEOUT);
	obs_say(&said, b.journal.all[0]);
	assert_true(
		span_starts(buf_span(&said), SPAN("the proxy socks5://p:1080 gave no answer in ")));
	buf_deinit(&said);
	bench_deinit(&b);
}

static void test_socks(void **state)
{
	struct bench b;
	struct layer *l = start(&b, PROXY_SOCKS5, "ws.example", "ali");
	struct span hello = SPAN("\5\2\0\2"), login = SPAN("\1\3ali\13open sesame"),
		    request = SPAN("\5\1\0\3\12ws.example\1\xbb");

	(void)state;
	assert_true(span_eq(buf_span(&b.conn.out), hello));
	buf_clear(&b.conn.out);
	conn_feed(&b.conn, SERVER, SPAN("\5\2"));
	assert_true(span_eq(buf_span(&b.conn.out), login));
	buf_clear(&b.conn.out);
	conn_feed(&b.conn, SERVER, SPAN("\1\0"));
	assert_true(span_eq(buf_span(&b.conn.out), request));
	conn_feed(&b.conn, SERVER, SPAN("\5\0\0\3\4name\0\1more"));
	assert_int_equal(proxy_state(l), PROXY_OPEN);
	assert_int_equal(obs_int(b.journal.all[0], &k_status), 0);
	assert_span(proxy_early(l), "more");
	bench_deinit(&b);
}

static void test_socks_addresses(void **state)
{
	static const struct {
		const char *host;
		struct span request;
	} rows[] = {{"127.0.0.1", SPAN("\5\1\0\1\177\0\0\1\1\xbb")},
		{"::1", SPAN("\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\1\xbb")}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct bench b;

		start(&b, PROXY_SOCKS5, rows[i].host, NULL);
		buf_clear(&b.conn.out);
		conn_feed(&b.conn, SERVER, SPAN("\5\0"));
		assert_true(span_eq(buf_span(&b.conn.out), rows[i].request));
		bench_deinit(&b);
	}
}

static void test_socks_long_name(void **state)
{
	struct bench b;
	char host[300] = "";

	(void)state;
	memset(host, 'a', 256);
	assert_int_equal(proxy_state(start(&b, PROXY_SOCKS5, host, NULL)), PROXY_FAILED);
	assert_int_equal(b.conn.out.n, 0);
	bench_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_connect_v6),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_socks),
		cmocka_unit_test(test_socks_addresses),
		cmocka_unit_test(test_socks_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
