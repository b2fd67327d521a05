/* The wsdx.check/1 document; doc/schema/check-1.json is its schema. Members are only ever added. */
#include "base/json.h"
#include "base/text.h"
#include "fact/run.h"
#include "report/checklist.h"
#include "report/look.h"
#include "report/report.h"
#include "report/say.h"

struct doc {
	struct json_out out;
	const struct report *report;
	struct buf text;
};

static void member_z(struct doc *d, const char *key, const char *z)
{
	json_key(&d->out, key);
	if (z)
		json_str(&d->out, span_of(z));
	else
		json_null(&d->out);
}

/* The text made so far, which is then forgotten. */
static void member_text(struct doc *d, const char *key)
{
	json_key(&d->out, key);
	json_str(&d->out, buf_span(&d->text));
	buf_clear(&d->text);
}

static void member_num(struct doc *d, const char *key, int64_t v)
{
	json_key(&d->out, key);
	json_num(&d->out, v);
}

static void member_ms(struct doc *d, const char *key, ns t)
{
	json_key(&d->out, key);
	json_real(&d->out, (double)t / (double)NS_MS);
}

static void member_flow(struct doc *d, uint32_t flow)
{
	json_key(&d->out, "conn");
	if (flow)
		json_num(&d->out, flow);
	else
		json_null(&d->out);
}

/* Text from outside, or null when there is none. */
static void member_foreign(struct doc *d, const char *key, struct span s)
{
	text_visible(&d->text, s);
	if (s.n) {
		member_text(d, key);
	} else {
		json_key(&d->out, key);
		json_null(&d->out);
	}
}

static void evidence(struct doc *d, const struct obs *o)
{
	json_open(&d->out, '{');
	member_num(d, "obs", o->id);
	member_z(d, "channel", channel_name(o->kind->channel));
	obs_say(&d->text, o);
	member_text(d, "text");
	if (obs_has(o, &k_file))
		member_foreign(d, "file", obs_text(o, &k_file));
	if (obs_has(o, &k_line))
		member_num(d, "line", obs_int(o, &k_line));
	if (obs_has(o, &k_column))
		member_num(d, "column", obs_int(o, &k_column));
	member_ms(d, "at_ms", o->at);
	member_flow(d, o->where.flow);
	if (o->where.exp)
		member_z(d, "experiment", o->where.exp->name);
	json_close(&d->out, '}');
}

static void fixes(struct doc *d, const struct finding *f)
{
	const struct fix *v[SAY_FIXES_MAX];
	size_t n = judge_fixes(d->report->journal, f, v, SAY_FIXES_MAX);

	json_key(&d->out, "fix");
	json_open(&d->out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&d->out, '{');
		member_z(d, "stack", v[i]->stack);
		member_z(d, "text", v[i]->text);
		member_z(d, "snippet", v[i]->snippet);
		json_close(&d->out, '}');
	}
	json_close(&d->out, ']');
}

static void refs(struct doc *d, const struct finding *f)
{
	json_key(&d->out, "refs");
	json_open(&d->out, '[');
	if (f->cause->source)
		json_str(&d->out, span_of(f->cause->source));
	json_close(&d->out, ']');
}

static void finding(struct doc *d, const struct finding *f)
{
	json_open(&d->out, '{');
	member_z(d, "id", f->cause->id);
	member_z(d, "severity", severity_name(f->severity));
	member_z(d, "layer", stage_name(f->cause->stage));
	member_num(d, "vantage", f->vantage);
	json_key(&d->out, "confidence");
	json_real(&d->out, f->confidence);
	say_summary(&d->text, f);
	member_text(d, "summary");
	member_z(d, "effect", f->cause->effect);
	json_key(&d->out, "evidence");
	json_open(&d->out, '[');
	for (size_t i = 0; i < f->n_proof; i++)
		evidence(d, f->proof[i]);
	json_close(&d->out, ']');
	fixes(d, f);
	refs(d, f);
	if (f->instead)
		member_z(d, "instead", f->instead->id);
	if (f->would_decide)
		member_z(d, "would_decide", f->would_decide);
	json_close(&d->out, '}');
}

static void findings(struct doc *d, const struct judgement *j)
{
	json_key(&d->out, "findings");
	json_open(&d->out, '[');
	for (size_t i = 0; i < j->n_findings; i++)
		finding(d, &j->findings[i]);
	json_close(&d->out, ']');
}

static void ruled_out(struct doc *d, const struct judgement *j)
{
	json_key(&d->out, "ruled_out");
	json_open(&d->out, '[');
	for (size_t i = 0; i < j->n_cleared; i++) {
		const struct finding *f = &j->cleared[i];

		json_open(&d->out, '{');
		member_z(d, "id", f->cause->id);
		obs_say(&d->text, f->proof[0]);
		member_text(d, "by");
		member_num(d, "obs", f->proof[0]->id);
		member_num(d, "vantage", f->vantage);
		json_close(&d->out, '}');
	}
	json_close(&d->out, ']');
}

static void not_looked(struct doc *d, const char *id, uint8_t vantage)
{
	json_open(&d->out, '{');
	member_z(d, "id", id);
	member_text(d, "because");
	member_num(d, "vantage", vantage);
	json_close(&d->out, '}');
}

static void not_looked_at(struct doc *d, const struct report *r)
{
	const struct judgement *j = r->judgement;

	json_key(&d->out, "not_looked_at");
	json_open(&d->out, '[');
	for (size_t i = 0; i < r->n_not_looked_at; i++) {
		buf_addz(&d->text, r->not_looked_at[i].because);
		not_looked(d, r->not_looked_at[i].id, 0);
	}
	for (size_t i = 0; i < j->n_unseen; i++) {
		if (j->unseen[i].wants)
			buf_addf(&d->text, "the experiment %s would decide",
				j->unseen[i].wants->name);
		else
			buf_addz(&d->text, j->unseen[i].because);
		not_looked(d, j->unseen[i].cause->id, j->unseen[i].vantage);
	}
	json_close(&d->out, ']');
}

static void phases(struct doc *d, const struct journal *j)
{
	json_key(&d->out, "phases");
	json_open(&d->out, '[');
	for (size_t i = 0; i < j->n; i++) {
		const struct obs *o = j->all[i];

		if (o->kind != &run_phase)
			continue;
		json_open(&d->out, '{');
		member_flow(d, o->where.flow);
		member_foreign(d, "name", obs_text(o, &k_phase));
		member_ms(d, "start_ms", o->at);
		member_ms(d, "took_ms", obs_int(o, &k_took));
		json_key(&d->out, "ok");
		json_bool(&d->out, obs_int(o, &k_ok));
		json_close(&d->out, '}');
	}
	json_close(&d->out, ']');
}

static void vantages(struct doc *d, const struct report *r)
{
	json_key(&d->out, "vantages");
	json_open(&d->out, '[');
	for (size_t i = 0; i < r->n_vantages; i++) {
		text_visible(&d->text, r->vantages[i]);
		json_str(&d->out, buf_span(&d->text));
		buf_clear(&d->text);
	}
	json_close(&d->out, ']');
}

static void check_list(struct doc *d)
{
	static const char *const results[] = {[MARK_NOT] = "not-looked-at", [MARK_GOOD] = "good", [MARK_WARN] = "bad", [MARK_BAD] = "bad"};
	struct arena texts = {0};
	struct check checks[CHECKS_MAX];
	size_t n;

	n = checklist_all(d->report, &texts, checks);
	json_key(&d->out, "checklist");
	json_open(&d->out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&d->out, '{');
		member_z(d, "id", checks[i].id);
		member_z(d, "name", checks[i].name);
		member_z(d, "result", results[checks[i].mark]);
		json_key(&d->out, "text");
		json_str(&d->out, checks[i].text);
		json_close(&d->out, '}');
	}
	json_close(&d->out, ']');
	arena_deinit(&texts);
}

/* --- facts of what is spoken --- */

/* Tags are salted: they mean nothing outside their run. */
static void fact_field(struct doc *d, const struct field *f)
{
	const char *name = f->key->name;

	if (span_ends(span_of(name), SPAN("_tag")))
		return;
	buf_addz(&d->text, name);
	if (f->key->type == VALUE_TIME)
		buf_addz(&d->text, "_ms");
	json_key(&d->out, buf_z(&d->text));
	buf_clear(&d->text);
	if (f->key->type == VALUE_TEXT) {
		text_visible(&d->text, f->s);
		json_str(&d->out, buf_span(&d->text));
		buf_clear(&d->text);
	} else if (f->key->type == VALUE_TIME) {
		json_real(&d->out, (double)f->i / (double)NS_MS);
	} else if (f->key->type == VALUE_BOOL) {
		json_bool(&d->out, f->i);
	} else {
		json_num(&d->out, f->i);
	}
}

static void fact(struct doc *d, const struct obs *o)
{
	json_open(&d->out, '{');
	member_z(d, "kind", o->kind->name);
	obs_say(&d->text, o);
	member_text(d, "text");
	json_key(&d->out, "fields");
	json_open(&d->out, '{');
	for (size_t i = 0; i < o->n; i++)
		fact_field(d, &o->fields[i]);
	json_close(&d->out, '}');
	member_num(d, "obs", o->id);
	member_num(d, "vantage", o->where.vantage);
	json_close(&d->out, '}');
}

static void facts_at(struct doc *d, const struct look *l, const struct kind *const *kinds)
{
	for (; *kinds; kinds++) {
		const struct obs *o = scope_find(&l->scope, *kinds, NULL, NULL), *last = NULL;

		for (; o; o = scope_next(&l->scope, o, *kinds, NULL, NULL))
			last = o;
		if (last)
			fact(d, last);
	}
}

static void facts(struct doc *d, const struct report *r)
{
	unsigned n = r->n_vantages ? (unsigned)r->n_vantages : 1;
	struct look l = {.scope = {r->journal, 0, n}, .report = r};
	const struct looks *spoken = look_spoken(&l);

	if (!spoken || !spoken->facts)
		return;
	json_key(&d->out, "facts");
	json_open(&d->out, '[');
	for (unsigned i = 0; i < n; i++) {
		l.scope.vantage = (uint8_t)i;
		facts_at(d, &l, spoken->facts);
	}
	json_close(&d->out, ']');
}

static void document(struct doc *d, const struct report *r)
{
	const struct judgement *j = r->judgement;

	json_open(&d->out, '{');
	member_z(d, "schema", "wsdx.check/1");
	member_z(d, "wsdx", r->version ? r->version : "");
	text_visible(&d->text, r->target);
	member_text(d, "target");
	text_visible(&d->text, r->dialect);
	member_text(d, "dialect");
	member_z(d, "verdict", verdict_name(j->verdict));
	member_z(d, "cause", j->root ? j->root->cause->id : NULL);
	member_foreign(d, "address", r->address);
	member_foreign(d, "proxy", r->proxy);
	vantages(d, r);
	findings(d, j);
	ruled_out(d, j);
	not_looked_at(d, r);
	if (r->checklist)
		check_list(d);
	facts(d, r);
	phases(d, r->journal);
	member_num(d, "connections", r->connections);
	json_close(&d->out, '}');
}

void json_print(struct buf *out, const struct report *r)
{
	struct doc d = {.out = {.buf = out}, .report = r};

	document(&d, r);
	buf_addc(out, '\n');
	buf_deinit(&d.text);
}
