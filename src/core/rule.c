#include "core/rule.h"

#include "fact/eio.h"
#include "fact/exp.h"
#include "fact/graphql.h"
#include "fact/signalr.h"

static const struct obs *find_plain(const struct scope *s, const struct kind *kind, const struct tag *exp)
{
	for (size_t i = 0; i < s->journal->n; i++) {
		const struct obs *o = s->journal->all[i];

		if (o->kind == kind && o->where.vantage == s->vantage && (!exp || o->where.exp == exp))
			return o;
	}
	return NULL;
}

static const struct tag scope_nothing = {.name = "nothing", .say = "an experiment that never runs"};

/* A server that offers polling alone: no WebSocket is there, so none is missed. */
static bool offers_no_upgrade(const struct scope *s)
{
	const struct obs *open = find_plain(s, &eio_open, &exp_eio_polling);

	return open && obs_text(open, &k_upgrades).n == 0;
}

/* Protocols whose own hello is the Upgrade of the base plan. */
static const struct {
	const char *dialect;
	const struct tag *upgrade;
} hellos[] = {{"socketio", &exp_eio_websocket}, {"graphql", &exp_gql_init}, {"signalr", &exp_signalr_connect}};

const struct tag *scope_exp(const struct scope *s, const struct tag *exp)
{
	const struct obs *dialect = exp == &exp_upgrade ? find_plain(s, &run_dialect, NULL) : NULL;

	for (size_t i = 0; dialect && i < sizeof(hellos) / sizeof(hellos[0]); i++)
		if (obs_is(dialect, &k_dialect, hellos[i].dialect))
			exp = hellos[i].upgrade;
	return exp == &exp_eio_websocket && dialect && offers_no_upgrade(s) && !find_plain(s, &ws_open, exp) ? &scope_nothing : exp;
}

static bool matches(const struct scope *s, const struct obs *o, const struct kind *kind, const struct tag *exp,
	const struct tag *role)
{
	return o->kind == kind && o->where.vantage == s->vantage && (!exp || o->where.exp == exp) &&
		(!role || o->where.role == role);
}

static const struct obs *find_from(const struct scope *s, size_t i, const struct kind *kind, const struct tag *exp,
	const struct tag *role)
{
	for (; i < s->journal->n; i++)
		if (matches(s, s->journal->all[i], kind, exp, role))
			return s->journal->all[i];
	return NULL;
}

const struct obs *scope_find(const struct scope *s, const struct kind *kind, const struct tag *exp, const struct tag *role)
{
	return find_from(s, 0, kind, scope_exp(s, exp), role);
}

const struct obs *scope_next(const struct scope *s, const struct obs *from, const struct kind *kind, const struct tag *exp,
	const struct tag *role)
{
	/* ids count from 1, so the id is the index of the one behind */
	return find_from(s, from->id, kind, scope_exp(s, exp), role);
}

const struct obs *scope_in_flow(const struct scope *s, uint32_t flow, const struct kind *kind)
{
	for (size_t i = 0; i < s->journal->n; i++) {
		const struct obs *o = s->journal->all[i];

		if (o->where.flow == flow && matches(s, o, kind, NULL, NULL))
			return o;
	}
	return NULL;
}

const struct obs *scope_ran(const struct scope *s, const struct tag *exp)
{
	return scope_find(s, &exp_done, exp, NULL);
}

struct scope scope_from(const struct scope *s, uint8_t vantage)
{
	struct scope other = *s;

	other.vantage = vantage;
	return other;
}

enum ruling rule_found(struct finding *f, double confidence, const struct obs *const *proof, size_t n)
{
	f->n_proof = 0;
	for (size_t i = 0; i < n && f->n_proof < PROOF_MAX; i++)
		if (proof[i])
			f->proof[f->n_proof++] = proof[i];
	if (n == 0 || !proof[0])
		return unseen(f, NULL);
	f->confidence = confidence;
	return f->ruling = FOUND;
}

enum ruling cleared(struct finding *f, const struct obs *by)
{
	if (!by)
		return unseen(f, NULL);
	f->proof[0] = by;
	f->n_proof = 1;
	return f->ruling = CLEAR;
}

enum ruling unseen(struct finding *f, const struct tag *wants)
{
	f->wants = wants;
	return f->ruling = UNSEEN;
}

enum ruling unseen_because(struct finding *f, const char *why)
{
	f->because = why;
	return f->ruling = UNSEEN;
}

void probably(struct finding *f, const struct cause *instead, const char *would_decide)
{
	f->instead = instead;
	f->would_decide = would_decide;
}
