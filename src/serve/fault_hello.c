/* Servers of MQTT, STOMP, Action Cable and GraphQL that do not take the client's hello. */
#include "serve/fault.h"

/* With the first subprotocol that is offered, as servers of one protocol do. */
static bool open_echoing(struct call *c)
{
	struct span list = http_find(call_head(c), SPAN("Sec-WebSocket-Protocol")), first = {0};

	span_cut(&list, ',', &first);
	return call_open(c, &(struct ws_offer){.subprotocol = span_trim(first)});
}

static void greet(
	struct call *c, void (*hear)(struct call *c, enum ws_opcode opcode, struct span data))
{
	c->show->hear = hear;
	if (!call_upgrades(c))
		call_healthy(c);
	else if (open_echoing(c))
		call_stay(c);
}

/* --- MQTT 3.1.1 §3.2: CONNACK -------------------------------------------------------------------
 */

#define CONNECT 0x10
#define LEVEL_AT 8 /* behind the fixed header and the name "MQTT" */

static bool is_connect(struct span data)
{
	return data.n > LEVEL_AT && (data.p[0] & 0xf0) == CONNECT;
}

static void refuse_with(struct call *c, struct span data, char code)
{
	char connack[] = {0x20, 2, 0, code};

	if (!is_connect(data))
		return;
	ws_send(c->ws, WS_BINARY, (struct span){connack, sizeof(connack)});
	ws_send_close(c->ws, 1000, (struct span){0});
}

/* Version 5 is level 5, and its CONNACK has properties. */
static void only_version_5(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	if (is_connect(data) && data.p[LEVEL_AT] == 5)
		ws_send(c->ws, WS_BINARY, SPAN("\x20\x03\x00\x00\x00"));
	else
		refuse_with(c, data, 1);
}

static void no_such_client(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	refuse_with(c, data, 2);
}

static void unavailable(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	refuse_with(c, data, 3);
}

static void not_authorised(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	refuse_with(c, data, 5);
}

static void text_instead(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	(void)data;
	ws_send(c->ws, WS_TEXT, SPAN("{\"hello\":\"world\"}"));
}

static void close_instead(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	(void)data;
	ws_send_close(c->ws, 1000, (struct span){0});
}

/* --- STOMP 1.2: ERROR ---------------------------------------------------------------------------
 */

#define ERROR_FRAME(message, body)                                                                 \
	"ERROR\nmessage:" message "\ncontent-type:text/plain\nversion:1.0,1.1,1.2\n\n" body "\0"

static void refuse_frame(struct call *c, struct span frame)
{
	ws_send(c->ws, WS_TEXT, frame);
	ws_send_close(c->ws, 1000, (struct span){0});
}

static void stomp_login(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	(void)data;
	refuse_frame(c, SPAN(ERROR_FRAME("Bad CONNECT", "Access refused for user 'guest'\n")));
}

static void stomp_vhost(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	(void)data;
	refuse_frame(c, SPAN(ERROR_FRAME("Bad CONNECT", "Virtual host '127.0.0.1' access denied")));
}

static void stomp_version(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	(void)data;
	refuse_frame(c, SPAN(ERROR_FRAME("Version mismatch", "Supported versions are 1.0\n")));
}

static void stomp_other(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	(void)data;
	refuse_frame(c, SPAN(ERROR_FRAME("Unexpected server error", "see the log")));
}

#define HELLO(function, hear)                                                                      \
	void show_##function(struct call *c)                                                       \
	{                                                                                          \
		greet(c, hear);                                                                    \
	}
HELLO(mqtt_version, only_version_5)
HELLO(mqtt_client, no_such_client)
HELLO(mqtt_unavailable, unavailable)
HELLO(mqtt_login, not_authorised)
HELLO(hello_silent, NULL)
HELLO(hello_text, text_instead)
HELLO(hello_close, close_instead)
HELLO(stomp_login, stomp_login)
HELLO(stomp_vhost, stomp_vhost)
HELLO(stomp_version, stomp_version)
HELLO(stomp_other, stomp_other)

/* --- Action Cable speaks first ------------------------------------------------------------------
 */

static void disconnect(struct call *c, struct span text)
{
	if (!call_upgrades(c)) {
		call_healthy(c);
		return;
	}
	if (!open_echoing(c))
		return;
	ws_send(c->ws, WS_TEXT, text);
	ws_send_close(c->ws, 1000, (struct span){0});
	call_stay(c);
}

void show_cable_unauthorized(struct call *c)
{
	disconnect(c, SPAN("{\"type\":\"disconnect\",\"reason\":\"unauthorized\",\"reconnect\":"
			   "false}"));
}

void show_cable_restart(struct call *c)
{
	disconnect(c, SPAN("{\"type\":\"disconnect\",\"reason\":\"server_restart\",\"reconnect\":"
			   "true}"));
}

/* --- GraphQL ------------------------------------------------------------------------------------
 */

static void gql_refuse(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	if (span_find(data, SPAN("connection_init")) >= 0)
		ws_send_close(c->ws, 4400, SPAN("Invalid connection_init payload"));
}

HELLO(gql_refused, gql_refuse)
