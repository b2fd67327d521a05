/* Completion scripts, from the rows. */
#include "cmd/cmd.h"

static void names(struct buf *out)
{
	for (const struct command *const *c = cmd_all; *c; c++)
		buf_addf(out, "%s%s", c == cmd_all ? "" : " ", (*c)->name);
}

static void bash(struct buf *out)
{
	buf_addz(out,
		"# bash completion for wsdx: source it, or put it into bash-completion's folder\n"
		"_wsdx() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - "
		"1]} words=\n"
		"\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\twords='");
	names(out);
	buf_addz(out, " --help --version'\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n");
	for (const struct command *const *c = cmd_all; *c; c++) {
		buf_addf(out, "\t\t%s)\n", (*c)->name);
		opt_bash(out, cmd_options(*c));
		buf_addz(out, "\t\t;;\n");
	}
	buf_addz(out, "\t\tesac\n\tfi\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
		      "complete -o default -F _wsdx wsdx\n");
}

static void zsh(struct buf *out)
{
	buf_addz(out, "#compdef wsdx\n# zsh completion for wsdx: put it as _wsdx into a folder of "
		      "$fpath\n"
		      "_wsdx() {\n\tif (( CURRENT == 2 )); then\n\t\tlocal -a commands=(\n");
	for (const struct command *const *c = cmd_all; *c; c++) {
		struct buf row = {0};

		buf_addf(&row, "%s:%s", (*c)->name, (*c)->say);
		buf_addz(out, "\t\t\t");
		opt_single_quoted(out, buf_span(&row));
		buf_addc(out, '\n');
		buf_deinit(&row);
	}
	buf_addz(out, "\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
		      "\tlocal command=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n\tcase "
		      "$command in\n");
	for (const struct command *const *c = cmd_all; *c; c++) {
		buf_addf(out, "\t%s)\n\t\t_arguments -s -S \\\n", (*c)->name);
		opt_zsh(out, cmd_options(*c));
		buf_addz(out, "\t\t\t'*:word:_files'\n\t\t;;\n");
	}
	/* as a file of $fpath it is called, sourced it registers itself */
	buf_addz(out, "\tesac\n}\nif [[ $funcstack[1] == _wsdx ]]; then\n\t_wsdx "
		      "\"$@\"\nelse\n\tcompdef _wsdx wsdx\nfi\n");
}

static void fish(struct buf *out)
{
	buf_addz(out,
		"# fish completion for wsdx: put it as wsdx.fish into ~/.config/fish/completions\n"
		"complete -c wsdx -n __fish_use_subcommand -f\n"
		"complete -c wsdx -n __fish_use_subcommand -l version -d 'the version'\n"
		"complete -c wsdx -l help -s h -d 'help'\n");
	for (const struct command *const *c = cmd_all; *c; c++) {
		buf_addf(out, "complete -c wsdx -n __fish_use_subcommand -a %s -d ", (*c)->name);
		opt_single_quoted(out, span_of((*c)->say));
		buf_addc(out, '\n');
		opt_fish(out, cmd_options(*c), "wsdx", (*c)->name);
	}
}

bool cmd_completion(struct buf *out, struct span shell)
{
	static const struct {
		const char *name;
		void (*write)(struct buf *out);
	} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (span_eq(shell, span_of(shells[i].name))) {
			shells[i].write(out);
			return true;
		}
	}
	return false;
}
