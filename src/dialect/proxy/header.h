/* The header of the PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): what a
 * proxy says of the client before the client's own bytes. */
#ifndef DIALECT_PROXY_HEADER_H
#define DIALECT_PROXY_HEADER_H

#include <stdint.h>

#include "base/span.h"

/* Bytes; a longer one is none. Version 2 carries what its sender likes to add. */
#define PROXY_HEADER_MAX 4096
#define PROXY_PEER_MAX 56

struct proxy_header {
	unsigned version;
	char peer[PROXY_PEER_MAX]; /* "192.0.2.1:5000", "[2001:db8::1]:5000"; empty: it does not say
				    */
};

/* What stands at the front of the stream: its length; 0: there has to come more; -1: it is no PROXY
 * header. */
ssize_t proxy_header_read(struct proxy_header *h, struct span in);

#endif
