/* What the tests of io share: a loop with a journal, a peer on loopback, certificates, and a
 * dialect that keeps what it is fed. */
#ifndef SCENE_H
#define SCENE_H

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/link.h"
#include "io/listen.h"
#include "unit.h"

#define LONG (20 * NS_S) /* a deadline that only a broken test reaches */

static const struct kind got_bytes = {.name = "test.bytes", .say = "bytes"};
static const struct kind got_tick = {.name = "test.tick", .say = "tick"};
static const struct kind got_cut = {.name = "test.cut", .say = "cut"};
static const struct key k_data = {.name = "data", .type = VALUE_TEXT};

struct keeper {
	ns deadline, fed_at;
	size_t fed;
};

static inline void keeper_start(struct layer *l)
{
	((struct keeper *)l->state)->deadline = NS_NEVER;
}

static inline void keeper_feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct keeper *k = l->state;

	(void)from, (void)unit;
	k->fed += data.n;
	k->fed_at = l->conn->now;
	layer_note(l, &got_bytes, F_TEXT(k_data, data));
}

static inline void keeper_cut(struct layer *l, enum side from, enum cut how)
{
	(void)from;
	layer_note(l, &got_cut, F_TEXT(k_data, span_of(cut_name(how))));
}

static inline ns keeper_deadline(const struct layer *l)
{
	return ((const struct keeper *)l->state)->deadline;
}

static inline void keeper_tick(struct layer *l)
{
	((struct keeper *)l->state)->deadline = NS_NEVER;
	layer_note(l, &got_tick, F_TEXT(k_data, SPAN("")));
}

static const struct dialect keeper = {.name = "keeper",
	.size = sizeof(struct keeper),
	.start = keeper_start,
	.feed = keeper_feed,
	.cut = keeper_cut,
	.deadline = keeper_deadline,
	.tick = keeper_tick};

struct scene {
	struct loop *loop;
	struct journal journal, theirs; /* what the client sees, what the peer sees */
	struct listener listener;
	struct spot spot;
	struct dialled dialled;
	struct link *link;
	/* The peer: a fiber for each connection. */
	void (*serve)(struct scene *s, struct link *k);
	struct fiber *peers[8];
	size_t n_peers;
	void *arg;
	void (*body)(struct scene *s);
};

static inline ns scene_deadline(struct scene *s)
{
	return loop_clock(s->loop) + LONG;
}

struct scene_peer {
	struct scene *scene;
	struct link *link;
};

static inline void scene_peer_main(void *arg)
{
	struct scene_peer *p = arg;

	p->scene->serve(p->scene, p->link);
	free(p);
}

static inline void scene_accepted(void *arg, int fd, const struct address *from)
{
	struct scene *s = arg;
	struct spot spot = {
		.loop = s->loop, .journal = &s->theirs, .where.flow = journal_flow(&s->theirs)};
	struct dialled d = {.fd = fd, .to = *from, .began = loop_now(s->loop)};
	struct scene_peer *p = malloc(sizeof(*p));

	*p = (struct scene_peer){s, link_new(&spot, &d, SEAT_SERVER)};
	assert_true(s->n_peers < 8);
	s->peers[s->n_peers++] = fiber_start(s->loop, scene_peer_main, p);
}

static inline void scene_main(void *arg)
{
	struct scene *s = arg;

	s->body(s);
	listen_stop(&s->listener);
	for (size_t i = 0; i < s->n_peers; i++)
		fiber_join(s->peers[i]);
}

/* Runs body in a fiber, with a peer that runs `serve` for each connection to s->listener.at (NULL:
 * nobody listens). */
static inline void scene_play(
	struct scene *s, void (*serve)(struct scene *, struct link *), void (*body)(struct scene *))
{
	s->serve = serve;
	s->body = body;
	s->listener.accepted = scene_accepted;
	s->listener.arg = s;
	assert_int_equal(listen_start(&s->listener, s->loop, SPAN("127.0.0.1"), 0), 0);
	if (!serve)
		listen_stop(&s->listener);
	assert_int_equal(fiber_run(s->loop, scene_main, s, scene_deadline(s)), LOOP_STOPPED);
}

/* Dials the peer; s->link is then open, without a layer. */
static inline bool scene_dial(struct scene *s)
{
	s->spot.where.flow = journal_flow(&s->journal);
	if (!dial(&s->dialled, &s->spot, &s->listener.at, scene_deadline(s)))
		return false;
	s->link = link_new(&s->spot, &s->dialled, SEAT_CLIENT);
	return true;
}

static inline void scene_say(struct link *k, const char *z)
{
	struct conn *c = link_conn(k);

	layer_down(c->bottom, 0, span_of(z));
	link_flush(k);
}

static inline int scene_setup(void **state)
{
	static struct scene s;

	s = (struct scene){.loop = loop_new()};
	s.spot = (struct spot){.loop = s.loop, .journal = &s.journal};
	*state = &s;
	return s.loop ? 0 : -1;
}

static inline int scene_teardown(void **state)
{
	struct scene *s = *state;

	journal_deinit(&s->journal);
	journal_deinit(&s->theirs);
	loop_free(s->loop);
	return 0;
}

/* The only observation of the kind. */
static inline const struct obs *scene_obs(const struct journal *j, const struct kind *kind)
{
	const struct obs *found = NULL;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == kind) {
			assert_null(found);
			found = j->all[i];
		}
	if (!found)
		print_error("no %s\n", kind->name);
	assert_non_null(found);
	return found;
}

static inline size_t scene_count(const struct journal *j, const struct kind *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++)
		n += j->all[i]->kind == kind;
	return n;
}

#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

#endif
