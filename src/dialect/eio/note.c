#include <xxhash.h>

#include "base/text.h"
#include "dialect/eio/talk.h"
#include "fact/eio.h"
#include "fact/tls.h"

static struct span side_name(enum side s)
{
	return s == CLIENT ? SPAN("client") : SPAN("server");
}

static struct span transport_name(enum eio_transport t)
{
	return t == EIO_POLLING ? SPAN("polling") : SPAN("websocket");
}

void eio_note_open(struct layer *l, enum eio_framing framing)
{
	const struct eio_session *s = eio_session(l);
	const struct eio_terms *t = &s->terms;
	bool polling = framing != EIO_FRAMES;
	struct field fields[] = {F_INT(k_eio, s->version),
		F_TEXT(k_transport, transport_name(polling ? EIO_POLLING : EIO_WEBSOCKET)),
		F_TEXT(k_framing,
			eio_of(l)->jsonp ? SPAN("jsonp") : span_of(eio_framing_name(framing))),
		F_INT(k_sid_tag,
			(int64_t)(XXH3_64bits_withSeed(t->sid.p, t->sid.n, l->conn->salt) >> 1)),
		F_INT(k_sid_length, (int64_t)t->sid.n), F_TEXT(k_upgrades, t->upgrades),
		F_TIME(k_ping_interval, t->ping_interval), F_TIME(k_ping_timeout, t->ping_timeout),
		F_INT(k_max_payload, (int64_t)t->max_payload),
		F_TIME(k_took, l->conn->now - s->asked_at)};
	size_t n = sizeof(fields) / sizeof(*fields);

	/* absent when the server does not name it */
	if (!t->max_payload)
		fields[n - 2] = fields[n - 1];
	journal_add(l->conn->journal, &l->conn->where, l->conn->now, &eio_open, fields,
		t->max_payload ? n : n - 1);
}

void eio_note_packet(
	struct layer *l, enum side from, enum eio_transport by, const struct eio_packet *p)
{
	bool heartbeat = p->type == EIO_PING || p->type == EIO_PONG;

	if (eio_session(l)->noted++ >= EIO_NOTED_MAX)
		return;
	layer_note(l, &eio_packet, F_TEXT(k_packet, span_of(eio_type_name(p->type))),
		F_TEXT(k_transport, transport_name(by)), F_TEXT(k_from, side_name(from)),
		F_INT(k_bytes, (int64_t)p->data.n), F_BOOL(k_binary, p->binary),
		F_BOOL(k_probe, heartbeat && span_eq(p->data, SPAN("probe"))));
}

void eio_note_fault(struct layer *l, enum side from, const char *fault, struct span text)
{
	struct buf words = {.max = 1024};
	struct field fields[] = {F_TEXT(k_from, side_name(from)), F_TEXT(k_fault, span_of(fault)),
		F_TEXT(k_text, text)};

	if (eio_session(l)->noted++ < EIO_NOTED_MAX) {
		text_redact(&words, span_head(text, 160));
		fields[2].s = buf_span(&words);
		journal_add(l->conn->journal, &l->conn->where, l->conn->now, &eio_fault, fields,
			text.n ? 3 : 2);
	}
	buf_deinit(&words);
}

void eio_note_poll(struct layer *l)
{
	const struct eio_exchange *e = &eio_of(l)->exchange;
	struct field fields[] = {F_TEXT(k_method, e->post ? SPAN("POST") : SPAN("GET")),
		F_TIME(k_took, l->conn->now - e->at), F_INT(k_packets, e->packets),
		F_INT(k_bytes, (int64_t)e->bytes), F_INT(k_status, e->status)};

	journal_add(l->conn->journal, &l->conn->where, l->conn->now, &eio_poll, fields,
		e->status ? 5 : 4);
}
