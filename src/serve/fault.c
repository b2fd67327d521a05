#include "serve/fault.h"

#include "base/text.h"
#include "dialect/ws/handshake.h"
#include "serve/pages.h"

enum which { ALL, UPGRADES, TURNS, CONNECTS };

static bool concerns(const struct call *c, enum which which)
{
	switch (which) {
	case ALL:
		return true;
	case UPGRADES:
		return call_upgrades(c);
	case TURNS:
		return call_upgrades(c) && c->show->turn % 2 == 0;
	case CONNECTS:
		return span_eq(call_head(c)->method, SPAN("CONNECT"));
	}
	return false;
}

static void canned(
	struct call *c, enum which which, const char *status, const char *headers, struct span body)
{
	if (concerns(c, which))
		call_answer(c, status, headers, body);
	else
		call_healthy(c);
}

#define CANNED(function, id, where, which, status, headers, body, ask, say)                        \
	void show_##function(struct call *c)                                                       \
	{                                                                                          \
		canned(c, which, status, headers, SPAN(body));                                     \
	}
#include "serve/canned.def"
#undef CANNED

void show_healthy(struct call *c)
{
	call_healthy(c);
}

const struct fault fault_all[] = {
#define FAULT(function, name, where, defaults, how, sentence)                                      \
	{.id = name,                                                                               \
		.place = FAULT_##where,                                                            \
		.run = show_##function,                                                            \
		.params = defaults,                                                                \
		.ask = how,                                                                        \
		.say = sentence},
#define CANNED(function, name, where, which, status, headers, body, how, sentence)                 \
	{.id = name, .place = FAULT_##where, .run = show_##function, .ask = how, .say = sentence},
#include "serve/canned.def"
#include "serve/fault.def"
#undef CANNED
#undef FAULT
	{0}};

_Static_assert(sizeof(fault_all) / sizeof(*fault_all) - 1 <= FAULTS_MAX, "counted one by one");

const struct fault *fault_find(struct span id)
{
	for (const struct fault *f = fault_all; f->id; f++)
		if (span_eq(id, span_of(f->id)))
			return f;
	return NULL;
}

const char *fault_like(struct span id)
{
	const char *names[FAULTS_MAX];
	size_t n = 0;

	for (const struct fault *f = fault_all; f->id; f++)
		names[n++] = f->id;
	return text_did_you_mean(id, names, n);
}

size_t serve_accept(const struct http_head *h, char *out, size_t room)
{
	if (room < WS_ACCEPT_MAX)
		return 0;
	ws_accept_make(out, http_find(h, SPAN("Sec-WebSocket-Key")));
	return WS_ACCEPT_MAX;
}
