/* The application of the Socket.IO server: rooms, and what goes back to who said it. */
#include <stdlib.h>

#include "base/json.h"
#include "serve/sio.h"

/* An event that came, cut up. */
struct event {
	const struct sio_packet *packet;
	struct span args; /* behind the name, with the bracket: `,1,2]` or `]` */
};

/* Takes the first argument off, when it is a string of at least a character, as written. */
static bool take_word(struct span *args, struct span *word)
{
	struct json_token t;
	struct json j;

	if (!span_starts(*args, SPAN(",")))
		return false;
	json_init(&j, span_from(*args, 1));
	t = json_next(&j);
	if (t.type != JSON_STRING || !t.raw.n)
		return false;
	*word = t.raw;
	*args = span_trim(span_from(*args, (size_t)(t.raw.p + t.raw.n + 1 - args->p)));
	return true;
}

/* Behind the event's name. */
static struct span behind_name(const struct sio_packet *p)
{
	struct json_token t;
	struct json j;
	size_t end;

	json_init(&j, p->data);
	json_next(&j);
	t = json_next(&j);
	end = (size_t)(t.raw.p - p->data.p) + t.raw.n + (t.type == JSON_STRING ? 1 : 0);
	return span_trim(span_from(p->data, end));
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void acknowledge(struct sio_member *m, const struct event *e, struct span args)
{
	struct sio_packet p = {.type = e->packet->attachments ? SIO_BINARY_ACK : SIO_ACK,
		.namespace = m->in->name,
		.has_ack = true,
		.ack = e->packet->ack,
		.attachments = e->packet->attachments,
		.attached = e->packet->attached};
	struct buf data = {.max = EIO_PAYLOAD_MAX};

	buf_addc(&data, '[');
	buf_add(&data, span_starts(args, SPAN(",")) ? span_from(args, 1) : SPAN("]"));
	p.data = buf_span(&data);
	sio_say(m->client, &p);
	buf_deinit(&data);
}

static void acknowledge_alike(struct sio_member *m, const struct event *e)
{
	if (e->packet->has_ack)
		acknowledge(m, e, e->args);
}

static void acknowledge_rooms(struct sio_member *m, const struct event *e, bool done)
{
	struct buf data = {.max = EIO_PAYLOAD_MAX};

	if (!e->packet->has_ack)
		return;
	buf_addc(&data, '[');
	if (done)
		sio_rooms_of(&data, m);
	else
		buf_addz(&data, "{\"error\":\"the name of a room is wanted\"}");
	buf_addc(&data, ']');
	sio_say(m->client, &(struct sio_packet){.type = SIO_ACK,
				   .namespace = m->in->name,
				   .has_ack = true,
				   .ack = e->packet->ack,
				   .data = buf_span(&data)});
	buf_deinit(&data);
}

/* --- events -------------------------------------------------------------------------------------
 */

static void message(struct sio_member *m, const struct event *e)
{
	struct buf data = {.max = EIO_PAYLOAD_MAX};

	buf_addz(&data, "[\"message-back\"");
	buf_add(&data, e->args);
	sio_emit_to(m, &(struct sio_emit){.data = buf_span(&data),
			       .attached = e->packet->attached,
			       .attachments = e->packet->attachments});
	buf_deinit(&data);
	acknowledge_alike(m, e);
}

static void change_rooms(struct sio_member *m, const struct event *e,
	bool (*change)(struct sio_member *, struct span))
{
	struct buf name = {.max = 2 * SIO_ROOM_NAME_MAX};
	struct span args = e->args, word;
	bool done = take_word(&args, &word);

	if (done) {
		json_unescape(&name, word);
		done = !name.full && change(m, buf_span(&name));
	}
	acknowledge_rooms(m, e, done);
	buf_deinit(&name);
}

static void join(struct sio_member *m, const struct event *e)
{
	change_rooms(m, e, sio_room_join);
}

static bool leave_room(struct sio_member *m, struct span room)
{
	sio_room_leave(m, room);
	return true;
}

static void leave(struct sio_member *m, const struct event *e)
{
	change_rooms(m, e, leave_room);
}

/* The event that is named first among `args`, with the rest of them. */
static void emit(
	struct sio_member *m, const struct event *e, struct span args, const struct sio_whom *whom)
{
	struct buf data = {.max = EIO_PAYLOAD_MAX};
	struct span name;

	if (take_word(&args, &name) && !sio_is_reserved(name)) {
		buf_addf(&data, "[\"%.*s\"", SPANF(name));
		buf_add(&data, args);
		sio_emit_all(m->in,
			&(struct sio_emit){.data = buf_span(&data),
				.attached = e->packet->attached,
				.attachments = e->packet->attachments},
			whom);
	}
	buf_deinit(&data);
	acknowledge_alike(m, e);
}

static void spread(struct sio_member *m, const struct event *e, bool room, bool others)
{
	struct buf name = {.max = 2 * SIO_ROOM_NAME_MAX};
	struct span args = e->args, word;
	struct sio_whom whom;

	whom.rooms.n = whom.except.n = 0;
	if (others)
		whom.except.v[whom.except.n++] = sio_member_id(m);
	if (room && take_word(&args, &word)) {
		json_unescape(&name, word);
		whom.rooms.v[whom.rooms.n++] = buf_span(&name);
	}
	if (!room || (whom.rooms.n && !name.full))
		emit(m, e, args, &whom);
	else
		acknowledge_alike(m, e);
	buf_deinit(&name);
}

static void broadcast(struct sio_member *m, const struct event *e)
{
	spread(m, e, false, true);
}

static void everyone(struct sio_member *m, const struct event *e)
{
	spread(m, e, false, false);
}

static void to_room(struct sio_member *m, const struct event *e)
{
	spread(m, e, true, true);
}

static void in_room(struct sio_member *m, const struct event *e)
{
	spread(m, e, true, false);
}

void sio_app_heard(struct sio_member *m, const struct sio_packet *p, struct span name)
{
	static const struct {
		const char *name;
		void (*hear)(struct sio_member *m, const struct event *e);
	} events[] = {{"message", message}, {"join", join}, {"leave", leave},
		{"broadcast", broadcast}, {"everyone", everyone}, {"to-room", to_room},
		{"in-room", in_room}};
	struct event e = {.packet = p, .args = behind_name(p)};

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (span_eq(name, span_of(events[i].name))) {
			events[i].hear(m, &e);
			return;
		}
	acknowledge_alike(m, &e);
}

void sio_app_joined(struct sio_member *m, struct span auth)
{
	struct buf data = {.max = EIO_PAYLOAD_MAX};

	buf_addz(&data, "[\"auth\",");
	buf_add(&data, auth.n ? auth : SPAN("{}"));
	buf_addc(&data, ']');
	sio_emit_to(m, &(struct sio_emit){.data = buf_span(&data)});
	buf_deinit(&data);
}
