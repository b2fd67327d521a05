#include "base/opt.h"

#include <stdio.h>

#include "base/text.h"

/* One value on its way into the command's struct. */
struct setting {
	const struct opt *opt;
	void *to;
	struct span value;
	struct buf *error;
};

static bool refuse(struct setting *s, const char *what)
{
	buf_addc(s->error, '\'');
	text_visible(s->error, span_head(s->value, 80));
	buf_addf(s->error, "' %s", what);
	return false;
}

static bool set_flag(struct setting *s)
{
	static const char *const words[] = {"0", "1", "no", "yes", "false", "true", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_ieq(s->value, span_of(words[i]))) {
			*(bool *)s->to = i % 2;
			return true;
		}
	}
	return refuse(s, "is neither yes nor no; write 1 or 0");
}

static bool set_text(struct setting *s)
{
	*(struct span *)s->to = s->value;
	return true;
}

static bool in_range(const struct opt *o, int64_t v)
{
	return (o->min == 0 && o->max == 0) || (v >= o->min && v <= o->max);
}

static bool out_of_range(struct setting *s, void (*say)(struct buf *out, int64_t v))
{
	refuse(s, "is out of range; ");
	say(s->error, s->opt->min);
	buf_addz(s->error, " to ");
	say(s->error, s->opt->max);
	return false;
}

static void say_number(struct buf *out, int64_t v)
{
	buf_addf(out, "%lld", (long long)v);
}

static void say_bytes(struct buf *out, int64_t v)
{
	text_bytes(out, (uint64_t)v);
}

static bool set_number(struct setting *s)
{
	bool minus = span_starts(s->value, SPAN("-"));
	uint64_t v;

	if (!span_uint(span_from(s->value, minus), INT64_MAX, &v))
		return refuse(s, "is not a whole number");
	if (!in_range(s->opt, minus ? -(int64_t)v : (int64_t)v))
		return out_of_range(s, say_number);
	*(int64_t *)s->to = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

static bool set_duration(struct setting *s)
{
	ns t;

	if (!text_duration(s->value, &t))
		return refuse(s, "is not a duration; write 500ms, 5s, 2m");
	if (!in_range(s->opt, t))
		return out_of_range(s, text_ns);
	*(ns *)s->to = t;
	return true;
}

static bool set_size(struct setting *s)
{
	uint64_t v;

	if (!text_size(s->value, &v))
		return refuse(s, "is not a size; write 1000, 64k, 1M");
	if (!in_range(s->opt, (int64_t)v))
		return out_of_range(s, say_bytes);
	*(uint64_t *)s->to = v;
	return true;
}

static bool set_choice(struct setting *s)
{
	struct span left = span_of(s->opt->choices), choice;
	const char *before = "is none of ";

	while (span_cut(&left, '|', &choice)) {
		if (span_eq(choice, s->value)) {
			*(struct span *)s->to = s->value;
			return true;
		}
	}
	refuse(s, "");
	left = span_of(s->opt->choices);
	while (span_cut(&left, '|', &choice)) {
		buf_addf(s->error, "%s%.*s", before, SPANF(choice));
		before = ", ";
	}
	return false;
}

static bool add_to_list(struct setting *s)
{
	struct opt_list *list = s->to;

	if (list->n == OPT_LIST_MAX)
		return refuse(s, "is one too many; 64 are allowed");
	list->v[list->n++] = s->value;
	return true;
}

static bool (*const setters[])(struct setting *) = {
	[OPT_FLAG] = set_flag,
	[OPT_TEXT] = set_text,
	[OPT_NUMBER] = set_number,
	[OPT_DURATION] = set_duration,
	[OPT_SIZE] = set_size,
	[OPT_CHOICE] = set_choice,
	[OPT_LIST] = add_to_list,
	[OPT_MANY] = add_to_list,
};

#define ROWS_MAX 128

struct parse {
	const struct opt *table;
	struct opt_input in;
	int at; /* the next word */
	void *out;
	struct opt_list *words;
	struct buf *error;
	bool seen[ROWS_MAX];
	enum opt_result result;
};

static bool bad(struct parse *p)
{
	p->result = OPT_BAD;
	return false;
}

static const struct opt *find_name(const struct opt *table, struct span name)
{
	for (const struct opt *o = table; o->name; o++)
		if (span_eq(span_of(o->name), name))
			return o;
	return NULL;
}

static const struct opt *find_letter(const struct opt *table, char letter)
{
	for (const struct opt *o = table; o->name; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

static bool is_option(const struct parse *p, const char *word)
{
	struct span rest = span_from(span_of(word), 2), name;

	if (word[0] != '-' || word[1] == '\0')
		return false;
	if (word[1] != '-')
		return word[2] == '\0' && find_letter(p->table, word[1]);
	return span_cut(&rest, '=', &name) && find_name(p->table, name);
}

/* `label` is what the error line calls the option. */
static bool give(struct parse *p, const struct opt *o, struct span label, struct span value)
{
	size_t before = p->error->n;
	struct setting s = {o, (char *)p->out + o->offset, value, p->error};

	buf_addf(p->error, "%.*s: ", SPANF(label));
	if (!setters[o->type](&s))
		return bad(p);
	p->error->n = before;
	return true;
}

static bool missing(struct parse *p, const struct opt *o, const char *label)
{
	buf_addf(p->error, "%s: %s is missing", label,
		o->value     ? o->value
		: o->choices ? o->choices
			     : "a value");
	if (p->at < p->in.argc)
		buf_addf(p->error, "; a value that begins with a dash is written %s=-…", label);
	return bad(p);
}

/* From the command line: `value` is NULL when none is attached. */
static bool take(struct parse *p, const struct opt *o, const char *value)
{
	char label[64];
	struct span name = {label, 0};
	bool many = o->type == OPT_MANY && !value;

	name.n = (size_t)snprintf(label, sizeof(label), "--%s", o->name);
	p->seen[o - p->table] = true;
	if (o->type == OPT_FLAG) {
		if (value) {
			buf_addf(p->error, "%s: takes no value", label);
			return bad(p);
		}
		return give(p, o, name, SPAN("1"));
	}
	if (!value && p->at < p->in.argc && !is_option(p, p->in.argv[p->at]))
		value = p->in.argv[p->at++];
	if (!value)
		return missing(p, o, label);
	if (!give(p, o, name, span_of(value)))
		return false;
	while (many && p->at < p->in.argc && p->in.argv[p->at][0] != '-')
		if (!give(p, o, name, span_of(p->in.argv[p->at++])))
			return false;
	return true;
}

static const char *closest(const struct opt *table, struct span typed)
{
	const char *names[ROWS_MAX];
	size_t n = 0;

	for (const struct opt *o = table; o->name && n < ROWS_MAX; o++)
		if (!o->hidden)
			names[n++] = o->name;
	return text_did_you_mean(typed, names, n);
}

static bool unknown(struct parse *p, struct span word, struct span name)
{
	const char *close = closest(p->table, name);

	text_visible(p->error, span_head(word, 80));
	buf_addz(p->error, ": no such option");
	if (close)
		buf_addf(p->error, "; did you mean --%s?", close);
	return bad(p);
}

static bool take_long(struct parse *p, const char *word)
{
	struct span name, rest = span_of(word + 2);
	const struct opt *o;

	span_cut(&rest, '=', &name);
	o = find_name(p->table, name);
	if (o)
		return take(p, o, rest.p);
	if (span_eq(name, SPAN("help")) && !rest.p) {
		p->result = OPT_HELP;
		return false;
	}
	return unknown(p, (struct span){word, name.n + 2}, name);
}

static bool take_letters(struct parse *p, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		const struct opt *o = find_letter(p->table, *c);

		if (!o && *c == 'h') {
			p->result = OPT_BRIEF;
			return false;
		}
		if (!o)
			return unknown(p,
				c == word + 1 ? span_of(word) : (struct span){(char[]){'-', *c}, 2},
				span_of(word + 1));
		if (o->type != OPT_FLAG)
			return take(p, o, c[1] ? c + 1 : NULL);
		if (!take(p, o, NULL))
			return false;
	}
	return true;
}

static bool take_word(struct parse *p, const char *word)
{
	if (p->words->n == OPT_LIST_MAX) {
		buf_addz(p->error, "too many words");
		return bad(p);
	}
	p->words->v[p->words->n++] = span_of(word);
	return true;
}

static bool take_argv(struct parse *p)
{
	bool only_words = false, going = true;

	while (going && p->at < p->in.argc) {
		const char *word = p->in.argv[p->at++];

		if (only_words || word[0] != '-' || word[1] == '\0')
			going = take_word(p, word);
		else if (strcmp(word, "--") == 0)
			only_words = true;
		else if (word[1] == '-')
			going = take_long(p, word);
		else
			going = take_letters(p, word);
	}
	return going;
}

void opt_variable(struct buf *out, const char *name)
{
	buf_addz(out, OPT_ENV_PREFIX);
	for (; *name; name++)
		buf_addc(out, *name == '-'		     ? '_'
			      : *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A')
							     : *name);
}

static bool take_variable(struct parse *p, const struct opt *o)
{
	struct buf name = {0};
	struct span value, part;
	const char *z;
	bool fine = true;

	opt_variable(&name, o->name);
	z = p->in.env(buf_z(&name));
	value = span_of(z);
	if (o->type != OPT_LIST && o->type != OPT_MANY)
		fine = !value.n || give(p, o, buf_span(&name), value);
	else
		while (fine && span_cut(&value, '\n', &part))
			fine = !part.n || give(p, o, buf_span(&name), part);
	buf_deinit(&name);
	return fine;
}

enum opt_result opt_parse(const struct opt *table, struct opt_input in, void *out,
	struct opt_list *words, struct buf *error)
{
	struct parse p = {.table = table, .in = in, .out = out, .words = words, .error = error};

	words->n = 0;
	if (!take_argv(&p) || !in.env)
		return p.result;
	for (const struct opt *o = table; o->name; o++)
		if (!p.seen[o - table] && !take_variable(&p, o))
			return p.result;
	return OPT_OK;
}
