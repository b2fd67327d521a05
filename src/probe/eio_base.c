/* The base plan where Engine.IO is spoken: what a client meets that polls first, and one that does
 * not. */
#include "probe/client.h"

#include "fact/all.h"
#include "io/clock.h"
#include "probe/socketio.h"
#include "probe/token.h"

void probe_eio_polling(struct try *t)
{
	struct vantage *v = t->vantage;
	struct client *c = v->client = ARENA_NEW(&t->probe->arena, struct client);

	token_note(t, &v->url, clock_wall() / NS_S);
	client_init(c, t, &(struct client_how){0});
	v->polling_fails = !client_handshake(c);
	if (v->polling_fails) {
		client_deinit(c);
		return;
	}
	/* a server of protocol 3 answers in its own, whatever it is asked for */
	v->eio = c->eio.version;
	if (client_join(c))
		v->connected_in = probe_now(t->probe) - t->began;
}

void probe_eio_upgrade(struct try *t)
{
	struct client *c = t->vantage->client;

	if (!c || t->vantage->polling_fails) {
		try_say(t, "skipped", "us", "there is no session by polling");
		return;
	}
	client_use(c, t);
	if (c->lost) {
		try_say(t, "skipped", "us", "the session was lost before");
	} else if (!span_has_token(c->eio.terms.upgrades, SPAN("websocket"))) {
		try_say(t, "skipped", "us", "the server offers no upgrade");
	} else if (client_upgrade(c)) {
		t->vantage->upgraded_in = probe_now(t->probe) - t->began;
		try_ping(t, c->ws);
	}
	client_bye(c);
	client_deinit(c);
}

void probe_eio_websocket(struct try *t)
{
	struct client c;

	client_init(&c, t, &(struct client_how){0});
	if (client_websocket(&c)) {
		t->vantage->opened = true;
		client_join(&c);
		try_ping(t, c.ws);
	} else if (c.ws) {
		try_keep_location(t, c.ws);
	}
	client_bye(&c);
	client_deinit(&c);
}

void probe_client_note(struct vantage *v)
{
	struct where w = {.vantage = v->index, .exp = &exp_eio_upgrade};
	const struct client *c = v->client;
	struct field fields[4];
	uint16_t n = 0;

	if (v->connected_in) {
		fields[n++] = F_TEXT(k_transport, SPAN("polling"));
		fields[n++] = F_TIME(k_took, v->connected_in);
	}
	fields[n++] = F_BOOL(
		k_offered, c && !v->polling_fails &&
				   span_has_token(span_of(c->eio.upgrades), SPAN("websocket")));
	if (v->upgraded_in)
		fields[n++] = F_TIME(k_upgraded, v->upgraded_in);
	journal_add(v->probe->journal, &w, probe_now(v->probe), &sio_client, fields, n);
}
