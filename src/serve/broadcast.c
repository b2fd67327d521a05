/* Every message goes to all others that are there. What came in one turn from one of them is made
 * into frames once, and those that rest are not woken for it. */
#include <stdlib.h>

#include "serve/far.h"

/* So much is gathered before it is said. */
#define GATHERED_MAX ((size_t)64 << 10)

struct member {
	struct member *next, **at;
	struct call *call;
};

struct hall {
	struct far *far;
	struct member *members;
	struct pool pool;
	struct call *from; /* who said what is gathered; NULL: nothing is */
	struct buf frames;
	unsigned messages;
	struct post post;
};

static void say_gathered(void *arg)
{
	struct hall *h = arg;
	struct member *next;

	for (struct member *m = h->members; h->from && m; m = next) {
		next = m->next;
		if (m->call != h->from && !m->call->over)
			call_send_made(m->call, buf_span(&h->frames), h->messages);
	}
	h->from = NULL;
	h->messages = 0;
	if (h->frames.cap > 2 * GATHERED_MAX)
		buf_deinit(&h->frames);
	buf_clear(&h->frames);
}

static void message(struct call *c, enum ws_opcode opcode, struct span data)
{
	struct hall *h = role_state(c);

	if (h->from != c || h->frames.n >= GATHERED_MAX)
		say_gathered(h);
	h->from = c;
	ws_message_make(&h->frames, opcode, data);
	h->messages++;
	loop_post(h->far->loop, &h->post);
}

static bool takes(struct span path, const void *own)
{
	(void)own;
	return span_eq(path, SPAN("/broadcast"));
}

static void request(struct call *c)
{
	struct hall *h = role_state(c);
	struct member *m;

	if (!call_welcome(c))
		return;
	m = pool_new(&h->pool);
	if (!m)
		abort();
	*m = (struct member){.next = h->members, .at = &h->members, .call = c};
	if (m->next)
		m->next->at = &m->next;
	h->members = m;
	c->mine = m;
}

static void end(struct call *c)
{
	struct hall *h = role_state(c);
	struct member *m = c->mine;

	if (!m)
		return;
	if (h->from == c)
		say_gathered(h);
	*m->at = m->next;
	if (m->next)
		m->next->at = m->at;
	pool_free(&h->pool, m);
	c->mine = NULL;
}

static void begin(void *state, struct far *far, const void *own)
{
	struct hall *h = state;

	(void)own;
	h->far = far;
	h->post = (struct post){.call = say_gathered, .arg = h};
	pool_init(&h->pool, sizeof(struct member), far->pool.max);
}

static void finish(void *state)
{
	struct hall *h = state;

	loop_unpost(h->far->loop, &h->post);
	buf_deinit(&h->frames);
	pool_deinit(&h->pool);
}

const struct role role_broadcast = {
	.name = "broadcast",
	.say = "sends every message to all others at /broadcast",
	.urls = "/broadcast sends every message to all other clients there",
	.takes = takes,
	.request = request,
	.message = message,
	.end = end,
	.state_size = sizeof(struct hall),
	.begin = begin,
	.finish = finish,
};
