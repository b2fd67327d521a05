#include "dialect/ws/talk.h"

#include <stdio.h>
#include <xxhash.h>

#include "dialect/ws/shape.h"
#include "fact/tls.h"
#include "fact/ws.h"

#define FAULT(object, n, s, c)                                                                     \
	const struct ws_fault_row object = {.name = (n), .section = (s), .code = (c)};
#include "dialect/ws/fault.def"
#undef FAULT

static const struct {
	unsigned code;
	const char *meaning;
} closes[] = {
#define CLOSE(code, meaning, sent) {code, meaning},
#include "dialect/ws/close.def"
#undef CLOSE
};

const char *ws_close_meaning(unsigned code)
{
	for (size_t i = 0; i < sizeof(closes) / sizeof(*closes); i++)
		if (closes[i].code == code)
			return closes[i].meaning;
	if (code >= 3000 && code < 4000)
		return "registered use";
	return code >= 4000 && code < 5000 ? "private use" : NULL;
}

const char *ws_side_name(enum side s)
{
	return s == CLIENT ? "client" : "server";
}

#define FROM(from) F_TEXT(k_from, span_of(ws_side_name(from)))

static struct span hidden(struct buf *out, struct span s)
{
	text_redact(out, s);
	return buf_span(out);
}

static int64_t tag(const struct layer *l, struct span s)
{
	return (int64_t)(XXH3_64bits_withSeed(s.n ? s.p : "", s.n, l->conn->salt) >> 1);
}

void ws_note_open(struct layer *l, const struct ws_answer *a)
{
	const struct ws *ws = ws_of(l);
	struct buf subprotocol = {.max = 1024}, extensions = {.max = 1024};

	layer_note(l, &ws_open, F_TIME(k_took, l->conn->now - ws->asked_at),
		F_TEXT(k_accept, span_of(a->accept)), F_INT(k_accept_tag, tag(l, a->accept_value)),
		F_TEXT(k_upgrade_token, span_of(a->upgrade)),
		F_TEXT(k_connection_token, span_of(a->connection)),
		F_TEXT(k_subprotocol, hidden(&subprotocol, span_head(a->subprotocol, 256))),
		F_TEXT(k_subprotocol_state, span_of(a->subprotocol_state)),
		F_TEXT(k_extensions, hidden(&extensions, span_head(a->extensions, 256))),
		F_TEXT(k_extensions_state, span_of(ws_extension_state_name(a->extensions_state))),
		F_BOOL(k_deflate, a->terms.on));
	buf_deinit(&subprotocol);
	buf_deinit(&extensions);
}

static struct span opcode_name(char unknown[8], unsigned opcode)
{
	static const char *const names[16] = {[WS_CONTINUATION] = "continuation",
		[WS_TEXT] = "text",
		[WS_BINARY] = "binary",
		[WS_CLOSE] = "close",
		[WS_PING] = "ping",
		[WS_PONG] = "pong"};

	if (names[opcode & 15])
		return span_of(names[opcode & 15]);
	snprintf(unknown, 8, "0x%X", opcode & 15);
	return span_of(unknown);
}

/* One of a flood, or behind a full journal: not even put into words. */
static bool is_untold(const struct layer *l, unsigned *noted)
{
	return (*noted)++ >= WS_NOTED_MAX || journal_is_full(l->conn->journal);
}

static void tell_frame(struct layer *l, enum side from, const struct ws_frame *f)
{
	char unknown[8];
	struct field fields[] = {FROM(from), F_TEXT(k_opcode, opcode_name(unknown, f->opcode)),
		F_INT(k_bytes, (int64_t)(f->length & INT64_MAX)), F_BOOL(k_fin, f->fin),
		F_BOOL(k_masked, f->masked), F_INT(k_rsv, f->rsv)};

	/* rsv is absent when it is zero */
	journal_add(
		l->conn->journal, &l->conn->where, l->conn->now, &ws_frame, fields, f->rsv ? 6 : 5);
}

void ws_note_frame(struct layer *l, enum side from, const struct ws_frame *f)
{
	if (!is_untold(l, &ws_of(l)->hear[from].frames_noted))
		tell_frame(l, from, f);
}

static void tell_message(
	struct layer *l, enum side from, const struct ws_tally *t, struct span payload)
{
	char unknown[8];
	struct field fields[] = {FROM(from), F_TEXT(k_opcode, opcode_name(unknown, t->opcode)),
		F_INT(k_bytes, (int64_t)payload.n), F_INT(k_wire_bytes, (int64_t)t->wire_bytes),
		F_INT(k_digest, tag(l, payload)),
		F_TEXT(k_shape, span_of(ws_shape(t->opcode, payload))),
		F_BOOL(k_compressed, t->compressed), F_INT(k_fragments, t->fragments)};

	journal_add(l->conn->journal, &l->conn->where, l->conn->now, &ws_message, fields,
		t->fragments > 1 ? 8 : 7);
}

void ws_note_message(struct layer *l, enum side from, const struct ws_tally *t, struct span payload)
{
	if (!is_untold(l, &ws_of(l)->hear[from].messages_noted))
		tell_message(l, from, t, payload);
}

void ws_note_fault(struct layer *l, enum side from, const struct ws_fault_row *fault,
	struct span text, struct span head)
{
	struct buf line = {.max = 1024}, visible = {.max = 1024};

	text_visible(&visible, span_head(head, 64));
	layer_note(l, &ws_fault, FROM(from), F_TEXT(k_section, span_of(fault->section)),
		F_TEXT(k_fault, span_of(fault->name)),
		F_TEXT(k_text, hidden(&line, span_head(text, WS_LINE_MAX))),
		F_TEXT(k_head, buf_span(&visible)));
	buf_deinit(&line);
	buf_deinit(&visible);
}

void ws_note_close(struct layer *l, enum side from, unsigned code, struct span reason)
{
	struct ws_farewell *first = &ws_of(l)->farewell;
	struct buf words = {.max = 1024};

	if (!first->code)
		*first = (struct ws_farewell){code, from, arena_copy(&l->conn->arena, reason)};

	layer_note(l, &ws_close, FROM(from), F_INT(k_code, code),
		F_TEXT(k_meaning, span_of(ws_close_meaning(code))),
		F_TEXT(k_reason, hidden(&words, reason)));
	buf_deinit(&words);
}
