/* Options as a table: one row says the name, the type, the sentence; parsing, --help, man page and completions come from it. */
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
	OPT_MANY,     /* struct opt_list: takes all words up to the next option (--config FILE…) */
};

#define OPT_LIST_MAX 64
struct opt_list {
	struct span v[OPT_LIST_MAX];
	size_t n;
};

struct opt {
	const char *name;  /* without the dashes; NULL ends a table */
	char letter;	   /* 0: none */
	enum opt_type type;
	size_t offset;	   /* into the command's struct */
	const char *value; /* "DURATION", "FILE": what stands for the value in help; NULL for flags */
	const char *say;   /* one sentence, no full stop */
	const char *group; /* heading in --help and the man page; NULL: that of the row before */
	const char *choices; /* OPT_CHOICE: "auto|3|4" */
	int64_t min, max;    /* 0, 0: any */
	bool hidden;
};

#endif
