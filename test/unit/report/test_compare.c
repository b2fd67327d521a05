#include "unit.h"

#include "base/json.h"
#include "base/text.h"
#include "fact/all.h"
#include "report/compare.h"

/* Two causes that read one observation each, so that the test says what was found. */
static enum ruling rule_failing(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &run_blind, NULL, NULL);

	return o ? found(f, 1.0, o) : unseen(f, NULL);
}

static enum ruling rule_stack(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &run_stack, NULL, NULL);

	return o ? found(f, 1.0, o) : unseen(f, NULL);
}

static const struct cause failing = {.id = "test-failing",
	.stage = STAGE_TCP,
	.severity = ERROR,
	.summary = "it fails: {text}",
	.rule = rule_failing};
static const struct cause stack = {.id = "test-stack",
	.stage = STAGE_HTTP,
	.severity = INFO,
	.summary = "{stack} is there",
	.rule = rule_stack};
static const struct cause *const causes[] = {&failing, &stack, NULL};

struct run {
	struct journal journal;
	struct judgement judgement;
	struct report report;
};

static void phase(
	struct run *r, uint8_t vantage, const struct tag *exp, const char *name, ns took, bool ok)
{
	struct where w = {.vantage = vantage, .exp = exp};

	note(&r->journal, &w, 0, &run_phase, F_TEXT(k_phase, span_of(name)), F_TIME(k_took, took),
		F_BOOL(k_ok, ok));
}

static void done(struct run *r, const struct tag *exp, const char *outcome)
{
	struct where w = {.exp = exp};

	note(&r->journal, &w, 0, &exp_done, F_TEXT(k_outcome, span_of(outcome)),
		F_TIME(k_waited, NS_S));
}

static void answer(struct run *r, int status)
{
	struct where w = {.exp = &exp_upgrade};

	note(&r->journal, &w, 0, &http_answer, F_INT(k_status, status));
}

static void judged(struct run *r)
{
	judge(&r->judgement, &r->journal, causes, 1);
	r->report = (struct report){.journal = &r->journal,
		.judgement = &r->judgement,
		.version = "0",
		.target = SPAN("ws://h/")};
}

static void run_deinit(struct run *r)
{
	judgement_deinit(&r->judgement);
	journal_deinit(&r->journal);
}

/* The office cannot connect, home can. */
static void make(struct run *office, struct run *home)
{
	struct where w = {0};

	note(&office->journal, &w, 0, &run_stack, F_TEXT(k_stack, SPAN("nginx")));
	note(&home->journal, &w, 0, &run_stack, F_TEXT(k_stack, SPAN("nginx")));
	note(&office->journal, &w, 0, &run_blind, F_TEXT(k_text, SPAN("\x1b[2J")));
	phase(office, 0, &exp_names, "dns", 4 * NS_MS, true);
	phase(home, 0, &exp_names, "dns", 40 * NS_MS, true);
	phase(office, 0, &exp_dial, "connect", 200 * NS_MS, true);
	phase(home, 0, &exp_dial, "connect", 10 * NS_MS, true);
	/* of a step taken again the first counts */
	phase(home, 0, &exp_dial, "connect", 200 * NS_MS, true);
	phase(office, 0, &exp_upgrade, "tls", 5 * NS_S, false);
	phase(home, 0, &exp_upgrade, "tls", 20 * NS_MS, true);
	phase(home, 1, &exp_upgrade, "tls", 20 * NS_MS, true);
	answer(office, 502);
	answer(home, 101);
	done(office, &exp_names, "answered");
	done(home, &exp_names, "answered");
	done(office, &exp_upgrade, "silent");
	done(home, &exp_upgrade, "answered");
	judged(office);
	judged(home);
}

static void people_read_what_differs(void **state)
{
	struct run office = {0}, home = {0};
	struct compare_side side[2] = {{SPAN("runs/office\x1b.jsonl"), &office.report},
		{SPAN("runs/home.jsonl"), &home.report}};
	struct buf out = {0};

	(void)state;
	make(&office, &home);
	office.report.width = 90;
	compare_human(&out, side);
	assert_buf(&out, "office\\x1b.jsonl              broken    test-failing\n"
			 "home.jsonl                    healthy\n"
			 "\n"
			 "only in office\\x1b.jsonl:\n"
			 "  ✖ test-failing: it fails: \\x1b[2J\n"
			 "\n"
			 "in both:\n"
			 "  · test-stack: nginx is there\n"
			 "\n"
			 "steps that differ:            office\\x1b.jsonl              home.jsonl\n"
			 "  dial: connect               200 ms                        10 ms\n"
			 "  upgrade: tls                failed after 5 s              20 ms\n"
			 "  upgrade: answer             502                           101\n"
			 "  upgrade: end                silent                        answered\n"
			 "  direct 1, upgrade: tls      not done                      20 ms\n");
	buf_deinit(&out);
	run_deinit(&office);
	run_deinit(&home);
}

static void programs_read_what_differs(void **state)
{
	struct run office = {0}, home = {0};
	struct compare_side side[2] = {{SPAN("a"), &office.report}, {SPAN("b"), &home.report}};
	struct buf out = {0};
	struct json_token t;
	struct json j;

	(void)state;
	make(&office, &home);
	compare_json(&out, side);
	json_init(&j, buf_span(&out));
	while ((t = json_next(&j)).type > JSON_ERROR)
		;
	assert_int_equal(t.type, JSON_END);
	assert_true(json_member(buf_span(&out), SPAN("only_a"), &t));
	assert_span(t.raw, "[{\"id\":\"test-failing\",\"severity\":\"error\",\"vantage\":0}]");
	assert_true(json_member(buf_span(&out), SPAN("only_b"), &t));
	assert_span(t.raw, "[]");
	assert_true(json_member(buf_span(&out), SPAN("a"), &t));
	assert_span(t.raw, "{\"name\":\"a\",\"target\":\"ws://h/"
			   "\",\"verdict\":\"broken\",\"cause\":\"test-failing\"}");
	assert_true(
		span_find(buf_span(&out),
			SPAN("{\"vantage\":0,\"experiment\":\"upgrade\",\"role\":null,\"step\":"
			     "\"tls\",\"a\":{\"outcome\":\"failed\","
			     "\"took_ms\":5000},\"b\":{\"outcome\":\"ok\",\"took_ms\":20}}")) > 0);
	buf_deinit(&out);
	run_deinit(&office);
	run_deinit(&home);
}

static void the_same_run_differs_in_nothing(void **state)
{
	struct run a = {0}, b = {0};
	struct compare_side side[2] = {{SPAN("x"), &a.report}, {SPAN("y/x"), &a.report}};
	struct buf out = {0};

	(void)state;
	make(&a, &b);
	a.report.ascii = true;
	compare_human(&out, side);
	assert_true(span_find(buf_span(&out), SPAN("only in")) < 0);
	assert_true(span_find(buf_span(&out), SPAN("y/x")) >= 0);
	assert_true(span_ends(buf_span(&out), SPAN("No step went markedly otherwise.\n")));
	for (size_t i = 0; i < out.n; i++)
		assert_true((unsigned char)out.p[i] < 0x80);
	buf_deinit(&out);
	run_deinit(&a);
	run_deinit(&b);
}

/* More kinds of steps than are compared cost no more than those. */
static void many_steps_are_bounded(void **state)
{
	struct run a = {0}, b = {0};
	struct compare_side side[2] = {{SPAN("a"), &a.report}, {SPAN("b"), &b.report}};
	struct buf out = {0};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%d", i);
		phase(&a, 0, NULL, name, 0, true);
	}
	judged(&a);
	judged(&b);
	compare_human(&out, side);
	assert_true(out.n < 100000);
	buf_deinit(&out);
	run_deinit(&a);
	run_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_read_what_differs),
		cmocka_unit_test(programs_read_what_differs),
		cmocka_unit_test(the_same_run_differs_in_nothing),
		cmocka_unit_test(many_steps_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
