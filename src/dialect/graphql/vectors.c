#include "dialect/graphql/graphql.h"
#include "dialect/vector.h"

extern const struct vector vectors_graphql[];

#define OPENED(subprotocol)                                                                        \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n" subprotocol "\r\n"
#define CURRENT "Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
#define OLD "Sec-WebSocket-Protocol: graphql-ws\r\n"

static void watch(struct conn *c)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_ws);
	conn_push(c, &dialect_graphql);
}

static void connect(struct conn *c, const char *subprotocol)
{
	watch(c);
	ws_connect(conn_layer(c, &dialect_ws), &(struct ws_ask){.target = SPAN("/graphql"),
						       .host = SPAN("h.example"),
						       .subprotocols = span_of(subprotocol)});
	gql_say_init(conn_layer(c, &dialect_graphql), SPAN("{\"token\":\"x\"}"));
}

static void connect_current(struct conn *c)
{
	connect(c, "graphql-transport-ws");
}

static void connect_old(struct conn *c)
{
	connect(c, "graphql-ws");
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_graphql[] = {
	{"current", SEAT_CLIENT, connect_current,
		{S(OPENED(CURRENT) "\x81\x19{\"type\":\"connection_ack\"}"
				   "\x81\x0f{\"type\":\"ping\"}"
				   "\x81.{\"type\":\"next\",\"id\":\"1\",\"payload\":{\"data\":{}}}"
				   "\x81\x1c{\"id\":\"1\",\"type\":\"complete\"}"
				   "\x88!\x11"
				   "9Subscriber for 1 already exists")},
		VECTOR_FIN, NULL},
	{"old", SEAT_CLIENT, connect_old,
		{S(OPENED(OLD) "\x81\x19{\"type\":\"connection_ack\"}"
			       "\x81\r{\"type\":\"ka\"}"
			       "\x81%{\"type\":\"data\",\"id\":\"1\",\"payload\":{}}")},
		VECTOR_FIN, NULL},
	{"refused", SEAT_CLIENT, connect_old,
		{S(OPENED(OLD) "\x81P{\"type\":\"connection_error\",\"payload\":{\"message\":"
			       "\"Prohibited connection!\\u0021\"}}"
			       "\x88\x02\x03\xf3")},
		VECTOR_FIN,
		"http.request graphql.init ws.open ws.frame ws.message graphql.refused ws.frame "
		"ws.close ws.frame ws.close"},
	{"other generation", SEAT_CLIENT, connect_current,
		{S(OPENED(CURRENT) "\x81\r{\"type\":\"ka\"}"
				   "\x81*{\"type\":\"connection_error\",\"payload\":\"no\"}"
				   "\x81\x19{\"type\":\"connection_ack\"}")},
		VECTOR_FIN, NULL},
	{"faults", SEAT_CLIENT, connect_current,
		{S(OPENED("") "\x81\x00"
			      "\x81\x03[1]"
			      "\x81\n{\"type\":1}"
			      "\x81\x1a{\"type\":\"connection_init\"}"
			      "\x81\x10{\"type\":\"later\"}"
			      "\x81\x12{\"a\":{\"type\":\"x\"}}"
			      "\x81\x0f{\"type\":\"next\"}"
			      "\x81\x0e{\"type\":\"ping\""
			      "\x82\x02\x01\x02")},
		VECTOR_FIN, NULL},
	{"watched", SEAT_WITNESS, watch,
		{C("GET /graphql HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: "
		   "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
		   "WlpaWlpaWlpaWlpaWlpaWg==\r\nSec-WebSocket-Protocol: graphql-ws\r\n\r\n"),
			S(OPENED(OLD)),
			C("\x81\xa7\x00\x00\x00\x00{\"type\":\"connection_init\",\"payload\":{}}"),
			S("\x81\x19{\"type\":\"connection_ack\"}"),
			C("\x81\xa6\x00\x00\x00\x00{\"type\":\"start\",\"id\":\"1\",\"payload\":{}"
			  "}"),
			S("\x81\x18{\"type\":\"data\",\"id\":\"1\"}"),
			C("\x81\x9f\x00\x00\x00\x00{\"type\":\"connection_terminate\"}")},
		VECTOR_FIN, NULL},
	{0},
};
