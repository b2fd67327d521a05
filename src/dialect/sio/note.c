#include <xxhash.h>

#include "base/json.h"
#include "base/text.h"
#include "dialect/sio/talk.h"
#include "fact/sio.h"

#define SHOWN_MAX 160
#define FIELDS_MAX 12

/* Fields as they are gathered: some are absent. */
struct row {
	struct field all[FIELDS_MAX];
	size_t n;
	struct buf words[2];
};

static void put(struct row *r, struct field f)
{
	r->all[r->n++] = f;
}

static void put_words(struct row *r, const struct key *key, struct buf *words, struct span s)
{
	text_redact(words, span_head(s, SHOWN_MAX));
	put(r, (struct field){.key = key, .s = buf_span(words)});
}

static void put_from(struct row *r, enum side from)
{
	put(r, F_TEXT(k_from, from == CLIENT ? SPAN("client") : SPAN("server")));
}

static void add(struct layer *l, const struct kind *kind, struct row *r)
{
	if (sio_session(l)->noted++ < SIO_NOTED_MAX)
		journal_add(l->conn->journal, &l->conn->where, l->conn->now, kind, r->all, r->n);
	buf_deinit(&r->words[0]);
	buf_deinit(&r->words[1]);
}

static int64_t tag(const struct layer *l, struct span s)
{
	return (int64_t)(XXH3_64bits_withSeed(s.n ? s.p : "", s.n, l->conn->salt) >> 1);
}

static struct span parser(const struct sio_packet *p)
{
	return p->msgpack ? SPAN("msgpack") : SPAN("json");
}

static void begin(struct row *r, const struct sio_packet *p)
{
	*r = (struct row){.words = {{.max = 1024}, {.max = 1024}}};
	put_words(r, &k_namespace, &r->words[0], p->namespace);
	put(r, F_TEXT(k_parser, parser(p)));
}

void sio_note_join(struct layer *l, const struct sio_packet *p)
{
	struct json_token pid;
	struct row r;
	bool recovery = json_member(p->data, SPAN("pid"), &pid);

	begin(&r, p);
	put(&r, F_BOOL(k_auth, p->data.n > 2));
	put(&r, F_BOOL(k_recovery, recovery));
	put(&r, F_INT(k_revision, sio_revision(l)));
	add(l, &sio_join, &r);
}

void sio_note_connect(struct layer *l, const struct sio_packet *p, const struct sio_namespace *in,
	struct span sid, bool recovery)
{
	struct json_token pid;
	struct row r;
	bool recovered = in && in->recovering && json_member(p->data, SPAN("pid"), &pid) &&
			 span_eq(pid.raw, (struct span){in->pid, in->n_pid});

	begin(&r, p);
	put(&r, F_BOOL(k_ok, true));
	if (in && in->joined)
		put(&r, F_TIME(k_took, l->conn->now - in->joined_at));
	if (sid.n)
		put(&r, F_INT(k_sid_tag, tag(l, sid)));
	put(&r, F_BOOL(k_recovery, recovery));
	put(&r, F_BOOL(k_recovered, recovered));
	put(&r, F_INT(k_revision, sio_revision(l)));
	add(l, &sio_connect, &r);
}

void sio_note_refused(struct layer *l, const struct sio_packet *p, const struct sio_namespace *in)
{
	struct json_token message = {0}, extra;
	struct buf plain = {.max = 1024};
	struct row r;

	if (!json_member(p->data, SPAN("message"), &message) && span_starts(p->data, SPAN("\"")))
		message.raw = (struct span){p->data.p + 1, p->data.n - 2};
	json_unescape(&plain, span_head(message.raw, SHOWN_MAX));
	begin(&r, p);
	if (in && in->joined)
		put(&r, F_TIME(k_took, l->conn->now - in->joined_at));
	if (plain.n)
		put_words(&r, &k_message, &r.words[1], buf_span(&plain));
	if (span_eq(buf_span(&plain), SPAN("Invalid namespace")))
		put(&r, F_TEXT(k_error, SPAN("invalid-namespace")));
	put(&r, F_BOOL(k_extra, json_member(p->data, SPAN("data"), &extra)));
	add(l, &sio_connect_error, &r);
	buf_deinit(&plain);
}

static int64_t size_of(const struct sio_packet *p)
{
	size_t n = p->data.n;

	for (unsigned i = 0; p->attached && i < p->attachments; i++)
		n += p->attached[i].n;
	return (int64_t)n;
}

static void put_args(struct row *r, const struct layer *l, const struct sio_packet *p,
	const struct sio_args *args)
{
	put(r, F_INT(k_args, args->n));
	put(r, F_INT(k_bytes, size_of(p)));
	put(r, F_INT(k_digest, tag(l, p->data)));
	if (p->attachments)
		put(r, F_INT(k_attachments, p->attachments));
}

void sio_note_event(
	struct layer *l, enum side from, const struct sio_packet *p, const struct sio_args *args)
{
	struct buf name = {.max = 1024};
	struct row r;

	json_unescape(&name, span_head(args->name, SHOWN_MAX));
	begin(&r, p);
	put_from(&r, from);
	put_words(&r, &k_event, &r.words[1], buf_span(&name));
	put_args(&r, l, p, args);
	put(&r, F_BOOL(k_ack, p->has_ack));
	if (p->has_ack)
		put(&r, F_INT(k_ack_id, (int64_t)p->ack));
	add(l, &sio_event, &r);
	buf_deinit(&name);
}

void sio_note_ack(struct layer *l, enum side from, const struct sio_packet *p,
	const struct sio_args *args, ns took)
{
	struct row r;

	begin(&r, p);
	put_from(&r, from);
	put(&r, F_INT(k_ack_id, (int64_t)p->ack));
	if (took != NS_NEVER)
		put(&r, F_TIME(k_took, took));
	put_args(&r, l, p, args);
	add(l, &sio_ack, &r);
}

void sio_note_disconnect(struct layer *l, enum side from, const struct sio_packet *p)
{
	struct row r;

	begin(&r, p);
	put_from(&r, from);
	add(l, &sio_disconnect, &r);
}

void sio_note_fault(struct layer *l, enum side from, const char *fault, struct span text)
{
	struct row r = {.words = {{.max = 1024}, {.max = 1024}}};

	put_from(&r, from);
	put(&r, F_TEXT(k_fault, span_of(fault)));
	if (text.n)
		put_words(&r, &k_text, &r.words[0], text);
	add(l, &sio_fault, &r);
}
