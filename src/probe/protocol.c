#include "probe/protocol.h"

#define PROTOCOL(name) &protocol_##name,
const struct protocol *const protocol_all[] = {
#include "probe/protocol.def"
	NULL};
#undef PROTOCOL

_Static_assert(sizeof(protocol_all) / sizeof(protocol_all[0]) <= PROTOCOLS_MAX + 1,
	"an ask has room for each protocol's options");

const struct protocol protocol_websocket = {.name = "websocket"};

const struct protocol *protocol_find(struct span name)
{
	for (const struct protocol *const *p = protocol_all; *p; p++)
		if (span_eq(span_of((*p)->name), name))
			return *p;
	return NULL;
}

size_t protocol_index(const struct protocol *p)
{
	size_t i = 0;

	while (protocol_all[i] && protocol_all[i] != p)
		i++;
	return i;
}

bool protocol_has(const struct protocol *p, const struct tag *exp)
{
	for (const struct experiment *e = p->experiments; e && e->tag; e++)
		if (e->tag == exp)
			return true;
	return false;
}

const void *protocol_ask(const struct probe_ask *ask, const struct protocol *p)
{
	static const _Alignas(max_align_t) unsigned char nothing[PROTOCOL_ASK_MAX];
	const void *own = ask->own[protocol_index(p)];

	return own ? own : nothing;
}

bool protocol_is_meant(const struct probe_ask *ask, const struct protocol *p)
{
	const unsigned char *own = protocol_ask(ask, p);

	for (size_t i = 0; i < p->ask_size; i++)
		if (own[i])
			return true;
	return false;
}
