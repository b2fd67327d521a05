/* A SignalR hub, and what may be wrong with one (TransportProtocols.md, HubProtocol.md of
 * aspnetcore). */
#include "serve/fault.h"

#define TOKEN "d3NkeCBuZWdvdGlhdGVkIQ"
#define END "\x1e"
#define KESTREL                                                                                    \
	"Content-Length:\r\nContent-Type: text/plain\r\nDate:\r\nServer: "                         \
	"Kestrel\r\nConnection:\r\n"
#define KESTREL_JSON                                                                               \
	"Content-Length:\r\nContent-Type: application/json\r\nDate:\r\nServer: Kestrel\r\n"        \
	"Connection:\r\n"
#define BOTH ",\"transferFormats\":[\"Text\",\"Binary\"]}"
#define TEXT ",\"transferFormats\":[\"Text\"]}"
#define SLOWER "{\"transport\":\"ServerSentEvents\"" TEXT ",{\"transport\":\"LongPolling\"" BOTH
#define NEGOTIATED(transports)                                                                     \
	"{\"negotiateVersion\":1,\"connectionId\":\"wsdx\",\"connectionToken\":\"" TOKEN           \
	"\",\"availableTransports\":[" transports "]}"

static const char all_transports[] = NEGOTIATED("{\"transport\":\"WebSockets\"" BOTH "," SLOWER);

static bool negotiates(const struct call *c)
{
	return span_ends(call_path(c), SPAN("/negotiate"));
}

static bool knows_id(const struct call *c)
{
	return span_find(call_query(c), SPAN("id=" TOKEN)) >= 0;
}

static void unknown_id(struct call *c)
{
	call_answer(c, "404 Not Found", KESTREL, SPAN("No Connection with that ID"));
}

static void negotiate(struct call *c, const char *terms)
{
	call_answer(c, "200 OK", KESTREL_JSON, span_of(terms));
}

/* The answer to the handshake, the client's first message; none to pings. */
static void shake_hands(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	if (span_find(data, SPAN("\"protocol\"")) >= 0)
		ws_send(c->ws, WS_TEXT, SPAN("{}" END));
}

static void hub(struct call *c)
{
	if (negotiates(c)) {
		negotiate(c, all_transports);
	} else if (!call_upgrades(c)) {
		call_answer(c, "400 Bad Request", KESTREL, SPAN("Connection ID required"));
	} else if (call_open(c, &(struct ws_offer){0})) {
		call_stay(c);
	}
}

/* The id of the URL is old; the one negotiated works. */
void show_signalr_expired(struct call *c)
{
	c->show->hear = shake_hands;
	if (negotiates(c) || knows_id(c))
		hub(c);
	else
		unknown_id(c);
}

/* Another server negotiated. */
void show_signalr_not_sticky(struct call *c)
{
	c->show->hear = shake_hands;
	if (negotiates(c))
		hub(c);
	else
		unknown_id(c);
}

void show_signalr_refused(struct call *c)
{
	if (negotiates(c))
		negotiate(c, "{\"error\":\"Negotiation is not allowed here.\"}");
	else
		hub(c);
}

void show_signalr_slow_only(struct call *c)
{
	if (negotiates(c))
		negotiate(c, NEGOTIATED(SLOWER));
	else
		call_answer(c, "404 Not Found", KESTREL, (struct span){0});
}

static void refuse_handshake(struct call *c, enum ws_opcode opcode, struct span data)
{
	(void)opcode;
	(void)data;
	ws_send(c->ws, WS_TEXT, SPAN("{\"error\":\"The protocol 'json' is not supported.\"}" END));
	ws_send_close(c->ws, 1000, (struct span){0});
}

void show_signalr_handshake(struct call *c)
{
	c->show->hear = refuse_handshake;
	hub(c);
}

void show_signalr_mute(struct call *c)
{
	c->show->hear = NULL;
	hub(c);
}

static void close_hub(struct call *c, enum ws_opcode opcode, struct span data)
{
	shake_hands(c, opcode, data);
	ws_send(c->ws, WS_TEXT,
		SPAN("{\"type\":7,\"error\":\"Connection closed with an error.\"}" END));
	ws_send_close(c->ws, 1000, (struct span){0});
}

void show_signalr_closes(struct call *c)
{
	c->show->hear = close_hub;
	hub(c);
}

/* ASP.NET SignalR, the older one, names its ProtocolVersion. */
void show_signalr_aspnet(struct call *c)
{
	if (negotiates(c))
		negotiate(c, "{\"Url\":\"/signalr\",\"ConnectionToken\":\"" TOKEN
			     "\",\"ConnectionId\":\"wsdx\",\"KeepAliveTimeout\":20.0,"
			     "\"DisconnectTimeout\":30.0,\"TryWebSockets\":true,"
			     "\"ProtocolVersion\":\"1.4\"}");
	else
		call_answer(
			c, "400 Bad Request", KESTREL, SPAN("Protocol error: Missing transport."));
}

void show_signalr_unrouted(struct call *c)
{
	c->show->hear = shake_hands;
	if (negotiates(c))
		call_answer(c, "404 Not Found", KESTREL, (struct span){0});
	else
		hub(c);
}
