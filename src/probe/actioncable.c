/* Action Cable: the server speaks first. */
#include "dialect/actioncable/actioncable.h"

#include "fact/all.h"
#include "probe/hello.h"

/* Rails mounts it at /cable. */
static void mount(struct buf *out, const struct vantage *v)
{
	if (!span_eq(url_path(&v->url), SPAN("/cable")))
		buf_addz(out, "/cable");
}

static const struct greeting greeting = {.awaits = "welcome",
	.works = "Action Cable says welcome",
	.stack = "rails",
	.mount = mount};

static const char *in_url(const struct vantage *v)
{
	if (span_has_token(v->probe->ask->subprotocol, SPAN("actioncable-v1-json")))
		return "option";
	return span_ends(url_path(&v->url), SPAN("/cable")) ? "path" : NULL;
}

static bool in_answer(const struct obs *o)
{
	return (o->kind == &http_answer && obs_is(o, &k_who, "actioncable")) ||
	       (o->kind == &ws_message && obs_is(o, &k_from, "server") &&
		       obs_is(o, &k_shape, "Action Cable welcome"));
}

static void begin(struct vantage *v)
{
	hello_begin(v, &greeting);
	v->subprotocol = SPAN("actioncable-v1-json, actioncable-unsupported");
}

const struct protocol protocol_actioncable = {.name = "actioncable",
	.in_url = in_url,
	.in_answer = in_answer,
	.begin = begin,
	.above = &dialect_actioncable,
	.experiments = hello_experiments,
	.greet = hello_greet};
