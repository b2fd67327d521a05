#include "dialect/http/talk.h"

#include <stdlib.h>

#include "dialect/http/wire.h"

/* A chunk-size line with its extensions, and a line of a trailer. */
#define LINE_MAX_BYTES 4096

static bool is_own(const struct layer *l, enum side s)
{
	enum seat seat = l->conn->seat;

	return (seat == SEAT_CLIENT && s == CLIENT) || (seat == SEAT_SERVER && s == SERVER);
}

static void tell_up(struct layer *l, enum side from, enum http_unit unit, struct span data)
{
	if (!is_own(l, from))
		layer_up(l, from, unit, data);
}

static void go_deaf(struct layer *l, struct http_side *s)
{
	const struct http_talk *t = l->state;

	s->part = PART_DEAF;
	buf_clear(&s->incoming);
	l->conn->held = false;
	if (l->conn->seat != SEAT_WITNESS && !t->in_turn)
		l->conn->done = true;
}

void talk_give_up(
	struct layer *l, struct http_side *s, const char *fault, uint64_t offset, struct span head)
{
	struct http_talk *t = l->state;

	note_fault(l, fault, offset, head);
	go_deaf(l, s);
	tell_up(l, s == &t->side[SERVER] ? SERVER : CLIENT, HTTP_FAULT, span_of(fault));
}

const struct http_exchange *talk_asked(const struct http_talk *t)
{
	return t->n ? &t->asked[t->first] : NULL;
}

static size_t head_max(const struct layer *l)
{
	size_t max = ((const struct http_talk *)l->state)->head_max;

	return max && max < HTTP_HEAD_MAX ? max : HTTP_HEAD_MAX;
}

/* Nobody means to send endless preliminaries. */
static void skip(struct layer *l, struct http_side *s, size_t n)
{
	s->skipped += n;
	if (s->skipped > HTTP_HEAD_MAX)
		talk_give_up(l, s, "head-too-big", HTTP_HEAD_MAX, (struct span){NULL, 0});
}

#define TARGET_KEPT ((size_t)8 << 10)
#define HOST_KEPT ((size_t)512)
#define METHOD_KEPT ((size_t)32)

static void grow_exchanges(struct http_talk *t)
{
	size_t cap = t->cap ? HTTP_EXCHANGES_MAX : 1;
	struct http_exchange *all = calloc(cap, sizeof(*all));

	if (!all)
		abort();
	for (size_t i = 0; i < t->n; i++)
		all[i] = t->asked[(t->first + i) % t->cap];
	for (size_t i = t->n; i < cap; i++) {
		all[i].target.max = TARGET_KEPT;
		all[i].host.max = HOST_KEPT;
		all[i].method.max = METHOD_KEPT;
	}
	free(t->asked);
	t->asked = all;
	t->cap = cap;
	t->first = 0;
}

static struct http_exchange *push_exchange(struct http_talk *t)
{
	if (t->n == HTTP_EXCHANGES_MAX)
		return NULL;
	if (t->n == t->cap)
		grow_exchanges(t);
	return &t->asked[(t->first + t->n++) % t->cap];
}

void talk_forget_exchanges(struct http_talk *t)
{
	for (size_t i = 0; i < t->cap; i++) {
		buf_deinit(&t->asked[i].target);
		buf_deinit(&t->asked[i].host);
		buf_deinit(&t->asked[i].method);
	}
	free(t->asked);
	t->asked = NULL;
	t->cap = t->first = t->n = 0;
}

void talk_pop(struct http_talk *t)
{
	if (!t->n)
		return;
	t->first = (t->first + 1) % t->cap;
	t->n--;
}

static bool asked_is(const struct http_exchange *e, struct span method)
{
	return e && span_ieq(buf_span(&e->method), method);
}

/* What was held: frames when the upgrade came about, else the next request. */
static void release_held(struct layer *l, bool stream)
{
	struct http_talk *t = l->state;
	struct http_side *s = &t->side[CLIENT];
	struct buf held = s->incoming;

	if (s->part != PART_HELD) {
		if (stream)
			s->part = PART_STREAM;
		return;
	}
	s->incoming = (struct buf){.max = held.max};
	s->part = stream ? PART_STREAM : PART_HEAD;
	talk_heard(l, CLIENT, buf_span(&held));
	buf_deinit(&held);
}

static void begin_stream(struct layer *l)
{
	struct http_talk *t = l->state;

	t->side[SERVER].part = PART_STREAM;
	talk_pop(t);
	release_held(l, true);
}

static void end_answer(struct layer *l, struct http_side *s)
{
	struct http_talk *t = l->state;
	const struct http_exchange *e = talk_asked(t);
	bool stream = s->head.status == 101 ||
		      (asked_is(e, SPAN("CONNECT")) && s->head.status / 100 == 2);

	if (!s->noted && !(s->head.status == 101 && e && e->upgrade))
		note_answer(l, s, e);
	s->noted = true;
	s->part = wire_closes(&s->head) || s->part == PART_REST ? PART_DEAF : PART_HEAD;
	tell_up(l, SERVER, HTTP_END, (struct span){NULL, 0});
	if (stream) {
		begin_stream(l);
		return;
	}
	talk_pop(t);
	if (!t->in_turn)
		release_held(l, false);
}

static void end_request(struct layer *l, struct http_side *s)
{
	struct http_talk *t = l->state;

	s->part = PART_HEAD;
	tell_up(l, CLIENT, HTTP_END, (struct span){NULL, 0});
	/* the layer above may have answered by now */
	if (s->part == PART_HEAD && t->n) {
		const struct http_exchange *last = &t->asked[(t->first + t->n - 1) % t->cap];

		if (t->in_turn || last->upgrade || asked_is(last, SPAN("CONNECT")))
			s->part = PART_HELD;
	}
}

static void end_message(struct layer *l, struct http_side *s, enum side from)
{
	if (from == SERVER)
		end_answer(l, s);
	else
		end_request(l, s);
}

static void expect_body(struct http_side *s, enum wire_body body, uint64_t length)
{
	static const enum http_part parts[] = {[WIRE_NONE] = PART_HEAD,
		[WIRE_LENGTH] = PART_LENGTH,
		[WIRE_CHUNKED] = PART_CHUNK_SIZE,
		[WIRE_UNTIL_CLOSE] = PART_REST};

	s->part = parts[body];
	s->left = length;
	if (s->part == PART_LENGTH && !length)
		s->part = PART_HEAD;
	s->trailer_bytes = 0;
	s->skipped = 0;
	s->body_bytes = 0;
	s->noted = false;
	buf_clear(&s->body);
}

static void begin_answer(struct layer *l, struct http_side *s)
{
	struct http_talk *t = l->state;
	const struct http_exchange *e = talk_asked(t);
	enum wire_body body = WIRE_NONE;
	uint64_t length = 0;

	if (s->head.status < 200 && s->head.status != 101) {
		s->has_head = false;
		skip(l, s, s->head.raw.n);
		return;
	}
	if (!asked_is(e, SPAN("HEAD")) &&
		!(asked_is(e, SPAN("CONNECT")) && s->head.status / 100 == 2))
		body = wire_answer_body(&s->head, &length);
	expect_body(s, body, length);
	if (!is_own(l, SERVER))
		note_stacks(l, &s->head);
	tell_up(l, SERVER, HTTP_HEAD, s->head.raw);
	if (s->part == PART_HEAD)
		end_answer(l, s);
}

static void begin_request(struct layer *l, struct http_side *s)
{
	struct http_exchange *e = push_exchange(l->state);
	uint64_t length = 0;
	enum wire_body body = wire_request_body(&s->head, &length);

	if (!e) {
		talk_give_up(l, s, "pipelining", 0, s->head.raw);
		return;
	}
	buf_clear(&e->target);
	buf_clear(&e->host);
	buf_clear(&e->method);
	buf_add(&e->target, span_head(s->head.target, e->target.max));
	buf_add(&e->host, span_head(http_find(&s->head, SPAN("Host")), e->host.max));
	buf_add(&e->method, span_head(s->head.method, e->method.max));
	e->upgrade = http_find(&s->head, SPAN("Upgrade")).n > 0;
	e->asked_at = l->conn->now;
	note_request(l, &s->head);
	expect_body(s, body, length);
	tell_up(l, CLIENT, HTTP_HEAD, s->head.raw);
	if (s->part == PART_HEAD)
		end_request(l, s);
}

static void keep_headers(struct http_side *s)
{
	size_t bytes = s->head.n * sizeof(*s->headers);

	free(s->headers);
	s->headers = malloc(bytes ? bytes : 1);
	if (!s->headers)
		abort();
	if (bytes)
		memcpy(s->headers, s->head.headers, bytes);
	s->head.headers = s->headers;
}

static void end_head(struct layer *l, struct http_side *s, enum side from)
{
	struct http_header headers[HTTP_HEADERS_MAX];
	struct buf last = s->kept;
	struct wire_fault fault, odd;
	bool ok;

	s->kept = s->incoming;
	s->incoming = last;
	buf_clear(&s->incoming);
	s->line_at = 0;
	ok = (from == SERVER ? wire_answer : wire_request)(
		&s->head, headers, s->kept.p, s->kept.n, &fault, &odd);
	keep_headers(s);
	s->has_head = ok;
	if (odd.name)
		note_fault(l, odd.name, odd.at, span_from(buf_span(&s->kept), odd.at));
	if (!ok)
		talk_give_up(l, s, fault.name, fault.at, span_from(buf_span(&s->kept), fault.at));
	else if (from == SERVER)
		begin_answer(l, s);
	else
		begin_request(l, s);
}

static bool is_blank_line(const struct http_side *s)
{
	for (size_t i = s->line_at; i + 1 < s->incoming.n; i++)
		if (s->incoming.p[i] != '\r')
			return false;
	return true;
}

static bool may_be_http(const struct http_side *s, enum side from)
{
	struct span bytes = buf_span(&s->incoming);

	/* beyond its first line a head has been looked at already */
	if (s->line_at)
		return true;
	return from == SERVER ? wire_may_be_answer(bytes) : wire_may_be_request(bytes);
}

/* Line by line, so that what is judged does not depend on how the network cut it. */
static size_t read_head(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	ssize_t lf = span_chr(data, '\n');
	struct span line = span_head(data, lf < 0 ? data.n : (size_t)lf + 1);

	if (!s->incoming.n) {
		/* empty lines before a message are skipped, RFC 9112 §2.2 */
		if (data.p[0] == '\r' || data.p[0] == '\n') {
			skip(l, s, 1);
			return 1;
		}
		s->first_at = l->conn->now;
	}
	if (line.n > head_max(l) - s->incoming.n) {
		s->endless = !s->line_at;
		talk_give_up(l, s, "head-too-big", head_max(l), (struct span){NULL, 0});
		return line.n;
	}
	buf_add(&s->incoming, line);
	if (!may_be_http(s, from)) {
		foreign_begin(l, s);
		return line.n;
	}
	if (lf < 0)
		return line.n;
	if (is_blank_line(s))
		end_head(l, s, from);
	else
		s->line_at = s->incoming.n;
	return line.n;
}

static void take_body(struct layer *l, struct http_side *s, enum side from, struct span piece)
{
	struct span kept = {piece.p, 0};

	if (from == SERVER && !s->noted) {
		kept = span_head(piece, HTTP_BODY_KEPT - s->body.n);
		buf_add(&s->body, kept);
		s->body_bytes += kept.n;
		tell_up(l, from, HTTP_BODY, kept);
		if (s->body.n == HTTP_BODY_KEPT) {
			note_answer(l, s, talk_asked(l->state));
			s->noted = true;
		}
	}
	piece = span_from(piece, kept.n);
	s->body_bytes += piece.n;
	if (piece.n)
		tell_up(l, from, HTTP_BODY, piece);
}

static size_t read_counted(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	struct span piece = s->left < data.n ? span_head(data, (size_t)s->left) : data;

	s->left -= piece.n;
	take_body(l, s, from, piece);
	if (s->left)
		return piece.n;
	if (s->part == PART_LENGTH)
		end_message(l, s, from);
	else if (s->part == PART_CHUNK)
		s->part = PART_CHUNK_END;
	return piece.n;
}

static void bad_chunk(struct layer *l, struct http_side *s, enum side from)
{
	if (from == SERVER && !s->noted)
		note_answer(l, s, talk_asked(l->state));
	s->noted = true;
	talk_give_up(
		l, s, "bad-chunk", s->body_bytes, span_head(buf_span(&s->incoming), FOREIGN_MAX));
}

/* Collects a line in `incoming`; true when its LF has come. *used is what of data belongs to it. */
static bool collect_line(
	struct layer *l, struct http_side *s, enum side from, struct span data, size_t *used)
{
	ssize_t lf = span_chr(data, '\n');
	struct span line = span_head(data, lf < 0 ? data.n : (size_t)lf + 1);

	*used = line.n;
	if (line.n > LINE_MAX_BYTES - s->incoming.n) {
		/* what has been collected depends on the pieces it came in: it is not shown */
		buf_clear(&s->incoming);
		bad_chunk(l, s, from);
		return false;
	}
	buf_add(&s->incoming, line);
	return lf >= 0;
}

static size_t read_chunk_size(
	struct layer *l, struct http_side *s, enum side from, struct span data)
{
	size_t used;

	if (!collect_line(l, s, from, data, &used))
		return used;
	if (!wire_chunk_size(span_head(buf_span(&s->incoming), s->incoming.n - 1), &s->left)) {
		bad_chunk(l, s, from);
		return used;
	}
	buf_clear(&s->incoming);
	s->part = s->left ? PART_CHUNK : PART_TRAILER;
	return used;
}

static size_t read_chunk_end(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	if (data.p[0] == '\r' && !s->incoming.n) {
		buf_addc(&s->incoming, '\r');
	} else if (data.p[0] == '\n') {
		buf_clear(&s->incoming);
		s->part = PART_CHUNK_SIZE;
	} else {
		bad_chunk(l, s, from);
	}
	return 1;
}

static size_t read_trailer(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	size_t used;
	bool whole = collect_line(l, s, from, data, &used), blank;

	s->trailer_bytes += used;
	if (!whole || s->part != PART_TRAILER)
		return used;
	s->line_at = 0;
	blank = is_blank_line(s);
	buf_clear(&s->incoming);
	if (blank)
		end_message(l, s, from);
	else if (s->trailer_bytes > HTTP_HEAD_MAX)
		talk_give_up(l, s, "head-too-big", s->trailer_bytes, (struct span){NULL, 0});
	return used;
}

static size_t read_rest(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	take_body(l, s, from, data);
	return data.n;
}

static size_t read_held(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	(void)from;
	buf_add(&s->incoming, data);
	if (((struct http_talk *)l->state)->in_turn && s->incoming.n > HTTP_BEHIND_MAX)
		l->conn->held = true;
	if (s->incoming.full)
		talk_give_up(l, s, "pipelining", s->incoming.n, (struct span){NULL, 0});
	return data.n;
}

static size_t read_stream(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	(void)s;
	tell_up(l, from, HTTP_STREAM, data);
	return data.n;
}

static size_t read_nothing(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	(void)l;
	(void)s;
	(void)from;
	return data.n;
}

static size_t (*const readers[PART_COUNT])(
	struct layer *, struct http_side *, enum side, struct span) = {
	[PART_HEAD] = read_head,
	[PART_LENGTH] = read_counted,
	[PART_CHUNK_SIZE] = read_chunk_size,
	[PART_CHUNK] = read_counted,
	[PART_CHUNK_END] = read_chunk_end,
	[PART_TRAILER] = read_trailer,
	[PART_REST] = read_rest,
	[PART_HELD] = read_held,
	[PART_STREAM] = read_stream,
	[PART_FOREIGN] = foreign_read,
	[PART_DEAF] = read_nothing,
};

void talk_heard(struct layer *l, enum side from, struct span bytes)
{
	struct http_side *s = &((struct http_talk *)l->state)->side[from];

	while (bytes.n)
		bytes = span_from(bytes, readers[s->part](l, s, from, bytes));
}

/* A body that was promised in full and did not come. Streams of chunks may be meant to go on until
 * we hang up. */
static const char *body_fault(const struct http_side *s, enum cut how)
{
	if (how == CUT_OURS)
		return NULL;
	if (how == CUT_TIMEOUT)
		return s->part == PART_LENGTH ? "trickle" : NULL;
	return "cut-in-body";
}

static void cut_body(struct layer *l, struct http_side *s, enum side from, enum cut how)
{
	const char *fault = s->part == PART_REST ? NULL : body_fault(s, how);
	bool whole = s->part == PART_REST;

	if (whole && from == SERVER) {
		end_answer(l, s);
		return;
	}
	if (from == SERVER && !s->noted)
		note_answer(l, s, talk_asked(l->state));
	s->noted = true;
	if (fault)
		note_fault(l, fault, s->body_bytes, (struct span){NULL, 0});
}

void talk_cut(struct layer *l, enum side from, enum cut how)
{
	struct http_side *s = &((struct http_talk *)l->state)->side[from];

	if (s->part == PART_HEAD && s->incoming.n && how != CUT_OURS)
		note_fault(l, how == CUT_TIMEOUT ? "trickle" : "cut-in-head", s->incoming.n,
			span_head(buf_span(&s->incoming), FOREIGN_MAX));
	else if (s->part == PART_FOREIGN)
		foreign_end(l, s);
	else if (s->part >= PART_LENGTH && s->part <= PART_REST)
		cut_body(l, s, from, how);
	if (s->part != PART_STREAM)
		s->part = PART_DEAF;
	layer_cut_up(l, from, how);
}
