/* A socket address with its text. */
#ifndef IO_ADDRESS_H
#define IO_ADDRESS_H

#include <sys/socket.h>

#include "base/span.h"

#define ADDRESS_TEXT 64

struct address {
	struct sockaddr_storage sa;
	socklen_t n;
	char text[ADDRESS_TEXT]; /* without brackets and port, with %zone */
	uint16_t port;
	int family;    /* 4 or 6 */
	bool loopback; /* 127/8, ::1 */
	bool local;    /* private: RFC 1918, RFC 6598, RFC 4193, link-local */
};

/* From a literal: "127.0.0.1", "::1", "[::1]", "fe80::1%eth0". False: it is a name. Never asks
 * anybody. */
bool address_parse(struct address *a, struct span text, uint16_t port);
/* From what the kernel or a resolver gave. False: neither IPv4 nor IPv6. `port` 0: the one in `sa`.
 */
bool address_from(struct address *a, const struct sockaddr *sa, socklen_t n, uint16_t port);

#endif
