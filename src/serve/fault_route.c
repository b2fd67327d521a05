/* Faults of routing, of pages and of what stands in front. */
#include "serve/fault.h"
#include "serve/pages.h"

/* As Next.js: 308 to the same without the slash. */
void show_next_slash(struct call *c)
{
	struct span path = call_path(c);
	struct buf headers = {.max = 16 << 10};

	if (path.n < 2 || !span_ends(path, SPAN("/"))) {
		call_healthy(c);
		return;
	}
	path = span_head(path, path.n - 1);
	buf_addf(&headers,
		"Location: %.*s\r\nRefresh: 0;url=%.*s\r\nX-Powered-By: Next.js\r\nDate:\r\n"
		"Content-Length:\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n",
		SPANF(path), SPANF(path));
	call_answer(c, "308 Permanent Redirect", buf_z(&headers), path);
	buf_deinit(&headers);
}

static bool is_plain_text(struct span path)
{
	for (size_t i = 0; i < path.n; i++)
		if (span_chr(SPAN("<>&\"'"), path.p[i]) >= 0)
			return false;
	return true;
}

void show_added_slash(struct call *c)
{
	struct buf page = {.max = 16 << 10};
	struct span path = is_plain_text(call_path(c)) ? call_path(c) : SPAN("/ws");

	if (span_ends(path, SPAN("/")))
		path = span_head(path, path.n - 1);
	buf_addf(&page, EXPRESS_PAGE("%.*s/"), SPANF(path));
	call_answer(c, "404 Not Found", EXPRESS, buf_span(&page));
	buf_deinit(&page);
}

#define WELCOME                                                                                    \
	"<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n"     \
	"<h1>Welcome to nginx!</h1>\n</body>\n</html>\n"

void show_default_vhost(struct call *c)
{
	if (span_eq(c->show->below, SPAN("/")))
		call_answer(c, "200 OK", NGINX, SPAN(WELCOME));
	else
		call_answer(c, "404 Not Found", NGINX, SPAN(NGINX_PAGE("404 Not Found")));
}

/* --- pages --------------------------------------------------------------------------------------
 */

static void show_page(struct call *c, struct span sources)
{
	struct buf headers = {.max = 4096};

	if (call_upgrades(c) || !span_eq(c->show->below, SPAN("/"))) {
		call_healthy(c);
		return;
	}
	buf_addf(&headers,
		"Content-Type: text/html; charset=utf-8\r\nContent-Security-Policy: default-src "
		"'self'; connect-src %.*s\r\nContent-Length:\r\n",
		SPANF(sources));
	call_answer(c, "200 OK", buf_z(&headers),
		SPAN("<!doctype html>\n<html lang=\"en\"><head><title>Chat</title></head>"
		     "<body></body></html>\n"));
	buf_deinit(&headers);
}

void show_csp_other(struct call *c)
{
	show_page(c, c->show->params.to);
}

void show_csp_self(struct call *c)
{
	show_page(c, SPAN("'self'"));
}

/* --- what stands in front -----------------------------------------------------------------------
 */

/* Cloudflare fetches for its cache, and the origin hangs up. */
void show_cdn_caches(struct call *c)
{
	if (call_upgrades(c))
		call_answer(
			c, "520 ", CLOUDFLARE "CF-Cache-Status: MISS\r\n", SPAN("error code: 520"));
	else
		call_healthy(c);
}

void show_ws_flag(struct call *c)
{
	if (call_upgrades(c))
		call_stay(c);
	else
		call_healthy(c);
}

void show_haproxy_queue(struct call *c)
{
	if (call_sleep(c, c->show->params.after))
		call_answer(c, "503 Service Unavailable", HAPROXY,
			SPAN(HAPROXY_PAGE("503 Service Unavailable",
				"No server is available to handle this request.")));
}

void show_proxy_silent(struct call *c)
{
	if (span_eq(call_head(c)->method, SPAN("CONNECT")))
		call_fin(c);
	else
		call_healthy(c);
}

void show_garbage(struct call *c)
{
	call_raw(c, SPAN("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"));
	call_fin(c);
}

void show_cut(struct call *c)
{
	if (call_sleep(c, c->show->params.after))
		call_fin(c);
}

void show_plain_port(struct call *c)
{
	call_healthy(c);
}

void show_proxy_protocol(struct call *c)
{
	call_healthy(c);
}

void show_offload_loop(struct call *c)
{
	struct buf headers = {.max = 16 << 10};

	buf_addf(&headers, NGINX "Location: https://%.*s%.*s\r\n",
		SPANF(http_find(call_head(c), SPAN("Host"))), SPANF(call_head(c)->target));
	call_answer(c, "301 Moved Permanently", buf_z(&headers),
		SPAN(NGINX_PAGE("301 Moved Permanently")));
	buf_deinit(&headers);
}
