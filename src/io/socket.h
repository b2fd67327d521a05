/* What every TCP socket of ours has, and reading with the time at which the kernel received. For
 * dial, listen and link. */
#ifndef IO_SOCKET_H
#define IO_SOCKET_H

#include <linux/tcp.h> /* its tcp_info has more fields than that of netinet/tcp.h */
#include <sys/types.h>

#include "io/loop.h"

/* TCP_NODELAY and receive timestamps; what the kernel does not have is done without. */
void socket_prepare(int fd);

struct tcp_info socket_info(int fd); /* zeroed when there is none */

/* recv(2); *at: loop time at which the last of these bytes came in from the network, never in the
 * future. */
ssize_t socket_read(int fd, void *to, size_t max, const struct loop *l, ns *at);

/* Lets the process have as many descriptors as it may; returns how many. */
size_t socket_most(void);

#endif
