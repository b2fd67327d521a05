/* Polling: requests and answers that carry payloads, and what is said of an upgrade by HTTP. */
#include "base/text.h"
#include "dialect/eio/talk.h"

#define HEADERS_MAX 32

static struct span query_value(struct span target, struct span name)
{
	ssize_t mark = span_chr(target, '?');
	struct span rest = mark < 0 ? (struct span){0} : span_from(target, (size_t)mark + 1);
	struct span part;

	while (span_cut(&rest, '&', &part))
		if (span_starts(part, name) && part.n > name.n && part.p[name.n] == '=')
			return span_from(part, name.n + 1);
	return (struct span){0};
}

void eio_request_read(struct eio_request *r, const struct http_head *head)
{
	struct span eio;

	*r = (struct eio_request){0};
	if (!head)
		return;
	eio = query_value(head->target, SPAN("EIO"));
	r->transport = query_value(head->target, SPAN("transport"));
	r->sid = query_value(head->target, SPAN("sid"));
	r->jsonp = query_value(head->target, SPAN("j"));
	r->base64 = query_value(head->target, SPAN("b64")).n != 0;
	r->version = span_eq(eio, SPAN("3")) ? 3 : span_eq(eio, SPAN("4")) ? 4 : 0;
	r->post = span_eq(head->method, SPAN("POST"));
	r->upgrade = http_has_token(head, SPAN("Connection"), SPAN("upgrade"));
	r->valid = eio.n && r->transport.n;
}

void eio_target(struct buf *out, const struct eio_session *s, struct span path,
	enum eio_transport transport, struct span t)
{
	bool query = span_chr(path, '?') >= 0;

	buf_add(out, path);
	buf_addf(out, "%cEIO=%u&transport=%s", query ? '&' : '?', s->version,
		transport == EIO_POLLING ? "polling" : "websocket");
	if (t.n)
		buf_addf(out, "&t=%.*s", SPANF(t));
	if (s->open && s->terms.sid.n)
		buf_addf(out, "&sid=%.*s", SPANF(s->terms.sid));
}

static void begin(struct layer *l, bool post, bool upgrade)
{
	struct eio *e = eio_of(l);

	e->exchange = (struct eio_exchange){.busy = true,
		.post = post,
		.upgrade = upgrade,
		.sid = e->session->open,
		.at = l->conn->now};
	buf_clear(&e->body[SERVER]);
	if (!e->session->open && !post)
		e->session->asked_at = l->conn->now;
}

static void ask(struct layer *l, const struct eio_ask *a, struct span method, struct span body)
{
	struct http_header headers[HEADERS_MAX];
	struct buf target = {.max = HTTP_HEAD_MAX};
	size_t n = 0;

	headers[n++] = (struct http_header){SPAN("Accept"), SPAN("*/*")};
	if (body.n)
		headers[n++] = (struct http_header){
			SPAN("Content-Type"), SPAN("text/plain;charset=UTF-8")};
	if (a->origin.n)
		headers[n++] = (struct http_header){SPAN("Origin"), a->origin};
	for (size_t i = 0; i < a->n && n < HEADERS_MAX; i++)
		headers[n++] = a->headers[i];
	eio_target(&target, eio_session(l), a->path, EIO_POLLING, a->t);
	http_ask(l->down, &(struct http_ask){.method = method,
				  .target = buf_span(&target),
				  .host = a->host,
				  .headers = headers,
				  .n = n,
				  .body = body});
	buf_deinit(&target);
}

void eio_poll_get(struct layer *l, const struct eio_ask *a)
{
	begin(l, false, false);
	ask(l, a, SPAN("GET"), (struct span){0});
}

bool eio_poll_post(struct layer *l, const struct eio_ask *a)
{
	struct eio_session *s = eio_session(l);

	if (!s->queued)
		return false;
	begin(l, true, false);
	eio_of(l)->exchange.packets = s->queued;
	eio_of(l)->exchange.bytes = s->queue.n;
	ask(l, a, SPAN("POST"), buf_span(&s->queue));
	buf_clear(&s->queue);
	s->queued = 0;
	return true;
}

void eio_websocket(struct layer *l, struct span path, const struct ws_ask *ws)
{
	struct buf target = {.max = HTTP_HEAD_MAX};
	struct ws_ask with = *ws;
	struct eio_session *s = eio_session(l);

	if (!s->open)
		s->transport = EIO_WEBSOCKET;
	begin(l, false, true);
	eio_target(&target, s, path, EIO_WEBSOCKET, (struct span){0});
	with.target = buf_span(&target);
	ws_connect(l->down, &with);
	buf_deinit(&target);
}

static bool first_is_open(struct span payload, enum eio_framing framing)
{
	struct eio_payload p;
	struct eio_packet packet;
	bool open;

	eio_payload_init(&p, payload, framing);
	open = eio_payload_next(&p, &packet) && packet.type == EIO_OPEN;
	eio_payload_deinit(&p);
	return open;
}

static void heard_payload(struct layer *l, enum side from, struct span body)
{
	struct eio *e = eio_of(l);
	struct eio_session *s = e->session;
	struct eio_payload p;
	struct eio_packet packet;

	e->framing = eio_framing_guess(body, s->open ? s->version : 0);
	if (!s->open && from == SERVER) {
		if (!first_is_open(body, e->framing)) {
			eio_note_fault(l, from, "not-engineio", (struct span){0});
			return;
		}
		s->version = e->framing == EIO_RECORDS ? 4 : 3;
	}
	eio_payload_init(&p, body, e->framing);
	while (eio_payload_next(&p, &packet))
		eio_heard(l, from, EIO_POLLING, &packet);
	e->exchange.packets = p.n;
	if (p.fault)
		eio_note_fault(l, from, p.fault, (struct span){0});
	eio_payload_deinit(&p);
}

static void heard_body(struct layer *l, enum side from)
{
	struct eio *e = eio_of(l);
	struct buf *body = &e->body[from];
	struct buf plain = {.max = EIO_PAYLOAD_MAX};

	e->exchange.bytes = body->n;
	e->jsonp = from == SERVER ? eio_jsonp_read(&plain, buf_span(body))
				  : eio_form_read(&plain, buf_span(body));
	if (body->full)
		eio_note_fault(l, from, "too-big", (struct span){0});
	else
		heard_payload(l, from, e->jsonp ? buf_span(&plain) : buf_span(body));
	buf_deinit(&plain);
}

static void end_answer(struct layer *l)
{
	struct eio *e = eio_of(l);
	struct eio_exchange *x = &e->exchange;
	struct span body = buf_span(&e->body[SERVER]);

	if (!x->busy)
		return;
	x->busy = false;
	if (x->status == 200 && !x->post && !x->upgrade && !x->unreadable)
		heard_body(l, SERVER);
	else
		eio_refusal_read(l, x->status, body);
	if (!x->upgrade)
		eio_note_poll(l);
}

/* What a witness and a server see of a request. */
static void heard_request(struct layer *l)
{
	struct eio_session *s = eio_session(l);
	struct eio_request r;

	eio_request_read(&r, http_head(eio_http(l), CLIENT));
	if (!r.valid)
		return;
	if (!s->open && r.version)
		s->version = r.version;
	/* the session began elsewhere */
	if (r.sid.n && !s->open && s == &eio_of(l)->own)
		eio_mark_open(l);
	begin(l, r.post, r.upgrade);
	buf_clear(&eio_of(l)->body[CLIENT]);
}

static void heard_head(struct layer *l, enum side from)
{
	struct eio_exchange *x = &eio_of(l)->exchange;
	const struct http_head *head = http_head(eio_http(l), from);
	struct span coding;

	if (!head)
		return;
	if (from == CLIENT) {
		heard_request(l);
		return;
	}
	x->headed = true;
	x->status = head->status;
	coding = http_find(head, SPAN("Content-Encoding"));
	x->unreadable = coding.n && !span_ieq(coding, SPAN("identity"));
	if (x->busy && x->unreadable)
		eio_note_fault(l, SERVER, "content-encoding", coding);
}

void eio_http_heard(struct layer *l, enum side from, int unit, struct span data)
{
	struct eio *e = eio_of(l);

	if (unit == HTTP_HEAD)
		heard_head(l, from);
	else if (unit == HTTP_BODY && e->exchange.busy)
		buf_add(&e->body[from], data);
	else if (unit == HTTP_END && from == SERVER)
		end_answer(l);
	else if (unit == HTTP_END && e->exchange.busy && e->exchange.post)
		heard_body(l, CLIENT);
	else if (unit == HTTP_FAULT)
		eio_http_cut(l, from);
}

void eio_http_cut(struct layer *l, enum side from)
{
	struct eio_exchange *x = &eio_of(l)->exchange;

	if (!x->busy || from != SERVER)
		return;
	x->busy = false;
	if (x->headed && !x->upgrade)
		eio_note_fault(l, from, "cut", (struct span){0});
	if (!x->upgrade)
		eio_note_poll(l);
}

static void answer(struct layer *l, struct span type, const struct http_header *headers, size_t n,
	struct span body)
{
	struct http_header all[HEADERS_MAX] = {{SPAN("Content-Type"), type}};
	struct eio_exchange *x = &eio_of(l)->exchange;
	size_t count = 1;

	for (size_t i = 0; i < n && count < HEADERS_MAX; i++)
		all[count++] = headers[i];
	http_reply(eio_http(l), 200, all, count, body);
	x->busy = false;
	x->status = 200;
	eio_note_poll(l);
}

void eio_answer_poll(struct layer *l, const struct http_header *headers, size_t n)
{
	struct eio_session *s = eio_session(l);

	if (!s->queued)
		eio_say_packet(l, &(struct eio_packet){EIO_NOOP, false, {0}});
	eio_of(l)->exchange.packets = s->queued;
	eio_of(l)->exchange.bytes = s->queue.n;
	answer(l, SPAN("text/plain; charset=UTF-8"), headers, n, buf_span(&s->queue));
	buf_clear(&s->queue);
	s->queued = 0;
}

void eio_answer_post(struct layer *l, const struct http_header *headers, size_t n)
{
	answer(l, SPAN("text/html"), headers, n, SPAN("ok"));
}
