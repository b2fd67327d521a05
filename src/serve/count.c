#include "serve/count.h"

#include <stdlib.h>

#include "serve/far.h"
#include "serve/log.h"

const char *const limit_names[LIMITS] = {
	[LIMIT_NONE] = "none",
	[LIMIT_CONNECTIONS] = "max-connections",
	[LIMIT_HEADER] = "max-header",
	[LIMIT_MESSAGE] = "max-message",
	[LIMIT_SLOW_BYTES] = "slow-reader-bytes",
	[LIMIT_SLOW_TIME] = "slow-reader-after",
	[LIMIT_PROXY] = "proxy-protocol",
	[LIMIT_REQUEST] = "no-request",
	[LIMIT_PROFILE] = "profile",
};

/* What it said since its link began. */
struct said {
	uint64_t bytes[2], messages[2];
};

static struct said said_by(const struct call *c)
{
	struct said s = {0};

	if (!c->k)
		return s;
	s.bytes[CLIENT] = link_conn(c->k)->bytes[CLIENT];
	s.bytes[SERVER] = link_said(c->k);
	for (int side = CLIENT; c->ws && side <= SERVER; side++)
		s.messages[side] = ws_messages(c->ws, (enum side)side);
	return s;
}

/* The bytes of a stream are among those of the connection that carries it. */
static void add(struct count *n, const struct call *c, const struct said *s)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		n->bytes[side] += c->is_stream ? 0 : s->bytes[side];
		n->messages[side] += s->messages[side];
	}
}

struct count *count_now(const struct far *far)
{
	struct count *n = malloc(sizeof(*n));

	if (!n)
		abort();
	*n = far->count;
	for (const struct call *c = far->calls; c; c = c->next) {
		struct said s = said_by(c);

		add(n, c, &s);
	}
	return n;
}

void count_websocket(struct call *c)
{
	c->is_websocket = true;
	c->far->count.websockets++;
	c->far->count.open_websockets++;
	log_upgraded(c);
}

void count_fold(struct call *c)
{
	struct said s = said_by(c);

	add(&c->far->count, c, &s);
	for (int side = CLIENT; c->tale && side <= SERVER; side++) {
		c->tale->bytes[side] += s.bytes[side];
		c->tale->messages[side] += s.messages[side];
	}
}

void count_said(struct call *c, size_t bytes, unsigned messages)
{
	c->far->count.bytes[SERVER] += bytes;
	c->far->count.messages[SERVER] += messages;
	if (c->tale) {
		c->tale->bytes[SERVER] += bytes;
		c->tale->messages[SERVER] += messages;
	}
}

static unsigned code_of(const struct call *c)
{
	unsigned code = c->ws ? ws_farewell(c->ws)->code : 0;

	return code && code < COUNT_CODES ? code : 1006;
}

void count_over(struct call *c)
{
	struct count *n = &c->far->count;

	count_fold(c);
	n->open_connections -= !c->is_stream;
	if (c->is_websocket) {
		n->open_websockets--;
		n->closes[code_of(c)]++;
		if (code_of(c) == 1009)
			count_limit(c->far, c, LIMIT_MESSAGE);
	}
	log_closed(c, c->is_websocket ? code_of(c) : 0);
}

void count_limit(struct far *far, struct call *c, enum limit limit)
{
	far->count.limits[limit]++;
	log_limit(far, c, limit);
}
