/* Timers in a hashed hierarchical wheel: adding, moving and removing one is O(1) however many there
 * are.
 *
 * Resolution is 1 ms: a timer never fires early and at most 1 ms late (plus what the caller is late
 * himself). The wheel reads no clock: time is an argument, so tests drive it with virtual time. */
#ifndef IO_WHEEL_H
#define IO_WHEEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ns.h"

struct timer;

struct timer_link {
	struct timer_link *next, *prev;
};

/* Lives in its owner. Zeroed memory is a timer that is not set. */
struct timer {
	struct timer_link link; /* first: the wheel casts */
	ns at;
	void (*fire)(
		void *arg); /* the timer is no longer set when it is called; may set it again */
	void *arg;
};

#define WHEEL_BITS 6
#define WHEEL_SLOTS (1 << WHEEL_BITS)
#define WHEEL_LEVELS 7 /* 64^7 ms: 139 years; farther timers wait in the last slot */

struct wheel {
	int64_t tick; /* ms that have been served */
	size_t count;
	uint64_t used[WHEEL_LEVELS]; /* bit: the slot is not empty */
	struct timer_link slot[WHEEL_LEVELS][WHEEL_SLOTS];
	struct timer_link due; /* set for what has passed: for the next turn */
};

void wheel_init(struct wheel *w, ns now);

/* Sets the timer (moves it when it is set already). NS_NEVER unsets it. A time that has passed
 * fires at the next turn. */
void timer_set(struct wheel *w, struct timer *t, ns at);
void timer_unset(struct wheel *w, struct timer *t); /* safe when it is not set */
bool timer_is_set(const struct timer *t);

/* The earliest moment at which wheel_turn may have something to do; NS_NEVER when it is empty. May
 * be earlier than any timer, never later. */
ns wheel_next(const struct wheel *w);
/* Fires what is due, in order of milliseconds. A timer set for the past from within fires in the
 * next call, not in this one. */
void wheel_turn(struct wheel *w, ns now);

#endif
