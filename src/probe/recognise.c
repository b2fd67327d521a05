#include "probe/recognise.h"

#include "fact/all.h"

bool recognise_as(struct vantage *v, const struct protocol *p, const char *by)
{
	struct where w = {.vantage = v->index};
	const struct protocol *asked = v->probe->ask->dialect;

	if (v->speaks || (asked && asked != p))
		return false;
	v->speaks = p;
	if (p->begin)
		p->begin(v);
	note(v->probe->journal, &w, probe_now(v->probe), &run_dialect,
		F_TEXT(k_dialect, span_of(p->name)), F_TEXT(k_by, span_of(by)));
	return true;
}

bool recognise_by_url(struct vantage *v)
{
	if (v->probe->ask->dialect)
		return recognise_as(v, v->probe->ask->dialect, "option");
	for (const struct protocol *const *p = protocol_all; *p; p++) {
		const char *by = (*p)->in_url ? (*p)->in_url(v) : NULL;

		if (by)
			return recognise_as(v, *p, by);
	}
	return false;
}

static bool tells(const struct vantage *v, const struct protocol *p, const struct obs *o)
{
	return (p->in_answer && p->in_answer(o)) || (p->in_answer_at && p->in_answer_at(v, o));
}

bool recognise_in(struct vantage *v, const struct protocol *p, const struct tag *exp)
{
	const struct journal *j = v->probe->journal;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.vantage == v->index && j->all[i]->where.exp == exp &&
			tells(v, p, j->all[i]))
			return recognise_as(v, p, "answer");
	return false;
}

bool recognise_by_answer(struct vantage *v, const struct tag *exp)
{
	for (const struct protocol *const *p = protocol_all; *p; p++)
		if (recognise_in(v, *p, exp))
			return true;
	return false;
}

/* An address of a page says nothing of what is spoken; nor does a bare host whose plain Upgrade
 * failed. */
static bool says_nothing(const struct vantage *v, bool elsewhere)
{
	if (v->probe->ask->dialect || url_path(&v->url).n > 1)
		return false;
	if (elsewhere && v->opened)
		return false;
	return v->url.guessed ? elsewhere : span_starts(v->url.scheme, SPAN("http"));
}

/* The address says something, and it may still be this: an option of its own was given, or the URL
 * hints at it. */
static bool may_be(const struct vantage *v, const struct protocol *p, bool elsewhere)
{
	return protocol_is_meant(v->probe->ask, p) || (elsewhere && p->hinted && p->hinted(v));
}

bool recognise_by_seeking(struct vantage *v, bool elsewhere)
{
	bool nothing = says_nothing(v, elsewhere);

	for (const struct protocol *const *p = protocol_all; *p && !v->probe->ask->dialect; p++)
		if ((*p)->seek && (nothing || may_be(v, *p, elsewhere)) && (*p)->seek(v, elsewhere))
			return true;
	return false;
}
