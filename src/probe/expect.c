/* What the server says: a message with a given text (--expect), a first one by itself (--samples).
 */
#include "probe/try.h"

#include "base/text.h"
#include "fact/all.h"

/* --- --expect --- */

/* What the ear listens for, and heard. */
struct hearing {
	struct span expected;
	unsigned messages;
	bool heard;
};

struct ear {
	struct hearing *to; /* first: see upgrade_how.above_arg */
};

static void ear_feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct hearing *to = ((struct ear *)l->state)->to;

	if (from != SERVER || (unit != WS_TEXT && unit != WS_BINARY))
		return;
	to->messages++;
	to->heard |= span_find(data, to->expected) >= 0;
}

static const struct dialect ear = {.name = "ear", .size = sizeof(struct ear), .feed = ear_feed};

static bool is_heard(void *arg)
{
	return ((struct hearing *)arg)->heard;
}

static void note_expected(struct try *t, struct link *k, const struct hearing *to, ns began)
{
	ns took = probe_now(t->probe) - began;

	if (to->heard)
		note(t->spot.journal, link_where(k), probe_now(t->probe), &ws_expected,
			F_BOOL(k_ok, true), F_TIME(k_took, took), F_INT(k_messages, to->messages));
	else
		note(t->spot.journal, link_where(k), probe_now(t->probe), &ws_expected,
			F_TIME(k_waited, took), F_INT(k_messages, to->messages));
}

/* What the signal or the end of the run left unheard proves nothing. */
static void hear(struct try *t, struct link *k, struct hearing *to)
{
	struct span data = t->probe->ask->send;
	struct layer *ws = try_ws(k);
	ns began = probe_now(t->probe);

	if (data.n && ws && ws_is_open(ws))
		ws_send(ws, utf8_valid(data) ? WS_TEXT : WS_BINARY, data);
	link_until(k, try_deadline(t), is_heard, to);
	if (!to->heard && probe_is_over(t->probe))
		return;
	note_expected(t, k, to, began);
	if (!to->heard)
		try_say(t, link_over(k) ? "cut" : "silent", link_over(k) ? "peer" : "us",
			"no message with the expected text");
}

void probe_expect(struct try *t)
{
	struct hearing to = {.expected = t->probe->ask->expect};
	struct upgrade_how how = {.above = &ear, .above_arg = &to};
	struct link *k;
	const struct obs *o = try_upgrade(t, &how, &k);

	if (!k)
		return;
	if (o && o->kind == &ws_open) {
		hear(t, k, &to);
		try_goodbye(t, k);
	}
	try_close(t, k);
}

/* --- --samples --- */

#define SAMPLES_MAX 50

struct sample {
	struct link *link; /* NULL: no 101 */
	ns opened_at;
};

struct tally {
	unsigned opened, welcomed;
	ns soonest, latest, waited;
};

static bool open_sample(struct try *t, struct sample *s, unsigned i)
{
	const struct obs *o;

	t->spot.where.attempt = (uint16_t)i;
	o = try_upgrade(t, &(struct upgrade_how){.path = NULL}, &s->link);
	if (!s->link)
		return false;
	if (o && o->kind == &ws_open) {
		s->opened_at = o->at;
		return true;
	}
	try_close(t, s->link);
	s->link = NULL;
	return false;
}

/* The first message of the server; each connection is waited for as long after its own 101. */
static void await_first(struct try *t, struct sample *s, struct tally *tally)
{
	ns until = s->opened_at + t->probe->timeout;
	const struct obs *o;

	do
		o = link_await(s->link, until < t->probe->deadline ? until : t->probe->deadline,
			&ws_message);
	while (o && !obs_is(o, &k_from, "server"));
	if (!o && probe_is_over(t->probe))
		return;
	tally->opened++;
	if (o) {
		ns first = o->at - s->opened_at;

		tally->soonest =
			!tally->welcomed || first < tally->soonest ? first : tally->soonest;
		tally->latest = first > tally->latest ? first : tally->latest;
		tally->welcomed++;
		note(t->spot.journal, link_where(s->link), o->at, &ws_first,
			F_TIME(k_first, first));
	} else {
		note(t->spot.journal, link_where(s->link), probe_now(t->probe), &ws_first,
			F_TIME(k_waited, probe_now(t->probe) - s->opened_at));
	}
}

static void note_tally(struct try *t, const struct tally *tally)
{
	struct where w = t->spot.where;
	struct field fields[] = {F_INT(k_opened, tally->opened), F_INT(k_welcomed, tally->welcomed),
		F_TIME(k_waited, t->probe->timeout), F_TIME(k_soonest, tally->soonest),
		F_TIME(k_latest, tally->latest)};

	w.flow = 0;
	w.attempt = 0;
	journal_add(t->spot.journal, &w, probe_now(t->probe), &ws_samples, fields,
		tally->welcomed ? 5 : 3);
}

void probe_samples(struct try *t)
{
	struct sample samples[SAMPLES_MAX] = {0};
	struct tally tally = {0};
	unsigned n = t->probe->ask->samples < SAMPLES_MAX ? t->probe->ask->samples : SAMPLES_MAX;

	for (unsigned i = 0; i < n && !probe_is_over(t->probe); i++)
		open_sample(t, &samples[i], i);
	for (unsigned i = 0; i < n; i++)
		if (samples[i].link)
			await_first(t, &samples[i], &tally);
	if (tally.opened)
		note_tally(t, &tally);
	for (unsigned i = 0; i < n; i++) {
		if (!samples[i].link)
			continue;
		try_goodbye(t, samples[i].link);
		try_close(t, samples[i].link);
	}
}
