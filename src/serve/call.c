#include "serve/call.h"

#include <string.h>
#include <time.h>

#include "io/clock.h"
#include "serve/far.h"
#include "serve/pages.h"
#include "serve/platform.h"

#define KEEP_WAIT (30 * NS_S)
#define FIN_WAIT (2 * NS_S)
#define HEADERS_MAX 32

const struct serve_ask *call_ask(const struct call *c)
{
	return c->far->ask;
}

struct loop *call_loop(const struct call *c)
{
	return c->far->loop;
}

const struct http_head *call_head(const struct call *c)
{
	return http_head(c->http, CLIENT);
}

struct span call_body(const struct call *c)
{
	return buf_span(&c->body);
}

struct span call_path(const struct call *c)
{
	struct span target = call_head(c)->target;
	ssize_t mark = span_chr(target, '?');

	return span_head(target, mark < 0 ? target.n : (size_t)mark);
}

struct span call_query(const struct call *c)
{
	struct span target = call_head(c)->target;
	ssize_t mark = span_chr(target, '?');

	return mark < 0 ? (struct span){0} : span_from(target, (size_t)mark + 1);
}

bool call_upgrades(const struct call *c)
{
	return http_has_token(call_head(c), SPAN("Upgrade"), SPAN("websocket"));
}

ns call_now(const struct call *c)
{
	return loop_clock(c->far->loop);
}

struct conn *call_conn(struct call *c)
{
	rest_end(c);
	return link_conn(c->k);
}

void call_flush(struct call *c)
{
	link_flush(c->k);
}

void call_raw(struct call *c, struct span bytes)
{
	buf_add(&call_conn(c)->out, bytes);
}

void call_fin(struct call *c)
{
	rest_end(c);
	c->ending = true;
	loop_timer(c->far->loop, &c->timer, call_now(c) + FIN_WAIT);
	link_end(c->k);
}

static bool is_line(struct span line, struct span name)
{
	return span_istarts(line, name);
}

static bool is_blank(struct span line)
{
	return span_ends(line, SPAN(":"));
}

/* What the lines say of the answer's frame. */
struct framing {
	bool length, connection, goes_on, chunked;
};

static void add_line(struct call *c, struct span line, size_t length, struct framing *f)
{
	struct buf *out = &call_conn(c)->out;

	f->length |=
		is_line(line, SPAN("Content-Length:")) || is_line(line, SPAN("Transfer-Encoding:"));
	f->chunked |= is_line(line, SPAN("Transfer-Encoding: chunked"));
	if (is_line(line, SPAN("Connection:"))) {
		f->connection = true;
		f->goes_on = is_blank(line) || span_ends(line, SPAN("keep-alive"));
		if (is_blank(line) || span_ends(line, SPAN(" none")))
			return;
	}
	buf_add(out, line);
	if (is_blank(line) && is_line(line, SPAN("Content-Length:")))
		buf_addf(out, " %zu", length);
	else if (is_blank(line) && is_line(line, SPAN("Date:"))) {
		buf_addc(out, ' ');
		call_date(0, out);
	}
	buf_addz(out, "\r\n");
}

static bool wants_more(const struct call *c)
{
	const struct http_head *h = call_head(c);

	return h->minor && c->whole && !http_has_token(h, SPAN("Connection"), SPAN("close"));
}

void call_answer(struct call *c, const char *status, const char *headers, struct span body)
{
	size_t n = 0;
	const struct http_header *marks = c->fault ? NULL : platform_marks(c, &n);

	call_answer_as(c, status, headers, marks, n, body);
}

void call_answer_as(struct call *c, const char *status, const char *headers,
	const struct http_header *more, size_t n, struct span body)
{
	struct buf *out = &link_conn(c->k)->out;
	struct span rest = span_of(headers), line;
	struct framing f = {0};

	buf_addf(out, "HTTP/1.1 %s\r\n", status);
	while (span_cut(&rest, '\n', &line) && line.n)
		add_line(c, span_head(line, line.n - 1), body.n, &f);
	if (!f.length)
		buf_addf(out, "Content-Length: %zu\r\n", body.n);
	if (!f.connection)
		buf_addz(out, "Connection: close\r\n");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%.*s: %.*s\r\n", SPANF(more[i].name), SPANF(more[i].value));
	buf_addz(out, "\r\n");
	if (span_eq(call_head(c)->method, SPAN("HEAD")))
		;
	else if (f.chunked)
		buf_addf(out, "%zx\r\n%.*s\r\n0\r\n\r\n", body.n, SPANF(body));
	else
		buf_add(out, body);
	if (!f.goes_on || !wants_more(c)) {
		call_fin(c);
		return;
	}
	c->goes_on = true;
	c->asked = c->whole = false;
	buf_deinit(&c->body);
	/* in a fault the next one comes when its story is told */
	if (!c->fault)
		call_next(c);
	link_flush(c->k);
}

void call_next(struct call *c)
{
	http_next(c->http);
	loop_timer(c->far->loop, &c->timer, call_now(c) + (http_has_next(c->http) ? 0 : KEEP_WAIT));
}

void call_reject(struct call *c, unsigned status)
{
	static const struct http_header close[] = {{{"Connection", 10}, {"close", 5}}};

	call_conn(c);
	http_reply(c->http, status, close, 1, (struct span){0});
	call_fin(c);
}

void call_date(ns from_now, struct buf *out)
{
	char text[32];
	time_t at = (time_t)((clock_wall() + from_now) / NS_S);
	struct tm parts;

	if (gmtime_r(&at, &parts) &&
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts))
		buf_addz(out, text);
}

bool call_is_last(const struct call *c)
{
	const struct http_head *h = call_head(c);

	/* a story is about one request */
	return c->fault || !h->minor || !c->whole ||
	       http_has_token(h, SPAN("Connection"), SPAN("close"));
}

void call_answered(struct call *c)
{
	bool last = call_is_last(c);

	c->asked = c->whole = false;
	buf_deinit(&c->body);
	if (last) {
		call_fin(c);
		return;
	}
	call_next(c);
	call_flush(c);
}

void call_reply(struct call *c, unsigned status, const struct http_header *headers, size_t n,
	struct span body)
{
	struct http_header all[HEADERS_MAX] = {{SPAN("Connection"), SPAN("close")}};
	size_t count = call_is_last(c) ? 1 : 0, n_more = c->fault ? c->show->n_more : 0;
	const struct http_header *more =
		c->fault ? c->show->more : platform_marks(c, &n_more);

	for (size_t i = 0; i < n && count < HEADERS_MAX; i++)
		all[count++] = headers[i];
	for (size_t i = 0; i < n_more && count < HEADERS_MAX; i++)
		all[count++] = more[i];
	call_conn(c);
	http_reply(c->http, status, all, count, body);
	call_answered(c);
}

/* As node's ws: the first subprotocol offered is the one it takes. */
static struct span first_subprotocol(const struct call *c)
{
	struct span list = http_find(call_head(c), SPAN("Sec-WebSocket-Protocol")), first = {0};

	span_cut(&list, ',', &first);
	return span_trim(first);
}

void call_refuse(struct call *c, struct span why)
{
	if (!call_upgrades(c))
		call_answer(c, "426 Upgrade Required", WS_NODE_PLAIN, SPAN("Upgrade Required"));
	else if (span_starts(why, SPAN("Sec-WebSocket-Version")))
		call_answer(c, "400 Bad Request", WS_NODE "Sec-WebSocket-Version: 13, 8\r\n",
			SPAN("Missing or invalid Sec-WebSocket-Version header"));
	else if (span_starts(why, SPAN("Sec-WebSocket-Key")))
		call_answer(c, "400 Bad Request", WS_NODE,
			SPAN("Missing or invalid Sec-WebSocket-Key header"));
	else
		call_answer(c, "400 Bad Request", WS_NODE, why);
}

struct ws_offer call_offer(const struct call *c)
{
	const struct serve_ask *ask = call_ask(c);

	return (struct ws_offer){.deflate = ask->deflate,
		.no_context_takeover = ask->no_takeover,
		.window = ask->window};
}

bool call_open(struct call *c, const struct ws_offer *offer)
{
	struct http_header headers[WS_HEADERS_MAX];
	struct ws_offer marked = *offer;
	const char *why = "";

	call_conn(c);
	platform_mark(c, &marked, headers);
	if (!ws_accept(c->ws, &marked, &why)) {
		call_refuse(c, span_of(why));
		return false;
	}
	c->asked = c->whole = false;
	count_websocket(c);
	platform_opened(c);
	rest_allow(c);
	return true;
}

bool call_welcome(struct call *c)
{
	struct ws_offer offer = call_offer(c);

	offer.subprotocol = first_subprotocol(c);
	return call_open(c, &offer);
}

void call_healthy(struct call *c)
{
	if (call_welcome(c))
		call_stay(c);
}

void call_stay(struct call *c)
{
	while (!c->goes_on && link_wait(c->k, NS_NEVER) == WAIT_WOKEN)
		;
}

bool call_sleep(struct call *c, ns time)
{
	ns until = call_now(c) + time;
	enum wait w;

	do
		w = link_wait(c->k, until);
	while (w == WAIT_WOKEN);
	return w == WAIT_TIMEOUT && link_open(c->k);
}
