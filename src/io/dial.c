#include "io/dial.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "fact/tcp.h"
#include "io/fiber.h"
#include "io/socket.h"

struct attempt {
	int fd;
	struct watch watch;
	struct fiber *fiber;
	bool ready;
};

static const struct {
	int error;
	const char *name;
} error_names[] = {
	{ECONNREFUSED, "refused"},
	{ETIMEDOUT, "timeout"},
	{EHOSTUNREACH, "unreachable"},
	{ENETUNREACH, "unreachable"},
	{EHOSTDOWN, "unreachable"},
	{ENETDOWN, "unreachable"},
	{EPROTO, "unreachable"},
	{ENOPROTOOPT, "unreachable"},
	{EACCES, "prohibited"},
	{EPERM, "prohibited"},
	{ECONNRESET, "reset"},
	{ECONNABORTED, "reset"},
};

static const char *error_name(int error)
{
	for (size_t i = 0; i < sizeof(error_names) / sizeof(*error_names); i++)
		if (error_names[i].error == error)
			return error_names[i].name;
	return "local";
}

static bool is_filter(const struct sock_extended_err *e)
{
	if (e->ee_origin == SO_EE_ORIGIN_ICMP)
		return e->ee_type == ICMP_DEST_UNREACH &&
		       (e->ee_code == ICMP_PKT_FILTERED || e->ee_code == ICMP_NET_ANO ||
			       e->ee_code == ICMP_HOST_ANO);
	return e->ee_origin == SO_EE_ORIGIN_ICMP6 && e->ee_type == ICMP6_DST_UNREACH &&
	       e->ee_code == ICMP6_DST_UNREACH_ADMIN;
}

/* The error number does not tell "administratively prohibited" (RFC 1812 §5.2.7.1) from a host that
 * is away; the error queue does. */
static bool was_filtered(int fd)
{
	char control[512], data[64];
	struct iovec iov = {data, sizeof(data)};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};

	if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct sock_extended_err e;
		bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
		bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;

		if ((v4 || v6) && c->cmsg_len >= CMSG_LEN(sizeof(e))) {
			memcpy(&e, CMSG_DATA(c), sizeof(e));
			return is_filter(&e);
		}
	}
	return false;
}

static void on_ready(void *arg, uint32_t events)
{
	struct attempt *a = arg;

	(void)events;
	a->ready = true;
	watch_set(&a->watch, 0);
	fiber_wake(a->fiber);
}

static int open_socket(const struct address *to)
{
	int fd = socket(to->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (to->family == 6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	socket_prepare(fd);
	return fd;
}

/* On an established connection it would turn every passing ICMP error into the end. */
static void forget_icmp(const struct address *to, int fd)
{
	int off = 0;

	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &off, sizeof(off));
	if (to->family == 6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &off, sizeof(off));
}

/* Waits for the outcome; 0 or an errno, EINTR when the fiber was stopped. */
static int await(struct attempt *a, struct loop *l, ns deadline)
{
	enum wait w = WAIT_WOKEN;
	int error = 0;
	socklen_t n = sizeof(error);

	a->watch = (struct watch){.ready = on_ready, .arg = a};
	if (watch_start(l, &a->watch, a->fd, EPOLLOUT))
		return errno;
	while (!a->ready && w == WAIT_WOKEN)
		w = fiber_park(deadline);
	watch_stop(&a->watch);
	if (!a->ready)
		return w == WAIT_STOPPED ? EINTR : ETIMEDOUT;
	return getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &n) ? errno : error;
}

/* The error of the attempt, or 0. */
static int attempt(struct dialled *out, struct loop *l, ns deadline)
{
	struct attempt a = {.fiber = fiber_self()};
	int error;

	a.fd = out->fd = open_socket(&out->to);
	if (a.fd < 0)
		return errno;
	out->began = loop_clock(l);
	if (!connect(a.fd, (const struct sockaddr *)&out->to.sa, out->to.n))
		return 0;
	error = errno == EINPROGRESS ? await(&a, l, deadline) : errno;
	if ((error == EHOSTUNREACH || error == ENETUNREACH) && was_filtered(a.fd))
		error = EACCES;
	return error;
}

static void note_attempt(const struct dialled *d, const struct spot *s, unsigned retries)
{
	struct field f[8] = {
		F_TEXT(k_address, span_of(d->to.text)),
		F_INT(k_port, d->to.port),
		F_INT(k_family, d->to.family),
		F_BOOL(k_ok, !d->error),
		F_TIME(k_took, d->took),
	};
	size_t n = 5;

	if (d->error)
		f[n++] = F_TEXT(k_error, span_of(d->error));
	if (retries)
		f[n++] = F_INT(k_syn_retries, retries);
	journal_add(s->journal, &s->where, d->began + d->took, &tcp_connect, f, n);
	note(s->journal, &s->where, d->began, &run_phase, F_TEXT(k_phase, SPAN("connect")),
		F_TIME(k_took, d->took), F_BOOL(k_ok, !d->error));
}

bool dial(struct dialled *out, const struct spot *spot, const struct address *to, ns deadline)
{
	struct tcp_info info = {0};
	int error;

	*out = (struct dialled){.fd = -1, .to = *to, .began = loop_clock(spot->loop)};
	error = attempt(out, spot->loop, deadline);
	out->took = loop_clock(spot->loop) - out->began;
	if (out->fd >= 0)
		info = socket_info(out->fd);
	/* A RST to a SYN is ECONNREFUSED. With a round trip measured there was a SYN-ACK, and this
	 * RST came after it. */
	if (error == ECONNRESET && info.tcpi_rtt) {
		out->reset = true;
		error = 0;
	}
	/* With SYNs sent again the kernel's first sample is that of the last one, or none. */
	if (!error && info.tcpi_rtt && !info.tcpi_total_retrans &&
		info.tcpi_rtt * NS_US < out->took)
		out->took = info.tcpi_rtt * NS_US;
	if (error) {
		out->error = error == EINTR ? "stopped" : error_name(error);
		if (out->fd >= 0)
			close(out->fd);
		out->fd = -1;
	} else {
		forget_icmp(to, out->fd);
	}
	if (error != EINTR)
		note_attempt(out, spot, info.tcpi_total_retrans);
	return !error;
}

bool dial_first(
	struct dialled *out, const struct spot *spot, const struct addresses *to, ns deadline)
{
	*out = (struct dialled){.fd = -1, .error = "unreachable"};
	for (size_t i = 0; i < to->n && !fiber_stopped(); i++) {
		ns now = loop_clock(spot->loop);
		ns share =
			deadline == NS_NEVER ? NS_NEVER : now + (deadline - now) / (ns)(to->n - i);

		if (dial(out, spot, &to->v[i], share))
			return true;
	}
	return false;
}
