/* Options as a table: one row says the name, the type, the sentence; parsing, --help, man page and
 * completions come from it. */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include "base/buf.h"
#include "base/ns.h"

enum opt_type {
	OPT_FLAG,     /* bool */
	OPT_TEXT,     /* struct span */
	OPT_NUMBER,   /* int64_t, min..max */
	OPT_DURATION, /* ns, min..max */
	OPT_SIZE,     /* uint64_t bytes, min..max */
	OPT_CHOICE,   /* struct span, one of `choices` */
	OPT_LIST,     /* struct opt_list: may be given again */
	OPT_MANY, /* struct opt_list: takes all words up to the next option (--config FILE…) */
};

#define OPT_LIST_MAX 64
struct opt_list {
	struct span v[OPT_LIST_MAX];
	size_t n;
};

struct opt {
	const char *name; /* without the dashes; NULL ends a table */
	char letter;	  /* 0: none */
	enum opt_type type;
	size_t offset;	     /* into the command's struct */
	const char *value;   /* "DURATION", "FILE": stands for the value in help; NULL for flags */
	const char *say;     /* one sentence, no full stop */
	const char *group;   /* heading in --help and the man page; NULL: that of the row before */
	const char *choices; /* OPT_CHOICE: "auto|3|4" */
	int64_t min, max;    /* 0, 0: any */
	bool hidden;
};

enum opt_result {
	OPT_OK,
	OPT_BAD,   /* `error` holds one line that names the option */
	OPT_BRIEF, /* -h was given */
	OPT_HELP,  /* --help was given */
};

struct opt_input {
	int argc; /* without the names of program and command */
	const char *const *argv;
	const char *(*env)(const char *name); /* getenv's contract; NULL: no environment */
};

#define OPT_ENV_PREFIX "WSDX_"

/* Reads the words, then for options not among them the variable WSDX_<NAME> (upper case, - becomes
 * _; lists are split at line ends, flags take 1 yes true on, 0 no false off). `out` is the
 * command's struct with its defaults; texts in it and in `words` (what is no option) borrow from
 * argv and the environment. */
enum opt_result opt_parse(const struct opt *table, struct opt_input in, void *out,
	struct opt_list *words, struct buf *error);

/* "WSDX_KEEP_OPEN" for "keep-open". */
void opt_variable(struct buf *out, const char *name);

/* The options under their headings and -h, aligned, wrapped to `width` columns. */
void opt_help(struct buf *out, const struct opt *table, size_t width);
/* Wraps text at blanks to `width`; lines after the first begin with `indent` blanks, and the first
 * stands at column `at` already. Ends without a line end. */
void opt_wrap(struct buf *out, struct span text, size_t width, size_t indent, size_t at);

/* The OPTIONS section of a man page (man(7)): .SS headings and .TP entries. */
void opt_man(struct buf *out, const struct opt *table);
void opt_roff(struct buf *out,
	struct span text); /* escaped for roff; may stand at the beginning of a line */

/* Pieces of completion scripts, for one command. */
void opt_bash(struct buf *out, const struct opt *table);
void opt_zsh(struct buf *out, const struct opt *table);
void opt_fish(struct buf *out, const struct opt *table, const char *program, const char *command);
void opt_word(struct buf *out, struct span text); /* a shell word, quoted where it needs to be */
void opt_single_quoted(
	struct buf *out, struct span text); /* for bash and zsh; fish too, as sentences hold no \ */

#endif
