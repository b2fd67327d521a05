/* Engine.IO without Socket.IO on top, at its own usual path: it sends every message back. */
#include "serve/eio.h"

static void opened(struct eio_client *c)
{
	(void)c;
}

static void heard(struct eio_client *c, bool binary, struct span data)
{
	eio_client_message(c, binary, data);
}

static const struct eio_app application = {.opened = opened, .heard = heard};

static bool takes(struct span path, const void *own)
{
	(void)own;
	return span_starts(path, SPAN("/engine.io/"));
}

static void request(struct call *c)
{
	eio_server_request(role_state(c), c);
}

static void begin(void *state, struct far *far, const void *own)
{
	(void)own;
	eio_server_begin(state, far, socketio_rules(far), &application);
}

static void finish(void *state)
{
	eio_server_finish(state);
}

const struct role role_engineio = {
	.name = "engineio",
	.say = "Engine.IO at /engine.io/, which echoes",
	.urls = "/engine.io/ Engine.IO without Socket.IO: it echoes",
	.takes = takes,
	.body_max = eio_server_body_max,
	.request = request,
	.message = eio_server_message,
	.end = eio_server_end,
	.bye = eio_server_bye,
	.state_size = sizeof(struct eio_server),
	.begin = begin,
	.finish = finish,
};
