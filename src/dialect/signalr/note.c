#include <xxhash.h>

#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "dialect/signalr/talk.h"
#include "fact/signalr.h"

/* Records are noted up to here: a busy hub must not crowd out the rest of the run. */
#define NOTED_MAX 1000
#define SHOWN_MAX 160
#define FIELDS_MAX 8

struct row {
	struct field all[FIELDS_MAX];
	size_t n;
	struct buf words;
};

static struct row begin(void)
{
	return (struct row){.words = {.max = 1024}};
}

static void put(struct row *r, struct field f)
{
	r->all[r->n++] = f;
}

static void put_from(struct row *r, enum side from)
{
	put(r, F_TEXT(k_from, from == CLIENT ? SPAN("client") : SPAN("server")));
}

static void put_took(struct row *r, const struct layer *l)
{
	if (signalr_of(l)->asked)
		put(r, F_TIME(k_took, l->conn->now - signalr_of(l)->asked_at));
}

static void put_words(struct row *r, const struct key *key, struct span text)
{
	text_redact(&r->words, span_head(text, SHOWN_MAX));
	if (r->words.n)
		put(r, (struct field){.key = key, .s = buf_span(&r->words)});
}

/* `raw`: of a JSON string */
static void put_json(struct row *r, const struct key *key, struct span raw)
{
	struct buf plain = {.max = 1024};

	json_unescape(&plain, span_head(raw, SHOWN_MAX));
	put_words(r, key, buf_span(&plain));
	buf_deinit(&plain);
}

static void end(struct layer *l, const struct kind *kind, struct row *r)
{
	if (signalr_of(l)->noted++ < NOTED_MAX)
		journal_add(l->conn->journal, &l->conn->where, l->conn->now, kind, r->all, r->n);
	buf_deinit(&r->words);
}

void signalr_note_negotiated(struct layer *l, struct span transports, int64_t version)
{
	const struct signalr_terms *t = signalr_terms(l);
	struct row r = begin();

	put_took(&r, l);
	put(&r, F_INT(k_negotiate_version, version));
	put_words(&r, &k_transports, transports);
	put(&r, F_BOOL(k_websockets, t->websockets));
	put(&r, F_INT(k_sid_tag,
			(int64_t)(XXH3_64bits_withSeed(t->token.p, t->token.n, l->conn->salt) >>
				  1)));
	end(l, &signalr_negotiated, &r);
}

void signalr_note_redirect(struct layer *l, struct span text)
{
	struct row r = begin();
	struct url url;
	const char *why;

	if (url_parse(text, &url, &why))
		put_words(&r, &k_host, url.host);
	end(l, &signalr_redirect, &r);
}

void signalr_note_refused(struct layer *l, const char *by, struct span json_text)
{
	struct row r = begin();

	put(&r, F_TEXT(k_by, span_of(by)));
	put_took(&r, l);
	put_json(&r, &k_message, json_text);
	end(l, &signalr_refused, &r);
}

void signalr_note_open(struct layer *l)
{
	struct row r = begin();

	put_took(&r, l);
	end(l, &signalr_open, &r);
}

void signalr_note_stream(struct layer *l)
{
	struct row r = begin();

	put_took(&r, l);
	end(l, &signalr_stream, &r);
}

void signalr_note_message(struct layer *l, enum side from, const char *packet, size_t bytes)
{
	struct row r = begin();

	put_from(&r, from);
	put(&r, F_TEXT(k_packet, span_of(packet)));
	put(&r, F_INT(k_bytes, (int64_t)bytes));
	end(l, &signalr_message, &r);
}

void signalr_note_close(struct layer *l, enum side from, struct span json_text, bool reconnect)
{
	struct row r = begin();

	put_from(&r, from);
	put_json(&r, &k_message, json_text);
	put(&r, F_BOOL(k_reconnect, reconnect));
	end(l, &signalr_close, &r);
}

void signalr_note_fault(struct layer *l, enum side from, const char *fault, struct span text)
{
	struct row r = begin();

	put_from(&r, from);
	put(&r, F_TEXT(k_fault, span_of(fault)));
	put_words(&r, &k_text, text);
	end(l, &signalr_fault, &r);
}
