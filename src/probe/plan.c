/* The planner: base plan, then what the likeliest suspects of each vantage point want, then what the user asked for. */
#include "probe/try.h"

#include "fact/all.h"
#include "io/fiber.h"
#include "io/loop.h"

#define EXPERIMENT(tag, connections, when, function) {&tag, connections, when, probe_##function},
static const struct experiment experiments[] = {
#include "probe/all.def"
};
#undef EXPERIMENT

#define EXPERIMENTS (sizeof(experiments) / sizeof(experiments[0]))
_Static_assert(EXPERIMENTS <= VANTAGE_EXPERIMENTS, "a vantage point remembers what it ran");

/* How many suspects are served at once: their experiments run side by side. */
#define SUSPECTS_A_ROUND 2
#define SUSPECTS_MAX 64

static const struct experiment *experiment_find(const struct tag *tag)
{
	for (size_t i = 0; i < EXPERIMENTS; i++)
		if (experiments[i].tag == tag)
			return &experiments[i];
	return NULL;
}

static bool *vantage_ran(struct vantage *v, const struct experiment *e)
{
	return &v->ran[e - experiments];
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
	*vantage_ran(v, e) = true;
	try_begin(t, v, e);
	return fiber_start(v->probe->loop, run_one, t);
}

/* A rule waits for every experiment it asked for, so one that cannot run ends too. */
static void skip(struct vantage *v, const struct experiment *e, const char *why)
{
	struct try t;

	*vantage_ran(v, e) = true;
	try_begin(&t, v, e);
	try_say(&t, "skipped", "us", why);
	try_end(&t);
}

static bool affordable(const struct probe *p, const struct experiment *e)
{
	return p->connections + e->connections <= p->connections_max;
}

/* Runs what `wanted` names, side by side; what is over budget is skipped with that reason. */
static void run_together(struct vantage *v, const struct experiment *const *wanted, size_t n)
{
	struct try tries[SUSPECTS_A_ROUND + 2];
	struct fiber *fibers[SUSPECTS_A_ROUND + 2];
	size_t started = 0;

	for (size_t i = 0; i < n; i++) {
		if (!affordable(v->probe, wanted[i])) {
			skip(v, wanted[i], "the connections of this run are used up");
			continue;
		}
		/* kept aside at once: the experiments of other vantage points are counted too */
		fibers[started] = start(v, wanted[i], &tries[started]);
		started++;
	}
	for (size_t i = 0; i < started; i++)
		fiber_join(fibers[i]);
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
		const struct experiment *e = experiment_find(suspects[i]->wants);

		if (!e || *vantage_ran(v, e) || is_among(wanted, chosen, e))
			continue;
		if (e->when == ASKED && !v->probe->ask->idle)
			continue;
		note_asked(v, suspects[i], e);
		wanted[chosen++] = e;
	}
	return chosen;
}

void probe_follow(struct vantage *v)
{
	const struct experiment *wanted[SUSPECTS_A_ROUND];
	struct judgement j;
	size_t n;

	do {
		judge(&j, v->probe->journal, v->probe->ask->causes, v->probe->n_vantages);
		n = choose(v, &j, wanted);
		judgement_deinit(&j);
		run_together(v, wanted, n);
	} while (n && !probe_is_over(v->probe));
}

static const struct experiment *base(const struct tag *tag)
{
	return experiment_find(tag);
}

static void run_base(struct vantage *v)
{
	const struct experiment *together[2];
	size_t n = 0;

	run_together(v, (const struct experiment *[]){base(&exp_names)}, 1);
	run_together(v, (const struct experiment *[]){base(&exp_dial)}, 1);
	if (!v->reachable)
		return;
	together[n++] = base(&exp_upgrade);
	/* a CONNECT proxy passes HTTP/2 on as well, so it is looked at through it */
	if (v->url.secure)
		together[n++] = base(&exp_h2);
	run_together(v, together, n);
}

static bool is_asked(const struct probe_ask *ask, const struct experiment *e)
{
	const struct {
		const struct tag *tag;
		bool yes;
	} asked[] = {{&exp_echo, ask->echo}, {&exp_send, ask->send.n > 0}, {&exp_size, ask->size > 0},
		{&exp_idle, ask->idle > 0}, {&exp_hostile, ask->hostile}};

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		if (asked[i].tag == e->tag)
			return asked[i].yes;
	return false;
}

static void run_asked_for(struct vantage *v)
{
	for (size_t i = 0; i < EXPERIMENTS && !probe_is_over(v->probe); i++) {
		const struct experiment *e = &experiments[i];

		if (e->when != ASKED || !is_asked(v->probe->ask, e) || *vantage_ran(v, e))
			continue;
		if (!v->opened)
			skip(v, e, "no WebSocket was opened");
		else
			run_together(v, &e, 1);
	}
}

void probe_vantage(struct vantage *v)
{
	run_base(v);
	if (!probe_is_over(v->probe))
		run_asked_for(v);
	if (!probe_is_over(v->probe))
		probe_follow(v);
}
