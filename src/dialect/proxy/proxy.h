/* Opening a tunnel through a forward proxy: HTTP CONNECT (RFC 9110 §9.3.6), standing on
 * dialect/http, and SOCKS5 (RFC 1928, with the user name and password of RFC 1929). Names are
 * resolved by the proxy. Client seat only.
 *
 * Notes exactly one proxy.answer, also when the proxy ends the connection (error "cut") or the
 * driver gives up (conn_cut with CUT_TIMEOUT: "silent") or leaves (CUT_OURS: "unfinished", which
 * proves nothing). */
#ifndef DIALECT_PROXY_H
#define DIALECT_PROXY_H

#include "core/conn.h"

enum proxy_kind { PROXY_CONNECT, PROXY_SOCKS5 };

struct proxy_ask {
	enum proxy_kind kind;
	struct span proxy; /* its URL without credentials, for the observation */
	struct span host;  /* of the target: a name or an address, IPv6 without brackets */
	uint16_t port;
	struct span user, password; /* empty: none */
};

extern const struct dialect dialect_proxy;

/* Pushes what it needs onto the connection, which has no layers yet, and queues the first bytes.
 * Nothing of the ask is kept but a copy for the duration of the handshake. */
struct layer *proxy_start(struct conn *c, const struct proxy_ask *ask);

enum proxy_state { PROXY_WAITING, PROXY_OPEN, PROXY_FAILED };
enum proxy_state proxy_state(const struct layer *proxy);

/* Once it is open, bytes go up as a stream. Those that came before anything stood above are kept,
 * at most PROXY_EARLY_MAX, and lent here until the connection ends. */
#define PROXY_EARLY_MAX ((size_t)64 << 10)
struct span proxy_early(const struct layer *proxy);

#endif
