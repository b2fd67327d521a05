#include "dialect/actioncable/actioncable.h"
#include "dialect/hello/hello.h"
#include "dialect/vector.h"

extern const struct vector vectors_actioncable[];

static void connect(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	hello_wait(conn_push(c, &dialect_actioncable));
}

static void watch(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	conn_push(c, &dialect_actioncable);
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_actioncable[] = {
	{"welcome", SEAT_CLIENT, connect,
		{S("\x81\x12{\"type\":\"welcome\"}"
		   "\x81\x24{\"type\":\"ping\",\"message\":1795000000}"
		   "\x81\x1e{\"identifier\":\"x\",\"message\":1}"
		   "\x81\x24{\"type\":\"reject_subscription\",\"i\":1}"
		   "\x81\x40{\"type\":\"disconnect\",\"reason\":\"server_restart\",\"reconnect\":"
		   "true}")},
		VECTOR_FIN,
		"ws.frame ws.message hello.taken ws.frame ws.message hello.beat ws.frame "
		"ws.message hello.packet ws.frame ws.message "
		"hello.packet ws.frame ws.message hello.bye"},
	{"unauthorized", SEAT_CLIENT, connect,
		{S("\x81\x3f{\"type\":\"disconnect\",\"reason\":\"unauthorized\",\"reconnect\":"
		   "false}"
		   "\x88\x02\x03\xe8")},
		VECTOR_FIN, NULL},
	{"not a cable", SEAT_CLIENT, connect,
		{S("\x81\x02hi"
		   "\x82\x02{}"
		   "\x81\x0e{\"type\":\"odd\"}"
		   "\x81\x09{\"type\":1")},
		VECTOR_RST, NULL},
	{"both seen", SEAT_WITNESS, watch,
		{S("\x81\x12{\"type\":\"welcome\"}"),
			C("\x81\x97\0\0\0\0{\"command\":\"subscribe\"}"),
			S("\x81\x26{\"type\":\"confirm_subscription\",\"i\":\"\"}")},
		VECTOR_FIN, NULL},
	{.name = NULL},
};
