/* Text in columns: cells that wrap, marks with an ASCII form, ink only when asked for. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/arena.h"
#include "base/buf.h"

enum ink { INK_NONE, INK_BOLD, INK_DIM, INK_RED, INK_YELLOW, INK_GREEN, INK_COUNT };

struct page {
	struct buf *out;
	size_t width;
	bool colour, ascii;
};

/* A column of a row. `text` is visible already (text_visible). */
struct cell {
	struct span text;
	size_t at;    /* its first column, from 0 */
	size_t width; /* columns; longer text goes on below */
	enum ink ink;
	bool right; /* flush with at + width */
};

/* One row of cells, ordered by `at`, as many lines as the longest needs; no blanks at the ends of
 * lines. */
void page_row(struct page *p, struct cell *cells, size_t n);
/* A line as it is, never wrapped, tabs as four blanks: something to copy. */
void page_code(struct page *p, size_t at, struct span line);
void page_gap(struct page *p); /* an empty line */

/* The columns to use on a terminal of so many, 0 when it has none: 40 to 120, for a line is to be
 * read. */
size_t page_width(unsigned terminal);

/* Takes one line of at most `width` columns off the front of *rest, broken at a blank where there
 * is one. */
struct span page_cut(struct span *rest, size_t width);

/* Adds s without a character beyond ASCII: our own marks by their stand-ins, others as \u{NNNN}. */
void page_ascii(struct buf *out, struct span s);

#endif
