#include "probe/client.h"

#include "fact/all.h"
#include "probe/client_wire.h"
#include "probe/socketio.h"

/* Polls until the namespace answers: a server may send other things first. */
#define POLLS_MAX 8
/* Polls without what is awaited. */
#define POLLS_FOR_ONE 1000
#define BYE (500 * NS_MS)

void client_init(struct client *c, struct try *t, const struct client_how *how)
{
	unsigned version = how->version ? how->version : t->vantage->eio;

	*c = (struct client){.t = t, .how = *how, .seen = t->probe->journal->n};
	eio_session_init(&c->eio, version ? version : 4);
	c->eio.mute = how->mute;
}

void client_use(struct client *c, struct try *t)
{
	struct link *const links[] = {c->poll, c->post, c->ws};

	c->t = t;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i])
			link_where(links[i])->exp = t->exp->tag;
}

static void drop(struct client *c, struct link **slot)
{
	if (*slot)
		try_close(c->t, *slot);
	*slot = NULL;
}

void client_deinit(struct client *c)
{
	drop(c, &c->ws);
	drop(c, &c->post);
	drop(c, &c->poll);
	eio_session_deinit(&c->eio);
	sio_session_deinit(&c->sio);
	buf_deinit(&c->jar);
}

static struct layer *eio_of(struct link *k)
{
	return conn_layer(link_conn(k), &dialect_eio);
}

/* What came of it; a connection without an answer is of no more use. */
static const struct obs *settle(struct client *c, struct link **slot, const struct obs *o)
{
	struct link *k = *slot;

	c->lost |= c->eio.open && (!o || obs_int(o, &k_status) != 200);
	if (o && (o->kind == &http_fault || obs_has(o, &k_status))) {
		client_cookies(c, k);
		try_say(c->t, "answered", "peer", NULL);
		return o;
	}
	if (link_over(k)) {
		try_say(c->t, "cut", "peer", NULL);
	} else {
		link_silent(k);
		try_say(c->t, "silent", "us", NULL);
	}
	drop(c, slot);
	return o;
}

/* By the answer, the end, or the deadline; what came until then still counts. */
static const struct obs *await_poll(struct client *c, struct link **slot, ns deadline)
{
	struct link *k = *slot;
	const struct obs *o = link_await(k, deadline, &eio_poll, &http_fault);

	if (!o && link_open(k)) {
		conn_cut(link_conn(k), SERVER, CUT_TIMEOUT);
		o = link_await(k, 0, &eio_poll, &http_fault);
	}
	return settle(c, slot, o);
}

static struct link *ask_poll(struct client *c)
{
	struct link *k = client_polling_link(c, &c->poll);
	struct request r = {0};
	struct eio_ask ask;

	if (!k)
		return NULL;
	client_request(c, k, &r);
	ask = client_ask(c, &r);
	eio_poll_get(eio_of(k), &ask);
	link_flush(k);
	request_deinit(&r);
	return k;
}

const struct obs *client_get(struct client *c, ns deadline)
{
	return ask_poll(c) ? await_poll(c, &c->poll, deadline) : NULL;
}

void client_hold(struct client *c)
{
	c->held = ask_poll(c) != NULL;
}

const struct obs *client_unhold(struct client *c, ns deadline)
{
	bool held = c->held;

	c->held = false;
	return held && c->poll ? await_poll(c, &c->poll, deadline) : NULL;
}

const struct obs *client_post(struct client *c)
{
	struct link **slot = c->held ? &c->post : &c->poll;
	struct link *k = client_polling_link(c, slot);
	struct request r = {0};
	struct eio_ask ask;
	bool sent;

	if (!k)
		return NULL;
	client_request(c, k, &r);
	ask = client_ask(c, &r);
	sent = eio_poll_post(eio_of(k), &ask);
	request_deinit(&r);
	return sent ? await_poll(c, slot, try_deadline(c->t)) : NULL;
}

bool client_handshake(struct client *c)
{
	ns began = probe_now(c->t->probe);

	client_get(c, try_deadline(c->t));
	if (c->poll)
		try_phase(c->t, c->poll, "request", began, c->eio.open);
	return c->eio.open;
}

static const struct obs *ask_websocket(struct client *c, struct link *k)
{
	struct request r = {0};
	ns began = probe_now(c->t->probe);
	const struct obs *o;
	struct ws_ask ask;

	client_request(c, k, &r);
	ask = request_upgrade(&r, &(struct upgrade_how){.path = NULL});
	eio_websocket(eio_of(k), r.target, &ask);
	o = try_answer(c->t, k);
	request_deinit(&r);
	try_phase(c->t, k, "request", began, o && o->kind != &http_fault);
	return o;
}

bool client_websocket(struct client *c)
{
	bool alone = !c->eio.open;
	struct link *k = client_websocket_link(c);
	const struct obs *o = k ? ask_websocket(c, k) : NULL;

	if (!o || o->kind != &ws_open)
		return false;
	if (!alone)
		return true;
	if (!c->eio.open)
		link_await(k, try_deadline(c->t), &eio_open, &eio_fault, &ws_close, &ws_fault);
	if (!c->eio.open && link_open(k)) {
		link_silent(k);
		try_say(c->t, "silent", "us", "no open packet");
	} else if (!c->eio.open) {
		try_say(c->t, "cut", "peer", "no open packet");
	}
	return c->eio.open;
}

bool client_upgrade(struct client *c)
{
	const struct obs *o;

	if (!c->held)
		client_hold(c);
	if (!client_websocket(c))
		return false;
	eio_say_probe(eio_of(c->ws));
	o = link_await(c->ws, try_deadline(c->t), &eio_probe, &eio_fault, &ws_close, &ws_fault);
	if (!o || o->kind != &eio_probe) {
		if (link_open(c->ws))
			link_silent(c->ws);
		try_say(c->t, link_open(c->ws) ? "silent" : "cut", link_open(c->ws) ? "us" : "peer",
			"no answer to the probe");
		return false;
	}
	/* the client stops polling first: the server ends the poll that waits */
	client_unhold(c, try_deadline(c->t));
	if (link_over(c->ws))
		return false;
	eio_say_upgrade(eio_of(c->ws));
	link_flush(c->ws);
	try_say(c->t, "answered", "peer", NULL);
	return c->eio.transport == EIO_WEBSOCKET;
}

struct span client_namespace(const struct client *c)
{
	struct span n = socketio_ask(c->t->probe->ask)->namespace;

	return c->how.root_namespace || !n.n ? SPAN("/") : n;
}

static bool by_websocket(const struct client *c)
{
	return c->ws && c->eio.transport == EIO_WEBSOCKET;
}

bool client_alive(const struct client *c)
{
	return c->eio.open && !c->eio.closed && !c->lost && (!by_websocket(c) || link_open(c->ws));
}

struct layer *client_sio(struct client *c)
{
	struct link *k = by_websocket(c) ? c->ws : c->held ? c->post : c->poll;

	if (!k && !by_websocket(c))
		k = client_polling_link(c, c->held ? &c->post : &c->poll);
	return k ? conn_layer(link_conn(k), &dialect_sio) : NULL;
}

void client_flush(struct client *c)
{
	if (by_websocket(c))
		link_flush(c->ws);
	else if (c->eio.queued)
		client_post(c);
}

/* The next observation of one of the kinds from the server; those of this experiment's other
 * clients differ in role or attempt. */
static const struct obs *next_seen(struct client *c, const struct kind *const *kinds)
{
	const struct journal *j = c->t->probe->journal;

	while (c->seen < j->n) {
		const struct obs *o = j->all[c->seen++];

		if (o->where.exp != c->t->exp->tag || o->where.vantage != c->t->vantage->index ||
			o->where.attempt != c->t->spot.where.attempt ||
			o->where.role != c->t->spot.where.role || obs_is(o, &k_from, "client"))
			continue;
		for (size_t k = 0; kinds[k]; k++)
			if (o->kind == kinds[k])
				return o;
	}
	return NULL;
}

/* Until the held poll is answered; at the deadline it stays held, as a client's does. NULL then, or
 * when it came to nothing. */
static const struct obs *await_held(struct client *c, ns deadline)
{
	const struct obs *o;

	if (!c->held)
		client_hold(c);
	if (!c->held)
		return NULL;
	o = link_await(c->poll, deadline, &eio_poll, &http_fault);
	if (!o && link_open(c->poll))
		return NULL;
	c->held = false;
	return settle(c, &c->poll, o);
}

/* What a poll brought may have to be answered: heartbeats. */
static const struct obs *await_by_polling(
	struct client *c, ns deadline, const struct kind *const *kinds)
{
	const struct obs *o = next_seen(c, kinds);

	/* a server may answer every poll at once, for ever */
	for (int i = 0; !o && i < POLLS_FOR_ONE && client_alive(c) && !probe_is_over(c->t->probe) &&
			probe_now(c->t->probe) < deadline;
		i++) {
		const struct obs *poll = await_held(c, deadline);

		if (poll && c->eio.queued)
			client_post(c);
		o = next_seen(c, kinds);
		if (!poll || obs_int(poll, &k_status) != 200)
			return o;
	}
	return o;
}

static const struct obs *await_by_websocket(
	struct client *c, ns deadline, const struct kind *const *kinds)
{
	const struct obs *o;

	do
		o = link_await_any(c->ws, deadline, kinds);
	while (o && obs_is(o, &k_from, "client"));
	return o;
}

const struct obs *client_await(struct client *c, ns deadline, const struct kind *const *kinds)
{
	return by_websocket(c) ? await_by_websocket(c, deadline, kinds)
			       : await_by_polling(c, deadline, kinds);
}

static bool is_joined(struct client *c)
{
	struct layer *sio = client_sio(c);

	return sio && sio_is_connected(sio, client_namespace(c));
}

void client_note_unanswered(struct client *c, const char *packet, struct span event, ns began)
{
	struct try *t = c->t;
	struct where w = c->ws ? *link_where(c->ws) : t->spot.where;
	struct field fields[3] = {
		F_TEXT(k_packet, span_of(packet)), F_TIME(k_waited, probe_now(t->probe) - began)};
	uint16_t n = 2;

	if (event.n)
		fields[n++] = F_TEXT(k_event, event);
	journal_add(t->spot.journal, &w, probe_now(t->probe), &sio_unanswered, fields, n);
	try_say(t, client_alive(c) ? "silent" : "cut", client_alive(c) ? "us" : "peer", NULL);
}

static bool say_joined(struct client *c, const struct obs *last, ns began)
{
	struct try *t = c->t;
	bool joined = is_joined(c);

	if (joined || last)
		try_say(t, "answered", "peer", joined ? NULL : "not connected to the namespace");
	if (joined || last || !client_alive(c))
		return joined;
	client_note_unanswered(c, "connect", (struct span){0}, began);
	return false;
}

bool client_join(struct client *c)
{
	static const struct kind *const answers[] = {
		&sio_connect, &sio_connect_error, &ws_close, &ws_fault, NULL};
	ns began = probe_now(c->t->probe), deadline = try_deadline(c->t);
	const struct obs *o = NULL;
	struct span auth = c->how.no_auth ? (struct span){0} : c->t->probe->ask->auth;
	struct layer *sio;

	if (c->t->vantage->bare)
		return c->eio.open;
	/* socket.io-client polls and posts at the same time, over two connections: only so a
	 * balancer of connections shows */
	if (!by_websocket(c) && !c->held && !is_joined(c))
		client_hold(c);
	sio = client_sio(c);
	if (!sio)
		return false;
	sio_say_join(sio, client_namespace(c), auth);
	client_flush(c);
	for (int i = 0; i < POLLS_MAX && client_alive(c) && !is_joined(c); i++) {
		o = client_await(c, deadline, answers);
		if (!o || o->kind != &sio_connect)
			break;
	}
	return say_joined(c, o, began);
}

bool client_connect(struct client *c)
{
	if (c->t->vantage->polling_fails)
		return client_websocket(c) && client_join(c);
	return client_handshake(c) && client_join(c);
}

bool client_connect_fast(struct client *c)
{
	if (c->t->vantage->opened)
		return client_websocket(c) && client_join(c);
	return client_handshake(c) && client_join(c);
}

static void say_goodbye(struct client *c)
{
	struct layer *sio = client_sio(c);

	if (!sio)
		return;
	if (!c->t->vantage->bare && sio_is_connected(sio, client_namespace(c)))
		sio_say_leave(sio, client_namespace(c));
	if (!by_websocket(c))
		eio_say(sio->down, EIO_CLOSE, (struct span){0});
	client_flush(c);
}

void client_bye(struct client *c)
{
	struct try *t = c->t;
	const char *outcome = t->outcome, *ended_by = t->ended_by, *text = t->text;

	if (client_alive(c) && !t->probe->stopped)
		say_goodbye(c);
	if (c->held)
		client_unhold(c, try_deadline_in(t, BYE));
	if (c->ws && link_open(c->ws))
		try_goodbye(t, c->ws);
	/* how the experiment went is not how its goodbye went */
	if (outcome)
		try_say(t, outcome, ended_by, text);
}
