#include "dialect/mqtt/mqtt.h"
#include "dialect/vector.h"

extern const struct vector vectors_mqtt[];

static void connect_level(struct conn *c, enum mqtt_level level)
{
	ws_begin(conn_push(c, &dialect_ws), false);
	mqtt_say_connect(conn_push(c, &dialect_mqtt),
		&(struct mqtt_hello){.level = level, .client_id = SPAN("wsdx1"), .keep_alive = 30});
}

static void connect_3(struct conn *c)
{
	connect_level(c, MQTT_3_1_1);
}

static void connect_5(struct conn *c)
{
	connect_level(c, MQTT_5);
}

static void raw(struct conn *c)
{
	mqtt_say_connect(conn_push(c, &dialect_mqtt), &(struct mqtt_hello){.level = MQTT_3_1,
							      .client_id = SPAN("wsdx1"),
							      .user = SPAN("u"),
							      .password = SPAN("p")});
}

static void watch(struct conn *c)
{
	conn_push(c, &dialect_mqtt);
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_mqtt[] = {
	{"taken", SEAT_CLIENT, connect_3,
		{S("\x82\x04\x20\x02\x00\x00"
		   "\x82\x02\xd0\x00"
		   "\x82\x07\x30\x05\x00\x01"
		   "ahi")},
		VECTOR_FIN,
		"hello.asked ws.frame ws.message ws.frame ws.message hello.taken ws.frame "
		"ws.message hello.beat ws.frame "
		"ws.message hello.packet"},
	{"refused", SEAT_CLIENT, connect_3, {S("\x82\x01\x20\x82\x03\x02\x00\x05")}, VECTOR_FIN,
		NULL},
	{"five", SEAT_CLIENT, connect_5,
		{S("\x82\x18\x20\x16\x00\x00\x13\x13\x00\x0a\x12\x00\x03"
		   "abc\x26\x00\x01"
		   "a\x00\x01"
		   "b\x21\x00\x14"
		   "\x82\x0b\xe0\x09\x8b\x07\x1f\x00\x04"
		   "stop")},
		VECTOR_FIN, NULL},
	{"five refused", SEAT_CLIENT, connect_5,
		{S("\x82\x0c\x20\x0a\x00\x87\x07\x1f\x00\x04"
		   "nope")},
		VECTOR_RST, NULL},
	{"not mqtt", SEAT_CLIENT, connect_3,
		{S("\x81\x05hello"
		   "\x82\x05\x30\xff\xff\xff\xff"
		   "\x82\x02\x01\x02")},
		VECTOR_FIN, NULL},
	{"raw", SEAT_CLIENT, raw, {S("\x20\x02\x00\x04")}, VECTOR_FIN, "hello.asked hello.refused"},
	{"raw http", SEAT_CLIENT, raw, {S("HTTP/1.1 400 Bad Request\r\n\r\n")}, VECTOR_FIN, NULL},
	{"both seen", SEAT_WITNESS, watch,
		{C("\x10\x13\x00\x04MQTT\x05\x82\x00\x3c\x00\x00\x03"
		   "abc\x00\x01u"),
			S("\x20\x03\x00\x9d\x00"), C("\xc0\x00\xe0\x00"),
			S("\xe0\x00\x20\x00\x10\x01\x00")},
		VECTOR_FIN, NULL},
	{.name = NULL},
};
