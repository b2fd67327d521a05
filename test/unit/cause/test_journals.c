/* Replays the recorded runs of test/journal through the judge. The file name says what must come out:
 *
 *	<id>.yes.<what>.jsonl		<id> is found, and is the root (unless it is only an info)
 *	<id>.yes.beside-<what>.jsonl	<id> is found, but something else is the root
 *	<id>.yes.maybe-<what>.jsonl	<id> is found and the root, with a confidence below 0.9
 *	<id>.yes.ask-<experiment>.jsonl	<id> is not yet found and asks for this experiment
 *	<id>.no.<what>.jsonl		<id> is not found
 *	<id>.no.healthy-<what>.jsonl	the verdict is healthy */
#include "unit.h"

#include <dirent.h>
#include <stdlib.h>

#include "cause/all.h"
#include "core/judge.h"
#include "fact/all.h"

#define FOLDER TEST_ROOT "/test/journal"

static struct dirent **files;
static int n_files;

struct expected {
	struct span id;
	bool yes;
	struct span what;
};

static bool parse_name(struct span name, struct expected *e)
{
	struct span word;

	if (!span_ends(name, SPAN(".jsonl")) || !span_cut(&name, '.', &e->id) || !span_cut(&name, '.', &word))
		return false;
	e->what = span_head(name, name.n - strlen(".jsonl"));
	e->yes = span_eq(word, SPAN("yes"));
	return e->what.n && (e->yes || span_eq(word, SPAN("no")));
}

static char *read_file(const char *name, size_t *n)
{
	char path[sizeof(FOLDER) + 300], *text = malloc(1 << 20);
	FILE *in;

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	in = fopen(path, "r");
	assert_non_null(in);
	*n = fread(text, 1, 1 << 20, in);
	fclose(in);
	return text;
}

static const struct finding *find_in(const struct finding *v, size_t n, struct span id)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(span_of(v[i].cause->id), id))
			return &v[i];
	return NULL;
}

static unsigned count_vantages(const struct journal *j)
{
	unsigned n = 1;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.vantage >= n)
			n = j->all[i]->where.vantage + 1u;
	return n;
}

/* What the judgement says against the name of the file, or NULL. */
static const char *objection(const struct expected *e, const struct judgement *j)
{
	const struct finding *f = find_in(j->findings, j->n_findings, e->id);
	const struct finding *open = find_in(j->unseen, j->n_unseen, e->id);

	if (!e->yes) {
		if (f)
			return "is found";
		return span_starts(e->what, SPAN("healthy")) && j->verdict != HEALTHY ? "is not healthy" : NULL;
	}
	if (span_starts(e->what, SPAN("ask-")))
		return open && open->wants && span_eq(span_of(open->wants->name), span_from(e->what, 4))
			       ? NULL
			       : "does not ask for the experiment";
	if (!f)
		return "is not found";
	if (span_starts(e->what, SPAN("beside-")))
		return j->root == f ? "is the root" : NULL;
	if (f->severity > INFO && j->root != f)
		return "is not the root";
	if (span_starts(e->what, SPAN("maybe-")))
		return f->confidence < 0.9 && f->instead && f->would_decide ? NULL : "is not a maybe";
	return f->confidence < 0.9 ? "is not certain" : NULL;
}

/* True when the run is judged as its name says. */
static bool replay(const char *name)
{
	struct expected e;
	struct journal j = {0};
	struct judgement out;
	struct journal_error error;
	struct span target;
	const char *what;
	size_t n;
	char *text = read_file(name, &n);

	if (!parse_name(span_of(name), &e) || !cause_find(e.id))
		fail_msg("%s: not <id>.yes|no.<what>.jsonl of a known cause", name);
	if (!journal_load(&j, &vocabulary, (struct span){text, n}, &target, &error))
		fail_msg("%s:%zu: %s", name, error.line, error.text);
	if (j.lost)
		fail_msg("%s: %zu observations have an unknown kind", name, j.lost);
	judge(&out, &j, cause_all, count_vantages(&j));
	what = objection(&e, &out);
	if (what) {
		print_error("%s: %.*s %s\n", name, SPANF(e.id), what);
		for (size_t i = 0; i < out.n_findings; i++)
			print_error("\tfound %s, %.1f\n", out.findings[i].cause->id, out.findings[i].confidence);
	}
	judgement_deinit(&out);
	journal_deinit(&j);
	free(text);
	return !what;
}

static void every_journal_is_judged_as_named(void **state)
{
	bool all = n_files > 0;

	(void)state;
	for (int i = 0; i < n_files; i++)
		all &= replay(files[i]->d_name);
	assert_true(all);
}

static bool has_file(const struct cause *c, bool yes)
{
	for (int i = 0; i < n_files; i++) {
		struct expected e;

		if (parse_name(span_of(files[i]->d_name), &e) && e.yes == yes && span_eq(e.id, span_of(c->id)) &&
			!span_starts(e.what, SPAN("ask-")))
			return true;
	}
	return false;
}

static void every_rule_has_both_journals(void **state)
{
	(void)state;
	for (const struct cause *const *c = cause_all; *c; c++)
		if ((*c)->rule && (!has_file(*c, true) || !has_file(*c, false)))
			fail_msg("%s: a .yes or a .no journal is missing", (*c)->id);
}

static int is_journal(const struct dirent *d)
{
	return span_ends(span_of(d->d_name), SPAN(".jsonl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_journal_is_judged_as_named),
		cmocka_unit_test(every_rule_has_both_journals),
	};
	int failed;

	n_files = scandir(FOLDER, &files, is_journal, alphasort);
	if (n_files < 0) {
		perror(FOLDER);
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (int i = 0; i < n_files; i++)
		free(files[i]);
	free(files);
	return failed;
}
