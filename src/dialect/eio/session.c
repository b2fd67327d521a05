/* The packets of a session, whichever way they come. */
#include "base/json.h"
#include "dialect/eio/talk.h"
#include "fact/eio.h"
#include "fact/exp.h"

/* A server's wishes are followed within these. */
#define PING_INTERVAL_MIN (50 * NS_MS)
#define INTERVAL_MAX_MS INT64_C(31536000000)

void eio_session_init(struct eio_session *s, unsigned version)
{
	*s = (struct eio_session){.version = version, .queue.max = EIO_QUEUE_MAX};
}

void eio_session_deinit(struct eio_session *s)
{
	buf_deinit(&s->queue);
	s->queued = 0;
}

static void set_terms(struct eio_session *s, const struct eio_terms *t)
{
	struct span sid = span_head(t->sid, EIO_SID_MAX);
	struct span upgrades = span_head(t->upgrades, sizeof(s->upgrades));

	if (sid.n)
		memcpy(s->sid, sid.p, sid.n);
	if (upgrades.n)
		memcpy(s->upgrades, upgrades.p, upgrades.n);
	s->terms = *t;
	s->terms.sid = (struct span){s->sid, sid.n};
	s->terms.upgrades = (struct span){s->upgrades, upgrades.n};
}

void eio_mark_open(struct layer *l)
{
	struct eio_session *s = eio_session(l);

	s->open = true;
	s->ping_at = l->conn->now;
	layer_up(l, SERVER, EIO_OPENED, (struct span){0});
}

static int64_t member_int(struct span json, struct span key, int64_t max)
{
	struct json_token t;
	int64_t v;

	if (!json_member(json, key, &t) || t.type != JSON_NUMBER || !json_int(t.raw, &v) || v < 0)
		return 0;
	return v < max ? v : max;
}

static void read_upgrades(struct span json, struct buf *out)
{
	struct json_token t;
	struct json j;

	if (!json_member(json, SPAN("upgrades"), &t) || t.type != JSON_ARRAY)
		return;
	json_init(&j, t.raw);
	json_next(&j);
	while ((t = json_next(&j)).type == JSON_STRING)
		buf_addf(out, "%s%.*s", out->n ? "," : "", SPANF(span_head(t.raw, 32)));
}

static void heard_open(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	struct eio_session *s = eio_session(l);
	struct buf upgrades = {.max = sizeof(s->upgrades)};
	struct json_token sid;
	struct eio_terms t = {0};

	if (from != SERVER || s->open) {
		eio_note_fault(l, from, from == SERVER ? "open-again" : "type", (struct span){0});
		return;
	}
	if (!json_is(p->data, JSON_OBJECT)) {
		eio_note_fault(l, from, "open-json", (struct span){0});
		return;
	}
	if (!json_member(p->data, SPAN("sid"), &sid) || sid.type != JSON_STRING || !sid.raw.n ||
		sid.raw.n > EIO_SID_MAX) {
		eio_note_fault(l, from, "open-sid", (struct span){0});
		return;
	}
	read_upgrades(p->data, &upgrades);
	t.sid = sid.raw;
	t.upgrades = buf_span(&upgrades);
	t.ping_interval = NS_MS * member_int(p->data, SPAN("pingInterval"), INTERVAL_MAX_MS);
	t.ping_timeout = NS_MS * member_int(p->data, SPAN("pingTimeout"), INTERVAL_MAX_MS);
	t.max_payload = (uint64_t)member_int(p->data, SPAN("maxPayload"), INT64_MAX);
	set_terms(s, &t);
	buf_deinit(&upgrades);
	s->transport = by;
	eio_note_open(l, by == EIO_WEBSOCKET ? EIO_FRAMES
			 : s->version == 3   ? eio_of(l)->framing
					     : EIO_RECORDS);
	eio_mark_open(l);
}

static void heard_close(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	(void)by, (void)p;
	eio_session(l)->closed = true;
	layer_up(l, from, EIO_CLOSED, (struct span){0});
}

static enum side pinger(const struct eio_session *s)
{
	return s->version == 3 ? CLIENT : SERVER;
}

static void note_ping(struct layer *l, enum side from)
{
	struct eio_session *s = eio_session(l);
	ns gap = l->conn->now - s->ping_at;
	struct field fields[] = {F_TEXT(k_from, from == CLIENT ? SPAN("client") : SPAN("server")),
		F_TIME(k_gap, gap), F_TIME(k_late, gap - s->terms.ping_interval)};

	if (s->noted++ < EIO_NOTED_MAX)
		journal_add(l->conn->journal, &l->conn->where, l->conn->now, &eio_ping, fields,
			gap > s->terms.ping_interval && s->terms.ping_interval ? 3 : 2);
	s->ping_at = l->conn->now;
	s->pinged = true;
	s->overdue = false;
}

static void heard_ping(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	struct eio_session *s = eio_session(l);
	struct eio_packet pong = {EIO_PONG, false, p->data};
	bool peer = side_is_peer(l->conn, from);

	if (from == CLIENT && by == EIO_WEBSOCKET && span_eq(p->data, SPAN("probe"))) {
		s->upgrade = EIO_PROBING;
		s->probe_at = l->conn->now;
		if (peer)
			eio_say_frame(l, &pong);
		return;
	}
	if (from != pinger(s)) {
		eio_note_fault(l, from, "heartbeat-direction", (struct span){0});
		return;
	}
	note_ping(l, from);
	if (peer && !s->mute)
		eio_say_packet(l, &pong);
}

static void heard_pong(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	struct eio_session *s = eio_session(l);

	if (s->upgrade == EIO_PROBING && by == EIO_WEBSOCKET && from == SERVER) {
		if (!span_eq(p->data, SPAN("probe"))) {
			eio_note_fault(l, from, "probe", (struct span){0});
			return;
		}
		s->upgrade = EIO_PROBED;
		layer_note(l, &eio_probe, F_TIME(k_took, l->conn->now - s->probe_at));
		return;
	}
	if (from == pinger(s)) {
		eio_note_fault(l, from, "heartbeat-direction", (struct span){0});
		return;
	}
	if (s->pinged && s->noted++ < EIO_NOTED_MAX)
		layer_note(l, &eio_pong,
			F_TEXT(k_from, from == CLIENT ? SPAN("client") : SPAN("server")),
			F_TIME(k_took, l->conn->now - s->ping_at));
	s->pinged = false;
}

static void heard_message(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	(void)by;
	layer_up(l, from, p->binary ? EIO_BINARY : EIO_TEXT, p->data);
}

static void upgraded(struct layer *l)
{
	struct eio_session *s = eio_session(l);

	s->upgrade = EIO_UPGRADED;
	s->transport = EIO_WEBSOCKET;
	layer_note(l, &eio_upgraded, F_TEXT(k_transport, SPAN("websocket")),
		F_TIME(k_took, l->conn->now - s->probe_at));
}

static void heard_upgrade(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	(void)p;
	if (from != CLIENT || by != EIO_WEBSOCKET || eio_session(l)->upgrade == EIO_UPGRADED) {
		eio_note_fault(l, from, "probe", (struct span){0});
		return;
	}
	upgraded(l);
	if (side_is_peer(l->conn, from))
		eio_flush_to_ws(l);
}

static void heard_noop(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	(void)l, (void)from, (void)by, (void)p;
}

void eio_heard(struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	static void (*const heard[EIO_TYPES])(struct layer *, enum side, enum eio_transport,
		const struct eio_packet *) = {heard_open, heard_close, heard_ping, heard_pong,
		heard_message, heard_upgrade, heard_noop};

	eio_note_packet(l, from, by, p);
	if (!eio_session(l)->open && p->type != EIO_OPEN) {
		eio_note_fault(l, from, "open-first", (struct span){0});
		return;
	}
	heard[p->type](l, from, by, p);
}

void eio_say_frame(struct layer *l, const struct eio_packet *p)
{
	struct buf out = {.max = EIO_PAYLOAD_MAX};

	if (eio_over_ws(l) && ws_is_open(l->down)) {
		eio_frame_write(&out, eio_session(l)->version, p);
		eio_note_packet(l, eio_our_side(l), EIO_WEBSOCKET, p);
		layer_down(l, p->binary ? WS_BINARY : WS_TEXT, buf_span(&out));
	}
	buf_deinit(&out);
}

void eio_say_packet(struct layer *l, const struct eio_packet *p)
{
	struct eio_session *s = eio_session(l);

	if (l->conn->seat == SEAT_WITNESS)
		return;
	if (s->transport == EIO_WEBSOCKET) {
		eio_say_frame(l, p);
		return;
	}
	/* base64 and a length are what a packet grows by */
	if (p->data.n / 3 * 4 + 32 > EIO_QUEUE_MAX - s->queue.n || s->queued == EIO_PACKETS_MAX)
		return;
	eio_payload_add(&s->queue, s->version == 3 ? EIO_LENGTHS : EIO_RECORDS, s->queued++, p);
	eio_note_packet(l, eio_our_side(l), EIO_POLLING, p);
}

void eio_say(struct layer *l, enum eio_type type, struct span data)
{
	eio_say_packet(l, &(struct eio_packet){type, false, data});
}

void eio_say_message(struct layer *l, bool binary, struct span data)
{
	eio_say_packet(l, &(struct eio_packet){EIO_MESSAGE, binary, data});
}

void eio_flush_to_ws(struct layer *l)
{
	struct eio_session *s = eio_session(l);
	struct buf queue = s->queue;
	struct eio_payload payload;
	struct eio_packet p;

	s->queue = (struct buf){.max = EIO_QUEUE_MAX};
	s->queued = 0;
	eio_payload_init(&payload, buf_span(&queue), s->version == 3 ? EIO_LENGTHS : EIO_RECORDS);
	while (eio_payload_next(&payload, &p))
		eio_say_frame(l, &p);
	eio_payload_deinit(&payload);
	buf_deinit(&queue);
}

void eio_say_probe(struct layer *l)
{
	struct eio_session *s = eio_session(l);

	s->upgrade = EIO_PROBING;
	s->probe_at = l->conn->now;
	eio_say_frame(l, &(struct eio_packet){EIO_PING, false, SPAN("probe")});
}

void eio_say_upgrade(struct layer *l)
{
	eio_say_frame(l, &(struct eio_packet){EIO_UPGRADE, false, {0}});
	upgraded(l);
	eio_flush_to_ws(l);
}

static void add_open(struct buf *out, const struct eio_terms *t)
{
	struct json_out json = {.buf = out};
	struct span rest = t->upgrades, part;

	json_open(&json, '{');
	json_key(&json, "sid");
	json_str(&json, t->sid);
	json_key(&json, "upgrades");
	json_open(&json, '[');
	while (span_cut(&rest, ',', &part))
		json_str(&json, part);
	json_close(&json, ']');
	json_key(&json, "pingInterval");
	json_num(&json, t->ping_interval / NS_MS);
	json_key(&json, "pingTimeout");
	json_num(&json, t->ping_timeout / NS_MS);
	if (t->max_payload) {
		json_key(&json, "maxPayload");
		json_num(&json, (int64_t)t->max_payload);
	}
	json_close(&json, '}');
}

void eio_accept(struct layer *l, const struct eio_terms *terms)
{
	struct eio_session *s = eio_session(l);
	struct buf json = {.max = 1024};

	set_terms(s, terms);
	s->transport = eio_over_ws(l) ? EIO_WEBSOCKET : EIO_POLLING;
	add_open(&json, &s->terms);
	eio_say(l, EIO_OPEN, buf_span(&json));
	buf_deinit(&json);
	eio_note_open(l, eio_over_ws(l) ? EIO_FRAMES : s->version == 3 ? EIO_LENGTHS : EIO_RECORDS);
	eio_mark_open(l);
}

/* Whoever pings does so an interval after the last; the other waits as long and the timeout. */
ns eio_next(const struct eio_session *s, enum seat seat)
{
	enum side ours = seat == SEAT_SERVER ? SERVER : CLIENT;
	ns interval = s->terms.ping_interval;

	if (seat == SEAT_WITNESS || !s->open || s->closed || !interval || s->overdue)
		return NS_NEVER;
	if (ours != pinger(s))
		return s->ping_at + interval + s->terms.ping_timeout;
	if (s->pinged)
		return s->ping_at + s->terms.ping_timeout;
	if (s->mute)
		return NS_NEVER;
	return s->ping_at + (interval > PING_INTERVAL_MIN ? interval : PING_INTERVAL_MIN);
}

void eio_heartbeat(struct layer *l)
{
	struct eio_session *s = eio_session(l);
	enum side ours = eio_our_side(l);

	if (eio_next(s, l->conn->seat) > l->conn->now)
		return;
	if (ours == pinger(s) && !s->pinged) {
		eio_say(l, EIO_PING, (struct span){0});
		note_ping(l, ours);
		return;
	}
	s->overdue = true;
	layer_note(l, &eio_overdue,
		F_TEXT(k_packet, ours == pinger(s) ? SPAN("pong") : SPAN("ping")),
		F_TIME(k_waited, l->conn->now - s->ping_at));
}
