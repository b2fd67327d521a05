#include "base/opt.h"
#include "base/text.h"

void opt_wrap(struct buf *out, struct span text, size_t width, size_t indent, size_t at)
{
	struct span line, word;
	bool first = true;

	while (span_cut(&text, '\n', &line)) {
		if (!first) {
			buf_addc(out, '\n');
			buf_pad(out, ' ', line.n ? indent : 0);
			at = indent;
		}
		for (bool begun = false; span_cut(&line, ' ', &word); begun = true) {
			size_t columns = text_columns(word);

			if (begun && at + 1 + columns > width) {
				buf_addc(out, '\n');
				buf_pad(out, ' ', indent);
				at = indent;
			} else if (begun) {
				buf_addc(out, ' ');
				at++;
			}
			buf_add(out, word);
			at += columns;
		}
		first = false;
	}
}

static const char *value_of(const struct opt *o)
{
	return o->value ? o->value : o->choices;
}

/* What the parser knows by itself. */
static const struct opt help = {.name = "help", .letter = 'h', .say = "examples; everything"};

static void add_bound(struct buf *out, const struct opt *o, int64_t v)
{
	if (o->type == OPT_DURATION)
		text_ns(out, v);
	else if (o->type == OPT_SIZE)
		text_bytes(out, (uint64_t)v);
	else
		buf_addf(out, "%lld", (long long)v);
}

/* The values that may be written, where the label does not show them. */
static void add_values(struct buf *out, const struct opt *o)
{
	struct span left = span_of(o->choices), choice;
	const char *before = " (";

	if (o->choices && o->value) {
		for (; span_cut(&left, '|', &choice); before = ", ")
			buf_addf(out, "%s%.*s", before, SPANF(choice));
		buf_addc(out, ')');
	}
	if (o->min == 0 && o->max == 0)
		return;
	buf_addz(out, o->min ? " (" : " (up to ");
	if (o->min) {
		add_bound(out, o, o->min);
		buf_addz(out, " to ");
	}
	add_bound(out, o, o->max);
	buf_addc(out, ')');
}

static void add_label(struct buf *out, const struct opt *o)
{
	if (o->letter)
		buf_addf(out, "  -%c, --%s", o->letter, o->name);
	else
		buf_addf(out, "      --%s", o->name);
	if (value_of(o))
		buf_addf(out, " %s", value_of(o));
	if (o->type == OPT_MANY)
		buf_addz(out, "…");
}

static size_t label_columns(const struct opt *o)
{
	struct buf label = {0};
	size_t n;

	add_label(&label, o);
	n = text_columns(buf_span(&label));
	buf_deinit(&label);
	return n;
}

static void help_row(struct buf *out, const struct opt *o, size_t width, size_t column)
{
	size_t at = label_columns(o);
	struct buf say = {0};

	add_label(out, o);
	if (at + 2 > column) {
		buf_addc(out, '\n');
		at = 0;
	}
	buf_pad(out, ' ', column - at);
	buf_addz(&say, o->say);
	add_values(&say, o);
	opt_wrap(out, buf_span(&say), width, column, column);
	buf_addc(out, '\n');
	buf_deinit(&say);
}

void opt_help(struct buf *out, const struct opt *table, size_t width)
{
	size_t column = 0, most = width * 2 / 5 < 34 ? width * 2 / 5 : 34;

	for (const struct opt *o = table; o->name; o++) {
		size_t n = o->hidden ? 0 : label_columns(o) + 2;

		if (n > column && n <= most)
			column = n;
	}
	if (column == 0)
		column = 8;
	for (const struct opt *o = table; o->name; o++) {
		if (o->hidden)
			continue;
		if (o->group)
			buf_addf(out, "%s%s:\n", o == table ? "" : "\n", o->group);
		help_row(out, o, width, column);
	}
	help_row(out, &help, width, column);
}

void opt_roff(struct buf *out, struct span text)
{
	bool line_begins = true;

	while (text.n) {
		uint32_t c;
		size_t n = utf8_take(text, &c);

		if (n == 0)
			c = '?';
		if (line_begins && c == '.')
			buf_addz(out, "\\&");
		if (c == '\\')
			buf_addz(out, "\\e");
		else if (c == '-')
			buf_addz(out, "\\-");
		else if (c == '\'')
			buf_addz(out, "\\(aq");
		else if (c < 0x80)
			buf_addc(out, (char)c);
		else
			buf_addf(out, "\\[u%04X]", c);
		line_begins = c == '\n';
		text = span_from(text, n ? n : 1);
	}
}

static void man_label(struct buf *out, const struct opt *o)
{
	if (o->letter)
		buf_addf(out, "\\fB\\-%c\\fR, ", o->letter);
	buf_addz(out, "\\fB\\-\\-");
	opt_roff(out, span_of(o->name));
	buf_addz(out, "\\fR");
	if (value_of(o)) {
		buf_addz(out, " \\fI");
		opt_roff(out, span_of(value_of(o)));
		buf_addz(out, o->type == OPT_MANY ? "\\fR ..." : "\\fR");
	}
	buf_addc(out, '\n');
}

static void man_row(struct buf *out, const struct opt *o)
{
	struct buf say = {0};

	if (o->group) {
		buf_addz(out, ".SS ");
		opt_roff(out, span_of(o->group));
		buf_addc(out, '\n');
	}
	buf_addz(out, ".TP\n");
	man_label(out, o);
	buf_addz(&say, o->say);
	add_values(&say, o);
	buf_addc(&say, '.');
	opt_roff(out, buf_span(&say));
	buf_addc(out, '\n');
	buf_deinit(&say);
}

void opt_man(struct buf *out, const struct opt *table)
{
	for (const struct opt *o = table; o->name; o++)
		if (!o->hidden)
			man_row(out, o);
	man_row(out, &help);
}
