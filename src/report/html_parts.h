/* The parts of the HTML page that are no text of the report. */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

#include "report/report.h"

extern const char html_style[]; /* the content of its <style> element */

/* The steps of each connection on one scale of time, as an inline SVG; at most 160 of them. Nothing
 * without steps. */
void html_waterfall(struct buf *out, const struct report *r);

#endif
