/* The planner: base plan, then what the likeliest suspects of each vantage point want, then what the user asked for. */
#include "probe/try.h"

#include "fact/all.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "probe/recognise.h"

#define EXPERIMENT(tag, connections, when, function) {&tag, connections, when, probe_##function, false},
#define SOCKETIO(tag, connections, when, function) {&tag, connections, when, probe_##function, true},
static const struct experiment experiments[] = {
#include "probe/all.def"
};
#undef EXPERIMENT
#undef SOCKETIO

#define EXPERIMENTS (sizeof(experiments) / sizeof(experiments[0]))
_Static_assert(EXPERIMENTS <= VANTAGE_EXPERIMENTS, "a vantage point remembers what it ran");

/* How many suspects are served at once: their experiments run side by side. */
#define SUSPECTS_A_ROUND 2
#define SUSPECTS_MAX 64
#define TOGETHER_MAX 4
/* A Socket.IO endpoint in doubt is asked over many fresh connections: stickiness shows in no other way. */
#define DOUBT_CONNECTIONS 18

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

/* Experiments under way side by side. */
struct together {
	struct try tries[TOGETHER_MAX];
	struct fiber *fibers[TOGETHER_MAX];
	size_t n;
};

/* What is over budget is skipped with that reason. */
static void begin_one(struct together *g, struct vantage *v, const struct experiment *e)
{
	if (*vantage_ran(v, e))
		return;
	if (!affordable(v->probe, e)) {
		skip(v, e, "the connections of this run are used up");
		return;
	}
	g->fibers[g->n] = start(v, e, &g->tries[g->n]);
	g->n++;
}

static void end_all(struct together *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->fibers[i])
			fiber_join(g->fibers[i]);
}

static void run_together(struct vantage *v, const struct experiment *const *wanted, size_t n)
{
	struct together g = {.n = 0};

	for (size_t i = 0; i < n; i++)
		begin_one(&g, v, wanted[i]);
	end_all(&g);
}

/* In the vantage point's own fiber: for what hands a connection on to the next experiment. */
static void run_here(struct vantage *v, const struct experiment *e)
{
	struct try t;

	*vantage_ran(v, e) = true;
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
		const struct experiment *e = experiment_find(suspects[i]->wants);

		if (!e || *vantage_ran(v, e) || is_among(wanted, chosen, e))
			continue;
		if ((e->when == ASKED && !v->probe->ask->idle) || (e->socketio && !v->socketio))
			continue;
		note_asked(v, suspects[i], e);
		wanted[chosen++] = e;
	}
	return chosen;
}

static void doubt(struct vantage *v, size_t n)
{
	struct probe *p = v->probe;

	if (n && v->socketio && !p->ask->connections_max && !p->doubted) {
		p->doubted = true;
		p->connections_max += DOUBT_CONNECTIONS;
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
		run_together(v, wanted, n);
	} while (n && !probe_is_over(v->probe));
}

static const struct experiment *base(const struct tag *tag)
{
	return experiment_find(tag);
}

static void run_plain(struct vantage *v)
{
	const struct experiment *together[2];
	size_t n = 0;

	together[n++] = base(&exp_upgrade);
	/* a CONNECT proxy passes HTTP/2 on as well, so it is looked at through it */
	if (v->url.secure)
		together[n++] = base(&exp_h2);
	run_together(v, together, n);
}

/* A client that polls first, beside one that opens a WebSocket alone. */
static void run_socketio(struct vantage *v)
{
	struct together g = {.n = 0};

	run_here(v, base(&exp_eio_polling));
	begin_one(&g, v, base(&exp_eio_websocket));
	if (v->url.secure)
		begin_one(&g, v, base(&exp_h2));
	run_here(v, base(&exp_eio_upgrade));
	end_all(&g);
	probe_client_note(v);
}

/* Socket.IO at its usual path, which a page's address, or a bare host, does not tell. */
static bool has_engine(struct vantage *v)
{
	run_together(v, (const struct experiment *[]){base(&exp_engineio)}, 1);
	return recognise_by_answer(v, &exp_engineio);
}

static void run_base(struct vantage *v)
{
	run_together(v, (const struct experiment *[]){base(&exp_names)}, 1);
	run_together(v, (const struct experiment *[]){base(&exp_dial)}, 1);
	if (!v->reachable) {
		recognise_by_url(v);
		return;
	}
	if (!recognise_by_url(v) && !(recognise_is_page(v) && has_engine(v)))
		run_plain(v);
	if (!v->socketio && !recognise_by_answer(v, &exp_upgrade) && recognise_is_guess(v))
		has_engine(v);
	if (v->socketio)
		run_socketio(v);
}

static bool is_asked(const struct vantage *v, const struct experiment *e)
{
	const struct probe_ask *ask = v->probe->ask;
	const struct {
		const struct tag *tag;
		bool yes;
	} asked[] = {{&exp_health, ask->health.n > 0}, {&exp_echo, ask->echo}, {&exp_send, ask->send.n > 0},
		/* a session has its own ways to grow and to be held */
		{&exp_size, ask->size > 0 && !v->socketio}, {&exp_eio_payload, ask->size > 0 && v->socketio},
		{&exp_idle, ask->idle > 0}, {&exp_eio_heartbeat, ask->idle > 0 && v->socketio},
		{&exp_hostile, ask->hostile}, {&exp_sio_emit, (ask->emit.n && !ask->stream.n) || ask->expect.n},
		{&exp_sio_stream, ask->stream.n > 0}, {&exp_sio_binary, ask->binary.n > 0},
		{&exp_sio_reconnect, ask->reconnect}, {&exp_eio_samples, ask->samples > 0}};

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		if (asked[i].tag == e->tag)
			return asked[i].yes;
	return false;
}

static const char *impossible(const struct vantage *v, const struct experiment *e)
{
	if (e->tag == &exp_health)
		return v->reachable ? NULL : "no connection";
	if (e->socketio && !v->socketio)
		return "the endpoint does not speak Engine.IO";
	if (v->socketio && (e->tag == &exp_echo || e->tag == &exp_send))
		return "Engine.IO takes no raw messages: see --emit";
	if (e->socketio)
		return v->opened || !v->polling_fails ? NULL : "no session was opened";
	return v->opened ? NULL : "no WebSocket was opened";
}

/* Holding takes as long as it is asked for, so all that hold do it at the same time. */
static bool holds(const struct experiment *e)
{
	return e->tag == &exp_idle || e->tag == &exp_eio_heartbeat;
}

static void run_asked_for(struct vantage *v)
{
	struct together held = {.n = 0};

	for (size_t i = 0; i < EXPERIMENTS && !probe_is_over(v->probe); i++) {
		const struct experiment *e = &experiments[i];

		if (e->when != ASKED || !is_asked(v, e) || *vantage_ran(v, e))
			continue;
		if (impossible(v, e))
			skip(v, e, impossible(v, e));
		else if (holds(e))
			begin_one(&held, v, e);
		else
			run_together(v, &e, 1);
	}
	end_all(&held);
}

void probe_vantage(struct vantage *v)
{
	run_base(v);
	if (!probe_is_over(v->probe))
		run_asked_for(v);
	if (!probe_is_over(v->probe))
		probe_follow(v);
}
