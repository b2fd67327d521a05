/* wsdx explain: what the catalogue knows, and what saved runs say. */
#include <unistd.h>

#include "base/text.h"
#include "cause/all.h"
#include "cmd/cmd.h"
#include "cmd/explain_cause.h"
#include "cmd/output.h"
#include "cmd/terminal.h"
#include "fact/all.h"
#include "io/file.h"
#include "report/compare.h"

struct explain_options {
	bool all, checklist, why, quiet, verbose;
	struct opt_list output;
	struct span color;
};

#define AT(member) offsetof(struct explain_options, member)

static const struct opt options[] = {
	{.name = "all",
		.letter = 'a',
		.type = OPT_FLAG,
		.offset = AT(all),
		.say = "list every cause of the catalogue, by layer",
		.group = "Catalogue"},
	{.name = "output",
		.letter = 'o',
		.type = OPT_LIST,
		.offset = AT(output),
		.value = "FORMAT[=FILE]",
		.say = output_say,
		.group = "Saved runs"},
	{.name = "why",
		.type = OPT_FLAG,
		.offset = AT(why),
		.say = "show the reasoning: what ruled out which cause"},
	{.name = "checklist",
		.type = OPT_FLAG,
		.offset = AT(checklist),
		.say = "answer the check-list of guides for what was spoken there, as wsdx check "
		       "--checklist does"},
	{.name = "color",
		.type = OPT_CHOICE,
		.offset = AT(color),
		.value = "WHEN",
		.say = "colour: auto, always or never",
		.choices = "auto|always|never"},
	{.name = "quiet",
		.letter = 'q',
		.type = OPT_FLAG,
		.offset = AT(quiet),
		.say = "the verdict only"},
	{.name = "verbose",
		.letter = 'v',
		.type = OPT_FLAG,
		.offset = AT(verbose),
		.say = "every observation of the run first, on standard error: time, direction, "
		       "sentence"},
	{0},
};

static int print(struct cmd_run *r, struct buf *text)
{
	fwrite(text->p, 1, text->n, r->out);
	buf_deinit(text);
	return EXIT_FINE;
}

/* A saved run, judged again. */
struct replay {
	struct arena arena;
	struct journal journal;
	struct judgement judgement;
	struct report report;
};

static void replay_deinit(struct replay *p)
{
	judgement_deinit(&p->judgement);
	journal_deinit(&p->journal);
	arena_deinit(&p->arena);
}

static unsigned count_vantages(const struct journal *j)
{
	unsigned n = 1;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.vantage >= n)
			n = j->all[i]->where.vantage + 1u;
	return n < REPORT_VANTAGES_MAX ? n : REPORT_VANTAGES_MAX;
}

/* The command that would look again; a URL without its secrets would not do. */
static struct span again(struct replay *p)
{
	const struct report *r = &p->report;
	struct buf line = {.max = 8192};
	struct span kept = {0};
	bool whole = r->target.n > 0;

	buf_addz(&line, "wsdx check ");
	opt_word(&line, r->target);
	for (size_t i = 0; i < r->n_vantages; i++) {
		whole &= span_find(r->vantages[i], SPAN(" characters)")) < 0;
		if (i) {
			buf_addz(&line, " --direct ");
			opt_word(&line, r->vantages[i]);
		}
	}
	if (whole)
		kept = arena_copy(&p->arena, buf_span(&line));
	buf_deinit(&line);
	return kept;
}

static bool load(struct replay *p, struct span path, struct cmd_run *r)
{
	struct buf file = {0}, shown = {.max = 512};
	struct file_error file_error;
	struct journal_error error;
	struct span target;
	bool fine = file_read(&file, arena_z(&p->arena, path), &file_error);

	if (!fine) {
		text_visible(&shown, span_of(file_error.text));
		fprintf(r->err, "wsdx explain: %s\n", buf_z(&shown));
	} else if (!journal_load(&p->journal, &vocabulary, buf_span(&file), &target, &error)) {
		text_visible(&shown, span_head(path, 200));
		fprintf(r->err, "wsdx explain: %s:%zu: %s\n", buf_z(&shown), error.line,
			error.text);
		fine = false;
	}
	buf_deinit(&file);
	buf_deinit(&shown);
	if (!fine)
		return false;
	judge(&p->judgement, &p->journal, cause_all, count_vantages(&p->journal));
	p->report = (struct report){.target = target,
		.journal = &p->journal,
		.judgement = &p->judgement,
		.version = WSDX_VERSION};
	report_fill(&p->report, &p->arena);
	p->report.again = again(p);
	return true;
}

static void print_observations(const struct journal *j, FILE *f)
{
	for (size_t i = 0; i < j->n; i++) {
		struct buf line = {.max = 1 << 16};

		verbose_line(&line, j->all[i]);
		fwrite(line.p, 1, line.n, f);
		buf_deinit(&line);
	}
}

static int replay(struct cmd_run *r)
{
	const struct explain_options *o = r->options;
	struct replay p = {0};
	int status = EXIT_BLIND;

	if (load(&p, r->words.v[0], r)) {
		if (o->verbose)
			print_observations(&p.journal, r->err);
		p.report.why = o->why;
		p.report.checklist = o->checklist;
		p.report.quiet = o->quiet;
		status = verdict_exit(&p.judgement, ERROR);
		if (!output_print(&o->output, &p.report, o->color, r) && status == EXIT_FINE)
			status = EXIT_BLIND;
	}
	replay_deinit(&p);
	return status;
}

static int compare(struct cmd_run *r)
{
	const struct explain_options *o = r->options;
	bool json = o->output.n == 1 && span_eq(o->output.v[0], SPAN("json"));
	struct replay p[2] = {0};
	struct compare_side side[2];
	struct buf text = {0};
	int status = EXIT_BLIND;

	if (o->output.n && !json && !(o->output.n == 1 && span_eq(o->output.v[0], SPAN("human"))))
		return cmd_usage(r,
			"--output: a comparison is printed as human or json, to standard output");
	if (load(&p[0], r->words.v[0], r) && load(&p[1], r->words.v[1], r)) {
		for (size_t i = 0; i < 2; i++)
			side[i] = (struct compare_side){r->words.v[i], &p[i].report};
		p[0].report.width = terminal_width(r->out, r->env);
		p[0].report.colour = terminal_colour(r->out, o->color, r->env);
		p[0].report.ascii = terminal_ascii(r->env);
		(json ? compare_json : compare_human)(&text, side);
		print(r, &text);
		status = verdict_exit(&p[1].judgement, ERROR);
	}
	replay_deinit(&p[0]);
	replay_deinit(&p[1]);
	return status;
}

/* Ids are words of letters, digits and dashes; a file is what has a dot or a slash, or exists. */
static bool is_file(struct span word)
{
	struct arena a = {0};
	bool exists;

	if (span_chr(word, '.') >= 0 || span_chr(word, '/') >= 0 || span_eq(word, SPAN("-")))
		return true;
	exists = access(arena_z(&a, word), F_OK) == 0;
	arena_deinit(&a);
	return exists;
}

static int no_such_cause(struct cmd_run *r, struct span word)
{
	const char *ids[1024], *close;
	struct buf shown = {.max = 256}, near = {.max = 4096};
	size_t n = 0;

	for (; cause_all[n] && n < sizeof(ids) / sizeof(ids[0]); n++)
		ids[n] = cause_all[n]->id;
	close = text_did_you_mean(word, ids, n);
	text_visible(&shown, span_head(word, 60));
	explain_near(&near, span_head(word, 60));
	if (close)
		cmd_usage(r, "%s: no such cause; did you mean %s?", buf_z(&shown), close);
	else if (near.n)
		cmd_usage(r, "%s: no such cause; near it: %s", buf_z(&shown), buf_z(&near));
	else
		cmd_usage(r, "%s: neither a cause nor a file; wsdx explain --all lists the causes",
			buf_z(&shown));
	buf_deinit(&shown);
	buf_deinit(&near);
	return EXIT_USAGE;
}

static int run(struct cmd_run *r)
{
	const struct explain_options *o = r->options;
	size_t width = terminal_width(r->out, r->env);
	struct buf text = {.max = 4096};
	const struct cause *cause;

	if (!output_check(&o->output, &text)) {
		cmd_usage(r, "%s", buf_z(&text));
		buf_deinit(&text);
		return EXIT_USAGE;
	}
	text.max = 0;
	if (o->all && r->words.n)
		return cmd_usage(r, "--all: takes no further words");
	if (o->all) {
		explain_all(&text, width);
		return print(r, &text);
	}
	if (r->words.n == 0)
		return cmd_usage(
			r, "write: wsdx explain ID, wsdx explain FILE, or wsdx explain --all");
	if (r->words.n == 2)
		return compare(r);
	cause = cause_find(r->words.v[0]);
	if (cause) {
		explain_cause(&text, cause, width);
		return print(r, &text);
	}
	return is_file(r->words.v[0]) ? replay(r) : no_such_cause(r, r->words.v[0]);
}

const struct command cmd_explain = {
	.name = "explain",
	.say = "say what a cause means, replay a saved run, compare two",
	.synopsis = "ID\n--all\n[options] FILE\n[options] FILE FILE",
	.about = "With the id of a cause: what it means, what a client experiences, what proves "
		 "it, what looks like it, and the lines to "
		 "change, for each server and proxy known.\n\n"
		 "With a run saved by wsdx check --save: judges it again and prints the report, "
		 "without a network. With two: "
		 "compares them, as two networks or before and after: the verdicts, the causes "
		 "found in one only, and the steps whose "
		 "outcome or time differs markedly, as human or json.",
	.options = options,
	.size = sizeof(struct explain_options),
	.words_max = 2,
	.shown = 1,
	.examples = {{"wsdx explain upg-headers-stripped",
			     "what a finding means, how it is proven, what to change"},
		{"wsdx explain --all", "the catalogue of causes, by layer"},
		{"wsdx explain run.jsonl --why", "a saved run again, with the reasoning"},
		{"wsdx explain office.jsonl home.jsonl", "what differs between two networks"},
		{"wsdx explain run.jsonl -o markdown", "the same run as a ticket to paste"},
		{"wsdx explain run.jsonl --checklist", "the check-list, as far as that run looked"}},
	.exits = "0 explained; the (last) run is healthy or degraded\n"
		 "1 a file could not be read, or the (last) run could not look\n"
		 "2 no such cause, command or option\n3 the (last) run shows a broken connection",
	.run = run,
};
