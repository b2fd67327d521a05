/* JUnit XML as CI systems read it: one test case a layer and vantage point. */
#include "base/text.h"
#include "report/markup.h"
#include "report/report.h"
#include "report/row.h"
#include "report/say.h"

struct junit {
	struct buf *out;
	const struct report *report;
	struct arena arena;
	struct buf text;
	struct buf cases;
	unsigned tests, failures, errors, skipped;
};

static void attribute(struct buf *out, const char *name, struct span value)
{
	buf_addf(out, " %s=\"", name);
	markup_foreign(out, value);
	buf_addc(out, '"');
}

static void property(struct junit *x, const char *name, struct span value)
{
	if (!value.n)
		return;
	buf_addf(x->out, "      <property name=\"%s\"", name);
	attribute(x->out, "value", value);
	buf_addz(x->out, "/>\n");
}

static void say_proof(struct junit *x, const struct finding *f)
{
	for (size_t i = 0; i < f->n_proof; i++) {
		if (say_is_told(x->report->journal, f, i))
			continue;
		buf_addz(&x->text, "  proof: ");
		say_asked(&x->text, x->report->journal, f->proof[i]);
		if (!span_ends(buf_span(&x->text), SPAN(" ")))
			buf_addz(&x->text, " → ");
		obs_say(&x->text, f->proof[i]);
		buf_addc(&x->text, '\n');
	}
}

static void say_fix(struct junit *x, const struct finding *f)
{
	const struct fix *fixes[SAY_FIXES_MAX];
	size_t n = say_fixes(x->report, f, fixes);

	for (size_t i = 0; i < n; i++) {
		buf_addf(&x->text, "  fix: %s: %s\n", fixes[i]->stack, fixes[i]->text);
		if (fixes[i]->snippet)
			buf_addf(&x->text, "%s\n", fixes[i]->snippet);
	}
}

/* Everything found at this layer. */
static void say_findings(struct junit *x, uint8_t vantage, const struct row *row)
{
	const struct judgement *j = x->report->judgement;

	for (size_t i = 0; i < j->n_findings; i++) {
		const struct finding *f = &j->findings[i];

		if (!row_has(row, vantage, f))
			continue;
		buf_addf(&x->text, "%s %s (%s): ", severity_name(f->severity), f->cause->id,
			say_confidence(f));
		say_summary(&x->text, f);
		buf_addc(&x->text, '\n');
		say_proof(x, f);
		say_fix(x, f);
	}
}

static void failure(struct junit *x, const struct row *row)
{
	const struct finding *root = x->report->judgement->root;
	const struct finding *f = row->finding ? row->finding : root;
	struct buf summary = {0};

	if (row->finding)
		say_summary(&summary, f);
	else
		buf_add(&summary, row->text);
	buf_addz(&x->cases, "      <failure");
	attribute(&x->cases, "type", f ? span_of(f->cause->id) : SPAN("unknown"));
	attribute(&x->cases, "message", buf_span(&summary));
	buf_addc(&x->cases, '>');
	markup_text(&x->cases, buf_span(&x->text));
	buf_addz(&x->cases, "</failure>\n");
	buf_deinit(&summary);
	x->failures++;
}

static void outcome(struct junit *x, const struct row *row)
{
	/* a build fails by the verdict: what was only seen, as a health path that does not answer, is told and no more */
	if (row->mark == MARK_BAD && (row->finding || x->report->judgement->verdict == BROKEN)) {
		failure(x, row);
	} else if (row->mark == MARK_NOT) {
		buf_addz(&x->cases, "      <skipped");
		attribute(&x->cases, "message", row->text);
		buf_addz(&x->cases, "/>\n");
		x->skipped++;
	} else {
		buf_addz(&x->cases, "      <system-out>");
		markup_text(&x->cases, row->text);
		buf_addc(&x->cases, '\n');
		markup_text(&x->cases, buf_span(&x->text));
		buf_addz(&x->cases, "</system-out>\n");
	}
}

static void add_time(struct buf *out, ns t)
{
	t = t < 0 ? 0 : t;
	buf_addf(
		out, " time=\"%lld.%06lld\"", (long long)(t / NS_S), (long long)(t % NS_S / NS_US));
}

static void case_open(struct junit *x, uint8_t vantage, const char *name, ns took)
{
	say_vantage(&x->text, x->report, vantage);
	buf_addz(&x->cases, "    <testcase classname=\"wsdx.check");
	buf_addz(&x->cases, x->text.n ? "." : "");
	markup_text(&x->cases, buf_span(&x->text));
	buf_addf(&x->cases, "\" name=\"%s\"", name);
	add_time(&x->cases, took);
	buf_addz(&x->cases, ">\n");
	buf_clear(&x->text);
	x->tests++;
}

static void layer_cases(struct junit *x, uint8_t vantage)
{
	struct row rows[ROWS_MAX];
	size_t n = row_all(x->report, vantage, &x->arena, rows);

	for (size_t i = 0; i < n; i++) {
		case_open(x, vantage, rows[i].name, rows[i].took);
		say_findings(x, vantage, &rows[i]);
		outcome(x, &rows[i]);
		buf_addz(&x->cases, "    </testcase>\n");
		buf_clear(&x->text);
	}
}

/* wsdx could not look: neither a pass nor the target's fault. */
static void blind_case(struct junit *x)
{
	if (x->report->judgement->verdict != UNKNOWN)
		return;
	case_open(x, 0, "verdict", -1);
	row_without_cause(&x->text, x->report);
	buf_addz(&x->cases, "      <error type=\"unknown\"");
	attribute(&x->cases, "message", buf_span(&x->text));
	buf_addz(&x->cases, "/>\n    </testcase>\n");
	buf_clear(&x->text);
	x->errors++;
}

static ns run_length(const struct journal *j)
{
	ns last = 0;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind->channel == CHANNEL_PROBE && j->all[i]->at > last)
			last = j->all[i]->at;
	return last;
}

static void suite_open(struct junit *x, const char *element, const char *indent)
{
	buf_addf(x->out,
		"%s<%s name=\"wsdx check\" tests=\"%u\" failures=\"%u\" errors=\"%u\" "
		"skipped=\"%u\"",
		indent, element, x->tests, x->failures, x->errors, x->skipped);
	add_time(x->out, run_length(x->report->journal));
	buf_addz(x->out, ">\n");
}

void junit_print(struct buf *out, const struct report *r)
{
	struct junit x = {.out = out, .report = r};
	size_t n = r->n_vantages ? r->n_vantages : 1;

	for (size_t v = 0; v < n; v++)
		layer_cases(&x, (uint8_t)v);
	blind_case(&x);
	buf_addz(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	suite_open(&x, "testsuites", "");
	suite_open(&x, "testsuite", "  ");
	buf_addz(out, "    <properties>\n");
	property(&x, "target", r->target);
	property(&x, "address", r->address);
	property(&x, "proxy", r->proxy);
	property(&x, "verdict", span_of(verdict_name(r->judgement->verdict)));
	property(&x, "cause", span_of(r->judgement->root ? r->judgement->root->cause->id : NULL));
	property(&x, "wsdx", span_of(r->version));
	buf_addz(out, "    </properties>\n");
	buf_add(out, buf_span(&x.cases));
	buf_addz(out, "  </testsuite>\n</testsuites>\n");
	buf_deinit(&x.cases);
	buf_deinit(&x.text);
	arena_deinit(&x.arena);
}
