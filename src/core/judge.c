#include "core/judge.h"

#include <stdlib.h>

#include "fact/exp.h"
#include "fact/graphql.h"
#include "fact/hello.h"
#include "fact/run.h"
#include "fact/signalr.h"
#include "fact/sio.h"
#include "fact/ws.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[HEALTHY] = "healthy", [DEGRADED] = "degraded", [BROKEN] = "broken", [UNKNOWN] = "unknown"};

	return names[v];
}

static size_t cause_count(const struct cause *const *causes)
{
	size_t n = 0;

	while (causes[n])
		n++;
	return n;
}

static const struct obs *session_by_polling(const struct scope *s)
{
	struct scope public = scope_from(s, 0);
	const struct obs *target = scope_find(&public, &run_target, NULL, NULL),
			 *open = scope_find(s, &eio_open, &exp_eio_polling, NULL);
	bool asks_websocket = obs_is(target, &k_scheme, "ws") || obs_is(target, &k_scheme, "wss");

	if (!target || asks_websocket || !open || scope_find(s, &eio_error, &exp_eio_polling, NULL))
		return NULL;
	return scope_find(s, &sio_connect, &exp_eio_polling, NULL);
}

static bool works_otherwise(const struct scope *s)
{
	return scope_find(s, &run_works, &exp_signalr_fallback, NULL) || scope_find(s, &run_works, &exp_gql_other, NULL);
}

/* What keeps a Socket.IO client from WebSocket alone leaves it on polling: it works, though worse than the server offers. */
static void spare_polling(struct finding *f, const struct scope *s)
{
	const struct tag *exp = f->proof[0]->where.exp;

	if (f->severity == ERROR && (exp == &exp_eio_websocket || exp == &exp_eio_upgrade) && f->cause->stage <= STAGE_TRANSPORT &&
		f->proof[0]->kind != &eio_fault && session_by_polling(s))
		f->severity = WARNING;
	/* likewise one of SignalR, and one of GraphQL when it is of the server's generation */
	if (f->severity == ERROR && f->cause->stage <= STAGE_FRAME && (exp == &exp_signalr_connect || exp == &exp_gql_init) &&
		works_otherwise(s))
		f->severity = WARNING;
	/* likewise a client of SockJS, on XHR */
	if (f->severity == ERROR && f->cause->stage <= STAGE_UPGRADE && (exp == &exp_upgrade || exp == &exp_hello) &&
		scope_find(s, &sockjs_fallback, NULL, NULL))
		f->severity = WARNING;
}

static void judge_one(struct judgement *out, const struct cause *cause, const struct scope *s)
{
	struct finding f = {.cause = cause, .vantage = s->vantage, .severity = cause->severity};

	switch (cause->rule(s, &f)) {
	case FOUND:
		spare_polling(&f, s);
		out->findings[out->n_findings++] = f;
		break;
	case CLEAR:
		out->cleared[out->n_cleared++] = f;
		break;
	case UNSEEN:
		if (f.wants || f.because)
			out->unseen[out->n_unseen++] = f;
		break;
	}
}

static bool share_proof(const struct finding *a, const struct finding *b)
{
	for (size_t i = 0; i < a->n_proof; i++)
		for (size_t k = 0; k < b->n_proof; k++)
			if (a->proof[i] == b->proof[k])
				return true;
	return false;
}

static bool explains(const struct finding *by, const struct finding *f)
{
	if (by == f || by->vantage != f->vantage || by->severity < f->severity)
		return false;
	if (by->confidence < 0.9 && by->confidence <= f->confidence)
		return false;
	return cause_explains(by->cause, f->cause) ||
		(f->cause->fallback && !by->cause->fallback && share_proof(by, f));
}

static bool explained(const struct judgement *j, const struct finding *f)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (explains(&j->findings[i], f))
			return true;
	return false;
}

/* What breaks clients goes before what hampers them, what is certain before what is likely, the public URL before a backend, the
 * earlier layer before the later. */
static bool is_before(const struct finding *a, const struct finding *b)
{
	bool sure_a = a->confidence >= 0.9, sure_b = b->confidence >= 0.9;

	if (a->severity != b->severity)
		return a->severity > b->severity;
	if (sure_a != sure_b)
		return sure_a;
	if (a->vantage != b->vantage)
		return a->vantage < b->vantage;
	if (a->cause->stage != b->cause->stage)
		return a->cause->stage < b->cause->stage;
	return a->confidence > b->confidence;
}

static int by_rank(const void *a, const void *b)
{
	return is_before(a, b) ? -1 : is_before(b, a) ? 1 : 0;
}

static void move_to_front(struct finding *v, size_t i)
{
	struct finding f = v[i];

	memmove(&v[1], &v[0], i * sizeof(*v));
	v[0] = f;
}

static void find_root(struct judgement *j)
{
	if (j->n_findings == 0)
		return;
	qsort(j->findings, j->n_findings, sizeof(*j->findings), by_rank);
	for (size_t i = 0; i < j->n_findings; i++) {
		if (j->findings[i].severity == INFO || explained(j, &j->findings[i]))
			continue;
		move_to_front(j->findings, i);
		j->root = &j->findings[0];
		return;
	}
}

static bool has(const struct journal *j, const struct kind *kind)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == kind && j->all[i]->where.vantage == 0)
			return true;
	return false;
}

static struct span spoken(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &run_dialect && j->all[i]->where.vantage == 0)
			return obs_text(j->all[i], &k_dialect);
	return SPAN("websocket");
}

/* A session that is of use: in its namespace, or open where no namespace was asked for (Engine.IO alone). */
static bool has_session(const struct journal *j)
{
	return has(j, &sio_connect) || (has(j, &eio_open) && !has(j, &sio_join));
}

/* The run ended, by its deadline or a signal, while the WebSocket that opened was still asked whether it works. */
static bool is_cut_short(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &exp_done && j->all[i]->where.exp == &exp_upgrade &&
			obs_is(j->all[i], &k_outcome, "aborted"))
			return true;
	return false;
}

/* Health is what was seen, never what was not found: a live run must have opened its WebSocket, its session, or what else is
 * spoken. */
static bool is_blind(const struct journal *j)
{
	if (has(j, &run_blind) || is_cut_short(j))
		return true;
	if (span_eq(spoken(j), SPAN("socketio")))
		return !has_session(j);
	if (!span_eq(spoken(j), SPAN("websocket")))
		return !has(j, &run_works);
	return has(j, &run_target) && !has(j, &ws_open);
}

static enum verdict verdict_of(const struct judgement *j, const struct journal *journal)
{
	enum severity worst = INFO;

	for (size_t i = 0; i < j->n_findings; i++)
		if (j->findings[i].severity > worst)
			worst = j->findings[i].severity;
	if (worst == ERROR)
		return BROKEN;
	if (is_blind(journal))
		return UNKNOWN;
	return worst == WARNING ? DEGRADED : HEALTHY;
}

void judge(struct judgement *out, const struct journal *j, const struct cause *const *causes, unsigned vantages)
{
	size_t n = cause_count(causes) * vantages;
	struct scope s = {.journal = j, .vantages = vantages};

	*out = (struct judgement){0};
	out->findings = arena_alloc(&out->arena, n * sizeof(struct finding));
	out->cleared = arena_alloc(&out->arena, n * sizeof(struct finding));
	out->unseen = arena_alloc(&out->arena, n * sizeof(struct finding));
	for (unsigned v = 0; v < vantages; v++) {
		s.vantage = (uint8_t)v;
		for (size_t i = 0; causes[i]; i++)
			if (causes[i]->rule)
				judge_one(out, causes[i], &s);
	}
	find_root(out);
	out->verdict = verdict_of(out, j);
}

void judgement_deinit(struct judgement *j)
{
	arena_deinit(&j->arena);
	*j = (struct judgement){0};
}

static int prior_of(const struct finding *f)
{
	return f->cause->prior ? f->cause->prior : 10;
}

size_t judge_suspects(const struct judgement *j, uint8_t vantage, const struct finding **out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n_unseen; i++) {
		const struct finding *f = &j->unseen[i];
		size_t at;

		if (!f->wants || f->vantage != vantage)
			continue;
		for (at = n; at > 0 && prior_of(out[at - 1]) < prior_of(f); at--)
			if (at < max)
				out[at] = out[at - 1];
		if (at < max)
			out[at] = f;
		n += n < max;
	}
	return n;
}

static bool stack_seen(const struct journal *j, uint8_t vantage, const char *stack)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &run_stack && j->all[i]->where.vantage == vantage &&
			obs_is(j->all[i], &k_stack, stack))
			return true;
	return false;
}

size_t judge_fixes(const struct journal *j, const struct finding *f, const struct fix **out, size_t max)
{
	size_t n = 0, count = sizeof(f->cause->fixes) / sizeof(f->cause->fixes[0]);

	for (int seen = 1; seen >= 0; seen--)
		for (size_t i = 0; i < count && f->cause->fixes[i].stack && n < max; i++)
			if (stack_seen(j, f->vantage, f->cause->fixes[i].stack) == (seen == 1))
				out[n++] = &f->cause->fixes[i];
	return n;
}

int verdict_exit(const struct judgement *j, enum severity fail_on)
{
	if (j->verdict == UNKNOWN)
		return 1;
	return j->verdict == BROKEN || (j->verdict == DEGRADED && fail_on <= WARNING) ? 3 : 0;
}
