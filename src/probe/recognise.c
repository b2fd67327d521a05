#include "probe/recognise.h"

#include "fact/all.h"

/* What engine.io-client puts into the query itself. */
static bool is_engines(struct span parameter)
{
	static const char *const names[] = {"EIO", "transport", "sid", "t"};
	ssize_t equals = span_chr(parameter, '=');

	parameter = equals < 0 ? parameter : span_head(parameter, (size_t)equals);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq(parameter, span_of(names[i])))
			return true;
	return false;
}

/* Path and the user's own query. socket.io-client begins at /socket.io/, and ends every path with a
 * slash. */
static struct span engine_path(struct vantage *v)
{
	struct span path = url_path(&v->url), rest = url_query(&v->url), part, kept;
	struct buf b = {.max = URL_SAID_MAX};
	char before = '?';

	buf_add(&b, path.n <= 1 ? SPAN("/socket.io/") : path);
	if (span_ends(path, SPAN("/socket.io")) || span_ends(path, SPAN("/engine.io")))
		buf_addc(&b, '/');
	while (rest.n && span_cut(&rest, '&', &part)) {
		if (!part.n || is_engines(part))
			continue;
		buf_addc(&b, before);
		buf_add(&b, part);
		before = '&';
	}
	kept = arena_copy(&v->probe->arena, buf_span(&b));
	buf_deinit(&b);
	return kept;
}

static void note_dialect(struct vantage *v, const char *dialect, const char *by)
{
	struct where w = {.vantage = v->index};

	note(v->probe->journal, &w, probe_now(v->probe), &run_dialect,
		F_TEXT(k_dialect, span_of(dialect)), F_TEXT(k_by, span_of(by)));
}

static bool become_socketio(struct vantage *v, const char *by)
{
	v->engine = engine_path(v);
	v->eio = v->probe->ask->eio ? v->probe->ask->eio : 4;
	v->bare = span_find(v->engine, SPAN("/engine.io")) >= 0;
	v->url.target = arena_fmt(&v->probe->arena, "%.*s%cEIO=%u&transport=websocket",
		SPANF(v->engine), span_chr(v->engine, '?') < 0 ? '?' : '&', v->eio);
	v->socketio = true;
	note_dialect(v, "socketio", by);
	return true;
}

bool recognise_by_url(struct vantage *v)
{
	struct span path = url_path(&v->url), query = url_query(&v->url);

	if (v->probe->ask->dialect == DIALECT_WEBSOCKET) {
		note_dialect(v, "websocket", "option");
		return false;
	}
	if (v->probe->ask->dialect == DIALECT_SOCKETIO)
		return become_socketio(v, "option");
	if (span_find(path, SPAN("/socket.io")) >= 0 || span_find(path, SPAN("/engine.io")) >= 0)
		return become_socketio(v, "path");
	return (span_starts(query, SPAN("EIO=")) || span_find(query, SPAN("&EIO=")) >= 0) &&
	       become_socketio(v, "query");
}

bool recognise_is_page(const struct vantage *v)
{
	return v->probe->ask->dialect == DIALECT_AUTO && span_starts(v->url.scheme, SPAN("http")) &&
	       !v->url.guessed && url_path(&v->url).n <= 1;
}

bool recognise_is_guess(const struct vantage *v)
{
	return v->probe->ask->dialect == DIALECT_AUTO && v->url.guessed && !v->opened &&
	       url_path(&v->url).n <= 1;
}

static bool is_engineio(const struct obs *o)
{
	if (o->kind == &http_answer)
		return obs_is(o, &k_who, "engine.io") || obs_is(o, &k_who, "python-engineio") ||
		       /* the open packet of protocol 3, behind its length */
		       span_find(obs_text(o, &k_body_head), SPAN(":0{\"sid\"")) >= 0;
	return o->kind == &ws_message && obs_is(o, &k_from, "server") &&
	       obs_is(o, &k_shape, "Engine.IO open packet");
}

bool recognise_by_answer(struct vantage *v, const struct tag *exp)
{
	const struct journal *j = v->probe->journal;

	if (v->probe->ask->dialect == DIALECT_WEBSOCKET)
		return false;
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.vantage == v->index && j->all[i]->where.exp == exp &&
			is_engineio(j->all[i]))
			return become_socketio(v, "answer");
	return false;
}
