#include "dialect/stomp/stomp.h"
#include "dialect/vector.h"

extern const struct vector vectors_stomp[];

static void connect(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	stomp_say_connect(
		conn_push(c, &dialect_stomp), &(struct stomp_hello){.versions = SPAN("1.0,1.1,1.2"),
						      .host = SPAN("h.example"),
						      .login = SPAN("u"),
						      .passcode = SPAN("p"),
						      .beat_client = 10 * NS_S,
						      .beat_server = 10 * NS_S});
}

static void watch(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	conn_push(c, &dialect_stomp);
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_stomp[] = {
	{"taken", SEAT_CLIENT, connect,
		{S("\x81\x2e"
		   "CONNECTED\nversion:1.2\nheart-beat:10000,5000\n\n\0"
		   "\x81\x01\n"
		   "\x81\x1e"
		   "MESSAGE\ncontent-length:2\n\na\0\0\n"
		   "\x81\x0e"
		   "RECEIPT\na:b\n\n\0")},
		VECTOR_FIN, NULL},
	{"refused", SEAT_CLIENT, connect,
		{S("\x81\x3f"
		   "ERROR\r\nmessage:Bad CONNECT\r\n\r\nAccess refused for user 'guest'\n\0")},
		VECTOR_FIN, NULL},
	{"in pieces", SEAT_CLIENT, connect,
		{S("\x81\x0a"
		   "CONNECTED\n"
		   "\x81\x0d"
		   "version:1.1\n\n"
		   "\x81\x18\0"
		   "ERROR\nmessage:no\n\nbye\0\n"
		   "\x81\x04"
		   "WHAT")},
		VECTOR_FIN, NULL},
	{"not stomp", SEAT_CLIENT, connect,
		{S("\x81\x0c"
		   "hello\nyou\n\n\0")},
		VECTOR_RST, NULL},
	{"both seen", SEAT_WITNESS, watch,
		{C("\x81\x9f\0\0\0\0"
		   "STOMP\naccept-version:1.2\n\n\0\n\n\n\n"),
			S("\x81\x17"
			  "CONNECTED\nheart-beat:x\0"),
			C("\x81\x8d\0\0\0\0"
			  "DISCONNECT\n\n\0")},
		VECTOR_FIN, NULL},
	{.name = NULL},
};
