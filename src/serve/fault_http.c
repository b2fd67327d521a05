/* Faults instead of the 101. */
#include "serve/fault.h"
#include "serve/pages.h"

#define NGINX_SPAN(status) SPAN(NGINX_PAGE(status))

static bool has(const struct call *c, struct span name)
{
	return http_count(call_head(c), name) > 0;
}

void show_invalid_extensions(struct call *c)
{
	if (has(c, SPAN("Sec-WebSocket-Extensions")))
		call_answer(c, "400 Bad Request", WS_NODE,
			SPAN("Invalid or unacceptable Sec-WebSocket-Extensions header"));
	else
		call_healthy(c);
}

static const struct redirect {
	uint64_t code;
	const char *status, *page;
} redirects[] = {
	{301, "301 Moved Permanently", NGINX_PAGE("301 Moved Permanently")},
	{302, "302 Moved Temporarily", NGINX_PAGE("302 Found")},
	{303, "303 See Other", NGINX_PAGE("303 See Other")},
	{307, "307 Temporary Redirect", NGINX_PAGE("307 Temporary Redirect")},
	{308, "308 Permanent Redirect", NGINX_PAGE("308 Permanent Redirect")},
};

static void redirect_to(struct call *c, uint64_t code, struct span location)
{
	const struct redirect *r = redirects, *end = redirects + sizeof(redirects) / sizeof(*r);
	struct buf headers = {.max = 16 << 10};

	while (r < end && r->code != code)
		r++;
	r = r < end ? r : redirects;
	buf_addf(&headers, NGINX "Location: %.*s\r\n", SPANF(location));
	call_answer(c, r->status, buf_z(&headers), span_of(r->page));
	buf_deinit(&headers);
}

void show_redirect(struct call *c)
{
	struct buf location = {.max = 8 << 10};

	if (c->show->params.to.n)
		buf_add(&location, c->show->params.to);
	else
		buf_addf(&location, "https://%.*s%.*s",
			SPANF(http_find(call_head(c), SPAN("Host"))), SPANF(buf_span(&c->path)));
	redirect_to(c, c->show->params.code, buf_span(&location));
	buf_deinit(&location);
}

void show_endless_redirect(struct call *c)
{
	struct buf location = {.max = 8 << 10};
	ssize_t query = span_chr(buf_span(&c->path), '?');

	buf_add(&location, span_head(buf_span(&c->path), query < 0 ? c->path.n : (size_t)query));
	buf_addf(&location, "?to=%u", c->show->turn);
	redirect_to(c, 302, buf_span(&location));
	buf_deinit(&location);
}

void show_header_too_large(struct call *c)
{
	if (call_head(c)->raw.n > c->show->params.limit)
		call_answer(c, "400 Bad Request", NGINX_LAST,
			SPAN(NGINX_TITLED("400 Request Header Or Cookie Too Large",
				"<center><h1>400 Bad Request</h1></center>\r\n<center>Request "
				"Header Or Cookie Too Large</center>\r\n")));
	else
		call_healthy(c);
}

void show_url_too_long(struct call *c)
{
	if (call_head(c)->target.n > c->show->params.limit)
		call_answer(c, "414 Request-URI Too Large", NGINX_LAST,
			NGINX_SPAN("414 Request-URI Too Large"));
	else
		call_healthy(c);
}

void show_auth_proxy(struct call *c)
{
	if (has(c, SPAN("Authorization")))
		call_healthy(c);
	else
		call_answer(c, "401 Unauthorized",
			NGINX "WWW-Authenticate: Basic realm=\"restricted\"\r\n",
			NGINX_SPAN("401 Authorization Required"));
}

void show_cold_start(struct call *c)
{
	if (c->show->turn)
		call_healthy(c);
	else
		call_answer(c, "503 Service Temporarily Unavailable", NGINX,
			NGINX_SPAN("503 Service Temporarily Unavailable"));
}

void show_handshake_401(struct call *c)
{
	if (!call_upgrades(c) || has(c, SPAN("Authorization")) || has(c, SPAN("Cookie")))
		call_healthy(c);
	else
		call_answer(c, "401 Unauthorized", WS_NODE, SPAN("Unauthorized"));
}

bool fault_origin_allowed(const struct call *c)
{
	struct span origin = http_find(call_head(c), SPAN("Origin")),
		    host = http_find(call_head(c), SPAN("Host"));
	ssize_t slashes = span_find(origin, SPAN("://"));

	if (!origin.n)
		return true;
	if (c->show->params.to.n)
		return span_eq(origin, c->show->params.to);
	return slashes >= 0 && span_ieq(span_from(origin, (size_t)slashes + 3), host);
}

/* As gorilla's CheckOrigin. */
void show_origin_rejected(struct call *c)
{
	if (!call_upgrades(c) || fault_origin_allowed(c))
		call_healthy(c);
	else
		call_answer(c, "403 Forbidden",
			"Content-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13\r\n"
			"X-Content-Type-Options: nosniff\r\nDate:\r\nContent-Length:\r\n"
			"Connection:\r\n",
			SPAN("Forbidden\n"));
}

void show_upstream_silent(struct call *c)
{
	if (call_sleep(c, c->show->params.after))
		call_answer(c, "504 Gateway Time-out", NGINX, NGINX_SPAN("504 Gateway Time-out"));
}

void show_path_stripped(struct call *c)
{
	if (!call_upgrades(c))
		call_answer(c, "404 Not Found", EXPRESS, SPAN(EXPRESS_PAGE("/")));
	else if (call_sleep(c, c->show->params.after))
		call_answer(c, "502 Bad Gateway", NGINX, NGINX_SPAN("502 Bad Gateway"));
}

/* Engine.IO's destroyUpgradeTimeout: whoever upgrades where nobody listens is cut off without a
 * word. */
void show_sio_path(struct call *c)
{
	if (!call_upgrades(c))
		show_path_stripped(c);
	else if (call_sleep(c, c->show->params.after))
		call_fin(c);
}

void show_no_answer(struct call *c)
{
	call_stay(c);
}

void show_reset_at_once(struct call *c)
{
	link_reset(c->k);
}

void show_trickle(struct call *c)
{
	static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: "
				     "websocket\r\nConnection: Upgrade\r\n\r\n";

	for (size_t i = 0; i < sizeof(answer) - 1; i++) {
		call_raw(c, (struct span){answer + i, 1});
		if (!call_sleep(c, c->show->params.after))
			return;
	}
	call_stay(c);
}

void show_huge_headers(struct call *c)
{
	struct buf *out = &call_conn(c)->out;
	size_t end = c->show->params.limit < (8 << 20) ? (size_t)c->show->params.limit : 8 << 20;

	buf_addz(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
		      "Upgrade\r\n");
	for (unsigned i = 0; out->n < end; i++) {
		buf_addf(out, "X-Filler-%u: ", i);
		buf_pad(out, 'x', 1000);
		buf_addz(out, "\r\n");
	}
	buf_addz(out, "\r\n");
	call_stay(c);
}

#define ENDLESS ((uint64_t)64 << 20)

void show_endless_body(struct call *c)
{
	uint64_t sent = 0;

	call_raw(c, SPAN("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>"));
	do {
		buf_pad(&call_conn(c)->out, 'x', 16 << 10);
		sent += 16 << 10;
	} while (sent < ENDLESS && call_sleep(c, 2 * NS_MS));
}

void show_control_bytes(struct call *c)
{
	call_answer(c, "403 For\x1b[2Jbidden\x07",
		"Server: \x1b]0;owned\x07nginx\r\nContent-Type: text/html\r\nX-\x01: \x9b"
		"31m\r\n",
		SPAN("<html><head><title>\x1b[31mred\x1b[0m \xe2\x80\xae"
		     "evil</title></head></html>"));
}
