/* Engine.IO, protocols 3 and 4, over polling and WebSocket. */
#ifndef FACT_EIO_H
#define FACT_EIO_H

#include "fact/ws.h"

#define EIO_FACTS(KIND, KEY, TAG)                                                                  \
	/* The open packet. framing: "records" "lengths" "binary" "jsonp" (polling) "websocket"; upgrades: as offered,           \
	 * comma-separated, absent when none; max_payload: absent when the server does not name it; took: since it was asked for.  \
	 * The session's id is a secret: sid_tag is equal for equal ids within a run */             \
	KIND(eio_open, "eio.open", PROBE,                                                          \
		"Engine.IO {eio} session by {transport}[ in {took}], pings every {ping_interval}, gives up {ping_timeout} later"       \
		"[{?upgrades}, upgrades to {upgrades}][{!upgrades}, no upgrades][, payloads up to {max_payload}]")                     \
	/* Of several paths tried, the first at which a session opens */                           \
	KIND(eio_found, "eio.found", PROBE, "Engine.IO is spoken at {path}")                       \
	/* The user's clients are of this protocol: --eio, or EIO= in the URL */                    \
	KIND(eio_wanted, "eio.wanted", OURS, "clients of protocol {eio} are asked for")            \
	/* One packet. packet: "open" "close" "ping" "pong" "message" "upgrade" "noop"; probe: a ping or pong of the upgrade;      \
	 * bytes: without the type; what both seats say is noted too */                            \
	KIND(eio_packet, "eio.packet", PROBE,                                                      \
		"{from} sent {packet} by {transport}, {bytes}[{?probe}, probe][{?binary}, binary]") \
	/* The upgrade: "3probe" came after our "2probe" in took */                                \
	KIND(eio_probe, "eio.probe", PROBE, "the upgrade's probe was answered in {took}")          \
	/* "5" is said: the WebSocket is the session's transport; took: since the probe was sent */ \
	KIND(eio_upgraded, "eio.upgraded", PROBE, "upgraded to {transport} in {took}")             \
	/* The server refuses. code: of Engine.IO, 0 to 5; absent for implementations without codes; error: the message as a word:   \
	 * "transport-unknown" "session-unknown" "bad-method" "bad-request" "forbidden" "unsupported-protocol-version"      \
	 * "no-upgrade" "origin-rejected" "unsupported"; by: "engine.io" "python-engineio"; status: of the answer */                \
	KIND(eio_error, "eio.error", PROBE, "{by} refuses with {status}: {error}[ (code {code})]") \
	/* What breaks the protocol. fault: "empty" "type" "base64" "length" "framing" "open-json" "open-sid" "open-again"          \
	 * "open-first" (a packet before the open packet) "heartbeat-direction" "probe" (an answer that is none)              \
	 * "too-many-packets" "too-big" "not-engineio" "content-encoding" (a polling answer encoded unasked: text names it)        \
	 * "cut" (the answer ends inside) */                                                       \
	KIND(eio_fault, "eio.fault", PROBE, "{from} broke Engine.IO: {fault}[, {text}]")           \
	/* A heartbeat's ping; gap: since the one before it, or since the open packet; late: gap minus ping_interval */             \
	KIND(eio_ping, "eio.ping", PROBE, "{from} pinged {gap} after the last[, {late} late]")     \
	/* The answer to it; took: since the ping */                                               \
	KIND(eio_pong, "eio.pong", PROBE, "{from} answered the ping in {took}")                    \
	/* The peer's heartbeat is overdue: nothing for ping_interval + ping_timeout (packet "ping"), or no pong for ping_timeout */ \
	KIND(eio_overdue, "eio.overdue", PROBE, "no {packet} for {waited}")                        \
	/* One poll (method GET) or payload sent (POST), answered or not (status absent). took: sent → the answer's end;           \
	 * packets, bytes: of the payload, theirs for GET, ours for POST; saying: "ok" for a POST answered so */                   \
	KIND(eio_poll, "eio.poll", PROBE,                                                          \
		"poll {method}: [{status}][{!status}no answer][ in {took}], {packets packet}, {bytes}")                                \
	KEY(k_eio, "eio", INT) /* the protocol: 3 or 4 */                                          \
	KEY(k_transport, "transport", TEXT) /* "polling" "websocket" */                            \
	KEY(k_framing, "framing", TEXT)                                                            \
	KEY(k_sid_tag, "sid_tag", INT)                                                             \
	KEY(k_sid_length, "sid_length", INT)                                                       \
	KEY(k_upgrades, "upgrades", TEXT)                                                          \
	KEY(k_ping_interval, "ping_interval", TIME)                                                \
	KEY(k_ping_timeout, "ping_timeout", TIME)                                                  \
	KEY(k_max_payload, "max_payload", BYTES)                                                   \
	KEY(k_packet, "packet", TEXT)                                                              \
	KEY(k_probe, "probe", BOOL)                                                                \
	KEY(k_binary, "binary", BOOL)                                                              \
	KEY(k_gap, "gap", TIME)                                                                    \
	KEY(k_late, "late", TIME)                                                                  \
	KEY(k_packets, "packets", INT)

FACT_DECLARE(EIO_FACTS)

#endif
