/* Sessions held, measured and many at once: --idle, --size, --samples. */
#include "probe/client.h"

#include <stdlib.h>

#include "fact/all.h"
#include "probe/size.h"
#include "probe/socketio.h"

#define ROLES 3

struct held {
	struct try *t, own;
	const struct tag *role;
	uint16_t attempt;
};

static void hold_websocket(struct client *c, ns end)
{
	link_await(c->ws, end, &ws_close, &ws_fault, &eio_fault);
}

/* A client of protocol 3 pings by itself; one of 4 only notes that the server's ping is overdue. */
static void hold_polling(struct client *c, ns end)
{
	static const struct kind *const ends[] = {&eio_error, &eio_fault, NULL};
	ns due = eio_next(&c->eio, SEAT_CLIENT);

	while (!client_await(c, due < end ? due : end, ends) && due < end && client_alive(c) &&
		c->poll) {
		ns soon = try_deadline_in(c->t, NS_MS);

		eio_heartbeat(conn_layer(link_conn(c->poll), &dialect_eio));
		client_post(c);
		due = eio_next(&c->eio, SEAT_CLIENT);
		due = due > soon ? due : soon;
	}
}

static void hold_one(void *arg)
{
	struct held *h = arg;
	struct client c;
	bool polls = h->role == &role_polling, open;

	h->own = *h->t;
	h->own.connections = 0;
	h->own.spot.where.role = h->role;
	client_init(&c, &h->own, &(struct client_how){.mute = h->role == &role_mute});
	open = (polls ? client_handshake(&c) : client_websocket(&c)) && client_join(&c);
	if (open && polls)
		hold_polling(&c, try_deadline_in(h->t, h->t->probe->ask->idle));
	else if (open)
		hold_websocket(&c, try_deadline_in(h->t, h->t->probe->ask->idle));
	client_bye(&c);
	client_deinit(&c);
}

static bool applies(const struct try *t, const struct tag *role)
{
	return role == &role_polling ? !t->vantage->polling_fails : t->vantage->opened;
}

void probe_eio_heartbeat(struct try *t)
{
	static const struct tag *const roles[ROLES] = {&role_answering, &role_mute, &role_polling};
	struct held h[ROLES];
	struct fiber *fibers[ROLES] = {NULL};

	for (int i = 0; i < ROLES; i++) {
		h[i] = (struct held){.t = t, .role = roles[i]};
		if (applies(t, roles[i]))
			fibers[i] = fiber_start(t->probe->loop, hold_one, &h[i]);
	}
	for (int i = 0; i < ROLES; i++)
		if (fibers[i]) {
			fiber_join(fibers[i]);
			t->connections += h[i].own.connections;
		}
	try_say(t, "answered", "us", "held");
}

/* One session as a user's browser has it. */
static void sample_one(void *arg)
{
	struct held *h = arg;
	struct client c;

	h->own = *h->t;
	h->own.connections = 0;
	h->own.spot.where.attempt = h->attempt;
	client_init(&c, &h->own, &(struct client_how){0});
	if (client_connect(&c) && c.eio.transport == EIO_POLLING &&
		span_has_token(c.eio.terms.upgrades, SPAN("websocket")) && client_upgrade(&c))
		try_ping(&h->own, c.ws);
	client_bye(&c);
	client_deinit(&c);
}

void probe_eio_samples(struct try *t)
{
	unsigned n = t->probe->ask->samples;
	struct held *h = arena_alloc(&t->probe->arena, n * sizeof(*h));
	struct fiber **fibers = arena_alloc(&t->probe->arena, n * sizeof(*fibers));

	for (unsigned i = 0; i < n; i++) {
		h[i] = (struct held){.t = t, .attempt = (uint16_t)i};
		fibers[i] = fiber_start(t->probe->loop, sample_one, &h[i]);
	}
	for (unsigned i = 0; i < n; i++)
		if (fibers[i]) {
			fiber_join(fibers[i]);
			t->connections += h[i].own.connections;
		}
	try_say(t, "answered", "peer", NULL);
}

static void say_sized(struct client *c, size_t n)
{
	struct layer *sio = client_sio(c);
	char *text = size_text(n);
	struct buf args = {.max = n + 32};

	buf_addz(&args, "[\"wsdx-size\",\"");
	buf_add(&args, (struct span){text, n});
	buf_addz(&args, "\"]");
	if (sio && c->t->vantage->bare)
		eio_say_message(sio->down, false, (struct span){text, n});
	else if (sio)
		sio_say_event(sio, &(struct sio_emit){.namespace = client_namespace(c),
					   .args = buf_span(&args)});
	buf_deinit(&args);
	free(text);
}

/* With a ping behind it: the peer reads in order, so its pong says that the payload got through. */
static bool passes_websocket(struct client *c, size_t n)
{
	ns began = probe_now(c->t->probe);
	struct layer *ws = try_ws(c->ws);
	const struct obs *o;
	bool through;

	if (!ws || !ws_is_open(ws))
		return false;
	say_sized(c, n);
	ws_ping(ws);
	o = link_await(c->ws, try_deadline(c->t), &ws_rtt, &ws_close, &ws_fault);
	through = o && o->kind == &ws_rtt;
	note(c->t->spot.journal, link_where(c->ws), probe_now(c->t->probe), &ws_echo,
		F_INT(k_bytes, (int64_t)n), F_BOOL(k_echoed, false), F_BOOL(k_through, through),
		F_TIME(k_took, probe_now(c->t->probe) - began),
		F_TIME(k_waited, probe_now(c->t->probe) - began));
	return through;
}

/* A client polls all the while, and answers the heartbeats that come. */
static void keep_polling(struct client *c)
{
	static const struct kind *const none[] = {NULL};

	client_await(c, try_deadline_in(c->t, NS_MS), none);
}

static bool passes_polling(struct client *c, size_t n)
{
	const struct obs *o;

	keep_polling(c);
	say_sized(c, n);
	o = client_post(c);
	return o && o->kind == &eio_poll && obs_int(o, &k_status) == 200;
}

static void grow(struct try *t, bool polls)
{
	uint64_t most = t->probe->ask->size, n = 0;
	struct client c;
	bool open;

	client_init(&c, t, &(struct client_how){0});
	open = (polls ? client_handshake(&c) : client_websocket(&c)) && client_join(&c);
	for (size_t i = 0; open && n < most && !probe_is_over(t->probe); i++) {
		n = size_step(i, most);
		t->spot.where.attempt = (uint16_t)i;
		if (!(polls ? passes_polling(&c, n) : passes_websocket(&c, n)))
			break;
	}
	t->spot.where.attempt = 0;
	client_bye(&c);
	client_deinit(&c);
}

void probe_eio_payload(struct try *t)
{
	t->spot.where.role = &role_polling;
	if (!t->vantage->polling_fails)
		grow(t, true);
	t->spot.where.role = NULL;
	if (t->vantage->opened)
		grow(t, false);
}
