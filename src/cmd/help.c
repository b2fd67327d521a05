/* wsdx help: the texts about the commands, and what a package installs beside the program. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/terminal.h"

struct help_options {
	bool man;
	struct span completion;
};

static const struct opt options[] = {
	{.name = "man",
		.type = OPT_FLAG,
		.offset = offsetof(struct help_options, man),
		.say = "the man page, as source: of COMMAND, or of wsdx itself",
		.group = "What to print"},
	{.name = "completion",
		.type = OPT_CHOICE,
		.offset = offsetof(struct help_options, completion),
		.say = "the completion script for this shell",
		.choices = "bash|zsh|fish"},
	{0},
};

static int run(struct cmd_run *r)
{
	const struct help_options *o = r->options;
	const struct command *c = r->words.n ? cmd_find(r->words.v[0]) : NULL;
	size_t width = terminal_width(r->out, r->env);
	struct buf text = {0};

	if (r->words.n && !c) {
		struct buf word = {.max = 256};

		text_visible(&word, span_head(r->words.v[0], 60));
		cmd_usage(r, "%s: no such command; see: wsdx --help", buf_z(&word));
		buf_deinit(&word);
		return EXIT_USAGE;
	}
	if (o->completion.n)
		cmd_completion(&text, o->completion);
	else if (o->man)
		cmd_manual(&text, c);
	else if (c)
		cmd_full(&text, c, width);
	else
		cmd_overview(&text, width);
	fwrite(text.p, 1, text.n, r->out);
	buf_deinit(&text);
	return EXIT_FINE;
}

const struct command cmd_help = {
	.name = "help",
	.say = "explain a command; print man pages and completion scripts",
	.synopsis = "[COMMAND]\n--man [COMMAND]\n--completion bash|zsh|fish",
	.about = "Prints what COMMAND does and all its options, or the list of commands.\n\n"
		 "Man pages and completion scripts are made from the same table that reads the "
		 "options, so a single binary carries "
		 "its own documentation.",
	.options = options,
	.size = sizeof(struct help_options),
	.words_max = 1,
	.examples = {{"wsdx help --man help | man -l -", "read a man page that is not installed"},
		{"wsdx help --completion bash > ~/.local/share/bash-completion/completions/wsdx",
			"complete in bash"},
		{"wsdx help --completion fish > ~/.config/fish/completions/wsdx.fish",
			"complete in fish"}},
	.exits = "0 printed\n2 no such command or option",
	.run = run,
};
