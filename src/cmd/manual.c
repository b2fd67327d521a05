/* The man pages, in man(7), from the rows. */
#include "base/text.h"
#include "cmd/cmd.h"

static void roff(struct buf *out, const char *text)
{
	opt_roff(out, span_of(text));
}

static void title(struct buf *out, const char *name)
{
	buf_addz(out, ".TH WSDX");
	if (name)
		buf_addc(out, '-');
	for (const char *c = name ? name : ""; *c; c++)
		buf_addc(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
	buf_addf(out, " 1 \"\" \"wsdx %s\" \"User Commands\"\n.nh\n.ad l\n.SH NAME\nwsdx",
		WSDX_VERSION);
	if (name) {
		buf_addz(out, "\\-");
		roff(out, name);
	}
	buf_addz(out, " \\- ");
}

/* An empty line begins a paragraph. */
static void paragraphs(struct buf *out, const char *text)
{
	struct span left = span_of(text), line;

	while (span_cut(&left, '\n', &line)) {
		if (line.n)
			opt_roff(out, line);
		else
			buf_addz(out, ".PP");
		buf_addc(out, '\n');
	}
}

static void synopsis(struct buf *out, const struct command *c)
{
	struct span left = span_of(c->synopsis), form;
	const char *again = "";

	buf_addz(out, ".SH SYNOPSIS\n");
	while (span_cut(&left, '\n', &form)) {
		buf_addf(out, "%s.B wsdx %s\n", again, c->name);
		opt_roff(out, form);
		buf_addc(out, '\n');
		again = ".br\n";
	}
}

static void addresses(struct buf *out, const struct command *c)
{
	struct buf lines = {.max = 8192};
	struct span rest, say, url;

	if (!c->addresses)
		return;
	c->addresses(&lines);
	rest = buf_span(&lines);
	buf_addz(out, ".SH ADDRESSES\n");
	while (cmd_next_address(&rest, &url, &say)) {
		buf_addz(out, ".TP\n\\fB");
		opt_roff(out, url);
		buf_addz(out, "\\fR\n");
		opt_roff(out, say);
		buf_addc(out, '\n');
	}
	buf_deinit(&lines);
}

static void examples(struct buf *out, const struct command *c)
{
	if (!c->examples[0].line)
		return;
	buf_addz(out, ".SH EXAMPLES\n");
	for (size_t i = 0; i < CMD_EXAMPLES_MAX && c->examples[i].line; i++) {
		buf_addz(out, ".TP\n\\fB");
		roff(out, c->examples[i].line);
		buf_addz(out, "\\fR\n");
		roff(out, c->examples[i].say);
		buf_addc(out, '\n');
	}
}

static void exits(struct buf *out, const struct command *c)
{
	struct span left = span_of(c->exits), line, status;

	if (!left.n)
		return;
	buf_addz(out, ".SH EXIT STATUS\n");
	while (span_cut(&left, '\n', &line)) {
		span_cut(&line, ' ', &status);
		buf_addf(out, ".TP\n.B %.*s\n", SPANF(status));
		opt_roff(out, line);
		buf_addc(out, '\n');
	}
}

static void see_also(struct buf *out, const struct command *besides)
{
	const char *end = "";

	buf_addz(out, ".SH SEE ALSO\n");
	if (besides) {
		buf_addz(out, ".BR wsdx (1)");
		end = ",\n";
	}
	for (const struct command *const *c = cmd_all; *c; c++) {
		if (*c == besides)
			continue;
		buf_addf(out, "%s.BR wsdx\\-%s (1)", end, (*c)->name);
		end = ",\n";
	}
	buf_addc(out, '\n');
}

static void program(struct buf *out)
{
	title(out, NULL);
	buf_addz(out, "find out why a WebSocket connection fails\n"
		      ".SH SYNOPSIS\n.B wsdx\n.I COMMAND\n[options] \\[u2026]\n.SH DESCRIPTION\n"
		      "wsdx finds out why a WebSocket connection fails, says whose fault it is, "
		      "and shows the line to change.\n"
		      ".SH COMMANDS\n");
	for (const struct command *const *c = cmd_all; *c; c++) {
		buf_addf(out, ".TP\n.BR wsdx\\-%s (1)\n", (*c)->name);
		roff(out, (*c)->say);
		buf_addz(out, ".\n");
	}
	buf_addz(out, ".SH OPTIONS\n.TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nThe commands.\n"
		      ".TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nThe version.\n");
	see_also(out, NULL);
}

void cmd_manual(struct buf *out, const struct command *c)
{
	if (!c) {
		program(out);
		return;
	}
	title(out, c->name);
	roff(out, c->say);
	buf_addc(out, '\n');
	synopsis(out, c);
	buf_addz(out, ".SH DESCRIPTION\n");
	paragraphs(out, c->about);
	addresses(out, c);
	buf_addz(out, ".SH OPTIONS\n");
	opt_man(out, cmd_options(c));
	buf_addz(out, ".SH ENVIRONMENT\nEach option has a variable, as\n.B WSDX_TIMEOUT\nfor\n.BR "
		      "\\-\\-timeout ;\n"
		      "the command line wins. Lists are split at line ends.\n");
	examples(out, c);
	exits(out, c);
	see_also(out, c);
}
