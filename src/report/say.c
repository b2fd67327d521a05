#include "report/say.h"

#include "base/text.h"
#include "fact/exp.h"
#include "fact/http.h"
#include "fact/tcp.h"
#include "fact/tls.h"
#include "fact/ws.h"

static void say_as(struct buf *out, const struct obs *o, const char *sentence)
{
	struct kind kind = {.name = o->kind->name, .channel = o->kind->channel, .say = sentence};
	struct obs other = *o;

	other.kind = &kind;
	obs_say(out, &other);
}

void say_summary(struct buf *out, const struct finding *f)
{
	static const struct kind none = {.name = "none"};
	static const struct obs nothing = {.kind = &none};

	say_as(out, f->n_proof ? f->proof[0] : &nothing, f->cause->summary);
}

const char *say_confidence(const struct finding *f)
{
	return f->confidence >= 0.9 ? "certain" : "probably";
}

ns say_timed(struct buf *out, const struct obs *o)
{
	static const char *const forms[] = {" in {took}", "in {took}"};
	struct span say = span_of(o->kind->say);
	struct buf sentence = {0};

	if (obs_has(o, &k_took))
		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
			struct span form = span_of(forms[i]);
			ssize_t at = span_find(say, form);

			if (at < 0)
				continue;
			buf_add(&sentence, span_head(say, (size_t)at));
			buf_add(&sentence, span_from(say, (size_t)at + form.n));
			say_as(out, o, buf_z(&sentence));
			buf_deinit(&sentence);
			return obs_int(o, &k_took);
		}
	obs_say(out, o);
	return -1;
}

static const struct obs *request_of(const struct journal *j, const struct obs *o)
{
	for (size_t i = o->id - 1; o->where.flow && i-- > 0;)
		if (j->all[i]->kind == &http_request && j->all[i]->where.flow == o->where.flow)
			return j->all[i];
	return NULL;
}

static bool is_base_plan(const struct tag *exp)
{
	return exp == &exp_names || exp == &exp_dial || exp == &exp_upgrade || exp == &exp_h2 || exp == &exp_eio_polling ||
	       exp == &exp_eio_upgrade || exp == &exp_eio_websocket;
}

/* Facts that say by themselves what they are about. */
static bool is_plain(const struct kind *k)
{
	return k != &http_answer && k != &http_fault && k != &conn_silent && k != &conn_end &&
	       k != &ws_open && k != &exp_done && k != &tls_handshake;
}

void say_asked(struct buf *out, const struct journal *j, const struct obs *o)
{
	const struct obs *request = request_of(j, o);

	if (is_plain(o->kind))
		return;
	if (o->where.exp && o->where.role && !is_base_plan(o->where.exp))
		buf_addf(out, "%s, which %s", o->where.role->name, o->where.role->say);
	else if (o->where.exp && !is_base_plan(o->where.exp))
		buf_addz(out, o->where.exp->say);
	else if (request)
		obs_say(out, request);
}

bool say_is_told(const struct journal *j, const struct finding *f, size_t i)
{
	for (size_t k = 0; k < f->n_proof; k++)
		if (!is_plain(f->proof[k]->kind) && is_base_plan(f->proof[k]->where.exp) &&
			request_of(j, f->proof[k]) == f->proof[i])
			return true;
	return false;
}

void say_vantage(struct buf *out, const struct report *r, uint8_t vantage)
{
	if (r->n_vantages < 2)
		return;
	if (vantage == 0)
		buf_addz(out, "public");
	else
		buf_addf(out, r->n_vantages == 2 ? "direct" : "direct %u", vantage);
}

void say_elsewhere(struct buf *out, const struct report *r, const struct finding *f)
{
	if (f->vantage == 0 || r->n_vantages < 2)
		return;
	say_vantage(out, r, f->vantage);
	buf_addz(out, ": ");
}

static bool is_any(const struct fix *fix)
{
	return strcmp(fix->stack, "any") == 0;
}

static bool applies(const struct report *r, const struct finding *f, const struct fix *fix)
{
	if (is_any(fix))
		return true;
	for (size_t i = 0; i < r->journal->n; i++) {
		const struct obs *o = r->journal->all[i];

		if (o->kind == &run_stack && o->where.vantage == f->vantage &&
			obs_is(o, &k_stack, fix->stack))
			return true;
	}
	return false;
}

/* Where the stack is not known, words for every stack are not enough: the lines for the commonest
 * one show what is meant. */
static size_t add_example(
	const struct fix *const *all, size_t n, const struct fix **out, size_t kept)
{
	for (size_t i = 0; i < kept; i++)
		if (!is_any(out[i]) || out[i]->snippet)
			return kept;
	for (size_t i = 0; i < n; i++)
		if (all[i]->snippet) {
			out[kept] = all[i];
			return kept + 1;
		}
	return kept;
}

size_t say_fixes(const struct report *r, const struct finding *f, const struct fix **out)
{
	const struct fix *all[SAY_FIXES_MAX];
	size_t n = judge_fixes(r->journal, f, all, SAY_FIXES_MAX), kept = 0;

	for (size_t i = 0; i < n; i++)
		if (applies(r, f, all[i]))
			out[kept++] = all[i];
	if (kept)
		return add_example(all, n, out, kept);
	for (size_t i = 0; i < n && i < 2; i++)
		out[kept++] = all[i];
	return kept;
}

struct span say_keep(struct arena *a, struct buf *b)
{
	struct span kept = arena_copy(a, buf_span(b));

	buf_clear(b);
	return kept;
}

struct span say_keep_short(struct arena *a, struct buf *b, size_t max)
{
	if (b->n > max) {
		/* not inside a character */
		while (max > 0 && ((unsigned char)b->p[max] & 0xc0) == 0x80)
			max--;
		b->n = max;
		buf_addz(b, "…");
	}
	return say_keep(a, b);
}
