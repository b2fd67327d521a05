/* What -h, --help and the bare program print. */
#include "base/text.h"
#include "cmd/cmd.h"

void cmd_bare(struct buf *out)
{
	buf_addz(out, "wsdx finds out why a WebSocket connection fails.\n\n");
	for (const struct command *const *c = cmd_all; *c; c++)
		for (unsigned i = 0; i < (*c)->shown; i++)
			buf_addf(out, "  %s\n      %s\n", (*c)->examples[i].line,
				(*c)->examples[i].say);
	buf_addz(out, "\nAll commands: wsdx --help     One of them: wsdx check -h\n");
}

void cmd_overview(struct buf *out, size_t width)
{
	size_t column = 0;

	buf_addz(out, "wsdx finds out why a WebSocket connection fails, says whose fault it is, "
		      "and shows the line to change.\n\n"
		      "usage: wsdx COMMAND [options] …\n\ncommands:\n");
	for (const struct command *const *c = cmd_all; *c; c++)
		if (strlen((*c)->name) + 5 > column)
			column = strlen((*c)->name) + 5;
	for (const struct command *const *c = cmd_all; *c; c++) {
		buf_addf(out, "  %-*s", (int)column - 2, (*c)->name);
		opt_wrap(out, span_of((*c)->say), width, column, column);
		buf_addc(out, '\n');
	}
	buf_addz(out, "\nwsdx COMMAND -h shows examples, wsdx COMMAND --help everything, wsdx "
		      "--version the version.\n");
}

static void add_synopsis(struct buf *out, const struct command *c)
{
	struct span left = span_of(c->synopsis), form;
	const char *head = "usage: ";

	while (span_cut(&left, '\n', &form)) {
		buf_addf(out, "%swsdx %s %.*s\n", head, c->name, SPANF(form));
		head = "       ";
	}
}

static void add_examples(struct buf *out, const struct command *c, size_t width)
{
	if (!c->examples[0].line)
		return;
	buf_addz(out, "\nexamples:\n");
	for (size_t i = 0; i < CMD_EXAMPLES_MAX && c->examples[i].line; i++) {
		buf_addf(out, "  %s\n      ", c->examples[i].line);
		opt_wrap(out, span_of(c->examples[i].say), width, 6, 6);
		buf_addc(out, '\n');
	}
}

void cmd_brief(struct buf *out, const struct command *c, size_t width)
{
	struct buf names = {0};

	buf_addf(out, "wsdx %s: ", c->name);
	opt_wrap(out, span_of(c->say), width, 2, strlen(c->name) + 7);
	buf_addz(out, "\n\n");
	add_synopsis(out, c);
	add_examples(out, c, width);
	for (const struct opt *o = cmd_options(c); o->name; o++) {
		if (o->hidden)
			continue;
		if (o->letter)
			buf_addf(&names, "-%c ", o->letter);
		buf_addf(&names, "--%s ", o->name);
	}
	if (names.n) {
		buf_addz(out, "\noptions: ");
		opt_wrap(out, span_head(buf_span(&names), names.n - 1), width, 9, 9);
		buf_addc(out, '\n');
	}
	buf_addf(out, "\neverything: wsdx %s --help\n", c->name);
	buf_deinit(&names);
}

static void add_exits(struct buf *out, const struct command *c, size_t width)
{
	struct span left = span_of(c->exits), line, status;

	if (!left.n)
		return;
	buf_addz(out, "\nexit status:\n");
	while (span_cut(&left, '\n', &line)) {
		span_cut(&line, ' ', &status);
		buf_addf(out, "  %-5.*s", SPANF(status));
		opt_wrap(out, line, width, 7, 7);
		buf_addc(out, '\n');
	}
}

bool cmd_next_address(struct span *rest, struct span *url, struct span *say)
{
	if (!span_cut(rest, '\n', say) || !say->n)
		return false;
	*url = (struct span){0};
	span_cut(say, ' ', url);
	return true;
}

static void add_addresses(struct buf *out, const struct command *c, size_t width)
{
	struct buf lines = {.max = 8192};
	struct span rest, say, url;

	if (!c->addresses)
		return;
	c->addresses(&lines);
	rest = buf_span(&lines);
	buf_addz(out, "Addresses:\n");
	while (cmd_next_address(&rest, &url, &say)) {
		buf_addf(out, "  %.*s\n      ", SPANF(url));
		opt_wrap(out, say, width, 6, 6);
		buf_addc(out, '\n');
	}
	buf_addc(out, '\n');
	buf_deinit(&lines);
}

void cmd_full(struct buf *out, const struct command *c, size_t width)
{
	buf_addf(out, "wsdx %s: ", c->name);
	opt_wrap(out, span_of(c->say), width, 2, strlen(c->name) + 7);
	buf_addz(out, "\n\n");
	add_synopsis(out, c);
	buf_addc(out, '\n');
	opt_wrap(out, span_of(c->about), width, 0, 0);
	buf_addz(out, "\n\n");
	add_addresses(out, c, width);
	opt_help(out, cmd_options(c), width);
	buf_addc(out, '\n');
	opt_wrap(out,
		SPAN("Each option has an environment variable, as WSDX_TIMEOUT for --timeout; the "
		     "command line wins."),
		width, 0, 0);
	buf_addc(out, '\n');
	add_examples(out, c, width);
	add_exits(out, c, width);
}
