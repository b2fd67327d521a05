/* A listener that expects the line of the PROXY protocol, version 1, before everything else
 * (haproxy.org, proxy-protocol.txt §2.1). */
#include "serve/far.h"

#define LINE_MAX 107

struct want {
	struct call *call;
	char line[LINE_MAX];
	size_t n;
	bool passed;
};

static void hang_up(struct layer *l)
{
	struct want *w = l->state;

	w->passed = true;
	call_fin(w->call);
}

static void want_feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct want *w = l->state;
	static const char head[] = "PROXY ";

	while (!w->passed && data.n) {
		char c = data.p[0];

		data = span_from(data, 1);
		if (w->n == LINE_MAX || (w->n < sizeof(head) - 1 && c != head[w->n])) {
			hang_up(l);
			return;
		}
		w->line[w->n++] = c;
		w->passed = c == '\n';
	}
	if (data.n && !w->call->ending)
		layer_up(l, from, unit, data);
}

static const struct dialect dialect_want = {
	.name = "proxy-line", .size = sizeof(struct want), .feed = want_feed, .cut = layer_cut_up};

void far_want_line(struct call *c)
{
	struct layer *l = conn_push(link_conn(c->k), &dialect_want);

	((struct want *)l->state)->call = c;
}
