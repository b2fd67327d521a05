#include "serve/call.h"

#include "base/text.h"
#include "serve/far.h"

const struct serve_ask *call_ask(const struct call *c)
{
	return c->far->ask;
}

const struct http_head *call_head(const struct call *c)
{
	return http_head(c->http, CLIENT);
}

bool call_upgrades(const struct call *c)
{
	return http_has_token(call_head(c), SPAN("Upgrade"), SPAN("websocket"));
}

ns call_now(const struct call *c)
{
	return loop_clock(c->far->loop);
}

void call_raw(struct call *c, struct span bytes)
{
	buf_add(&link_conn(c->k)->out, bytes);
}

void call_answer(struct call *c, const char *status, const char *headers, struct span body)
{
	struct buf *out = &link_conn(c->k)->out;

	buf_addf(out, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
		headers, body.n);
	if (!span_eq(call_head(c)->method, SPAN("HEAD")))
		buf_add(out, body);
	call_fin(c);
}

/* As node's ws: the first subprotocol offered is the one it takes. */
static struct span first_subprotocol(const struct call *c)
{
	struct span list = http_find(call_head(c), SPAN("Sec-WebSocket-Protocol")), first = {0};

	span_cut(&list, ',', &first);
	return span_trim(first);
}

static void refuse(struct call *c, struct span why)
{
	if (!call_upgrades(c))
		call_answer(c, "426 Upgrade Required", "Content-Type: text/plain\r\n",
			SPAN("Upgrade Required"));
	else if (span_starts(why, SPAN("Sec-WebSocket-Version")))
		call_answer(c, "400 Bad Request",
			"Content-Type: text/html\r\nSec-WebSocket-Version: 13, 8\r\n",
			SPAN("Missing or invalid Sec-WebSocket-Version header"));
	else if (span_starts(why, SPAN("Sec-WebSocket-Key")))
		call_answer(c, "400 Bad Request", "Content-Type: text/html\r\n",
			SPAN("Missing or invalid Sec-WebSocket-Key header"));
	else
		call_answer(c, "400 Bad Request", "Content-Type: text/html\r\n", why);
}

bool call_open(struct call *c, const struct ws_offer *offer)
{
	const char *why = "";

	link_conn(c->k);
	if (ws_accept(c->ws, offer, &why))
		return true;
	refuse(c, span_of(why));
	return false;
}

void call_healthy(struct call *c)
{
	const struct serve_ask *ask = call_ask(c);
	struct ws_offer offer = {.deflate = ask->deflate,
		.no_context_takeover = ask->no_takeover,
		.subprotocol = first_subprotocol(c)};

	if (call_open(c, &offer))
		call_stay(c);
}

void call_stay(struct call *c)
{
	while (link_wait(c->k, NS_NEVER) == WAIT_WOKEN)
		;
}

void call_fin(struct call *c)
{
	link_finish(c->k, call_now(c) + 2 * NS_S);
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

bool fault_param(struct fault_params *p, struct span word)
{
	ssize_t equals = span_chr(word, '=');
	struct span name = span_head(word, equals < 0 ? 0 : (size_t)equals),
		    value = span_from(word, (size_t)(equals + 1));

	if (span_eq(name, SPAN("after")))
		return text_duration(value, &p->after);
	if (span_eq(name, SPAN("age")))
		return text_duration(value, &p->age);
	if (span_eq(name, SPAN("limit")))
		return text_size(value, &p->limit);
	if (span_eq(name, SPAN("code")))
		return span_uint(value, 65535, &p->code);
	p->to = value;
	return span_eq(name, SPAN("to"));
}
