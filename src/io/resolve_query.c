#include <ares.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "io/resolve_inside.h"

#define SOCKETS_MAX 16
#define TRY_MS 2000
#define TRIES 2

struct queries {
	ares_channel channel;
	struct loop *loop;
	struct fiber *waiter;
	struct timer timer;
	struct watch sockets[SOCKETS_MAX];
	ns began;
	struct query v[2];
	size_t n, open; /* asked; not yet answered, ask_all counted */
	bool ending, all_done;
	struct addresses found;
	char canonical[HOST_MAX + 1];
	uint16_t port;
};

struct asked {
	struct queries *queries;
	struct query *query;
};

static const char *rcode_of(int status)
{
	static const struct {
		int status;
		const char *rcode;
	} names[] = {{ARES_SUCCESS, "NOERROR"}, {ARES_ENODATA, "NOERROR"},
		{ARES_EFORMERR, "FORMERR"}, {ARES_ESERVFAIL, "SERVFAIL"},
		{ARES_ENOTFOUND, "NXDOMAIN"}, {ARES_ENOTIMP, "NOTIMP"}, {ARES_EREFUSED, "REFUSED"},
		{ARES_ETIMEOUT, "timeout"}, {ARES_ECONNREFUSED, "unreachable"},
		{ARES_EBADRESP, "malformed"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].status == status)
			return names[i].rcode;
	return "failure";
}

/* --- sockets and time ----------------------------------------------------------------------- */

static void arm(struct queries *q)
{
	struct timeval tv;

	if (ares_timeout(q->channel, NULL, &tv))
		loop_timer(q->loop, &q->timer,
			loop_clock(q->loop) + tv.tv_sec * NS_S + tv.tv_usec * NS_US);
	else
		loop_timer_stop(q->loop, &q->timer);
}

static void on_time(void *arg)
{
	struct queries *q = arg;

	ares_process_fd(q->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm(q);
}

/* c-ares may close and open sockets while it works on one: the row it stands in says which it was.
 */
static void on_socket(void *arg, uint32_t events)
{
	struct queries *q = arg;
	uint32_t bad = EPOLLERR | EPOLLHUP;

	(void)events;
	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		struct watch *w = &q->sockets[i];

		if (w->loop)
			ares_process_fd(q->channel,
				w->events & EPOLLIN || events & bad ? w->fd : ARES_SOCKET_BAD,
				w->events & EPOLLOUT ? w->fd : ARES_SOCKET_BAD);
	}
	arm(q);
}

static struct watch *socket_find(struct queries *q, int fd)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (q->sockets[i].loop && q->sockets[i].fd == fd)
			return &q->sockets[i];
	return NULL;
}

static void socket_add(struct queries *q, int fd, uint32_t events)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (!q->sockets[i].loop) {
			q->sockets[i] = (struct watch){.ready = on_socket, .arg = q};
			watch_start(q->loop, &q->sockets[i], fd, events);
			return;
		}
}

static void on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct queries *q = arg;
	uint32_t events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0);
	struct watch *w = socket_find(q, fd);

	if (!w && events)
		socket_add(q, fd, events);
	else if (w && events)
		watch_set(w, events);
	else if (w)
		watch_stop(w);
}

/* --- asking --------------------------------------------------------------------------------- */

static void answered(struct queries *q)
{
	q->open--;
	fiber_wake(q->waiter);
}

static unsigned count_a(const unsigned char *answer, int n, bool v6)
{
	struct ares_addrttl a[RESOLVE_MAX];
	struct ares_addr6ttl a6[RESOLVE_MAX];
	int found = RESOLVE_MAX;
	int status = v6 ? ares_parse_aaaa_reply(answer, n, NULL, a6, &found)
			: ares_parse_a_reply(answer, n, NULL, a, &found);

	return status == ARES_SUCCESS && found > 0 ? (unsigned)found : 0;
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *answer, int n)
{
	struct asked *a = arg;
	struct queries *q = a->queries;
	struct query *query = a->query;

	(void)timeouts;
	free(a);
	if (q->ending)
		return;
	query->took = loop_clock(q->loop) - q->began;
	query->rcode = rcode_of(status);
	if (status == ARES_SUCCESS)
		query->answers = count_a(answer, n, !strcmp(query->rtype, "AAAA"));
	answered(q);
}

static void ask_one(struct queries *q, const char *host, const char *rtype, int number)
{
	struct query *query = &q->v[q->n++];
	struct asked *a = malloc(sizeof(*a));

	*query = (struct query){.rtype = rtype};
	if (!a)
		return;
	*a = (struct asked){q, query};
	q->open++;
	ares_query(q->channel, host, 1, number, on_answer, a);
	arm(q);
}

void queries_ask(struct queries *q, const char *host, int family)
{
	if (family != 6)
		ask_one(q, host, "A", 1);
	if (family != 4)
		ask_one(q, host, "AAAA", 28);
}

static const char *error_of(int status)
{
	if (status == ARES_ENOTFOUND || status == ARES_ENODATA)
		return "not-found";
	return status == ARES_ETIMEOUT || status == ARES_ESERVFAIL ? "again" : "failure";
}

static void on_all(void *arg, int status, int timeouts, struct ares_addrinfo *all)
{
	struct queries *q = arg;

	(void)timeouts;
	if (!q->ending && status == ARES_SUCCESS) {
		for (struct ares_addrinfo_node *a = all->nodes; a; a = a->ai_next)
			addresses_add(&q->found, a->ai_addr, (socklen_t)a->ai_addrlen, q->port);
		snprintf(q->canonical, sizeof(q->canonical), "%s", all->name ? all->name : "");
	}
	ares_freeaddrinfo(all);
	if (q->ending)
		return;
	q->all_done = true;
	q->found.error =
		q->found.n ? NULL : error_of(status == ARES_SUCCESS ? ARES_ENODATA : status);
	answered(q);
}

void queries_ask_all(struct queries *q, const char *host, uint16_t port, int family)
{
	static const int families[] = {[0] = AF_UNSPEC, [4] = AF_INET, [6] = AF_INET6};
	struct ares_addrinfo_hints hints = {.ai_family = families[family],
		.ai_socktype = SOCK_STREAM,
		.ai_flags = ARES_AI_CANONNAME | ARES_AI_ENVHOSTS};

	q->port = port;
	q->open++;
	ares_getaddrinfo(q->channel, host, NULL, &hints, on_all, q);
	arm(q);
}

bool queries_done(const struct queries *q)
{
	return !q->open;
}

size_t queries_get(const struct queries *q, const struct query **out)
{
	*out = q->v;
	return q->n;
}

void queries_take(const struct queries *q, struct addresses *out, char *canonical)
{
	*out = q->found;
	if (!q->all_done)
		out->error = "timeout";
	memcpy(canonical, q->canonical, sizeof(q->canonical));
}

/* --- beginning and end ---------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
	ares_library_init(ARES_LIB_INIT_ALL);
}

struct queries *queries_new(struct loop *l, struct fiber *waiter, const char *servers, bool as_said)
{
	struct queries *q = calloc(1, sizeof(*q));
	struct ares_options o = {.flags = as_said ? ARES_FLAG_NOCHECKRESP : 0,
		.timeout = TRY_MS,
		.tries = TRIES,
		.sock_state_cb = on_state,
		.sock_state_cb_data = q};
	int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;

	pthread_once(&once, init_library);
	if (!q)
		return NULL;
	q->loop = l;
	q->waiter = waiter;
	q->began = loop_clock(l);
	q->timer = (struct timer){.fire = on_time, .arg = q};
	if (ares_init_options(&q->channel, &o, given)) {
		free(q);
		return NULL;
	}
	if (servers && ares_set_servers_ports_csv(q->channel, servers)) {
		queries_free(q);
		return NULL;
	}
	return q;
}

void queries_free(struct queries *q)
{
	if (!q)
		return;
	q->ending = true;
	ares_destroy(q->channel);
	loop_timer_stop(q->loop, &q->timer);
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		watch_stop(&q->sockets[i]);
	free(q);
}
