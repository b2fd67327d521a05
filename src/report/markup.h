/* Text inside XML 1.0, HTML and Markdown: nothing of it is ever taken for markup. */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include "base/buf.h"

/* Adds visible text for an element's content or a quoted attribute, of XML and of HTML. What
 * XML 1.0 §2.2 excludes becomes U+FFFD. Line feeds and tabs stay. */
void markup_text(struct buf *out, struct span s);
/* The same of text from outside: text_visible first. */
void markup_foreign(struct buf *out, struct span s);

/* Visible text in which `backticks` mark code, as <code> elements; an unpaired one stays. */
void markup_prose(struct buf *out, struct span s);

/* Markdown (CommonMark, and tables of GitHub's): characters with a meaning are escaped. */
void markdown_text(struct buf *out, struct span s);
/* The same, but what stands in `backticks` is a code span. */
void markdown_prose(struct buf *out, struct span s);
/* A code span; `in_table`: in a cell, where a bar is escaped. */
void markdown_code(struct buf *out, struct span s, bool in_table);
/* A fenced block around lines; `lang` may be "". */
void markdown_fence(struct buf *out, const char *lang, struct span lines);

#endif
