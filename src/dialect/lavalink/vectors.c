#include "dialect/lavalink/lavalink.h"
#include "dialect/vector.h"

extern const struct vector vectors_lavalink[];

#define OPENED                                                                                     \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Session-Resumed: false\r\nLavalink-Api-Version: 4\r\n"                                    \
	"Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n"
#define ASKED                                                                                      \
	"GET /v4/websocket HTTP/1.1\r\nHost: h.example\r\nConnection: Upgrade\r\n"                 \
	"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                                      \
	"Sec-WebSocket-Key: WlpaWlpaWlpaWlpaWlpaWg==\r\n\r\n"

static void watch(struct conn *c)
{
	conn_push(c, &dialect_http);
	conn_push(c, &dialect_ws);
	conn_push(c, &dialect_lavalink);
}

static void connect(struct conn *c)
{
	watch(c);
	ws_connect(conn_layer(c, &dialect_ws),
		&(struct ws_ask){.target = SPAN("/v4/websocket"), .host = SPAN("h.example")});
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_lavalink[] = {
	{"a node", SEAT_CLIENT, connect,
		{S(OPENED "\x81\x3d"
			  "{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"la3kfsdf5eafe848\"}"
			  "\x81\x7e\x01\x03"
			  "{\"op\":\"stats\",\"players\":1,\"playingPlayers\":1,\"uptime\":"
			  "123456789,\"memory\":{\"free\":123456789,\"used\":223456789,"
			  "\"allocated\":323456789,\"reservable\":423456789},\"cpu\":{\"cores\":4,"
			  "\"systemLoad\":0.5,\"lavalinkLoad\":0.25},\"frameStats\":{\"sent\":2994,"
			  "\"nulled\":2,\"deficit\":4}}"
			  "\x81\x6e"
			  "{\"op\":\"playerUpdate\",\"guildId\":\"1132\",\"state\":{\"time\":"
			  "1500467109,\"position\":60000,\"connected\":true,\"ping\":50}}"
			  "\x81\x6b"
			  "{\"op\":\"playerUpdate\",\"guildId\":\"1132\",\"state\":{\"time\":"
			  "1500467109,\"position\":0,\"connected\":false,\"ping\":-1}}"
			  "\x81\x7e\x00\xc0"
			  "{\"op\":\"event\",\"type\":\"TrackExceptionEvent\",\"guildId\":\"1132\","
			  "\"track\":{\"encoded\":\"QAAA\"},\"exception\":{\"message\":\"The "
			  "uploader has not made this video "
			  "available\",\"severity\":\"common\",\"cause\":\"x\"}}"
			  "\x81\x7e\x00\x80"
			  "{\"op\":\"event\",\"type\":\"WebSocketClosedEvent\",\"guildId\":"
			  "\"1132\",\"code\":4006,\"reason\":\"Session is no longer "
			  "valid.\",\"byRemote\":true}")},
		VECTOR_FIN,
		"http.request run.stack ws.open ws.frame ws.message lavalink.ready ws.frame "
		"ws.message lavalink.stats ws.frame ws.message lavalink.player ws.frame ws.message "
		"lavalink.player ws.frame ws.message lavalink.event ws.frame ws.message "
		"lavalink.voice-closed"},
	{"what breaks it", SEAT_CLIENT, connect,
		{S(OPENED "\x81\x7e\x01\x03"
			  "{\"op\":\"stats\",\"players\":1,\"playingPlayers\":1,\"uptime\":"
			  "123456789,\"memory\":{\"free\":123456789,\"used\":223456789,"
			  "\"allocated\":323456789,\"reservable\":423456789},\"cpu\":{\"cores\":4,"
			  "\"systemLoad\":0.5,\"lavalinkLoad\":0.25},\"frameStats\":{\"sent\":2994,"
			  "\"nulled\":2,\"deficit\":4}}"
			  "\x81\x02"
			  "[]"
			  "\x81\x08"
			  "{\"op\":7}"
			  "\x81\x0e"
			  "{\"op\":\"ready\"}"
			  "\x81\x0f"
			  "{\"op\":\"volume\"}"
			  "\x81\x2f"
			  "{\"op\":\"ready\",\"sessionId\":\"a b\",\"resumed\":true}"
			  "\x82\x02"
			  "{}"
			  "\x81\x01"
			  "{"
			  "\x81\x37"
			  "{\"op\":\"stats\",\"cpu\":{\"systemLoad\":12e-4,\"cores\":-1e99}}"
			  "\x81\x48"
			  "{\"op\":\"event\",\"type\":\"WebSocketClosedEvent\",\"code\":"
			  "99999999999999999999}")},
		VECTOR_FIN,
		"http.request run.stack ws.open ws.frame ws.message lavalink.fault lavalink.stats "
		"ws.frame ws.message lavalink.fault ws.frame ws.message lavalink.fault ws.frame "
		"ws.message lavalink.fault lavalink.ready ws.frame ws.message lavalink.fault "
		"ws.frame ws.message lavalink.fault lavalink.ready ws.frame ws.message "
		"lavalink.fault ws.frame ws.message lavalink.fault ws.frame ws.message "
		"lavalink.stats ws.frame ws.message lavalink.voice-closed"},
	{"a client of version 3, watched", SEAT_WITNESS, watch,
		{C(ASKED),
			S(OPENED "\x81\x3d"
				 "{\"op\":\"ready\",\"resumed\":false,\"sessionId\":"
				 "\"la3kfsdf5eafe848\"}"),
			C("\x81\x9b\x00\x00\x00\x00"
			  "{\"op\":\"play\",\"guildId\":\"1\"}")},
		VECTOR_FIN,
		"http.request run.stack ws.open ws.frame ws.message lavalink.ready ws.frame "
		"ws.message lavalink.fault"},
	{"refused", SEAT_CLIENT, connect,
		{S("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")}, VECTOR_FIN,
		"http.request http.answer run.stack"},
	{0},
};
