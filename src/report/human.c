/* For people at a terminal: verdict, proof and fix first, then a line a layer. */
#include "report/human.h"
#include "base/text.h"
#include "fact/run.h"
#include "report/checklist.h"
#include "report/row.h"
#include "report/say.h"

#define LABEL_AT 2
#define TEXT_AT 9
#define SNIPPET_LINES_MAX 60

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

	text_visible(&h->text, span_head(r->target, SAY_ROW));
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
	paragraph(h, 0, human_keep(h), INK_NONE);
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

	if (j->root) {
		say_elsewhere(&h->text, h->report, j->root);
		say_summary(&h->text, j->root);
	} else {
		row_without_cause(&h->text, h->report);
	}
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
	*summary = (struct cell){human_keep(h), TEXT_AT, wide_from(h, TEXT_AT), INK_BOLD};
	if (!j->root) {
		page_row(&h->page, cells, 2);
		return;
	}
	buf_addf(&h->text, "%s · %s", j->root->cause->id, say_confidence(j->root));
	*id = (struct cell){human_keep(h), TEXT_AT, wide_from(h, TEXT_AT), INK_DIM};
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
	size_t n = 0;

	for (size_t i = 0; i < f->n_proof; i++) {
		if (say_is_told(h->report->journal, f, i))
			continue;
		say_asked(&h->text, h->report->journal, f->proof[i]);
		out[n].asked = human_keep(h);
		out[n].took = say_timed(&h->text, f->proof[i]);
		out[n++].seen = human_keep(h);
	}
	return n;
}

/* What was asked and what was seen share the line: neither takes more than half while the other
 * needs it. */
static size_t asked_width(const struct human *h, const struct proof *proofs, size_t n)
{
	size_t asked = 0, seen = 0, room = h->page.width - TEXT_AT - HUMAN_TOOK - 3,
	       half = room / 2;

	for (size_t i = 0; i < n; i++) {
		size_t a = text_columns(proofs[i].asked), s = text_columns(proofs[i].seen);

		asked = a > asked ? a : asked;
		seen = s > seen ? s : seen;
	}
	if (asked <= half)
		return asked;
	return seen < half && room - seen < asked ? room - seen : seen < half ? asked : half;
}

static void proof_wide(struct human *h, const char *label, const struct proof *p, size_t asked)
{
	size_t edge = h->page.width - HUMAN_TOOK;
	size_t at = p->asked.n ? TEXT_AT + asked + 2 : TEXT_AT;
	struct cell cells[] = {{span_of(label), LABEL_AT, TEXT_AT - LABEL_AT, INK_DIM},
		{p->asked, TEXT_AT, asked, INK_NONE},
		{p->seen, at, (p->took < 0 ? h->page.width : edge - 1) - at, INK_NONE},
		{human_took(h, p->took), edge, HUMAN_TOOK, INK_DIM, true}};

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
	labelled(h, label, human_keep(h));
}

static void proof_lines(struct human *h, const struct finding *f)
{
	struct proof proofs[PROOF_MAX];
	size_t n = proofs_of(h, f, proofs), asked = asked_width(h, proofs, n);

	for (size_t i = 0; i < n; i++) {
		const char *label = i == 0 ? "proof" : "";

		if (h->page.width < HUMAN_NARROW)
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
		/* what follows a sentence that announces it */
		if (code && span_ends(buf_span(&h->text), SPAN(".")))
			h->text.p[h->text.n - 1] = ':';
		labelled(h, i == 0 ? "fix" : "", human_keep(h));
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
		labelled(h, "or", human_keep(h));
	} else if (f->confidence < 0.9 && f->would_decide) {
		labelled(h, "decide", span_of(f->would_decide));
	}
	fix_lines(h, f);
}

#define SEEN_LINES 8

/* Without a verdict: the last of what was seen. */
static void seen_lines(struct human *h)
{
	const struct journal *j = h->report->journal;
	size_t n = 0, from = j->n;

	while (from > 0 && n < SEEN_LINES)
		n += j->all[--from]->kind->channel != CHANNEL_OURS;
	for (size_t i = from, told = 0; i < j->n; i++) {
		if (j->all[i]->kind->channel == CHANNEL_OURS)
			continue;
		obs_say(&h->text, j->all[i]);
		labelled(h, told++ == 0 ? "saw" : "", human_keep(h));
	}
	if (n == 0)
		labelled(h, "saw", SPAN("nothing from the other side"));
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
	cells[1] = (struct cell){human_keep(h), 4, wide_from(h, 4), INK_NONE};
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

/* What the user's own command gets wrong is the user's to read, whatever the verdict. */
static void own_mistakes(struct human *h)
{
	const struct journal *j = h->report->journal;
	bool any = false;

	for (size_t i = 0; i < j->n; i++) {
		if (j->all[i]->kind != &run_mistake)
			continue;
		if (!any)
			paragraph(h, LABEL_AT, SPAN("the command as pasted:"), INK_DIM);
		any = true;
		obs_say(&h->text, j->all[i]);
		paragraph(h, LABEL_AT + 2, human_keep(h), INK_NONE);
	}
}

/* --wait: how it came out until now. */
static void tries(struct human *h)
{
	const struct journal *j = h->report->journal;
	bool any = false;

	for (size_t i = 0; i < j->n; i++) {
		if (j->all[i]->kind != &run_tried && (j->all[i]->kind != &run_well || !any))
			continue;
		if (!any)
			paragraph(h, LABEL_AT, SPAN("while waiting:"), INK_DIM);
		any = true;
		obs_say(&h->text, j->all[i]);
		paragraph(h, LABEL_AT + 2, human_keep(h), INK_NONE);
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
	own_mistakes(h);
	tries(h);
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
		paragraph(h, 0, human_keep(h), INK_DIM);
	}
	if (r->again.n) {
		buf_addz(&h->text, "again: ");
		text_visible(&h->text, r->again);
		again.text = human_keep(h);
	}
	if (j->n_findings) {
		buf_addf(&h->text, "more: wsdx explain %s", j->findings[0].cause->id);
		more.text = human_keep(h);
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

/* An item, and below it what was seen. */
static void check_lines(struct human *h)
{
	static const enum ink inks[] = {
		[MARK_NOT] = INK_DIM, [MARK_GOOD] = INK_GREEN, [MARK_WARN] = INK_YELLOW, [MARK_BAD] = INK_RED};
	struct check checks[CHECKS_MAX];
	size_t n;

	n = checklist_all(h->report, &h->arena, checks);
	page_gap(&h->page);
	paragraph(h, 0, SPAN("check-list"), INK_BOLD);
	for (size_t i = 0; i < n; i++) {
		struct cell cells[] = {{span_of(mark_sign(checks[i].mark)), 0, 1, inks[checks[i].mark]},
			{span_of(checks[i].name), 2, wide_from(h, 2), INK_NONE}};

		page_row(&h->page, cells, 2);
		paragraph(h, 4, checks[i].text, INK_DIM);
	}
}

static void whole(struct human *h)
{
	const struct judgement *j = h->report->judgement;

	first_line(h);
	verdict_line(h);
	row_client(&h->text, h->report);
	if (h->text.n)
		paragraph(h, LABEL_AT, human_keep(h), INK_NONE);
	if (j->root)
		diagnosis(h, j->root);
	else if (j->verdict == UNKNOWN)
		seen_lines(h);
	other_findings(h);
	human_rows(h);
	if (h->report->checklist)
		check_lines(h);
	if (h->report->why) {
		page_gap(&h->page);
		why_print(h->page.out, h->report);
	}
	last_lines(h);
}

void human_print(struct buf *out, const struct report *r)
{
	struct human h = {.page = {out, page_width(r->width), r->colour, r->ascii}, .report = r};

	if (r->quiet)
		verdict_line(&h);
	else
		whole(&h);
	buf_deinit(&h.text);
	arena_deinit(&h.arena);
}
