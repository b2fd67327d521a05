/* Feeds a vector to its dialect in pieces and gives the journal as text. Each piece ends where
 * readable memory ends. */
#ifndef TEST_REPLAY_H
#define TEST_REPLAY_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dialect/vector.h"

#define REPLAY_PIECE_MAX ((size_t)1 << 20)
#define REPLAY_TICKS_MAX 4

/* How the bytes of the steps are cut; zero: each step whole. */
struct pieces {
	size_t every;	 /* into pieces of so many bytes */
	size_t step, at; /* in two, in this step, after `at` bytes */
};

static inline void replay_random(void *to, size_t n)
{
	memset(to, 0x5a, n);
}

/* The copy whose end is the end of a mapping: reading one byte more is a crash. */
static inline struct span guarded(struct span s)
{
	static char *end;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!end) {
		char *p = mmap(NULL, REPLAY_PIECE_MAX + page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || mprotect(p + REPLAY_PIECE_MAX, page, PROT_NONE))
			abort();
		end = p + REPLAY_PIECE_MAX;
	}
	if (s.n > REPLAY_PIECE_MAX)
		abort();
	return (struct span){memcpy(end - s.n, s.p, s.n), s.n};
}

static inline void replay_step(
	struct conn *c, const struct vector_step *s, size_t first, size_t every)
{
	struct span rest = s->bytes;

	while (rest.n) {
		struct span piece = span_head(rest, first ? first : every ? every : rest.n);

		conn_feed(c, s->from, guarded(piece));
		rest = span_from(rest, piece.n);
		first = 0;
	}
}

static inline void replay_end(struct conn *c, enum side from, enum vector_end end)
{
	static const enum cut cuts[] = {
		[VECTOR_FIN] = CUT_FIN, [VECTOR_RST] = CUT_RST, [VECTOR_TIMEOUT] = CUT_TIMEOUT};

	for (int i = 0; i < REPLAY_TICKS_MAX && conn_deadline(c) != NS_NEVER; i++) {
		if (conn_deadline(c) > c->now)
			c->now = conn_deadline(c);
		conn_tick(c);
	}
	if (end != VECTOR_OPEN)
		conn_cut(c, from, cuts[end]);
}

/* Adds the saved journal to `out`, and what was said to the peer to `said`; the names of the kinds
 * go to `notes`. Either of the last two may be NULL. */
static inline void replay(struct buf *out, struct buf *said, struct buf *notes,
	const struct vector *v, const struct vector_step *steps, size_t n, enum vector_end end,
	struct pieces pieces)
{
	struct journal journal = {0};
	struct conn conn;

	conn_init(&conn, &journal, &(struct where){.flow = 1}, v->seat, replay_random);
	conn.salt = 7;
	conn.wall = 1795000000;
	v->setup(&conn);
	for (size_t i = 0; i < n; i++)
		replay_step(&conn, &steps[i], i == pieces.step ? pieces.at : 0, pieces.every);
	if (n)
		replay_end(&conn, steps[n - 1].from, end);
	journal_save(out, &journal, SPAN("vector"), "0");
	if (said)
		buf_add(said, buf_span(&conn.out));
	for (size_t i = 0; notes && i < journal.n; i++)
		buf_addf(notes, "%s%s", i ? " " : "", journal.all[i]->kind->name);
	conn_deinit(&conn);
	journal_deinit(&journal);
}

static inline size_t vector_steps(const struct vector *v)
{
	size_t n = 0;

	while (n < VECTOR_STEPS_MAX && v->steps[n].bytes.n)
		n++;
	return n;
}

#endif
