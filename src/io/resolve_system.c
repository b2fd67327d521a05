/* getaddrinfo(3) may block for as long as it likes, so it has a thread to itself. Whoever is last,
 * thread or asker, frees. */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/resolve_inside.h"

struct system_lookup {
	pthread_mutex_t lock;
	unsigned holders; /* under the lock */
	int event;	  /* written once by the thread */
	struct watch watch;
	struct fiber *waiter;
	char host[HOST_MAX + 1];
	uint16_t port;
	int family;
	bool done;
	/* The thread's until it has written the event. */
	struct addresses found;
	char canonical[HOST_MAX + 1];
};

#ifdef STATIC_LIBC

/* A static glibc would load the very libraries at run time that it was linked to do without. */
struct system_lookup *system_lookup_new(
	struct loop *l, struct fiber *waiter, const char *host, uint16_t port, int family)
{
	(void)l, (void)waiter, (void)host, (void)port, (void)family;
	return NULL;
}

void system_lookup_free(struct system_lookup *s)
{
	(void)s;
}

#else

static const char *error_of(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {{EAI_NONAME, "not-found"}, {EAI_NODATA, "not-found"},
		{EAI_ADDRFAMILY, "not-found"}, {EAI_AGAIN, "again"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].error == error)
			return names[i].name;
	return "failure";
}

/* Whether there is such a name is not said reliably by the error of one family alone: with a file
 * of hosts it is EAI_NONAME, EAI_ADDRFAMILY, or EAI_AGAIN from a name server that does not know. */
static bool has_other_family(const struct system_lookup *s)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *all = NULL;
	bool any = s->family && !getaddrinfo(s->host, NULL, &hints, &all) && all;

	if (all)
		freeaddrinfo(all);
	return any;
}

static void look_up(struct system_lookup *s)
{
	static const int families[] = {[0] = AF_UNSPEC, [4] = AF_INET, [6] = AF_INET6};
	struct addrinfo hints = {.ai_family = families[s->family],
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_CANONNAME};
	struct addrinfo *all = NULL;
	int error = getaddrinfo(s->host, NULL, &hints, &all);

	if (error) {
		s->found.error = error_of(error);
		if (has_other_family(s))
			s->found.error = "other-family";
		return;
	}
	if (all && all->ai_canonname)
		snprintf(s->canonical, sizeof(s->canonical), "%s", all->ai_canonname);
	for (struct addrinfo *a = all; a; a = a->ai_next)
		addresses_add(&s->found, a->ai_addr, a->ai_addrlen, s->port);
	if (!s->found.n)
		s->found.error = "not-found";
	freeaddrinfo(all);
}

static void let_go(struct system_lookup *s)
{
	bool last;

	pthread_mutex_lock(&s->lock);
	last = !--s->holders;
	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&s->lock);
	close(s->event);
	free(s);
}

static void *thread_main(void *arg)
{
	struct system_lookup *s = arg;
	uint64_t one = 1;

	look_up(s);
	/* An eventfd takes the first write always. */
	if (write(s->event, &one, sizeof(one)) != sizeof(one))
		abort();
	let_go(s);
	return NULL;
}

static void on_event(void *arg, uint32_t events)
{
	struct system_lookup *s = arg;

	(void)events;
	watch_stop(&s->watch);
	s->done = true;
	fiber_wake(s->waiter);
}

static bool start_thread(struct system_lookup *s)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	if (pthread_attr_init(&attr))
		return false;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	s->holders = 2;
	error = pthread_create(&thread, &attr, thread_main, s);
	pthread_attr_destroy(&attr);
	if (error)
		s->holders = 1;
	return !error;
}

struct system_lookup *system_lookup_new(
	struct loop *l, struct fiber *waiter, const char *host, uint16_t port, int family)
{
	struct system_lookup *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->event < 0) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->holders = 1;
	s->waiter = waiter;
	s->port = port;
	s->family = family;
	snprintf(s->host, sizeof(s->host), "%s", host);
	s->watch = (struct watch){.ready = on_event, .arg = s};
	if (!watch_start(l, &s->watch, s->event, EPOLLIN) && start_thread(s))
		return s;
	system_lookup_free(s);
	return NULL;
}

void system_lookup_free(struct system_lookup *s)
{
	if (!s)
		return;
	watch_stop(&s->watch);
	let_go(s);
}

#endif

bool system_lookup_done(const struct system_lookup *s)
{
	return s->done;
}

void system_lookup_take(const struct system_lookup *s, struct addresses *out, char *canonical)
{
	*out = s->found;
	memcpy(canonical, s->canonical, sizeof(s->canonical));
}
