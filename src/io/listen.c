#include "io/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io/socket.h"

#define PER_TURN 64
#define BACKLOG 4096
#define PAUSE (100 * NS_MS)

static void go_on(void *arg)
{
	struct listener *n = arg;

	watch_set(&n->watch, EPOLLIN);
}

/* A pending connection that cannot be accepted would wake the loop for ever. */
static void hold_back(struct listener *n)
{
	watch_set(&n->watch, 0);
	n->pause = (struct timer){.fire = go_on, .arg = n};
	loop_timer(n->loop, &n->pause, loop_now(n->loop) + PAUSE);
}

static void on_ready(void *arg, uint32_t events)
{
	struct listener *n = arg;

	(void)events;
	for (int i = 0; i < PER_TURN && n->watch.loop; i++) {
		struct sockaddr_storage sa;
		socklen_t size = sizeof(sa);
		struct address peer;
		int fd = accept4(
			n->watch.fd, (struct sockaddr *)&sa, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && errno == ECONNABORTED)
			continue;
		if (fd < 0 && errno != EAGAIN && errno != EINTR)
			hold_back(n);
		if (fd < 0)
			return;
		socket_prepare(fd);
		address_from(&peer, (struct sockaddr *)&sa, size, 0);
		n->accepted(n->arg, fd, &peer);
	}
}

static int fail(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

int listen_start(struct listener *n, struct loop *l, struct span host, uint16_t port)
{
	struct sockaddr_storage sa;
	socklen_t size = sizeof(sa);
	int fd, on = 1;

	if (!address_parse(&n->at, host, port)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(n->at.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	socket_prepare(fd);
	if (bind(fd, (struct sockaddr *)&n->at.sa, n->at.n) || listen(fd, BACKLOG) ||
		getsockname(fd, (struct sockaddr *)&sa, &size))
		return fail(fd);
	address_from(&n->at, (struct sockaddr *)&sa, size, 0);
	n->loop = l;
	n->watch = (struct watch){.ready = on_ready, .arg = n};
	return watch_start(l, &n->watch, fd, EPOLLIN) ? fail(fd) : 0;
}

void listen_stop(struct listener *n)
{
	int fd = n->watch.fd;

	if (!n->watch.loop)
		return;
	loop_timer_stop(n->loop, &n->pause);
	watch_stop(&n->watch);
	close(fd);
}
