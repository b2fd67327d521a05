#include "dialect/http/http.h"
#include "dialect/vector.h"

extern const struct vector vectors_http[];

static void ask(struct conn *c, const char *method, const char *target, bool upgrade)
{
	static const struct http_header headers[] = {{SPAN("Upgrade"), SPAN("websocket")},
		{SPAN("Connection"), SPAN("Upgrade")},
		{SPAN("Sec-WebSocket-Protocol"), SPAN("chat")}};

	http_ask(conn_push(c, &dialect_http), &(struct http_ask){
						      .method = span_of(method),
						      .target = span_of(target),
						      .host = SPAN("h.example"),
						      .headers = headers,
						      .n = upgrade ? 3 : 0,
					      });
}

static void get(struct conn *c)
{
	ask(c, "GET", "/socket.io/?EIO=4&transport=polling&sid=abcdefghij", false);
}

static void upgrade(struct conn *c)
{
	ask(c, "GET", "/ws", true);
}

static void head(struct conn *c)
{
	ask(c, "HEAD", "/", false);
}

static void tunnel(struct conn *c)
{
	ask(c, "CONNECT", "h.example:443", false);
}

static void listen(struct conn *c)
{
	conn_push(c, &dialect_http);
}

static void serve(struct conn *c)
{
	listen(c);
}

#define HEARD(bytes)                                                                               \
	{                                                                                          \
		{                                                                                  \
			SERVER, SPAN(bytes)                                                        \
		}                                                                                  \
	}

const struct vector vectors_http[] = {
	{"nginx 502", SEAT_CLIENT, upgrade,
		HEARD("HTTP/1.1 502 Bad Gateway\r\nServer: nginx/1.22.1\r\nDate: Fri, 20 Nov 2026 "
		      "13:00:00 GMT\r\n"
		      "Content-Type: text/html\r\nContent-Length: 157\r\nConnection: "
		      "keep-alive\r\n\r\n"
		      "<html>\r\n<head><title>502 Bad "
		      "Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
		      "Gateway</h1></center>"
		      "\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"),
		VECTOR_OPEN, "http.request run.stack http.answer"},
	{"chunked", SEAT_CLIENT, get,
		HEARD("HTTP/1.1 400 Bad Request\r\nContent-Type: "
		      "application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "29\r\n{\"code\":1,\"message\":\"Session ID unknown\"}\r\n0\r\nX-Trailer: "
		      "y\r\n\r\n"),
		VECTOR_OPEN, "http.request http.answer run.stack"},
	{"until close", SEAT_CLIENT, get,
		HEARD("HTTP/1.0 200 OK\nContent-Type: text/html\n\n<!doctype html><title> A\nb "
		      "</title>x"),
		VECTOR_FIN, "http.request http.answer"},
	{"101 and a stream", SEAT_CLIENT, upgrade,
		HEARD("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nVia: 1.1 "
		      "Caddy\r\n\r\n\x81\x02hi"),
		VECTOR_FIN, "http.request run.stack"},
	{"interim answers", SEAT_CLIENT, get,
		HEARD("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: "
		      "a\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
		VECTOR_OPEN, "http.request http.answer"},
	{"HEAD", SEAT_CLIENT, head, HEARD("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
		VECTOR_OPEN, "http.request http.answer"},
	{"CONNECT", SEAT_CLIENT, tunnel, HEARD("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
		VECTOR_FIN, "http.request http.answer"},
	{"redirect", SEAT_CLIENT, upgrade,
		HEARD("HTTP/1.1 301 Moved Permanently\r\nLocation: "
		      "https://h.example/ws/\r\nSet-Cookie: a=1; Path=/\r\n"
		      "Set-Cookie: sid=2\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n"),
		VECTOR_OPEN, "http.request http.answer"},
	{"folded and crooked headers", SEAT_CLIENT, get,
		HEARD("HTTP/1.1  200 \r\nA : b\r\nX: c,\r\n \t d\r\nno colon\r\n: no "
		      "name\r\nContent-Length: 1\r\n\r\nZ"),
		VECTOR_OPEN, "http.request http.fault http.answer"},
	{"two answers to one request", SEAT_CLIENT, get,
		HEARD("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\nHTTP/1.1 408 Request "
		      "Timeout\r\nConnection: close\r\n\r\n"),
		VECTOR_FIN, "http.request http.answer http.answer"},
	{"cut in the head", SEAT_CLIENT, get, HEARD("HTTP/1.1 200 OK\r\nServer: half"), VECTOR_RST,
		"http.request http.fault"},
	{"cut in the body", SEAT_CLIENT, get,
		HEARD("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), VECTOR_FIN,
		"http.request http.answer http.fault"},
	{"a head that does not end", SEAT_CLIENT, get, HEARD("HTTP/1.1 200 OK\r\nServer: slow\r\n"),
		VECTOR_TIMEOUT, "http.request http.fault"},
	{"bad status line", SEAT_CLIENT, get, HEARD("HTTP/1.1 20 OK\r\n\r\n"), VECTOR_OPEN,
		"http.request http.fault"},
	{"bad chunk", SEAT_CLIENT, get,
		HEARD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcdX\r\n"),
		VECTOR_OPEN, "http.request http.answer http.fault"},
	{"ssh", SEAT_CLIENT, get, HEARD("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), VECTOR_OPEN,
		"http.request http.fault"},
	{"TLS alert", SEAT_CLIENT, get, HEARD("\x15\x03\x03\x00\x02\x02\x0a"), VECTOR_FIN,
		"http.request http.fault"},
	{"TLS ServerHello", SEAT_CLIENT, get, HEARD("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"),
		VECTOR_FIN, "http.request http.fault"},
	{"nearly TLS", SEAT_CLIENT, get, HEARD("\x15\x03\n\x03\n"), VECTOR_OPEN,
		"http.request http.fault"},
	{"HTTP/0.9", SEAT_CLIENT, get, HEARD("<html>old</html>"), VECTOR_FIN,
		"http.request http.fault"},
	{"binary greeting", SEAT_CLIENT, get,
		HEARD("\x4a\x00\x00\x00\x0a"
		      "8.0.36\x00"),
		VECTOR_OPEN, "http.request http.fault"},
	{"HTTP/2 only", SEAT_CLIENT, get,
		HEARD("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80"), VECTOR_FIN,
		"http.request http.fault"},
	{"pipelined requests", SEAT_SERVER, serve,
		{{CLIENT, SPAN("POST /a?token=secret HTTP/1.1\r\nHost: h\r\nAuthorization: Basic "
			       "eHh4\r\nContent-Length: 3\r\n\r\nabc"
			       "GET / HTTP/1.0\r\n\r\nPOST /c HTTP/1.1\r\nTransfer-Encoding: "
			       "chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")}},
		VECTOR_FIN, "http.request http.request http.request"},
	{"ClientHello", SEAT_SERVER, serve,
		{{CLIENT, SPAN("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")}}, VECTOR_OPEN,
		"http.fault"},
	{"PROXY protocol", SEAT_SERVER, serve,
		{{CLIENT, SPAN("PROXY TCP4 10.0.0.1 10.0.0.2 5000 80\r\n\r\nGET / "
			       "HTTP/1.1\r\n\r\n")}},
		VECTOR_OPEN, "http.fault"},
	{"request line without a version", SEAT_SERVER, serve, {{CLIENT, SPAN("GET /\r\n\r\n")}},
		VECTOR_OPEN, "http.fault"},
	{"a method too long", SEAT_SERVER, serve,
		{{CLIENT, SPAN("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ / "
			       "HTTP/1.1\r\n\r\n")}},
		VECTOR_OPEN, "http.fault"},
	{"witness of an upgrade", SEAT_WITNESS, listen,
		{{CLIENT, SPAN("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
			       "Upgrade\r\n\r\nearly frames")},
			{SERVER, SPAN("HTTP/1.1 101 Switching Protocols\r\nUpgrade: "
				      "websocket\r\n\r\nlate")},
			{CLIENT, SPAN("frames")}},
		VECTOR_FIN, "http.request"},
	{"witness of a refusal", SEAT_WITNESS, listen,
		{{CLIENT, SPAN("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\nGET /next "
			       "HTTP/1.1\r\n\r\n")},
			{SERVER, SPAN("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")},
			{SERVER, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")}},
		VECTOR_FIN, "http.request http.answer http.request http.answer"},
	{NULL},
};
