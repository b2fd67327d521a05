#include "serve/fault.h"

#include "base/text.h"
#include "dialect/ws/handshake.h"

enum which { ALL, UPGRADES };

static void canned(
	struct call *c, enum which which, const char *status, const char *headers, struct span body)
{
	if (which == UPGRADES && !call_upgrades(c))
		call_healthy(c);
	else
		call_answer(c, status, headers, body);
}

#define CANNED(function, id, which, status, headers, body, say)                                    \
	void show_##function(struct call *c)                                                       \
	{                                                                                          \
		canned(c, which, status, headers, SPAN(body));                                     \
	}
#include "serve/canned.def"
#undef CANNED

const struct fault fault_all[] = {
#define FAULT(function, name, defaults, sentence)                                                  \
	{.id = name, .run = show_##function, .params = defaults, .say = sentence},
#define CANNED(function, name, which, status, headers, body, sentence)                             \
	{.id = name, .run = show_##function, .say = sentence},
#include "serve/canned.def"
#include "serve/fault.def"
#undef CANNED
#undef FAULT
	{0}};

const struct fault *fault_find(struct span id)
{
	for (const struct fault *f = fault_all; f->id; f++)
		if (span_eq(id, span_of(f->id)))
			return f;
	return NULL;
}

bool fault_param(struct fault_params *p, struct span word)
{
	ssize_t equals = span_chr(word, '=');
	struct span name = span_head(word, equals < 0 ? 0 : (size_t)equals),
		    value = span_from(word, (size_t)(equals + 1));

	if (span_eq(name, SPAN("after")))
		return text_duration(value, &p->after);
	if (span_eq(name, SPAN("age")))
		return text_duration(value, &p->age);
	if (span_eq(name, SPAN("limit")))
		return text_size(value, &p->limit);
	if (span_eq(name, SPAN("code")))
		return span_uint(value, 65535, &p->code);
	p->to = value;
	return span_eq(name, SPAN("to"));
}

size_t serve_accept(const struct http_head *h, char *out, size_t room)
{
	if (room < WS_ACCEPT_MAX)
		return 0;
	ws_accept_make(out, http_find(h, SPAN("Sec-WebSocket-Key")));
	return WS_ACCEPT_MAX;
}
