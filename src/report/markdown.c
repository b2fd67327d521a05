/* A ticket to paste. What came from outside stands in code spans and fences only, or escaped. */
#include "base/text.h"
#include "report/checklist.h"
#include "report/markup.h"
#include "report/report.h"
#include "report/row.h"
#include "report/say.h"

struct ticket {
	struct buf *out;
	const struct report *report;
	struct arena arena;
	struct buf text;
};

static void heading(struct ticket *t)
{
	static const char *const words[] = {[HEALTHY] = "Healthy",
		[DEGRADED] = "Degraded",
		[BROKEN] = "Broken",
		[UNKNOWN] = "Unknown"};
	const struct judgement *j = t->report->judgement;

	buf_addf(t->out, "# %s", words[j->verdict]);
	buf_addz(t->out, ": ");
	if (j->root) {
		say_elsewhere(&t->text, t->report, j->root);
		say_summary(&t->text, j->root);
	} else {
		row_without_cause(&t->text, t->report);
	}
	markdown_prose(t->out, buf_span(&t->text));
	buf_clear(&t->text);
	buf_addz(t->out, "\n\n");
	text_visible(&t->text, t->report->target);
	markdown_code(t->out, buf_span(&t->text), false);
	buf_clear(&t->text);
	if (j->root)
		buf_addf(t->out, " · `%s` · %s", j->root->cause->id, say_confidence(j->root));
	buf_addz(t->out, "\n");
	row_client(&t->text, t->report);
	if (t->text.n) {
		buf_addz(t->out, "\n");
		markdown_prose(t->out, buf_span(&t->text));
		buf_addz(t->out, "\n");
		buf_clear(&t->text);
	}
	if (j->root && j->root->cause->effect) {
		buf_addz(t->out, "\n");
		markdown_prose(t->out, span_of(j->root->cause->effect));
		buf_addz(t->out, "\n");
	}
}

static void proof(struct ticket *t, const struct finding *f)
{
	buf_addz(t->out, "\n## Proof\n\n");
	for (size_t i = 0; i < f->n_proof; i++) {
		size_t start = t->text.n;

		if (say_is_told(t->report->journal, f, i))
			continue;
		say_asked(&t->text, t->report->journal, f->proof[i]);
		if (t->text.n > start)
			buf_addz(&t->text, "\n  → ");
		obs_say(&t->text, f->proof[i]);
		buf_addc(&t->text, '\n');
	}
	markdown_fence(t->out, "", buf_span(&t->text));
	buf_clear(&t->text);
	if (f->instead)
		buf_addf(t->out, "\nStill possible: `%s`.%s%s\n", f->instead->id,
			f->would_decide ? " To decide: " : "",
			f->would_decide ? f->would_decide : "");
}

static void fix(struct ticket *t, const struct finding *f)
{
	const struct fix *fixes[SAY_FIXES_MAX];
	size_t n = say_fixes(t->report, f, fixes);

	if (n)
		buf_addz(t->out, "\n## Fix\n");
	for (size_t i = 0; i < n; i++) {
		buf_addz(t->out, "\n");
		if (strcmp(fixes[i]->stack, "any") != 0)
			buf_addf(t->out, "**%s**: ", fixes[i]->stack);
		markdown_prose(t->out, span_of(fixes[i]->text));
		buf_addz(t->out, "\n");
		if (fixes[i]->snippet) {
			buf_addz(t->out, "\n");
			markdown_fence(t->out, "", span_of(fixes[i]->snippet));
		}
	}
}

static void others(struct ticket *t)
{
	const struct judgement *j = t->report->judgement;
	bool any = false;

	for (size_t i = 0; i < j->n_findings; i++) {
		const struct finding *f = &j->findings[i];

		if (f == j->root)
			continue;
		buf_addz(t->out, any ? "" : "\n## Also found\n\n");
		any = true;
		buf_addf(t->out, "- %s `%s` ", severity_name(f->severity), f->cause->id);
		say_vantage(t->out, t->report, f->vantage);
		say_summary(&t->text, f);
		buf_addz(t->out, span_ends(buf_span(t->out), SPAN(" ")) ? "" : ": ");
		markdown_prose(t->out, buf_span(&t->text));
		buf_clear(&t->text);
		buf_addz(t->out, "\n");
	}
}

static void layer_table(struct ticket *t, uint8_t vantage)
{
	struct row rows[ROWS_MAX];
	size_t n = row_all(t->report, vantage, &t->arena, rows);

	buf_addz(t->out, "\n## Layers");
	if (t->report->n_vantages > 1) {
		buf_addz(t->out, ", ");
		say_vantage(t->out, t->report, vantage);
	}
	buf_addz(t->out, "\n\n| | Layer | Seen | Took |\n|---|---|---|---:|\n");
	for (size_t i = 0; i < n; i++) {
		if (rows[i].remark)
			continue;
		buf_addf(t->out, "| %s | %s | ", mark_sign(rows[i].mark), rows[i].name);
		markdown_code(t->out, rows[i].text, true);
		buf_addz(t->out, " | ");
		if (rows[i].took >= 0)
			text_ns(t->out, rows[i].took);
		buf_addz(t->out, " |\n");
	}
}

static void environment_row(struct ticket *t, const char *name, struct span value)
{
	if (!value.n)
		return;
	buf_addf(t->out, "| %s | ", name);
	text_visible(&t->text, value);
	markdown_code(t->out, buf_span(&t->text), true);
	buf_clear(&t->text);
	buf_addz(t->out, " |\n");
}

static void environment(struct ticket *t)
{
	const struct report *r = t->report;

	buf_addz(t->out, "\n## Environment\n\n| | |\n|---|---|\n");
	environment_row(t, "Target", r->target);
	for (size_t i = 1; i < r->n_vantages; i++)
		environment_row(t, "Direct", r->vantages[i]);
	environment_row(t, "Address", r->address.n ? r->address : SPAN("none reached"));
	environment_row(t, "Proxy", r->proxy.n ? r->proxy : SPAN("none"));
	environment_row(t, "Dialect", r->dialect);
	environment_row(t, "Connections", arena_fmt(&t->arena, "%u", r->connections));
	environment_row(
		t, "Ruled out", arena_fmt(&t->arena, "%zu causes", r->judgement->n_cleared));
	environment_row(t, "wsdx", span_of(r->version));
	environment_row(t, "Again", r->again);
	if (r->judgement->n_findings)
		environment_row(t, "More",
			arena_fmt(
				&t->arena, "wsdx explain %s", r->judgement->findings[0].cause->id));
}

static void check_list(struct ticket *t)
{
	struct check checks[CHECKS_MAX];
	size_t n;

	n = checklist_all(t->report, &t->arena, checks);
	buf_addz(t->out, "\n## Check-list\n\n");
	for (size_t i = 0; i < n; i++) {
		buf_addf(t->out, "- %s %s: ", mark_sign(checks[i].mark), checks[i].name);
		markdown_prose(t->out, checks[i].text);
		buf_addc(t->out, '\n');
	}
}

void markdown_print(struct buf *out, const struct report *r)
{
	struct ticket t = {.out = out, .report = r};
	size_t n = r->n_vantages ? r->n_vantages : 1;

	heading(&t);
	if (r->judgement->root) {
		proof(&t, r->judgement->root);
		fix(&t, r->judgement->root);
	}
	others(&t);
	for (size_t v = 0; v < n; v++)
		layer_table(&t, (uint8_t)v);
	if (r->checklist)
		check_list(&t);
	environment(&t);
	buf_deinit(&t.text);
	arena_deinit(&t.arena);
}
