/* From the words of a command line to the row that runs them. */
#include "cmd/cmd.h"

#include <stdlib.h>

#include "base/text.h"
#include "cmd/terminal.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "cmd/all.def"
#undef COMMAND

#define COMMAND(name) &cmd_##name,
const struct command *const cmd_all[] = {
#include "cmd/all.def"
	NULL};
#undef COMMAND

const struct command *cmd_find(struct span name)
{
	for (const struct command *const *c = cmd_all; *c; c++)
		if (span_eq(span_of((*c)->name), name))
			return *c;
	return NULL;
}

const struct opt *cmd_options(const struct command *c)
{
	static const struct opt none[] = {{NULL}};

	if (c->options_of)
		return c->options_of();
	return c->options ? c->options : none;
}

static void put(FILE *f, struct buf *text)
{
	fwrite(text->p, 1, text->n, f);
	buf_deinit(text);
}

int cmd_usage(struct cmd_run *r, const char *format, ...)
{
	struct buf line = {.max = 4096};
	va_list args;

	va_start(args, format);
	buf_vaddf(&line, format, args);
	va_end(args);
	fprintf(r->err, "wsdx %s: %s\nsee: wsdx %s -h\n", r->command->name, buf_z(&line),
		r->command->name);
	buf_deinit(&line);
	return EXIT_USAGE;
}

static int no_such_command(const char *word, FILE *err)
{
	const char *names[64], *close;
	struct buf shown = {.max = 256};
	size_t n = 0;

	for (; cmd_all[n] && n < sizeof(names) / sizeof(names[0]); n++)
		names[n] = cmd_all[n]->name;
	close = text_did_you_mean(span_of(word), names, n);
	text_visible(&shown, span_head(span_of(word), 60));
	if (word[0] == '-')
		fprintf(err,
			"wsdx: %s: options stand behind the command, as in: wsdx check --timeout "
			"5s URL\n",
			buf_z(&shown));
	else if (strstr(word, "://"))
		fprintf(err, "wsdx: a command is missing; did you mean: wsdx check %s\n",
			strchr(word, '@') ? "URL" : buf_z(&shown));
	else if (close)
		fprintf(err, "wsdx: %s: no such command; did you mean %s?\n", buf_z(&shown), close);
	else
		fprintf(err, "wsdx: %s: no such command\n", buf_z(&shown));
	fprintf(err, "see: wsdx --help\n");
	buf_deinit(&shown);
	return EXIT_USAGE;
}

static int run(struct cmd_run *r, struct buf *error)
{
	const struct command *c = r->command;
	struct opt_input in = {r->argc - 1, r->argv + 1, r->env};
	struct span forms = span_of(c->synopsis), form = {0};
	struct buf text = {0};

	switch (opt_parse(cmd_options(c), in, r->options, &r->words, error)) {
	case OPT_BAD:
		return cmd_usage(r, "%s", buf_z(error));
	case OPT_BRIEF:
		cmd_brief(&text, c, terminal_width(r->out, r->env));
		put(r->out, &text);
		return EXIT_FINE;
	case OPT_HELP:
		cmd_full(&text, c, terminal_width(r->out, r->env));
		put(r->out, &text);
		return EXIT_FINE;
	case OPT_OK:
		break;
	}
	span_cut(&forms, '\n', &form);
	if (r->words.n < c->words_min || r->words.n > c->words_max)
		return cmd_usage(r, "too %s words; write: wsdx %s %.*s",
			r->words.n < c->words_min ? "few" : "many", c->name,
			SPANF(form));
	return c->run(r);
}

static int run_command(struct cmd_run *r)
{
	struct buf error = {.max = 4096};
	int status;

	r->options = calloc(1, r->command->size ? r->command->size : 1);
	if (!r->options)
		abort();
	if (r->command->defaults)
		memcpy(r->options, r->command->defaults, r->command->size);
	status = run(r, &error);
	buf_deinit(&error);
	free(r->options);
	return status;
}

int cmd_main(int argc, const char *const *argv, const char *(*env)(const char *name), FILE *out,
	FILE *err)
{
	struct cmd_run r = {.argc = argc - 1, .argv = argv + 1, .env = env, .out = out, .err = err};
	struct buf text = {0};
	const char *word;

	if (argc < 2) {
		cmd_bare(&text);
		put(out, &text);
		return EXIT_FINE;
	}
	word = argv[1];
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		fprintf(out, "wsdx %s\n", WSDX_VERSION);
		return EXIT_FINE;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		cmd_overview(&text, terminal_width(out, env));
		put(out, &text);
		return EXIT_FINE;
	}
	r.command = cmd_find(span_of(word));
	return r.command ? run_command(&r) : no_such_command(word, err);
}
