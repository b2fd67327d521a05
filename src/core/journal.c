#include "core/journal.h"

#include <stdlib.h>
#include <string.h>

void journal_deinit(struct journal *j)
{
	arena_deinit(&j->arena);
	free(j->all);
	*j = (struct journal){.max = j->max};
}

bool journal_is_full(struct journal *j)
{
	bool full = j->n == (j->max ? j->max : JOURNAL_MAX);

	j->lost += full;
	return full;
}

static bool journal_reserve(struct journal *j)
{
	if (journal_is_full(j))
		return false;
	if (j->n == j->cap) {
		j->cap = j->cap ? 2 * j->cap : 256;
		j->all = realloc(j->all, j->cap * sizeof(*j->all));
		if (!j->all)
			abort();
	}
	return true;
}

void journal_hide(struct journal *j, struct span secret)
{
	bool odd = false;

	for (size_t i = 0; i < j->n_secrets; i++)
		if (span_eq(j->secrets[i], secret))
			return;
	for (size_t i = 0; i < secret.n; i++)
		odd |= (secret.p[i] >= 'A' && secret.p[i] <= 'Z') ||
		       (secret.p[i] >= '0' && secret.p[i] <= '9');
	if (odd && secret.n >= JOURNAL_SECRET_MIN && j->n_secrets < JOURNAL_SECRETS_MAX)
		j->secrets[j->n_secrets++] = arena_copy(&j->arena, secret);
}

/* A copy, cut and without the secrets. */
static struct span keep_text(struct journal *j, struct span text)
{
	struct span kept = arena_copy(&j->arena, span_head(text, JOURNAL_TEXT_MAX));

	for (size_t i = 0; i < j->n_secrets; i++) {
		ssize_t at;

		while ((at = span_find(kept, j->secrets[i])) >= 0)
			memset((char *)kept.p + at, '*', j->secrets[i].n);
	}
	return kept;
}

const struct obs *journal_add(struct journal *j, const struct where *w, ns at,
	const struct kind *kind, const struct field *fields, size_t n)
{
	struct obs *o;
	struct field *kept;

	if (!journal_reserve(j))
		return NULL;
	o = ARENA_NEW(&j->arena, struct obs);
	kept = arena_alloc(&j->arena, n * sizeof(*kept));
	o->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct field f = fields[i];

		/* an empty text is an absent field: callers pass what they may not have */
		if (f.key->type == VALUE_TEXT && !f.s.n)
			continue;
		if (f.key->type == VALUE_TEXT)
			f.s = keep_text(j, f.s);
		kept[o->n++] = f;
	}
	o->id = (uint32_t)j->n + 1;
	o->kind = kind;
	o->at = at;
	o->where = w ? *w : (struct where){0};
	o->fields = kept;
	j->all[j->n++] = o;
	if (j->seen)
		j->seen(j->seen_arg, o);
	return o;
}

uint32_t journal_flow(struct journal *j)
{
	return ++j->flows;
}
