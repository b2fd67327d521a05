/* "The same Upgrade, with one thing changed": each experiment is a row of variations, run one after
 * the other. */
#include "probe/try.h"

#include "fact/all.h"

/* A name that no server can have; RFC 2606 keeps .invalid free. */
#define NO_HOST "wsdx-probe.invalid"
#define NO_PATH "/wsdx-probe-no-such-path"
/* Engine.IO 4 as socket.io-client begins; a server of another kind answers as to any unknown path.
 */
#define ENGINEIO_PATH "/socket.io/?EIO=4&transport=polling"

#define ENGINEIO_PATIENCE (2 * NS_S)

static const struct variation {
	const struct tag *tag;
	struct upgrade_how how;
} variations[] = {
	{&exp_plain_get, {.plain_get = true}},
	{&exp_other_path, {.path = NO_PATH}},
	{&exp_slash, {.toggle_slash = true}},
	{&exp_root_path, {.path = "/"}},
	{&exp_no_origin, {.no_origin = true}},
	{&exp_own_origin, {.own_origin = true}},
	{&exp_no_extensions, {.no_deflate = true}},
	{&exp_no_subprotocol, {.no_subprotocol = true}},
	{&exp_no_credentials, {.no_credentials = true}},
	{&exp_small_headers, {.small_headers = true}},
	{&exp_short_query, {.no_query = true}},
	{&exp_repeat, {.path = NULL}},
	{&exp_repeat, {.path = NULL}},
	{&exp_tls_instead, {.open.tls = TLS_ALWAYS, .no_credentials = true}},
	{&exp_plain_instead, {.open.tls = TLS_NEVER, .no_credentials = true}},
	{&exp_no_sni, {.open.no_sni = true, .no_credentials = true}},
	{&exp_other_host, {.host = NO_HOST, .no_credentials = true}},
	{&exp_engineio, {.plain_get = true, .path = ENGINEIO_PATH}},
	{&exp_proxy_header, {.open.proxy_header = true, .no_credentials = true}},
	{&exp_eio_no_upgrade, {.plain_get = true}},
	{&exp_no_proxy, {.open.no_proxy = true}},
	/* most asked for first; the run stops at the first that opens and stays open */
	{&exp_subprotocols, {.subprotocol = "graphql-transport-ws"}},
	{&exp_subprotocols, {.subprotocol = "mqtt"}},
	{&exp_subprotocols, {.subprotocol = "graphql-ws"}},
	{&exp_subprotocols, {.subprotocol = "ocpp1.6"}},
	{&exp_subprotocols, {.subprotocol = "v12.stomp"}},
	{&exp_subprotocols, {.subprotocol = "actioncable-v1-json"}},
};

/* Without the proxy the place has to be resolved and dialled by ourselves. */
static bool resolve_here(struct try *t, struct addresses *names)
{
	const struct url *url = &t->vantage->url;
	struct resolve_ask ask = {.host = url->host,
		.port = url->port,
		.family = t->probe->ask->family,
		.overrides = t->probe->ask->overrides};

	return resolve(names, &t->spot, &ask, try_deadline(t));
}

#define SETTLES (1 * NS_S)

/* A 101 alone says little: a server that turns clients away closes or cuts at once, before it
 * answers a ping. */
static bool stays_open(struct try *t, struct link *k)
{
	struct layer *ws = try_ws(k);
	const struct obs *o;

	if (!ws || !ws_is_open(ws))
		return false;
	ws_ping(ws);
	o = link_await(k, try_deadline_in(t, SETTLES), &ws_rtt, &ws_close, &ws_fault);
	return link_open(k) && (!o || o->kind == &ws_rtt);
}

static bool run_variation(struct try *t, const struct upgrade_how *how)
{
	struct upgrade_how adapted = *how;
	struct addresses names = {0};
	const struct obs *o;
	struct link *k;
	bool works;

	if (how->open.no_proxy) {
		if (!resolve_here(t, &names)) {
			try_say(t, "answered", "peer", names.error);
			return false;
		}
		adapted.open.to = &names.v[0];
	}
	o = try_upgrade(t, &adapted, &k);
	if (!k)
		return false;
	works = o && o->kind == &ws_open && stays_open(t, k);
	if (works)
		try_goodbye(t, k);
	try_close(t, k);
	return works;
}

void probe_vary(struct try *t)
{
	/* a server that has nothing there may hang, and the run waits for it before it begins */
	if (t->exp->tag == &exp_engineio)
		t->patience = ENGINEIO_PATIENCE;
	for (size_t i = 0; i < sizeof(variations) / sizeof(variations[0]); i++) {
		if (variations[i].tag != t->exp->tag || probe_is_over(t->probe))
			continue;
		if (run_variation(t, &variations[i].how) && t->exp->tag == &exp_subprotocols)
			return;
		t->spot.where.attempt++;
	}
}
