/* TCP connections out. */
#ifndef IO_DIAL_H
#define IO_DIAL_H

#include "io/resolve.h"

struct dialled {
	int fd; /* non-blocking, close-on-exec, TCP_NODELAY, kernel receive timestamps on; the
		   caller's. -1: failed */
	struct address to;
	bool reset; /* connected, and reset by the peer before anybody could look; the link will
		       tell so */
	ns began;   /* loop time of the SYN */
	ns took; /* SYN to SYN-ACK by the kernel's measure; when it failed: until the error or the
		    deadline */
	const char *error; /* constant, NULL when connected: as in tcp.connect, or "stopped" (not
			      noted): the fiber was */
};

/* Waits for one connection to one address; notes tcp.connect and run.phase "connect". True when
 * connected. `to` may be an element of struct addresses. From within a fiber. */
bool dial(struct dialled *out, const struct spot *spot, const struct address *to, ns deadline);

/* The addresses in order until one connects; each but the last may use an even share of the time
 * left. Every attempt is noted. */
bool dial_first(
	struct dialled *out, const struct spot *spot, const struct addresses *to, ns deadline);

#endif
