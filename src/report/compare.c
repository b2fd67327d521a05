#include "report/compare.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "fact/exp.h"
#include "fact/http.h"
#include "fact/run.h"
#include "report/page.h"
#include "report/say.h"

#define STEPS_MAX 512
#define MARKED_FACTOR 3
#define MARKED_LEAST (50 * NS_MS)

/* A step and how it went. Two are the same step when all but `outcome` and `took` agree. */
struct step {
	uint8_t vantage;
	const struct tag *exp, *role;
	struct span what;    /* "dns", "answer", "end" */
	struct span outcome; /* in the memory of the steps' arena */
	ns took;	     /* -1: not a matter of time */
};

struct steps {
	struct arena arena;
	struct step *v;
	size_t n;
};

static bool same_step(const struct step *a, const struct step *b)
{
	return a->vantage == b->vantage && a->exp == b->exp && a->role == b->role &&
	       span_eq(a->what, b->what);
}

static const struct step *find_step(const struct steps *s, const struct step *like)
{
	for (size_t i = 0; i < s->n; i++)
		if (same_step(&s->v[i], like))
			return &s->v[i];
	return NULL;
}

static bool step_of(struct step *step, struct arena *a, const struct obs *o)
{
	*step = (struct step){.vantage = o->where.vantage,
		.exp = o->where.exp,
		.role = o->where.role,
		.took = -1};
	if (o->kind == &run_phase) {
		step->what = obs_text(o, &k_phase);
		step->outcome = obs_int(o, &k_ok) ? SPAN("ok") : SPAN("failed");
		step->took = obs_int(o, &k_took);
	} else if (o->kind == &http_answer) {
		step->what = SPAN("answer");
		step->outcome = arena_fmt(a, "%lld", (long long)obs_int(o, &k_status));
	} else if (o->kind == &exp_done) {
		step->what = SPAN("end");
		step->outcome = obs_text(o, &k_outcome);
	} else {
		return false;
	}
	return true;
}

static void steps_init(struct steps *s, const struct journal *j)
{
	struct step step;

	*s = (struct steps){0};
	s->v = arena_alloc(&s->arena, STEPS_MAX * sizeof(*s->v));
	for (size_t i = 0; i < j->n && s->n < STEPS_MAX; i++)
		if (step_of(&step, &s->arena, j->all[i]) && !find_step(s, &step))
			s->v[s->n++] = step;
}

static bool differ_markedly(const struct step *a, const struct step *b)
{
	ns low, high;

	if (!span_eq(a->outcome, b->outcome))
		return true;
	if (a->took < 0 || b->took < 0)
		return false;
	low = a->took < b->took ? a->took : b->took;
	high = a->took < b->took ? b->took : a->took;
	return high / MARKED_FACTOR >= low && high - low >= MARKED_LEAST;
}

/* Calls `each` for every step that differs; one side may be NULL. */
static void each_difference(const struct steps s[2],
	void (*each)(void *arg, const struct step *a, const struct step *b), void *arg)
{
	for (size_t i = 0; i < s[0].n; i++) {
		const struct step *other = find_step(&s[1], &s[0].v[i]);

		if (!other || differ_markedly(&s[0].v[i], other))
			each(arg, &s[0].v[i], other);
	}
	for (size_t i = 0; i < s[1].n; i++)
		if (!find_step(&s[0], &s[1].v[i]))
			each(arg, NULL, &s[1].v[i]);
}

static const struct finding *find_same(const struct judgement *j, const struct finding *f)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (j->findings[i].cause == f->cause && j->findings[i].vantage == f->vantage)
			return &j->findings[i];
	return NULL;
}

/* The findings of `in` that `other` shares or lacks. */
static size_t pick(const struct judgement *in, const struct judgement *other, bool shared,
	const struct finding **out)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_findings; i++)
		if ((find_same(other, &in->findings[i]) != NULL) == shared)
			out[n++] = &in->findings[i];
	return n;
}

struct human {
	struct page page;
	struct arena arena;
	struct buf text;
	const struct compare_side *side;
	bool any; /* a step differs */
};

#define NAME_AT 2
#define VERDICT_WIDTH 10

static void line(struct human *h, struct span text, enum ink ink)
{
	page_row(&h->page, &(struct cell){.text = text, .width = h->page.width, .ink = ink}, 1);
}

static struct span base_name(struct span path)
{
	struct span part, last = path;

	while (span_cut(&path, '/', &part))
		last = part;
	return last;
}

/* Without the folders, unless only they tell the two apart. */
static struct span shown_name(struct human *h, size_t i)
{
	struct span mine = base_name(h->side[i].name), other = base_name(h->side[!i].name);

	text_visible(&h->text, span_eq(mine, other) ? h->side[i].name : mine);
	return say_keep(&h->arena, &h->text);
}

static void verdict_row(struct human *h, size_t i)
{
	static const enum ink inks[] = {[HEALTHY] = INK_GREEN,
		[DEGRADED] = INK_YELLOW,
		[BROKEN] = INK_RED,
		[UNKNOWN] = INK_YELLOW};
	const struct judgement *j = h->side[i].report->judgement;
	size_t third = h->page.width / 3;
	struct cell cells[] = {{shown_name(h, i), 0, third - 2, INK_BOLD},
		{span_of(verdict_name(j->verdict)), third, VERDICT_WIDTH, inks[j->verdict]},
		{.at = third + VERDICT_WIDTH, .width = h->page.width - third - VERDICT_WIDTH}};

	if (j->root)
		cells[2].text = span_of(j->root->cause->id);
	page_row(&h->page, cells, 3);
}

static void finding_rows(
	struct human *h, struct span heading, const struct finding *const *v, size_t n)
{
	static const char *const marks[] = {[INFO] = "·", [WARNING] = "‼", [ERROR] = "✖"};
	static const enum ink inks[] = {
		[INFO] = INK_NONE, [WARNING] = INK_YELLOW, [ERROR] = INK_RED};

	if (n == 0)
		return;
	page_gap(&h->page);
	line(h, heading, INK_NONE);
	for (size_t i = 0; i < n; i++) {
		struct cell cells[] = {
			{span_of(marks[v[i]->severity]), NAME_AT, 1, inks[v[i]->severity]},
			{.at = NAME_AT + 2, .width = h->page.width - NAME_AT - 2}};

		buf_addf(&h->text, "%s: ", v[i]->cause->id);
		say_summary(&h->text, v[i]);
		cells[1].text = say_keep(&h->arena, &h->text);
		page_row(&h->page, cells, 2);
	}
}

static struct span step_name(struct human *h, const struct step *s)
{
	if (s->vantage)
		buf_addf(&h->text, "direct %u, ", s->vantage);
	if (s->exp)
		buf_addf(&h->text, "%s: ", s->exp->name);
	text_visible(&h->text, s->what);
	if (s->role)
		buf_addf(&h->text, " (%s)", s->role->name);
	return say_keep(&h->arena, &h->text);
}

static struct span step_result(struct human *h, const struct step *s)
{
	if (!s) {
		buf_addz(&h->text, "not done");
	} else {
		if (s->took < 0 || !span_eq(s->outcome, SPAN("ok")))
			text_visible(&h->text, s->outcome);
		if (s->took >= 0 && h->text.n)
			buf_addz(&h->text, " after ");
		if (s->took >= 0)
			text_ns(&h->text, s->took);
	}
	return say_keep(&h->arena, &h->text);
}

static void step_row(void *arg, const struct step *a, const struct step *b)
{
	struct human *h = arg;
	size_t column = h->page.width / 3;
	struct cell cells[] = {{step_name(h, a ? a : b), NAME_AT, column - NAME_AT - 1, INK_NONE},
		{.at = column, .width = column - 1}, {.at = 2 * column, .width = column}};

	if (!h->any) {
		struct cell heading[] = {{SPAN("steps that differ:"), 0, column - 1, INK_NONE},
			{shown_name(h, 0), column, column - 1, INK_DIM},
			{shown_name(h, 1), 2 * column, column, INK_DIM}};

		page_gap(&h->page);
		page_row(&h->page, heading, 3);
	}
	h->any = true;
	cells[1].text = step_result(h, a);
	cells[2].text = step_result(h, b);
	page_row(&h->page, cells, 3);
}

static struct span heading(struct human *h, size_t i)
{
	return arena_fmt(&h->arena, "only in %.*s:", SPANF(shown_name(h, i)));
}

static void all_findings(struct human *h)
{
	const struct judgement *a = h->side[0].report->judgement, *b = h->side[1].report->judgement;
	size_t most = a->n_findings > b->n_findings ? a->n_findings : b->n_findings;
	const struct finding **v = arena_alloc(&h->arena, (most + 1) * sizeof(*v));

	finding_rows(h, heading(h, 0), v, pick(a, b, false, v));
	finding_rows(h, heading(h, 1), v, pick(b, a, false, v));
	finding_rows(h, SPAN("in both:"), v, pick(b, a, true, v));
}

void compare_human(struct buf *out, const struct compare_side side[2])
{
	const struct report *look = side[0].report;
	size_t width = look->width == 0 ? 100 : look->width < 40 ? 40 : look->width;
	struct human h = {.page = {out, width, look->colour, look->ascii}, .side = side};
	struct steps steps[2];

	steps_init(&steps[0], side[0].report->journal);
	steps_init(&steps[1], side[1].report->journal);
	verdict_row(&h, 0);
	verdict_row(&h, 1);
	all_findings(&h);
	each_difference(steps, step_row, &h);
	if (!h.any) {
		page_gap(&h.page);
		line(&h, SPAN("No step went markedly otherwise."), INK_DIM);
	}
	arena_deinit(&steps[0].arena);
	arena_deinit(&steps[1].arena);
	arena_deinit(&h.arena);
	buf_deinit(&h.text);
}

static void member(struct json_out *o, const char *key, struct span s)
{
	json_key(o, key);
	if (s.n)
		json_str(o, s);
	else
		json_null(o);
}

static void json_run(struct json_out *o, const struct compare_side *s)
{
	const struct judgement *j = s->report->judgement;

	json_open(o, '{');
	member(o, "name", s->name);
	member(o, "target", s->report->target);
	member(o, "verdict", span_of(verdict_name(j->verdict)));
	member(o, "cause", j->root ? span_of(j->root->cause->id) : (struct span){0});
	json_close(o, '}');
}

static void json_findings(
	struct json_out *o, const char *key, const struct compare_side side[2], int in, bool shared)
{
	const struct judgement *a = side[in].report->judgement, *b = side[!in].report->judgement;

	json_key(o, key);
	json_open(o, '[');
	for (size_t i = 0; i < a->n_findings; i++) {
		const struct finding *f = &a->findings[i];

		if ((find_same(b, f) != NULL) != shared)
			continue;
		json_open(o, '{');
		member(o, "id", span_of(f->cause->id));
		member(o, "severity", span_of(severity_name(f->severity)));
		json_key(o, "vantage");
		json_num(o, f->vantage);
		json_close(o, '}');
	}
	json_close(o, ']');
}

static void json_result(struct json_out *o, const char *key, const struct step *s)
{
	json_key(o, key);
	if (!s) {
		json_null(o);
		return;
	}
	json_open(o, '{');
	member(o, "outcome", s->outcome);
	if (s->took >= 0) {
		json_key(o, "took_ms");
		json_real(o, (double)s->took / (double)NS_MS);
	}
	json_close(o, '}');
}

static void json_step(void *arg, const struct step *a, const struct step *b)
{
	struct json_out *o = arg;
	const struct step *s = a ? a : b;

	json_open(o, '{');
	json_key(o, "vantage");
	json_num(o, s->vantage);
	member(o, "experiment", span_of(s->exp ? s->exp->name : NULL));
	member(o, "role", span_of(s->role ? s->role->name : NULL));
	member(o, "step", s->what);
	json_result(o, "a", a);
	json_result(o, "b", b);
	json_close(o, '}');
}

void compare_json(struct buf *out, const struct compare_side side[2])
{
	struct json_out o = {.buf = out};
	struct steps steps[2];

	steps_init(&steps[0], side[0].report->journal);
	steps_init(&steps[1], side[1].report->journal);
	json_open(&o, '{');
	member(&o, "schema", SPAN("wsdx.compare/1"));
	member(&o, "wsdx", span_of(side[0].report->version));
	json_key(&o, "a");
	json_run(&o, &side[0]);
	json_key(&o, "b");
	json_run(&o, &side[1]);
	json_findings(&o, "only_a", side, 0, false);
	json_findings(&o, "only_b", side, 1, false);
	json_findings(&o, "both", side, 1, true);
	json_key(&o, "steps");
	json_open(&o, '[');
	each_difference(steps, json_step, &o);
	json_close(&o, ']');
	json_close(&o, '}');
	buf_addc(out, '\n');
	arena_deinit(&steps[0].arena);
	arena_deinit(&steps[1].arena);
}
