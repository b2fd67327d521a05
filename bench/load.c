/* load PORT CONNECTIONS IN_FLIGHT BYTES MESSAGES [socketio]: keeps so many messages of so many bytes under way on each
 * WebSocket until MESSAGES have come back, then says how many a second. A load as light as can be: frames are made
 * once, answers are counted and not parsed beyond their length; what is measured is the other side's CPU time. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROOM (1 << 16)

struct peer {
	int fd;
	size_t have;
	unsigned char in[ROOM];
};

static unsigned char frame[ROOM];
static size_t frame_n;
static long left, back;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void send_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno != EAGAIN && errno != EINTR)
			die("write");
		if (w > 0) {
			at += w;
			n -= (size_t)w;
		}
	}
}

static void make_frame(const char *head, size_t bytes)
{
	size_t n = strlen(head) + bytes + (*head ? 2 : 0), at = 0;
	unsigned char *p;

	frame[at++] = 0x81;
	if (n < 126) {
		frame[at++] = 0x80 | (unsigned char)n;
	} else {
		frame[at++] = 0x80 | 126;
		frame[at++] = (unsigned char)(n >> 8);
		frame[at++] = (unsigned char)n;
	}
	memset(frame + at, 0, 4); /* the masking key zero is as good as any other */
	p = frame + at + 4;
	memcpy(p, head, strlen(head));
	memset(p + strlen(head), 'x', bytes);
	if (*head)
		memcpy(p + strlen(head) + bytes, "\"]", 2);
	frame_n = at + 4 + n;
}

/* Takes whole frames off the front; counts those of data. */
static long take_frames(struct peer *p, int want)
{
	size_t at = 0;
	long n = 0;

	while (p->have - at >= 2) {
		size_t length = p->in[at + 1] & 127, head = 2;

		if (length == 126) {
			if (p->have - at < 4)
				break;
			length = (size_t)p->in[at + 2] << 8 | p->in[at + 3];
			head = 4;
		}
		if (p->have - at < head + length)
			break;
		n += (p->in[at] & 15) == 1 && (!want || p->in[at + head + 1] == want);
		at += head + length;
	}
	memmove(p->in, p->in + at, p->have - at);
	p->have -= at;
	return n;
}

static long hear(struct peer *p, int want)
{
	ssize_t n = read(p->fd, p->in + p->have, ROOM - p->have);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("the peer ended");
	if (n > 0)
		p->have += (size_t)n;
	return take_frames(p, want);
}

static void open_one(struct peer *p, int port, const char *path)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char ask[512], *end;
	int one = 1;

	p->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(p->fd, (struct sockaddr *)&a, sizeof(a)))
		die("connect");
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	snprintf(ask, sizeof(ask),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
		path);
	send_all(p->fd, ask, strlen(ask));
	do {
		ssize_t n = read(p->fd, p->in + p->have, ROOM - p->have - 1);

		if (n <= 0)
			die("handshake");
		p->have += (size_t)n;
		p->in[p->have] = 0;
		end = memmem(p->in, p->have, "\r\n\r\n", 4);
	} while (!end);
	if (memcmp(p->in, "HTTP/1.1 101", 12))
		die("no 101");
	p->have -= (size_t)((unsigned char *)end + 4 - p->in);
	memmove(p->in, end + 4, p->have);
}

/* Socket.IO: joins the main namespace and waits until the server said so. */
static void join(struct peer *p)
{
	static const unsigned char connect[] = {0x81, 0x82, 0, 0, 0, 0, '4', '0'};

	send_all(p->fd, connect, sizeof(connect));
	while (!hear(p, '0'))
		;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0, flight = argc > 3 ? atoi(argv[3]) : 0, socketio = argc > 6, ep = epoll_create1(0);
	size_t bytes = argc > 4 ? (size_t)atol(argv[4]) : 0;
	struct peer *peers = calloc((size_t)(n > 0 ? n : 1), sizeof(*peers));
	struct timespec a, b;
	double took;

	if (argc < 6 || n < 1 || !peers || bytes > ROOM / 4) {
		fprintf(stderr, "usage: load PORT CONNECTIONS IN_FLIGHT BYTES MESSAGES [socketio]\n");
		return 2;
	}
	left = atol(argv[5]);
	make_frame(socketio ? "427[\"message-with-ack\",\"" : "", bytes);
	for (int i = 0; i < n; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = &peers[i]};

		open_one(&peers[i], atoi(argv[1]), socketio ? "/socket.io/?EIO=4&transport=websocket" : "/echo");
		if (socketio)
			join(&peers[i]);
		fcntl(peers[i].fd, F_SETFL, O_NONBLOCK);
		epoll_ctl(ep, EPOLL_CTL_ADD, peers[i].fd, &e);
	}
	printf("ready\n");
	fflush(stdout);
	getchar();
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < n; i++)
		for (int k = 0; k < flight; k++)
			send_all(peers[i].fd, frame, frame_n);
	while (back < left) {
		struct epoll_event e[64];
		int got = epoll_wait(ep, e, 64, 10000);

		if (got <= 0)
			die("nothing came back");
		for (int i = 0; i < got; i++) {
			struct peer *p = e[i].data.ptr;
			static unsigned char many[ROOM * 4];
			long more = hear(p, socketio ? '3' : 0);
			size_t out = 0;

			back += more;
			for (; more > 0 && out + frame_n <= sizeof(many); more--, out += frame_n)
				memcpy(many + out, frame, frame_n);
			send_all(p->fd, many, out);
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	took = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	printf("%ld %.3f\n", back, took);
	return 0;
}
