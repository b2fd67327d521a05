#include "dialect/sio/sio.h"
#include "dialect/vector.h"

extern const struct vector vectors_sio[];

#define WS_OPENED                                                                                  \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n"
#define OPENED                                                                                     \
	WS_OPENED "\x81\x21"                                                                       \
		  "0{\"sid\":\"abcdefgh\",\"upgrades\":[]}"

static void watch(struct conn *c)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_eio);
	conn_push(c, &dialect_sio);
}

static void connect(struct conn *c)
{
	struct layer *eio;

	conn_push(c, &dialect_http);
	conn_push(c, &dialect_ws);
	eio = conn_push(c, &dialect_eio);
	conn_push(c, &dialect_sio);
	eio_websocket(eio, SPAN("/socket.io/"), &(struct ws_ask){.host = SPAN("h.example")});
}

static void connect_3(struct conn *c)
{
	connect(c);
	eio_session(conn_layer(c, &dialect_eio))->version = 3;
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_sio[] = {
	{"events", SEAT_CLIENT, connect,
		{S(OPENED "\x81\x19"
			  "40{\"sid\":\"xyz\",\"pid\":\"p\"}"
			  "\x81\x0d"
			  "42[\"hi\",1,{}]"
			  "\x81\x0e"
			  "42/n,7[\"hi\",1]"
			  "\x81\x05"
			  "439[]"
			  "\x81\x02"
			  "41"
			  "\x81\x15"
			  "44/n,{\"message\":\"no\"}"
			  "\x81\x24"
			  "44/n,{\"message\":\"Invalid namespace\"}"
			  "\x81\x09"
			  "42{\"a\":1}"
			  "\x81\x01"
			  "4"
			  "\x81\x02"
			  "48"
			  "\x81\x0d"
			  "42[\"off\",\"x\"]"
			  "\x81\x06"
			  "43/n[]"
			  "\x81\x14"
			  "40/admin,{\"sid\":\"q\"}")},
		VECTOR_FIN, NULL},
	{"binary", SEAT_CLIENT, connect,
		{S(OPENED "\x81\x27"
			  "451-[\"b\",{\"_placeholder\":true,\"num\":0}]"
			  "\x82\x03"
			  "\x01"
			  "\x02"
			  "\x03"
			  ""
			  "\x82\x01"
			  "\x01"
			  ""
			  "\x81\x27"
			  "451-[\"b\",{\"_placeholder\":true,\"num\":9}]"
			  "\x81\x08"
			  "42[\"hi\"]"
			  "\x81\x2a"
			  "452-[\"b\",{\"_placeholder\":true,\"num\":9},[]]"
			  "\x82\x01"
			  "\x01"
			  ""
			  "\x82\x00"
			  ""
			  "\x82\x36"
			  "\x84"
			  "\xa4"
			  "type\x02"
			  "\xa3"
			  "nsp\xa1"
			  "/\xa2"
			  "id\x03"
			  "\xa4"
			  "data\x93"
			  "\xa1"
			  "f\xc4"
			  "\x02"
			  "\x01"
			  "\x02"
			  "\x84"
			  "\xa1"
			  "x\xcb"
			  "\xbf"
			  "\xf8"
			  "\x00"
			  "\x00"
			  "\x00"
			  "\x00"
			  "\x00"
			  "\x00"
			  "\xa1"
			  "y\xc0"
			  "\xa1"
			  "z\xfd"
			  "\xa1"
			  "t\xce"
			  "\x00"
			  "\x01"
			  "\x11"
			  "p"
			  "\x82\x0c"
			  "\x84"
			  "\xa4"
			  "type\xdd"
			  "\xff"
			  "\xff"
			  "\xff"
			  "\xff"
			  "\xff"
			  ""
			  "\x81\x0a"
			  "4599-[\"b\"]")},
		VECTOR_FIN, NULL},
	{"revision 4", SEAT_CLIENT, connect_3,
		{S(OPENED "\x81\x02"
			  "40"
			  "\x81\x09"
			  "44/n,\"no\""
			  "\x82\x02"
			  "\x04"
			  "\x01"
			  ""
			  "\x81\x2f"
			  "461-/n?token=x,3[{\"_placeholder\":true,\"num\":0}]"
			  "\x82\x02"
			  "\x04"
			  "\xff"
			  "")},
		VECTOR_FIN, NULL},
	{"watched polling", SEAT_WITNESS, watch,
		{C("POST /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\n"
		   "Content-Length: 30\r\n\r\n40{\"token\":\"x\"}\x1e"
		   "4212[\"echo\",1]"),
			S("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
			C("GET /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\n\r\n"),
			S("HTTP/1.1 200 OK\r\nContent-Length: 82\r\n\r\n40{\"sid\":\"q\"}\x1e"
			  "4312[1]\x1e"
			  "451-[\"hi\",\"x\",{\"_placeholder\":true,\"num\":0},\"Q7vNCft\"]\x1e"
			  "bAQ==")},
		VECTOR_FIN,
		"http.request eio.packet sio.join eio.packet sio.event http.answer eio.poll "
		"http.request http.answer eio.packet sio.connect eio.packet sio.ack eio.packet "
		"eio.packet sio.event eio.poll"},
	{0},
};
