/* --proxy-protocol: the header stands before everything else, TLS too, so it is read off the socket
 * before the connection has a link. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dialect/proxy/header.h"
#include "serve/far.h"
#include "serve/log.h"

static void refuse(struct call *c)
{
	watch_stop(&c->rest.watch);
	count_limit(c->far, c, LIMIT_PROXY);
	c->over = true;
	far_retire(c);
}

/* Takes n bytes that were seen already. */
static bool take(int fd, size_t n)
{
	char bytes[PROXY_HEADER_MAX];

	return recv(fd, bytes, n, MSG_DONTWAIT) == (ssize_t)n;
}

static void go_on(struct call *c, const struct proxy_header *h)
{
	int fd = c->rest.watch.fd;

	watch_stop(&c->rest.watch);
	buf_deinit(&c->body);
	if (h->peer[0])
		log_peer(c, span_of(h->peer));
	far_begin(c, fd, &(struct address){0});
}

/* What is there is only looked at until it is known how much of it is the header. */
static void arrived(void *arg, uint32_t events)
{
	struct call *c = arg;
	char bytes[PROXY_HEADER_MAX];
	size_t had = c->body.n;
	struct proxy_header h;
	ssize_t whole, n;

	(void)events;
	n = recv(c->rest.watch.fd, bytes, sizeof(bytes) - had, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		refuse(c);
		return;
	}
	buf_add(&c->body, (struct span){bytes, (size_t)n});
	whole = proxy_header_read(&h, buf_span(&c->body));
	if (whole < 0 || (!whole && c->body.n == PROXY_HEADER_MAX) ||
		!take(c->rest.watch.fd, whole ? (size_t)whole - had : (size_t)n))
		refuse(c);
	else if (whole)
		go_on(c, &h);
}

void far_await_header(struct call *c, int fd)
{
	c->body.max = PROXY_HEADER_MAX;
	c->rest.watch = (struct watch){.ready = arrived, .arg = c, .fd = fd};
	if (watch_start(c->far->loop, &c->rest.watch, fd, EPOLLIN))
		refuse(c);
}
