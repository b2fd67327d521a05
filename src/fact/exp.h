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
	TAG(exp_hostile, "hostile", "malformed frames, to see whether the server refuses them")     \
	/* roles */                                                                                \
	TAG(role_v4, "v4", "IPv4")                                                                 \
	TAG(role_v6, "v6", "IPv6")                                                                 \
	TAG(role_silent, "silent", "sends nothing of its own, answers pings")                       \
	TAG(role_pinged, "pinged", "sends WebSocket pings")                                         \
	TAG(role_chatty, "chatty", "sends data")

FACT_DECLARE(EXP_FACTS)

#endif
