#include "dialect/eio/eio.h"
#include "dialect/vector.h"

extern const struct vector vectors_eio[];

#define ASK(eio, rest)                                                                             \
	"GET /socket.io/?EIO=" eio "&transport=" rest " HTTP/1.1\r\nHost: h.example\r\n"
#define OK(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"
#define OPEN4                                                                                      \
	"0{\"sid\":\"lv_VI97HAXpY6yYWAAAB\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,"  \
	"\"pingTimeout\":20000,\"maxPayload\":1000000}"
#define WS_OPENED                                                                                  \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n"

static void watch(struct conn *c)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_eio);
}

static void poll(struct conn *c)
{
	watch(c);
	eio_poll_get(conn_layer(c, &dialect_eio),
		&(struct eio_ask){.path = SPAN("/socket.io/"), .host = SPAN("h.example")});
}

static void watch_websocket(struct conn *c)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_ws);
	conn_push(c, &dialect_eio);
}

static void websocket(struct conn *c)
{
	watch_websocket(c);
	eio_websocket(conn_layer(c, &dialect_eio), SPAN("/socket.io/"),
		&(struct ws_ask){.host = SPAN("h.example")});
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_eio[] = {
	{"open-4", SEAT_CLIENT, poll, {S(OK("118") OPEN4)}, VECTOR_FIN,
		"http.request http.answer run.stack eio.packet eio.open eio.poll"},
	{"open-3", SEAT_CLIENT, poll,
		{S(OK("104") "97:0{\"sid\":\"uoHvEu_vBkOQYTJGAAAA\",\"upgrades\":[\"websocket\"],"
			     "\"pingInterval\":25000,\"pingTimeout\":20000}2:40")},
		VECTOR_FIN, "http.request http.answer eio.packet eio.open eio.packet eio.poll"},
	{"jsonp", SEAT_CLIENT, poll,
		{S(OK("46") "___eio[0](\"21:0{\\\"sid\\\":\\\"abcdefghij\\\"}2:40\");")},
		VECTOR_FIN, NULL},
	{"refused", SEAT_CLIENT, poll,
		{S("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
		   "Content-Length: 41\r\n\r\n{\"code\":1,\"message\":\"Session ID unknown\"}")},
		VECTOR_FIN, "http.request http.answer run.stack eio.error eio.poll"},
	{"python refuses", SEAT_CLIENT, poll,
		{S("HTTP/1.1 400 BAD REQUEST\r\nContent-Type: text/plain\r\n"
		   "Content-Length: 19\r\n\r\n\"Invalid transport\"")},
		VECTOR_FIN, "http.request http.answer run.stack eio.error eio.poll"},
	{"a page", SEAT_CLIENT, poll, {S(OK("15") "<html>hi</html>")}, VECTOR_FIN,
		"http.request http.answer eio.fault eio.poll"},
	{"rust refuses", SEAT_CLIENT, poll,
		{S("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
		   "Content-Length: 43\r\n\r\n{\"code\":\"1\",\"message\":\"Session ID "
		   "unknown\"}")},
		VECTOR_FIN, "http.request http.answer run.stack eio.error eio.poll"},
	{"go refuses", SEAT_CLIENT, poll,
		{S("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
		   "Content-Length: 12\r\n\r\ninvalid sid\n")},
		VECTOR_FIN, "http.request http.answer eio.error eio.poll"},
	{"cut poll", SEAT_CLIENT, poll, {S(OK("500") OPEN4)}, VECTOR_FIN, NULL},
	{"watched session", SEAT_WITNESS, watch,
		{C(ASK("4", "polling") "\r\n"), S(OK("118") OPEN4),
			C("POST /socket.io/?EIO=4&transport=polling&sid=lv_VI97HAXpY6yYWAAAB "
			  "HTTP/1.1\r\nContent-Length: 13\r\n\r\n40\x1e"
			  "4hi\x1e"
			  "bAQID\x1e"),
			S(OK("2") "ok"), C(ASK("4", "polling&sid=lv_VI97HAXpY6yYWAAAB") "\r\n"),
			S(OK("12") "2\x1e"
				   "4hello\x1e"
				   "bAQ")},
		VECTOR_FIN, NULL},
	{"watched binary of 3", SEAT_WITNESS, watch,
		{C(ASK("3", "polling&sid=x") "\r\n"),
			S(OK("31") "\x00\x08\xff"
				   "4h\xe2\x82\xacllo\x01\x05\xff\x04\x01\x02\x03\x04\x00\x01\xff"
				   "2\x00\x05\xff"
				   "4\xf0\x9f\x98\x80")},
		VECTOR_FIN, NULL},
	{"websocket", SEAT_CLIENT, websocket,
		{S(WS_OPENED "\x81\x76" OPEN4 "\x81\x01\x32\x81\x03\x34hi\x82\x02\x01\x02"
			     "\x81\x00\x81\x01\x39\x81\x01\x31")},
		VECTOR_FIN, NULL},
	{"upgrade", SEAT_WITNESS, watch_websocket,
		{C(ASK("4", "websocket&sid=abc") "Connection: Upgrade\r\nUpgrade: websocket\r\n"
						 "Sec-WebSocket-Version: 13\r\n"
						 "Sec-WebSocket-Key: "
						 "WlpaWlpaWlpaWlpaWlpaWg==\r\n\r\n"),
			S(WS_OPENED), C("\x81\x86\x00\x00\x00\x00\x32probe"),
			S("\x81\x06\x33probe"), C("\x81\x81\x00\x00\x00\x00\x35")},
		VECTOR_FIN,
		"http.request ws.open ws.frame ws.message eio.packet ws.frame ws.message "
		"eio.packet "
		"eio.probe ws.frame ws.message eio.packet eio.upgraded"},
	{"upgrade refused", SEAT_CLIENT, websocket,
		{S("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n"
		   "Content-Length: 17\r\n\r\nTransport unknown")},
		VECTOR_FIN, "http.request http.answer run.stack eio.error"},
	{0},
};
