/* GraphQL over WebSocket: the row, how it is recognised, and its hello. A server of it says nothing
 * before connection_init, and waits some seconds for it. */
#include "dialect/graphql/graphql.h"

#include "fact/all.h"
#include "io/clock.h"
#include "probe/protocol.h"
#include "probe/token.h"

/* A server that names no subprotocol turns us away, at once. */
#define TURNED_AWAY_IN (500 * NS_MS)
/* The Close behind connection_error: subscriptions-transport-ws sends it 10 ms later. */
#define CLOSE_IN (1 * NS_S)

/* --- how it is recognised ----------------------------------------------------------------------
 */

static enum gql_generation named_in(struct span list)
{
	for (enum gql_generation g = GQL_CURRENT; g <= GQL_OLD; g++)
		if (span_has_token(list, span_of(gql_subprotocol(g))))
			return g;
	return GQL_UNKNOWN;
}

static const char *in_url(const struct vantage *v)
{
	return named_in(v->probe->ask->subprotocol) ? "option" : NULL;
}

#define SUBPROTOCOL_NOT_ACCEPTABLE 4406 /* graphql-ws, PROTOCOL.md */

static bool in_answer(const struct obs *o)
{
	if (o->kind == &ws_open)
		return named_in(obs_text(o, &k_subprotocol)) != GQL_UNKNOWN;
	return o->kind == &ws_close && obs_is(o, &k_from, "server") &&
	       obs_int(o, &k_code) == SUBPROTOCOL_NOT_ACCEPTABLE;
}

/* subscriptions-transport-ws closes with 1002 when its subprotocol is not there; others have codes
 * of the same range as graphql-ws. */
static bool in_answer_at(const struct vantage *v, const struct obs *o)
{
	struct span path = url_path(&v->url);
	int64_t code = obs_int(o, &k_code);
	bool hint =
		span_ifind(path, SPAN("graphql")) >= 0 || span_ends(path, SPAN("/subscriptions"));

	return hint && o->kind == &ws_close && obs_is(o, &k_from, "server") &&
	       (code == 1002 || (code >= 4400 && code < 4500));
}

static void begin(struct vantage *v)
{
	v->subprotocol = span_of(gql_subprotocol(GQL_CURRENT));
}

/* --- how it is looked at -----------------------------------------------------------------------
 */

static struct layer *gql_of(struct link *k)
{
	return conn_layer(link_conn(k), &dialect_graphql);
}

/* The payload of connection_init is where clients of GraphQL put their credential. */
static struct span payload(const struct try *t, struct link *k)
{
	return try_trusts(t, k, &t->vantage->url, &(struct open_how){.to = NULL})
		       ? t->probe->ask->auth
		       : (struct span){0};
}

static void note_unanswered(struct try *t, struct link *k, ns began)
{
	try_say(t, "silent", "us", "connection_init was not answered");
	note(t->spot.journal, link_where(k), probe_now(t->probe), &gql_unanswered,
		F_TIME(k_waited, probe_now(t->probe) - began));
}

static void welcome(struct try *t, struct link *k)
{
	try_ping(t, k);
	/* the other generation is of use to whoever has not chosen one */
	if (link_open(k) && (t->exp->tag == &exp_gql_init || !t->probe->ask->subprotocol.n))
		note(t->spot.journal, link_where(k), probe_now(t->probe), &run_works,
			F_TEXT(k_text, t->exp->tag == &exp_gql_init
					       ? SPAN("connection_init is acknowledged")
					       : SPAN("connection_init is acknowledged in the "
						      "other generation alone")));
}

static void await_ack(struct try *t, struct link *k)
{
	ns began = probe_now(t->probe);
	const struct obs *o;

	gql_say_init(gql_of(k), payload(t, k));
	o = link_await(k, try_deadline(t), &gql_ack, &gql_refused, &ws_close, &ws_fault);
	try_phase(t, k, "hello", began, o && o->kind == &gql_ack);
	if (o && o->kind == &gql_ack)
		welcome(t, k);
	else if (o && o->kind == &gql_refused)
		link_await(k, try_deadline_in(t, CLOSE_IN), &ws_close, &ws_fault);
	else if (!o && link_open(k) && !probe_is_over(t->probe))
		note_unanswered(t, k, began);
}

/* Who holds a connection open says the hello first, or is closed with 4408. */
static bool greet(struct try *t, struct link *k)
{
	const struct obs *o;

	gql_say_init(gql_of(k), payload(t, k));
	o = link_await(k, try_deadline(t), &gql_ack, &gql_refused, &ws_close, &ws_fault);
	return o && o->kind == &gql_ack;
}

static void hello(struct try *t, const struct upgrade_how *how)
{
	struct link *k;
	const struct obs *o = try_upgrade(t, how, &k);

	if (!k)
		return;
	if (o && o->kind == &http_answer)
		try_keep_location(t, k);
	if (o && o->kind == &ws_open) {
		t->vantage->opened = true;
		if (obs_has(o, &k_subprotocol) ||
			!link_await(k, try_deadline_in(t, TURNED_AWAY_IN), &ws_close, &ws_fault))
			await_ack(t, k);
		try_goodbye(t, k);
	}
	try_close(t, k);
}

static void run_init(struct try *t)
{
	token_note(t, &t->vantage->url, clock_wall() / NS_S);
	hello(t, &(struct upgrade_how){.path = NULL});
}

static struct span offered(const struct vantage *v)
{
	return v->probe->ask->subprotocol.n ? v->probe->ask->subprotocol : v->subprotocol;
}

static bool has_spoken(const struct try *t)
{
	const struct journal *j = t->spot.journal;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.vantage == t->vantage->index &&
			j->all[i]->where.exp == t->exp->tag &&
			(j->all[i]->kind == &gql_ack || j->all[i]->kind == &gql_refused))
			return true;
	return false;
}

static void run_other(struct try *t)
{
	static const char *const libraries[] = {
		[GQL_CURRENT] = "graphql-ws", [GQL_OLD] = "subscriptions-transport-ws"};
	enum gql_generation ours = named_in(offered(t->vantage)) == GQL_OLD ? GQL_OLD : GQL_CURRENT;
	enum gql_generation other = ours == GQL_OLD ? GQL_CURRENT : GQL_OLD;

	hello(t, &(struct upgrade_how){.subprotocol = gql_subprotocol(other)});
	if (!has_spoken(t))
		return;
	note(t->spot.journal, &t->spot.where, probe_now(t->probe), &gql_sides,
		F_TEXT(k_generation, span_of(gql_subprotocol(other))),
		F_TEXT(k_library, span_of(libraries[other])), F_TEXT(k_offers, offered(t->vantage)),
		F_TEXT(k_other_library, span_of(libraries[ours])),
		F_BOOL(k_named, t->probe->ask->subprotocol.n > 0));
}

/* The hello stands where the bare Upgrade does elsewhere. */
static void plan(struct vantage *v)
{
	const struct experiment *together[] = {plan_find(&exp_gql_init), plan_find(&exp_h2)};

	plan_together(v, together, v->url.secure ? 2 : 1);
}

static const struct experiment experiments[] = {
	{&exp_gql_init, 1, BASE, run_init},
	{&exp_gql_other, 1, WANTED, run_other},
	{NULL},
};

const struct protocol protocol_graphql = {.name = "graphql",
	.in_url = in_url,
	.in_answer = in_answer,
	.in_answer_at = in_answer_at,
	.begin = begin,
	.above = &dialect_graphql,
	.greet = greet,
	.plan = plan,
	.experiments = experiments};
