/* A connection for dialect tests: fixed randomness, and the answers to "what was noted". */
#ifndef TEST_DIALECT_H
#define TEST_DIALECT_H

#include "core/conn.h"
#include "fact/all.h"
#include "unit.h"

static inline void fixed_random(void *to, size_t n)
{
	memset(to, 0x5a, n);
}

struct bench {
	struct journal journal;
	struct conn conn;
	struct buf units; /* what the top layer got: see bench_top */
};

/* A layer that writes down what it is handed: "<from>:<unit>[data]". */
static inline void bench_hear(struct layer *l, enum side from, int unit, struct span data)
{
	struct buf *out = *(struct buf **)l->state;

	buf_addf(out, "%c%d[", from == CLIENT ? 'c' : 's', unit);
	buf_add(out, data);
	buf_addc(out, ']');
}

static const struct dialect bench_top = {
	.name = "bench", .size = sizeof(struct buf *), .feed = bench_hear};

static inline void bench_init(struct bench *b, enum seat seat)
{
	*b = (struct bench){.units.max = BUF_MAX};
	conn_init(&b->conn, &b->journal, &(struct where){.flow = 1}, seat, fixed_random);
}

static inline void bench_listen(struct bench *b)
{
	*(struct buf **)conn_push(&b->conn, &bench_top)->state = &b->units;
}

static inline void bench_deinit(struct bench *b)
{
	conn_deinit(&b->conn);
	journal_deinit(&b->journal);
	buf_deinit(&b->units);
}

static inline const struct obs *bench_find(const struct bench *b, const struct kind *kind)
{
	for (size_t i = 0; i < b->journal.n; i++)
		if (b->journal.all[i]->kind == kind)
			return b->journal.all[i];
	return NULL;
}

static inline size_t bench_count(const struct bench *b, const struct kind *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < b->journal.n; i++)
		n += b->journal.all[i]->kind == kind;
	return n;
}

#define assert_field(o, key, z)                                                                    \
	do {                                                                                       \
		const struct obs *got_obs = (o);                                                   \
                                                                                                   \
		assert_non_null(got_obs);                                                          \
		assert_span(obs_text(got_obs, &(key)), (z));                                       \
	} while (0)

#endif
