/* --why: the run told as reasoning. Each experiment, the observations in it that decided something,
 * what they decided, how it ended; then what nobody looked at. */
#include "base/text.h"
#include "fact/exp.h"
#include "report/page.h"
#include "report/report.h"
#include "report/say.h"

struct why {
	struct page page;
	const struct report *report;
	struct arena arena;
	struct buf text;
	bool *decides; /* by observation: a proof of something found or cleared */
};

static void line(struct why *w, size_t at, enum ink ink)
{
	struct cell cell = {say_keep(&w->arena, &w->text), at, w->page.width - at, ink};

	page_row(&w->page, &cell, 1);
}

static void note_deciding(struct why *w, const struct finding *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < v[i].n_proof; k++)
			w->decides[v[i].proof[k]->id - 1] = true;
}

static bool proves(const struct finding *f, const struct obs *o)
{
	for (size_t k = 0; k < f->n_proof; k++)
		if (f->proof[k] == o)
			return true;
	return false;
}

/* "rules out  a, b, c" for those of `v` that the observation decided. */
static void decided(struct why *w, const char *verb, const struct finding *v, size_t n,
	const struct obs *o, enum ink ink)
{
	struct cell cells[] = {{span_of(verb), 6, 10, INK_DIM}, {{0}, 17, w->page.width - 17, ink}};

	for (size_t i = 0; i < n; i++)
		if (proves(&v[i], o)) {
			buf_addz(&w->text, w->text.n ? ", " : "");
			buf_addz(&w->text, v[i].cause->id);
			if (v[i].ruling == FOUND && v[i].confidence < 0.9)
				buf_addz(&w->text, " (probably)");
		}
	if (!w->text.n)
		return;
	cells[1].text = say_keep(&w->arena, &w->text);
	page_row(&w->page, cells, 2);
}

static void observation(struct why *w, const struct obs *o)
{
	const struct judgement *j = w->report->judgement;

	obs_say(&w->text, o);
	if (o->where.role)
		buf_addf(&w->text, " (%s)", o->where.role->name);
	line(w, 4, INK_NONE);
	decided(w, "proves", j->findings, j->n_findings, o, INK_BOLD);
	decided(w, "rules out", j->cleared, j->n_cleared, o, INK_NONE);
}

static bool is_of(const struct obs *o, const struct tag *exp, uint8_t vantage)
{
	return o->where.exp == exp && o->where.vantage == vantage;
}

static void experiment(struct why *w, const struct tag *exp, uint8_t vantage)
{
	const struct journal *j = w->report->journal;

	say_vantage(&w->text, w->report, vantage);
	buf_addz(&w->text, w->text.n ? ": " : "");
	buf_addf(&w->text, "%s", exp ? exp->name : "the run itself");
	if (exp)
		buf_addf(&w->text, " · %s", exp->say);
	line(w, 2, INK_BOLD);
	for (size_t i = 0; i < j->n && !w->page.out->full; i++) {
		const struct obs *o = j->all[i];

		if (!is_of(o, exp, vantage))
			continue;
		if (w->decides[i])
			observation(w, o);
		else if (o->kind == &exp_done) {
			buf_addz(&w->text, "ended: ");
			obs_say(&w->text, o);
			line(w, 4, INK_DIM);
		}
	}
}

/* Each experiment once, where it is first seen to matter. */
static void experiments(struct why *w)
{
	const struct journal *j = w->report->journal;

	for (size_t i = 0; i < j->n; i++) {
		const struct obs *o = j->all[i];
		bool told = false;

		if (!w->decides[i] && o->kind != &exp_done)
			continue;
		for (size_t k = 0; k < i && !told; k++)
			told = is_of(j->all[k], o->where.exp, o->where.vantage) &&
			       (w->decides[k] || j->all[k]->kind == &exp_done);
		if (!told)
			experiment(w, o->where.exp, o->where.vantage);
	}
}

static void open_one(struct why *w, const char *id, const char *reason)
{
	size_t at = strlen(id) > 26 ? strlen(id) + 6 : 32;
	struct cell cells[] = {
		{span_of(id), 4, w->page.width - 4, INK_NONE}, {span_of(reason), at, 0, INK_NONE}};

	if (at + 20 > w->page.width) {
		page_row(&w->page, cells, 1);
		cells[1].at = 6;
		cells[1].width = w->page.width - 6;
		page_row(&w->page, &cells[1], 1);
		return;
	}
	cells[0].width = at - 5;
	cells[1].width = w->page.width - at;
	page_row(&w->page, cells, 2);
}

static void still_open(struct why *w)
{
	const struct judgement *j = w->report->judgement;
	const struct report *r = w->report;

	if (j->n_unseen + r->n_not_looked_at == 0)
		return;
	buf_addz(&w->text, "not looked at");
	line(w, 2, INK_BOLD);
	for (size_t i = 0; i < r->n_not_looked_at; i++)
		open_one(w, r->not_looked_at[i].id, r->not_looked_at[i].because);
	for (size_t i = 0; i < j->n_unseen; i++) {
		const struct finding *f = &j->unseen[i];

		say_vantage(&w->text, r, f->vantage);
		buf_addz(&w->text, w->text.n ? ": " : "");
		if (f->wants)
			buf_addf(&w->text, "the experiment %s would decide", f->wants->name);
		else
			buf_addz(&w->text, f->because);
		open_one(w, f->cause->id, arena_z(&w->arena, buf_span(&w->text)));
		buf_clear(&w->text);
	}
}

void why_print(struct buf *out, const struct report *r)
{
	struct why w = {.page = {out, page_width(r->width), r->colour, r->ascii}, .report = r};

	w.decides = arena_alloc(&w.arena, (r->journal->n + 1) * sizeof(bool));
	note_deciding(&w, r->judgement->findings, r->judgement->n_findings);
	note_deciding(&w, r->judgement->cleared, r->judgement->n_cleared);
	buf_addz(&w.text, "why");
	line(&w, 0, INK_NONE);
	experiments(&w);
	still_open(&w);
	buf_deinit(&w.text);
	arena_deinit(&w.arena);
}
