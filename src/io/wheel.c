/* Each timer stands at the level of the highest digit (base 64, in ms) in which it differs from the
 * present tick. So the timers of a lower level are all earlier than those of a higher one, and the
 * next thing to do is in the first used slot of the lowest used level. When the tick reaches a slot
 * of a higher level, its timers move down. */
#include "io/wheel.h"

#include <stdint.h>

#define TICK_MAX ((INT64_C(1) << (WHEEL_BITS * WHEEL_LEVELS)) - 1)

static void list_init(struct timer_link *head)
{
	head->next = head->prev = head;
}

static bool list_empty(const struct timer_link *head)
{
	return head->next == head;
}

static void list_add(struct timer_link *head, struct timer_link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

/* Moves all of `from` into the uninitialised `to`. */
static void list_take(struct timer_link *to, struct timer_link *from)
{
	list_init(to);
	if (list_empty(from))
		return;
	*to = *from;
	to->next->prev = to->prev->next = to;
	list_init(from);
}

static int64_t tick_of(ns at)
{
	int64_t tick = at / NS_MS + (at % NS_MS > 0);

	return tick > TICK_MAX ? TICK_MAX : tick;
}

static int slot_of(int64_t tick, int level)
{
	return (int)(tick >> (WHEEL_BITS * level)) & (WHEEL_SLOTS - 1);
}

void wheel_init(struct wheel *w, ns now)
{
	*w = (struct wheel){.tick = now / NS_MS};
	list_init(&w->due);
	for (int i = 0; i < WHEEL_LEVELS; i++)
		for (int k = 0; k < WHEEL_SLOTS; k++)
			list_init(&w->slot[i][k]);
}

static void place(struct wheel *w, struct timer *t, struct timer_link *if_due)
{
	int64_t tick = tick_of(t->at);
	int level, slot;

	if (tick <= w->tick) {
		list_add(if_due, &t->link);
		return;
	}
	level = (63 - __builtin_clzll((uint64_t)(tick ^ w->tick))) / WHEEL_BITS;
	slot = slot_of(tick, level);
	list_add(&w->slot[level][slot], &t->link);
	w->used[level] |= UINT64_C(1) << slot;
}

/* The list that `head` heads has become empty: if it is a slot, its bit goes. */
static void forget(struct wheel *w, const struct timer_link *head)
{
	uintptr_t offset = (uintptr_t)head - (uintptr_t)w->slot;
	size_t i = offset / sizeof(*head);

	if (offset < sizeof(w->slot))
		w->used[i / WHEEL_SLOTS] &= ~(UINT64_C(1) << (i % WHEEL_SLOTS));
}

static void take_out(struct wheel *w, struct timer *t)
{
	struct timer_link *next = t->link.next;

	t->link.prev->next = next;
	next->prev = t->link.prev;
	if (list_empty(next))
		forget(w, next);
	t->link = (struct timer_link){0};
	w->count--;
}

bool timer_is_set(const struct timer *t)
{
	return t->link.next != NULL;
}

void timer_unset(struct wheel *w, struct timer *t)
{
	if (timer_is_set(t))
		take_out(w, t);
}

void timer_set(struct wheel *w, struct timer *t, ns at)
{
	timer_unset(w, t);
	if (at == NS_NEVER)
		return;
	t->at = at;
	w->count++;
	place(w, t, &w->due);
}

/* The lowest used level, or -1. */
static int lowest(const struct wheel *w)
{
	for (int level = 0; level < WHEEL_LEVELS; level++)
		if (w->used[level])
			return level;
	return -1;
}

static int64_t slot_tick(const struct wheel *w, int level)
{
	int above = WHEEL_BITS * (level + 1);

	return (w->tick >> above << above) |
	       ((int64_t)__builtin_ctzll(w->used[level]) << (WHEEL_BITS * level));
}

ns wheel_next(const struct wheel *w)
{
	int level = lowest(w);

	if (!list_empty(&w->due))
		return w->tick * NS_MS;
	return level < 0 ? NS_NEVER : slot_tick(w, level) * NS_MS;
}

static void fire(struct wheel *w, struct timer_link *firing)
{
	while (!list_empty(firing)) {
		struct timer *t = (struct timer *)firing->next;

		take_out(w, t);
		t->fire(t->arg);
	}
}

/* Serves the first used slot of the level, whose time has come. */
static void serve(struct wheel *w, int level)
{
	int slot = __builtin_ctzll(w->used[level]);
	struct timer_link all, firing;

	list_init(&firing);
	w->tick = slot_tick(w, level);
	w->used[level] &= ~(UINT64_C(1) << slot);
	list_take(&all, &w->slot[level][slot]);
	while (!list_empty(&all)) {
		struct timer *t = (struct timer *)all.next;

		all.next = t->link.next;
		all.next->prev = &all;
		place(w, t, &firing);
	}
	fire(w, &firing);
}

void wheel_turn(struct wheel *w, ns now)
{
	int64_t target = now / NS_MS;
	struct timer_link firing;
	int level;

	list_take(&firing, &w->due);
	fire(w, &firing);
	while ((level = lowest(w)) >= 0 && slot_tick(w, level) <= target)
		serve(w, level);
	if (target > w->tick)
		w->tick = target;
}
