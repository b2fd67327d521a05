/* What a dialect is tried with: bytes of a peer, as data. test/every feeds each vector whole, with
 * every cut, byte by byte, and shortened to each length, and wants the same journal whatever the
 * pieces; fuzz begins with them.
 *
 * To add a dialect:
 *  1. its folder, with dialect.c (the row) and vectors.c (vectors_<name>, ended by a row without a
 * name),
 *  2. a line in dialect/all.def, below those it stands on,
 *  3. what it notes: a header in src/fact, with its line in fact/all.h. */
#ifndef DIALECT_VECTOR_H
#define DIALECT_VECTOR_H

#include "core/conn.h"

#define VECTOR_STEPS_MAX 8

struct vector_step {
	enum side from;
	struct span bytes;
};

enum vector_end { VECTOR_OPEN, VECTOR_FIN, VECTOR_RST, VECTOR_TIMEOUT };

struct vector {
	const char *name;
	enum seat seat;
	/* Pushes the layers and says what we would say first. */
	void (*setup)(struct conn *c);
	struct vector_step steps[VECTOR_STEPS_MAX]; /* ended by one without bytes */
	enum vector_end end;			    /* of the last step's side */
	/* The kinds that are noted for the whole input, in order, blank-separated. */
	const char *notes;
};

struct dialect_entry {
	const struct dialect *dialect;
	const struct vector *vectors;
};

extern const struct dialect_entry dialect_all[]; /* all.def; ended by a NULL dialect */

/* What one side says, from a string literal that may hold NULs. */
#define VECTOR_STEP(side, bytes) {side, {bytes, sizeof(bytes) - 1}}

#endif
