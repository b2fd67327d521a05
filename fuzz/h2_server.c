/* Whatever a client says over HTTP/2: no crash, nothing without bounds, and no stream outlives its
 * connection. */
#include <stdio.h>
#include <stdlib.h>

#include "dialect/h2/server.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define OUT_MAX ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct call {
	struct h2_stream *s;
	size_t heard;
	unsigned left; /* times that it takes nothing */
};

static size_t alive;

static void *begin(void *arg, struct h2_stream *s)
{
	struct call *c = calloc(1, sizeof(*c));

	(void)arg;
	if (!c)
		abort();
	alive++;
	c->s = s;
	return c;
}

/* Answers the first bytes, an Upgrade or not; gives back what comes then. */
static bool hear(void *own, struct span bytes)
{
	struct call *c = own;

	if (c->left++ % 3 == 2)
		return false;
	if (!c->heard && span_find(bytes, SPAN("Upgrade")) >= 0)
		h2_say(c->s,
			SPAN("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"));
	else if (!c->heard)
		h2_say(c->s, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"));
	else
		h2_say(c->s, bytes);
	c->heard += bytes.n;
	return true;
}

static void cut(void *own, enum cut how)
{
	(void)how;
	alive--;
	free(own);
}

static void fin(void *own)
{
	h2_fin(((struct call *)own)->s);
}

static void room(void *own)
{
	h2_more(((struct call *)own)->s);
}

static void wake(void *arg)
{
	(void)arg;
}

static void no_random(void *to, size_t n)
{
	memset(to, 0x5a, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal journal = {0};
	struct where where = {.flow = 1};
	struct span rest = {(const char *)data, size};
	struct conn c;
	struct layer *l;

	conn_init(&c, &journal, &where, SEAT_SERVER, no_random);
	l = conn_push(&c, &dialect_h2_server);
	h2_serve(l, &(struct h2_host){NULL, begin, hear, cut, fin, room, wake});
	conn_feed(&c, CLIENT, SPAN(PREFACE));
	while (rest.n && !c.done) {
		struct span piece = span_head(rest, 1 + (unsigned char)rest.p[0]);

		c.now += NS_MS;
		conn_feed(&c, CLIENT, piece);
		conn_tick(&c);
		rest = span_from(rest, piece.n);
		if (c.out.n > OUT_MAX || h2_streams(l) > H2_STREAMS_MAX)
			abort();
	}
	conn_cut(&c, CLIENT, CUT_FIN);
	conn_deinit(&c);
	journal_deinit(&journal);
	if (alive)
		abort();
	return 0;
}
