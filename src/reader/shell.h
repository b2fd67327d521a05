/* The words of a shell command as people paste it: what it was meant to be, and where the shell
 * would have read it otherwise. Quotes, escapes, $'…', continued lines, comments, redirections and
 * variables of POSIX sh and bash; nothing is run and no file name pattern is expanded. */
#ifndef READER_SHELL_H
#define READER_SHELL_H

#include "base/arena.h"

#define SHELL_WORDS_MAX 512
#define SHELL_NAMES_MAX 16

struct shell_word {
	struct span text;
	bool quoted; /* a part of it stood in quotes */
};

/* What is not as a shell would read it, or as the user thinks. */
struct shell_seen {
	bool ampersand; /* unquoted in a URL: the shell ends the command there; here it goes on */
	bool question;	/* unquoted in a URL: zsh takes it for a file name pattern */
	bool html_ampersand;	    /* &amp; in a URL; read as & */
	bool typographic;	    /* “ ” ‘ ’ taken for quotes, – — for dashes */
	bool no_break_space;	    /* U+00A0 taken for a blank */
	bool blank_after_backslash; /* the line does not go on; here it does */
	bool carriage_return;	    /* CR LF line ends */
	bool unclosed;		    /* a quote without an end */
	bool substitution;	    /* $(…) or `…`; kept as written */
	bool too_long;		    /* more than SHELL_WORDS_MAX words; the others are left out */
	struct span unset[SHELL_NAMES_MAX]; /* variables without a value; kept as written */
	size_t n_unset;
};

struct shell {
	struct span rest;		      /* what is not read yet */
	struct arena *arena;		      /* the words' memory */
	const char *(*env)(const char *name); /* getenv's contract; NULL: no variable is set */
	struct shell_word words[SHELL_WORDS_MAX];
	size_t n;
	struct shell_seen seen; /* in the command read last */
};

/* Reads the next simple command off the front of `rest` into words and seen; comments and empty
 * commands are passed over. False at the end. The caller has set rest, arena and env. */
bool shell_read(struct shell *s);

#endif
