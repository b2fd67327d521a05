/* SockJS: the server speaks first; each connection has a path of its own; clients fall back to XHR.
 */
#include "dialect/sockjs/sockjs.h"

#include "fact/all.h"
#include "io/random.h"
#include "probe/hello.h"
#include "probe/request.h"

#define SUFFIX SPAN("/websocket")

/* The last part of the path without its slash; the empty span: there is none. */
static struct span last_part(struct span path)
{
	size_t i = path.n;

	while (i && path.p[i - 1] != '/')
		i--;
	return i ? span_from(path, i) : (struct span){0};
}

static struct span without_last(struct span path)
{
	size_t n = last_part(path).n + 1;

	return n > path.n ? path : span_head(path, path.n - n);
}

/* …/SERVER/SESSION/websocket, as sockjs-client writes it: the server's number has three digits. */
static bool is_session(struct span path)
{
	struct span up = without_last(path);
	uint64_t number;

	return span_ends(path, SUFFIX) && last_part(up).n >= 4 &&
	       last_part(without_last(up)).n == 3 &&
	       span_uint(last_part(without_last(up)), 999, &number);
}

static struct span mounted_at(struct span path)
{
	if (is_session(path))
		return without_last(without_last(without_last(path)));
	if (span_ends(path, SUFFIX) || span_ends(path, SPAN("/info")))
		return without_last(path);
	return span_ends(path, SPAN("/")) ? span_head(path, path.n - 1) : path;
}

static struct span session_path(const struct vantage *v, const char *transport)
{
	uint64_t r;

	random_fill(&r, sizeof(r));
	return arena_fmt(&v->probe->arena, "%.*s/%03u/%08x/%s", SPANF(hello_state(v)->base),
		(unsigned)(r % 1000), (unsigned)(r >> 32), transport);
}

static struct span path(const struct vantage *v)
{
	return session_path(v, "websocket");
}

static const struct greeting greeting = {
	.awaits = "o", .works = "a SockJS session opens by WebSocket", .path = path};

static const char *in_url(const struct vantage *v)
{
	struct span p = url_path(&v->url);

	return is_session(p) || span_find(p, SPAN("sockjs")) >= 0 ? "path" : NULL;
}

static bool in_answer(const struct obs *o)
{
	return (o->kind == &http_answer && obs_is(o, &k_who, "sockjs")) ||
	       (o->kind == &ws_message && obs_is(o, &k_from, "server") &&
		       obs_is(o, &k_shape, "SockJS open frame"));
}

static void begin(struct vantage *v)
{
	hello_begin(v, &greeting);
	hello_state(v)->base = mounted_at(url_path(&v->url));
	v->url.target = path(v);
}

void probe_sockjs_info(struct try *t)
{
	struct span at =
		arena_fmt(&t->probe->arena, "%.*s/info", SPANF(hello_state(t->vantage)->base));
	struct sockjs_terms terms;
	const struct obs *o;
	struct link *k;

	o = try_upgrade(t, &(struct upgrade_how){.plain_get = true, .path = at.p}, &k);
	if (!k)
		return;
	if (o && o->kind == &http_answer && sockjs_info_read(&terms, obs_text(o, &k_body_head)))
		note(t->spot.journal, link_where(k), probe_now(t->probe), &sockjs_info,
			F_BOOL(k_websocket, terms.websocket),
			F_BOOL(k_cookie_needed, terms.cookie_needed));
	try_close(t, k);
}

static void note_fallback(struct try *t, const struct where *w, const struct obs *answer)
{
	ns now = probe_now(t->probe);

	note(t->spot.journal, w, now, &sockjs_fallback, F_TIME(k_took, obs_int(answer, &k_took)));
	note(t->spot.journal, w, now, &run_works, F_TEXT(k_text, SPAN("a SockJS session opens by XHR")));
}

void probe_sockjs_xhr(struct try *t)
{
	struct span at = session_path(t->vantage, "xhr");
	struct link *k = try_open(t, &(struct open_how){0});
	struct upgrade_how how = {.path = at.p};
	struct request r = {0};
	struct http_ask ask;
	const struct obs *o;

	if (!k)
		return;
	request_write(&r, t, &how, &t->vantage->url, try_trusts(t, k, &t->vantage->url, &how.open));
	ask = request_plain(&r);
	ask.method = SPAN("POST");
	http_ask(conn_push(link_conn(k), &dialect_http), &ask);
	o = try_answer(t, k);
	if (o && o->kind == &http_answer && obs_int(o, &k_status) == 200 &&
		span_starts(obs_text(o, &k_body_head), SPAN("o")))
		note_fallback(t, link_where(k), o);
	request_deinit(&r);
	try_close(t, k);
}

/* What /info says; NULL: no SockJS service answers there. */
static const struct obs *info_of(const struct vantage *v)
{
	const struct journal *j = v->probe->journal;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &sockjs_info && j->all[i]->where.vantage == v->index)
			return j->all[i];
	return NULL;
}

/* A client asks for /info first, and does not try WebSocket where that switches it off. */
static void plan(struct vantage *v)
{
	const struct obs *info;

	plan_here(v, plan_find(&exp_sockjs_info));
	info = info_of(v);
	if (!info || obs_int(info, &k_websocket)) {
		plan_upgrade(v);
		plan_here(v, plan_find(&exp_hello));
	}
	if (!v->opened)
		plan_here(v, plan_find(&exp_sockjs_xhr));
}

const struct protocol protocol_sockjs = {.name = "sockjs",
	.in_url = in_url,
	.in_answer = in_answer,
	.begin = begin,
	.above = &dialect_sockjs,
	.plan = plan,
	.experiments = hello_experiments,
	.greet = hello_greet};
