#include "dialect/signalr/signalr.h"
#include "dialect/vector.h"

extern const struct vector vectors_signalr[];

#define OPENED                                                                                     \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n"

static void watch(struct conn *c)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_ws);
	conn_push(c, &dialect_signalr);
}

static void watch_http(struct conn *c)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_signalr);
}

static void negotiate(struct conn *c)
{
	watch_http(c);
	signalr_negotiate(conn_layer(c, &dialect_signalr),
		&(struct http_ask){.target = SPAN("/hub/negotiate?negotiateVersion=1"),
			.host = SPAN("h.example")});
}

static void listen(struct conn *c)
{
	watch_http(c);
	signalr_listen(conn_layer(c, &dialect_signalr),
		&(struct http_ask){.target = SPAN("/hub?id=x"), .host = SPAN("h.example")});
}

static void connect(struct conn *c)
{
	watch(c);
	ws_connect(conn_layer(c, &dialect_ws),
		&(struct ws_ask){.target = SPAN("/hub?id=x"), .host = SPAN("h.example")});
	signalr_say_handshake(conn_layer(c, &dialect_signalr));
	signalr_say_ping(conn_layer(c, &dialect_signalr));
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_signalr[] = {
	{"negotiation", SEAT_CLIENT, negotiate,
		{S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
		   "298\r\n\r\n"
		   "{\"negotiateVersion\":1,\"connectionId\":\"807809a5\",\"connectionToken\":\"052"
		   "65228\\u002d1e2c\",\"availableTransports\":[{\"transport\":\"WebSockets\",\"tra"
		   "nsferFormats\":[\"Text\",\"Binary\"]},{\"transport\":\"ServerSentEvents\","
		   "\"tran"
		   "sferFormats\":[\"Text\"]},{\"transport\":\"LongPolling\",\"transferFormats\":["
		   "\""
		   "Text\",\"Binary\"]}]}")},
		VECTOR_FIN, "http.request http.answer signalr.negotiated"},
	{"negotiation, version 0", SEAT_CLIENT, negotiate,
		{S("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "67\r\n{\"connectionId\":\"a\",\"availableTransports\":[{\"transport\":"
		   "\"LongPolli"
		   "ng\"},[],{\"transport\":\"Carrier\"},\"x\"]}\r\n0\r\n\r\n")},
		VECTOR_FIN, NULL},
	{"sent on", SEAT_CLIENT, negotiate,
		{S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 77\r\n\r\n"
		   "{\"url\":\"https://x.service.signalr.example/client/?hub=a\",\"accessToken\""
		   ":\"eyJ\"}")},
		VECTOR_FIN, NULL},
	{"negotiation refused", SEAT_CLIENT, negotiate,
		{S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n"
		   "{\"error\":\"The client requested version '9'.\"}")},
		VECTOR_FIN, NULL},
	{"aspnet", SEAT_CLIENT, negotiate,
		{S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 83\r\n\r\n"
		   "{\"Url\":\"/"
		   "signalr\",\"ConnectionToken\":\"a\",\"ConnectionId\":\"b\",\"ProtocolVe"
		   "rsion\":\"1.5\"}")},
		VECTOR_FIN, NULL},
	{"no negotiation", SEAT_CLIENT, negotiate,
		{S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
		   "<!DOCTYPE html>")},
		VECTOR_FIN, NULL},
	{"no hub here", SEAT_CLIENT, negotiate,
		{S("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: "
		   "0\r\n\r\n")},
		VECTOR_FIN, NULL},
	{"hub", SEAT_CLIENT, connect,
		{S(OPENED "\x81\x03{}\x1e"
			  "\x81\x0b{\"type\":6}\x1e"
			  "\x81"
			  "8{\"type\":1,\"target\":\"send\",\"arguments\":[\"a\"]}\x1e{\"type\":6}"
			  "\x1e"
			  "\x81L{\"type\":7,\"error\":\"Connection closed with an "
			  "error.\",\"allowReconnect\":true}\x1e"
			  "\x88\x02\x03\xe8")},
		VECTOR_FIN, NULL},
	{"handshake refused", SEAT_CLIENT, connect,
		{S(OPENED "\x81"
			  "2{\"error\":\"The protocol 'json' is not supported.\"}\x1e"
			  "\x88\x02\x03\xe8")},
		VECTOR_FIN, NULL},
	{"closed before the handshake", SEAT_CLIENT, connect,
		{S(OPENED "\x81-{\"type\":7,\"error\":\"Handshake was canceled.\"}\x1e")},
		VECTOR_FIN, NULL},
	{"faults", SEAT_CLIENT, connect,
		{S(OPENED "\x81\x02{}"
			  "\x81\x01\x1e"
			  "\x81\x02{\x1e"
			  "\x81\x0c{\"type\":99}\x1e"
			  "\x81\r{\"type\":\"6\"}\x1e"
			  "\x81\x0b{\"type\":0}\x1e"
			  "\x82\x02\x01\x02")},
		VECTOR_FIN, NULL},
	{"watched negotiation", SEAT_WITNESS, watch_http,
		{C("POST /hub/negotiate?negotiateVersion=1 HTTP/1.1\r\nHost: h\r\nContent-Length: "
		   "0\r\n\r\n"),
			S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
			  "298\r\n\r\n"
			  "{\"negotiateVersion\":1,\"connectionId\":\"807809a5\","
			  "\"connectionToken\":\"052"
			  "65228\\u002d1e2c\",\"availableTransports\":[{\"transport\":"
			  "\"WebSockets\",\"tra"
			  "nsferFormats\":[\"Text\",\"Binary\"]},{\"transport\":"
			  "\"ServerSentEvents\",\"tran"
			  "sferFormats\":[\"Text\"]},{\"transport\":\"LongPolling\","
			  "\"transferFormats\":[\""
			  "Text\",\"Binary\"]}]}"),
			C("GET /hub?id=x HTTP/1.1\r\nHost: h\r\n\r\n"),
			S("HTTP/1.1 404 Not Found\r\nContent-Length: 25\r\n\r\nNo Connection with "
			  "that I")},
		VECTOR_FIN, NULL},
	{"watched hub", SEAT_WITNESS, watch,
		{C("GET /hub?id=x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: "
		   "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
		   "WlpaWlpaWlpaWlpaWlpaWg==\r\n\r\n"),
			S(OPENED),
			C("\x81\xa0\x00\x00\x00\x00{\"protocol\":\"json\",\"version\":1}\x1e"),
			S("\x81\x03{}\x1e"), C("\x81\x8b\x00\x00\x00\x00{\"type\":7}\x1e")},
		VECTOR_FIN, NULL},
	{"events", SEAT_CLIENT, listen,
		{S("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n:\r\n"
		   "data: {}\x1e\r\n\r\nevent: x\ndata:{\"type\":6}\x1e\n\ndata: {\"type\":7")},
		VECTOR_FIN, NULL},
	{"no events", SEAT_CLIENT, listen,
		{S("HTTP/1.1 404 Not Found\r\nContent-Type: text/event-stream\r\nContent-Length: "
		   "8\r\n\r\ndata: {}")},
		VECTOR_FIN, NULL},
	{0},
};
