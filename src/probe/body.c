#include "probe/body.h"

#include "dialect/http/http.h"

static void keep(struct layer *l, enum side from, int unit, struct span data)
{
	struct buf *body = l->state;

	body->max = BODY_MAX;
	if (from == SERVER && unit == HTTP_HEAD)
		buf_clear(body);
	if (from == SERVER && unit == HTTP_BODY)
		buf_add(body, data);
}

static void drop(struct layer *l)
{
	buf_deinit(l->state);
}

const struct dialect dialect_body = {.name = "body",
	.say = "the body of an answer",
	.size = sizeof(struct buf),
	.feed = keep,
	.stop = drop};

struct span body_kept(struct conn *c)
{
	return buf_span(conn_layer(c, &dialect_body)->state);
}
