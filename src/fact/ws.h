/* WebSocket (RFC 6455), permessage-deflate (RFC 7692), and WebSocket over HTTP/2 (RFC 8441). */
#ifndef FACT_WS_H
#define FACT_WS_H

#include "fact/http.h"

#define WS_FACTS(KIND, KEY, TAG)                                                                   \
	/* A 101 and what it says (RFC 6455 §4.2.2). accept, upgrade_token, connection_token: "ok" "missing" "wrong";                   \
	 * subprotocol: the one named, absent if none; subprotocol_state: "none" "chosen" "missing" (offered, none named)            \
	 * "unsolicited" (named, not offered) "empty"; extensions: as named, absent if none; extensions_state: "none" "agreed"        \
	 * "unsolicited" "invalid" "empty"; deflate: permessage-deflate agreed; accept_tag: equal for equal accept values */    \
	KIND(ws_open, "ws.open", PROBE,                                                            \
		"101 in {took}, accept {accept}[, subprotocol {subprotocol}][, {extensions}]")       \
	/* One frame. opcode: "continuation" "text" "binary" "close" "ping" "pong" or the number as "0xN" */                             \
	KIND(ws_frame, "ws.frame", PROBE,                                                          \
		"{from} sent {opcode}, {bytes}[{!fin}, not the last][{?masked}, masked][, RSV {rsv}]")                \
	/* A whole message. digest: salted, equal for equal content within a run; wire_bytes: as sent, compressed or not */               \
	KIND(ws_message, "ws.message", PROBE,                                                      \
		"{from} sent a {opcode} message, {bytes}[ in {fragments} frames][{?compressed}, compressed][: {shape}]")    \
	/* What the RFC forbids. fault: "http-text" "client-unmasked" "server-masked" "rsv1" "rsv" "opcode" "control-long"            \
	 * "control-fragmented" "continuation" "interleaved" "utf8" "length" "close-length" "close-code" "close-utf8" "deflate" \
	 * "too-big" "after-close" "too-many-fragments"; section: of RFC 6455 or 7692 */            \
	KIND(ws_fault, "ws.fault", PROBE, "{from} broke {section}: {fault}[, {text}][: {head}]")   \
	/* A Close frame. code 1005: without a code; meaning: the registered name */               \
	KIND(ws_close, "ws.close", PROBE, "{from} closed with {code}[ {meaning}][: {reason}]")     \
	/* A pong that answers one of our pings. */                                                \
	KIND(ws_rtt, "ws.rtt", PROBE, "pong in {took}")                                            \
	/* A ping of ours stays without a pong until the deadline. */                              \
	KIND(ws_no_pong, "ws.no-pong", PROBE, "no pong in {waited}")                                \
	/* --echo, --size: a message of ours came back (echoed), or did not. */                    \
	/* through: it came back, or a ping sent behind it was answered; took: until then */       \
	KIND(ws_echo, "ws.echo", PROBE,                                                            \
		"{bytes} [{?echoed}came back in {took}][{!echoed}{?through}got through in {took}, nothing came back]"  \
		"[{!echoed}{!through}did not get through in {waited}]")                            \
	/* --expect: a message that holds the expected text came, in took since ours was sent (or the 101), or did not in waited;   \
	 * messages: of the server's, all of them */                                               \
	KIND(ws_expected, "ws.expected", PROBE,                                                    \
		"[{?ok}a message with the expected text came in {took}]"                           \
		"[{!ok}no message with the expected text in {waited}, of {messages} that came]")   \
	/* --samples: one connection that says nothing. first: from the 101 to the first message, absent when none came in waited */ \
	KIND(ws_first, "ws.first", PROBE,                                                          \
		"[{?first}first message {first} after the 101][{!first}no message in {waited}]")   \
	/* All of them. opened: how many got a 101; welcomed: of these got a message by themselves, soonest to latest after it */   \
	KIND(ws_samples, "ws.samples", PROBE,                                                      \
		"{welcomed} of {opened} connections got a message by themselves[, {soonest} to {latest} after the 101][{!soonest} in {waited}]") \
	/* --hostile: what became of a connection after a malformed frame. outcome: "closed" (code) "cut" "ignored" "silent" */           \
	KIND(ws_hostile, "ws.hostile", PROBE, "{fault} sent: {outcome}[ with {code}]")             \
	/* HTTP/2: SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3) in the server's first SETTINGS */ \
	KIND(h2_settings, "h2.settings", PROBE, "HTTP/2[{?extended_connect}, extended CONNECT offered][{!extended_connect}, no extended CONNECT]")   \
	/* :method CONNECT, :protocol websocket. error: the name of RST_STREAM's or GOAWAY's code, "silent", "cut" */   \
	KIND(h2_connect, "h2.connect", PROBE, "WebSocket over HTTP/2: [{status}][ {error}][ in {took}]")            \
	KEY(k_messages, "messages", INT)                                                           \
	KEY(k_opened, "opened", INT)                                                               \
	KEY(k_welcomed, "welcomed", INT)                                                           \
	KEY(k_soonest, "soonest", TIME)                                                            \
	KEY(k_latest, "latest", TIME)                                                              \
	KEY(k_accept, "accept", TEXT)                                                              \
	KEY(k_accept_tag, "accept_tag", INT)                                                       \
	KEY(k_upgrade_token, "upgrade_token", TEXT)                                                \
	KEY(k_connection_token, "connection_token", TEXT)                                          \
	KEY(k_subprotocol, "subprotocol", TEXT)                                                    \
	KEY(k_subprotocol_state, "subprotocol_state", TEXT)                                        \
	KEY(k_extensions, "extensions", TEXT)                                                      \
	KEY(k_extensions_state, "extensions_state", TEXT)                                          \
	KEY(k_deflate, "deflate", BOOL)                                                            \
	KEY(k_opcode, "opcode", TEXT)                                                              \
	KEY(k_fin, "fin", BOOL)                                                                    \
	KEY(k_rsv, "rsv", INT)                                                                     \
	KEY(k_masked, "masked", BOOL)                                                              \
	KEY(k_compressed, "compressed", BOOL)                                                      \
	KEY(k_wire_bytes, "wire_bytes", BYTES)                                                     \
	KEY(k_fragments, "fragments", INT)                                                         \
	KEY(k_digest, "digest", INT)                                                               \
	KEY(k_shape, "shape", TEXT) /* what the payload looks like, never its content: "Engine.IO open packet" "JSON object" … */            \
	KEY(k_section, "section", TEXT)                                                            \
	KEY(k_meaning, "meaning", TEXT)                                                            \
	KEY(k_through, "through", BOOL)                                                            \
	KEY(k_echoed, "echoed", BOOL)                                                              \
	KEY(k_extended_connect, "extended_connect", BOOL)

FACT_DECLARE(WS_FACTS)

#endif
