#include "probe/client_wire.h"

#include "fact/all.h"

#define JAR_MAX ((size_t)8192)

static bool keeps_alive(struct link *k)
{
	struct layer *http = conn_layer(link_conn(k), &dialect_http);
	const struct http_head *head = http ? http_head(http, SERVER) : NULL;

	if (!head)
		return true;
	return head->minor ? !http_has_token(head, SPAN("connection"), SPAN("close"))
			   : http_has_token(head, SPAN("connection"), SPAN("keep-alive"));
}

static void push_session(struct client *c, struct link *k)
{
	struct conn *conn = link_conn(k);

	eio_attach(conn_push(conn, &dialect_eio), &c->eio);
	sio_attach(conn_push(conn, &dialect_sio), &c->sio);
}

struct link *client_polling_link(struct client *c, struct link **slot)
{
	if (*slot && (c->how.fresh || link_over(*slot) || !keeps_alive(*slot))) {
		try_close(c->t, *slot);
		*slot = NULL;
	}
	if (*slot)
		return *slot;
	*slot = try_open(c->t, &(struct open_how){0});
	if (*slot) {
		conn_push(link_conn(*slot), &dialect_http);
		push_session(c, *slot);
	}
	return *slot;
}

struct link *client_websocket_link(struct client *c)
{
	c->ws = try_open(c->t, &(struct open_how){0});
	if (c->ws) {
		conn_push(link_conn(c->ws), &dialect_http);
		conn_push(link_conn(c->ws), &dialect_ws);
		push_session(c, c->ws);
	}
	return c->ws;
}

/* A browser sends one Cookie header: the user's own and those that were set. */
static void add_cookies(struct client *c, struct request *r)
{
	struct span jar = arena_copy(&r->arena, buf_span(&c->jar));

	if (c->how.no_cookies || !jar.n)
		return;
	for (size_t i = 0; i < r->n; i++) {
		if (!span_ieq(r->headers[i].name, SPAN("cookie")))
			continue;
		r->headers[i].value =
			arena_fmt(&r->arena, "%.*s; %.*s", SPANF(r->headers[i].value), SPANF(jar));
		return;
	}
	r->headers[r->n++] = (struct http_header){SPAN("Cookie"), jar};
}

void client_request(struct client *c, struct link *k, struct request *r)
{
	struct url at = c->t->vantage->url;

	at.target = c->how.path ? span_of(c->how.path) : c->t->vantage->engine;
	request_write(r, c->t, &(struct upgrade_how){.path = NULL}, &at,
		try_trusts(c->t, k, &at, &(struct open_how){0}));
	if (c->how.origin)
		r->origin = span_of(c->how.origin);
	r->subprotocols = (struct span){0};
	add_cookies(c, r);
}

struct eio_ask client_ask(struct client *c, const struct request *r)
{
	return (struct eio_ask){.path = r->target,
		.host = r->host,
		.t = arena_fmt(&c->t->probe->arena, "%llx%u",
			(unsigned long long)(c->t->probe->salt & 0xffffff), ++c->requests),
		.origin = r->origin,
		.headers = r->headers,
		.n = r->n};
}

static struct span name_of(struct span pair)
{
	ssize_t equals = span_chr(pair, '=');

	return span_trim(equals < 0 ? pair : span_head(pair, (size_t)equals));
}

static void keep_cookie(struct buf *jar, struct span pair)
{
	struct span rest = buf_span(jar), old;
	struct buf kept = {.max = JAR_MAX};

	while (span_cut(&rest, ';', &old)) {
		old = span_trim(old);
		if (!old.n || span_eq(name_of(old), name_of(pair)))
			continue;
		buf_addz(&kept, kept.n ? "; " : "");
		buf_add(&kept, old);
	}
	buf_addz(&kept, kept.n ? "; " : "");
	buf_add(&kept, pair);
	buf_deinit(jar);
	*jar = kept;
}

void client_cookies(struct client *c, struct link *k)
{
	struct layer *http = conn_layer(link_conn(k), &dialect_http);
	const struct http_head *head = http ? http_head(http, SERVER) : NULL;

	for (size_t i = 0; head && i < head->n; i++) {
		struct span value = head->headers[i].value, pair;

		if (span_ieq(head->headers[i].name, SPAN("set-cookie")) &&
			span_cut(&value, ';', &pair))
			keep_cookie(&c->jar, span_trim(pair));
	}
}
