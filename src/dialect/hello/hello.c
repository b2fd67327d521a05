#include "dialect/hello/hello.h"

#include "base/text.h"
#include "fact/hello.h"

#define SHOWN_MAX 160
#define FIELDS_MAX 16

static struct span side_name(enum side s)
{
	return s == CLIENT ? SPAN("client") : SPAN("server");
}

/* The time since it was asked goes with answers. */
static void note_said(
	struct layer *l, const struct kind *kind, const struct hello_said *s, bool answer)
{
	const struct hello *h = hello_of(l);
	struct field f[FIELDS_MAX];
	struct buf message = {.max = 1024}, version = {.max = 128};
	size_t n = 0;

	f[n++] = F_TEXT(k_protocol, span_of(h->protocol));
	f[n++] = F_TEXT(k_from, side_name(s->from));
	f[n++] = F_TEXT(k_packet, span_of(s->packet));
	if (answer && h->asked)
		f[n++] = F_TIME(k_took, l->conn->now - h->asked_at);
	text_redact(&version, span_head(s->version, 32));
	if (version.n)
		f[n++] = F_TEXT(k_version, buf_span(&version));
	if (s->has_code)
		f[n++] = F_INT(k_code, s->code);
	if (s->meaning)
		f[n++] = F_TEXT(k_meaning, span_of(s->meaning));
	if (s->error)
		f[n++] = F_TEXT(k_error, span_of(s->error));
	text_redact(&message, span_head(s->message, SHOWN_MAX));
	if (message.n)
		f[n++] = F_TEXT(k_message, buf_span(&message));
	if (s->credential)
		f[n++] = F_BOOL(k_credential, true);
	if (s->has_beat_server)
		f[n++] = F_TIME(k_beat_server, s->beat_server);
	if (s->has_beat_client)
		f[n++] = F_TIME(k_beat_client, s->beat_client);
	if (s->has_comes_back)
		f[n++] = F_BOOL(k_comes_back, s->comes_back);
	if (s->has_bytes)
		f[n++] = F_INT(k_bytes, (int64_t)s->bytes);
	journal_add(l->conn->journal, &l->conn->where, l->conn->now, kind, f, n);
	buf_deinit(&message);
	buf_deinit(&version);
}

static bool may_note(struct layer *l)
{
	return hello_of(l)->noted++ < HELLO_NOTED_MAX;
}

void hello_wait(struct layer *l)
{
	struct hello *h = hello_of(l);

	h->asked = true;
	h->asked_at = l->conn->now;
}

void hello_note_asked(struct layer *l, const struct hello_said *said)
{
	hello_wait(l);
	if (may_note(l))
		note_said(l, &hello_asked, said, false);
}

void hello_note_taken(struct layer *l, const struct hello_said *said)
{
	struct hello *h = hello_of(l);

	h->taken = true;
	h->beat_at[CLIENT] = h->beat_at[SERVER] = l->conn->now;
	if (may_note(l))
		note_said(l, &hello_taken, said, true);
}

void hello_note_refused(struct layer *l, const struct hello_said *said)
{
	hello_of(l)->taken = false;
	if (may_note(l))
		note_said(l, &hello_refused, said, true);
}

void hello_note_packet(struct layer *l, const struct hello_said *said)
{
	if (hello_of(l)->packets++ < HELLO_PACKETS_MAX && may_note(l))
		note_said(l, &hello_packet, said, false);
}

void hello_note_bye(struct layer *l, const struct hello_said *said)
{
	hello_of(l)->taken = false;
	if (may_note(l))
		note_said(l, &hello_bye, said, false);
}

void hello_note_beat(struct layer *l, enum side from)
{
	struct hello *h = hello_of(l);
	struct field f[] = {F_TEXT(k_protocol, span_of(h->protocol)),
		F_TEXT(k_from, side_name(from)), F_TIME(k_gap, l->conn->now - h->beat_at[from])};

	if (may_note(l))
		journal_add(l->conn->journal, &l->conn->where, l->conn->now, &hello_beat, f,
			h->taken ? 3 : 2);
	h->beat_at[from] = l->conn->now;
}

void hello_note_fault(struct layer *l, enum side from, const char *fault, struct span text)
{
	struct buf words = {.max = 1024};
	struct field f[4] = {F_TEXT(k_protocol, span_of(hello_of(l)->protocol)),
		F_TEXT(k_from, side_name(from)), F_TEXT(k_fault, span_of(fault))};

	if (!may_note(l))
		return;
	text_redact(&words, span_head(text, SHOWN_MAX));
	f[3] = F_TEXT(k_text, buf_span(&words));
	journal_add(
		l->conn->journal, &l->conn->where, l->conn->now, &hello_fault, f, text.n ? 4 : 3);
	buf_deinit(&words);
}

bool hello_is_taken(const struct layer *l)
{
	return hello_of(l)->taken;
}

enum side hello_our_side(const struct layer *l)
{
	return l->conn->seat == SEAT_SERVER ? SERVER : CLIENT;
}
