/* Other places: the usual port of the same host, where a redirect points, the page that opens the WebSocket. */
#include "probe/try.h"

#include "fact/all.h"

#define REDIRECTS_MAX 4

void probe_other_port(struct try *t)
{
	struct address to = t->vantage->names.n ? t->vantage->names.v[0] : t->vantage->chosen;
	uint16_t port = t->vantage->url.port == 443 ? 80 : 443;
	struct address there;
	struct dialled d;

	if (t->vantage->forward || !address_from(&there, (struct sockaddr *)&to.sa, to.n, port)) {
		try_say(t, "skipped", "us", "a proxy is used");
		return;
	}
	t->spot.where.flow = journal_flow(t->probe->journal);
	t->connections++;
	t->probe->connections++;
	if (!dial(&d, &t->spot, &there, try_deadline(t))) {
		try_say(t, strcmp(d.error, "timeout") == 0 ? "silent" : "refused", "peer", d.error);
		return;
	}
	try_say(t, "answered", "peer", NULL);
	link_close(link_new(&t->spot, &d, SEAT_CLIENT));
}

static bool same_origin(const struct url *a, const struct url *b)
{
	return a->secure == b->secure && a->port == b->port && span_ieq(a->host, b->host);
}

/* A Location may be a whole URL, //host/path, /path, or relative to the path (RFC 3986 §5.2). */
static bool resolve_location(struct arena *arena, const struct url *base, struct span location, struct url *out)
{
	struct buf b = {.max = URL_SAID_MAX};
	struct span path = url_path(base), kept;
	const char *why;
	size_t slash;

	if (span_find(location, SPAN("://")) > 0) {
		buf_add(&b, location);
	} else if (span_starts(location, SPAN("//"))) {
		buf_addf(&b, "%.*s:", SPANF(base->scheme));
		buf_add(&b, location);
	} else {
		buf_addf(&b, "%.*s://", SPANF(base->scheme));
		url_authority(&b, base);
		for (slash = path.n; slash > 0 && path.p[slash - 1] != '/';)
			slash--;
		if (!span_starts(location, SPAN("/")))
			buf_add(&b, slash ? span_head(path, slash) : SPAN("/"));
		buf_add(&b, location);
	}
	kept = arena_copy(arena, buf_span(&b));
	buf_deinit(&b);
	return url_parse(kept, out, &why);
}

static bool resolve_place(struct try *t, const struct url *url, struct addresses *names)
{
	struct resolve_ask ask = {.host = url->host, .port = url->port, .family = t->probe->ask->family,
		.overrides = t->probe->ask->overrides, .system_only = true};

	return resolve(names, &t->spot, &ask, try_deadline(t));
}

/* The Upgrade at one place; the Location it gives, or empty. */
static struct span upgrade_there(struct try *t, const struct url *url, bool own)
{
	struct upgrade_how how = {.open.url = url, .no_credentials = !own};
	struct addresses names = {0};
	struct span location = {0};
	const struct obs *o;
	struct link *k;

	if (!t->vantage->forward) {
		if (!resolve_place(t, url, &names)) {
			try_say(t, "answered", "peer", names.error);
			return location;
		}
		how.open.to = &names.v[0];
	}
	o = try_upgrade(t, &how, &k);
	if (!k)
		return location;
	if (o && o->kind == &http_answer) {
		const struct http_head *head = http_head(conn_layer(link_conn(k), &dialect_http), SERVER);

		if (head && head->status >= 300 && head->status < 400)
			location = arena_copy(&t->probe->arena, http_find(head, SPAN("location")));
	}
	if (o && o->kind == &ws_open)
		try_goodbye(t, k);
	try_close(t, k);
	return location;
}

void probe_redirected(struct try *t)
{
	struct url at = t->vantage->url, next;
	struct span location = t->vantage->location;

	if (!location.n) {
		try_say(t, "skipped", "us", "the answer names no place");
		return;
	}
	for (int i = 0; i < REDIRECTS_MAX && location.n && !probe_is_over(t->probe); i++) {
		if (!resolve_location(&t->probe->arena, &at, location, &next)) {
			try_say(t, "answered", "peer", "the Location is no URL");
			return;
		}
		location = upgrade_there(
			t, &next, same_origin(&t->vantage->url, &next) || t->probe->ask->auth_anywhere);
		at = next;
		t->spot.where.attempt++;
	}
	if (location.n)
		try_say(t, "answered", "peer", "the redirects do not end");
}

void probe_page(struct try *t)
{
	struct upgrade_how how = {.plain_get = true, .no_origin = true, .no_credentials = true, .path = "/"};
	struct addresses names = {0};
	const char *why;
	struct url page;
	struct link *k;

	if (!t->probe->ask->origin.n || !url_parse(t->probe->ask->origin, &page, &why)) {
		try_say(t, "skipped", "us", "no --origin was given");
		return;
	}
	if (!t->vantage->forward && !resolve_place(t, &page, &names)) {
		try_say(t, "answered", "peer", names.error);
		return;
	}
	how.open.url = &page;
	how.open.to = &names.v[0];
	try_upgrade(t, &how, &k);
	if (k)
		try_close(t, k);
}
