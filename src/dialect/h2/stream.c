#include "dialect/h2/stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "dialect/http/http.h"

#define OUT_MAX ((size_t)64 << 10)
#define IN_MAX ((size_t)1 << 20) /* a window of bodies in chunks of one byte */

static struct h2_server *server_of(const struct h2_stream *s)
{
	return s->layer->state;
}

/* --- the answer --------------------------------------------------------------------------------
 */

static ssize_t give_data(nghttp2_session *session, int32_t id, uint8_t *to, size_t room,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct h2_stream *s = source->ptr;
	size_t n = s->out.n < room ? s->out.n : room;

	(void)session, (void)id, (void)arg;
	if (n) {
		memcpy(to, s->out.p, n);
		buf_drop(&s->out, n);
	}
	if (s->fin && !s->out.n)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	else if (!n)
		return NGHTTP2_ERR_DEFERRED;
	return (ssize_t)n;
}

static void reset(struct h2_stream *s, uint32_t error)
{
	nghttp2_submit_rst_stream(server_of(s)->session, NGHTTP2_FLAG_NONE, s->id, error);
}

static void submit(struct h2_stream *s, const nghttp2_nv *fields, size_t n)
{
	const nghttp2_data_provider data = {.source.ptr = s, .read_callback = give_data};

	s->answered = true;
	if (nghttp2_submit_response(server_of(s)->session, s->id, fields, n, &data))
		reset(s, NGHTTP2_INTERNAL_ERROR);
}

static nghttp2_nv field(struct span name, struct span value)
{
	return (nghttp2_nv){(uint8_t *)(uintptr_t)name.p, (uint8_t *)(uintptr_t)value.p, name.n,
		value.n, NGHTTP2_NV_FLAG_NONE};
}

/* RFC 9113 §8.2.2 and RFC 8441 §5.1: what speaks of the HTTP/1.1 connection has no place here. */
static bool is_of_connection(struct span name)
{
	static const char *const names[] = {"connection", "keep-alive", "proxy-connection",
		"transfer-encoding", "upgrade", "te", "sec-websocket-key", "sec-websocket-accept",
		"http2-settings", "expect"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_ieq(name, span_of(names[i])))
			return true;
	return false;
}

static void lower(struct buf *to, struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		buf_addc(to, (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20
									 : name.p[i]));
}

static void heard_head(struct h2_stream *s)
{
	const struct http_head *head = http_head(s->http, SERVER);
	nghttp2_nv fields[1 + HTTP_HEADERS_MAX];
	struct buf names = {.max = H2_HEAD_MAX};
	char status[12];
	size_t n = 0, at = 0;

	for (size_t i = 0; i < head->n; i++)
		lower(&names, head->headers[i].name);
	snprintf(status, sizeof(status), "%u", head->status == 101 ? 200 : head->status);
	fields[n++] = field(SPAN(":status"), span_of(status));
	for (size_t i = 0; i < head->n; at += head->headers[i++].name.n)
		if (!is_of_connection(head->headers[i].name))
			fields[n++] = field((struct span){names.p + at, head->headers[i].name.n},
				head->headers[i].value);
	submit(s, fields, n);
	buf_deinit(&names);
}

static void gate_feed(struct layer *gate, enum side from, int unit, struct span data)
{
	struct h2_stream *s = *(struct h2_stream **)gate->state;

	if (from != SERVER)
		return;
	if (unit == HTTP_HEAD)
		heard_head(s);
	else if (unit == HTTP_BODY || unit == HTTP_STREAM)
		buf_add(&s->out, data);
	else if (unit == HTTP_END && http_head(s->http, SERVER)->status != 101)
		s->fin = true;
	else if (unit == HTTP_FAULT)
		reset(s, NGHTTP2_INTERNAL_ERROR);
}

static const struct dialect dialect_gate = {
	.name = "h2-gate", .size = sizeof(struct h2_stream *), .feed = gate_feed};

static void go_on(struct h2_stream *s)
{
	nghttp2_session_resume_data(server_of(s)->session, s->id);
	server_of(s)->host.wake(server_of(s)->host.arg);
}

size_t h2_say(struct h2_stream *s, struct span bytes)
{
	struct span piece = span_head(bytes, s->out.n < OUT_MAX ? OUT_MAX - s->out.n : 0);

	s->starved = piece.n < bytes.n;
	if (!piece.n || s->fin)
		return s->fin ? bytes.n : 0;
	s->gate.now = s->layer->conn->now;
	conn_feed(&s->gate, SERVER, piece);
	go_on(s);
	return piece.n;
}

void h2_fin(struct h2_stream *s)
{
	if (s->fin)
		return;
	conn_cut(&s->gate, SERVER, CUT_FIN);
	s->fin = true;
	if (!s->answered)
		reset(s, NGHTTP2_INTERNAL_ERROR);
	go_on(s);
}

void h2_leave(struct h2_stream *s)
{
	s->own = NULL;
	if (!s->fin)
		reset(s, NGHTTP2_CANCEL);
	else if (s->whole)
		h2_stream_said(s);
	server_of(s)->host.wake(server_of(s)->host.arg);
}

/* Who has been answered whole need not say the rest of his request (RFC 9113 §8.1), and what he
 * says on a WebSocket that is over is not heard. */
void h2_stream_said(struct h2_stream *s)
{
	s->whole = true;
	if (!s->ended && !(s->websocket && s->own))
		reset(s, NGHTTP2_NO_ERROR);
}

void h2_stream_make_room(struct h2_stream *s)
{
	if (!s->starved || !s->own || s->out.n > OUT_MAX / 2)
		return;
	s->starved = false;
	server_of(s)->host.room(s->own);
}

/* --- the request -------------------------------------------------------------------------------
 */

struct h2_stream *h2_stream_new(struct layer *l, int32_t id)
{
	struct h2_server *h = l->state;
	struct h2_stream *s = calloc(1, sizeof(*s));
	struct buf *heads[] = {&s->method, &s->path, &s->authority, &s->protocol, &s->cookie};

	if (!s)
		abort();
	s->layer = l;
	s->id = id;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		heads[i]->max = H2_HEAD_MAX;
	s->lines.max = 2 * H2_HEAD_MAX;
	s->in.max = IN_MAX;
	s->next = h->streams;
	s->at = &h->streams;
	if (s->next)
		s->next->at = &s->next;
	h->streams = s;
	h->n_streams++;
	return s;
}

void h2_stream_free(struct h2_stream *s, enum cut how)
{
	struct h2_server *h = server_of(s);
	struct buf *all[] = {&s->method, &s->path, &s->authority, &s->protocol, &s->cookie,
		&s->lines, &s->in, &s->out};

	*s->at = s->next;
	if (s->next)
		s->next->at = s->at;
	h->n_streams--;
	if (s->own)
		h->host.cut(s->own, how);
	conn_deinit(&s->gate);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		buf_deinit(all[i]);
	free(s);
}

bool h2_stream_field(struct h2_stream *s, struct span name, struct span value)
{
	const struct {
		struct span name;
		struct buf *to;
	} known[] = {{SPAN(":method"), &s->method}, {SPAN(":path"), &s->path},
		{SPAN(":authority"), &s->authority}, {SPAN(":protocol"), &s->protocol}};

	s->head_n += name.n + value.n + 32; /* RFC 9113 §6.5.2 */
	if (s->head_n > H2_HEAD_MAX)
		return s->head_n < 4 * H2_HEAD_MAX;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (span_eq(name, known[i].name)) {
			buf_add(known[i].to, value);
			return true;
		}
	if (span_eq(name, SPAN("cookie"))) { /* one line again, RFC 9113 §8.2.3 */
		buf_addz(&s->cookie, s->cookie.n ? "; " : "");
		buf_add(&s->cookie, value);
	} else if (span_eq(name, SPAN("host"))) {
		if (!s->authority.n)
			buf_add(&s->authority, value);
	} else if (span_starts(name, SPAN(":")) || is_of_connection(name)) {
		return true;
	} else {
		buf_addf(&s->lines, "%.*s: %.*s\r\n", SPANF(name), SPANF(value));
		s->has_length |= span_eq(name, SPAN("content-length"));
	}
	return true;
}

/* What may stand in a request line. */
static bool is_word(const struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if ((unsigned char)b->p[i] <= ' ' || b->p[i] == 0x7f)
			return false;
	return b->n > 0;
}

/* Without anybody asked. */
static void answer(struct h2_stream *s, const char *status)
{
	const nghttp2_nv fields[] = {field(SPAN(":status"), span_of(status))};

	s->fin = true;
	submit(s, fields, 1);
}

/* 0: it is sound. RFC 8441 §4; RFC 9220 has 501 for protocols that are not known. */
static const char *wrong(struct h2_stream *s)
{
	if (s->head_n > H2_HEAD_MAX)
		return "431";
	if (!is_word(&s->method) || !is_word(&s->path) || !is_word(&s->authority))
		return span_eq(buf_span(&s->method), SPAN("CONNECT")) ? "501" : "400";
	if (s->protocol.n && !span_eq(buf_span(&s->protocol), SPAN("websocket")))
		return "501";
	return NULL;
}

/* Every stream has the same key: who answers may not look at it for more than its form, and the
 * accept that belongs to it is not passed on. */
static void write_request(struct h2_stream *s, struct buf *out, bool whole)
{
	s->websocket = s->protocol.n > 0;
	s->chunked = !s->has_length && !whole && !s->websocket;
	buf_add(out, s->websocket ? SPAN("GET") : buf_span(&s->method));
	buf_addf(out, " %.*s HTTP/1.1\r\nHost: %.*s\r\n", SPANF(s->path), SPANF(s->authority));
	buf_add(out, buf_span(&s->lines));
	if (s->cookie.n)
		buf_addf(out, "cookie: %.*s\r\n", SPANF(s->cookie));
	if (s->websocket)
		buf_addz(out, "Connection: Upgrade\r\nUpgrade: websocket\r\n"
			      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n");
	if (s->chunked)
		buf_addz(out, "Transfer-Encoding: chunked\r\n");
	buf_addz(out, "\r\n");
}

static void open_gate(struct h2_stream *s)
{
	struct conn *c = s->layer->conn;

	conn_init(&s->gate, c->journal, &c->where, SEAT_WITNESS, c->random);
	s->gate.now = c->now;
	s->http = conn_push(&s->gate, &dialect_http);
	http_mute(s->http);
	*(struct h2_stream **)conn_push(&s->gate, &dialect_gate)->state = s;
}

/* Everything before it was taken. */
static bool give(struct h2_stream *s, struct span bytes)
{
	return s->own && server_of(s)->host.hear(s->own, bytes);
}

static void pass(struct h2_stream *s, struct span bytes)
{
	if (s->in.n || !give(s, bytes))
		buf_add(&s->in, bytes);
	if (s->in.full)
		reset(s, NGHTTP2_INTERNAL_ERROR);
}

void h2_stream_request(struct h2_stream *s, bool whole)
{
	struct h2_server *h = server_of(s);
	struct buf head = {.max = 4 * H2_HEAD_MAX};
	const char *status = wrong(s);

	if (status) {
		answer(s, status);
		return;
	}
	open_gate(s);
	s->own = h->host.begin(h->host.arg, s);
	if (!s->own) {
		reset(s, NGHTTP2_REFUSED_STREAM);
		return;
	}
	write_request(s, &head, whole);
	conn_feed(&s->gate, CLIENT, buf_span(&head));
	pass(s, buf_span(&head));
	buf_deinit(&head);
}

static void read_on(struct h2_stream *s, size_t n)
{
	if (n)
		nghttp2_session_consume_stream(server_of(s)->session, s->id, n);
}

void h2_stream_data(struct h2_stream *s, struct span data)
{
	char size[24];

	if (!s->own || !data.n) {
		read_on(s, data.n);
		return;
	}
	if (s->chunked)
		pass(s, (struct span){
				size, (size_t)snprintf(size, sizeof(size), "%zx\r\n", data.n)});
	pass(s, data);
	if (s->chunked)
		pass(s, SPAN("\r\n"));
	if (s->in.n)
		s->unread += data.n;
	else
		read_on(s, data.n);
}

void h2_stream_end(struct h2_stream *s)
{
	s->ended = true;
	if (!s->own)
		return;
	if (s->chunked)
		pass(s, SPAN("0\r\n\r\n"));
	else if (s->websocket)
		server_of(s)->host.fin(s->own);
}

void h2_more(struct h2_stream *s)
{
	struct h2_server *h = server_of(s);

	if (!s->in.n || !give(s, buf_span(&s->in)))
		return;
	buf_deinit(&s->in);
	read_on(s, s->unread);
	s->unread = 0;
	h->host.wake(h->host.arg);
}
