#include "serve/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/socket.h"

#define HANDED_MAX ((size_t)192 << 10) /* bytes read of a connection; fits the kernel's buffer */
#define HELD_MAX ((size_t)96 << 10)    /* of a head that is not whole */
#define LATER_MAX 4096
#define PER_TURN 64
#define SID_MADE 20

static const char letters[WORKERS_MAX + 1] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Made before the workers are: a pair of sockets for each. */
struct crew {
	unsigned n;
	int to[WORKERS_MAX], from[WORKERS_MAX];
};

/* A connection whose worker's socket is full. */
struct later {
	struct later *next;
	unsigned worker;
	int fd;
	struct buf bytes; /* with the message's head */
};

struct workers {
	struct far *far;
	const struct crew *crew;
	unsigned self;
	struct watch in;
	struct timer again;
	struct later *first, **last;
	unsigned waiting;
	char room[HANDED_MAX];
};

struct message {
	uint32_t door;
};

/* --- sending ------------------------------------------------------------------------------------
 */

static bool send_to(const struct crew *crew, unsigned worker, int fd, struct span bytes)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	struct iovec part = {.iov_base = (void *)(uintptr_t)bytes.p, .iov_len = bytes.n};
	struct msghdr m = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room)};

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(crew->to[worker], &m, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)bytes.n;
}

static void later_free(struct workers *w, struct later *l)
{
	close(l->fd);
	buf_deinit(&l->bytes);
	free(l);
	w->waiting--;
}

static void try_again(void *arg)
{
	struct workers *w = arg;
	struct later **at = &w->first, *l;

	while ((l = *at)) {
		bool sent = send_to(w->crew, l->worker, l->fd, buf_span(&l->bytes));

		if (!sent && errno == EAGAIN) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		later_free(w, l);
	}
	w->last = at;
	if (w->first)
		loop_timer(w->far->loop, &w->again, loop_clock(w->far->loop) + NS_MS);
}

static void hand_over(struct workers *w, unsigned worker, int fd, struct buf *bytes)
{
	struct later *l;

	if (!w->first && send_to(w->crew, worker, fd, buf_span(bytes))) {
		close(fd);
		return;
	}
	if (w->waiting == LATER_MAX) {
		close(fd);
		return;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		abort();
	*l = (struct later){.worker = worker, .fd = fd, .bytes.max = bytes->max};
	buf_add(&l->bytes, buf_span(bytes));
	*w->last = l;
	w->last = &l->next;
	w->waiting++;
	loop_timer(w->far->loop, &w->again, loop_clock(w->far->loop) + NS_MS);
}

/* --- receiving ----------------------------------------------------------------------------------
 */

static int fd_of(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* False: there is nothing more. */
static bool receive(struct workers *w)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {.iov_base = w->room, .iov_len = sizeof(w->room)};
	struct msghdr m = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room)};
	ssize_t n = recvmsg(w->in.fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct message head;
	int fd;

	if (n <= 0)
		return false;
	fd = fd_of(&m);
	if (fd < 0)
		return true;
	memcpy(&head, w->room, sizeof(head));
	if ((size_t)n < sizeof(head) || head.door >= w->far->n_doors || w->far->stopping)
		close(fd);
	else
		far_handed(&w->far->doors[head.door], fd,
			span_from((struct span){w->room, (size_t)n}, sizeof(head)));
	return true;
}

static void on_ready(void *arg, uint32_t events)
{
	(void)events;
	for (int i = 0; i < PER_TURN && receive(arg); i++)
		;
}

void workers_begin(struct far *far)
{
	const struct serve_ask *ask = far->ask;
	struct workers *w;

	if (!ask->crew)
		return;
	w = far->workers = calloc(1, sizeof(*w));
	if (!w)
		abort();
	w->far = far;
	w->crew = ask->crew;
	w->self = ask->worker;
	w->last = &w->first;
	w->again = (struct timer){.fire = try_again, .arg = w};
	w->in = (struct watch){.ready = on_ready, .arg = w, .aside = true};
	watch_start(far->loop, &w->in, w->crew->from[w->self], EPOLLIN);
}

void workers_end(struct far *far)
{
	struct workers *w = far->workers;

	if (!w)
		return;
	watch_stop(&w->in);
	loop_timer_stop(far->loop, &w->again);
	while (w->first) {
		struct later *l = w->first;

		w->first = l->next;
		later_free(w, l);
	}
	free(w);
	far->workers = NULL;
}

void workers_mark(const struct far *far, char *last)
{
	if (far->workers)
		*last = letters[far->workers->self];
}

/* --- sorting ------------------------------------------------------------------------------------
 */

struct sorter {
	struct call *call;
	struct buf held;
	unsigned worker; /* to be handed to */
	bool moves;
	bool aside; /* HTTP/2, whose streams are of many sessions: it stays */
};

/* Between requests, what comes begins with a head. */
static bool at_head(const struct call *c)
{
	return !c->asked && !c->is_websocket && !c->ending &&
	       (!c->http || (!http_has_next(c->http) && !http_is_amid(c->http)));
}

/* Of the session that the head of a request names; n: there is none, or it is ours. */
static unsigned find_worker(const struct workers *w, struct span head)
{
	struct span line = {0}, word = {0}, part;
	const char *letter;
	ssize_t mark;

	span_cut(&head, '\r', &line);
	span_cut(&line, ' ', &word);
	span_cut(&line, ' ', &word);
	mark = span_chr(word, '?');
	word = mark < 0 ? (struct span){0} : span_from(word, (size_t)mark + 1);
	while (span_cut(&word, '&', &part)) {
		if (!span_starts(part, SPAN("sid=")) || part.n != 4 + SID_MADE)
			continue;
		letter = strchr(letters, part.p[part.n - 1]);
		if (letter && *letter && letter - letters < w->crew->n &&
			letter - letters != w->self)
			return (unsigned)(letter - letters);
	}
	return w->crew->n;
}

static void pass_on(struct layer *l, struct sorter *s)
{
	struct buf held = s->held;

	s->held = (struct buf){.max = held.max};
	layer_up(l, CLIENT, 0, buf_span(&held));
	buf_deinit(&held);
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct sorter *s = l->state;
	struct workers *w = s->call->far->workers;
	unsigned worker;
	bool whole;

	if (from == CLIENT && s->moves) {
		buf_add(&s->held, data);
		return;
	}
	s->aside |= !s->held.n && !s->call->http && span_starts(data, SPAN("PRI "));
	if (from != CLIENT || !w || s->aside || (!s->held.n && !at_head(s->call))) {
		layer_up(l, from, unit, data);
		return;
	}
	buf_add(&s->held, data);
	whole = span_find(buf_span(&s->held), SPAN("\r\n\r\n")) >= 0;
	if (!whole && !s->held.full && s->held.n < HELD_MAX)
		return;
	worker = whole ? find_worker(w, buf_span(&s->held)) : w->crew->n;
	if (worker == w->crew->n) {
		pass_on(l, s);
		return;
	}
	s->moves = true;
	s->worker = worker;
	far_retire(s->call);
}

static void start(struct layer *l)
{
	((struct sorter *)l->state)->held.max = HANDED_MAX - sizeof(struct message);
}

static void stop(struct layer *l)
{
	buf_deinit(&((struct sorter *)l->state)->held);
}

static const struct dialect dialect_sorter = {.name = "sorter",
	.size = sizeof(struct sorter),
	.start = start,
	.feed = feed,
	.stop = stop};

void workers_sort(struct call *c)
{
	struct layer *l;

	if (!c->far->workers || c->door->offer)
		return;
	l = conn_push(link_conn(c->k), &dialect_sorter);
	((struct sorter *)l->state)->call = c;
}

bool workers_move(struct call *c)
{
	struct layer *l =
		c->far->workers && c->k ? conn_layer(link_conn(c->k), &dialect_sorter) : NULL;
	struct sorter *s = l ? l->state : NULL;
	struct message head = {.door = (uint32_t)(c->door - c->far->doors)};
	struct buf bytes = {.max = HANDED_MAX};
	unsigned worker;
	int fd;

	if (!s || !s->moves || c->over)
		return false;
	worker = s->worker;
	buf_add(&bytes, (struct span){(const char *)&head, sizeof(head)});
	buf_add(&bytes, buf_span(&s->held));
	fd = s->held.full ? -1 : link_release(c->k);
	if (fd >= 0) {
		c->k = NULL;
		c->http = c->ws = c->ear = NULL;
		c->rest.watch.fd = -1;
		hand_over(c->far->workers, worker, fd, &bytes);
	}
	buf_deinit(&bytes);
	c->over = true;
	return true;
}

/* --- the parent ---------------------------------------------------------------------------------
 */

static bool make_pairs(struct crew *crew, unsigned n)
{
	for (crew->n = 0; crew->n < n; crew->n++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
			return false;
		crew->to[crew->n] = pair[0];
		crew->from[crew->n] = pair[1];
	}
	return true;
}

static void close_pairs(const struct crew *crew)
{
	for (unsigned i = 0; i < crew->n; i++) {
		close(crew->to[i]);
		close(crew->from[i]);
	}
}

/* In the child. It is in a group of its own, so that what a terminal sends comes from the parent
 * alone, and once. */
static int work(const struct serve_ask *ask, struct crew *crew, unsigned self, const sigset_t *mask,
	int (*serve)(const struct serve_ask *ask))
{
	struct serve_ask own = *ask;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigprocmask(SIG_SETMASK, mask, NULL);
	own.crew = crew;
	own.worker = self;
	return serve(&own);
}

static void end_all(const pid_t *pids, unsigned n, int signal)
{
	for (unsigned i = 0; i < n; i++)
		if (pids[i] > 0)
			kill(pids[i], signal);
}

/* Takes leave of those that ended; how many are left. *early: the first of them, n: none. */
static unsigned reap(pid_t *pids, unsigned n, unsigned *early)
{
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++) {
		if (pids[i] > 0 && waitpid(pids[i], NULL, WNOHANG) == pids[i]) {
			pids[i] = 0;
			*early = *early == n ? i : *early;
		}
		left += pids[i] > 0;
	}
	return left;
}

static int attend(const struct serve_ask *ask, pid_t *pids, unsigned n, const sigset_t *waited)
{
	unsigned early = n;
	int signal = 0, came;
	bool stopping = false;

	while (reap(pids, n, &early)) {
		if (early < n && !stopping) {
			fprintf(ask->err, "wsdx serve: worker %u has ended; all end\n", early + 1);
			stopping = true;
			end_all(pids, n, SIGTERM);
		}
		if (sigwait(waited, &came) || came == SIGCHLD)
			continue;
		signal = stopping ? signal : came;
		stopping = true;
		end_all(pids, n, came);
	}
	return signal;
}

/* What the parent keeps so that a port chosen for all stays theirs. */
struct reserved {
	struct opt_list list; /* with the ports that were chosen */
	struct buf texts[OPT_LIST_MAX];
	int fds[OPT_LIST_MAX];
	size_t n;
};

static bool reserve_one(struct reserved *r, struct span where, const char **why)
{
	struct span host;
	struct address at;
	uint16_t port;
	int fd;

	*why = "workers share ADDRESS:PORT only";
	if (!where_split(where, &host, &port) || span_starts(where, SPAN("unix:")))
		return false;
	fd = listen_reserve(&at, host, port);
	*why = strerror(errno);
	if (fd < 0)
		return false;
	r->fds[r->n] = fd;
	r->texts[r->n] = (struct buf){.max = 128};
	buf_addf(&r->texts[r->n], at.family == 6 ? "[%s]:%u" : "%s:%u", at.text, at.port);
	r->list.v[r->n] = buf_span(&r->texts[r->n]);
	r->list.n = ++r->n;
	return true;
}

static bool reserve(struct reserved *r, const struct serve_ask *ask)
{
	const char *why;

	for (size_t i = 0; i < ask->listen->n; i++)
		if (!reserve_one(r, ask->listen->v[i], &why)) {
			fprintf(ask->err, "wsdx serve: cannot listen on %.*s: %s\n",
				SPANF(ask->listen->v[i]), why);
			return false;
		}
	return true;
}

static void release(struct reserved *r)
{
	for (size_t i = 0; i < r->n; i++) {
		close(r->fds[i]);
		buf_deinit(&r->texts[i]);
	}
}

static int start_all(
	const struct serve_ask *ask, struct crew *crew, int (*serve)(const struct serve_ask *ask))
{
	pid_t pids[WORKERS_MAX];
	sigset_t waited, before;
	int result = 0;

	sigemptyset(&waited);
	sigaddset(&waited, SIGINT);
	sigaddset(&waited, SIGTERM);
	sigaddset(&waited, SIGCHLD);
	sigprocmask(SIG_BLOCK, &waited, &before);
	fflush(NULL);
	for (unsigned i = 0; i < crew->n; i++) {
		pids[i] = fork();
		if (!pids[i])
			return work(ask, crew, i, &before, serve);
		if (pids[i] < 0) {
			fprintf(ask->err, "wsdx serve: %s\n", strerror(errno));
			end_all(pids, i, SIGTERM);
		}
	}
	result = attend(ask, pids, crew->n, &waited);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

int workers_run(const struct serve_ask *ask, int (*serve)(const struct serve_ask *ask))
{
	struct reserved *r = calloc(1, sizeof(*r));
	struct crew crew = {0};
	struct serve_ask all = *ask;
	int result = 0;

	if (!r)
		abort();
	if (reserve(r, ask)) {
		all.listen = &r->list;
		if (make_pairs(&crew, ask->workers))
			result = start_all(&all, &crew, serve);
		else
			fprintf(ask->err, "wsdx serve: %s\n", strerror(errno));
		close_pairs(&crew);
	}
	release(r);
	free(r);
	return result;
}
