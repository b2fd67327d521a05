/* The base plan: the name, one connection to each family, the Upgrade with three pings. */
#include "probe/token.h"
#include "probe/try.h"

#include "fact/all.h"
#include "io/clock.h"

#define PINGS 3

void probe_names(struct try *t)
{
	struct vantage *v = t->vantage;
	struct resolve_ask ask = {.host = v->url.host,
		.port = v->url.port,
		.family = t->probe->ask->family,
		.overrides = t->probe->ask->overrides};

	v->forward = forward_choose(v, &v->url);
	if (v->forward) {
		/* the proxy resolves the target's name; on such networks it is often unknown inside */
		ask.host = v->forward->url.host;
		ask.port = v->forward->url.port;
		ask.system_only = true;
		v->reachable = resolve(&v->forward->names, &t->spot, &ask, try_deadline(t));
		try_say(t, "answered", "peer", "the proxy's name: the target's is resolved by the proxy");
		return;
	}
	if (resolve(&v->names, &t->spot, &ask, try_deadline(t)))
		try_say(t, "answered", "peer", NULL);
	else
		try_say(t, v->names.error && strcmp(v->names.error, "timeout") == 0 ? "silent" : "answered", "peer", v->names.error);
}

struct family_dial {
	struct try *t;
	const struct tag *role;
	const struct address *to;
	bool ok;
	const char *error;
};

static void dial_family(void *arg)
{
	struct family_dial *f = arg;
	struct spot spot = f->t->spot;
	struct dialled d;

	spot.where.role = f->role;
	spot.where.flow = journal_flow(spot.journal);
	f->ok = dial(&d, &spot, f->to, try_deadline(f->t));
	f->error = d.error;
	if (f->ok)
		link_close(link_new(&spot, &d, SEAT_CLIENT));
}

static const struct address *first_of(const struct addresses *names, int family)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->v[i].family == family)
			return &names->v[i];
	return NULL;
}

/* Clients take the first address that answers, in the resolver's order. */
static void choose_address(struct vantage *v, const struct family_dial *f, size_t n)
{
	for (size_t i = 0; i < v->names.n && !v->reachable; i++)
		for (size_t k = 0; k < n; k++)
			if (f[k].ok && f[k].to == &v->names.v[i]) {
				v->chosen = v->names.v[i];
				v->reachable = true;
			}
}

void probe_dial(struct try *t)
{
	struct vantage *v = t->vantage;
	struct family_dial dials[] = {{t, &role_v4, first_of(&v->names, 4), false, NULL},
		{t, &role_v6, first_of(&v->names, 6), false, NULL}};
	struct fiber *fibers[2] = {NULL, NULL};
	bool any = false;

	if (v->forward || !v->names.n) {
		try_say(t, "skipped", "us", v->forward ? "a proxy is used" : "the name has no address");
		return;
	}
	for (int i = 0; i < 2; i++) {
		if (!dials[i].to)
			continue;
		fibers[i] = fiber_start(t->probe->loop, dial_family, &dials[i]);
		t->connections++;
		t->probe->connections++;
	}
	for (int i = 0; i < 2; i++) {
		if (fibers[i])
			fiber_join(fibers[i]);
		any |= dials[i].ok;
	}
	choose_address(v, dials, 2);
	try_say(t, any ? "answered" : "refused", "peer", NULL);
}

/* Pings until one stays without a pong or the connection has something to say. */
static void ping_thrice(struct try *t, struct link *k)
{
	for (int i = 0; i < PINGS && link_open(k); i++) {
		struct layer *ws = try_ws(k);
		ns began = probe_now(t->probe);
		const struct obs *o;

		if (!ws || !ws_is_open(ws))
			return;
		ws_ping(ws);
		o = link_await(k, try_deadline(t), &ws_rtt, &ws_close, &ws_fault);
		try_phase(t, k, "ping", began, o && o->kind == &ws_rtt);
		if (o && o->kind != &ws_rtt)
			return;
		if (!o) {
			if (link_open(k) && probe_is_over(t->probe))
				try_say(t, "aborted", "budget", NULL);
			else if (link_open(k))
				note(t->spot.journal, link_where(k), probe_now(t->probe), &ws_no_pong,
					F_TIME(k_waited, probe_now(t->probe) - began));
			return;
		}
	}
}

static void keep_location(struct try *t, struct link *k)
{
	struct layer *http = conn_layer(link_conn(k), &dialect_http);
	const struct http_head *head = http ? http_head(http, SERVER) : NULL;

	if (head && head->status >= 300 && head->status < 400)
		t->vantage->location = arena_copy(&t->probe->arena, http_find(head, SPAN("location")));
}

void probe_upgrade(struct try *t)
{
	struct link *k;
	const struct obs *o;

	token_note(t, &t->vantage->url, clock_wall() / NS_S);
	o = try_upgrade(t, &(struct upgrade_how){.path = NULL}, &k);
	if (!k)
		return;
	if (o && o->kind == &http_answer)
		keep_location(t, k);
	if (o && o->kind == &ws_open) {
		t->vantage->opened = o;
		ping_thrice(t, k);
		try_goodbye(t, k);
	}
	try_close(t, k);
}
