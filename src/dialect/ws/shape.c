#include "dialect/ws/shape.h"

#include "base/json.h"

static bool holds_json(struct span text)
{
	return json_is(text, JSON_OBJECT) || json_is(text, JSON_ARRAY);
}

static bool engineio_open(struct span text)
{
	struct json_token sid;

	return span_starts(text, SPAN("0{")) && json_is(span_from(text, 1), JSON_OBJECT) &&
	       json_member(span_from(text, 1), SPAN("sid"), &sid);
}

/* <packet type>[<attachments>-][<namespace>,][<ack id>][JSON], as socket.io-protocol 5 has it. */
static bool socketio_packet(struct span text)
{
	struct span rest = span_from(text, 2);
	ssize_t comma;
	size_t digits = 0;

	if (text.n < 2 || text.p[0] != '4' || text.p[1] < '0' || text.p[1] > '6')
		return false;
	if (!rest.n)
		return text.p[1] <= '1';
	if (rest.p[0] == '/') {
		comma = span_chr(rest, ',');
		if (comma < 0)
			return text.p[1] <= '1';
		rest = span_from(rest, (size_t)comma + 1);
	}
	while (digits < rest.n && digits < 10 && rest.p[digits] >= '0' && rest.p[digits] <= '9')
		digits++;
	if (digits && digits < rest.n && rest.p[digits] == '-')
		digits++;
	rest = span_from(rest, digits);
	return !rest.n ? text.p[1] <= '1' && !digits : holds_json(rest);
}

/* Rails says {"type":"welcome"} and no more, AnyCable adds sid; any application may greet so, and
 * says what it likes besides. */
static bool actioncable_welcome(struct span text)
{
	struct json_token type, sid;

	return json_member(text, SPAN("type"), &type) && span_eq(type.raw, SPAN("welcome")) &&
	       (text.n <= sizeof("{\"type\": \"welcome\"}") ||
		       json_member(text, SPAN("sid"), &sid));
}

/* MQTT 3.1.1 §3.2 and 5.0 §3.2: the packet fills the message. */
static bool mqtt_connack(struct span data)
{
	const unsigned char *p = (const unsigned char *)data.p;

	if (data.n < 4 || p[0] != 0x20 || p[1] != data.n - 2 || p[2] > 1)
		return false;
	return data.n == 4 ? p[3] <= 5 || p[3] >= 0x80 : p[1] < 0x80 && p[4] == data.n - 5;
}

static bool varint(struct span *s, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; s->n && shift < 64; shift += 7) {
		unsigned char c = (unsigned char)s->p[0];

		*v |= (uint64_t)(c & 0x7f) << shift;
		*s = span_from(*s, 1);
		if (!(c & 0x80))
			return true;
	}
	return false;
}

static bool protobuf_field(struct span *s)
{
	uint64_t tag, v = 0;

	if (!varint(s, &tag) || tag >> 3 == 0 || tag >> 3 > 536870911)
		return false;
	switch (tag & 7) {
	case 0:
		return varint(s, &v);
	case 1:
		v = 8;
		break;
	case 2:
		if (!varint(s, &v))
			return false;
		break;
	case 5:
		v = 4;
		break;
	default:
		return false;
	}
	if (v > s->n)
		return false;
	*s = span_from(*s, (size_t)v);
	return true;
}

static bool protobuf(struct span data)
{
	size_t fields = 0;

	if (data.n < 8)
		return false;
	while (data.n && protobuf_field(&data))
		fields++;
	return !data.n && fields > 1;
}

/* What the gateway says in place of the integration. */
static bool apigw_error(struct span text)
{
	struct json_token t;

	return json_member(text, SPAN("message"), &t) && t.type == JSON_STRING &&
	       json_member(text, SPAN("connectionId"), &t) && t.type == JSON_STRING &&
	       json_member(text, SPAN("requestId"), &t) && t.type == JSON_STRING;
}

const char *ws_shape(enum ws_opcode opcode, struct span payload)
{
	if (!payload.n)
		return "empty";
	if (opcode == WS_BINARY)
		return mqtt_connack(payload) ? "MQTT CONNACK"
		       : protobuf(payload)   ? "protobuf-like"
					     : "binary";
	if (span_eq(payload, SPAN("o")))
		return "SockJS open frame";
	if (engineio_open(payload))
		return "Engine.IO open packet";
	if (span_eq(payload, SPAN("2")))
		return "Engine.IO ping";
	if (socketio_packet(payload))
		return "Socket.IO packet";
	if (json_is(payload, JSON_OBJECT))
		return actioncable_welcome(payload) ? "Action Cable welcome"
		       : apigw_error(payload)	    ? "API Gateway error"
						    : "JSON object";
	if (json_is(payload, JSON_ARRAY))
		return "JSON array";
	return "text";
}
