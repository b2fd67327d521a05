#include "core/conn.h"

const char *cut_name(enum cut c)
{
	static const char *const names[] = {[CUT_FIN] = "fin",
		[CUT_RST] = "rst",
		[CUT_TLS_CLOSE] = "tls-close",
		[CUT_TLS_ALERT] = "tls-alert",
		[CUT_TIMEOUT] = "timeout",
		[CUT_OURS] = "ours"};

	return names[c];
}

void conn_init(struct conn *c, struct journal *j, const struct where *w, enum seat seat, void (*random)(void *, size_t))
{
	*c = (struct conn){.journal = j, .where = *w, .seat = seat, .random = random, .out.max = CONN_OUT_MAX};
}

void conn_deinit(struct conn *c)
{
	for (struct layer *l = c->bottom; l; l = l->up)
		if (l->dialect->stop)
			l->dialect->stop(l);
	c->bottom = NULL;
	buf_deinit(&c->out);
	arena_deinit(&c->arena);
}

struct layer *conn_push(struct conn *c, const struct dialect *d)
{
	struct layer *l = ARENA_NEW(&c->arena, struct layer);
	struct layer **top = &c->bottom;

	l->dialect = d;
	l->conn = c;
	l->state = arena_alloc(&c->arena, d->size);
	while (*top) {
		l->down = *top;
		top = &(*top)->up;
	}
	*top = l;
	if (d->start)
		d->start(l);
	return l;
}

struct layer *conn_layer(struct conn *c, const struct dialect *d)
{
	struct layer *l = c->bottom;

	while (l && l->dialect != d)
		l = l->up;
	return l;
}

static void hand(struct layer *l, enum side from, int unit, struct span data)
{
	if (l && l->dialect->feed)
		l->dialect->feed(l, from, unit, data);
}

void conn_feed(struct conn *c, enum side from, struct span bytes)
{
	if (c->cut_seen[from])
		return;
	c->bytes[from] += bytes.n;
	hand(c->bottom, from, 0, bytes);
}

void conn_cut(struct conn *c, enum side from, enum cut how)
{
	if (c->cut_seen[from])
		return;
	c->cut_seen[from] = true;
	if (c->bottom && c->bottom->dialect->cut)
		c->bottom->dialect->cut(c->bottom, from, how);
}

ns conn_deadline(const struct conn *c)
{
	ns first = NS_NEVER;

	for (const struct layer *l = c->bottom; l; l = l->up) {
		ns at = l->dialect->deadline ? l->dialect->deadline(l) : NS_NEVER;

		first = at < first ? at : first;
	}
	return first;
}

void conn_tick(struct conn *c)
{
	for (struct layer *l = c->bottom; l; l = l->up)
		if (l->dialect->tick && l->dialect->deadline && l->dialect->deadline(l) <= c->now)
			l->dialect->tick(l);
}

void layer_up(struct layer *l, enum side from, int unit, struct span data)
{
	hand(l->up, from, unit, data);
}

void layer_down(struct layer *l, int unit, struct span data)
{
	struct layer *below = l->down;

	if (!below)
		buf_add(&l->conn->out, data);
	else if (below->dialect->send)
		below->dialect->send(below, unit, data);
	else
		layer_down(below, unit, data);
}

void layer_cut_up(struct layer *l, enum side from, enum cut how)
{
	if (l->up && l->up->dialect->cut)
		l->up->dialect->cut(l->up, from, how);
}

bool side_is_peer(const struct conn *c, enum side s)
{
	return (c->seat == SEAT_CLIENT && s == SERVER) || (c->seat == SEAT_SERVER && s == CLIENT);
}
