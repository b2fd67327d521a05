/* WebSocket over HTTP/2 (RFC 8441), as browsers try it when a server offers it: an experiment of its own, for the Upgrade offers only
 * http/1.1. */
#include "dialect/h2/h2.h"

#include "fact/all.h"
#include "probe/request.h"

static void ask_h2(struct try *t, struct link *k)
{
	const struct upgrade_how how = {.path = NULL};
	struct request r = {0};
	struct ws_ask ask;
	struct layer *h2;

	request_write(&r, t, &how, &t->vantage->url, link_verified(k) || t->probe->ask->insecure);
	ask = request_upgrade(&r, &how);
	h2 = conn_push(link_conn(k), &dialect_h2);
	conn_push(link_conn(k), &dialect_ws);
	h2_ask(h2, &ask, true);
	request_deinit(&r);
}

/* An open stream must carry frames both ways: one ping. */
static void ping_once(struct try *t, struct link *k)
{
	struct layer *ws = try_ws(k);

	if (!ws || !ws_is_open(ws))
		return;
	ws_ping(ws);
	link_await(k, try_deadline(t), &ws_rtt, &ws_close, &ws_fault);
	try_goodbye(t, k);
}

static void converse(struct try *t, struct link *k)
{
	const struct obs *o;

	ask_h2(t, k);
	o = link_await(k, try_deadline(t), &h2_settings);
	if (o && obs_int(o, &k_extended_connect))
		o = link_await(k, try_deadline(t), &h2_connect);
	if (!o) {
		h2_silent(conn_layer(link_conn(k), &dialect_h2));
		try_say(t, link_over(k) ? "cut" : "silent", link_over(k) ? "peer" : "us", NULL);
		return;
	}
	try_say(t, "answered", "peer", NULL);
	if (o->kind == &h2_connect && obs_int(o, &k_status) / 100 == 2)
		ping_once(t, k);
}

void probe_h2(struct try *t)
{
	struct link *k = try_open(t, &(struct open_how){.alpn = "h2"});

	if (!k)
		return;
	if (span_eq(link_alpn(k), SPAN("h2")))
		converse(t, k);
	else
		try_say(t, "answered", "peer", "no HTTP/2");
	try_close(t, k);
}
