#include "probe/request.h"

#include "probe/credential.h"
#include "probe/protocol.h"

static void write_target(struct request *r, const struct url *url, const struct upgrade_how *how, bool secrets)
{
	struct buf b = {.max = URL_SAID_MAX};
	size_t path;

	if (how->path) {
		buf_addz(&b, how->path);
	} else {
		url_target(&b, url);
		if (!secrets)
			credential_strip_query(&b);
		path = span_chr(buf_span(&b), '?') < 0 ? b.n : (size_t)span_chr(buf_span(&b), '?');
		if (how->no_query)
			b.n = path;
		if (how->toggle_slash) {
			struct span query = arena_copy(&r->arena, span_from(buf_span(&b), path));

			b.n = path;
			if (path > 1 && b.p[path - 1] == '/')
				b.n--;
			else
				buf_addc(&b, '/');
			buf_add(&b, query);
		}
	}
	r->target = arena_copy(&r->arena, buf_span(&b));
	buf_deinit(&b);
}

static void write_headers(struct request *r, const struct vantage *v, const struct url *url,
	const struct upgrade_how *how, bool secrets)
{
	const struct probe_ask *ask = v->probe->ask;

	for (size_t i = 0; i < ask->n_headers; i++) {
		const struct http_header *h = &ask->headers[i];

		if (!secrets && credential_is_header(h->name))
			continue;
		if (how->small_headers && (span_ieq(h->name, SPAN("cookie")) || h->value.n > 512))
			continue;
		if (span_ieq(h->name, SPAN("host")) || span_ieq(h->name, SPAN("origin")))
			continue; /* placed by us */
		r->headers[r->n++] = *h;
	}
	for (size_t i = 0; i < v->n_more; i++)
		if (secrets || !credential_is_header(v->more[i].name))
			r->headers[r->n++] = v->more[i];
	if (secrets && url->user.n)
		r->headers[r->n++] = (struct http_header){SPAN("Authorization"), credential_basic(&r->arena, url)};
}

static struct span user_header(const struct probe_ask *ask, struct span name)
{
	for (size_t i = 0; i < ask->n_headers; i++)
		if (span_ieq(ask->headers[i].name, name))
			return ask->headers[i].value;
	return (struct span){0};
}

static struct span own_origin(struct request *r, const struct url *url)
{
	struct buf b = {.max = 512};
	struct span kept;

	url_origin(&b, url);
	kept = arena_copy(&r->arena, buf_span(&b));
	buf_deinit(&b);
	return kept;
}

void request_write(struct request *r, const struct try *t, const struct upgrade_how *how, const struct url *url,
	bool secrets)
{
	const struct probe_ask *ask = t->probe->ask;
	struct buf b = {.max = 512};

	secrets &= !how->no_credentials;
	write_target(r, url, how, secrets);
	write_headers(r, t->vantage, url, how, secrets);
	url_authority(&b, url);
	r->host = how->host ? span_of(how->host) : user_header(ask, SPAN("host"));
	if (!r->host.n)
		r->host = arena_copy(&r->arena, buf_span(&b));
	buf_deinit(&b);
	r->origin = ask->origin.n ? ask->origin : user_header(ask, SPAN("origin"));
	if (how->own_origin || (!r->origin.n && !t->vantage->no_origin))
		r->origin = own_origin(r, url);
	if (how->no_origin)
		r->origin = (struct span){0};
	r->subprotocols = how->no_subprotocol ? (struct span){0}
		: how->subprotocol	      ? span_of(how->subprotocol)
		: ask->subprotocol.n	      ? ask->subprotocol
					      : t->vantage->subprotocol;
	if (secrets && t->vantage->speaks && t->vantage->speaks->sign)
		t->vantage->speaks->sign(t->vantage, r);
}

struct ws_ask request_upgrade(const struct request *r, const struct upgrade_how *how)
{
	return (struct ws_ask){.target = r->target,
		.host = r->host,
		.origin = r->origin,
		.subprotocols = r->subprotocols,
		.deflate = how->no_deflate ? WS_DEFLATE_NONE : WS_DEFLATE_AS_BROWSERS,
		.headers = r->headers,
		.n = r->n};
}

struct http_ask request_plain(struct request *r)
{
	if (r->origin.n)
		r->headers[r->n++] = (struct http_header){SPAN("Origin"), r->origin};
	return (struct http_ask){.method = r->method,
		.target = r->target,
		.host = r->host,
		.headers = r->headers,
		.n = r->n,
		.body = r->body};
}

void request_deinit(struct request *r)
{
	arena_deinit(&r->arena);
}
