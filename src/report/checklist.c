#include "report/checklist.h"

#include "fact/all.h"
#include "report/look.h"
#include "report/say.h"

static enum seen look_session(struct look *l)
{
	const struct obs *works = scope_find(&l->scope, &run_works, NULL, NULL);

	if (!works)
		return NOT_SEEN;
	obs_say(&l->text, works);
	return GOOD;
}

/* Of what has no list of its own: layer by layer. */
static const struct look_item items[] = {
	{"names", "the name has an address", look_names, "the run ended before it"},
	{"port", "the port is reachable", look_tcp, "the name was not resolved"},
	{"tls", "the certificate is good", look_tls, "the URL is not wss: or https:"},
	{"websocket", "a WebSocket opens", look_upgrade, "no HTTP answer came"},
	{"session", "the hello of the protocol is answered", look_session,
		"no hello was answered; the verdict says why"},
	{"messages", "messages come through", look_messages, "neither --send nor --echo was given"},
	{"idle", "silent connections are not cut", look_idle, "--idle DURATION was not given"},
	{NULL},
};

static const struct look_item *items_of(const struct look *l)
{
	const struct looks *spoken = look_spoken(l);

	if (spoken)
		return spoken->items ? spoken->items : items;
	return looks_all[0]->items;
}

static struct check answer(struct look *l, const struct look_item *item, struct arena *a)
{
	static const enum mark marks[] = {[OMIT] = MARK_NOT,
		[NOT_SEEN] = MARK_NOT,
		[GOOD] = MARK_GOOD,
		[DOUBTFUL] = MARK_BAD,
		[BAD] = MARK_BAD};
	enum seen seen = item->look(l);
	struct check c = {.id = item->id, .name = item->name, .mark = marks[seen]};

	/* what does not apply says so itself */
	if (seen == OMIT || (seen == NOT_SEEN && !l->text.n)) {
		buf_clear(&l->text);
		buf_addf(&l->text, "not looked at, because %s", item->because);
	}
	c.text = say_keep_short(a, &l->text, SAY_ROW);
	buf_clear(&l->text);
	return c;
}

size_t checklist_all(const struct report *r, struct arena *a, struct check *out)
{
	struct look l = {
		.scope = {r->journal, 0, r->n_vantages ? (unsigned)r->n_vantages : 1}, .report = r};
	size_t n = 0;

	for (const struct look_item *i = items_of(&l); i->id && n < CHECKS_MAX; i++)
		out[n++] = answer(&l, i, a);
	buf_deinit(&l.text);
	return n;
}
