/* Phoenix channels: a server says nothing before the first heartbeat or join. */
#include "dialect/phoenix/phoenix.h"

#include "fact/all.h"
#include "probe/hello.h"

#define SUFFIX "/websocket"

/* As phoenix.js names it in the query; without one the server speaks version 1. */
static unsigned version_of(const struct vantage *v)
{
	struct span rest = url_query(&v->url), part;

	if (hello_state(v)->level)
		return hello_state(v)->level;
	while (span_cut(&rest, '&', &part))
		if (span_starts(part, SPAN("vsn=2")))
			return 2;
	return 1;
}

static void say_heartbeat(struct try *t, struct layer *l, bool held)
{
	(void)held;
	phoenix_say_heartbeat(l, version_of(t->vantage));
}

/* phoenix.js adds the transport's name to the path that the endpoint names. */
static void mount(struct buf *out, const struct vantage *v)
{
	struct span path = url_path(&v->url);

	if (span_ends(path, SPAN(SUFFIX)))
		return;
	buf_add(out, span_ends(path, SPAN("/")) ? span_head(path, path.n - 1) : path);
	buf_addz(out, SUFFIX);
}

static const struct greeting greeting = {.awaits = "phx_reply",
	.works = "Phoenix answers a heartbeat",
	.stack = "phoenix",
	.say = say_heartbeat,
	.mount = mount};

static bool names_version(struct span query)
{
	return span_starts(query, SPAN("vsn=")) || span_find(query, SPAN("&vsn=")) >= 0;
}

static const char *in_url(const struct vantage *v)
{
	struct span path = url_path(&v->url);

	if (span_ends(path, SPAN("/live/websocket")) || span_ends(path, SPAN("/socket/websocket")))
		return "path";
	return names_version(url_query(&v->url)) ? "query" : NULL;
}

static bool in_answer(const struct obs *o)
{
	return o->kind == &http_answer && obs_is(o, &k_who, "phoenix");
}

static void begin(struct vantage *v)
{
	struct buf b = {.max = URL_SAID_MAX};

	hello_begin(v, &greeting);
	if (names_version(url_query(&v->url)))
		return;
	url_target(&b, &v->url);
	v->url.target = arena_fmt(&v->probe->arena, "%.*s%cvsn=2.0.0", SPANF(buf_span(&b)),
		url_query(&v->url).n ? '&' : '?');
	buf_deinit(&b);
}

void probe_phoenix_vsn(struct try *t)
{
	struct hello_state *s = hello_state(t->vantage);
	unsigned other = version_of(t->vantage) == 2 ? 1 : 2;
	struct span path = arena_fmt(
		&t->probe->arena, "%.*s?vsn=%u.0.0", SPANF(url_path(&t->vantage->url)), other);

	s->level = other;
	hello_exchange(t, &(struct upgrade_how){.path = path.p});
	s->level = 0;
}

const struct protocol protocol_phoenix = {.name = "phoenix",
	.in_url = in_url,
	.in_answer = in_answer,
	.begin = begin,
	.above = &dialect_phoenix,
	.experiments = hello_experiments,
	.greet = hello_greet};
