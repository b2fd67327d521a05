#include "base/opt.h"

void opt_single_quoted(struct buf *out, struct span text)
{
	buf_addc(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\'')
			buf_addz(out, "'\\''");
		else
			buf_addc(out, text.p[i]);
	}
	buf_addc(out, '\'');
}

void opt_word(struct buf *out, struct span text)
{
	static const char plain[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz%+,-./:=@_";
	bool needed = text.n == 0;

	for (size_t i = 0; i < text.n; i++)
		needed |= !memchr(plain, text.p[i], sizeof(plain) - 1);
	if (needed)
		opt_single_quoted(out, text);
	else
		buf_add(out, text);
}

static bool takes_value(const struct opt *o)
{
	return o->type != OPT_FLAG;
}

static bool takes_file(const struct opt *o)
{
	return o->value && span_find(span_of(o->value), SPAN("FILE")) >= 0;
}

static void choices(struct buf *out, const struct opt *o)
{
	struct span left = span_of(o->choices), choice;
	const char *blank = "";

	while (span_cut(&left, '|', &choice)) {
		buf_addf(out, "%s%.*s", blank, SPANF(choice));
		blank = " ";
	}
}

static void bash_value(struct buf *out, const struct opt *o)
{
	buf_addf(out, "\t\t--%s", o->name);
	if (o->letter)
		buf_addf(out, "|-%c", o->letter);
	buf_addz(out, ") ");
	if (o->choices) {
		buf_addz(out, "COMPREPLY=($(compgen -W '");
		choices(out, o);
		buf_addz(out, "' -- \"$cur\")); ");
	} else if (takes_file(o)) {
		buf_addz(out, "COMPREPLY=($(compgen -f -- \"$cur\")); ");
	}
	buf_addz(out, "return ;;\n");
}

void opt_bash(struct buf *out, const struct opt *table)
{
	buf_addz(out, "\t\tcase $prev in\n");
	for (const struct opt *o = table; o->name; o++)
		if (takes_value(o) && !o->hidden)
			bash_value(out, o);
	buf_addz(out, "\t\tesac\n\t\twords='--help");
	for (const struct opt *o = table; o->name; o++)
		if (!o->hidden)
			buf_addf(out, " --%s", o->name);
	buf_addz(out, "'\n");
}

static void zsh_spec(struct buf *out, const struct opt *o, bool letter)
{
	struct buf spec = {0};

	if (o->type == OPT_LIST || o->type == OPT_MANY)
		buf_addc(&spec, '*');
	if (letter)
		buf_addf(&spec, "-%c%s[", o->letter, takes_value(o) ? "+" : "");
	else
		buf_addf(&spec, "--%s%s[", o->name, takes_value(o) ? "=" : "");
	for (const char *c = o->say; *c; c++) {
		if (strchr("[]\\", *c))
			buf_addc(&spec, '\\');
		buf_addc(&spec, *c);
	}
	buf_addc(&spec, ']');
	if (takes_value(o)) {
		buf_addz(&spec, ":value:");
		if (o->choices) {
			buf_addc(&spec, '(');
			choices(&spec, o);
			buf_addc(&spec, ')');
		} else {
			buf_addz(&spec, takes_file(o) ? "_files" : " ");
		}
	}
	buf_addz(out, "\t\t\t");
	opt_single_quoted(out, buf_span(&spec));
	buf_addz(out, " \\\n");
	buf_deinit(&spec);
}

void opt_zsh(struct buf *out, const struct opt *table)
{
	for (const struct opt *o = table; o->name; o++) {
		if (o->hidden)
			continue;
		zsh_spec(out, o, false);
		if (o->letter)
			zsh_spec(out, o, true);
	}
	buf_addz(out, "\t\t\t'--help[everything about this command]' \\\n");
}

void opt_fish(struct buf *out, const struct opt *table, const char *program, const char *command)
{
	for (const struct opt *o = table; o->name; o++) {
		if (o->hidden)
			continue;
		buf_addf(out, "complete -c %s -n '__fish_seen_subcommand_from %s' -l %s", program,
			command, o->name);
		if (o->letter)
			buf_addf(out, " -s %c", o->letter);
		if (o->choices) {
			buf_addz(out, " -x -a '");
			choices(out, o);
			buf_addc(out, '\'');
		} else if (takes_value(o)) {
			buf_addz(out, takes_file(o) ? " -r -F" : " -x");
		}
		buf_addz(out, " -d ");
		opt_single_quoted(out, span_of(o->say));
		buf_addc(out, '\n');
	}
}
