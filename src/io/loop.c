#include "io/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "io/clock.h"

#define BATCH 64

struct loop {
	int epoll;
	ns origin; /* CLOCK_MONOTONIC of loop time 0 */
	ns now;
	bool stopped, running;
	unsigned live; /* watches that keep it from being idle */
	unsigned holds;
	struct wheel wheel;
	struct post *first, **last;
	struct epoll_event batch[BATCH];
	int batched;

	struct watch signals;
	int signal;
	void (*on_signal)(void *arg, int signal);
	void *signal_arg;
	sigset_t mask_before;
};

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0) {
		free(l);
		return NULL;
	}
	signal(SIGPIPE, SIG_IGN);
	l->origin = clock_monotonic();
	l->last = &l->first;
	wheel_init(&l->wheel, 0);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	if (l->signals.loop) {
		int fd = l->signals.fd;

		watch_stop(&l->signals);
		close(fd);
		pthread_sigmask(SIG_SETMASK, &l->mask_before, NULL);
	}
	close(l->epoll);
	free(l);
}

ns loop_now(const struct loop *l)
{
	return l->running ? l->now : loop_clock(l);
}

ns loop_clock(const struct loop *l)
{
	return clock_monotonic() - l->origin;
}

ns loop_from_wall(const struct loop *l, ns wall)
{
	return wall - clock_wall() + loop_clock(l);
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}

int watch_start(struct loop *l, struct watch *w, int fd, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e))
		return -1;
	w->loop = l;
	w->fd = fd;
	w->events = events;
	l->live += !w->aside;
	return 0;
}

void watch_set(struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	if (w->loop && events != w->events && !epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, w->fd, &e))
		w->events = events;
}

void watch_stop(struct watch *w)
{
	struct loop *l = w->loop;

	if (!l)
		return;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	for (int i = 0; i < l->batched; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
	l->live -= !w->aside;
	w->loop = NULL;
}

void loop_timer(struct loop *l, struct timer *t, ns at)
{
	timer_set(&l->wheel, t, at);
}

void loop_timer_stop(struct loop *l, struct timer *t)
{
	timer_unset(&l->wheel, t);
}

void loop_post(struct loop *l, struct post *p)
{
	if (p->waiting)
		return;
	p->waiting = true;
	p->next = NULL;
	*l->last = p;
	l->last = &p->next;
}

void loop_unpost(struct loop *l, struct post *p)
{
	struct post **at = &l->first;

	if (!p->waiting)
		return;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	if (!*at)
		l->last = at;
	p->waiting = false;
}

void loop_hold(struct loop *l)
{
	l->holds++;
}

void loop_release(struct loop *l)
{
	l->holds--;
}

/* Those that wait now; what they post in turn comes after the next poll, so that descriptors get
 * their share. */
static void run_posts(struct loop *l)
{
	struct post mark = {.call = NULL};

	if (!l->first)
		return;
	loop_post(l, &mark);
	while (l->first) {
		struct post *p = l->first;

		l->first = p->next;
		if (!l->first)
			l->last = &l->first;
		p->waiting = false;
		if (p == &mark)
			return;
		p->call(p->arg);
	}
}

static void poll_once(struct loop *l, ns deadline)
{
	ns next = wheel_next(&l->wheel);
	ns until = deadline < next ? deadline : next;
	ns left = until == NS_NEVER ? NS_NEVER : until - loop_clock(l);
	int timeout = -1;

	if (l->first || l->stopped || left <= 0)
		timeout = 0;
	else if (left != NS_NEVER)
		timeout = left > 3600 * NS_S ? 3600 * 1000 : (int)((left + NS_MS - 1) / NS_MS);
	l->batched = epoll_wait(l->epoll, l->batch, BATCH, timeout);
	l->now = loop_clock(l);
	for (int i = 0; i < l->batched; i++) {
		struct watch *w = l->batch[i].data.ptr;

		if (w)
			w->ready(w->arg, l->batch[i].events);
	}
	l->batched = 0;
}

static bool is_idle(const struct loop *l)
{
	return !l->first && !l->wheel.count && !l->live && !l->holds;
}

/* Posts and timers; true when the loop is to end. */
static bool turn(struct loop *l, ns deadline, enum loop_end *end)
{
	run_posts(l);
	wheel_turn(&l->wheel, l->now);
	*end = l->stopped ? LOOP_STOPPED : is_idle(l) ? LOOP_IDLE : LOOP_DEADLINE;
	return l->stopped || is_idle(l) || l->now >= deadline;
}

enum loop_end loop_run(struct loop *l, ns deadline)
{
	enum loop_end end = LOOP_STOPPED;

	l->stopped = false;
	l->running = true;
	l->now = loop_clock(l);
	while (!turn(l, deadline, &end))
		poll_once(l, deadline);
	l->running = false;
	return end;
}

static void read_signal(void *arg, uint32_t events)
{
	struct loop *l = arg;
	struct signalfd_siginfo info;

	(void)events;
	if (read(l->signals.fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (!l->signal)
		l->signal = (int)info.ssi_signo;
	if (l->on_signal)
		l->on_signal(l->signal_arg, (int)info.ssi_signo);
	else
		loop_stop(l);
}

int loop_signals(struct loop *l, void (*on)(void *arg, int signal), void *arg)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -1;
	l->on_signal = on;
	l->signal_arg = arg;
	l->signals = (struct watch){.ready = read_signal, .arg = l, .aside = true};
	if (watch_start(l, &l->signals, fd, EPOLLIN)) {
		close(fd);
		return -1;
	}
	pthread_sigmask(SIG_BLOCK, &set, &l->mask_before);
	return 0;
}

int loop_signal(const struct loop *l)
{
	return l->signal;
}
