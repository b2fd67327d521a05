#include "io/socket.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

void socket_prepare(int fd)
{
	int on = 1;
	int stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof(stamps));
}

struct tcp_info socket_info(int fd)
{
	struct tcp_info info = {0};
	socklen_t n = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n))
		return (struct tcp_info){0};
	return info;
}

/* CLOCK_REALTIME of the software timestamp, 0: none. */
static ns stamp_of(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct scm_timestamping t;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING ||
			c->cmsg_len < CMSG_LEN(sizeof(t)))
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof(t));
		return t.ts[0].tv_sec * NS_S + t.ts[0].tv_nsec;
	}
	return 0;
}

ssize_t socket_read(int fd, void *to, size_t max, const struct loop *l, ns *at)
{
	char control[256];
	struct iovec iov = {to, max};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	ns stamp = n > 0 ? stamp_of(&m) : 0;
	ns now = loop_clock(l);

	*at = stamp ? loop_from_wall(l, stamp) : now;
	if (*at > now)
		*at = now;
	return n;
}

size_t socket_most(void)
{
	struct rlimit r = {1024, 1024};

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	getrlimit(RLIMIT_NOFILE, &r);
	return (size_t)r.rlim_cur;
}
