/* A sub-command is one file and one row.
 *
 * To add a command:
 *  1. src/cmd/<name>.c with a table of options, `const struct command cmd_<name>` and what runs it,
 *  2. a line in src/cmd/all.def.
 * Help, man page and completions come from the row; a test parses its examples and compares the
 * three. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdio.h>

#include "base/opt.h"

/* What a command is given. Nothing of it outlives the call. */
struct cmd_run {
	const struct command *command;
	void *options;	       /* the command's struct, defaults and options in place */
	struct opt_list words; /* what is no option */
	int argc;	       /* the words behind "wsdx", as typed */
	const char *const *argv;
	const char *(*env)(const char *name);
	FILE *out, *err;
};

enum { EXIT_FINE = 0, EXIT_BLIND = 1, EXIT_USAGE = 2, EXIT_BROKEN = 3 };

struct cmd_example {
	const char *line; /* "wsdx …" */
	const char *say;
};

#define CMD_EXAMPLES_MAX 6

struct command {
	const char *name;
	const char *say;      /* one line, no full stop */
	const char *synopsis; /* what follows "wsdx NAME"; other forms on further lines */
	const char *about;    /* paragraphs, an empty line between them */
	/* the rest, apart from `run`, may be left out */
	const struct opt *options;
	const struct opt *(*options_of)(void); /* instead, when they come from several tables */
	const void *defaults; /* of the struct that the options fill; NULL: zeroes */
	size_t size;	      /* of that struct */
	size_t words_min, words_max;
	unsigned shown; /* so many of its examples stand in what bare `wsdx` prints */
	struct cmd_example examples[CMD_EXAMPLES_MAX];
	void (*addresses)(struct buf *out); /* lines "URL what is there", of a server */
	const char *exits; /* lines "STATUS what it means" */
	int (*run)(struct cmd_run *r);
};

extern const struct command *const cmd_all[]; /* NULL-terminated, in the order of the overview */
const struct command *cmd_find(struct span name); /* NULL if there is none */
const struct opt *cmd_options(const struct command *c); /* never NULL */

/* The whole program: argv[0] is its name. Returns the exit status. */
int cmd_main(int argc, const char *const *argv, const char *(*env)(const char *name), FILE *out,
	FILE *err);

/* One line on standard error, then where to read more; returns EXIT_USAGE. */
int cmd_usage(struct cmd_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What people read; each ends in a newline. */
void cmd_bare(struct buf *out);
void cmd_overview(struct buf *out, size_t width);
void cmd_brief(struct buf *out, const struct command *c, size_t width);
void cmd_full(struct buf *out, const struct command *c, size_t width);
void cmd_manual(struct buf *out, const struct command *c); /* man(7) source; NULL: of wsdx itself */

/* Takes one address off what `addresses` wrote; false: there are no more. */
bool cmd_next_address(struct span *rest, struct span *url, struct span *say);

/* A completion script for "bash", "zsh" or "fish"; false: no such shell. */
bool cmd_completion(struct buf *out, struct span shell);

#endif
