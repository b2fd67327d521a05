/* Namespaces, members, rooms (socket.io-adapter, lib/in-memory-adapter.ts). */
#include <stdlib.h>

#include "base/json.h"
#include "serve/sio.h"
#include "serve/sio_cluster.h"

static size_t bucket_of(struct span name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (uint8_t)name.p[i]) * 16777619u;
	return h % SIO_BUCKETS;
}

struct sio_namespace *sio_namespace_find(struct sio_server *s, struct span name)
{
	for (size_t i = 0; i < SIO_NAMESPACES; i++)
		if (span_eq(name, s->namespaces[i].name))
			return &s->namespaces[i];
	return NULL;
}

size_t sio_namespace_at(const struct sio_namespace *in)
{
	return (size_t)(in - in->server->namespaces);
}

/* --- members ------------------------------------------------------------------------------------
 */

struct sio_member *sio_member_new(struct sio_namespace *in, struct eio_client *c, struct span id)
{
	struct sio_member *m = pool_new(&in->server->members);
	struct sio_member **bucket = &in->ids[bucket_of(id)];

	if (!m)
		return NULL;
	m->in = in;
	m->client = c;
	m->id_n = (uint8_t)(id.n < SIO_ID_MAX ? id.n : SIO_ID_MAX);
	memcpy(m->id, id.p, m->id_n);
	m->next = in->members;
	m->at = &in->members;
	if (m->next)
		m->next->at = &m->next;
	in->members = m;
	m->next_id = *bucket;
	m->at_id = bucket;
	if (m->next_id)
		m->next_id->at_id = &m->next_id;
	*bucket = m;
	in->n++;
	sio_guest(c)->members[sio_namespace_at(in)] = m;
	return m;
}

struct sio_member *sio_member_find(const struct sio_namespace *in, struct span id)
{
	struct sio_member *m = in->ids[bucket_of(id)];

	while (m && !span_eq(sio_member_id(m), id))
		m = m->next_id;
	return m;
}

static void leave_seat(struct sio_seat *seat);

void sio_member_free(struct sio_member *m)
{
	struct sio_namespace *in = m->in;

	while (m->seats)
		leave_seat(m->seats);
	*m->at = m->next;
	if (m->next)
		m->next->at = m->at;
	*m->at_id = m->next_id;
	if (m->next_id)
		m->next_id->at_id = m->at_id;
	in->n--;
	sio_guest(m->client)->members[sio_namespace_at(in)] = NULL;
	pool_free(&in->server->members, m);
}

/* --- rooms --------------------------------------------------------------------------------------
 */

static struct sio_room *room_find(const struct sio_namespace *in, struct span name)
{
	struct sio_room *r = in->rooms[bucket_of(name)];

	while (r && !span_eq(r->name, name))
		r = r->next;
	return r;
}

static struct sio_room *room_new(struct sio_namespace *in, struct span name)
{
	struct sio_room **bucket = &in->rooms[bucket_of(name)];
	struct sio_room *r = calloc(1, sizeof(*r) + name.n);

	if (!r)
		abort();
	memcpy(r + 1, name.p, name.n);
	r->name = (struct span){(const char *)(r + 1), name.n};
	r->next = *bucket;
	r->at = bucket;
	if (r->next)
		r->next->at = &r->next;
	*bucket = r;
	sio_cluster_room(in, r->name, true);
	return r;
}

static void room_free(struct sio_namespace *in, struct sio_room *r)
{
	*r->at = r->next;
	if (r->next)
		r->next->at = r->at;
	sio_cluster_room(in, r->name, false);
	free(r);
}

static void leave_seat(struct sio_seat *seat)
{
	struct sio_namespace *in = seat->member->in;
	struct sio_room *r = seat->room;

	*seat->at = seat->next;
	if (seat->next)
		seat->next->at = seat->at;
	*seat->from = seat->further;
	if (seat->further)
		seat->further->from = seat->from;
	seat->member->n_seats--;
	pool_free(&in->server->seats, seat);
	if (!--r->n)
		room_free(in, r);
}

static struct sio_seat *seat_find(const struct sio_member *m, struct span room)
{
	struct sio_seat *seat = m->seats;

	while (seat && !span_eq(seat->room->name, room))
		seat = seat->further;
	return seat;
}

static void take_seat(struct sio_member *m, struct sio_seat *seat, struct sio_room *r)
{
	*seat = (struct sio_seat){
		.room = r, .member = m, .next = r->seats, .at = &r->seats, .further = m->seats};
	if (seat->next)
		seat->next->at = &seat->next;
	r->seats = seat;
	r->n++;
	seat->from = &m->seats;
	if (seat->further)
		seat->further->from = &seat->further;
	m->seats = seat;
	m->n_seats++;
}

bool sio_room_join(struct sio_member *m, struct span room)
{
	struct sio_room *r;
	struct sio_seat *seat;

	if (!room.n || room.n > SIO_ROOM_NAME_MAX)
		return false;
	if (span_eq(room, sio_member_id(m)) || seat_find(m, room))
		return true;
	seat = m->n_seats < SIO_ROOMS_MAX ? pool_new(&m->in->server->seats) : NULL;
	if (!seat)
		return false;
	r = room_find(m->in, room);
	take_seat(m, seat, r ? r : room_new(m->in, room));
	return true;
}

void sio_room_leave(struct sio_member *m, struct span room)
{
	struct sio_seat *seat = seat_find(m, room);

	if (seat)
		leave_seat(seat);
}

void sio_rooms_of(struct buf *json, const struct sio_member *m)
{
	struct json_out o = {.buf = json};

	json_open(&o, '[');
	json_str(&o, sio_member_id(m));
	for (const struct sio_seat *seat = m->seats; seat; seat = seat->further)
		json_str(&o, seat->room->name);
	json_close(&o, ']');
}

/* --- whom an event is for -----------------------------------------------------------------------
 */

bool sio_names_read(struct sio_names *out, struct buf *text, struct span json)
{
	size_t ends[SIO_NAMES_MAX], at = 0;
	struct json_token t;
	struct json j;

	out->n = 0;
	json_init(&j, json);
	t = json_next(&j);
	if (t.type == JSON_STRING || t.type == JSON_NUMBER) {
		json_unescape(text, t.raw);
		out->v[out->n++] = buf_span(text);
		return !text->full;
	}
	if (t.type != JSON_ARRAY)
		return false;
	while ((t = json_next(&j)).type == JSON_STRING || t.type == JSON_NUMBER) {
		if (out->n == SIO_NAMES_MAX)
			return false;
		json_unescape(text, t.raw);
		ends[out->n++] = text->n;
	}
	for (size_t i = 0; i < out->n; at = ends[i++])
		out->v[i] = span_head(span_from(buf_span(text), at), ends[i] - at);
	return t.type == JSON_CLOSE && !text->full;
}

struct visit {
	uint64_t mark;
	size_t n;
	void (*call)(struct sio_member *m, void *arg);
	void *arg;
};

static void look_at(struct sio_member *m, struct visit *v)
{
	if (m->mark == v->mark)
		return;
	m->mark = v->mark;
	if (!v->call)
		return;
	v->n++;
	v->call(m, v->arg);
}

static void look_into(struct sio_namespace *in, struct span name, struct visit *v)
{
	struct sio_room *r = room_find(in, name);
	struct sio_member *alone = sio_member_find(in, name);

	/* who is called may leave, and a room nobody is in is gone */
	for (struct sio_seat *seat = r ? r->seats : NULL, *next; seat; seat = next) {
		next = seat->next;
		look_at(seat->member, v);
	}
	if (alone)
		look_at(alone, v);
}

size_t sio_each(struct sio_namespace *in, const struct sio_whom *whom,
	void (*call)(struct sio_member *m, void *arg), void *arg)
{
	struct visit v = {.mark = ++in->mark};

	for (size_t i = 0; i < whom->except.n; i++)
		look_into(in, whom->except.v[i], &v);
	v.call = call;
	v.arg = arg;
	for (size_t i = 0; i < whom->rooms.n; i++)
		look_into(in, whom->rooms.v[i], &v);
	for (struct sio_member *m = whom->rooms.n ? NULL : in->members, *next; m; m = next) {
		next = m->next;
		look_at(m, &v);
	}
	return v.n;
}
