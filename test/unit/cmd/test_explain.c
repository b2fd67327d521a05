#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "cause/all.h"
#include "cmd/cmd.h"

#define JOURNAL(name) TEST_ROOT "/test/journal/" name ".jsonl"
#define BROKEN_RUN JOURNAL("dns-nxdomain.yes.misspelt")
#define SOCKETIO_RUN JOURNAL("app-emit-not-acked.no.healthy-event-instead")
#define HEALTHY_RUN JOURNAL("dns-nxdomain.no.healthy-hosts-file")

static const char *no_env(const char *name)
{
	(void)name;
	return NULL;
}

/* Runs `wsdx explain` with the words; returns what it prints, to be freed. */
static char *explain(int *status, char **err, const char *const *words)
{
	char *out;
	size_t n_out, n_err;
	FILE *f = open_memstream(&out, &n_out), *e = open_memstream(err, &n_err);
	const char *argv[16] = {"wsdx", "explain"};
	int argc = 2;

	for (; words[argc - 2]; argc++)
		argv[argc] = words[argc - 2];
	*status = cmd_main(argc, argv, no_env, f, e);
	fclose(f);
	fclose(e);
	return out;
}

static void check(int status, const char *out, const char *err, const char *const *words)
{
	char *got_err;
	int got;
	char *got_out = explain(&got, &got_err, words);

	if (got != status || (out && !strstr(got_out, out)) ||
		(err ? !strstr(got_err, err) : *got_err != '\0'))
		fail_msg("explain %s: exit %d\n%s\n%s", words[0] ? words[0] : "", got, got_out,
			got_err);
	free(got_out);
	free(got_err);
}
#define EXPLAIN(status, out, err, ...)                                                             \
	check((status), (out), (err), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void every_cause_is_explained(void **state)
{
	(void)state;
	for (const struct cause *const *c = cause_all; *c; c++) {
		char *err, *out;
		int status;

		out = explain(&status, &err, (const char *const[]){(*c)->id, NULL});
		assert_int_equal(status, 0);
		assert_string_equal(err, "");
		assert_non_null(strstr(out, (*c)->id));
		assert_non_null(strstr(out, "\neffect "));
		assert_non_null(strstr(out, "\nsource "));
		free(out);
		free(err);
		EXPLAIN(0, (*c)->id, NULL, "--all");
	}
}

static void a_run_answers_the_check_list(void **state)
{
	(void)state;
	EXPLAIN(0, "check-list\n", NULL, SOCKETIO_RUN, "--checklist");
	EXPLAIN(0, "because --stream EVENT was not given", NULL, SOCKETIO_RUN, "--checklist");
	EXPLAIN(0, "\"checklist\"", NULL, SOCKETIO_RUN, "--checklist", "-o", "json");
}

/* Two replicas, no affinity, and clients that open a WebSocket alone: nothing of theirs is bad. */
static void websocket_clients_need_no_affinity(void **state)
{
	const char *const run = JOURNAL("sticky-missing.yes.websocket-clients");

	(void)state;
	EXPLAIN(0, "HEALTHY", NULL, run);
	EXPLAIN(0, "✔ transport  WebSocket alone works", NULL, run);
	EXPLAIN(0, "· cluster    3 of 6 requests", NULL, run);
	EXPLAIN(0, "✔ no repeated errors", NULL, run, "--checklist");
	EXPLAIN(0, "✖ polling works too", NULL, run, "--checklist");
}

static void ids_are_guessed(void **state)
{
	(void)state;
	EXPLAIN(2, NULL, "dns-nxdomian: no such cause; did you mean dns-nxdomain?", "dns-nxdomian");
	EXPLAIN(2, NULL, "upgrade-stripped-by-proxy: no such cause; near it: upg-headers-stripped",
		"upgrade-stripped-by-proxy");
	EXPLAIN(2, NULL, "zzzzzzzzzzzz: neither a cause nor a file", "zzzzzzzzzzzz");
	EXPLAIN(2, NULL, "write: wsdx explain ID");
	EXPLAIN(2, NULL, "--all: takes no further words", "--all", "x");
}

static void runs_are_judged_again(void **state)
{
	(void)state;
	EXPLAIN(3, "dns-nxdomain", NULL, BROKEN_RUN);
	EXPLAIN(0, "HEALTHY", NULL, HEALTHY_RUN);
	EXPLAIN(3, "\"verdict\":\"broken\"", NULL, BROKEN_RUN, "-o", "json");
	EXPLAIN(3, "dns-nxdomain", NULL, BROKEN_RUN, "-q", "--why");
	EXPLAIN(3, "BROKEN", "NXDOMAIN", BROKEN_RUN, "-v");
	EXPLAIN(1, NULL, "Not a directory", "/dev/null/run.jsonl");
	EXPLAIN(1, NULL, "Is a directory", "/");
	EXPLAIN(1, NULL, "not a wsdx journal",
		__FILE__[0] == '/' ? __FILE__ : TEST_ROOT "/meson.build");
}

static void outputs_are_checked_first(void **state)
{
	(void)state;
	EXPLAIN(2, NULL, "--output: 'jsn' is no format; did you mean json?", BROKEN_RUN, "-o",
		"jsn");
	EXPLAIN(2, NULL, "--output: 'zzzz' is no format; there are human, json", BROKEN_RUN, "-o",
		"zzzz");
	EXPLAIN(2, NULL, "--output: two formats for standard output", BROKEN_RUN, "-o", "json",
		"-o", "human");
	EXPLAIN(3, NULL, "--output: /dev/null/x", BROKEN_RUN, "-o", "json=/dev/null/x");
	EXPLAIN(1, NULL, "--output: /dev/null/x", HEALTHY_RUN, "-o", "json=/dev/null/x");
}

static void files_are_written(void **state)
{
	char folder[] = "/tmp/wsdx-test-XXXXXX", word[64], word2[64], line[128] = "";
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(word, sizeof(word), "json=%s/x", folder);
	snprintf(word2, sizeof(word2), "markdown=%s/y", folder);
	EXPLAIN(3, "BROKEN", NULL, BROKEN_RUN, "-o", word, "-o", "human", "-o", word2);
	f = fopen(strchr(word, '/'), "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_non_null(strstr(line, "\"schema\":\"wsdx.check/1\""));
	fclose(f);
	assert_int_equal(unlink(strchr(word, '/')), 0);
	assert_int_equal(unlink(strchr(word2, '/')), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void runs_are_compared(void **state)
{
	(void)state;
	EXPLAIN(0, "only in dns-nxdomain.yes.misspelt.jsonl:", NULL, BROKEN_RUN, HEALTHY_RUN);
	EXPLAIN(3, "dns-nxdomain", NULL, HEALTHY_RUN, BROKEN_RUN);
	EXPLAIN(3, "\"schema\":\"wsdx.compare/1\"", NULL, HEALTHY_RUN, BROKEN_RUN, "-o", "json");
	EXPLAIN(2, NULL, "a comparison is printed as human or json", HEALTHY_RUN, BROKEN_RUN, "-o",
		"html");
	EXPLAIN(1, NULL, "Not a directory", HEALTHY_RUN, "/dev/null/b.jsonl");
	EXPLAIN(1, NULL, "Not a directory", "/dev/null/a.jsonl", HEALTHY_RUN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cause_is_explained),
		cmocka_unit_test(a_run_answers_the_check_list),
		cmocka_unit_test(websocket_clients_need_no_affinity),
		cmocka_unit_test(ids_are_guessed),
		cmocka_unit_test(runs_are_judged_again),
		cmocka_unit_test(outputs_are_checked_first),
		cmocka_unit_test(files_are_written),
		cmocka_unit_test(runs_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
