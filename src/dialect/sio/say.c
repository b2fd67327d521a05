#include "base/json.h"
#include "dialect/sio/talk.h"

#define MAIN SPAN("/")

static enum side our_side(const struct layer *l)
{
	return l->conn->seat == SEAT_SERVER ? SERVER : CLIENT;
}

static struct span or_main(struct span namespace)
{
	return namespace.n ? namespace : MAIN;
}

static void say(struct layer *l, const struct sio_packet *p)
{
	struct buf text = {.max = SIO_ATTACHED_MAX};

	if (l->conn->seat == SEAT_WITNESS)
		return;
	sio_packet_write(&text, p);
	sio_record(l, our_side(l), p);
	layer_down(l, EIO_TEXT, buf_span(&text));
	for (unsigned i = 0; p->attached && i < p->attachments; i++)
		layer_down(l, EIO_BINARY, p->attached[i]);
	buf_deinit(&text);
}

/* socket.io-client, _sendConnectPacket(): what recovers the session stands before the user's own.
 */
static void add_auth(struct buf *out, const struct sio_namespace *in, struct span auth)
{
	auth = span_trim(auth);
	if (!in || !in->n_pid) {
		buf_add(out, auth);
		return;
	}
	buf_addf(out, "{\"pid\":\"%.*s\"", (int)in->n_pid, in->pid);
	if (in->n_offset)
		buf_addf(out, ",\"offset\":\"%.*s\"", (int)in->n_offset, in->offset);
	if (auth.n > 2) {
		buf_addc(out, ',');
		buf_add(out, span_from(auth, 1));
	} else {
		buf_addc(out, '}');
	}
}

void sio_say_join(struct layer *l, struct span namespace, struct span auth)
{
	struct sio_packet p = {.type = SIO_CONNECT, .namespace = or_main(namespace)};
	struct sio_namespace *in = sio_namespace_add(sio_session(l), p.namespace);
	struct buf data = {.max = 64 << 10};

	if (sio_revision(l) == 4) {
		if (!span_eq(p.namespace, MAIN))
			say(l, &p);
		return;
	}
	add_auth(&data, in, auth);
	p.data = buf_span(&data);
	say(l, &p);
	buf_deinit(&data);
}

static void say_args(struct layer *l, enum sio_type type, enum sio_type binary,
	const struct sio_emit *e, bool has_ack, uint64_t id)
{
	bool attached = e->n > 0 && e->n <= SIO_ATTACHMENTS_MAX;

	say(l, &(struct sio_packet){.type = attached ? binary : type,
		       .namespace = or_main(e->namespace),
		       .has_ack = has_ack,
		       .ack = id,
		       .attachments = attached ? (unsigned)e->n : 0,
		       .data = e->args,
		       .attached = e->attachments});
}

uint64_t sio_say_event(struct layer *l, const struct sio_emit *e)
{
	/* the first is 1, so that 0 says none was asked for */
	uint64_t id = e->want_ack ? ++sio_session(l)->next_ack : 0;

	say_args(l, SIO_EVENT, SIO_BINARY_EVENT, e, e->want_ack, id);
	return id;
}

void sio_say_ack(struct layer *l, uint64_t id, const struct sio_emit *args)
{
	say_args(l, SIO_ACK, SIO_BINARY_ACK, args, true, id);
}

void sio_say_leave(struct layer *l, struct span namespace)
{
	say(l, &(struct sio_packet){.type = SIO_DISCONNECT, .namespace = or_main(namespace)});
}

void sio_say_connect(struct layer *l, struct span namespace, struct span sid, struct span pid)
{
	struct sio_packet p = {.type = SIO_CONNECT, .namespace = or_main(namespace)};
	struct buf data = {.max = 1024};
	struct json_out json = {.buf = &data};

	if (sio_revision(l) == 5) {
		json_open(&json, '{');
		json_key(&json, "sid");
		json_str(&json, sid);
		if (pid.n) {
			json_key(&json, "pid");
			json_str(&json, pid);
		}
		json_close(&json, '}');
	}
	p.data = buf_span(&data);
	say(l, &p);
	buf_deinit(&data);
}

