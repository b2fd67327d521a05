/* Tells AddressSanitizer which stack the thread is on; nothing without it.
 *
 * Leaving a stack: stack_leave with the one gone to. Being back on it: stack_enter. A new stack
 * begins with stack_arrive, which also learns where it was come from, and ends with
 * stack_leave_for_good. */
#ifndef IO_STACK_SWITCH_H
#define IO_STACK_SWITCH_H

#include <stddef.h>

struct stack_switch {
	void *fake;
	const void *from; /* the stack that was left for the fiber's */
	size_t size;
};

#if defined(__SANITIZE_ADDRESS__)
#define STACK_SWITCH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_SWITCH_ASAN 1
#endif
#endif

#ifdef STACK_SWITCH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define STACK_START(fake, to, n) __sanitizer_start_switch_fiber(fake, to, n)
#define STACK_FINISH(fake, from, n) __sanitizer_finish_switch_fiber(fake, from, n)
#define STACK_FORGET(p, n) __asan_unpoison_memory_region(p, n)
#else
#define STACK_START(fake, to, n) ((void)(fake), (void)(to), (void)(n))
#define STACK_FINISH(fake, from, n) ((void)(fake), (void)(from), (void)(n))
#define STACK_FORGET(p, n) ((void)(p), (void)(n))
#endif

static inline void stack_leave(struct stack_switch *s, const void *to, size_t n)
{
	STACK_START(&s->fake, to, n);
}

static inline void stack_enter(struct stack_switch *s)
{
	STACK_FINISH(s->fake, NULL, NULL);
}

static inline void stack_arrive(struct stack_switch *left)
{
	STACK_FINISH(NULL, &left->from, &left->size);
}

static inline void stack_leave_for_good(struct stack_switch *left)
{
	STACK_START(NULL, left->from, left->size);
}

/* The memory is about to be another stack: what is poisoned in it means nothing any more. */
static inline void stack_forget(void *stack, size_t n)
{
	STACK_FORGET(stack, n);
}

#endif
