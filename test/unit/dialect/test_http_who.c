#include "dialect.h"
#include "dialect/http/who.h"

/* What was asked, what came, and who is recognised. `asked`: the target, "+" in front when with an
 * Upgrade. */
struct sample {
	const char *asked, *answer, *who, *saying;
};

#define PLAIN "Content-Type: text/plain\r\n\r\n"
#define HTML "Content-Type: text/html\r\n\r\n"
#define JSON "Content-Type: application/json\r\n\r\n"

static const struct sample samples[] = {
	/* as the programs themselves answer */
	{"/socket.io/?EIO=4&transport=polling",
		"200 OK\r\n" PLAIN "0{\"sid\":\"lv_VI97HAXpY6yYWAAAB\",\"upgrades\":[]}", "engine.io",
		"session-open"},
	{"/socket.io/?EIO=4&transport=polling",
		"200 OK\r\n" PLAIN "0{\"sid\":\"7b9a3f5e-0d4c-4b6e-9a57-1f2e3d4c5b6a\",\"upgrades\":[]}",
		"netty-socketio", "session-open"},
	{"/socket.io/?EIO=4&transport=polling",
		"200 OK\r\n" PLAIN "0{\"sid\":\"a7\",\"upgrades\":[]}", "go-socket.io", "session-open"},
	{"/socket.io/?EIO=4&transport=polling",
		"200 OK\r\n" PLAIN "0{\"sid\":\"AA9AAK8Y3aTwxY7M\",\"upgrades\":[]}", "engineio",
		"session-open"},
	{"/socket.io/?EIO=4&transport=polling&sid=x",
		"400 Bad Request\r\n" JSON "{\"code\":\"1\",\"message\":\"Session ID unknown\"}",
		"engineioxide", "session-unknown"},
	{"/socket.io/?EIO=4&transport=polling&sid=x",
		"400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ninvalid sid\n",
		"go-socket.io", "session-unknown"},
	{"/socket.io/?EIO=4&transport=websocket",
		"400 Bad Request\r\n" JSON "{\"code\":3,\"message\":\"Bad request\"}", "engine.io",
		"no-upgrade"},
	{"/socket.io/?EIO=4&transport=polling",
		"400 Bad Request\r\n" JSON "{\"code\":3,\"message\":\"Bad request\"}", "engine.io",
		"bad-request"},
	{"/socket.io/", "400 Bad Request\r\n" JSON "{\"code\":0,\"message\":\"Transport unknown\"}",
		"engine.io", "transport-unknown"},
	{"/socket.io/",
		"400 Bad Request\r\n" JSON "{\"code\":1,\"message\":\"Session ID unknown\"}",
		"engine.io", "session-unknown"},
	{"/socket.io/",
		"400 Bad Request\r\n" JSON "{\"code\":2,\"message\":\"Bad handshake method\"}",
		"engine.io", "bad-method"},
	{"/socket.io/", "403 Forbidden\r\n" JSON "{\"code\":4,\"message\":\"go away\"}",
		"engine.io", "forbidden"},
	{"/socket.io/",
		"400 Bad Request\r\n" JSON
		"{\"code\":5,\"message\":\"Unsupported protocol version\"}",
		"engine.io", "unsupported-protocol-version"},
	{"+/socket.io/", "400 Bad Request\r\n" HTML "Session ID unknown", "engine.io",
		"session-unknown"},
	{"+/socket.io/", "400 Bad Request\r\n" HTML "Forbidden", "engine.io", "forbidden"},
	{"+/ws", "400 Bad Request\r\n" HTML "Bad Request", "ws", "path-unknown"},
	{"+/ws", "400 Bad Request\r\n" HTML "Missing or invalid Sec-WebSocket-Key header", "ws",
		"bad-key"},
	{"+/ws", "400 Bad Request\r\n" HTML "Missing or invalid Sec-WebSocket-Version header", "ws",
		"bad-version"},
	{"+/ws", "400 Bad Request\r\n" HTML "Invalid Upgrade header", "ws", "bad-upgrade"},
	{"+/ws",
		"400 Bad Request\r\n" HTML
		"Invalid or unacceptable Sec-WebSocket-Extensions header",
		"ws", "bad-extensions"},
	{"+/ws", "400 Bad Request\r\n" HTML "Invalid Sec-WebSocket-Protocol header", "ws",
		"bad-subprotocol"},
	{"+/ws", "405 Method Not Allowed\r\n" HTML "Invalid HTTP method", "ws", "bad-method"},
	{"+/ws", "401 Unauthorized\r\n" HTML "Unauthorized", "ws", "unauthorized"},
	{"+/ws", "503 Service Unavailable\r\n" HTML "Service Unavailable", "ws", "closing"},
	{"/ws", "426 Upgrade Required\r\n" PLAIN "Upgrade Required", "ws", "no-upgrade"},
	{"/ws", "431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n", "node",
		"header-too-large"},
	{"/x", "400 BAD REQUEST\r\n" PLAIN "\"Invalid session 0123456789abcdef\"",
		"python-engineio", "session-unknown"},
	{"/x", "400 BAD REQUEST\r\n" PLAIN "\"https://a.example is not an accepted origin.\"",
		"python-engineio", "origin-rejected"},
	{"/x", "400 BAD REQUEST\r\n" PLAIN "\"Not an accepted origin.\"", "python-engineio",
		"origin-rejected"},
	{"/x", "400 BAD REQUEST\r\n" PLAIN "\"Invalid websocket upgrade\"", "python-engineio",
		"no-upgrade"},
	{"/x",
		"400 BAD REQUEST\r\n" PLAIN "\"The client is using an unsupported version of the "
		"Socket.IO or Engine.IO protocols\"",
		"python-engineio", "unsupported-protocol-version"},
	{"/",
		"426 Upgrade Required\r\n" PLAIN
		"Failed to open a WebSocket connection: empty Connection header.\n",
		"python-websockets", "no-upgrade"},
	{"+/",
		"400 Bad Request\r\n" PLAIN
		"Failed to open a WebSocket connection: did not receive a valid HTTP request.\n",
		"python-websockets", "http-1.0"},
	{"+/",
		"403 Forbidden\r\n" PLAIN
		"Failed to open a WebSocket connection: missing Origin header.\n",
		"python-websockets", "origin-rejected"},
	{"+/", "403 Forbidden\r\nServer: Python/3.11 websockets/10.4\r\nContent-Length: 0\r\n\r\n",
		"uvicorn", "forbidden"},
	{"+/", "400 Bad Request\r\n" PLAIN "Unsupported upgrade request.", "uvicorn",
		"no-websocket"},
	{"/", "404 Not Found\r\n" JSON "{\"detail\":\"Not Found\"}", "starlette", "path-unknown"},
	{"/",
		"400 Bad Request\r\n" PLAIN
		"No WebSocket UPGRADE hdr: None\n Can \"Upgrade\" only to \"WebSocket\".",
		"aiohttp", "no-upgrade"},
	{"+/", "400 Bad Request\r\n" PLAIN "Handshake error: 'test'", "aiohttp", "bad-key"},
	{"+/",
		"403 Access denied\r\n" HTML
		"<html><body><h1>Access denied</h1><footer>Daphne</footer></body></html>",
		"daphne", "forbidden"},
	{"+/", "400 Bad Request\r\n" HTML "<h1>Bad Request (400)</h1>", "django", "host-rejected"},
	{"+/",
		"400 Bad Request\r\nServer: TornadoServer/6.2\r\n\r\nCan \"Upgrade\" only to "
		"\"WebSocket\".",
		"tornado", "no-upgrade"},
	{"+/", "400 Bad Request\r\n\r\nCan \"Upgrade\" only to \"WebSocket\".", "spring",
		"no-upgrade"},
	{"+/v4/websocket", "401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "lavalink",
		"unauthorized"},
	{"+/v4/websocket",
		"400 Bad Request\r\nLavalink-Api-Version: 4\r\nContent-Length: 0\r\n\r\n",
		"lavalink", "user-id-missing"},
	{"+/", "200 OK\r\nLavalink-Api-Version: 4\r\nContent-Length: 0\r\n\r\n", "lavalink",
		"old-endpoint"},
	{"+/rtc?access_token=x", "404 Not Found\r\nContent-Length: 0\r\n\r\n", "livekit",
		"no-upgrade"},
	{"+/rtc", "401 Unauthorized\r\n" PLAIN "invalid API key: x", "livekit", "unauthorized"},
	{"+/rtc", "404 Not Found\r\n" PLAIN "requested room does not exist", "livekit",
		"room-missing"},
	{"+/hub?id=1", "404 Not Found\r\n" PLAIN "No Connection with that ID", "signalr",
		"session-unknown"},
	{"+/hub", "400 Bad Request\r\n" PLAIN "Connection ID required", "signalr",
		"no-upgrade"},
	{"+/socket/websocket?vsn=2.0.0", "403 Forbidden\r\nContent-Length: 0\r\n\r\n", "phoenix",
		"forbidden"},
	{"+/cable",
		"404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPage not found",
		"actioncable", "path-unknown"},
	{"+/",
		"403 Forbidden\r\nSec-Websocket-Version: 13\r\nX-Content-Type-Options: "
		"nosniff\r\n" PLAIN "Forbidden\n",
		"go-gorilla", "origin-rejected"},
	{"/", "400 Bad Request\r\nSec-Websocket-Version: 13\r\n" PLAIN "Bad Request\n",
		"go-gorilla", "no-upgrade"},
	{"/",
		"426 Upgrade Required\r\n" PLAIN
		"WebSocket protocol violation: Connection header \"\" does not contain Upgrade\n",
		"go-coder", "no-upgrade"},
	{"+/",
		"403 Forbidden\r\n" PLAIN
		"request Origin \"a.example\" is not authorized for Host \"b.example\"\n",
		"go-coder", "origin-rejected"},
	{"/", "426 Upgrade Required\r\nSec-Websocket-Version: 13\r\n" PLAIN "Upgrade Required\n",
		"go-gorilla", "no-upgrade"},
	{"/", "400 Bad Request\r\n\r\nnot websocket protocol", "go-x-net", "no-upgrade"},
	{"+/", "400 Bad Request\r\n" PLAIN "Client sent an HTTP request to an HTTPS server.\n",
		"go", "plain-to-tls"},
	{"+/", "404 Not Found\r\n" HTML "<body><pre>Cannot GET /ws</pre></body>", "express",
		"path-unknown"},
	{"+/", "404 Not Found\r\n" PLAIN "404 page not found\n", "go", "path-unknown"},
	{"+/", "503 Service Unavailable\r\n" PLAIN "no available server\n", "traefik",
		"no-backend"},
	{"+/", "502 Bad Gateway\r\n" PLAIN "Bad Gateway", "traefik", "bad-gateway"},
	{"+/", "404 Not Found\r\n" PLAIN "default backend - 404", "ingress-nginx", "no-route"},
	/* proxies */
	{"+/",
		"502 Bad Gateway\r\nServer: nginx\r\n" HTML
		"<html><hr><center>nginx</center></html>",
		"nginx", "bad-gateway"},
	{"+/",
		"400 Bad Request\r\n" HTML
		"<title>400 The plain HTTP request was sent to HTTPS port</title>",
		"nginx", "plain-to-tls"},
	{"+/", "400 Bad Request\r\n" HTML "<title>400 Request Header Or Cookie Too Large</title>",
		"nginx", "header-too-large"},
	{"+/", "400 Bad Request\r\n" HTML "<title>400 No required SSL certificate was sent</title>",
		"nginx", "client-cert-missing"},
	{"+/",
		"413 Request Entity Too Large\r\n" HTML
		"<center><h1>413 Request Entity Too Large</h1></center>",
		"nginx", "body-too-large"},
	{"+/", "503 Service Unavailable\r\n" HTML "<html><hr><center>nginx/1.22.1</center></html>",
		"nginx", "unavailable"},
	{"+/", "502 Bad Gateway\r\n" HTML "<hr><center>openresty/1.21</center>", "openresty",
		"bad-gateway"},
	{"+/",
		"503 Service Unavailable\r\n" HTML
		"<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle "
		"this request.\n",
		"haproxy", "no-backend"},
	{"+/",
		"504 Gateway Time-out\r\n" HTML
		"<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n",
		"haproxy", "gateway-timeout"},
	{"+/",
		"503 Service Unavailable\r\nServer: Apache\r\n" HTML
		"<p>The server is temporarily unable to service your\nrequest due to maintenance "
		"downtime or capacity\nproblems.",
		"apache", "unavailable"},
	{"+/",
		"500 Proxy Error\r\nServer: Apache\r\n" HTML
		"The proxy server could not handle the request<p>Reason: <strong>DNS lookup "
		"failure for: "
		"backend.invalid</strong></p>",
		"apache", "upstream-dns"},
	{"+/",
		"500 Proxy Error\r\nServer: Apache\r\n" HTML
		"The proxy server could not handle the request<p>Reason: <strong>Error during SSL "
		"Handshake with remote server</strong></p>",
		"apache", "upstream-tls"},
	{"+/",
		"403 Forbidden\r\nServer: Apache/2.4.62 (Debian)\r\n" HTML
		"<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>403 "
		"Forbidden</title>",
		"apache", "forbidden"},
	{"+/", "200 OK\r\nServer: Caddy\r\nContent-Length: 0\r\n\r\n", "caddy", "path-unknown"},
	{"+/", "502 Bad Gateway\r\nServer: Caddy\r\nContent-Length: 0\r\n\r\n", "caddy",
		"bad-gateway"},
	{"+/", "503 Service Unavailable\r\nServer: envoy\r\n" PLAIN "no healthy upstream", "envoy",
		"no-backend"},
	{"+/",
		"503 Service Unavailable\r\nServer: envoy\r\n" PLAIN
		"upstream connect error or disconnect/reset before headers. reset reason: "
		"connection failure",
		"envoy", "upstream-refused"},
	{"+/",
		"503 Service Unavailable\r\nServer: envoy\r\n" PLAIN
		"upstream connect error or disconnect/reset before headers. retried and the latest "
		"reset "
		"reason: remote connection failure, transport failure reason: TLS_error:|268435581",
		"envoy", "upstream-tls"},
	{"+/",
		"503 Service Unavailable\r\nServer: envoy\r\n" PLAIN
		"upstream connect error or disconnect/reset before headers. retried and the latest "
		"reset "
		"reason: connection timeout",
		"envoy", "upstream-unreachable"},
	{"+/", "403 Forbidden\r\nServer: istio-envoy\r\nContent-Length: 0\r\n\r\n", "envoy",
		"upgrade-not-enabled"},
	{"+/", "403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n" HTML "<html>", "squid",
		"proxy-denied"},
	/* platforms */
	{"+/",
		"403 Forbidden\r\nCf-Mitigated: challenge\r\nCf-Ray: 1\r\n" HTML
		"<title>Just a moment...</title>",
		"cloudflare", "challenge"},
	{"+/", "521 <none>\r\nCf-Ray: 1\r\nServer: cloudflare\r\n" PLAIN "error code: 521",
		"cloudflare", "upstream-refused"},
	{"+/", "403 Forbidden\r\nCf-Ray: 1\r\n" PLAIN "error code: 1020", "cloudflare", "blocked"},
	{"+/",
		"404 Not Found\r\nCf-Ray: 1\r\nServer: cloudflare\r\n" HTML
		"<pre>Cannot GET /</pre>",
		"express", "path-unknown"},
	{"+/",
		"503 Service Unavailable\r\nServer: awselb/2.0\r\n" HTML
		"<h1>503 Service Temporarily Unavailable</h1>",
		"alb", "no-backend"},
	{"+/",
		"403 Forbidden\r\nx-amzn-RequestId: 1\r\n" JSON
		"{\"message\":\"Missing Authentication Token\"}",
		"apigw", "no-route"},
	{"+/prod",
		"403 Forbidden\r\n" JSON
		"{\"message\":\"Forbidden\",\"connectionId\":\"a=\",\"requestId\":\"b=\"}",
		"apigw", "forbidden"},
	{"+/prod",
		"500 Internal Server Error\r\n" JSON
		"{\"message\":\"Internal server error\", \"connectionId\":\"a=\", \"requestId\":\"b=\"}",
		"apigw", "server-error"},
	{"+/", "403 Forbidden\r\nx-amzn-RequestId: 1\r\n" JSON "{\"message\":\"Forbidden\"}",
		"apigw", "forbidden"},
	{"+/",
		"403 Forbidden\r\nServer: CloudFront\r\n" HTML
		"Request blocked.\nGenerated by cloudfront (CloudFront)",
		"cloudfront", "blocked"},
	{"+/",
		"503 Service Unavailable\r\n" HTML
		"<iframe src=\"//www.herokucdn.com/error-pages/application-error.html\">",
		"heroku", "app-crashed"},
	{"+/",
		"404 Not Found\r\nServer: Vercel\r\nX-Vercel-Error: NOT_FOUND\r\n" PLAIN
		"The page could not be found",
		"vercel", "path-unknown"},
	{"+/",
		"400 Bad Request\r\nServer: Microsoft-HTTPAPI/2.0\r\n" HTML
		"<h2>Bad Request - Invalid Hostname</h2>",
		"iis", "host-rejected"},
	{"+/",
		"403 Forbidden\r\nSet-Cookie: _oauth2_proxy_csrf=; Path=/\r\n" HTML
		"<title>Sign In</title>",
		"oauth2-proxy", "login-page"},
	/* by the status, and pages */
	{"+/", "200 OK\r\nServer: nginx\r\n" HTML "<!doctype html><div id=root></div>", "",
		"spa-page"},
	{"+/", "200 OK\r\n" HTML "<form><input type=\"password\"></form>", "", "login-page"},
	{"+/", "200 OK\r\n" PLAIN "hello", "", "ok"},
	{"+/", "404 Not Found\r\n" PLAIN "Not Found", "", "path-unknown"},
	{"+/", "401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
		"", "unauthorized"},
	{"+/", "307 Temporary Redirect\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "",
		"redirect"},
	{"+/", "500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "", "server-error"},
	{"+/", "418 I'm a teapot\r\nContent-Length: 0\r\n\r\n", "", ""},
};

static const struct obs *answer_of(
	struct bench *b, const char *host, const char *asked, const char *answer)
{
	static const struct http_header headers[] = {
		{SPAN("Upgrade"), SPAN("websocket")}, {SPAN("Connection"), SPAN("Upgrade")}};
	bool upgrade = asked[0] == '+';

	bench_init(b, SEAT_CLIENT);
	http_ask(conn_push(&b->conn, &dialect_http),
		&(struct http_ask){.target = span_of(asked + upgrade),
			.host = span_of(host),
			.headers = headers,
			.n = upgrade ? 2 : 0});
	conn_feed(&b->conn, SERVER, SPAN("HTTP/1.1 "));
	conn_feed(&b->conn, SERVER, span_of(answer));
	conn_cut(&b->conn, SERVER, CUT_FIN);
	return bench_find(b, &http_answer);
}

static void test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		struct bench b;
		const struct obs *o =
			answer_of(&b, "h.example", samples[i].asked, samples[i].answer);

		if (!o || !span_eq(obs_text(o, &k_who), span_of(samples[i].who)) ||
			!span_eq(obs_text(o, &k_saying), span_of(samples[i].saying)))
			print_error("sample: %s\n", samples[i].answer);
		assert_field(o, k_who, samples[i].who);
		assert_field(o, k_saying, samples[i].saying);
		bench_deinit(&b);
	}
}

static void test_host(void **state)
{
	struct bench b;
	const struct obs *o = answer_of(&b, "abc.eu-west-1.awsapprunner.com", "+/",
		"403 Forbidden\r\nServer: envoy\r\nContent-Length: 0\r\n\r\n");

	(void)state;
	assert_field(o, k_who, "apprunner");
	assert_field(o, k_saying, "no-websocket");
	bench_deinit(&b);
}

static bool is_saying(const char *word)
{
	static const char *const words[] = {
#define SAY(word, sentence) word,
		HTTP_SAYINGS(SAY)
#undef SAY
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

/* Rules compare with the words of who.h: a row may use no others, and no word is without a row. */
static void test_words(void **state)
{
	static const struct {
		const char *who, *saying;
	} rows[] = {
#define WHO(status, header, body, text, asked, who, saying) {who, saying},
#include "dialect/http/who.def"
#undef WHO
	};
	static const char *const words[] = {
#define SAY(word, sentence) word,
		HTTP_SAYINGS(SAY)
#undef SAY
	};
	size_t n = sizeof(rows) / sizeof(*rows);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].who && !http_who_stack(rows[i].who))
			fail_msg("%s is not in HTTP_WHOS", rows[i].who);
		if (rows[i].saying && !is_saying(rows[i].saying))
			fail_msg("%s is not in HTTP_SAYINGS", rows[i].saying);
		assert_true(rows[i].who || rows[i].saying);
	}
	for (size_t w = 0; w < sizeof(words) / sizeof(*words); w++) {
		size_t i = 0;

		while (i < n && !(rows[i].saying && !strcmp(rows[i].saying, words[w])))
			i++;
		if (i == n)
			fail_msg("no row says %s", words[w]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
