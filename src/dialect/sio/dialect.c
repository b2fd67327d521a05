#include "dialect/sio/talk.h"

unsigned sio_revision(const struct layer *l)
{
	bool eio = l->down && l->down->dialect == &dialect_eio;

	return eio && eio_session(l->down)->version == 3 ? 4 : 5;
}

struct sio_session *sio_session(const struct layer *l)
{
	return sio_of(l)->session;
}

void sio_attach(struct layer *l, struct sio_session *s)
{
	sio_of(l)->session = s;
}

void sio_session_deinit(struct sio_session *s)
{
	for (int side = CLIENT; side <= SERVER; side++)
		sio_assembly_drop(&s->assembly[side]);
}

bool sio_is_connected(const struct layer *l, struct span namespace)
{
	const struct sio_session *s = sio_session(l);

	for (size_t i = 0; i < s->n; i++)
		if (span_eq((struct span){s->namespaces[i].name, s->namespaces[i].n},
			    namespace.n ? namespace : SPAN("/")))
			return s->namespaces[i].connected;
	return false;
}

static void start(struct layer *l)
{
	sio_of(l)->session = &sio_of(l)->own;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (unit == EIO_TEXT)
		sio_hear_text(l, from, data);
	else if (unit == EIO_BINARY)
		sio_hear_binary(l, from, data);
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	/* attachments may come by the next poll, but not after the session's end */
	if (l->down && l->down->dialect == &dialect_eio && eio_session(l->down)->closed)
		sio_session_deinit(sio_session(l));
	layer_cut_up(l, from, how);
}

static void stop(struct layer *l)
{
	sio_session_deinit(&sio_of(l)->own);
	buf_deinit(&sio_of(l)->json);
}

const struct dialect dialect_sio = {
	.name = "sio",
	.say = "Socket.IO, protocol revisions 4 and 5",
	.size = sizeof(struct sio),
	.start = start,
	.feed = feed,
	.cut = cut,
	.stop = stop,
};
