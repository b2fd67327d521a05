#include "base/text.h"
#include "report/human.h"
#include "report/row.h"
#include "report/say.h"

struct span human_keep(struct human *h)
{
	return say_keep_short(&h->arena, &h->text, SAY_PROOF);
}

struct span human_took(struct human *h, ns took)
{
	if (took >= 0)
		text_ns(&h->text, took);
	return human_keep(h);
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
	bool narrow = width < HUMAN_NARROW;
	struct span id = row_id(h, row), took;
	size_t id_width = id.n && !narrow ? id.n + 2 : 0;
	size_t edge = width - (narrow ? 0 : HUMAN_TOOK) - id_width;
	struct cell cells[5] = {{span_of(mark_sign(row->mark)), 0, 1, mark_ink(row->mark)},
		{span_of(row->name), 2, ROW_TEXT_AT - 3, INK_NONE}};

	if (narrow) {
		buf_add(&h->text, row->text);
		if (row->took >= 0) {
			buf_addz(&h->text, " · ");
			text_ns(&h->text, row->took);
		}
		cells[2] = (struct cell){human_keep(h), ROW_TEXT_AT, width - ROW_TEXT_AT, INK_NONE};
		page_row(&h->page, cells, 3);
		return;
	}
	took = human_took(h, row->took);
	if (!took.n)
		edge += HUMAN_TOOK;
	cells[2] = (struct cell){row->text, ROW_TEXT_AT, edge - 1 - ROW_TEXT_AT, INK_NONE};
	if (row->mark == MARK_NOT)
		cells[2].ink = INK_DIM;
	cells[3] = (struct cell){took, edge, HUMAN_TOOK, INK_DIM, true};
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
		{
			struct cell cell = {human_keep(h), 0, h->page.width, INK_BOLD};

			page_row(&h->page, &cell, 1);
		}
	}
	for (size_t i = 0; i < n; i++)
		if (!rows[i].remark)
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
			human_keep(h), ROW_TEXT_AT - 2 + v * b->column, b->column - 2, INK_BOLD};
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
		cells[n++] = (struct cell){human_keep(h), at + 2, b->column - 4, INK_NONE};
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

void human_rows(struct human *h)
{
	size_t n = h->report->n_vantages ? h->report->n_vantages : 1;

	if (n > 1 && (h->page.width - ROW_TEXT_AT) / n >= COLUMN_LEAST) {
		rows_beside(h);
		return;
	}
	for (size_t v = 0; v < n; v++)
		rows_below(h, (uint8_t)v);
}
