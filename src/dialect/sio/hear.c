/* What a packet means to the session, and packets whose attachments come behind them. */
#include "base/json.h"
#include "dialect/sio/talk.h"

struct sio_namespace *sio_namespace_add(struct sio_session *s, struct span name)
{
	struct sio_namespace *in;

	for (size_t i = 0; i < s->n; i++)
		if (span_eq((struct span){s->namespaces[i].name, s->namespaces[i].n}, name))
			return &s->namespaces[i];
	if (s->n == SIO_NAMESPACES_MAX || !name.n || name.n > SIO_NAME_MAX)
		return NULL;
	in = &s->namespaces[s->n++];
	*in = (struct sio_namespace){.n = name.n};
	memcpy(in->name, name.p, name.n);
	return in;
}

static void keep(char *to, size_t max, size_t *n, struct span s)
{
	*n = s.n <= max ? s.n : 0;
	if (*n)
		memcpy(to, s.p, *n);
}

static struct span member_text(struct span json, struct span key)
{
	struct json_token t;

	return json_member(json, key, &t) && t.type == JSON_STRING ? t.raw : (struct span){0};
}

static void record_connect(
	struct layer *l, enum side from, const struct sio_packet *p, struct sio_namespace *in)
{
	struct span pid = member_text(p->data, SPAN("pid"));

	if (from == CLIENT) {
		sio_note_join(l, p);
		if (in) {
			in->joined = true;
			in->left = false;
			in->connected = false;
			in->joined_at = l->conn->now;
			in->recovering = pid.n != 0;
			if (pid.n)
				keep(in->pid, sizeof(in->pid), &in->n_pid, pid);
		}
		return;
	}
	sio_note_connect(l, p, in, member_text(p->data, SPAN("sid")), pid.n != 0);
	if (!in)
		return;
	in->connected = true;
	in->recovering = false;
	keep(in->pid, sizeof(in->pid), &in->n_pid, pid);
}

static void record_disconnect(
	struct layer *l, enum side from, const struct sio_packet *p, struct sio_namespace *in)
{
	sio_note_disconnect(l, from, p);
	if (!in)
		return;
	in->connected = in->joined = false;
	in->left = !side_is_peer(l->conn, from);
}

static void await_ack(
	struct layer *l, enum side from, const struct sio_packet *p, const struct sio_namespace *in)
{
	struct sio_session *s = sio_session(l);
	size_t i = 0;

	while (i < SIO_ACKS_MAX - 1 && s->acks[i].busy)
		i++;
	s->acks[i] = (struct sio_waiting){true, p->ack, in, from, l->conn->now};
}

static void record_event(
	struct layer *l, enum side from, const struct sio_packet *p, struct sio_namespace *in)
{
	struct sio_args args;

	sio_args_read(&args, p);
	if (args.fault)
		sio_note_fault(l, from, args.fault, (struct span){0});
	/* a client must wait; a server need not: socket.io-client keeps its events until CONNECT
	 * comes, and python-socketio emits from its connect handler before it answers */
	if (from == CLIENT && in && !in->connected && !in->left && side_is_peer(l->conn, from))
		sio_note_fault(l, from, "event-before-connect", (struct span){0});
	sio_note_event(l, from, p, &args);
	if (p->has_ack)
		await_ack(l, from, p, in);
	/* with state recovery each packet ends with its offset: socket.io-client, emitEvent() */
	if (from == SERVER && in && in->n_pid && args.last.n)
		keep(in->offset, sizeof(in->offset), &in->n_offset, args.last);
}

static struct sio_waiting *find_waiting(
	struct sio_session *s, uint64_t id, enum side from, const struct sio_namespace *in)
{
	for (size_t i = 0; i < SIO_ACKS_MAX; i++)
		if (s->acks[i].busy && s->acks[i].id == id && s->acks[i].from != from &&
			s->acks[i].in == in)
			return &s->acks[i];
	return NULL;
}

static void record_ack(
	struct layer *l, enum side from, const struct sio_packet *p, struct sio_namespace *in)
{
	struct sio_waiting *w = find_waiting(sio_session(l), p->ack, from, in);
	struct sio_args args;

	sio_args_read(&args, p);
	if (args.fault)
		sio_note_fault(l, from, args.fault, (struct span){0});
	if (!w && side_is_peer(l->conn, from))
		sio_note_fault(l, from, "ack-unasked", (struct span){0});
	sio_note_ack(l, from, p, &args, w ? l->conn->now - w->at : NS_NEVER);
	if (w)
		w->busy = false;
}

static void record_refusal(
	struct layer *l, enum side from, const struct sio_packet *p, struct sio_namespace *in)
{
	if (from == CLIENT) {
		sio_note_fault(l, from, "type", (struct span){0});
		return;
	}
	sio_note_refused(l, p, in);
	if (!in)
		return;
	in->connected = in->joined = false;
	in->left = !side_is_peer(l->conn, from);
}

void sio_record(struct layer *l, enum side from, const struct sio_packet *p)
{
	static void (*const record[SIO_TYPES])(struct layer *, enum side, const struct sio_packet *,
		struct sio_namespace *) = {record_connect, record_disconnect, record_event,
		record_ack, record_refusal, record_event, record_ack};

	record[p->type](l, from, p, sio_namespace_add(sio_session(l), p->namespace));
}

static void heard(struct layer *l, enum side from, const struct sio_packet *p)
{
	int unit = p->type == SIO_BINARY_EVENT ? SIO_EVENT
		   : p->type == SIO_BINARY_ACK ? SIO_ACK
					       : (int)p->type;

	sio_record(l, from, p);
	layer_up(l, from, unit, p->data);
}

/* The attachments are there: the packet is read again from what was kept of it. */
static void finish_assembly(struct layer *l, enum side from, struct sio_assembly *a)
{
	struct span attached[SIO_ATTACHMENTS_MAX];
	struct sio_packet p;

	if (sio_assembly_read(&p, attached, sio_revision(l), a))
		heard(l, from, &p);
	sio_assembly_drop(a);
}

void sio_hear_text(struct layer *l, enum side from, struct span text)
{
	struct sio_assembly *a = &sio_session(l)->assembly[from];
	struct sio_packet p;
	const char *fault = sio_packet_read(&p, sio_revision(l), text);

	if (a->busy) {
		sio_note_fault(l, from, "attachment-missing", (struct span){0});
		sio_assembly_drop(a);
	}
	if (fault)
		sio_note_fault(l, from, fault, (struct span){0});
	else if (p.attachments)
		sio_assembly_begin(a, text, p.attachments);
	else
		heard(l, from, &p);
}

static void hear_msgpack(struct layer *l, enum side from, struct span bytes)
{
	struct sio_session *s = sio_session(l);
	struct sio_packet p;
	const char *fault = sio_msgpack_read(&p, &sio_of(l)->json, bytes);

	/* we speak JSON */
	if (!s->parser_noted && side_is_peer(l->conn, from))
		sio_note_fault(l, from, "parser", SPAN("msgpack"));
	s->parser_noted = true;
	if (fault)
		sio_note_fault(l, from, fault, (struct span){0});
	else
		heard(l, from, &p);
}

void sio_hear_binary(struct layer *l, enum side from, struct span bytes)
{
	struct sio_assembly *a = &sio_session(l)->assembly[from];

	if (!a->busy) {
		if (sio_msgpack_looks(bytes))
			hear_msgpack(l, from, bytes);
		else
			sio_note_fault(l, from, "attachment-unasked", (struct span){0});
		return;
	}
	if (sio_assembly_add(a, bytes))
		finish_assembly(l, from, a);
	else if (!a->busy)
		sio_note_fault(l, from, "too-big", (struct span){0});
}
