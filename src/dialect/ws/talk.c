/* The hearing half: bytes of one direction → frames → messages and control frames. */
#include "dialect/ws/talk.h"

#include "fact/ws.h"

#define INFLATE_PIECE ((size_t)4 << 10)
/* A message buffer above this is given back when the message is over. */
#define MESSAGE_KEPT ((size_t)64 << 10)
#define CLOSE_WAIT (2 * NS_S)

static const struct span http_start = {"HTTP/1.", 7};

void ws_fail(struct layer *l, enum side from, const struct ws_fault_row *fault, struct span text,
	struct span head)
{
	ws_note_fault(l, from, fault, text, head);
	ws_of(l)->hear[from].deaf = true;
	if (!side_is_peer(l->conn, from))
		return;
	if (fault->code)
		ws_send_close(l, fault->code, (struct span){0});
	l->conn->done = true;
}

static void fail_frame(struct layer *l, enum side from, const struct ws_fault_row *fault)
{
	const struct ws_frame_reader *r = &ws_of(l)->hear[from].reader;

	ws_fail(l, from, fault, (struct span){0}, (struct span){(const char *)r->raw, r->n});
}

static bool is_control(unsigned opcode)
{
	return opcode & 8;
}

static bool is_known(unsigned opcode)
{
	return opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

static const struct ws_fault_row *control_wrong(const struct ws_frame *f)
{
	if (!f->fin)
		return &fault_control_fragmented;
	return f->length > WS_CONTROL_MAX ? &fault_control_long : NULL;
}

static const struct ws_fault_row *data_wrong(
	const struct ws *ws, const struct ws_hearing *h, const struct ws_frame *f)
{
	size_t max = ws->message_max;

	if (h->closed)
		return &fault_after_close;
	if (f->opcode == WS_CONTINUATION && !h->in_message)
		return &fault_continuation;
	if (f->opcode != WS_CONTINUATION && h->in_message)
		return &fault_interleaved;
	if (h->in_message && h->tally.fragments >= WS_FRAGMENTS_MAX)
		return &fault_too_many_fragments;
	/* of a compressed message only inflating can tell */
	if (f->length > max || (!h->tally.compressed && h->message.n + f->length > max))
		return &fault_too_big;
	return ws->frame_max && f->length > ws->frame_max ? &fault_too_big : NULL;
}

/* What is wrong with a frame's header where it stands; NULL: nothing. */
static const struct ws_fault_row *frame_wrong(
	const struct ws *ws, enum side from, const struct ws_frame *f)
{
	bool may_compress = ws->terms.on && (f->opcode == WS_TEXT || f->opcode == WS_BINARY);

	if (f->rsv & ~WS_RSV1)
		return &fault_rsv;
	if (f->rsv && !may_compress)
		return ws->terms.on ? &fault_rsv1_misplaced : &fault_rsv1;
	if (!is_known(f->opcode))
		return &fault_opcode;
	if (f->masked != (from == CLIENT))
		return f->masked ? &fault_server_masked : &fault_client_unmasked;
	if (is_control(f->opcode) && control_wrong(f))
		return control_wrong(f);
	if (f->bad_length)
		return &fault_length;
	return is_control(f->opcode) ? NULL : data_wrong(ws, &ws->hear[from], f);
}

static void message_over(struct ws_hearing *h)
{
	h->in_message = false;
	h->utf8 = (struct utf8){0};
	if (h->message.cap > MESSAGE_KEPT)
		buf_deinit(&h->message);
	else
		buf_clear(&h->message);
}

static bool begin_frame(struct layer *l, enum side from)
{
	struct ws *ws = ws_of(l);
	struct ws_hearing *h = &ws->hear[from];
	const struct ws_fault_row *wrong;

	ws_note_frame(l, from, &h->frame);
	wrong = frame_wrong(ws, from, &h->frame);
	if (wrong) {
		fail_frame(l, from, wrong);
		return false;
	}
	h->in_frame = true;
	h->got = 0;
	if (is_control(h->frame.opcode))
		return true;
	if (!h->in_message) {
		h->in_message = true;
		h->message.max = ws_of(l)->message_max;
		h->tally = (struct ws_tally){
			.opcode = h->frame.opcode, .compressed = h->frame.rsv & WS_RSV1};
	}
	h->tally.fragments++;
	return true;
}

/* The peer's Close (§5.5.1): NULL when it is well-formed. */
static const struct ws_fault_row *close_wrong(struct span payload, unsigned code)
{
	if (!payload.n)
		return NULL;
	if (payload.n == 1)
		return &fault_close_length;
	if (code < 1000 || code >= 5000 || (code >= 1016 && code < 3000) || code == 1004 ||
		code == 1005 || code == 1006 || code == 1015)
		return &fault_close_code;
	return utf8_valid(span_from(payload, 2)) ? NULL : &fault_close_utf8;
}

static void hear_close(struct layer *l, enum side from, struct span payload)
{
	struct ws *ws = ws_of(l);
	const uint8_t *p = (const uint8_t *)payload.p;
	unsigned code = payload.n >= 2 ? (unsigned)(p[0] << 8 | p[1]) : 1005;
	const struct ws_fault_row *wrong = close_wrong(payload, code);

	ws->hear[from].closed = true;
	ws_note_close(l, from, code, wrong ? (struct span){0} : span_from(payload, 2));
	if (wrong) {
		fail_frame(l, from, wrong);
		return;
	}
	if (!side_is_peer(l->conn, from))
		return;
	ws_send_close(l, payload.n ? code : 0, (struct span){0});
	/* §7.1.1: the server ends the connection; a client waits for that, within reason */
	if (l->conn->seat == SEAT_SERVER)
		l->conn->done = true;
	else
		ws->give_up = l->conn->now + CLOSE_WAIT;
}

static void hear_ping(struct layer *l, enum side from, struct span payload)
{
	if (side_is_peer(l->conn, from) && !ws_of(l)->ignore_pings)
		ws_say_pong(l, payload);
}

/* A pong answers the ping whose number it carries, and any earlier one (§5.5.3); unasked ones mean
 * nothing. */
static void hear_pong(struct layer *l, enum side from, struct span payload)
{
	struct ws *ws = ws_of(l);
	uint64_t number;
	ns *at;

	if (!side_is_peer(l->conn, from) || !span_uint(payload, ws->pings, &number) ||
		number + WS_PINGS <= ws->pings || !number)
		return;
	at = &ws->ping_at[number % WS_PINGS];
	if (*at == NS_NEVER)
		return;
	layer_note(l, &ws_rtt, F_TIME(k_took, l->conn->now - *at));
	*at = NS_NEVER;
}

static void hear_control(struct layer *l, enum side from)
{
	static void (*const hear[16])(struct layer *, enum side, struct span) = {
		[WS_CLOSE] = hear_close, [WS_PING] = hear_ping, [WS_PONG] = hear_pong};
	struct ws_hearing *h = &ws_of(l)->hear[from];

	hear[h->frame.opcode](l, from, (struct span){h->control, (size_t)h->frame.length});
}

/* Text is looked at as it comes, for a client may not wait for the rest of what is already wrong.
 */
static bool check_text(struct layer *l, enum side from, size_t start)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];

	if (h->tally.opcode != WS_TEXT ||
		utf8_feed(&h->utf8, span_from(buf_span(&h->message), start)))
		return true;
	fail_frame(l, from, &fault_utf8);
	return false;
}

static bool check_inflated(struct layer *l, enum side from, enum ws_inflated state, size_t start)
{
	if (state == WS_INFLATED)
		return check_text(l, from, start);
	/* what did come out may be wrong already: the same fault, however the bytes were cut */
	if (check_text(l, from, start))
		fail_frame(l, from, state == WS_INFLATE_FULL ? &fault_too_big : &fault_deflate);
	return false;
}

static void end_message(struct layer *l, enum side from)
{
	struct ws *ws = ws_of(l);
	struct ws_hearing *h = &ws->hear[from];
	struct span payload;

	if (h->tally.compressed) {
		size_t start = h->message.n;
		enum ws_inflated state = ws_inflate_end(&h->inflater, ws->terms.bits[from],
			ws->terms.no_takeover[from], &h->message);

		if (!check_inflated(l, from, state, start))
			return;
	}
	if (h->tally.opcode == WS_TEXT && !utf8_whole(&h->utf8)) {
		fail_frame(l, from, &fault_utf8);
		return;
	}
	payload = buf_span(&h->message);
	ws->messages[from]++;
	ws_note_message(l, from, &h->tally, payload);
	layer_up(l, from, (int)h->tally.opcode, payload);
	message_over(h);
}

static void end_frame(struct layer *l, enum side from)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];

	h->in_frame = false;
	if (is_control(h->frame.opcode))
		hear_control(l, from);
	else if (h->frame.fin)
		end_message(l, from);
	h->reader.n = 0;
	h->not_text = false;
}

static void unmask(char *to, struct span from, const struct ws_hearing *h)
{
	if (!from.n)
		return;
	memcpy(to, from.p, from.n);
	if (h->frame.masked)
		ws_mask(to, from.n, h->frame.key, h->got);
}

static bool take_plain(struct layer *l, enum side from, struct span piece)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];
	size_t start = h->message.n;
	char *to = buf_room(&h->message, piece.n);

	if (!to) {
		fail_frame(l, from, &fault_too_big);
		return false;
	}
	unmask(to, piece, h);
	h->message.n += piece.n;
	return check_text(l, from, start);
}

static bool take_compressed(struct layer *l, enum side from, struct span piece)
{
	struct ws *ws = ws_of(l);
	struct ws_hearing *h = &ws->hear[from];
	char plain[INFLATE_PIECE];
	size_t start = h->message.n;

	unmask(plain, piece, h);
	return check_inflated(l, from,
		ws_inflate(&h->inflater, ws->terms.bits[from], (struct span){plain, piece.n},
			&h->message),
		start);
}

/* One piece of the frame's payload, taken off *in. */
static bool take_payload(struct layer *l, enum side from, struct span *in)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];
	uint64_t left = h->frame.length - h->got;
	struct span piece = span_head(*in, left < in->n ? (size_t)left : in->n);
	bool good = true;

	if (is_control(h->frame.opcode)) {
		unmask(h->control + h->got, piece, h);
	} else if (h->tally.compressed) {
		piece = span_head(piece, INFLATE_PIECE);
		good = take_compressed(l, from, piece);
	} else {
		good = take_plain(l, from, piece);
	}
	h->got += piece.n;
	if (!is_control(h->frame.opcode))
		h->tally.wire_bytes += piece.n;
	*in = span_from(*in, piece.n);
	return good;
}

static void note_text(struct layer *l, enum side from)
{
	struct span all = buf_span(&ws_of(l)->hear[from].line), line = {0}, rest = all;

	span_cut(&rest, '\n', &line);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	ws_fail(l, from, &fault_http_text, line, all);
}

static void take_line(struct layer *l, enum side from, struct span *in)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];

	while (in->n && h->line.n < WS_LINE_MAX) {
		char c = in->p[0];

		buf_addc(&h->line, c);
		*in = span_from(*in, 1);
		if (c == '\n')
			break;
	}
	if (h->line.n == WS_LINE_MAX || (h->line.n && h->line.p[h->line.n - 1] == '\n'))
		note_text(l, from);
}

/* Where a frame should begin: true when what came so far may still be the text of an HTTP answer,
 * or is one. `H` is never a frame: FIN is clear and RSV1 set on opcode 8. */
static bool take_text(struct layer *l, enum side from, struct span *in)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];
	struct span lead = {http_start.p, 0};

	while (in->n && h->matched < http_start.n && in->p[0] == http_start.p[h->matched]) {
		h->matched++;
		*in = span_from(*in, 1);
	}
	if (h->matched == http_start.n) {
		h->text = true;
		buf_add(&h->line, http_start);
		return true;
	}
	if (!in->n && h->matched)
		return true;
	lead.n = h->matched;
	h->matched = 0;
	h->not_text = true;
	if (lead.n)
		ws_hear(l, from, lead);
	return false;
}

static void step(struct layer *l, enum side from, struct span *in)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];

	if (h->text) {
		take_line(l, from, in);
	} else if (h->in_frame) {
		if (take_payload(l, from, in) && h->got == h->frame.length)
			end_frame(l, from);
	} else if (h->not_text || !take_text(l, from, in)) {
		/* an empty frame has no payload to wait for */
		if (!h->deaf && ws_frame_read(&h->reader, in, &h->frame) && begin_frame(l, from) &&
			!h->frame.length)
			end_frame(l, from);
	}
}

void ws_hear(struct layer *l, enum side from, struct span bytes)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];

	while (bytes.n && !h->deaf)
		step(l, from, &bytes);
}

void ws_hear_cut(struct layer *l, enum side from)
{
	struct ws_hearing *h = &ws_of(l)->hear[from];
	struct span lead = span_head(http_start, h->matched);

	if (h->deaf)
		return;
	if (h->text) {
		note_text(l, from);
	} else if (lead.n) {
		h->matched = 0;
		h->not_text = true;
		ws_hear(l, from, lead);
	}
}
