/* ASP.NET Core SignalR: the negotiation by HTTP, and the hub protocol over WebSocket. */
#ifndef FACT_SIGNALR_H
#define FACT_SIGNALR_H

#include "fact/graphql.h"

#define SIGNALR_FACTS(KIND, KEY, TAG)                                                              \
	/* The answer to POST /negotiate. transports: as offered, comma-separated; websockets: WebSockets is among them. The     \
	 * connection's token is a secret: sid_tag is equal for equal ones within a run */         \
	KIND(signalr_negotiated, "signalr.negotiated", PROBE,                                      \
		"negotiated[ in {took}], version {negotiate_version}, transports {transports}[{!websockets}: no WebSockets]")            \
	/* The answer sends the client on to another service (Azure SignalR does) */               \
	KIND(signalr_redirect, "signalr.redirect", PROBE, "negotiate sends its clients on to {host}")              \
	/* error of the negotiation (by "negotiate") or of the handshake (by "handshake"); message: redacted, at most 160 bytes */  \
	KIND(signalr_refused, "signalr.refused", PROBE, "{by} refused[ in {took}][: {message}]")   \
	/* The handshake is answered by {}: the hub speaks; took: since it was asked for */        \
	KIND(signalr_open, "signalr.open", PROBE, "handshake accepted[ in {took}]")                \
	/* The stream of Server-Sent Events begins */                                              \
	KIND(signalr_stream, "signalr.stream", PROBE, "Server-Sent Events begin[ in {took}]")       \
	/* One record. packet: "invocation" "stream-item" "completion" "stream-invocation" "cancel" "ping" "ack" "sequence"       \
	 * "handshake"; or "binary", MessagePack, which is not read */                             \
	KIND(signalr_message, "signalr.message", PROBE, "{from} sent {packet}, {bytes}")           \
	/* type 7. reconnect: the client may come back */                                          \
	KIND(signalr_close, "signalr.close", PROBE, "{from} closes the hub[: {message}][{?reconnect}, the client may come back]")       \
	/* What breaks the protocol. fault: "separator" (a record without its end 0x1e) "json" "type" (text) "handshake" "negotiate" (the    \
	 * answer is none) "aspnet" (the server is ASP.NET SignalR, not ASP.NET Core; text: its protocol version) */              \
	KIND(signalr_fault, "signalr.fault", PROBE, "{from} broke SignalR: {fault}[, {text}]")     \
	/* no answer to the handshake within waited */                                             \
	KIND(signalr_unanswered, "signalr.unanswered", PROBE, "no answer to the handshake in {waited}")            \
	KEY(k_transports, "transports", TEXT)                                                      \
	KEY(k_negotiate_version, "negotiate_version", INT)                                         \
	KEY(k_reconnect, "reconnect", BOOL)                                                        \
	TAG(exp_signalr_negotiate, "signalr-negotiate", "POST /negotiate, as every SignalR client begins")         \
	TAG(exp_signalr_connect, "signalr-connect", "the WebSocket with the id just negotiated: handshake, ping") \
	TAG(exp_signalr_sticky, "signalr-sticky", "negotiate and connect again, thrice, each time on fresh connections") \
	TAG(exp_signalr_fallback, "signalr-fallback", "negotiate, and do without WebSockets: what clients fall back to")

FACT_DECLARE(SIGNALR_FACTS)

#endif
