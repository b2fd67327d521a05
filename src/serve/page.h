/* The page at /: what a browser sees of this address, and what there is here. */
#ifndef SERVE_PAGE_H
#define SERVE_PAGE_H

#include "serve/role.h"

/* The request is a browser's, for a page at /. */
bool page_is_wanted(const struct call *c);
void page_show(struct call *c);

/* The request is a tool's at /, such as curl's, that takes anything: it is refused as node's ws does,
 * and told what there is. */
bool page_list_is_wanted(const struct call *c);
void page_list(struct call *c);

/* What roles have at which address, a line each, in their order: "/echo sends every message back".
 */
void page_urls(struct buf *out);

#endif
