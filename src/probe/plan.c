/* The planner: base plan, then what the likeliest suspects of each vantage point want, then what the user asked for. */
#include "probe/try.h"

#include "fact/all.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "probe/protocol.h"
#include "probe/recognise.h"

#define EXPERIMENT(tag, connections, when, function)
#define ASKED(tag, connections, function, condition)                                               \
	static bool asks_##tag(const struct probe_ask *ask)                                        \
	{                                                                                          \
		return condition;                                                                  \
	}
#define HOLDS(tag, connections, function, condition) ASKED(tag, connections, function, condition)
#define SAMPLES(tag, connections, function, condition) ASKED(tag, connections, function, condition)
#include "probe/all.def"
#undef EXPERIMENT
#undef ASKED
#undef HOLDS
#undef SAMPLES

#define EXPERIMENT(tag, connections, when, function) {&tag, connections, when, probe_##function},
#define ASKED(tag, connections, function, condition)                                               \
	{&tag, connections, ASKED, probe_##function, asks_##tag},
#define HOLDS(tag, connections, function, condition)                                               \
	{&tag, connections, ASKED, probe_##function, asks_##tag, .holds = true},
#define SAMPLES(tag, connections, function, condition)                                             \
	{&tag, connections, ASKED, probe_##function, asks_##tag, .each_sample = true},
static const struct experiment experiments[] = {
#include "probe/all.def"
	{NULL}};
#undef EXPERIMENT
#undef ASKED
#undef HOLDS
#undef SAMPLES

/* How many suspects are served at once: their experiments run side by side. */
#define SUSPECTS_A_ROUND 2
#define SUSPECTS_MAX 64

static const struct experiment *find_among(const struct experiment *table, const struct tag *tag)
{
	for (; table && table->tag; table++)
		if (table->tag == tag)
			return table;
	return NULL;
}

const struct experiment *plan_find(const struct tag *tag)
{
	const struct experiment *e = find_among(experiments, tag);

	for (const struct protocol *const *p = protocol_all; !e && *p; p++)
		e = find_among((*p)->experiments, tag);
	return e;
}

static unsigned asked_among(const struct experiment *table, const struct probe_ask *ask)
{
	unsigned n = 0;

	for (; table && table->tag; table++)
		if (table->when == ASKED && table->asked(ask))
			n += table->connections * (table->each_sample ? ask->samples : 1);
	return n;
}

unsigned plan_asked(const struct probe_ask *ask)
{
	unsigned most = 0;

	for (const struct protocol *const *p = protocol_all; *p; p++) {
		unsigned n = asked_among((*p)->experiments, ask);

		most = n > most ? n : most;
	}
	return asked_among(experiments, ask) + most;
}

static bool has_run(const struct vantage *v, const struct experiment *e)
{
	for (size_t i = 0; i < v->n_ran; i++)
		if (v->ran[i] == e)
			return true;
	return false;
}

static void remember(struct vantage *v, const struct experiment *e)
{
	if (v->n_ran < VANTAGE_EXPERIMENTS)
		v->ran[v->n_ran++] = e;
}

/* A protocol's own experiments are of use only where it is spoken. */
static bool belongs(const struct vantage *v, const struct experiment *e)
{
	return find_among(experiments, e->tag) == e || (v->speaks && protocol_has(v->speaks, e->tag));
}

static void run_one(void *arg)
{
	struct try *t = arg;

	t->exp->run(t);
	try_end(t);
}

/* Starts the experiment in a fiber of its own; the caller joins it. */
static struct fiber *start(struct vantage *v, const struct experiment *e, struct try *t)
{
	remember(v, e);
	try_begin(t, v, e);
	return fiber_start(v->probe->loop, run_one, t);
}

/* A rule waits for every experiment it asked for, so one that cannot run ends too. */
static void skip(struct vantage *v, const struct experiment *e, const char *why)
{
	struct try t;

	remember(v, e);
	try_begin(&t, v, e);
	try_say(&t, "skipped", "us", why);
	try_end(&t);
}

static bool affordable(const struct probe *p, const struct experiment *e)
{
	return p->connections + e->connections <= p->connections_max;
}

void plan_begin(struct together *g, struct vantage *v, const struct experiment *e)
{
	if (has_run(v, e) || g->n == TOGETHER_MAX)
		return;
	if (!affordable(v->probe, e)) {
		skip(v, e, "the connections of this run are used up");
		return;
	}
	g->fibers[g->n] = start(v, e, &g->tries[g->n]);
	g->n++;
}

void plan_end(struct together *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->fibers[i])
			fiber_join(g->fibers[i]);
}

void plan_together(struct vantage *v, const struct experiment *const *wanted, size_t n)
{
	struct together g = {.n = 0};

	for (size_t i = 0; i < n; i++)
		plan_begin(&g, v, wanted[i]);
	plan_end(&g);
}

void plan_here(struct vantage *v, const struct experiment *e)
{
	struct try t;

	if (has_run(v, e))
		return;
	remember(v, e);
	try_begin(&t, v, e);
	e->run(&t);
	try_end(&t);
}

static bool is_among(const struct experiment *const *v, size_t n, const struct experiment *e)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == e)
			return true;
	return false;
}

static void note_asked(struct vantage *v, const struct finding *suspect, const struct experiment *e)
{
	struct where w = {.vantage = v->index, .exp = e->tag};

	note(v->probe->journal, &w, probe_now(v->probe), &run_asked, F_TEXT(k_by, span_of(suspect->cause->id)),
		F_TEXT(k_text, span_of(e->tag->say)));
}

/* What the likeliest suspects want and has not run. */
static size_t choose(struct vantage *v, const struct judgement *j, const struct experiment **wanted)
{
	const struct finding *suspects[SUSPECTS_MAX];
	size_t n = judge_suspects(j, v->index, suspects, SUSPECTS_MAX), chosen = 0;

	for (size_t i = 0; i < n && chosen < SUSPECTS_A_ROUND; i++) {
		const struct experiment *e = plan_find(suspects[i]->wants);

		if (!e || has_run(v, e) || is_among(wanted, chosen, e))
			continue;
		if ((e->when == ASKED && !v->probe->ask->idle) || !belongs(v, e))
			continue;
		note_asked(v, suspects[i], e);
		wanted[chosen++] = e;
	}
	return chosen;
}

static void doubt(struct vantage *v, size_t n)
{
	struct probe *p = v->probe;

	if (n && v->speaks && v->speaks->doubt && !p->ask->connections_max && !p->doubted) {
		p->doubted = true;
		p->connections_max += v->speaks->doubt;
	}
}

void probe_follow(struct vantage *v)
{
	const struct experiment *wanted[SUSPECTS_A_ROUND];
	struct judgement j;
	size_t n;

	do {
		judge(&j, v->probe->journal, v->probe->ask->causes, v->probe->n_vantages);
		n = choose(v, &j, wanted);
		doubt(v, n);
		judgement_deinit(&j);
		plan_together(v, wanted, n);
	} while (n && !probe_is_over(v->probe));
}

void plan_upgrade(struct vantage *v)
{
	const struct experiment *together[] = {plan_find(&exp_upgrade), plan_find(&exp_h2)};

	/* a CONNECT proxy passes HTTP/2 on as well, so it is looked at through it */
	plan_together(v, together, v->url.secure ? 2 : 1);
}

/* The base plan of what is spoken. */
static void run_spoken(struct vantage *v)
{
	const struct protocol *p = v->speaks;

	if (p->plan) {
		p->plan(v);
		return;
	}
	plan_upgrade(v);
	for (const struct experiment *e = p->experiments; e && e->tag && !probe_is_over(v->probe); e++)
		if (e->when == BASE)
			plan_here(v, e);
}

/* An address that says nothing is asked for what is usual; then comes the plain Upgrade, which may tell. */
static bool recognise(struct vantage *v)
{
	if (recognise_by_url(v))
		return true;
	if (!v->reachable)
		return false;
	if (recognise_by_seeking(v, false))
		return true;
	plan_upgrade(v);
	return recognise_by_answer(v, &exp_upgrade) || recognise_by_seeking(v, true);
}

static void run_base(struct vantage *v)
{
	plan_together(v, (const struct experiment *[]){plan_find(&exp_names)}, 1);
	plan_together(v, (const struct experiment *[]){plan_find(&exp_dial)}, 1);
	if (recognise(v) && v->reachable)
		run_spoken(v);
}

static bool is_replaced(const struct vantage *v, const struct experiment *e)
{
	for (const struct experiment *own = v->speaks ? v->speaks->experiments : NULL; own && own->tag; own++)
		if (own->instead == e->tag)
			return true;
	return false;
}

static const char *impossible(const struct vantage *v, const struct experiment *e)
{
	const char *why = v->speaks && v->speaks->impossible ? v->speaks->impossible(v, e->tag) : NULL;

	if (why)
		return why;
	if (!v->reachable)
		return "no connection";
	if (find_among(experiments, e->tag) == e && e->tag != &exp_health && !v->opened)
		return "no WebSocket was opened";
	return NULL;
}

static void run_if_asked(struct vantage *v, const struct experiment *e, struct together *held)
{
	const struct probe_ask *ask = v->probe->ask;

	if (e->when != ASKED || !e->asked(ask) || has_run(v, e) || is_replaced(v, e))
		return;
	if (impossible(v, e))
		skip(v, e, impossible(v, e));
	else if (e->holds)
		plan_begin(held, v, e);
	else
		plan_together(v, &e, 1);
}

/* What options of another protocol ask for does not run, and says so. */
static void skip_foreign(struct vantage *v)
{
	const struct probe_ask *ask = v->probe->ask;

	for (const struct protocol *const *p = protocol_all; *p; p++)
		for (const struct experiment *e = (*p)->experiments; *p != v->speaks && e && e->tag; e++)
			if (e->when == ASKED && !e->holds && protocol_is_meant(ask, *p) && e->asked(ask))
				skip(v, e, "the endpoint does not speak that protocol");
}

static void run_asked_for(struct vantage *v)
{
	struct together held = {.n = 0};
	const struct experiment *e;

	for (e = experiments; e->tag && !probe_is_over(v->probe); e++)
		run_if_asked(v, e, &held);
	for (e = v->speaks ? v->speaks->experiments : NULL; e && e->tag && !probe_is_over(v->probe); e++)
		run_if_asked(v, e, &held);
	skip_foreign(v);
	plan_end(&held);
}

void probe_vantage(struct vantage *v)
{
	run_base(v);
	if (!probe_is_over(v->probe))
		run_asked_for(v);
	if (!probe_is_over(v->probe))
		probe_follow(v);
}
