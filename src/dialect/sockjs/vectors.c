#include "dialect/hello/hello.h"
#include "dialect/sockjs/sockjs.h"
#include "dialect/vector.h"

extern const struct vector vectors_sockjs[];

static void connect(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	hello_wait(conn_push(c, &dialect_sockjs));
}

static void watch(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	conn_push(c, &dialect_sockjs);
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_sockjs[] = {
	{"open", SEAT_CLIENT, connect,
		{S("\x81\x01o"
		   "\x81\x01h"
		   "\x81\x06"
		   "a[\"x\"]"
		   "\x81\x12"
		   "c[3000,\"Go away!\"]")},
		VECTOR_FIN,
		"ws.frame ws.message hello.taken ws.frame ws.message hello.beat ws.frame "
		"ws.message hello.packet ws.frame ws.message hello.bye"},
	{"refused", SEAT_CLIENT, connect,
		{S("\x81\x27"
		   "c[2010,\"Another connection still open\"]")},
		VECTOR_FIN, NULL},
	{"not sockjs", SEAT_CLIENT, connect,
		{S("\x81\x05hello"
		   "\x81\x02oo"
		   "\x81\x03"
		   "a[1"
		   "\x81\x04"
		   "a[1]"
		   "\x81\x05"
		   "c[\"\"]"
		   "\x81\x00"
		   "\x81\x01x"
		   "\x82\x01o")},
		VECTOR_RST, NULL},
	{"both seen", SEAT_WITNESS, watch,
		{S("\x81\x01o"), C("\x81\x85\0\0\0\0[\"a\"]"),
			S("\x81\x06"
			  "a[\"a\"]")},
		VECTOR_FIN, NULL},
	{.name = NULL},
};
