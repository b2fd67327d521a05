/* Faults in time: what is silent, or old, is ended. */
#include "serve/fault.h"

/* Until nothing has passed for after=, from either side, as proxies count. True: then. */
static bool fell_silent(struct call *c)
{
	while (link_wait(c->k, call_now(c) + c->show->params.after) == WAIT_WOKEN)
		;
	return link_open(c->k) && !c->ending;
}

static void end_idle(struct call *c, struct span name, struct span value)
{
	if (fault_open_naming(c, name, value) && fell_silent(c))
		call_fin(c);
}

/* The header of the 101 that tells by whom. */
#define IDLE(function, name, value)                                                                \
	void show_##function(struct call *c)                                                       \
	{                                                                                          \
		end_idle(c, SPAN(name), SPAN(value));                                              \
	}
IDLE(idle, "Server", "nginx/1.22.1")
IDLE(idle_unmarked, "", "")
IDLE(idle_gateway, "", "")
IDLE(idle_stream, "", "")
IDLE(idle_haproxy, "Server", "haproxy")
IDLE(idle_apache, "Server", "Apache/2.4.57 (Debian)")
IDLE(idle_envoy, "Server", "envoy")
IDLE(idle_alb, "Set-Cookie", "AWSALB=abcd; Expires=Fri, 01 Jan 2038 00:00:00 GMT; Path=/")
IDLE(idle_google, "Via", "1.1 google")
IDLE(idle_ingress, "Set-Cookie", "INGRESSCOOKIE=1700000000.1.2.3|abcd; Path=/; HttpOnly")
IDLE(idle_cloudflare, "CF-RAY", "8f0000000000abcd-FRA")
IDLE(idle_heroku, "Via", "1.1 vegur")
IDLE(idle_cloudfront, "Via", "1.1 abcd.cloudfront.net (CloudFront)")

static void end_old(struct call *c, struct span name, struct span value)
{
	if (fault_open_naming(c, name, value) && call_sleep(c, c->show->params.age) && !c->ending)
		call_fin(c);
}

void show_max_age(struct call *c)
{
	end_old(c, (struct span){0}, (struct span){0});
}

void show_envoy_route(struct call *c)
{
	end_old(c, SPAN("Server"), SPAN("envoy"));
}

void show_cloudrun_age(struct call *c)
{
	end_old(c, SPAN("Server"), SPAN("Google Frontend"));
}

/* The server's own patience: it says so with a Close. */
void show_server_idle(struct call *c)
{
	if (!fault_open_naming(c, (struct span){0}, (struct span){0}) || !fell_silent(c))
		return;
	link_conn(c->k);
	ws_send_close(c->ws, (unsigned)c->show->params.code, (struct span){0});
	call_stay(c);
}

/* websockets/legacy/protocol.py, keepalive_ping() */
void show_keepalive_1011(struct call *c)
{
	if (!call_open(c, &(struct ws_offer){0}) || !call_sleep(c, c->show->params.after))
		return;
	link_conn(c->k);
	ws_send_close(c->ws, 1011, SPAN("keepalive ping timeout"));
	call_stay(c);
}

/* The peer's host is gone: not even its kernel acknowledges. It ends some time later, unheard. */
void show_half_open(struct call *c)
{
	if (!call_welcome(c))
		return;
	link_flush(c->k);
	if (c->show->params.after && !call_sleep(c, c->show->params.after))
		return;
	link_vanish(c->k);
	c->ending = true;
	call_sleep(c, 60 * NS_S);
}

/* A box that has forgotten a connection drops what it carries; the server at least says no more. */
void show_middlebox(struct call *c)
{
	if (!fault_open_naming(c, (struct span){0}, (struct span){0}) || !fell_silent(c))
		return;
	c->ending = true;
	ws_answer_pings(c->ws, false);
	call_stay(c);
}
