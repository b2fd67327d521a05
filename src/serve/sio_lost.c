/* Connection state recovery (socket.io-adapter, SessionAwareAdapter): events are kept for a while,
 * each with an offset that its clients come back with, and so are the sessions of those whose
 * connection was lost. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "serve/sio.h"

#define KEPT_MAX ((size_t)64 << 20) /* bytes of events; the oldest go first */
#define SESSIONS_MAX 20000
#define BUCKETS 1024

struct event {
	struct event *next;
	ns at;
	uint64_t offset;
	const struct sio_namespace *in;
	struct buf bytes;	    /* data, then attachments, then names */
	size_t data, rooms, except; /* lengths of the first; how many of the others */
	unsigned attachments;
	size_t *ends; /* of attachments, rooms, exceptions */
};

struct session {
	struct session *older, *newer; /* by the time of the loss */
	struct session *next, **at;    /* of its bucket */
	ns lost_at;
	const struct sio_namespace *in;
	char pid[EIO_SID_MADE];
	char id[SIO_ID_MAX];
	uint8_t id_n;
	struct buf rooms; /* JSON, with its id */
};

struct sio_lost {
	struct loop *loop;
	ns duration;
	struct event *first, **last;
	uint64_t offset;
	size_t kept;
	struct session *oldest, *newest;
	size_t n;
	struct session *pids[BUCKETS];
};

/* --- events -------------------------------------------------------------------------------------
 */

static void forget_event(struct sio_lost *l)
{
	struct event *e = l->first;

	l->first = e->next;
	if (!l->first)
		l->last = &l->first;
	l->kept -= e->bytes.cap;
	buf_deinit(&e->bytes);
	free(e->ends);
	free(e);
}

static void forget_old_events(struct sio_lost *l)
{
	ns now = loop_clock(l->loop);

	while (l->first && (l->kept > KEPT_MAX || l->first->at + l->duration < now))
		forget_event(l);
}

static struct span write_offset(char text[SIO_OFFSET_MAX], uint64_t offset)
{
	return (struct span){
		text, (size_t)snprintf(text, SIO_OFFSET_MAX, "%llx", (unsigned long long)offset)};
}

static void keep_spans(struct event *e, size_t *at, const struct span *spans, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_add(&e->bytes, spans[i]);
		e->ends[(*at)++] = e->bytes.n;
	}
}

struct span sio_lost_keep(struct sio_lost *l, const struct sio_namespace *in,
	const struct sio_emit *emit, const struct sio_whom *whom, char offset[SIO_OFFSET_MAX])
{
	struct event *e = calloc(1, sizeof(*e));
	size_t n = emit->attachments + whom->rooms.n + whom->except.n, at = 0;
	struct span own;

	if (!e || !(e->ends = calloc(n + 1, sizeof(*e->ends))))
		abort();
	e->at = loop_clock(l->loop);
	e->offset = ++l->offset;
	own = write_offset(offset, e->offset);
	e->in = in;
	e->attachments = emit->attachments;
	e->rooms = whom->rooms.n;
	e->except = whom->except.n;
	e->bytes.max = EIO_PAYLOAD_MAX + SIO_ATTACHED_MAX + SIO_NAMES_MAX * SIO_ROOM_NAME_MAX * 2;
	buf_add(&e->bytes, span_head(emit->data, emit->data.n - 1));
	buf_addf(&e->bytes, ",\"%.*s\"]", SPANF(own));
	e->data = e->bytes.n;
	keep_spans(e, &at, emit->attached, emit->attachments);
	keep_spans(e, &at, whom->rooms.v, whom->rooms.n);
	keep_spans(e, &at, whom->except.v, whom->except.n);
	*l->last = e;
	l->last = &e->next;
	l->kept += e->bytes.cap;
	forget_old_events(l);
	return own;
}

static struct span kept_span(const struct event *e, size_t i)
{
	size_t from = i ? e->ends[i - 1] : e->data;

	return span_head(span_from(buf_span(&e->bytes), from), e->ends[i] - from);
}

static bool has_name(const struct sio_names *names, struct span name)
{
	for (size_t i = 0; i < names->n; i++)
		if (span_eq(names->v[i], name))
			return true;
	return false;
}

/* shouldIncludePacket() */
static bool is_for(const struct event *e, const struct sio_names *rooms)
{
	bool included = !e->rooms;

	for (size_t i = 0; i < e->rooms + e->except; i++) {
		bool there = has_name(rooms, kept_span(e, e->attachments + i));

		if (i >= e->rooms && there)
			return false;
		included |= there;
	}
	return included;
}

static void say_event(struct eio_client *c, const struct event *e)
{
	struct span attached[SIO_ATTACHMENTS_MAX];

	for (unsigned i = 0; i < e->attachments; i++)
		attached[i] = kept_span(e, i);
	sio_say(c, &(struct sio_packet){.type = e->attachments ? SIO_BINARY_EVENT : SIO_EVENT,
			   .namespace = e->in->name,
			   .attachments = e->attachments,
			   .attached = attached,
			   .data = span_head(buf_span(&e->bytes), e->data)});
}

/* The event the client has seen last; NULL: it is no longer known. */
static struct event *event_find(
	const struct sio_lost *l, const struct sio_namespace *in, struct span offset)
{
	char text[SIO_OFFSET_MAX];
	struct event *e = l->first;

	while (e && !(e->in == in && span_eq(write_offset(text, e->offset), offset)))
		e = e->next;
	return e;
}

/* --- sessions -----------------------------------------------------------------------------------
 */

static size_t bucket_of(const char pid[EIO_SID_MADE])
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < EIO_SID_MADE; i++)
		h = (h ^ (uint8_t)pid[i]) * 16777619u;
	return h % BUCKETS;
}

static void forget_session(struct sio_lost *l, struct session *s)
{
	*(s->older ? &s->older->newer : &l->oldest) = s->newer;
	*(s->newer ? &s->newer->older : &l->newest) = s->older;
	*s->at = s->next;
	if (s->next)
		s->next->at = s->at;
	l->n--;
	buf_deinit(&s->rooms);
	free(s);
}

static void forget_old_sessions(struct sio_lost *l)
{
	ns now = loop_clock(l->loop);

	while (l->oldest && (l->n > SESSIONS_MAX || l->oldest->lost_at + l->duration < now))
		forget_session(l, l->oldest);
}

void sio_lost_add(struct sio_lost *l, const struct sio_member *m)
{
	struct session *s = calloc(1, sizeof(*s)), **bucket = &l->pids[bucket_of(m->pid)];

	if (!s)
		abort();
	s->lost_at = loop_clock(l->loop);
	s->in = m->in;
	memcpy(s->pid, m->pid, sizeof(s->pid));
	memcpy(s->id, m->id, sizeof(s->id));
	s->id_n = m->id_n;
	s->rooms.max = 8 * SIO_ROOMS_MAX * SIO_ROOM_NAME_MAX;
	sio_rooms_of(&s->rooms, m);
	s->next = *bucket;
	s->at = bucket;
	if (s->next)
		s->next->at = &s->next;
	*bucket = s;
	s->older = l->newest;
	*(s->older ? &s->older->newer : &l->oldest) = s;
	l->newest = s;
	l->n++;
	forget_old_sessions(l);
}

static struct session *session_find(
	const struct sio_lost *l, const struct sio_namespace *in, struct span pid)
{
	struct session *s = pid.n == EIO_SID_MADE ? l->pids[bucket_of(pid.p)] : NULL;

	while (s && !(s->in == in && span_eq(pid, (struct span){s->pid, sizeof(s->pid)})))
		s = s->next;
	return s;
}

/* What it missed comes before the CONNECT, as with socket.io: the client holds it back. */
static struct sio_member *recover(struct sio_namespace *in, struct eio_client *c,
	const struct session *s, const struct event *seen)
{
	struct sio_member *m = sio_member_new(in, c, (struct span){s->id, s->id_n});
	struct buf text = {.max = s->rooms.max};
	struct sio_names rooms;

	if (!m)
		return NULL;
	memcpy(m->pid, s->pid, sizeof(m->pid));
	if (sio_names_read(&rooms, &text, buf_span(&s->rooms))) {
		for (size_t i = 0; i < rooms.n; i++)
			sio_room_join(m, rooms.v[i]);
		for (const struct event *e = seen->next; e; e = e->next)
			if (e->in == in && is_for(e, &rooms))
				say_event(c, e);
	}
	buf_deinit(&text);
	return m;
}

static struct span text_member(struct span json, struct span key)
{
	struct json_token t;

	return json_member(json, key, &t) && t.type == JSON_STRING ? t.raw : (struct span){0};
}

struct sio_member *sio_lost_find(
	struct sio_lost *l, struct sio_namespace *in, struct eio_client *c, struct span auth)
{
	struct sio_member *m = NULL;
	const struct event *seen;
	struct session *s;

	forget_old_sessions(l);
	forget_old_events(l);
	s = session_find(l, in, text_member(auth, SPAN("pid")));
	seen = s ? event_find(l, in, text_member(auth, SPAN("offset"))) : NULL;
	if (seen)
		m = recover(in, c, s, seen);
	if (m)
		forget_session(l, s);
	return m;
}

struct sio_lost *sio_lost_new(struct loop *loop, ns duration)
{
	struct sio_lost *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	l->loop = loop;
	l->duration = duration;
	l->last = &l->first;
	return l;
}

void sio_lost_free(struct sio_lost *l)
{
	while (l && l->first)
		forget_event(l);
	while (l && l->oldest)
		forget_session(l, l->oldest);
	free(l);
}
