/* Rules, root cause, verdict, suspects, fixes. The causes here are of the test alone. */
#include "unit.h"

#include "core/judge.h"
#include "fact/all.h"

static enum ruling rule_status(const struct scope *s, struct finding *f, int64_t status, double confidence)
{
	const struct obs *o = scope_find(s, &http_answer, NULL, NULL);

	if (!o)
		return unseen_because(f, "no answer");
	return obs_int(o, &k_status) == status ? found(f, confidence, o, NULL) : cleared(f, o);
}

static enum ruling rule_late(const struct scope *s, struct finding *f)
{
	return rule_status(s, f, 502, 1);
}

static enum ruling rule_early(const struct scope *s, struct finding *f)
{
	return rule_status(s, f, 502, 1);
}

static enum ruling rule_warning(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &tcp_connect, NULL, NULL);

	return o ? found(f, 1.0, o) : unseen(f, NULL);
}

static enum ruling rule_guess(const struct scope *s, struct finding *f)
{
	return rule_status(s, f, 502, 0.6);
}

static enum ruling rule_seen(const struct scope *s, struct finding *f)
{
	return rule_status(s, f, 502, 0.5);
}

static enum ruling rule_wants(const struct scope *s, struct finding *f)
{
	return scope_ran(s, &exp_plain_get) ? unseen(f, NULL) : unseen(f, &exp_plain_get);
}

static enum ruling rule_wants_more(const struct scope *s, struct finding *f)
{
	(void)s;
	return unseen(f, &exp_slash);
}

static enum ruling rule_nothing(const struct scope *s, struct finding *f)
{
	(void)s;
	return found(f, 1.0, NULL);
}

static const struct cause late = {.id = "late", .stage = STAGE_HTTP, .severity = ERROR, .rule = rule_late};
static const struct cause early = {.id = "early", .stage = STAGE_TCP, .severity = ERROR, .rule = rule_early};
static const struct cause explainer = {
	.id = "explainer", .stage = STAGE_LIMIT, .severity = ERROR, .explains = "other late early guess", .rule = rule_late};
static const struct cause warning = {.id = "warning", .stage = STAGE_DNS, .severity = WARNING, .rule = rule_warning};
static const struct cause guess = {.id = "guess", .stage = STAGE_DNS, .severity = ERROR, .rule = rule_guess};
static const struct cause fallback = {
	.id = "fallback", .stage = STAGE_DNS, .severity = ERROR, .fallback = true, .rule = rule_seen};
static const struct cause wants = {.id = "wants", .prior = 20, .rule = rule_wants};
static const struct cause wants_more = {.id = "wants-more", .prior = 50, .rule = rule_wants_more};
static const struct cause nothing = {.id = "nothing", .severity = ERROR, .rule = rule_nothing};
static const struct cause known = {.id = "known", .severity = ERROR};

static void answer(struct journal *j, int64_t status)
{
	note(j, NULL, 0, &http_answer, F_INT(k_status, status));
}

static const char *root_of(struct judgement *out, struct journal *j, const struct cause *const *causes)
{
	judgement_deinit(out);
	judge(out, j, causes, 1);
	return out->root ? out->root->cause->id : "none";
}

static void test_root(void **state)
{
	struct journal j = {0};
	struct judgement v = {0};

	(void)state;
	answer(&j, 502);
	assert_string_equal(root_of(&v, &j, (const struct cause *const[]){&late, &early, NULL}), "early");
	/* what explains the others is the root, however late */
	assert_string_equal(root_of(&v, &j, (const struct cause *const[]){&late, &early, &explainer, NULL}), "explainer");
	/* a proven cause goes before a guess of an earlier layer */
	assert_string_equal(root_of(&v, &j, (const struct cause *const[]){&guess, &late, NULL}), "late");
	assert_string_equal(root_of(&v, &j, (const struct cause *const[]){&guess, NULL}), "guess");
	assert_int_equal(v.verdict, BROKEN);
	/* found() without a proof is no finding; a cause without a rule is not asked */
	assert_string_equal(root_of(&v, &j, (const struct cause *const[]){&nothing, &known, NULL}), "none");
	assert_int_equal(v.verdict, HEALTHY);
	judgement_deinit(&v);
	journal_deinit(&j);
}

static void test_verdict(void **state)
{
	struct journal j = {0};
	struct judgement v = {0};
	const struct cause *const both[] = {&warning, &late, NULL};

	(void)state;
	assert_string_equal(root_of(&v, &j, both), "none");
	assert_int_equal(v.verdict, HEALTHY);
	assert_int_equal(v.n_unseen, 1);
	assert_int_equal(verdict_exit(&v, ERROR), 0);
	note_bare(&j, NULL, 0, &run_blind);
	root_of(&v, &j, both);
	assert_int_equal(v.verdict, UNKNOWN);
	assert_int_equal(verdict_exit(&v, ERROR), 1);
	journal_deinit(&j);
	note_bare(&j, NULL, 0, &tcp_connect);
	assert_string_equal(root_of(&v, &j, both), "warning");
	assert_int_equal(v.verdict, DEGRADED);
	assert_int_equal(verdict_exit(&v, ERROR), 0);
	assert_int_equal(verdict_exit(&v, WARNING), 3);
	answer(&j, 502);
	/* an error goes before a warning of an earlier layer */
	assert_string_equal(root_of(&v, &j, both), "late");
	assert_int_equal(verdict_exit(&v, ERROR), 3);
	judgement_deinit(&v);
	journal_deinit(&j);
}

/* What was seen gives way to whatever says why, by the same observation and with more certainty. */
static void test_fallback(void **state)
{
	struct journal j = {0};
	struct judgement v = {0};

	(void)state;
	answer(&j, 502);
	assert_string_equal(root_of(&v, &j, (const struct cause *const[]){&fallback, NULL}), "fallback");
	assert_string_equal(root_of(&v, &j, (const struct cause *const[]){&fallback, &guess, NULL}), "guess");
	assert_int_equal(v.n_findings, 2);
	judgement_deinit(&v);
	/* a warning does not explain an error, nor does a finding with another proof */
	note_bare(&j, NULL, 0, &tcp_connect);
	assert_string_equal(root_of(&v, &j, (const struct cause *const[]){&fallback, &warning, NULL}), "fallback");
	assert_int_equal(v.verdict, BROKEN);
	judgement_deinit(&v);
	journal_deinit(&j);
}

/* A live run that found nothing wrong and opened nothing is no healthy one. */
static void test_nothing_opened(void **state)
{
	struct journal j = {0};
	struct judgement v = {0};

	(void)state;
	note_bare(&j, NULL, 0, &run_target);
	root_of(&v, &j, (const struct cause *const[]){&late, NULL});
	assert_int_equal(v.verdict, UNKNOWN);
	note_bare(&j, NULL, 0, &ws_open);
	root_of(&v, &j, (const struct cause *const[]){&late, NULL});
	assert_int_equal(v.verdict, HEALTHY);
	judgement_deinit(&v);
	journal_deinit(&j);
}

static void test_scopes(void **state)
{
	struct journal j = {0};
	struct judgement v = {0};
	struct where direct = {.vantage = 1};
	const struct cause *const causes[] = {&late, NULL};

	(void)state;
	answer(&j, 502);
	note(&j, &direct, 0, &http_answer, F_INT(k_status, 200));
	judge(&v, &j, causes, 2);
	assert_int_equal(v.n_findings, 1);
	assert_int_equal(v.findings[0].vantage, 0);
	assert_int_equal(v.n_cleared, 1);
	assert_int_equal(v.cleared[0].vantage, 1);
	assert_int_equal(v.cleared[0].proof[0]->id, 2);
	judgement_deinit(&v);
	journal_deinit(&j);
}

static void test_suspects(void **state)
{
	struct journal j = {0};
	struct judgement v = {0};
	const struct cause *const causes[] = {&wants, &wants_more, &late, NULL};
	const struct finding *out[4];
	struct where w = {.exp = &exp_plain_get};

	(void)state;
	judge(&v, &j, causes, 1);
	assert_int_equal(judge_suspects(&v, 0, out, 4), 2);
	assert_ptr_equal(out[0]->cause, &wants_more);
	assert_ptr_equal(out[1]->wants, &exp_plain_get);
	assert_int_equal(judge_suspects(&v, 0, out, 1), 1);
	assert_ptr_equal(out[0]->cause, &wants_more);
	assert_int_equal(judge_suspects(&v, 1, out, 4), 0);
	judgement_deinit(&v);
	note_bare(&j, &w, 0, &exp_done);
	judge(&v, &j, causes, 1);
	assert_int_equal(judge_suspects(&v, 0, out, 4), 1);
	judgement_deinit(&v);
	journal_deinit(&j);
}

static void test_fixes(void **state)
{
	static const struct cause fixable = {.id = "fixable",
		.severity = ERROR,
		.rule = rule_late,
		.fixes = {{"nginx", "a", NULL}, {"haproxy", "b", NULL}, {"any", "c", NULL}}};
	const struct cause *const causes[] = {&fixable, NULL};
	struct journal j = {0};
	struct judgement v = {0};
	const struct fix *fixes[4];

	(void)state;
	answer(&j, 502);
	note(&j, NULL, 0, &run_stack, F_TEXT(k_stack, SPAN("haproxy")));
	judge(&v, &j, causes, 1);
	assert_int_equal(judge_fixes(&j, v.root, fixes, 4), 3);
	assert_string_equal(fixes[0]->stack, "haproxy");
	assert_string_equal(fixes[1]->stack, "nginx");
	assert_int_equal(judge_fixes(&j, v.root, fixes, 1), 1);
	judgement_deinit(&v);
	journal_deinit(&j);
}

static struct journal socketio_run(const struct field *upgrades)
{
	struct journal j = {0};
	struct where polling = {.exp = &exp_eio_polling}, websocket = {.exp = &exp_eio_websocket}, plain = {.exp = &exp_upgrade};

	note(&j, NULL, 0, &run_target, F_TEXT(k_url, SPAN("http://h/")));
	note(&j, &plain, 0, &http_answer, F_INT(k_status, 400));
	note(&j, NULL, 0, &run_dialect, F_TEXT(k_dialect, SPAN("socketio")));
	journal_add(&j, &polling, 0, &eio_open, upgrades, 1);
	note(&j, &websocket, 0, &http_answer, F_INT(k_status, 502));
	return j;
}

/* The plain Upgrade does not count; that of Engine.IO does, where one is offered. */
static void test_socketio_upgrade(void **state)
{
	struct journal j = socketio_run(&F_TEXT(k_upgrades, SPAN("websocket")));
	struct scope s = {.journal = &j, .vantages = 1};

	(void)state;
	assert_int_equal(obs_int(scope_find(&s, &http_answer, &exp_upgrade, NULL), &k_status), 502);
	journal_deinit(&j);
	j = socketio_run(&F_TEXT(k_upgrades, SPAN("")));
	assert_null(scope_find(&s, &http_answer, &exp_upgrade, NULL));
	journal_deinit(&j);
}

/* Polling alone is healthy when its session is in the namespace, and not when that was never reached. */
static void test_socketio_session(void **state)
{
	static const struct cause *const none[] = {NULL};
	struct judgement g;
	struct journal j = socketio_run(&F_TEXT(k_upgrades, SPAN("")));

	(void)state;
	note(&j, NULL, 0, &sio_join, F_TEXT(k_namespace, SPAN("/")));
	judge(&g, &j, none, 1);
	assert_int_equal(g.verdict, UNKNOWN);
	judgement_deinit(&g);
	note(&j, NULL, 0, &sio_connect, F_TEXT(k_namespace, SPAN("/")));
	judge(&g, &j, none, 1);
	assert_int_equal(g.verdict, HEALTHY);
	judgement_deinit(&g);
	journal_deinit(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_root), cmocka_unit_test(test_fallback), cmocka_unit_test(test_verdict), cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_nothing_opened), cmocka_unit_test(test_socketio_upgrade),
		cmocka_unit_test(test_socketio_session),
		cmocka_unit_test(test_suspects), cmocka_unit_test(test_fixes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
