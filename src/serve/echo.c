/* A plain WebSocket server: it echoes messages. */
#include "serve/page.h"

static bool takes(struct span path, const void *own)
{
	(void)own;
	return span_eq(path, SPAN("/")) || span_eq(path, SPAN("/echo"));
}

static void request(struct call *c)
{
	if (page_is_wanted(c))
		page_show(c);
	else if (page_list_is_wanted(c))
		page_list(c);
	else
		call_welcome(c);
}

static void message(struct call *c, enum ws_opcode opcode, struct span data)
{
	ws_send(c->ws, opcode, data);
}

const struct role role_echo = {
	.name = "echo",
	.say = "echoes messages at / and /echo",
	.urls = "/echo sends every message back; so does /, which shows a browser a page of tests",
	.takes = takes,
	.request = request,
	.message = message,
};
