/* The row, and what stands below a layer. */
#include "dialect/eio/talk.h"

struct layer *eio_http(const struct layer *l)
{
	struct layer *below = l->down;

	while (below && below->dialect != &dialect_http)
		below = below->down;
	return below;
}

enum side eio_our_side(const struct layer *l)
{
	return l->conn->seat == SEAT_SERVER ? SERVER : CLIENT;
}

struct eio_session *eio_session(const struct layer *l)
{
	return eio_of(l)->session;
}

void eio_attach(struct layer *l, struct eio_session *s)
{
	eio_of(l)->session = s;
}

static void start(struct layer *l)
{
	struct eio *e = eio_of(l);

	eio_session_init(&e->own, 4);
	e->session = &e->own;
	e->own.transport = eio_over_ws(l) ? EIO_WEBSOCKET : EIO_POLLING;
	e->body[CLIENT].max = e->body[SERVER].max = EIO_PAYLOAD_MAX;
}

static void heard_frame(struct layer *l, enum side from, bool binary, struct span data)
{
	struct eio_packet p;
	const char *fault = eio_frame_read(&p, eio_session(l)->version, binary, data);

	if (!eio_session(l)->open && (fault || p.type != EIO_OPEN))
		fault = "not-engineio";
	if (fault)
		eio_note_fault(l, from, fault, (struct span){0});
	else
		eio_heard(l, from, EIO_WEBSOCKET, &p);
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (!eio_over_ws(l))
		eio_http_heard(l, from, unit, data);
	else if (unit >= WS_HTTP)
		eio_http_heard(l, from, unit - WS_HTTP, data);
	else if (unit == WS_TEXT || unit == WS_BINARY)
		heard_frame(l, from, unit == WS_BINARY, data);
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	struct eio_session *s = eio_session(l);

	eio_http_cut(l, from);
	if (eio_over_ws(l) && s->transport == EIO_WEBSOCKET)
		s->closed = true;
	layer_cut_up(l, from, how);
}

static void send(struct layer *l, int unit, struct span data)
{
	eio_say_message(l, unit == EIO_BINARY, data);
}

static bool carries(const struct layer *l)
{
	return eio_over_ws(l) && eio_session(l)->transport == EIO_WEBSOCKET &&
	       ws_is_open(l->down) && !l->conn->done;
}

static ns deadline(const struct layer *l)
{
	return carries(l) ? eio_next(eio_session(l), l->conn->seat) : NS_NEVER;
}

static void stop(struct layer *l)
{
	struct eio *e = eio_of(l);

	eio_session_deinit(&e->own);
	buf_deinit(&e->body[CLIENT]);
	buf_deinit(&e->body[SERVER]);
}

const struct dialect dialect_eio = {
	.name = "eio",
	.say = "Engine.IO, protocols 3 and 4",
	.size = sizeof(struct eio),
	.start = start,
	.feed = feed,
	.cut = cut,
	.send = send,
	.deadline = deadline,
	.tick = eio_heartbeat,
	.stop = stop,
};
