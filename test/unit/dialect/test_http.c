#include "dialect.h"
#include "dialect/http/http.h"

static const struct http_header upgrade_headers[] = {{SPAN("Upgrade"), SPAN("websocket")},
	{SPAN("Connection"), SPAN("Upgrade")}, {SPAN("Origin"), SPAN("https://app.example")},
	{SPAN("Authorization"), SPAN("Bearer hunter2hunter2hunter2hunter2")}};

static struct layer *client(struct bench *b)
{
	struct layer *http;

	bench_init(b, SEAT_CLIENT);
	http = conn_push(&b->conn, &dialect_http);
	bench_listen(b);
	return http;
}

static struct layer *ask(struct bench *b, const char *method, const char *target)
{
	struct layer *http = client(b);

	http_ask(http, &(struct http_ask){.method = span_of(method),
			       .target = span_of(target),
			       .host = SPAN("h.example")});
	return http;
}

static void hear(struct bench *b, const char *bytes)
{
	conn_feed(&b->conn, SERVER, span_of(bytes));
}

static void test_ask(void **state)
{
	struct bench b;
	struct layer *http = client(&b);
	const struct obs *o;

	(void)state;
	http_ask(http, &(struct http_ask){.target = SPAN("/ws?token=verysecretvalue&v=1"),
			       .host = SPAN("h.example:8080"),
			       .headers = upgrade_headers,
			       .n = 4});
	assert_true(span_starts(buf_span(&b.conn.out),
		SPAN("GET /ws?token=verysecretvalue&v=1 HTTP/1.1\r\nHost: h.example:8080\r\n"
		     "Upgrade: websocket\r\n")));
	assert_true(span_ends(buf_span(&b.conn.out), SPAN("\r\n\r\n")));
	assert_int_equal(span_find(buf_span(&b.conn.out), SPAN("Content-Length")), -1);
	o = bench_find(&b, &http_request);
	assert_field(o, k_method, "GET");
	assert_field(o, k_origin, "https://app.example");
	assert_true(obs_int(o, &k_upgrade));
	assert_true(obs_int(o, &k_credential));
	assert_int_equal(span_find(obs_text(o, &k_path), SPAN("verysecret")), -1);
	assert_true(span_ends(obs_text(o, &k_path), SPAN("&v=1")));
	assert_string_equal(buf_z(&b.units), "");
	bench_deinit(&b);
}

static void test_plain_answer(void **state)
{
	struct bench b;
	struct layer *http = ask(&b, "GET", "/");
	const struct obs *o;

	(void)state;
	b.conn.now = 5 * NS_MS;
	hear(&b, "HTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\nContent-Type: "
		 "text/plain\r\nContent-Length: 5\r\n\r\nhello");
	o = bench_find(&b, &http_answer);
	assert_non_null(o);
	assert_int_equal(obs_int(o, &k_status), 404);
	assert_int_equal(obs_int(o, &k_took), 5 * NS_MS);
	assert_int_equal(obs_int(o, &k_body_bytes), 5);
	assert_field(o, k_reason, "Not Found");
	assert_field(o, k_http_version, "1.1");
	assert_field(o, k_server, "nginx/1.22.1");
	assert_field(o, k_body_shape, "text");
	assert_field(o, k_body_head, "hello");
	assert_field(o, k_saying, "path-unknown");
	assert_field(bench_find(&b, &run_stack), k_stack, "nginx");
	assert_field(bench_find(&b, &run_stack), k_version, "1.22.1");
	assert_int_equal(http_head(http, SERVER)->status, 404);
	assert_true(span_ends(buf_span(&b.units), SPAN("s2[hello]s3[]")));
	bench_deinit(&b);
}

struct framing {
	const char *method, *bytes, *units; /* units after the head */
	int64_t body_bytes;
	bool cut; /* the end of the connection ends it */
	const char *fault;
};

static const struct framing framings[] = {
	{"GET",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
		"chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n",
		"s2[abc]s2[de]s3[]", 5, false, NULL},
	{"GET", "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n1\nZ\n0\n\n", "s2[Z]s3[]", 1,
		false, NULL},
	{"GET", "HTTP/1.1 200 OK\r\n\r\nall", "s2[all]s3[]", 3, true, NULL},
	{"GET", "HTTP/1.1 200\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "s2[x]s3[]", 1,
		false, NULL},
	{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "s3[]", 0, false, NULL},
	{"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n", "s3[]", 0, false, NULL},
	{"GET", "HTTP/1.1 304 Not Modified\r\n\r\n", "s3[]", 0, false, NULL},
	{"GET",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 "
		"204 No\r\n\r\n",
		"s3[]", 0, false, NULL},
	{"GET", "\r\n\r\nHTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "s3[]", 0, false, NULL},
	{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "s2[abc]", 3, true,
		"cut-in-body"},
	{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "s2[abc]", 3, true,
		"cut-in-body"},
	{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "s5[bad-chunk]", 0,
		false, "bad-chunk"},
	{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
		"s2[abc]s5[bad-chunk]", 3, false, "bad-chunk"},
	{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
		"s5[bad-chunk]", 0, false, "bad-chunk"},
};

static struct span after_head(struct span units)
{
	ssize_t end = span_find(units, SPAN("\n]"));

	return end < 0 ? (struct span){NULL, 0} : span_from(units, (size_t)end + 2);
}

static void test_framing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(framings) / sizeof(*framings); i++) {
		const struct framing *f = &framings[i];
		struct bench b;
		const struct obs *o;

		ask(&b, f->method, "/");
		hear(&b, f->bytes);
		if (f->cut)
			conn_cut(&b.conn, SERVER, CUT_FIN);
		o = bench_find(&b, &http_answer);
		assert_non_null(o);
		assert_int_equal(bench_count(&b, &http_answer), 1);
		assert_int_equal(obs_int(o, &k_body_bytes), f->body_bytes);
		assert_span(after_head(buf_span(&b.units)), f->units);
		if (f->fault)
			assert_field(bench_find(&b, &http_fault), k_fault, f->fault);
		else
			assert_null(bench_find(&b, &http_fault));
		bench_deinit(&b);
	}
}

struct faulty {
	const char *bytes, *fault, *head;
	size_t n; /* 0: strlen */
	enum cut how;
	bool answered;
};

static const struct faulty faults[] = {
	{"SSH-2.0-OpenSSH_9.2p1\r\n", "not-http", "SSH-2.0-OpenSSH_9.2p1", .how = CUT_OURS},
	{"220 mail.example ESMTP\r\n", "not-http", "220 mail.example ESMTP", .how = CUT_OURS},
	{"\x15\x03\x03\x00\x02\x02\x28", "tls-record", "TLS alert handshake_failure", 7, CUT_FIN},
	{"\x16\x03\x03\x00\x7a\x02\x00", "tls-record", "TLS ServerHello", 7, CUT_FIN},
	{"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80", "not-http",
		"HTTP/2 SETTINGS", 15, CUT_FIN},
	{"<html><body>old</body></html>\n", "http-0.9", "<html><body>old</body></html>",
		.how = CUT_FIN},
	{"HTTP/1.1 2x0 OK\r\n\r\n", "bad-status-line", "2x0 OK\r\n\r\n", .how = CUT_FIN},
	{"HTTP/1.1\r\n\r\n", "bad-status-line", "HTTP/1.1\r\n\r\n", .how = CUT_FIN},
	{"HTTP/1.1 200 OK\r\nServer: x", "cut-in-head", "HTTP/1.1 200 OK\r\nServer: x",
		.how = CUT_FIN},
	{"HTTP/1.1 200 OK\r\nServer: x", "trickle", "HTTP/1.1 200 OK\r\nServer: x",
		.how = CUT_TIMEOUT},
	{"HTT", "cut-in-head", "HTT", .how = CUT_RST},
	{"HTTP/1.1 204 No\r\nno colon here\r\n\r\n", "bad-header", "no colon here\r\n\r\n",
		.how = CUT_FIN, .answered = true},
	{"HTTP/1.1 204 No\r\nA: b\r\n  c\r\n\r\n", "obs-fold", "  c\r\n\r\n", .how = CUT_FIN,
		.answered = true},
};

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct faulty *f = &faults[i];
		struct bench b;

		ask(&b, "GET", "/");
		conn_feed(&b.conn, SERVER, (struct span){f->bytes, f->n ? f->n : strlen(f->bytes)});
		conn_cut(&b.conn, SERVER, f->how);
		assert_int_equal(bench_count(&b, &http_fault), 1);
		assert_field(bench_find(&b, &http_fault), k_fault, f->fault);
		assert_field(bench_find(&b, &http_fault), k_head, f->head);
		assert_int_equal(!!bench_find(&b, &http_answer), f->answered);
		bench_deinit(&b);
	}
}

static void test_greeting_without_line(void **state)
{
	struct bench b;

	(void)state;
	ask(&b, "GET", "/");
	conn_feed(&b.conn, SERVER, (struct span){"J\0\0\0\n5.7", 8});
	bench_deinit(&b);
	ask(&b, "GET", "/");
	hear(&b, "RFB 003");
	assert_null(bench_find(&b, &http_fault));
	assert_int_equal(conn_deadline(&b.conn), 200 * NS_MS);
	b.conn.now = 200 * NS_MS;
	conn_tick(&b.conn);
	assert_field(bench_find(&b, &http_fault), k_head, "RFB 003");
	assert_true(b.conn.done);
	assert_int_equal(conn_deadline(&b.conn), NS_NEVER);
	bench_deinit(&b);
}

static void test_folded_value(void **state)
{
	struct bench b;
	struct layer *http = ask(&b, "GET", "/");

	(void)state;
	hear(&b, "HTTP/1.1 204 No\r\nX: a,\r\n\tb\r\nEmpty:\r\n  Y : z  \r\n\r\n");
	assert_span(http_find(http_head(http, SERVER), SPAN("x")), "a,   b");
	assert_true(http_has_token(http_head(http, SERVER), SPAN("X"), SPAN("B")));
	bench_deinit(&b);
}

static void test_too_big(void **state)
{
	struct bench b;
	char line[1024];

	(void)state;
	memset(line, 'a', sizeof(line));
	ask(&b, "GET", "/");
	hear(&b, "HTTP/1.1 200 OK\r\nX: ");
	for (int i = 0; i < 100; i++)
		conn_feed(&b.conn, SERVER, (struct span){line, sizeof(line)});
	assert_field(bench_find(&b, &http_fault), k_fault, "head-too-big");
	assert_int_equal(obs_int(bench_find(&b, &http_fault), &k_offset), HTTP_HEAD_MAX);
	assert_int_equal(b.journal.n, 2);
	assert_true(b.conn.done);
	bench_deinit(&b);

	ask(&b, "GET", "/");
	hear(&b, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 200; i++)
		hear(&b, "X: y\r\n");
	hear(&b, "\r\n");
	assert_field(bench_find(&b, &http_fault), k_fault, "head-too-big");
	bench_deinit(&b);
}

static void test_endless_preliminaries(void **state)
{
	static const char *const repeated[] = {"\r\n", "HTTP/1.1 100 Continue\r\n\r\n"};
	struct bench b;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		ask(&b, "GET", "/");
		for (int n = 0; n < 40000; n++)
			hear(&b, repeated[i]);
		assert_int_equal(bench_count(&b, &http_fault), 1);
		assert_field(bench_find(&b, &http_fault), k_fault, "head-too-big");
		assert_true(b.conn.done);
		bench_deinit(&b);
	}
}

static void test_big_body(void **state)
{
	struct bench b;
	char line[1000];

	(void)state;
	memset(line, 'a', sizeof(line));
	ask(&b, "GET", "/");
	hear(&b, "HTTP/1.1 200 OK\r\n\r\n");
	for (int i = 0; i < 100; i++)
		conn_feed(&b.conn, SERVER, (struct span){line, sizeof(line)});
	assert_int_equal(obs_int(bench_find(&b, &http_answer), &k_body_bytes), HTTP_BODY_KEPT);
	conn_cut(&b.conn, SERVER, CUT_FIN);
	assert_int_equal(bench_count(&b, &http_answer), 1);
	assert_null(bench_find(&b, &http_fault));
	bench_deinit(&b);
}

static void test_stream(void **state)
{
	struct bench b;
	struct layer *http = client(&b);

	(void)state;
	http_ask(http, &(struct http_ask){.target = SPAN("/ws"),
			       .host = SPAN("h"),
			       .headers = upgrade_headers,
			       .n = 3});
	hear(&b, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nVia: 1.1 Caddy\r\n\r\nHTTP/1.1 "
		 "400 x\r\n\r\n");
	assert_span(after_head(buf_span(&b.units)), "s3[]s4[HTTP/1.1 400 x\r\n\r\n]");
	assert_null(bench_find(&b, &http_answer));
	assert_field(bench_find(&b, &run_stack), k_stack, "caddy");
	bench_deinit(&b);

	ask(&b, "GET", "/");
	hear(&b, "HTTP/1.1 101 Why\r\n\r\nx");
	assert_non_null(bench_find(&b, &http_answer));
	assert_span(after_head(buf_span(&b.units)), "s3[]s4[x]");
	bench_deinit(&b);

	ask(&b, "CONNECT", "h:443");
	hear(&b, "HTTP/1.1 200 Connection established\r\nContent-Length: 3\r\n\r\nabc");
	assert_span(after_head(buf_span(&b.units)), "s3[]s4[abc]");
	bench_deinit(&b);

	ask(&b, "CONNECT", "h:443");
	hear(&b, "HTTP/1.1 407 No\r\nContent-Length: 3\r\n\r\nabc");
	assert_span(after_head(buf_span(&b.units)), "s2[abc]s3[]");
	bench_deinit(&b);
}

static void test_keep_alive(void **state)
{
	struct bench b;
	struct layer *http = ask(&b, "HEAD", "/a");

	(void)state;
	http_ask(http, &(struct http_ask){.target = SPAN("/b"), .host = SPAN("h")});
	hear(&b, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nHTTP/1.1 201 OK\r\nContent-Length: "
		 "4\r\n\r\nbody");
	assert_int_equal(bench_count(&b, &http_answer), 2);
	assert_int_equal(bench_count(&b, &http_request), 2);
	assert_int_equal(http_head(http, SERVER)->status, 201);
	hear(&b, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: "
		 "0\r\n\r\njunk");
	assert_int_equal(bench_count(&b, &http_answer), 3);
	assert_null(bench_find(&b, &http_fault));
	bench_deinit(&b);
}

static void test_server(void **state)
{
	struct bench b;
	struct layer *http;
	struct http_header extra[] = {{SPAN("X"), SPAN("y")}};

	(void)state;
	bench_init(&b, SEAT_SERVER);
	http = conn_push(&b.conn, &dialect_http);
	bench_listen(&b);
	conn_feed(&b.conn, CLIENT,
		SPAN("POST /p?sid=abcdefgh HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\nContent-Length: "
		     "2\r\n\r\nhiGET /q HTTP/1.1\r\n\r\n"));
	assert_int_equal(bench_count(&b, &http_request), 2);
	assert_true(obs_int(bench_find(&b, &http_request), &k_credential));
	assert_true(span_find(buf_span(&b.units), SPAN("c2[hi]c3[]c1[GET /q")) > 0);
	http_reply(http, 404, extra, 1, SPAN("gone"));
	http_reply(http, 101, extra, 1, SPAN("no body goes with it"));
	assert_buf(&b.conn.out, "HTTP/1.1 404 Not Found\r\nX: y\r\nContent-Length: 4\r\n\r\ngone"
				"HTTP/1.1 101 Switching Protocols\r\nX: y\r\n\r\n");
	assert_int_equal(obs_int(bench_find(&b, &http_answer), &k_status), 404);
	buf_clear(&b.units);
	conn_feed(&b.conn, CLIENT, SPAN("frames"));
	assert_buf(&b.units, "c4[frames]");
	bench_deinit(&b);
}

static void test_held(void **state)
{
	struct bench b;
	struct layer *http;
	struct span request = SPAN("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");

	(void)state;
	for (int stream = 0; stream < 2; stream++) {
		bench_init(&b, SEAT_SERVER);
		http = conn_push(&b.conn, &dialect_http);
		conn_feed(&b.conn, CLIENT, request);
		bench_listen(&b);
		conn_feed(&b.conn, CLIENT, request);
		assert_buf(&b.units, "");
		http_reply(http, stream ? 101 : 404, NULL, 0, (struct span){NULL, 0});
		assert_true(
			span_starts(buf_span(&b.units), stream ? SPAN("c4[GET") : SPAN("c1[GET")));
		bench_deinit(&b);
	}
}

static void test_witness(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, SEAT_WITNESS);
	conn_push(&b.conn, &dialect_http);
	bench_listen(&b);
	conn_feed(&b.conn, CLIENT,
		SPAN("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
		     "Upgrade\r\n\r\nearly"));
	conn_feed(&b.conn, SERVER, SPAN("HTTP/1.1 101 Ok\r\n\r\nlate"));
	conn_feed(&b.conn, CLIENT, SPAN("more"));
	assert_true(span_ends(buf_span(&b.units), SPAN("s3[]c4[early]s4[late]c4[more]")));
	assert_int_equal(b.conn.out.n, 0);
	bench_deinit(&b);

	bench_init(&b, SEAT_WITNESS);
	conn_push(&b.conn, &dialect_http);
	conn_feed(&b.conn, CLIENT, (struct span){"\x16\x03\x01\x02\x00\x01\x00\x01", 8});
	assert_field(bench_find(&b, &http_fault), k_head, "TLS ClientHello");
	assert_false(b.conn.done);
	bench_deinit(&b);
}

static void test_mute(void **state)
{
	struct bench b;
	struct layer *http = client(&b);

	(void)state;
	http_mute(http);
	http_ask(http, &(struct http_ask){.target = SPAN("/"), .host = SPAN("h")});
	hear(&b, "HTTP/1.1 500 No\r\nServer: nginx\r\nContent-Length: 0\r\n\r\nbroken");
	conn_cut(&b.conn, SERVER, CUT_FIN);
	assert_int_equal(b.journal.n, 0);
	bench_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_plain_answer),
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_greeting_without_line),
		cmocka_unit_test(test_folded_value),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_endless_preliminaries),
		cmocka_unit_test(test_big_body),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_witness),
		cmocka_unit_test(test_mute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
