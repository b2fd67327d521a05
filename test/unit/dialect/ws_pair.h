/* Connections in memory for the WebSocket tests: ends that talk to each other, and what their
 * journals say. */
#ifndef WS_PAIR_H
#define WS_PAIR_H

#include "unit.h"

#include "core/conn.h"
#include "dialect/ws/ws.h"
#include "fact/all.h"

/* Random to the eye of the protocol, the same in every run. */
static inline void fixed_random(void *to, size_t n)
{
	static uint8_t next;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)to)[i] = next += 37;
}

#define HEARD_MAX 64

/* What the layer on top was given. */
struct heard {
	int unit[HEARD_MAX];
	enum side from[HEARD_MAX];
	struct buf data[HEARD_MAX];
	size_t n;
};

struct end {
	struct journal journal;
	struct conn conn;
	struct layer *http, *ws;
	struct heard *heard;
};

static inline void ear_feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct heard *h = l->state;

	if (unit >= WS_HTTP || h->n == HEARD_MAX)
		return;
	h->unit[h->n] = unit;
	h->from[h->n] = from;
	buf_add(&h->data[h->n++], data);
}

static inline void ear_stop(struct layer *l)
{
	struct heard *h = l->state;

	for (size_t i = 0; i < h->n; i++)
		buf_deinit(&h->data[i]);
}

static const struct dialect dialect_ear = {
	.name = "ear", .size = sizeof(struct heard), .feed = ear_feed, .stop = ear_stop};

static inline void end_init(struct end *e, enum seat seat, bool http)
{
	struct where w = {.flow = 1};

	*e = (struct end){0};
	conn_init(&e->conn, &e->journal, &w, seat, fixed_random);
	e->conn.salt = 7;
	if (http)
		e->http = conn_push(&e->conn, &dialect_http);
	e->ws = conn_push(&e->conn, &dialect_ws);
	e->heard = conn_push(&e->conn, &dialect_ear)->state;
}

static inline void end_deinit(struct end *e)
{
	conn_deinit(&e->conn);
	journal_deinit(&e->journal);
}

/* The index-th observation of this kind, from 0, or NULL. */
static inline const struct obs *end_obs(const struct end *e, const struct kind *kind, size_t index)
{
	for (size_t i = 0; i < e->journal.n; i++)
		if (e->journal.all[i]->kind == kind && !index--)
			return e->journal.all[i];
	return NULL;
}

static inline size_t end_count(const struct end *e, const struct kind *kind)
{
	size_t n = 0;

	while (end_obs(e, kind, n))
		n++;
	return n;
}

static inline void feed_out(
	struct conn *from, enum side side, struct conn *to, struct conn *witness)
{
	struct buf bytes = from->out;

	from->out = (struct buf){.max = CONN_OUT_MAX};
	if (witness)
		conn_feed(witness, side, buf_span(&bytes));
	conn_feed(to, side, buf_span(&bytes));
	buf_deinit(&bytes);
}

/* Carries bytes both ways until both are quiet; the witness (may be NULL) sees them all. */
static inline void carry(struct end *client, struct end *server, struct end *witness)
{
	struct conn *w = witness ? &witness->conn : NULL;

	while (client->conn.out.n || server->conn.out.n) {
		if (client->conn.out.n)
			feed_out(&client->conn, CLIENT, &server->conn, w);
		if (server->conn.out.n)
			feed_out(&server->conn, SERVER, &client->conn, w);
	}
}

#endif
