/* Observations and the journal: fields, sentences, what is kept, saved and loaded again. */
#include "unit.h"

#include "core/journal.h"
#include "fact/all.h"

static const struct where here = {
	.vantage = 1, .attempt = 2, .flow = 3, .exp = &exp_upgrade, .role = &role_v4};

static void fill(struct journal *j)
{
	note(j, NULL, 0, &run_target, F_TEXT(k_url, SPAN("ws://h/")), F_TEXT(k_address, SPAN("")));
	note(j, &here, 5 * NS_MS, &tcp_connect, F_BOOL(k_ok, true),
		F_TEXT(k_address, SPAN("127.0.0.1")), F_INT(k_port, 80), F_TIME(k_took, 800000));
	note(j, &here, 9 * NS_MS, &http_answer, F_INT(k_status, 502),
		F_TEXT(k_reason, SPAN("Bad \x1b[31m\"Gateway\"")), F_TIME(k_took, NS_S));
}

static void test_fields(void **state)
{
	struct journal j = {0};
	const struct obs *o;

	(void)state;
	fill(&j);
	o = j.all[1];
	assert_int_equal(o->id, 2);
	assert_int_equal(obs_int(o, &k_port), 80);
	assert_true(obs_is(o, &k_address, "127.0.0.1"));
	assert_false(obs_is(o, &k_address, "127.0.0."));
	assert_false(obs_has(o, &k_error));
	assert_int_equal(obs_int(o, &k_error), 0);
	assert_span(obs_text(o, &k_port), "");
	/* an empty text is an absent field */
	assert_false(obs_has(j.all[0], &k_address));
	assert_int_equal(obs_int(NULL, &k_port), 0);
	journal_deinit(&j);
	journal_deinit(&j);
}

static void say(const struct obs *o, const char *want)
{
	struct buf b = {0};

	obs_say(&b, o);
	assert_buf(&b, want);
	buf_deinit(&b);
}

static void test_sentences(void **state)
{
	struct journal j = {0};

	(void)state;
	fill(&j);
	say(j.all[0], "ws://h/");
	say(j.all[1], "connected to 127.0.0.1 port 80 in 0.8 ms");
	note(&j, NULL, 0, &tcp_connect, F_BOOL(k_ok, false), F_TEXT(k_address, SPAN("::1")),
		F_INT(k_port, 1), F_TIME(k_took, 0), F_TEXT(k_error, SPAN("refused")),
		F_INT(k_syn_retries, 2));
	say(j.all[3], "no connection to ::1 port 1: refused after 0 ms, 2 SYN sent again");
	/* control bytes never pass */
	say(j.all[2], "502 Bad \\x1b[31m\"Gateway\" in 1 s");
	journal_deinit(&j);
}

static void test_limits(void **state)
{
	struct journal j = {.max = 2};
	char *long_text = test_malloc(JOURNAL_TEXT_MAX + 100);

	(void)state;
	memset(long_text, 'x', JOURNAL_TEXT_MAX + 100);
	note(&j, NULL, 0, &run_blind,
		F_TEXT(k_text, ((struct span){long_text, JOURNAL_TEXT_MAX + 100})));
	assert_int_equal(obs_text(j.all[0], &k_text).n, JOURNAL_TEXT_MAX);
	assert_non_null(note_bare(&j, NULL, 0, &run_blind));
	assert_null(note_bare(&j, NULL, 0, &run_blind));
	assert_int_equal(j.lost, 1);
	assert_int_equal(j.n, 2);
	test_free(long_text);
	journal_deinit(&j);
}

static void test_secrets(void **state)
{
	struct journal j = {0};

	(void)state;
	journal_hide(&j, SPAN("s3cret-token"));
	journal_hide(&j, SPAN("websocket"));
	journal_hide(&j, SPAN("a1"));
	journal_hide(&j, SPAN(""));
	note(&j, NULL, 0, &http_answer, F_TEXT(k_reason, SPAN("bad s3cret-token, s3cret-token!")),
		F_TEXT(k_who, SPAN("websocket")), F_TEXT(k_saying, SPAN("a1")));
	assert_span(obs_text(j.all[0], &k_reason), "bad ************, ************!");
	assert_span(obs_text(j.all[0], &k_who), "websocket");
	assert_span(obs_text(j.all[0], &k_saying), "a1");
	journal_deinit(&j);
}

static void test_saved_and_loaded(void **state)
{
	struct journal j = {0}, again = {0};
	struct buf first = {0}, second = {0};
	struct journal_error error;
	struct span target;

	(void)state;
	fill(&j);
	journal_save(&first, &j, SPAN("ws://h/"), "1.2.3");
	assert_true(span_starts(buf_span(&first),
		SPAN("{\"wsdx\":\"journal/1\",\"version\":\"1.2.3\",\"target\":\"ws://h/\"}\n")));
	assert_true(journal_load(&again, &vocabulary, buf_span(&first), &target, &error));
	assert_span(target, "ws://h/");
	assert_int_equal(again.n, 3);
	assert_ptr_equal(again.all[1]->where.exp, &exp_upgrade);
	assert_ptr_equal(again.all[1]->where.role, &role_v4);
	assert_int_equal(again.flows, 3);
	journal_save(&second, &again, SPAN("ws://h/"), "1.2.3");
	assert_true(span_eq(buf_span(&first), buf_span(&second)));
	buf_deinit(&first);
	buf_deinit(&second);
	journal_deinit(&j);
	journal_deinit(&again);
}

static void refuse(const char *file, size_t line, const char *text)
{
	struct journal j = {0};
	struct journal_error error = {0};
	struct span target;

	assert_false(journal_load(&j, &vocabulary, span_of(file), &target, &error));
	assert_int_equal(error.line, line);
	assert_non_null(strstr(error.text, text));
	journal_deinit(&j);
}

#define FIRST "{\"wsdx\":\"journal/1\",\"target\":\"x\"}\n"

static void test_broken_files(void **state)
{
	(void)state;
	refuse("", 1, "journal/1");
	refuse("{\"a\":1}\n", 1, "journal/1");
	refuse("{\"wsdx\":\"journal/2\"}\n", 1, "journal/1");
	refuse(FIRST "[]\n", 2, "object");
	refuse(FIRST "{\"k\":\"run.blind\",\"d\":{}", 2, "object");
	refuse(FIRST "{\"k\":\"run.blind\",\"v\":256,\"d\":{}}\n", 2, "range");
	refuse(FIRST "{\"k\":\"tcp.connect\",\"d\":{\"port\":\"80\"}}\n", 2, "type");
	refuse(FIRST "\n{\"k\":\"tcp.connect\",\"d\":{\"ok\":1}}\n", 3, "type");
}

/* What a newer wsdx writes and this one does not know is left out and counted. */
static void test_newer_files(void **state)
{
	struct journal j = {0};
	struct journal_error error;
	struct span target;

	(void)state;
	assert_true(journal_load(&j, &vocabulary,
		SPAN(FIRST "{\"k\":\"moon.phase\",\"d\":{\"x\":[1,{\"y\":2}]}}\n"
			   "{\"k\":\"run.blind\",\"z\":{\"q\":[]},\"x\":\"none-such\",\"d\":{"
			   "\"moon\":1,\"text\":\"a\"}}\n"),
		&target, &error));
	assert_int_equal(j.lost, 1);
	assert_int_equal(j.n, 1);
	assert_true(obs_is(j.all[0], &k_text, "a"));
	assert_null(j.all[0]->where.exp);
	journal_deinit(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_fields),
		cmocka_unit_test(test_sentences), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_secrets), cmocka_unit_test(test_saved_and_loaded),
		cmocka_unit_test(test_broken_files), cmocka_unit_test(test_newer_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
