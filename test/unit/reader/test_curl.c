#include "unit.h"

#include "reader/curl.h"

static const char *env(const char *name)
{
	return strcmp(name, "LAVALINK_PASSWORD") == 0 ? "youshallnotpass" : NULL;
}

struct expected {
	const char *text;
	const char *url; /* NULL: not understood */
	bool websocket;
	const char *mistakes; /* names, blank-separated; harmless ones in brackets */
	size_t headers;
};

static void names(struct buf *out, const struct curl *c)
{
	for (size_t i = 0; i < c->n_mistakes; i++)
		buf_addf(out, c->mistakes[i].harmless ? "%s(%s)" : "%s%s", i ? " " : "",
			c->mistakes[i].name);
}

static void check(const struct expected *e)
{
	struct curl c;
	const char *why = NULL;
	struct buf got = {0};

	if (!curl_read(&c, span_of(e->text), env, &why)) {
		if (e->url)
			fail_msg("%s: %s", e->text, why);
		assert_non_null(why);
	} else {
		if (!e->url)
			fail_msg("%s: understood as %.*s", e->text, SPANF(c.url));
		assert_span(c.url, e->url);
		assert_int_equal(c.websocket, e->websocket);
		assert_int_equal(c.n_headers, e->headers);
		names(&got, &c);
		assert_buf(&got, e->mistakes);
	}
	buf_deinit(&got);
	curl_deinit(&c);
	curl_deinit(&c);
}

#define CHECK(rows)                                                                                \
	for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++)                              \
	check(&(rows)[i])

/* As published debugging guides print them. */
static void test_guides(void **state)
{
	static const struct expected rows[] = {
		{"curl -H \"Authorization: $LAVALINK_PASSWORD\" http://localhost:2333/version",
			"http://localhost:2333/version", false, "(no-websocket)", 1},
		{"# Test WebSocket endpoint\n"
		 "curl -i -N \\\n"
		 "  -H \"Connection: Upgrade\" \\\n"
		 "  -H \"Upgrade: websocket\" \\\n"
		 "  -H \"Sec-WebSocket-Version: 13\" \\\n"
		 "  -H \"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\" \\\n"
		 "  -H \"Authorization: $LAVALINK_PASSWORD\" \\\n"
		 "  -H \"User-Id: 123456789\" \\\n"
		 "  -H \"Client-Name: TimmyBot-Test\" \\\n"
		 "  http://localhost:2333/v4/websocket\n"
		 "\n"
		 "# Run comprehensive test script\n"
		 "/app/scripts/test-lavalink-connection.sh\n",
			"http://localhost:2333/v4/websocket", true, "", 7},
		{"   curl https://xty4pkm2a2.eu-west-1.awsapprunner.com/health\n",
			"https://xty4pkm2a2.eu-west-1.awsapprunner.com/health", false,
			"(no-websocket)", 0},
		{"# Test WebSocket upgrade from outside cluster\n"
		 "curl -i -N \\\n"
		 "  -H \"Connection: Upgrade\" \\\n"
		 "  -H \"Upgrade: websocket\" \\\n"
		 "  -H \"Sec-WebSocket-Version: 13\" \\\n"
		 "  -H \"Sec-WebSocket-Key: test\" \\\n"
		 "  https://your-domain.com/socket.io/?EIO=4&transport=websocket\n",
			"https://your-domain.com/socket.io/?EIO=4&transport=websocket", true,
			"unquoted-ampersand (unquoted-question-mark) invalid-key "
			"may-negotiate-http2",
			4},
		{"curl http://localhost:8080/api/health", "http://localhost:8080/api/health", false,
			"(no-websocket)", 0},
		{"# Test WebSocket handshake\n"
		 "curl -i -N \\\n"
		 "  -H \"Connection: Upgrade\" \\\n"
		 "  -H \"Upgrade: websocket\" \\\n"
		 "  -H \"Sec-WebSocket-Key: test\" \\\n"
		 "  -H \"Sec-WebSocket-Version: 13\" \\\n"
		 "  http://localhost:8080/socket.io/\n",
			"http://localhost:8080/socket.io/", true,
			"invalid-key socketio-no-transport socketio-no-eio", 4},
		{"curl http://localhost:8080/api/health | jq .websocket",
			"http://localhost:8080/api/health", false, "(no-websocket)", 0},
		{"curl http://localhost:8080/api/health | jq .", "http://localhost:8080/api/health",
			false, "(no-websocket)", 0},
	};

	(void)state;
	CHECK(rows);
}

#define GOOD                                                                                       \
	" -H 'Upgrade: websocket' -H 'Connection: keep-alive, Upgrade' -H "                        \
	"'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: "                                      \
	"x3JJHMbDL1EzLkh9GBhXDw==' "

static void test_handshake(void **state)
{
	static const struct expected rows[] = {
		{"curl http://h/ws" GOOD, "http://h/ws", true, "", 4},
		{"curl --http1.1 https://h/ws" GOOD, "https://h/ws", true, "", 4},
		{"curl --http2 https://h/ws" GOOD, "https://h/ws", true, "http2", 4},
		{"curl -I -d x http://h/ws" GOOD, "http://h/ws", true, "not-get", 4},
		{"curl -X POST http://h/ws" GOOD, "http://h/ws", true, "not-get", 4},
		{"curl -X GET http://h/ws" GOOD, "http://h/ws", true, "", 4},
		{"curl http://h/ws -H 'Upgrade: websocket'", "http://h/ws", true,
			"missing-connection missing-version missing-key", 1},
		{"curl http://h/ws -H 'Connection: close' -H 'Sec-WebSocket-Version: 8' -H "
		 "'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDx=='",
			"http://h/ws", true,
			"missing-upgrade wrong-connection wrong-version invalid-key", 3},
		{"curl ws://h/ws", "ws://h/ws", true, "(needs-new-curl)", 0},
		{"curl 'wss://h/socket.io/?EIO=4&transport=websocket'",
			"wss://h/socket.io/?EIO=4&transport=websocket", true, "(needs-new-curl)",
			0},
		{"curl 'http://h/socket.io/?transport=websocket#EIO=4'" GOOD,
			"http://h/socket.io/?transport=websocket#EIO=4", true, "socketio-no-eio",
			4},
		{"curl 'http://h/?transport=websocket'", "http://h/?transport=websocket", true,
			"missing-upgrade missing-connection missing-version missing-key", 0},
		{"curl http://h/ -H 'Upgrade: h2c'", "http://h/", false, "(no-websocket)", 1},
	};

	(void)state;
	CHECK(rows);
}

static void test_shell(void **state)
{
	static const struct expected rows[] = {
		{"$ sudo curl -s http://h/ws" GOOD "2>/dev/null >out; curl http://other/",
			"http://h/ws", true, "", 4},
		{"kubectl exec -it pod -- curl http://h/ws" GOOD, "http://h/ws", true, "", 4},
		{"/usr/bin/curl http://h/ws" GOOD "&& echo", "http://h/ws", true, "", 4},
		{"curl http://h/ws" GOOD "&", "http://h/ws", true, "", 4},
		{"curl http://h/x?a=1&b=2 -H 'Upgrade: websocket' -k", "http://h/x?a=1&b=2", true,
			"unquoted-ampersand (unquoted-question-mark) missing-connection "
			"missing-version missing-key",
			1},
		{"curl \"http://h/x?a=1&b=2\"", "http://h/x?a=1&b=2", false, "(no-websocket)", 0},
		{"curl http://h/x?a=1\\&b=2", "http://h/x?a=1&b=2", false,
			"(unquoted-question-mark) (no-websocket)", 0},
		{"curl http://h/x?a=1&amp;b=2", "http://h/x?a=1&b=2", false,
			"unquoted-ampersand html-ampersand (unquoted-question-mark) (no-websocket)",
			0},
		{"curl -H \"Authorization: $TOKEN\" http://h/", "http://h/", false,
			"unset-variable (no-websocket)", 1},
		{"curl -H \"Authorization: ${TOKEN:-x}\" http://h/", "http://h/", false,
			"(no-websocket)", 1},
		{"curl -H \"Authorization: $(cat token)\" http://h/", "http://h/", false,
			"command-substitution (no-websocket)", 1},
		{"curl -H \"Authorization: `cat token`\" http://h/", "http://h/", false,
			"command-substitution (no-websocket)", 1},
		{"curl -H 'a: $(b)$C`d`' http://h/", "http://h/", false, "(no-websocket)", 1},
		{"curl \\ \n -k http://h/", "http://h/", false,
			"blank-after-backslash (no-websocket)", 0},
		{"curl \\\r\n -k \\\r\n http://h/", "http://h/", false,
			"carriage-return (no-websocket)", 0},
		{"curl \"http://h/\" ^\r\n -H \"a: b\"", "http://h/", false, "(no-websocket)", 1},
		{"curl “http://h/” —insecure –k", "http://h/", false,
			"typographic-quotes (no-websocket)", 0},
		{"curl\xc2\xa0http://h/", "http://h/", false, "no-break-space (no-websocket)", 0},
		{"curl -H 'a: b http://h/", NULL, false, "", 0},
		{"curl http://h/ -H 'a: b", "http://h/", false, "unclosed-quote (no-websocket)", 1},
		{"curl -H Upgrade: websocket http://h/", "http://h/", true,
			"unquoted-header missing-connection missing-version missing-key", 1},
		{"curl --max-time=5 http://h/", "http://h/", false, "equals-sign (no-websocket)",
			0},
		{"curl --frobnicate -@ http://h/", "http://h/", false,
			"(unknown-option) (unknown-option) (no-websocket)", 0},
		{"curl http://h/ -o", "http://h/", false, "value-missing (no-websocket)", 0},
		{"curl http://a/ http://b/", "http://a/", false, "(several-urls) (no-websocket)",
			0},
		{"curl http://a/ --next http://b/", "http://a/", false, "(no-websocket)", 0},
		{"curl -H nocolon -H 'Empty;' -H 'Host:' http://a/", "http://a/", false,
			"header-without-colon (no-websocket)", 1},
		{"curl -w '%{http_code}\\n' -so /dev/null --no-progress-meter --no-silent chat",
			"chat", false, "(no-websocket)", 0},
		{"wget http://h/", NULL, false, "", 0},
		{"", NULL, false, "", 0},
		{"# curl http://h/", NULL, false, "", 0},
		{"curl", NULL, false, "", 0},
		{"curl -H", NULL, false, "", 0},
		{"curl -H 'a: b'", NULL, false, "", 0},
	};

	(void)state;
	CHECK(rows);
}

static void read_it(struct curl *c, const char *text)
{
	const char *why;

	if (!curl_read(c, span_of(text), env, &why))
		fail_msg("%s: %s", text, why);
}

static void test_options(void **state)
{
	struct curl c;

	(void)state;
	read_it(&c, "curl -ksSL4 -x proxy:3128 -U u:p --resolve h:443:127.0.0.1 --connect-to "
		    "a:1:b:2 --cacert ca.pem --cert c.pem "
		    "--key k.pem -m 5 -A agent -e http://ref/ -b 'a=b' -u user:pass --url "
		    "https://h/ -H'X: y'");
	assert_true(c.insecure && c.follow && c.ipv4 && !c.ipv6);
	assert_span(c.proxy, "u:p@proxy:3128");
	assert_span(c.resolve.v[0], "h:443:127.0.0.1");
	assert_span(c.connect_to.v[0], "a:1:b:2");
	assert_span(c.cacert, "ca.pem");
	assert_span(c.cert, "c.pem");
	assert_span(c.key, "k.pem");
	assert_span(c.max_time, "5");
	assert_int_equal(c.n_headers, 5);
	assert_span(c.headers[0].name, "X");
	assert_span(c.headers[0].value, "y");
	assert_span(c.headers[1].name, "Cookie");
	assert_span(c.headers[1].value, "a=b");
	assert_span(c.headers[2].value, "agent");
	assert_span(c.headers[3].name, "Referer");
	assert_span(c.headers[4].value, "Basic dXNlcjpwYXNz");
	curl_deinit(&c);
	read_it(&c, "curl --socks5-hostname 127.0.0.1:1080 --oauth2-bearer abc -H $'a: "
		    "\\'\\x41\\u00e9\\n\\101\\q' h.example");
	assert_span(c.proxy, "socks5h://127.0.0.1:1080");
	assert_span(c.url, "h.example");
	assert_span(c.headers[0].value, "'Aé\nA"
					"q");
	assert_span(c.headers[1].value, "Bearer abc");
	curl_deinit(&c);
	read_it(&c, "curl http://h/ -H \"Authorization: $LAVALINK_PASSWORD\"");
	assert_span(c.headers[0].value, "youshallnotpass");
	curl_deinit(&c);
}

/* No sentence may show a credential. */
static void test_no_secret(void **state)
{
	struct curl c;
	const char *why;

	(void)state;
	curl_read(&c,
		SPAN("curl -u u:hunter2 -b hunter2 -H hunter2 -H 'Authorization: hunter2' "
		     "--oauth2-bearer=hunter2 http://u:hunter2@h/ "
		     "http://hunter2/ --frob=hunter2 -H 'Sec-WebSocket-Key: hunter2'"),
		env, &why);
	assert_true(c.n_mistakes > 4);
	for (size_t i = 0; i < c.n_mistakes; i++)
		assert_true(span_find(c.mistakes[i].text, SPAN("hunter2")) < 0);
	curl_deinit(&c);
}

static void test_hostile(void **state)
{
	static const char *const pieces[] = {"\\", "`", "${", "$(", "'", "\"", "$'\\", "-H ",
		"-H x ", "-", "--a ", "& ", "?", "&a=", "“", "a ", "http://h/?a&b=", ">", "2>",
		"\\ ", "\xc2\xa0", "$a ", "-HHHH", "^\n", "-b"};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct buf text = {0};
		struct curl c;
		const char *why;

		buf_addz(&text, "curl http://h/ ");
		while (text.n + 16 < CURL_TEXT_MAX)
			buf_addz(&text, pieces[i]);
		curl_read(&c, buf_span(&text), env, &why);
		curl_deinit(&c);
		buf_pad(&text, 'x', CURL_TEXT_MAX);
		assert_false(curl_read(&c, buf_span(&text), env, &why));
		curl_deinit(&c);
		buf_deinit(&text);
	}
}

static void test_every_cut(void **state)
{
	static const char text[] = "curl -ik -H \"Authorization: ${TOKEN:-x}$LAVALINK_PASSWORD\" "
				   "\\\n -H $'a: \\u00e9\\x41' -b“a=b” —next\xc2\xa0`x` "
				   "https://h/socket.io/?EIO=4&amp;transport=websocket 2>&1 | jq\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = test_malloc(n + 1);
		struct curl c;
		const char *why;

		memcpy(copy, text, n);
		curl_read(&c, (struct span){copy, n}, env, &why);
		curl_deinit(&c);
		test_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guides),
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_no_secret),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
