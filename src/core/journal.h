/* The append-only list of observations of a run. It owns all it holds; what it returns lives as
 * long as it.
 *
 * A saved journal is JSON lines; the first line is {"wsdx":"journal/1",…}. */
#ifndef CORE_JOURNAL_H
#define CORE_JOURNAL_H

#include "base/arena.h"
#include "core/obs.h"

#define JOURNAL_SECRETS_MAX 16
#define JOURNAL_SECRET_MIN 6

struct journal {
	struct arena arena;
	const struct obs **all; /* all[id - 1] */
	size_t n, cap;
	size_t max; /* observations kept; 0: JOURNAL_MAX. Those beyond are counted, not kept. */
	size_t lost;
	uint32_t flows; /* the last flow number given out */

	struct span secrets[JOURNAL_SECRETS_MAX]; /* see journal_hide */
	size_t n_secrets;

	/* Called for each observation as it is added (-v, waiting experiments); may be NULL. */
	void (*seen)(void *arg, const struct obs *o);
	void *seen_arg;
};

#define JOURNAL_MAX 200000
/* Texts longer than this are cut when noted. */
#define JOURNAL_TEXT_MAX 2048

void journal_deinit(struct journal *j);

/* A credential that the other side might repeat: from here on texts are noted with stars in its
 * place. Words of the catalogue must stay: what is shorter than JOURNAL_SECRET_MIN, or has neither
 * a capital nor a digit, is not hidden. Copied; at most JOURNAL_SECRETS_MAX. */
void journal_hide(struct journal *j, struct span secret);

/* Copies the fields and texts. Returns the observation as kept, or NULL when the journal is full.
 */
const struct obs *journal_add(struct journal *j, const struct where *w, ns at,
	const struct kind *kind, const struct field *fields, size_t n);

/* For who would put much into words that nobody keeps: true counts one as lost. */
bool journal_is_full(struct journal *j);

/* note(journal, &where, at, &kind, F_INT(key, v), F_TEXT(key, s), …) */
#define note(j, w, at, kind, ...)                                                                  \
	journal_add((j), (w), (at), (kind), (struct field[]){__VA_ARGS__},                         \
		sizeof((struct field[]){__VA_ARGS__}) / sizeof(struct field))
#define note_bare(j, w, at, kind) journal_add((j), (w), (at), (kind), NULL, 0)

uint32_t journal_flow(struct journal *j); /* a fresh flow number */

/* The names that a saved journal may use: every fact header's, gathered in fact/all.h. */
struct vocabulary {
	const struct kind *const *kinds; /* NULL-terminated */
	const struct key *const *keys;
	const struct tag *const *tags;
};

/* `target` goes into the first line; it must hold no secret. */
void journal_save(
	struct buf *out, const struct journal *j, struct span target, const char *version);

struct journal_error {
	size_t line;
	char text[160];
};
/* Reads a saved journal into the empty *j; *target is its target. Unknown kinds, keys and tags of a
 * newer wsdx are skipped and counted in j->lost. False with *error filled when it is no journal. */
bool journal_load(struct journal *j, const struct vocabulary *v, struct span file,
	struct span *target, struct journal_error *error);

#endif
