/* The speaking half: messages and control frames → bytes. */
#include "dialect/ws/talk.h"

#include <stdio.h>

#include "fact/ws.h"

#define PIECE ((size_t)4 << 10)
/* Pongs are owed to the last ping only (RFC 6455 §5.5.3): a peer that pings and does not read gets
 * none. */
#define PONG_BACKLOG ((size_t)1 << 20)
#define CLOSE_WAIT (5 * NS_S)

static enum side our_side(const struct layer *l)
{
	return l->conn->seat == SEAT_SERVER ? SERVER : CLIENT;
}

static bool may_speak(const struct layer *l)
{
	const struct ws *ws = ws_of(l);

	return ws->open && !ws->cut && l->conn->seat != SEAT_WITNESS;
}

static bool fits(const struct layer *l, size_t payload)
{
	const struct buf *out = &l->conn->out;

	return payload + WS_FRAME_HEAD_MAX <= (out->max ? out->max : BUF_MAX) - out->n;
}

/* Half a frame would garble all that follows: what does not fit is left out whole. Head and payload
 * go down together, so that a short frame is one TLS record, one DATA frame. */
static void say_frame(struct layer *l, struct ws_frame *f, struct span payload)
{
	char piece[WS_FRAME_HEAD_MAX + PIECE];
	size_t n, at = 0;

	if (!fits(l, payload.n))
		return;
	if (f->masked)
		l->conn->random(f->key, sizeof(f->key));
	n = ws_frame_write(piece, f);
	do {
		struct span part = span_head(span_from(payload, at), PIECE);

		if (part.n)
			memcpy(piece + n, part.p, part.n);
		if (f->masked)
			ws_mask(piece + n, part.n, f->key, at);
		layer_down(l, HTTP_STREAM, (struct span){piece, n + part.n});
		at += part.n;
		n = 0;
	} while (at < payload.n);
	ws_note_frame(l, our_side(l), f);
}

static void say(struct layer *l, unsigned opcode, unsigned rsv, struct span payload)
{
	struct ws_frame f = {.fin = true,
		.opcode = (uint8_t)opcode,
		.rsv = (uint8_t)rsv,
		.masked = our_side(l) == CLIENT,
		.length = payload.n};

	say_frame(l, &f, payload);
}

static void say_message(struct layer *l, enum ws_opcode opcode, struct span payload,
	struct span wire, bool compressed)
{
	struct ws_tally t = {
		.opcode = opcode, .compressed = compressed, .fragments = 1, .wire_bytes = wire.n};

	say(l, opcode, compressed ? WS_RSV1 : 0, wire);
	ws_of(l)->messages[our_side(l)]++;
	ws_note_message(l, our_side(l), &t, payload);
}

void ws_send(struct layer *l, enum ws_opcode opcode, struct span payload)
{
	struct ws *ws = ws_of(l);
	enum side us = our_side(l);
	struct buf wire = {0};

	if (!may_speak(l) || ws->close_sent || !fits(l, payload.n + payload.n / 8 + 64))
		return;
	if (ws->terms.on && payload.n >= ws->compress_from &&
		ws_deflate(&ws->deflater, ws->terms.bits[us], ws->terms.no_takeover[us], payload,
			&wire))
		say_message(l, opcode, payload, buf_span(&wire), true);
	else
		say_message(l, opcode, payload, payload, false);
	buf_deinit(&wire);
}

void ws_message_make(struct buf *out, enum ws_opcode opcode, struct span payload)
{
	char head[WS_FRAME_HEAD_MAX];
	struct ws_frame f = {.fin = true, .opcode = (uint8_t)opcode, .length = payload.n};

	buf_add(out, (struct span){head, ws_frame_write(head, &f)});
	buf_add(out, payload);
}

bool ws_send_made(struct layer *l, struct span frames, unsigned messages)
{
	if (!may_speak(l) || ws_of(l)->close_sent || !fits(l, frames.n))
		return false;
	layer_down(l, HTTP_STREAM, frames);
	ws_of(l)->messages[our_side(l)] += messages;
	return true;
}

const struct ws_farewell *ws_farewell(const struct layer *l)
{
	return &ws_of(l)->farewell;
}

uint64_t ws_messages(const struct layer *l, enum side from)
{
	return ws_of(l)->messages[from];
}

void ws_ping(struct layer *l)
{
	struct ws *ws = ws_of(l);
	char number[16];

	if (!may_speak(l) || ws->close_sent)
		return;
	ws->pings++;
	ws->ping_at[ws->pings % WS_PINGS] = l->conn->now;
	say(l, WS_PING, 0,
		(struct span){number, (size_t)snprintf(number, sizeof(number), "%u", ws->pings)});
}

void ws_say_pong(struct layer *l, struct span payload)
{
	if (may_speak(l) && !ws_of(l)->close_sent && l->conn->out.n < PONG_BACKLOG)
		say(l, WS_PONG, 0, payload);
}

void ws_send_close(struct layer *l, unsigned code, struct span reason)
{
	struct ws *ws = ws_of(l);
	char payload[WS_CONTROL_MAX];
	struct span words = span_head(reason, WS_CONTROL_MAX - 2);

	if (!may_speak(l) || ws->close_sent)
		return;
	payload[0] = (char)(code >> 8);
	payload[1] = (char)code;
	if (words.n)
		memcpy(payload + 2, words.p, words.n);
	say(l, WS_CLOSE, 0, (struct span){payload, code ? 2 + words.n : 0});
	ws_note_close(l, our_side(l), code ? code : 1005, code ? words : (struct span){0});
	ws->close_sent = true;
	ws->give_up = l->conn->now + CLOSE_WAIT;
}

void ws_send_raw(struct layer *l, const struct ws_raw *raw)
{
	struct ws_frame f = {.fin = raw->fin,
		.rsv = (uint8_t)raw->rsv,
		.opcode = (uint8_t)raw->opcode,
		.masked = raw->mask,
		.length = raw->claimed == UINT64_MAX ? raw->payload.n : raw->claimed};

	if (may_speak(l))
		say_frame(l, &f, raw->payload);
}

void ws_answer_pings(struct layer *l, bool yes)
{
	ws_of(l)->ignore_pings = !yes;
}

static bool is_between_messages(const struct ws *ws, enum side side)
{
	const struct ws_hearing *h = &ws->hear[side];

	return !h->reader.n && !h->in_frame && !h->in_message && !h->matched && !h->text &&
	       !h->deaf;
}

bool ws_is_at_rest(const struct layer *l)
{
	const struct ws *ws = ws_of(l);

	for (size_t i = 0; i < WS_PINGS; i++)
		if (ws->ping_at[i] != NS_NEVER)
			return false;
	return ws_is_open(l) && is_between_messages(ws, CLIENT) && is_between_messages(ws, SERVER);
}

void ws_shrink(struct layer *l)
{
	struct ws *ws = ws_of(l);
	enum side peer = our_side(l) == SERVER ? CLIENT : SERVER;

	ws_deflater_deinit(&ws->deflater);
	if (!ws->hear[peer].in_message)
		ws_inflater_shrink(&ws->hear[peer].inflater, ws->terms.no_takeover[peer]);
}

void ws_window_move(struct layer *l, struct span *window)
{
	struct span *kept = &ws_of(l)->hear[our_side(l) == SERVER ? CLIENT : SERVER].inflater.kept;
	struct span other = *kept;

	*kept = *window;
	*window = other;
}

void ws_compress_from(struct layer *l, size_t bytes)
{
	ws_of(l)->compress_from = bytes;
}

const struct ws_deflate_terms *ws_agreed(const struct layer *l)
{
	return &ws_of(l)->terms;
}

bool ws_is_open(const struct layer *l)
{
	const struct ws *ws = ws_of(l);

	return ws->open && !ws->cut && !ws->close_sent && !ws->hear[CLIENT].closed &&
	       !ws->hear[SERVER].closed;
}
