/* Hears everything and says nothing; what it heard is counted (/api/health, .roles.sink). */
#include "serve/role.h"

static bool takes(struct span path, const void *own)
{
	(void)own;
	return span_eq(path, SPAN("/sink"));
}

static void request(struct call *c)
{
	call_welcome(c);
}

const struct role role_sink = {
	.name = "sink",
	.say = "swallows messages at /sink",
	.urls = "/sink swallows messages; /api/health counts them",
	.takes = takes,
	.request = request,
};
