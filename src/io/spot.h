/* Where something happens: the loop that runs it, the journal that keeps what is seen, and the
 * context of what is noted. */
#ifndef IO_SPOT_H
#define IO_SPOT_H

#include "core/journal.h"
#include "io/loop.h"

struct spot {
	struct loop *loop;
	struct journal *journal;
	struct where where; /* give each connection its own: where.flow = journal_flow(journal)
			       before the dial */
};

#endif
