#include "dialect/vector.h"
#include "dialect/ws/ws.h"

extern const struct vector vectors_ws[];

/* What the key of sixteen 0x5a is answered with. */
#define ACCEPT "Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n"
#define OPENED                                                                                     \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" ACCEPT
#define OPEN OPENED "\r\n"
#define DEFLATED OPENED "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
#define REQUEST                                                                                    \
	"GET /chat HTTP/1.1\r\nHost: h.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"   \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: WlpaWlpaWlpaWlpaWlpaWg==\r\n"             \
	"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
#define MASK "\x37\xfa\x21\x3d"
#define MASKED_HELLO MASK "\x7f\x9f\x4d\x51\x58"

static struct layer *push(struct conn *c)
{
	conn_push(c, &dialect_http);
	return conn_push(c, &dialect_ws);
}

static void connect_plain(struct conn *c)
{
	ws_connect(push(c), &(struct ws_ask){.target = SPAN("/chat"), .host = SPAN("h.example")});
}

static void connect_browser(struct conn *c)
{
	ws_connect(push(c), &(struct ws_ask){.target = SPAN("/chat?token=secret"),
				    .host = SPAN("h.example"),
				    .origin = SPAN("https://h.example"),
				    .subprotocols = SPAN("mqtt, stomp"),
				    .deflate = WS_DEFLATE_AS_BROWSERS});
}

static void watch(struct conn *c)
{
	push(c);
}

static void begun(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
}

static void begun_deflated(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), true);
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_ws[] = {
	{"messages", SEAT_CLIENT, connect_plain,
		{S(OPEN "\x81\x05Hello\x82\x01\x00\x89\x02hi\x01\x02{\"\x8a\x00\x80\x04"
			"a\":1"),
			S("\x88\x05\x0f\xa1"
			  "bye")},
		VECTOR_FIN,
		"http.request ws.open ws.frame ws.message ws.frame ws.message ws.frame ws.frame "
		"ws.frame ws.frame ws.frame ws.message ws.frame ws.close ws.frame ws.close"},
	{"deflate", SEAT_CLIENT, connect_browser,
		{S(DEFLATED "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00\x41"
			    "\x03\xf2\x00\x11\x80\x02\x00\x00")},
		VECTOR_FIN,
		"http.request ws.open ws.frame ws.message ws.frame ws.message ws.frame ws.frame "
		"ws.message"},
	{"wrong in every header", SEAT_CLIENT, connect_plain,
		{S("HTTP/1.1 101 Fine\r\nUpgrade: h2c\r\nConnection: "
		   "close\r\nSec-WebSocket-Accept: x\r\n"
		   "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Extensions: permessage-deflate; "
		   "foo\r\n"
		   "Content-Length: 5\r\n\r\n\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00")},
		VECTOR_FIN, "http.request ws.open ws.fault ws.frame ws.fault ws.frame ws.close"},
	{"refused", SEAT_CLIENT, connect_browser,
		{S("HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nForbidden")}, VECTOR_FIN,
		"http.request http.answer"},
	{"text in the stream", SEAT_CLIENT, connect_plain,
		{S(OPEN "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")}, VECTOR_FIN,
		"http.request ws.open ws.fault ws.frame ws.close"},
	{"text behind a frame", SEAT_CLIENT, connect_plain, {S(OPEN "\x81\x02hiHTTP/1.1 500 Oops")},
		VECTOR_RST, "http.request ws.open ws.frame ws.message ws.fault ws.frame ws.close"},
	{"nearly text", SEAT_CLIENT, connect_plain, {S(OPEN "HTTP/2")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"masked", SEAT_CLIENT, connect_plain, {S(OPEN "\x81\x85" MASKED_HELLO)}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"rsv1", SEAT_CLIENT, connect_plain, {S(OPEN "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00")},
		VECTOR_FIN, "http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"rsv3", SEAT_CLIENT, connect_plain, {S(OPEN "\x91\x00")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"opcode", SEAT_CLIENT, connect_plain, {S(OPEN "\x85\x00")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"long ping", SEAT_CLIENT, connect_plain, {S(OPEN "\x89\x7e\x00\x7e")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"fragmented ping", SEAT_CLIENT, connect_plain, {S(OPEN "\x09\x00")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"continuation of nothing", SEAT_CLIENT, connect_plain, {S(OPEN "\x80\x00")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"interleaved", SEAT_CLIENT, connect_plain, {S(OPEN "\x01\x01x\x82\x01y")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.frame ws.fault ws.frame ws.close"},
	{"utf8", SEAT_CLIENT, connect_plain, {S(OPEN "\x01\x02\xe2\x82\x80\x02\xac\xff")},
		VECTOR_FIN, "http.request ws.open ws.frame ws.frame ws.fault ws.frame ws.close"},
	{"long form of a short length", SEAT_CLIENT, connect_plain,
		{S(OPEN "\x82\x7f\0\0\0\0\0\0\0\x01x")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"above the limit", SEAT_CLIENT, connect_plain, {S(OPEN "\x82\x7f\0\0\0\0\x7f\0\0\0x")},
		VECTOR_FIN, "http.request ws.open ws.frame ws.fault ws.frame ws.close"},
	{"close of one byte", SEAT_CLIENT, connect_plain, {S(OPEN "\x88\x01\x03")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.close ws.fault ws.frame ws.close"},
	{"close 1005", SEAT_CLIENT, connect_plain, {S(OPEN "\x88\x02\x03\xed")}, VECTOR_FIN,
		"http.request ws.open ws.frame ws.close ws.fault ws.frame ws.close"},
	{"close without code", SEAT_CLIENT, connect_plain, {S(OPEN "\x88\x00\x81\x01x")},
		VECTOR_FIN,
		"http.request ws.open ws.frame ws.close ws.frame ws.close ws.frame ws.fault"},
	{"bad deflate", SEAT_CLIENT, begun_deflated, {S("\xc2\x03\x07\x07\x07")}, VECTOR_FIN,
		"ws.frame ws.fault ws.frame ws.close"},
	{"final block", SEAT_CLIENT, begun_deflated,
		{S("\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00\xc1\x05\xf2\x00\x11\x00\x00")},
		VECTOR_FIN, "ws.frame ws.message ws.frame ws.message"},
	{"server", SEAT_SERVER, begun,
		{C("\x81\x85" MASKED_HELLO "\x89\x80" MASK "\x88\x82" MASK "\x34\x12")}, VECTOR_FIN,
		"ws.frame ws.message ws.frame ws.frame ws.frame ws.close ws.frame ws.close"},
	{"unmasked", SEAT_SERVER, begun, {C("\x81\x05Hello")}, VECTOR_FIN,
		"ws.frame ws.fault ws.frame ws.close"},
	{"request", SEAT_SERVER, watch, {C(REQUEST)}, VECTOR_FIN, "http.request"},
	{"both sides", SEAT_WITNESS, watch,
		{C(REQUEST), S(DEFLATED), C("\x81\x85" MASKED_HELLO),
			S("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), C("\x88\x82" MASK "\x34\x12"),
			S("\x88\x02\x03\xe8")},
		VECTOR_FIN,
		"http.request ws.open ws.frame ws.message ws.frame ws.message ws.frame ws.close "
		"ws.frame ws.close"},
	{0}};
