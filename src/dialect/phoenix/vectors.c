#include "dialect/phoenix/phoenix.h"
#include "dialect/vector.h"

extern const struct vector vectors_phoenix[];

static void connect(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	phoenix_say_heartbeat(conn_push(c, &dialect_phoenix), 2);
}

static void connect_1(struct conn *c)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	phoenix_say_heartbeat(conn_push(c, &dialect_phoenix), 1);
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)

const struct vector vectors_phoenix[] = {
	{"version 2", SEAT_CLIENT, connect,
		{S("\x81\x3e[null,\"1\",\"phoenix\",\"phx_reply\",{\"status\":\"ok\",\"response\":{"
		   "}}]"
		   "\x81\x3e[null,\"2\",\"phoenix\",\"phx_reply\",{\"status\":\"ok\",\"response\":{"
		   "}}]"
		   "\x81\x2c[\"3\",\"3\",\"room:1\",\"phx_reply\",{\"status\":\"\"}]"
		   "\x81\x1b[\"3\",null,\"r\",\"new_msg\",[]]"
		   "\x82\x02\x01\x02")},
		VECTOR_FIN,
		"hello.asked ws.frame ws.message ws.frame ws.message hello.taken ws.frame "
		"ws.message hello.beat ws.frame ws.message "
		"hello.packet ws.frame ws.message hello.packet ws.frame ws.message hello.packet"},
	{"version 1", SEAT_CLIENT, connect_1,
		{S("\x81\x3c{\"topic\":\"phoenix\",\"event\":\"phx_reply\",\"payload\":{},\"ref\":"
		   "1}")},
		VECTOR_FIN, NULL},
	{"not phoenix", SEAT_CLIENT, connect,
		{S("\x81\x02[]"
		   "\x81\x0b[1,2,3,4,5]"
		   "\x81\x0f[1,2,\"3\",\"4\",[["
		   "\x81\x02hi"
		   "\x81\x0e{\"payload\":{}}")},
		VECTOR_RST, NULL},
	{.name = NULL},
};
