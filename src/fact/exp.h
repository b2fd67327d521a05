/* Experiments, their roles, and how each ended. The code that runs them is in src/probe. */
#ifndef FACT_EXP_H
#define FACT_EXP_H

#include "fact/fact.h"

#define EXP_FACTS(KIND, KEY, TAG)                                                                  \
	/* exactly one per experiment run, last. outcome: answered silent cut refused skipped aborted;             \
	 * ended_by: peer us budget */                                                             \
	KIND(exp_done, "exp.done", OURS, "{outcome} after {waited}[, {text}]")                     \
	KEY(k_outcome, "outcome", TEXT)                                                            \
	KEY(k_waited, "waited", TIME)                                                              \
	KEY(k_ended_by, "ended_by", TEXT)                                                          \
	KEY(k_connections, "connections", INT)                                                     \
	/* the base plan */                                                                        \
	TAG(exp_names, "names", "resolve the name: the system's way, and A and AAAA by themselves")\
	TAG(exp_dial, "dial", "connect to one address of each family")                              \
	TAG(exp_upgrade, "upgrade", "open a WebSocket as a browser of the same origin does, ping it, close it")    \
	TAG(exp_h2, "h2", "over TLS: WebSocket over HTTP/2 (RFC 8441), as browsers try it")         \
	/* asked for by suspects */                                                                \
	TAG(exp_plain_get, "plain-get", "GET the same URL without the Upgrade")                     \
	TAG(exp_other_path, "other-path", "the same Upgrade on a path that cannot exist")           \
	TAG(exp_slash, "slash", "the same Upgrade with the trailing slash added or taken away")     \
	TAG(exp_root_path, "root-path", "the same Upgrade on /")                                    \
	TAG(exp_redirected, "redirected", "the Upgrade at the place the redirect points to")        \
	TAG(exp_no_origin, "no-origin", "the same Upgrade without an Origin header")                \
	TAG(exp_own_origin, "own-origin", "the same Upgrade with the server's own origin")          \
	TAG(exp_no_extensions, "no-extensions", "the same Upgrade without offering permessage-deflate")            \
	TAG(exp_subprotocols, "subprotocols", "the same Upgrade offering well-known subprotocols")  \
	TAG(exp_no_subprotocol, "no-subprotocol", "the same Upgrade without the subprotocol")       \
	TAG(exp_no_credentials, "no-credentials", "the same Upgrade without the given credentials") \
	TAG(exp_small_headers, "small-headers", "the same Upgrade without cookies and long headers")\
	TAG(exp_short_query, "short-query", "the same Upgrade without the query string")            \
	TAG(exp_repeat, "repeat", "the same Upgrade again, twice, with other keys")                 \
	TAG(exp_tls_instead, "tls-instead", "speak TLS to the port that was taken for plain")       \
	TAG(exp_plain_instead, "plain-instead", "speak plain HTTP to the port that was taken for TLS")             \
	TAG(exp_no_sni, "no-sni", "TLS without a server name: the default certificate")             \
	TAG(exp_other_host, "other-host", "the same Upgrade with a Host that cannot exist")         \
	TAG(exp_other_port, "other-port", "connect to the usual port of the same host")             \
	TAG(exp_engineio, "engineio", "GET /socket.io/ as a Socket.IO client begins")               \
	TAG(exp_page, "page", "GET / of the origin given with --origin, as a browser loads the page")            \
	TAG(exp_no_proxy, "no-proxy", "connect without the proxy")                                  \
	TAG(exp_proxy_header, "proxy-header", "the same Upgrade with a PROXY protocol line in front")\
	/* asked for by the user */                                                                \
	TAG(exp_idle, "idle", "hold connections open: silent, pinged, chatty")                      \
	TAG(exp_echo, "echo", "send a message and wait for it to come back")                        \
	TAG(exp_size, "size", "messages of growing size, up to --size")                             \
	TAG(exp_send, "send", "send the given data and wait for the answer")                        \
	TAG(exp_expect, "expect", "send the given data, if any, and wait for a message that holds the expected text")             \
	TAG(exp_samples, "samples", "connect several times, say nothing, wait for a first message")\
	TAG(exp_hostile, "hostile", "malformed frames, to see whether the server refuses them")     \
	/* Engine.IO and Socket.IO: the base plan, when the endpoint speaks them */                \
	TAG(exp_eio_polling, "eio-polling", "connect by polling as socket.io-client begins: open packet, namespace, one poll")     \
	TAG(exp_eio_upgrade, "eio-upgrade", "the probe upgrade of that session from polling to WebSocket")                         \
	TAG(exp_eio_websocket, "eio-websocket", "connect by WebSocket alone: open packet, namespace")                              \
	/* … asked for by suspects */                                                              \
	TAG(exp_eio_version, "eio-version", "the polling handshake with the other protocol version (EIO 3 or 4)")                  \
	TAG(exp_eio_search, "eio-search", "GET as a Socket.IO client begins, on the paths where servers are mounted")              \
	TAG(exp_eio_paths, "eio-paths", "the polling handshake on the paths where servers are mounted")                            \
	TAG(exp_eio_sticky, "eio-sticky", "the session's id on new connections at once, without cookies")                         \
	TAG(exp_eio_sticky_cookies, "eio-sticky-cookies", "the same with the cookies that the handshake set")                     \
	TAG(exp_eio_long_poll, "eio-long-poll", "one poll held until the server pings")            \
	TAG(exp_eio_origin, "eio-origin", "the polling handshake from a page of another origin")   \
	TAG(exp_eio_preflight, "eio-preflight", "the preflight of a page of another origin (OPTIONS)")                             \
	TAG(exp_eio_no_upgrade, "eio-no-upgrade", "transport=websocket as a plain GET: what a proxy that strips the upgrade makes of it")   \
	TAG(exp_sio_root, "sio-root", "connect to the main namespace instead")                     \
	TAG(exp_sio_no_auth, "sio-no-auth", "connect to the namespace without the given auth")     \
	/* … asked for by the user */                                                              \
	TAG(exp_eio_heartbeat, "eio-heartbeat", "hold sessions: one answers heartbeats, one does not, one polls")                  \
	TAG(exp_eio_payload, "eio-payload", "payloads of growing size by polling and by WebSocket")\
	TAG(exp_eio_samples, "eio-samples", "several sessions at once, as several users")          \
	TAG(exp_sio_emit, "sio-emit", "emit the given event with an ack, wait for the expected one")\
	TAG(exp_sio_stream, "sio-stream", "collect the given event: time to the first, gaps between them")                        \
	TAG(exp_sio_binary, "sio-binary", "a binary event there and back")                         \
	TAG(exp_sio_reconnect, "sio-reconnect", "cut the connection and come back as a client does")\
	TAG(exp_health, "health", "GET the given health path, and what it says of WebSockets")     \
	/* roles */                                                                                \
	TAG(role_v4, "v4", "IPv4")                                                                 \
	TAG(role_v6, "v6", "IPv6")                                                                 \
	TAG(role_silent, "silent", "sends nothing of its own, answers pings")                       \
	TAG(role_pinged, "pinged", "sends WebSocket pings")                                         \
	TAG(role_chatty, "chatty", "sends data")                                                   \
	TAG(role_answering, "answering", "answers heartbeats")                                     \
	TAG(role_mute, "mute", "does not answer heartbeats")                                       \
	TAG(role_polling, "polling", "stays on polling")

FACT_DECLARE(EXP_FACTS)

#endif
