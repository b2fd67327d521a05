/* Subprotocols that begin with a hello: MQTT, STOMP, Action Cable, Phoenix channels, SockJS. One
 * noun for all of them, since what diagnosis asks is the same: who speaks first, what the other
 * side answers, how often somebody beats, who leaves and why. */
#ifndef FACT_HELLO_H
#define FACT_HELLO_H

#include "fact/sio.h"
#include "fact/tls.h"

#define HELLO_FACTS(KIND, KEY, TAG)                                                               \
	/* The client's first packet. protocol: "mqtt" "stomp" "actioncable" "phoenix"            \
	 * "sockjs"; packet: as the protocol calls it; version: asked for; credential: it has a   \
	 * user name or a password; beat_client: how often the client offers to beat */           \
	KIND(hello_asked, "hello.asked", PROBE,                                                   \
		"{protocol}: {from} says {packet}[, version {version}][{?credential}, with the "  \
		"credential]")                                                                    \
	/* The server's yes. version: agreed; took: since hello.asked, or since the WebSocket     \
	 * opened where the server speaks first; beat_server, beat_client: agreed, absent: not    \
	 * named, 0: none */                                                                      \
	KIND(hello_taken, "hello.taken", PROBE,                                                   \
		"{protocol}: {packet}[ in {took}][, version {version}][{?beat_server}, "          \
		"the server beats every {beat_server}][{?beat_client}, the client is to "         \
		"beat every {beat_client}]")                                                      \
	/* The server's no. code and meaning: as the protocol numbers them; error:                \
	 * "credentials" "not-authorised" "version" "client-id" "unavailable" "busy"              \
	 * "elsewhere" "request" "other"; message: redacted, at most 160 bytes */                 \
	KIND(hello_refused, "hello.refused", PROBE,                                               \
		"{protocol}: {packet}[ {code}][ {meaning}][ in {took}][: {message}]")             \
	/* Any other packet, by its name; at most 100 of a connection */                          \
	KIND(hello_packet, "hello.packet", PROBE, "{protocol}: {from} says {packet}, {bytes}")    \
	/* A heartbeat. gap: since that side's last one, or since the hello was answered */       \
	KIND(hello_beat, "hello.beat", PROBE, "{protocol}: {from} beats[ {gap} after the last]")  \
	/* One side leaves, or says that the other must. comes_back: it is told to come back,     \
	 * absent: nothing said */                                                                \
	KIND(hello_bye, "hello.bye", PROBE,                                                       \
		"{protocol}: {from} says {packet}[ {code}][ {meaning}][: "                        \
		"{message}][{?comes_back}, come back later]")                                     \
	/* What breaks the protocol. fault: "text-frame" (where binary is wanted)                 \
	 * "binary-frame" "framing" "json" "shape" "too-big" "type" "order" (something else       \
	 * before the server's yes) "cut" (ends inside a packet) */                               \
	KIND(hello_fault, "hello.fault", PROBE, "{from} broke {protocol}: {fault}[, {text}]")     \
	/* no answer to our hello, or no greeting of a server that speaks first. packet: what     \
	 * was awaited */                                                                         \
	KIND(hello_unanswered, "hello.unanswered", PROBE, "{protocol}: no {packet} in {waited}")  \
	/* A SockJS server's /info. websocket: it lets clients try it; cookie_needed: its load    \
	 * balancer wants cookies */                                                              \
	KIND(sockjs_info, "sockjs.info", PROBE,                                                   \
		"SockJS info[{?websocket}, WebSocket allowed][{!websocket}, WebSocket switched "  \
		"off][{?cookie_needed}, cookies needed]")                                         \
	/* WebSocket does not work, but what clients of SockJS fall back to does */               \
	KIND(sockjs_fallback, "sockjs.fallback", PROBE,                                           \
		"clients fall back to XHR, which opens a session in {took}")                      \
	KEY(k_protocol, "protocol", TEXT)                                                         \
	KEY(k_beat_server, "beat_server", TIME)                                                   \
	KEY(k_beat_client, "beat_client", TIME)                                                   \
	KEY(k_comes_back, "comes_back", BOOL)                                                     \
	KEY(k_websocket, "websocket", BOOL)                                                       \
	KEY(k_cookie_needed, "cookie_needed", BOOL)                                               \
	/* the base plan, when the endpoint speaks one of them */                                 \
	TAG(exp_hello, "hello",                                                                   \
		"connect as a client of the subprotocol: its hello, the server's answer, its "    \
		"goodbye")                                                                        \
	TAG(exp_sockjs_info, "sockjs-info", "GET /info as sockjs-client begins")                  \
	/* asked for by suspects */                                                               \
	TAG(exp_sockjs_xhr, "sockjs-xhr",                                                         \
		"open a SockJS session by XHR polling, which clients fall back to")               \
	TAG(exp_mqtt_version, "mqtt-version", "the same CONNECT with the other version of MQTT")  \
	TAG(exp_mqtt_raw, "mqtt-raw", "an MQTT CONNECT on the port itself, without WebSocket")    \
	TAG(exp_hello_path, "hello-path",                                                         \
		"the same Upgrade on the path where the framework mounts its WebSocket")          \
	TAG(exp_phoenix_vsn, "phoenix-vsn",                                                       \
		"the same heartbeat with the other serializer version")

FACT_DECLARE(HELLO_FACTS)

#endif
