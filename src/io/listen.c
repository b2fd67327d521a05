#include "io/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
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

/* At most so many; false: there are no more. */
static bool accept_some(struct listener *n, int most)
{
	for (int i = 0; i < most && n->watch.loop; i++) {
		struct sockaddr_storage sa;
		socklen_t size = sizeof(sa);
		struct address peer = {0};
		int fd = accept4(
			n->watch.fd, (struct sockaddr *)&sa, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && errno == ECONNABORTED)
			continue;
		if (fd < 0 && errno != EAGAIN && errno != EINTR)
			hold_back(n);
		if (fd < 0)
			return false;
		socket_prepare(fd);
		address_from(&peer, (struct sockaddr *)&sa, size, 0);
		n->accepted(n->arg, fd, &peer);
	}
	return true;
}

static void on_ready(void *arg, uint32_t events)
{
	(void)events;
	accept_some(arg, PER_TURN);
}

void listen_finish(struct listener *n)
{
	if (n->watch.loop)
		accept_some(n, BACKLOG);
	listen_stop(n);
}

static int fail(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/* Bound; *at has the port that was chosen. */
static int bound(struct address *at, struct span host, uint16_t port, bool shared)
{
	struct sockaddr_storage sa;
	socklen_t size = sizeof(sa);
	int fd, on = 1;

	if (!address_parse(at, host, port)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(at->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (shared)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	socket_prepare(fd);
	if (bind(fd, (struct sockaddr *)&at->sa, at->n) ||
		getsockname(fd, (struct sockaddr *)&sa, &size))
		return fail(fd);
	address_from(at, (struct sockaddr *)&sa, size, 0);
	return fd;
}

int listen_reserve(struct address *at, struct span host, uint16_t port)
{
	int alone = bound(at, host, port, false);

	if (alone < 0)
		return -1;
	if (listen(alone, 1))
		return fail(alone);
	close(alone);
	return bound(at, host, at->port, true);
}

int listen_start(struct listener *n, struct loop *l, struct span host, uint16_t port)
{
	int fd = bound(&n->at, host, port, n->shared);

	if (fd < 0)
		return -1;
	if (listen(fd, BACKLOG))
		return fail(fd);
	n->loop = l;
	n->watch = (struct watch){.ready = on_ready, .arg = n};
	return watch_start(l, &n->watch, fd, EPOLLIN) ? fail(fd) : 0;
}

static bool is_left_over(const struct sockaddr_un *at, socklen_t size)
{
	struct stat what;
	int fd;
	bool dead;

	if (lstat(at->sun_path, &what) || !S_ISSOCK(what.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	dead = fd >= 0 && connect(fd, (const struct sockaddr *)at, size) && errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return dead;
}

int listen_start_path(struct listener *n, struct loop *l, struct span path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd;

	if (!path.n || path.n >= sizeof(at.sun_path)) {
		errno = path.n ? ENAMETOOLONG : ENOENT;
		return -1;
	}
	memcpy(at.sun_path, path.p, path.n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (is_left_over(&at, sizeof(at)))
		unlink(at.sun_path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return fail(fd);
	n->path = strdup(at.sun_path);
	if (!n->path)
		abort();
	n->loop = l;
	n->watch = (struct watch){.ready = on_ready, .arg = n};
	if (!listen(fd, BACKLOG) && !watch_start(l, &n->watch, fd, EPOLLIN))
		return 0;
	unlink(n->path);
	free(n->path);
	n->path = NULL;
	return fail(fd);
}

void listen_stop(struct listener *n)
{
	int fd = n->watch.fd;

	if (!n->watch.loop)
		return;
	loop_timer_stop(n->loop, &n->pause);
	watch_stop(&n->watch);
	close(fd);
	if (n->path)
		unlink(n->path);
	free(n->path);
	n->path = NULL;
}
