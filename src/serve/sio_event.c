/* Events to members, rooms and the cluster (socket.io, lib/broadcast-operator.ts). */
#include "serve/sio.h"
#include "serve/sio_cluster.h"

/* A packet as it goes to any number of sessions: encoded once. */
struct letter {
	struct span text;
	const struct span *attached;
	unsigned attachments;
};

static void deliver(struct eio_client *c, const struct letter *l)
{
	eio_client_enter(c);
	eio_client_message(c, false, l->text);
	for (unsigned i = 0; i < l->attachments; i++)
		eio_client_message(c, true, l->attached[i]);
	eio_client_leave(c);
}

void sio_say(struct eio_client *c, const struct sio_packet *p)
{
	struct buf text = {.max = EIO_PAYLOAD_MAX};

	sio_packet_write(&text, p);
	deliver(c,
		&(struct letter){buf_span(&text), p->attached, p->attached ? p->attachments : 0});
	buf_deinit(&text);
}

static void deliver_to(struct sio_member *m, void *arg)
{
	struct eio_client *c = m->client;

	if (!c->websocket || !call_is_slow(c->socket))
		deliver(c, arg);
}

/* lib/in-memory-adapter.ts, SessionAwareAdapter.broadcast(): the offset is a last argument. */
static struct span with_offset(struct buf *data, const struct sio_namespace *in,
	const struct sio_emit *e, const struct sio_whom *whom)
{
	struct sio_lost *lost = in->server->lost;
	char room[SIO_OFFSET_MAX];
	struct span offset;

	if (!lost || e->has_ack || e->is_volatile)
		return e->data;
	offset = sio_lost_keep(lost, in, e, whom, room);
	buf_add(data, span_head(e->data, e->data.n - 1));
	buf_addf(data, ",\"%.*s\"]", SPANF(offset));
	return buf_span(data);
}

static void write_letter(struct buf *text, const struct sio_namespace *in, const struct sio_emit *e,
	struct span data)
{
	sio_packet_write(
		text, &(struct sio_packet){.type = e->attachments ? SIO_BINARY_EVENT : SIO_EVENT,
			      .namespace = in->name,
			      .has_ack = e->has_ack,
			      .ack = e->ack,
			      .attachments = e->attachments,
			      .data = data});
}

size_t sio_emit_here(
	struct sio_namespace *in, const struct sio_emit *e, const struct sio_whom *whom)
{
	struct buf text = {.max = EIO_PAYLOAD_MAX}, data = {.max = EIO_PAYLOAD_MAX};
	struct letter l = {.attached = e->attached, .attachments = e->attachments};
	size_t n;

	write_letter(&text, in, e, with_offset(&data, in, e, whom));
	l.text = buf_span(&text);
	n = text.full ? 0 : sio_each(in, whom, deliver_to, &l);
	buf_deinit(&text);
	buf_deinit(&data);
	return n;
}

void sio_emit_to(struct sio_member *m, const struct sio_emit *e)
{
	struct sio_whom whom;

	whom.rooms.v[0] = sio_member_id(m);
	whom.rooms.n = 1;
	whom.except.n = 0;
	if (m->in->server->lost)
		sio_emit_here(m->in, e, &whom);
	else
		sio_say(m->client,
			&(struct sio_packet){.type = e->attachments ? SIO_BINARY_EVENT : SIO_EVENT,
				.namespace = m->in->name,
				.attachments = e->attachments,
				.attached = e->attached,
				.data = e->data});
}

void sio_emit_all(struct sio_namespace *in, const struct sio_emit *e, const struct sio_whom *whom)
{
	sio_cluster_emit(in, e, whom);
	sio_emit_here(in, e, whom);
}

void sio_put_out(struct sio_member *m, bool whole)
{
	struct eio_client *c = m->client;

	eio_client_enter(c);
	if (!whole) {
		sio_say(c, &(struct sio_packet){.type = SIO_DISCONNECT, .namespace = m->in->name});
		sio_member_free(m);
	} else {
		eio_client_close(c);
	}
	eio_client_leave(c);
}
