/* Socket.IO at the user's word: --emit and --expect, --stream, --binary, --reconnect. */
#include "probe/client.h"

#include "base/json.h"
#include "fact/all.h"
#include "io/random.h"
#include "probe/socketio.h"

/* A stream is over when nothing came for so long. */
#define STREAM_QUIET (2 * NS_S)
#define STREAM_EVENTS_MAX 100000
#define CLUMP (5 * NS_MS)
#define BINARY_BYTES 1024
/* socket.io-client waits 0.5 to 1.5 s before it comes back. */
#define RECONNECT_PAUSE (500 * NS_MS)

static const struct kind *const talk[] = {
	&sio_event, &sio_ack, &sio_disconnect, &ws_close, &ws_fault, &eio_error, NULL};

static bool is_end(const struct obs *o)
{
	return o->kind != &sio_event && o->kind != &sio_ack;
}

static void say_event(struct client *c, struct span args, bool want_ack)
{
	struct layer *sio = client_sio(c);

	if (!sio)
		return;
	sio_say_event(
		sio, &(struct sio_emit){
			     .namespace = client_namespace(c), .args = args, .want_ack = want_ack});
	client_flush(c);
}

/* A server may say it at once, in the same breath as CONNECT: then it is there before anybody
 * waits. NULL: not yet. Notes sio.welcome. */
static const struct obs *welcome(struct client *c, size_t since, struct span event)
{
	const struct journal *j = c->t->probe->journal;
	const struct obs *connect = NULL, *o;

	for (; event.n && since < j->n; since++) {
		o = j->all[since];
		if (o->where.exp != c->t->exp->tag || o->where.vantage != c->t->vantage->index)
			continue;
		if (o->kind == &sio_connect)
			connect = o;
		if (o->kind != &sio_event || obs_is(o, &k_from, "client") ||
			!span_eq(obs_text(o, &k_event), event))
			continue;
		/* some servers say it even before CONNECT, and clients keep it until then */
		note(c->t->spot.journal, &o->where, probe_now(c->t->probe), &sio_welcome,
			F_TEXT(k_event, event), F_TIME(k_took, connect ? o->at - connect->at : 0));
		return o;
	}
	return NULL;
}

/* The connection stands, and a moment for what the server says by itself is over. */
#define WELCOME (100 * NS_MS)

static const struct obs *await_welcome(struct client *c, size_t since, struct span event)
{
	static const struct kind *const events[] = {&sio_event, NULL};
	ns deadline = try_deadline_in(c->t, WELCOME);
	const struct obs *came = welcome(c, since, event);

	while (!came && event.n && client_await(c, deadline, events))
		came = welcome(c, since, event);
	return came;
}

static void note_expected(struct client *c, const struct obs *event, ns began)
{
	note(c->t->spot.journal, &event->where, probe_now(c->t->probe), &sio_expected,
		F_TEXT(k_event, obs_text(event, &k_event)), F_TIME(k_took, event->at - began));
}

/* What is awaited is taken off the list as it comes; false: no ack came, and the session still
 * stands. */
static bool await_answers(struct client *c, bool ack, struct span event)
{
	ns began = probe_now(c->t->probe), deadline = try_deadline(c->t);
	const struct obs *o = NULL;

	while ((ack || event.n) && (o = client_await(c, deadline, talk)) && !is_end(o)) {
		if (o->kind == &sio_ack)
			ack = false;
		else if (event.n && !obs_is(o, &k_from, "client") &&
			 span_eq(obs_text(o, &k_event), event)) {
			note_expected(c, o, began);
			event = (struct span){0};
		}
	}
	if (ack)
		client_note_unanswered(c, "ack", (struct span){0}, began);
	if (event.n)
		client_note_unanswered(c, "event", event, began);
	return !ack || (o && is_end(o));
}

void probe_sio_emit(struct try *t)
{
	const struct probe_ask *ask = t->probe->ask;
	const struct socketio_ask *own = socketio_ask(ask);
	size_t since = t->probe->journal->n;
	struct span expect = ask->expect;
	/* who answers by an event owes no ack beside it */
	bool ack = own->emit.n && !expect.n;
	struct client c;

	client_init(&c, t, &(struct client_how){0});
	if (client_connect_fast(&c)) {
		if (own->emit.n)
			say_event(&c, own->emit, true);
		else if (await_welcome(&c, since, expect))
			expect = (struct span){0};
		if (!await_answers(&c, ack, expect) && own->again && ack) {
			say_event(&c, own->emit, true);
			await_answers(&c, true, (struct span){0});
		}
	}
	client_bye(&c);
	client_deinit(&c);
}

struct stream {
	int64_t n;
	ns first, last, gap;
};

static void collect(struct client *c, struct stream *s, const struct obs *first)
{
	struct span name = socketio_ask(c->t->probe->ask)->stream;
	const struct obs *o;
	ns deadline = first ? try_deadline_in(c->t, STREAM_QUIET) : try_deadline(c->t);

	if (first)
		*s = (struct stream){.n = 1, .first = first->at, .last = first->at};
	while (s->n < STREAM_EVENTS_MAX && (o = client_await(c, deadline, talk)) && !is_end(o)) {
		if (o->kind != &sio_event || !span_eq(obs_text(o, &k_event), name))
			continue;
		if (!s->n++)
			s->first = o->at;
		else if (o->at - s->last > s->gap)
			s->gap = o->at - s->last;
		s->last = o->at;
		deadline = try_deadline_in(c->t, STREAM_QUIET);
	}
}

static void note_stream(struct client *c, const struct stream *s, ns began)
{
	struct where w = c->ws ? *link_where(c->ws) : c->t->spot.where;

	note(c->t->spot.journal, &w, probe_now(c->t->probe), &sio_stream,
		F_TEXT(k_event, socketio_ask(c->t->probe->ask)->stream), F_INT(k_events, s->n),
		F_TIME(k_first, s->first - began), F_TIME(k_took, s->last - s->first),
		F_TIME(k_gap, s->gap), F_BOOL(k_clump, s->n > 2 && s->last - s->first <= CLUMP));
}

/* With --emit, that event is what starts the stream. */
void probe_sio_stream(struct try *t)
{
	const struct socketio_ask *own = socketio_ask(t->probe->ask);
	size_t since = t->probe->journal->n;
	struct stream s = {0};
	struct client c;

	client_init(&c, t, &(struct client_how){0});
	if (client_connect_fast(&c)) {
		const struct obs *first = NULL;
		ns began = probe_now(t->probe);

		if (own->emit.n)
			say_event(&c, own->emit, false);
		else
			first = await_welcome(&c, since, own->stream);
		collect(&c, &s, first);
		if (s.n)
			note_stream(&c, &s, began);
		else
			client_note_unanswered(&c, "event", own->stream, began);
	}
	client_bye(&c);
	client_deinit(&c);
}

static void await_binary(struct client *c)
{
	ns began = probe_now(c->t->probe), deadline = try_deadline(c->t);
	const struct obs *o;

	while ((o = client_await(c, deadline, talk)) && !is_end(o))
		if (obs_int(o, &k_attachments))
			return;
	client_note_unanswered(c, "event", socketio_ask(c->t->probe->ask)->binary, began);
}

/* The event's name, and where its attachment goes. */
static void binary_args(struct buf *b, struct span event)
{
	struct json_out out = {.buf = b};

	buf_addc(b, '[');
	json_str(&out, event);
	buf_addz(b, ",{\"_placeholder\":true,\"num\":0}]");
}

void probe_sio_binary(struct try *t)
{
	struct buf args = {.max = 1 << 16};
	char bytes[BINARY_BYTES];
	struct span attachment = {bytes, sizeof(bytes)};
	struct client c;

	binary_args(&args, socketio_ask(t->probe->ask)->binary);
	random_fill(bytes, sizeof(bytes));
	client_init(&c, t, &(struct client_how){0});
	if (client_connect_fast(&c)) {
		struct layer *sio = client_sio(&c);

		if (sio)
			sio_say_event(sio, &(struct sio_emit){.namespace = client_namespace(&c),
						   .args = buf_span(&args),
						   .want_ack = true,
						   .attachments = &attachment,
						   .n = 1});
		client_flush(&c);
		await_binary(&c);
	}
	client_bye(&c);
	client_deinit(&c);
	buf_deinit(&args);
}

/* Without a goodbye, as when the network is lost. */
static void cut(struct client *c)
{
	struct link **const links[] = {&c->ws, &c->post, &c->poll};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (!*links[i])
			continue;
		link_reset(*links[i]);
		link_close(*links[i]);
		*links[i] = NULL;
	}
}

/* The engine's session begins anew; what Socket.IO knows of its own (state recovery) stays. */
static void begin_anew(struct client *c)
{
	unsigned version = c->eio.version;

	eio_session_deinit(&c->eio);
	eio_session_init(&c->eio, version);
	for (size_t i = 0; i < c->sio.n; i++)
		c->sio.namespaces[i].joined = c->sio.namespaces[i].connected = false;
	c->held = c->lost = false;
}

void probe_sio_reconnect(struct try *t)
{
	struct client c;

	client_init(&c, t, &(struct client_how){0});
	if (client_connect_fast(&c)) {
		cut(&c);
		begin_anew(&c);
		fiber_sleep_until(try_deadline_in(t, RECONNECT_PAUSE));
		t->spot.where.attempt = 1;
		client_connect_fast(&c);
	}
	client_bye(&c);
	client_deinit(&c);
}
