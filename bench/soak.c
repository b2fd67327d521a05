/* soak PORT CONNECTIONS SECONDS CHURN: the clients of bench/soak. Holds so many connections for so
 * many seconds after they are all open, and replaces CHURN of them each second. Of four connections
 * two are silent WebSockets, one echoes, one is a Socket.IO session that answers its pings. They
 * leave in turn by a Close, by FIN alone and by RST; each second some also knock and say nothing,
 * and some open a session by polling and forget it. Source addresses are 127.0.0.1 and those behind
 * it, for a single one has too few ports.
 *
 * Prints "open" when all are, "held" after the time, and ends when its input does: "SAID ECHOED
 * OPENED LOST", where LOST are those that the server ended. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROOM 2048
#define SOURCES 8
#define PER_TURN 64 /* connections opened a turn while there are too few */
#define TURN_MS 10
#define SAY_PER_TURN 20
#define ASIDE 64 /* knocks and polls a second, some of which are open at a time */
#define ASIDE_PER_SECOND 8

enum sort { SILENT, ECHOES, QUIET, SOCKETIO, SORTS };

struct peer {
	int fd; /* -1: none */
	enum sort sort;
	int open; /* the handshake is behind */
	size_t have;
	char in[ROOM];
};

static struct peer *peers;
static int n_peers, n_open, port, ep;
static long said, echoed, opened, lost;
static int aside[ASIDE], n_aside;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int dial(void)
{
	static unsigned turn;
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in from = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + turn++ % SOURCES)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
		connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* Little, and the socket is empty. */
static void say(int fd, const void *p, size_t n)
{
	if (write(fd, p, n) != (ssize_t)n && errno != EPIPE && errno != ECONNRESET)
		die("write");
}

static void say_frame(const struct peer *p, int opcode, const char *text, size_t n)
{
	char frame[8 + 125] = {(char)(0x80 | opcode), (char)(0x80 | n)};

	memcpy(frame + 6, text, n); /* the masking key zero is as good as any other */
	say(p->fd, frame, 6 + n);
}

static void begin(struct peer *p)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};
	char ask[320];
	int n = snprintf(ask, sizeof(ask),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: "
		"websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
		p->sort == SOCKETIO ? "/socket.io/?EIO=4&transport=websocket" : "/echo");

	p->fd = dial();
	p->open = 0;
	p->have = 0;
	opened++;
	epoll_ctl(ep, EPOLL_CTL_ADD, p->fd, &e);
	say(p->fd, ask, (size_t)n);
}

static void end(struct peer *p)
{
	n_open -= p->open;
	close(p->fd);
	p->fd = -1;
	p->open = 0;
}

static void leave(struct peer *p)
{
	static unsigned turn;
	struct linger at_once = {.l_onoff = 1};

	if (turn % 3 == 0)
		say_frame(p, 8, "\x03\xe8", 2);
	else if (turn % 3 == 1)
		setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	turn++;
	end(p);
}

static void heard_frame(struct peer *p, int opcode, const char *text, size_t n)
{
	if (opcode == 8)
		return; /* its end follows */
	if (opcode == 9)
		say_frame(p, 10, text, n);
	else if (p->sort == ECHOES)
		echoed++;
	else if (p->sort == SOCKETIO && n && *text == '0')
		say_frame(p, 1, "40", 2);
	else if (p->sort == SOCKETIO && n && *text == '2')
		say_frame(p, 1, "3", 1);
}

/* The length of the first frame, or 0 when it is not whole. */
static size_t take_frame(struct peer *p, size_t at)
{
	const unsigned char *f = (unsigned char *)p->in + at;
	size_t n, head = 2;

	if (p->have - at < 2)
		return 0;
	n = f[1] & 127;
	if (n == 126) {
		head = 4;
		if (p->have - at < 4)
			return 0;
		n = (size_t)f[2] << 8 | f[3];
	}
	if (p->have - at < head + n)
		return 0;
	heard_frame(p, f[0] & 15, (const char *)f + head, n);
	return head + n;
}

static void take(struct peer *p)
{
	size_t at = 0, n;

	if (!p->open) {
		char *tail = memmem(p->in, p->have, "\r\n\r\n", 4);

		if (!tail)
			return;
		if (memcmp(p->in, "HTTP/1.1 101", 12)) {
			fprintf(stderr, "no 101: %.60s\n", p->in);
			exit(1);
		}
		p->open = 1;
		n_open++;
		at = (size_t)(tail + 4 - p->in);
	}
	while (p->fd >= 0 && (n = take_frame(p, at)))
		at += n;
	memmove(p->in, p->in + at, p->have - at);
	p->have -= at;
}

static void hear(struct peer *p)
{
	ssize_t n = read(p->fd, p->in + p->have, ROOM - p->have);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lost++;
		end(p);
		return;
	}
	p->have += (size_t)n;
	take(p);
}

static void serve_turn(int wait)
{
	struct epoll_event e[256];
	int n = epoll_wait(ep, e, 256, wait);

	for (int i = 0; i < n; i++)
		hear(e[i].data.ptr);
}

/* Half of them knock, half open a session; after a while they are gone. */
static void knock(void)
{
	static const char poll[] =
		"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	int *at = &aside[n_aside++ % ASIDE];

	if (n_aside > ASIDE)
		close(*at);
	*at = dial();
	if (n_aside % 2)
		say(*at, poll, sizeof(poll) - 1);
}

static void chat(void)
{
	static const char text[] = "a message of fifty bytes, more or less, as they go";

	for (int i = 0; i < SAY_PER_TURN; i++) {
		struct peer *p = &peers[rand() % n_peers / SORTS * SORTS + ECHOES];

		if (p < peers + n_peers && p->open) {
			say_frame(p, 2, text, sizeof(text) - 1);
			said++;
		}
	}
}

static void fill(void)
{
	static int at;

	for (int i = 0, some = 0; i < n_peers && some < PER_TURN; i++, at = (at + 1) % n_peers)
		if (peers[at].fd < 0) {
			begin(&peers[at]);
			some++;
		}
}

static void churn(int n)
{
	while (n-- > 0) {
		struct peer *p = &peers[rand() % n_peers];

		if (p->open && p->sort != ECHOES) /* what is said is to come back */
			leave(p);
	}
}

static int ended(void)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};

	return poll(&in, 1, 0) > 0;
}

static void work(long turn, int per_second)
{
	churn((int)((turn + 1) * per_second * TURN_MS / 1000 - turn * per_second * TURN_MS / 1000));
	if (turn % (1000 / TURN_MS / ASIDE_PER_SECOND) == 0)
		knock();
	chat();
}

static void hold(double seconds, int per_second)
{
	double began = now();
	long turns = 0;

	while (now() < began + seconds) {
		for (; (double)turns * TURN_MS < (now() - began) * 1000; turns++)
			work(turns, per_second);
		fill();
		serve_turn(TURN_MS);
	}
}

int main(int argc, char **argv)
{
	struct rlimit most;

	if (argc < 5 || (n_peers = atoi(argv[2])) < SORTS) {
		fprintf(stderr, "usage: soak PORT CONNECTIONS SECONDS CHURN\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &most);
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	signal(SIGPIPE, SIG_IGN);
	port = atoi(argv[1]);
	ep = epoll_create1(0);
	peers = calloc((size_t)n_peers, sizeof(*peers));
	if (!peers)
		die("memory");
	for (int i = 0; i < n_peers; i++)
		peers[i] = (struct peer){.fd = -1, .sort = (enum sort)(i % SORTS)};
	while (n_open < n_peers) {
		fill();
		serve_turn(1);
	}
	puts("open");
	fflush(stdout);
	hold(atof(argv[3]), atoi(argv[4]));
	for (double until = now() + 5; now() < until && echoed < said;)
		serve_turn(TURN_MS);
	puts("held");
	fflush(stdout);
	while (!ended())
		serve_turn(TURN_MS);
	printf("%ld %ld %ld %ld\n", said, echoed, opened, lost);
	return 0;
}
