/* Straight-line code that waits: stackful coroutines on one loop, switched only where they wait.
 *
 * Rules:
 *  - A fiber runs until it waits (fiber_park, fiber_sleep_until, fiber_join and everything in io
 * that says "waits"). Between two waits nothing else of the program runs, so nothing changes under
 * its feet; across a wait anything may have.
 *  - It must not block otherwise, nor loop without waiting.
 *  - Its stack is FIBER_STACK bytes; overrunning it is a clean SIGSEGV on the guard page. No large
 * arrays, no alloca.
 *  - Wake-ups are never lost and may be spurious: fiber_wake before fiber_park makes the park
 * return at once, so wait in a loop: `while (!there && fiber_park(deadline) == WAIT_WOKEN)`.
 *  - Structured: whoever starts a fiber joins it. When the joiner is stopped, so is the one it
 * joins.
 *  - Stopping is a request: every wait in the stopped fiber returns WAIT_STOPPED at once from then
 * on, waits that give a result say that there is none; the code unwinds by its ordinary path
 * (exp.done "aborted") and ends.
 *  - Callbacks of the loop (watches, timers, posts, journal.seen) run outside fibers and must not
 * wait. */
#ifndef IO_FIBER_H
#define IO_FIBER_H

#include "io/loop.h"

#define FIBER_STACK ((size_t)256 << 10)

struct fiber;

enum wait { WAIT_WOKEN, WAIT_TIMEOUT, WAIT_STOPPED };

/* Runs fn(arg) from the next turn of the loop on. NULL with errno when there is no memory for a
 * stack. */
struct fiber *fiber_start(struct loop *l, void (*fn)(void *arg), void *arg);
/* Waits until it has ended and frees it: exactly once for each fiber started. From within a fiber
 * only. */
void fiber_join(struct fiber *f);
/* Starts fn in a fiber, runs the loop until it has ended, joins. For main functions and tests;
 * outside fibers only. LOOP_STOPPED: it ended. LOOP_DEADLINE: it was stopped at `deadline`, and has
 * ended. -1: could not start. */
int fiber_run(struct loop *l, void (*fn)(void *arg), void *arg, ns deadline);

void fiber_stop(struct fiber
		*f); /* safe on one that has ended and is not yet joined; joined ones are gone */
bool fiber_stopped(void); /* the running one was asked to end */
bool fiber_ended(const struct fiber *f);

struct fiber *fiber_self(void); /* NULL outside fibers */

/* Waits for fiber_wake, a stop, or `deadline` (loop time, NS_NEVER: none). */
enum wait fiber_park(ns deadline);
/* Never WAIT_WOKEN: a wake-up meanwhile is forgotten. */
enum wait fiber_sleep_until(ns at);
void fiber_wake(struct fiber *f); /* from anywhere in the loop's thread; NULL does nothing */

#endif
