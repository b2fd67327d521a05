/* For people at a terminal: verdict, proof and fix first, then a line a layer. */
#include "base/text.h"
#include "report/page.h"
#include "report/report.h"
#include "report/row.h"
#include "report/say.h"

#define NARROW 60 /* columns; below, what stands side by side goes below each other */
#define LABEL_AT 2
#define TEXT_AT 9
#define TOOK_WIDTH 10
#define SNIPPET_LINES_MAX 60

struct human {
	struct page page;
	const struct report *report;
	struct arena arena;
	struct buf text; /* of the cell being made */
};

static struct span keep(struct human *h)
{
	return say_keep(&h->arena, &h->text);
}

static size_t wide_from(const struct human *h, size_t at)
{
	return h->page.width - at;
}

/* Text from column `at` to the right edge. */
static void paragraph(struct human *h, size_t at, struct span text, enum ink ink)
{
	struct cell cell = {text, at, wide_from(h, at), ink};

	page_row(&h->page, &cell, 1);
}

/* "proof" in the label column, text beside it. */
static void labelled(struct human *h, const char *label, struct span text)
{
	struct cell cells[] = {{span_of(label), LABEL_AT, TEXT_AT - LABEL_AT, INK_DIM},
		{text, TEXT_AT, wide_from(h, TEXT_AT), INK_NONE}};

	page_row(&h->page, cells, 2);
}

static void first_line(struct human *h)
{
	const struct report *r = h->report;

	text_visible(&h->text, r->target);
	buf_addz(&h->text, " → ");
	if (r->address.n)
		text_visible(&h->text, r->address);
	else
		buf_addz(&h->text, "no address reached");
	buf_addz(&h->text, " · ");
	if (r->proxy.n) {
		buf_addz(&h->text, "through the proxy ");
		text_visible(&h->text, r->proxy);
	} else {
		buf_addz(&h->text, "no proxy");
	}
	if (r->connections_max)
		buf_addf(&h->text, " · up to %u connections", r->connections_max);
	paragraph(h, 0, keep(h), INK_NONE);
	page_gap(&h->page);
}

static const struct {
	const char *word;
	enum ink ink;
} verdicts[] = {[HEALTHY] = {"HEALTHY", INK_GREEN},
	[DEGRADED] = {"DEGRADED", INK_YELLOW},
	[BROKEN] = {"BROKEN", INK_RED},
	[UNKNOWN] = {"UNKNOWN", INK_YELLOW}};

static void say_headline(struct human *h)
{
	const struct judgement *j = h->report->judgement;
	const struct row *upgrade;
	struct row rows[ROWS_MAX];

	if (j->root) {
		say_summary(&h->text, j->root);
		return;
	}
	if (j->verdict == UNKNOWN) {
		buf_addz(&h->text, "and here is what I saw");
		return;
	}
	upgrade = row_find(rows, row_all(h->report, 0, &h->arena, rows), "upgrade");
	buf_addz(&h->text, upgrade && upgrade->mark == MARK_GOOD ? "a WebSocket opens and works"
								 : "nothing wrong was found");
}

/* The verdict, what is wrong, and at the right edge the id: below when it does not fit. */
static void verdict_line(struct human *h)
{
	const struct judgement *j = h->report->judgement;
	struct cell cells[3] = {
		{span_of(verdicts[j->verdict].word), 0, 8, verdicts[j->verdict].ink}};
	struct cell *summary = &cells[1], *id = &cells[2];
	size_t width;

	say_headline(h);
	*summary = (struct cell){keep(h), TEXT_AT, wide_from(h, TEXT_AT), INK_BOLD};
	if (!j->root) {
		page_row(&h->page, cells, 2);
		return;
	}
	buf_addf(&h->text, "%s · %s", j->root->cause->id, say_confidence(j->root));
	*id = (struct cell){keep(h), TEXT_AT, wide_from(h, TEXT_AT), INK_DIM};
	width = text_columns(id->text);
	if (TEXT_AT + text_columns(summary->text) + 2 + width <= h->page.width) {
		id->at = h->page.width - width;
		id->width = width;
		summary->width = id->at - TEXT_AT;
		page_row(&h->page, cells, 3);
	} else {
		page_row(&h->page, cells, 2);
		page_row(&h->page, id, 1);
	}
}

struct proof {
	struct span asked, seen;
	ns took;
};

static size_t proofs_of(struct human *h, const struct finding *f, struct proof *out)
{
	for (size_t i = 0; i < f->n_proof; i++) {
		say_asked(&h->text, h->report->journal, f->proof[i]);
		out[i].asked = keep(h);
		out[i].took = say_timed(&h->text, f->proof[i]);
		out[i].seen = keep(h);
	}
	return f->n_proof;
}

static struct span took_text(struct human *h, ns took)
{
	if (took >= 0)
		text_ns(&h->text, took);
	return keep(h);
}

static size_t asked_width(const struct human *h, const struct proof *proofs, size_t n)
{
	size_t widest = 0, most = (h->page.width - TEXT_AT - TOOK_WIDTH) / 2;

	for (size_t i = 0; i < n; i++) {
		size_t columns = text_columns(proofs[i].asked);

		widest = columns > widest ? columns : widest;
	}
	return widest < most ? widest : most;
}

static void proof_wide(struct human *h, const char *label, const struct proof *p, size_t asked)
{
	size_t edge = h->page.width - TOOK_WIDTH;
	size_t at = p->asked.n ? TEXT_AT + asked + 2 : TEXT_AT;
	struct cell cells[] = {{span_of(label), LABEL_AT, TEXT_AT - LABEL_AT, INK_DIM},
		{p->asked, TEXT_AT, asked, INK_NONE},
		{p->seen, at, (p->took < 0 ? h->page.width : edge - 1) - at, INK_NONE},
		{took_text(h, p->took), edge, TOOK_WIDTH, INK_DIM, true}};

	page_row(&h->page, cells, 4);
}

static void proof_narrow(struct human *h, const char *label, const struct proof *p)
{
	buf_add(&h->text, p->asked);
	if (p->asked.n)
		buf_addz(&h->text, " → ");
	buf_add(&h->text, p->seen);
	if (p->took >= 0) {
		buf_addz(&h->text, " · ");
		text_ns(&h->text, p->took);
	}
	labelled(h, label, keep(h));
}

static void proof_lines(struct human *h, const struct finding *f)
{
	struct proof proofs[PROOF_MAX];
	size_t n = proofs_of(h, f, proofs), asked = asked_width(h, proofs, n);

	for (size_t i = 0; i < n; i++) {
		const char *label = i == 0 ? "proof" : "";

		if (h->page.width < NARROW)
			proof_narrow(h, label, &proofs[i]);
		else
			proof_wide(h, label, &proofs[i], asked);
	}
}

static void fix_lines(struct human *h, const struct finding *f)
{
	const struct fix *fixes[SAY_FIXES_MAX];
	size_t n = say_fixes(h->report, f, fixes);

	for (size_t i = 0; i < n; i++) {
		struct span rest = span_of(fixes[i]->snippet), line;
		bool code = rest.n > 0;

		if (strcmp(fixes[i]->stack, "any") != 0)
			buf_addf(&h->text, "%s: ", fixes[i]->stack);
		buf_addz(&h->text, fixes[i]->text);
		if (code && !span_ends(buf_span(&h->text), SPAN(":")))
			buf_addc(&h->text, ':');
		labelled(h, i == 0 ? "fix" : "", keep(h));
		for (size_t k = 0; k < SNIPPET_LINES_MAX && span_cut(&rest, '\n', &line); k++)
			page_code(&h->page, TEXT_AT + 2, line);
	}
}

/* The root in full. */
static void diagnosis(struct human *h, const struct finding *f)
{
	if (f->cause->effect)
		paragraph(h, LABEL_AT, span_of(f->cause->effect), INK_NONE);
	proof_lines(h, f);
	if (f->instead) {
		buf_addf(&h->text, "%s is still possible", f->instead->id);
		if (f->would_decide)
			buf_addf(&h->text, "; to decide: %s", f->would_decide);
		labelled(h, "or", keep(h));
	} else if (f->confidence < 0.9 && f->would_decide) {
		labelled(h, "decide", span_of(f->would_decide));
	}
	fix_lines(h, f);
}

static void other_finding(struct human *h, const struct finding *f)
{
	static const struct {
		const char *sign;
		enum ink ink;
	} by_severity[] = {
		[INFO] = {"·", INK_DIM}, [WARNING] = {"‼", INK_YELLOW}, [ERROR] = {"✖", INK_RED}};
	size_t width = strlen(f->cause->id), right = h->page.width - width;
	struct cell cells[3] = {{span_of(by_severity[f->severity].sign), LABEL_AT, 1,
		by_severity[f->severity].ink}};

	say_vantage(&h->text, h->report, f->vantage);
	if (h->text.n)
		buf_addz(&h->text, ": ");
	say_summary(&h->text, f);
	cells[1] = (struct cell){keep(h), 4, wide_from(h, 4), INK_NONE};
	cells[2] = (struct cell){span_of(f->cause->id), 4, wide_from(h, 4), INK_DIM};
	if (4 + text_columns(cells[1].text) + 2 + width <= h->page.width) {
		cells[1].width = right - 4;
		cells[2].at = right;
		page_row(&h->page, cells, 3);
	} else {
		page_row(&h->page, cells, 2);
		page_row(&h->page, &cells[2], 1);
	}
}

static void other_findings(struct human *h)
{
	const struct judgement *j = h->report->judgement;
	bool any = false;

	for (size_t i = 0; i < j->n_findings; i++) {
		if (&j->findings[i] == j->root)
			continue;
		if (!any)
			page_gap(&h->page);
		any = true;
		other_finding(h, &j->findings[i]);
	}
}

static enum ink mark_ink(enum mark m)
{
	static const enum ink inks[] = {[MARK_NOT] = INK_DIM,
		[MARK_GOOD] = INK_GREEN,
		[MARK_WARN] = INK_YELLOW,
		[MARK_BAD] = INK_RED};

	return inks[m];
}

#define ROW_TEXT_AT 13

static struct span row_id(const struct human *h, const struct row *row)
{
	bool told = !row->finding || row->finding == h->report->judgement->root ||
		    row->finding->severity == INFO;

	return told ? (struct span){0} : span_of(row->finding->cause->id);
}

/* sign, name, what was seen, how long it took, the id of what is wrong when it is not the root */
static void row_line(struct human *h, const struct row *row)
{
	size_t width = h->page.width;
	bool narrow = width < NARROW;
	struct span id = row_id(h, row), took;
	size_t id_width = id.n && !narrow ? id.n + 2 : 0;
	size_t edge = width - (narrow ? 0 : TOOK_WIDTH) - id_width;
	struct cell cells[5] = {{span_of(mark_sign(row->mark)), 0, 1, mark_ink(row->mark)},
		{span_of(row->name), 2, ROW_TEXT_AT - 3, INK_NONE}};

	if (narrow) {
		buf_add(&h->text, row->text);
		if (row->took >= 0) {
			buf_addz(&h->text, " · ");
			text_ns(&h->text, row->took);
		}
		cells[2] = (struct cell){keep(h), ROW_TEXT_AT, width - ROW_TEXT_AT, INK_NONE};
		page_row(&h->page, cells, 3);
		return;
	}
	took = took_text(h, row->took);
	if (!took.n)
		edge += TOOK_WIDTH;
	cells[2] = (struct cell){row->text, ROW_TEXT_AT, edge - 1 - ROW_TEXT_AT, INK_NONE};
	if (row->mark == MARK_NOT)
		cells[2].ink = INK_DIM;
	cells[3] = (struct cell){took, edge, TOOK_WIDTH, INK_DIM, true};
	cells[4] = (struct cell){id, width - id.n, id.n, INK_DIM};
	page_row(&h->page, cells, 5);
}

static void rows_below(struct human *h, uint8_t vantage)
{
	struct row rows[ROWS_MAX];
	size_t n = row_all(h->report, vantage, &h->arena, rows);

	page_gap(&h->page);
	if (h->report->n_vantages > 1) {
		say_vantage(&h->text, h->report, vantage);
		buf_addz(&h->text, ": ");
		text_visible(&h->text, h->report->vantages[vantage]);
		paragraph(h, 0, keep(h), INK_BOLD);
	}
	for (size_t i = 0; i < n; i++)
		row_line(h, &rows[i]);
}

#define COLUMN_LEAST 28

/* Vantage points side by side: the rows of the first decide the order, those only others have
 * follow. */
struct beside {
	struct row rows[REPORT_VANTAGES_MAX][ROWS_MAX];
	size_t n[REPORT_VANTAGES_MAX];
	size_t vantages, column;
};

static void beside_heading(struct human *h, const struct beside *b)
{
	struct cell cells[REPORT_VANTAGES_MAX];

	page_gap(&h->page);
	for (size_t v = 0; v < b->vantages; v++) {
		say_vantage(&h->text, h->report, (uint8_t)v);
		buf_addc(&h->text, ' ');
		text_visible(&h->text, h->report->vantages[v]);
		cells[v] = (struct cell){
			keep(h), ROW_TEXT_AT - 2 + v * b->column, b->column - 2, INK_BOLD};
	}
	page_row(&h->page, cells, b->vantages);
}

static void beside_row(struct human *h, const struct beside *b, const char *name)
{
	struct cell cells[1 + 2 * REPORT_VANTAGES_MAX] = {
		{span_of(name), 0, ROW_TEXT_AT - 3, INK_NONE}};
	size_t n = 1;

	for (size_t v = 0; v < b->vantages; v++) {
		const struct row *row = row_find(b->rows[v], b->n[v], name);
		size_t at = ROW_TEXT_AT - 2 + v * b->column;

		if (!row)
			continue;
		buf_add(&h->text, row->text);
		if (row->took >= 0) {
			buf_addz(&h->text, " · ");
			text_ns(&h->text, row->took);
		}
		cells[n++] =
			(struct cell){span_of(mark_sign(row->mark)), at, 1, mark_ink(row->mark)};
		cells[n++] = (struct cell){keep(h), at + 2, b->column - 4, INK_NONE};
	}
	page_row(&h->page, cells, n);
}

static void rows_beside(struct human *h)
{
	struct beside *b = ARENA_NEW(&h->arena, struct beside);

	b->vantages = h->report->n_vantages;
	b->column = (h->page.width - ROW_TEXT_AT + 2) / b->vantages;
	for (size_t v = 0; v < b->vantages; v++)
		b->n[v] = row_all(h->report, (uint8_t)v, &h->arena, b->rows[v]);
	beside_heading(h, b);
	for (size_t v = 0; v < b->vantages; v++)
		for (size_t i = 0; i < b->n[v]; i++) {
			bool told = false;

			for (size_t before = 0; before < v; before++)
				told |= row_find(b->rows[before], b->n[before],
						b->rows[v][i].name) != NULL;
			if (!told)
				beside_row(h, b, b->rows[v][i].name);
		}
}

static void all_rows(struct human *h)
{
	size_t n = h->report->n_vantages ? h->report->n_vantages : 1;

	if (n > 1 && (h->page.width - ROW_TEXT_AT) / n >= COLUMN_LEAST) {
		rows_beside(h);
		return;
	}
	for (size_t v = 0; v < n; v++)
		rows_below(h, (uint8_t)v);
}

static void last_lines(struct human *h)
{
	const struct report *r = h->report;
	const struct judgement *j = r->judgement;
	struct cell again = {.at = 0, .width = h->page.width}, more = again;
	size_t columns;

	page_gap(&h->page);
	if (j->n_cleared && j->verdict != HEALTHY) {
		buf_addf(&h->text, "%zu other cause%s ruled out", j->n_cleared,
			j->n_cleared == 1 ? "" : "s");
		buf_addz(&h->text, r->why ? "" : ": --why says by what");
		paragraph(h, 0, keep(h), INK_DIM);
	}
	if (r->again.n) {
		buf_addz(&h->text, "again: ");
		text_visible(&h->text, r->again);
		again.text = keep(h);
	}
	if (j->n_findings) {
		buf_addf(&h->text, "more: wsdx explain %s", j->findings[0].cause->id);
		more.text = keep(h);
	}
	columns = text_columns(again.text);
	if (again.text.n && columns + 5 + text_columns(more.text) <= h->page.width) {
		more.at = columns + 5;
		page_row(&h->page, (struct cell[]){again, more}, 2);
		return;
	}
	page_row(&h->page, &again, 1);
	page_row(&h->page, &more, 1);
}

static void whole(struct human *h)
{
	const struct judgement *j = h->report->judgement;

	first_line(h);
	verdict_line(h);
	if (j->root)
		diagnosis(h, j->root);
	other_findings(h);
	all_rows(h);
	if (h->report->why) {
		page_gap(&h->page);
		why_print(h->page.out, h->report);
	}
	last_lines(h);
}

void human_print(struct buf *out, const struct report *r)
{
	size_t width = r->width == 0 ? 100 : r->width < 40 ? 40 : r->width;
	struct human h = {.page = {out, width, r->colour, r->ascii}, .report = r};

	if (r->quiet)
		verdict_line(&h);
	else
		whole(&h);
	buf_deinit(&h.text);
	arena_deinit(&h.arena);
}
