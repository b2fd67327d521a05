/* Connections in: TCP, and unix sockets. */
#ifndef IO_LISTEN_H
#define IO_LISTEN_H

#include "io/address.h"
#include "io/loop.h"

struct listener {
	struct watch watch;
	struct timer pause; /* out of descriptors: accepting goes on a little later */
	struct loop *loop;
	struct address at; /* with the port that was chosen; family 0: a unix socket, at `path` */
	char *path;	   /* removed at the end */
	/* fd: non-blocking, close-on-exec, TCP_NODELAY, kernel receive timestamps on; the callee's.
	 */
	void (*accepted)(void *arg, int fd, const struct address *peer);
	void *arg;
	bool shared; /* with other processes of this user at the same port (SO_REUSEPORT) */
};

/* The port for listeners that share it: fails when anybody is there. Returns a descriptor that holds
 * it and gets no connection, and *at with the port that was chosen. -1 with errno. */
int listen_reserve(struct address *at, struct span host, uint16_t port);

/* `host` is a literal. Port 0: a free one, see at.port. Fill accepted and arg first. 0, or -1 with
 * errno. At most 64 are accepted per turn. */
int listen_start(struct listener *n, struct loop *l, struct span host, uint16_t port);
/* At a path; a socket there that nobody listens on any more is replaced. Peers have family 0. */
int listen_start_path(struct listener *n, struct loop *l, struct span path);
/* Accepts what the kernel has taken already, then stops. */
void listen_finish(struct listener *n);
void listen_stop(struct listener *n); /* safe twice and on zeroed memory */

#endif
