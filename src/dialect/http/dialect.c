#include "dialect/http/talk.h"

#include <stdlib.h>

/* what io's driver may have read at once, and a little more */
#define HELD_MAX ((size_t)256 << 10)

static void start(struct layer *l)
{
	struct http_talk *t = l->state;

	for (int i = 0; i < 2; i++) {
		t->side[i].incoming.max = t->side[i].kept.max = HELD_MAX;
		t->side[i].body.max = HTTP_BODY_KEPT;
	}
}

static void forget_heads(struct http_talk *t)
{
	for (int i = 0; i < 2; i++) {
		struct http_side *s = &t->side[i];

		buf_deinit(&s->kept);
		buf_deinit(&s->body);
		free(s->headers);
		s->headers = NULL;
		s->head = (struct http_head){0};
		s->has_head = false;
	}
	talk_forget_exchanges(t);
}

void http_forget(struct layer *http)
{
	struct http_talk *t = http->state;

	if (t->side[CLIENT].part == PART_STREAM && t->side[SERVER].part == PART_STREAM)
		forget_heads(t);
}

static void stop(struct layer *l)
{
	struct http_talk *t = l->state;

	forget_heads(t);
	for (int i = 0; i < 2; i++)
		buf_deinit(&t->side[i].incoming);
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	(void)unit;
	talk_heard(l, from, data);
}

const struct dialect dialect_http = {
	.name = "http",
	.say = "HTTP/1.1 requests and answers",
	.size = sizeof(struct http_talk),
	.start = start,
	.feed = feed,
	.cut = talk_cut,
	.deadline = talk_deadline,
	.tick = talk_tick,
	.stop = stop,
};

const struct http_head *http_head(const struct layer *http, enum side from)
{
	const struct http_talk *t = http->state;

	return t->side[from].has_head ? &t->side[from].head : NULL;
}

void http_limit(struct layer *http, size_t max)
{
	((struct http_talk *)http->state)->head_max = max;
}

void http_mute(struct layer *http)
{
	((struct http_talk *)http->state)->mute = true;
}

void http_in_turn(struct layer *http)
{
	((struct http_talk *)http->state)->in_turn = true;
}

void http_next(struct layer *http)
{
	struct http_talk *t = http->state;

	while (t->n)
		talk_pop(t);
	if (t->side[CLIENT].part == PART_HELD && !t->side[CLIENT].incoming.n)
		t->side[CLIENT].part = PART_HEAD;
}

bool http_has_next(const struct layer *http)
{
	const struct http_talk *t = http->state;

	return t->side[CLIENT].part == PART_HELD && !t->n;
}

unsigned http_fault_status(const struct layer *http, struct span fault)
{
	const struct http_side *s = &((struct http_talk *)http->state)->side[CLIENT];

	if (span_eq(fault, SPAN("pipelining")))
		return 0;
	if (!span_eq(fault, SPAN("head-too-big")))
		return 400;
	return s->endless ? 414 : 431;
}

void http_go_on(struct layer *http)
{
	struct http_talk *t = http->state;
	struct http_side *s = &t->side[CLIENT];
	struct buf held = s->incoming;

	if (!http_has_next(http))
		return;
	s->incoming = (struct buf){.max = held.max};
	s->part = PART_HEAD;
	http->conn->held = false;
	talk_heard(http, CLIENT, buf_span(&held));
	buf_deinit(&held);
}

bool http_is_amid(const struct layer *http)
{
	const struct http_side *s = &((struct http_talk *)http->state)->side[CLIENT];

	return s->part == PART_HEAD ? s->incoming.n > 0 : s->part <= PART_TRAILER;
}

static void add_header(struct buf *out, struct span name, struct span value)
{
	buf_add(out, name);
	buf_add(out, SPAN(": "));
	buf_add(out, value);
	buf_add(out, SPAN("\r\n"));
}

static bool has_header(const struct http_header *headers, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_ieq(headers[i].name, name))
			return true;
	return false;
}

static void add_message(
	struct buf *out, const struct http_header *headers, size_t n, struct span body, bool framed)
{
	for (size_t i = 0; i < n; i++)
		add_header(out, headers[i].name, headers[i].value);
	if (!framed && !has_header(headers, n, SPAN("Content-Length")) &&
		!has_header(headers, n, SPAN("Transfer-Encoding")))
		buf_addf(out, "Content-Length: %zu\r\n", body.n);
	buf_add(out, SPAN("\r\n"));
	buf_add(out, body);
}

static void say(struct layer *http, enum side side, struct buf *bytes)
{
	layer_down(http, 0, buf_span(bytes));
	talk_heard(http, side, buf_span(bytes));
	buf_deinit(bytes);
}

void http_ask(struct layer *http, const struct http_ask *ask)
{
	struct buf out = {0};

	buf_add(&out, ask->method.n ? ask->method : SPAN("GET"));
	buf_addc(&out, ' ');
	buf_add(&out, ask->target);
	buf_add(&out, SPAN(" HTTP/1.1\r\n"));
	if (ask->host.n)
		add_header(&out, SPAN("Host"), ask->host);
	add_message(&out, ask->headers, ask->n, ask->body, !ask->body.n);
	say(http, CLIENT, &out);
}

static const struct {
	unsigned status;
	const char *reason;
} reasons[] = {
	{101, "Switching Protocols"},
	{200, "OK"},
	{204, "No Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{407, "Proxy Authentication Required"},
	{408, "Request Timeout"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{417, "Expectation Failed"},
	{426, "Upgrade Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

static const char *reason_of(unsigned status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

void http_reply(struct layer *http, unsigned status, const struct http_header *headers, size_t n,
	struct span body)
{
	const struct http_exchange *e = talk_asked(http->state);
	bool bare = status < 200 || status == 204 || status == 304;
	bool tunnel = e && span_ieq(buf_span(&e->method), SPAN("CONNECT")) && status / 100 == 2;
	struct buf out = {0};

	buf_addf(&out, "HTTP/1.1 %u %s\r\n", status, reason_of(status));
	add_message(&out, headers, n, bare ? (struct span){NULL, 0} : body, bare || tunnel);
	if (e && span_ieq(buf_span(&e->method), SPAN("HEAD")) && !bare)
		out.n -= body.n;
	say(http, SERVER, &out);
}
