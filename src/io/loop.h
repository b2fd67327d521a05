/* The event loop: one epoll, one timer wheel, one thread.
 *
 * Time is "loop time": CLOCK_MONOTONIC in ns since loop_new. The same base serves deadlines,
 * conn.now and obs.at ("since the run began"), so make the loop when the run begins, and one per
 * run. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdint.h>

#include "io/wheel.h"

struct loop;

/* NULL with errno when the kernel gives no descriptor. */
struct loop *loop_new(void);
/* Everything started on it must have ended. Safe with NULL. */
void loop_free(struct loop *l);

/* When this turn began: cheap, the same for all callbacks of a turn. Outside loop_run: right now.
 */
ns loop_now(const struct loop *l);
ns loop_clock(const struct loop *l); /* right now */
/* Loop time of a CLOCK_REALTIME moment (kernel timestamps), by the present offset of the two
 * clocks. */
ns loop_from_wall(const struct loop *l, ns wall);

enum loop_end { LOOP_STOPPED, LOOP_IDLE, LOOP_DEADLINE };
/* Turns until loop_stop, until nothing is left that could ever happen (no watch, timer, posted call
 * or hold), or until `deadline` (NS_NEVER: none). May be called again. Not from within a callback
 * or fiber. */
enum loop_end loop_run(struct loop *l, ns deadline);
void loop_stop(struct loop *l);

/* A descriptor to look at. Lives in its owner; zeroed memory is one that is not started. */
struct watch {
	struct loop *loop;
	int fd;
	uint32_t events; /* EPOLLIN | EPOLLOUT …; level-triggered. 0: kept registered, only errors
			    and hang-ups are told */
	void (*ready)(void *arg, uint32_t events);
	void *arg;
	bool aside; /* does not keep loop_run from being idle */
};

/* 0, or -1 with errno. Fill ready, arg, aside first. The descriptor stays the owner's. */
int watch_start(struct loop *l, struct watch *w, int fd, uint32_t events);
void watch_set(struct watch *w, uint32_t events); /* no system call when nothing changes */
/* No call comes after it, also none for an event of this turn. Safe twice. Before the descriptor is
 * closed. */
void watch_stop(struct watch *w);

/* Timers fire between two polls. */
void loop_timer(struct loop *l, struct timer *t, ns at); /* see timer_set */
void loop_timer_stop(struct loop *l, struct timer *t);

/* A call made later in this turn or in the next one, never from within loop_post. Lives in its
 * owner; posting one that is already waiting does nothing. */
struct post {
	struct post *next;
	bool waiting;
	void (*call)(void *arg);
	void *arg;
};
void loop_post(struct loop *l, struct post *p);
void loop_unpost(struct loop *l, struct post *p); /* safe when it is not waiting */

/* For work under way elsewhere (a thread): keeps loop_run from being idle. */
void loop_hold(struct loop *l);
void loop_release(struct loop *l);

/* From now on SIGINT and SIGTERM of this process are blocked and told here, as many as come;
 * without `on` the loop stops. One loop of a process only. SIGPIPE is ignored from loop_new on.
 * loop_free restores the mask. */
int loop_signals(struct loop *l, void (*on)(void *arg, int signal), void *arg);
int loop_signal(
	const struct loop *l); /* the first one that came, 0: none. Exit status is 128 + it. */

#endif
