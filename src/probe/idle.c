/* --idle: connections held open side by side. Who is cut, when, and how tells an idle timeout from a maximum age from a lost peer. */
#include "probe/client.h"
#include "probe/protocol.h"

#include "fact/all.h"

#define INTERVAL_MIN (500 * NS_MS)
#define INTERVAL_MAX (15 * NS_S)

struct holding {
	struct try *t;
	const struct tag *role;
	struct try own; /* a context of its own, for its role */
	struct client *client; /* where Engine.IO is spoken: heartbeats are answered, or the server would hang up; else NULL */
};

static ns interval(const struct try *t)
{
	ns i = t->probe->ask->idle / 10;

	return i < INTERVAL_MIN ? INTERVAL_MIN : i > INTERVAL_MAX ? INTERVAL_MAX : i;
}

static void say_something(struct holding *h, struct link *k)
{
	struct layer *ws = try_ws(k);

	if (!ws || !ws_is_open(ws))
		return;
	if (h->role == &role_pinged)
		ws_ping(ws);
	else if (h->role == &role_chatty && h->client)
		sio_say_event(client_sio(h->client), &(struct sio_emit){.namespace = client_namespace(h->client),
							     .args = SPAN("[\"wsdx-idle\"]")});
	else if (h->role == &role_chatty)
		ws_send(ws, WS_TEXT, SPAN("wsdx idle"));
}

/* A ping without its pong for --timeout is noted once. */
static bool pong_is_late(struct holding *h, struct link *k, ns pinged, bool noted)
{
	ns now = probe_now(h->t->probe);

	if (h->role != &role_pinged || noted || !pinged || now - pinged < h->t->probe->timeout)
		return noted;
	note(h->t->spot.journal, link_where(k), now, &ws_no_pong, F_TIME(k_waited, now - pinged));
	return true;
}

static void hold(struct holding *h, struct link *k)
{
	ns end = try_deadline_in(h->t, h->t->probe->ask->idle), next, pinged = 0;
	bool noted = false;

	while (link_open(k) && probe_now(h->t->probe) < end && !fiber_stopped()) {
		const struct obs *o;

		if (h->role != &role_silent) {
			say_something(h, k);
			pinged = pinged ? pinged : probe_now(h->t->probe);
		}
		next = probe_now(h->t->probe) + (h->role == &role_silent ? h->t->probe->ask->idle : interval(h->t));
		do {
			o = link_await(k, next < end ? next : end, &ws_rtt, &ws_close, &ws_fault);
			if (o && o->kind == &ws_rtt)
				pinged = 0;
		} while (o && o->kind == &ws_rtt);
		noted = pong_is_late(h, k, pinged, noted);
		if (o)
			return;
	}
}

/* A silent connection that still stands may be dead: a middlebox drops without a word. One ping at the end tells. */
static void ask_at_the_end(struct holding *h, struct link *k)
{
	struct layer *ws = try_ws(k);
	ns began = probe_now(h->t->probe);

	if (h->role != &role_silent || !link_open(k) || !ws || !ws_is_open(ws) || fiber_stopped())
		return;
	ws_ping(ws);
	if (!link_await(k, try_deadline(h->t), &ws_rtt, &ws_close, &ws_fault) && link_open(k))
		note(h->t->spot.journal, link_where(k), probe_now(h->t->probe), &ws_no_pong,
			F_TIME(k_waited, probe_now(h->t->probe) - began));
}

/* An endpoint may have no patience with a client that never says hello. */
static bool greets(struct holding *h, struct link *k)
{
	const struct protocol *p = h->t->vantage->speaks;

	return !p || !p->greet || p->greet(&h->own, k);
}

static void hold_plain(struct holding *h)
{
	struct upgrade_how how = {.path = NULL};
	const struct obs *o;
	struct link *k;

	o = try_upgrade(&h->own, &how, &k);
	if (!k)
		return;
	if (o && o->kind == &ws_open && greets(h, k))
		hold(h, k);
	ask_at_the_end(h, k);
	if (link_open(k))
		try_goodbye(&h->own, k);
	try_close(&h->own, k);
}

static void hold_session(struct holding *h)
{
	struct client c;

	client_init(&c, &h->own, &(struct client_how){0});
	if (client_websocket(&c) && client_join(&c)) {
		h->client = &c;
		hold(h, c.ws);
		ask_at_the_end(h, c.ws);
	}
	client_bye(&c);
	client_deinit(&c);
	h->client = NULL;
}

static void hold_one(void *arg)
{
	struct holding *h = arg;

	h->own = *h->t;
	h->own.connections = 0;
	h->own.spot.where.role = h->role;
	if (speaks(h->t->vantage, &protocol_socketio))
		hold_session(h);
	else
		hold_plain(h);
}

void probe_idle(struct try *t)
{
	struct holding h[] = {{.t = t, .role = &role_silent}, {.t = t, .role = &role_pinged}, {.t = t, .role = &role_chatty}};
	struct fiber *fibers[3];
	int n = t->probe->ask->chatty ? 3 : 2;

	for (int i = 0; i < n; i++)
		fibers[i] = fiber_start(t->probe->loop, hold_one, &h[i]);
	for (int i = 0; i < n; i++) {
		fiber_join(fibers[i]);
		t->connections += h[i].own.connections;
	}
	try_say(t, "answered", "us", "held");
}
