#include "io/fiber.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "io/stack_switch.h"

#define SPARE_MAX 16

struct fiber {
	struct loop *loop;
	void (*fn)(void *arg);
	void *arg;
	ucontext_t context, back;
	char *stack;
	struct stack_switch in, out;
	struct timer timer;
	struct post post;
	struct fiber *joiner, *joining;
	bool parked, woken, timed_out, stopped, ended, ends_run;
};

static _Thread_local struct fiber *running;
/* Stacks of ended fibers: their pages are there already. */
static _Thread_local char *spare[SPARE_MAX];
static _Thread_local size_t spares;

static size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Points behind the guard page. */
static char *stack_new(void)
{
	char *p;

	if (spares)
		return spare[--spares];
	p = mmap(NULL, FIBER_STACK + page(), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (mprotect(p, page(), PROT_NONE)) {
		munmap(p, FIBER_STACK + page());
		return NULL;
	}
	return p + page();
}

static void stack_free(char *stack)
{
	stack_forget(stack, FIBER_STACK);
	if (spares < SPARE_MAX)
		spare[spares++] = stack;
	else
		munmap(stack - page(), FIBER_STACK + page());
}

static void resume(void *arg)
{
	struct fiber *f = arg;

	loop_unpost(f->loop, &f->post);
	loop_timer_stop(f->loop, &f->timer);
	f->parked = false;
	running = f;
	stack_leave(&f->out, f->stack, FIBER_STACK);
	swapcontext(&f->back, &f->context);
	stack_enter(&f->out);
	running = NULL;
	if (!f->ended)
		return;
	stack_free(f->stack);
	f->stack = NULL;
	if (f->ends_run)
		loop_stop(f->loop);
	fiber_wake(f->joiner);
}

static void time_out(void *arg)
{
	struct fiber *f = arg;

	f->timed_out = true;
	resume(f);
}

static void body(unsigned high, unsigned low)
{
	struct fiber *f = (struct fiber *)((uintptr_t)high << 32 | low);

	stack_arrive(&f->out);
	f->fn(f->arg);
	f->ended = true;
	stack_leave_for_good(&f->out);
	/* uc_link would return to the `back` of the first resume: this one is that of the last. */
	setcontext(&f->back);
}

/* On its own, for getcontext() may return twice as the compiler sees it, and nothing here is kept in a register. */
static __attribute__((noinline)) void context_init(ucontext_t *context, void *stack, uint64_t self)
{
	getcontext(context);
	context->uc_stack.ss_sp = stack;
	context->uc_stack.ss_size = FIBER_STACK;
	context->uc_link = NULL;
	makecontext(context, (void (*)(void))body, 2, (unsigned)(self >> 32), (unsigned)self);
}

struct fiber *fiber_start(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct fiber *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->stack = stack_new();
	if (!f->stack) {
		free(f);
		return NULL;
	}
	f->loop = l;
	f->fn = fn;
	f->arg = arg;
	f->post = (struct post){.call = resume, .arg = f};
	f->timer = (struct timer){.fire = time_out, .arg = f};
	context_init(&f->context, f->stack, (uintptr_t)f);
	loop_post(l, &f->post);
	return f;
}

static void park(struct fiber *f)
{
	f->parked = true;
	stack_leave(&f->in, f->out.from, f->out.size);
	swapcontext(&f->context, &f->back);
	stack_enter(&f->in);
}

enum wait fiber_park(ns deadline)
{
	struct fiber *f = running;

	if (!f->stopped && !f->woken && deadline > loop_now(f->loop)) {
		f->timed_out = false;
		loop_timer(f->loop, &f->timer, deadline);
		park(f);
	}
	if (f->stopped)
		return WAIT_STOPPED;
	if (!f->woken)
		return WAIT_TIMEOUT;
	f->woken = false;
	return WAIT_WOKEN;
}

enum wait fiber_sleep_until(ns at)
{
	enum wait w;

	do
		w = fiber_park(at);
	while (w == WAIT_WOKEN);
	return w;
}

void fiber_wake(struct fiber *f)
{
	if (!f || f->ended)
		return;
	f->woken = true;
	if (f->parked)
		loop_post(f->loop, &f->post);
}

void fiber_stop(struct fiber *f)
{
	if (f->ended)
		return;
	f->stopped = true;
	fiber_wake(f);
	if (f->joining)
		fiber_stop(f->joining);
}

void fiber_join(struct fiber *f)
{
	struct fiber *self = running;

	f->joiner = self;
	self->joining = f;
	if (self->stopped)
		fiber_stop(f);
	while (!f->ended)
		park(self);
	self->joining = NULL;
	free(f);
}

int fiber_run(struct loop *l, void (*fn)(void *arg), void *arg, ns deadline)
{
	struct fiber *f = fiber_start(l, fn, arg);
	enum loop_end end;

	if (!f)
		return -1;
	f->ends_run = true;
	end = loop_run(l, deadline);
	while (!f->ended) {
		fiber_stop(f);
		loop_run(l, NS_NEVER);
	}
	free(f);
	return (int)end;
}

bool fiber_stopped(void)
{
	return running && running->stopped;
}

bool fiber_ended(const struct fiber *f)
{
	return f->ended;
}

struct fiber *fiber_self(void)
{
	return running;
}
