#include "probe/hello.h"

#include "fact/all.h"
#include "probe/credential.h"

#define GOODBYE (500 * NS_MS)

struct hello_state *hello_state(const struct vantage *v)
{
	return v->state;
}

void hello_begin(struct vantage *v, const struct greeting *g)
{
	struct hello_state *s = ARENA_NEW(&v->probe->arena, struct hello_state);

	s->greeting = g;
	v->state = s;
}

void hello_take_credentials(struct vantage *v)
{
	struct hello_state *s = v->state;

	s->user = credential_plain(&v->probe->arena, v->url.user);
	s->password = credential_plain(&v->probe->arena, v->url.password);
	v->url.user = v->url.password = (struct span){0};
}

static struct layer *layer_of(const struct try *t, struct link *k)
{
	return conn_layer(link_conn(k), t->vantage->speaks->above);
}

/* Of a connection just opened; where the server speaks first it may have spoken already. */
static const struct obs *greet(struct try *t, struct link *k, bool held)
{
	const struct greeting *g = hello_state(t->vantage)->greeting;
	struct layer *l = layer_of(t, k);
	const struct obs *o;
	ns began = probe_now(t->probe);

	if (!l)
		return NULL;
	if (g->say)
		g->say(t, l, held);
	else if (!hello_is_taken(l))
		hello_wait(l);
	o = link_await(
		k, try_deadline(t), &hello_taken, &hello_refused, &hello_bye, &ws_close, &ws_fault);
	if (!o && link_open(k) && try_cut(t) == CUT_TIMEOUT)
		note(t->spot.journal, link_where(k), probe_now(t->probe), &hello_unanswered,
			F_TEXT(k_protocol, span_of(t->vantage->speaks->name)),
			F_TEXT(k_packet, span_of(g->awaits)),
			F_TIME(k_waited, probe_now(t->probe) - began));
	if (o && g->stack)
		note(t->spot.journal, link_where(k), probe_now(t->probe), &run_stack,
			F_TEXT(k_stack, span_of(g->stack)), F_TEXT(k_by, SPAN("its subprotocol")));
	if (!o)
		try_say(t, link_over(k) ? "cut" : "silent", link_over(k) ? "peer" : "us",
			g->awaits);
	return o;
}

static void leave(struct try *t, struct link *k)
{
	const struct greeting *g = hello_state(t->vantage)->greeting;
	struct layer *l = layer_of(t, k), *ws = try_ws(k);

	if (g->bye && l && hello_is_taken(l) && ws && ws_is_open(ws)) {
		g->bye(l);
		if (g->bye_is_answered)
			link_await(k, try_deadline_in(t, GOODBYE), &hello_packet, &ws_close,
				&ws_fault);
	}
	try_goodbye(t, k);
}

const struct obs *hello_exchange(struct try *t, const struct upgrade_how *how)
{
	const struct obs *o;
	struct link *k;

	o = try_upgrade(t, how, &k);
	if (!k)
		return NULL;
	if (o && o->kind == &ws_open) {
		hello_state(t->vantage)->trusted = try_trusts(t, k, &t->vantage->url, &how->open);
		o = greet(t, k, false);
		leave(t, k);
	} else {
		o = NULL;
	}
	try_close(t, k);
	return o;
}

bool hello_greet(struct try *t, struct link *k)
{
	const struct obs *o;

	hello_state(t->vantage)->trusted =
		try_trusts(t, k, &t->vantage->url, &(struct open_how){0});
	o = greet(t, k, true);
	return o && o->kind == &hello_taken;
}

static bool has_noted(
	const struct vantage *v, const struct kind *kind, const struct key *key, const char *text)
{
	const struct journal *j = v->probe->journal;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.vantage == v->index && j->all[i]->kind == kind &&
			obs_is(j->all[i], key, text))
			return true;
	return false;
}

/* Only its path looked like the protocol's, and it neither answers in it nor chooses its
 * subprotocol: an application of its own. */
static bool is_another(const struct vantage *v)
{
	return v->opened && has_noted(v, &run_dialect, &k_by, "path") &&
	       (has_noted(v, &hello_fault, &k_from, "server") ||
		       has_noted(v, &ws_open, &k_subprotocol_state, "missing"));
}

static void run_hello(struct try *t)
{
	struct vantage *v = t->vantage;
	const struct greeting *g = hello_state(v)->greeting;
	struct upgrade_how how = {.path = NULL};
	const struct obs *o;

	if (!v->opened && !g->path) {
		try_say(t, "skipped", "us", "no WebSocket was opened");
		return;
	}
	if (g->path)
		how.path = g->path(v).p;
	o = hello_exchange(t, &how);
	if (!o && is_another(v))
		note(t->spot.journal, &t->spot.where, probe_now(t->probe), &run_works,
			F_TEXT(k_text, SPAN("another protocol is spoken above it")));
	if (!o || o->kind != &hello_taken)
		return;
	v->opened = true;
	note(t->spot.journal, &o->where, probe_now(t->probe), &run_works,
		F_TEXT(k_text, span_of(g->works)));
}

/* The Upgrade alone: what is asked is whether the path is right. */
static void run_path(struct try *t)
{
	const struct greeting *g = hello_state(t->vantage)->greeting;
	struct buf path = {.max = URL_SAID_MAX};

	if (g->mount)
		g->mount(&path, t->vantage);
	if (path.n && url_query(&t->vantage->url).n) {
		buf_addc(&path, '?');
		buf_add(&path, url_query(&t->vantage->url));
	}
	if (path.n)
		hello_exchange(t, &(struct upgrade_how){.path = buf_z(&path)});
	else
		try_say(t, "skipped", "us", "the path is the usual one already");
	buf_deinit(&path);
}

const struct experiment hello_experiments[] = {
	{&exp_hello, 1, BASE, run_hello},
	{&exp_hello_path, 1, WANTED, run_path},
	{&exp_mqtt_version, 1, WANTED, probe_mqtt_version},
	{&exp_mqtt_raw, 1, WANTED, probe_mqtt_raw},
	{&exp_phoenix_vsn, 1, WANTED, probe_phoenix_vsn},
	{&exp_sockjs_info, 1, WANTED, probe_sockjs_info},
	{&exp_sockjs_xhr, 1, WANTED, probe_sockjs_xhr},
	{NULL},
};
