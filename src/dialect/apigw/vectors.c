#include "dialect/apigw/apigw.h"
#include "dialect/vector.h"

extern const struct vector vectors_apigw[];

#define OPENED                                                                                     \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"        \
	"Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n"
#define IDS "\"connectionId\":\"L0SM9cOFvHcCIhw=\",\"requestId\":\"L0SNAE\"}"

static void watch(struct conn *c)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_ws);
	conn_push(c, &dialect_apigw);
}

static void connect(struct conn *c)
{
	watch(c);
	ws_connect(conn_layer(c, &dialect_ws),
		&(struct ws_ask){.target = SPAN("/prod"),
			.host = SPAN("a1.execute-api.eu-west-1.amazonaws.com")});
}

static void ask_as(struct conn *c, const char *method)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_apigw);
	apigw_ask(conn_layer(c, &dialect_apigw),
		&(struct apigw_ask){.method = span_of(method),
			.id = SPAN("L0SM9cOFvHcCIhw="),
			.wall = 1795190400},
		&(struct http_ask){.method = span_of(method),
			.target = SPAN("/prod/@connections/L0SM9cOFvHcCIhw%3D"),
			.host = SPAN("a1.execute-api.eu-west-1.amazonaws.com")});
}

static void get(struct conn *c)
{
	ask_as(c, "GET");
}

static void post(struct conn *c)
{
	ask_as(c, "POST");
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_apigw[] = {
	{"error frames", SEAT_CLIENT, connect,
		{S(OPENED "\x81\x5a{\"message\":\"Internal server error\"," IDS
			  "\x81\x4f{\"message\":\"Forbidden\", " IDS
			  "\x81\x13{\"message\":\"hello\"}"
			  "\x81\x02{}"
			  "\x81\x01{"
			  "\x82\x01x")},
		VECTOR_FIN,
		"http.request ws.open ws.frame ws.message apigw.error ws.frame ws.message "
		"apigw.error ws.frame ws.message "
		"ws.frame ws.message ws.frame ws.message ws.frame ws.message"},
	{"refused", SEAT_CLIENT, connect,
		{S("HTTP/1.1 403 Forbidden\r\nx-amzn-RequestId: 1\r\nx-amzn-ErrorType: "
		   "ForbiddenException\r\n"
		   "Content-Type: application/json\r\nContent-Length: "
		   "23\r\n\r\n{\"message\":\"Forbidden\"}")},
		VECTOR_FIN, "http.request run.stack http.answer apigw.refusal"},
	{"refused with ids", SEAT_CLIENT, connect,
		{S("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 90\r\n\r\n"
		   "{\"message\":\"Internal server error\"," IDS)},
		VECTOR_FIN, "http.request http.answer run.stack apigw.refusal"},
	{"another's refusal", SEAT_CLIENT, connect,
		{S("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")}, VECTOR_FIN,
		"http.request http.answer"},
	{"connected", SEAT_CLIENT, get,
		{S("HTTP/1.1 200 OK\r\nx-amzn-RequestId: 1\r\nContent-Length: 142\r\n\r\n"
		   "{\"connectedAt\":\"2026-11-20T15:50:00.000Z\",\"identity\":{\"sourceIp\":\"192."
		   "0.2.1\",\"userAgent\":\"x\"},"
		   "\"lastActiveAt\":\"2026-11-20T15:59:00.000Z\",\"a\":1}")},
		VECTOR_FIN, "http.request run.stack http.answer apigw.connection"},
	{"connected long before any clock", SEAT_CLIENT, get,
		{S("HTTP/1.1 200 OK\r\nx-amzn-RequestId: 1\r\nContent-Length: 42\r\n\r\n"
		   "{\"connectedAt\":\"0001-01-01T00:00:00.000Z\"}")},
		VECTOR_FIN, "http.request run.stack http.answer apigw.connection"},
	{"gone", SEAT_CLIENT, post,
		{S("HTTP/1.1 410 Gone\r\nx-amzn-ErrorType: GoneException\r\nTransfer-Encoding: "
		   "chunked\r\n\r\n0\r\n\r\n")},
		VECTOR_FIN, "http.request http.answer run.stack apigw.connection"},
	{"watched", SEAT_WITNESS, watch,
		{C("GET /prod HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
		   "WlpaWlpaWlpaWlpaWlpaWg==\r\n\r\n"),
			S(OPENED), C("\x81\x82\x00\x00\x00\x00{}"),
			S("\x81\x5a{\"message\":\"Internal server error\"," IDS)},
		VECTOR_RST, NULL},
	{0},
};
