#include "cmd/explain_cause.h"

#include "base/opt.h"
#include "cause/all.h"

/* A summary without a finding: the optional parts go, fields become their names. */
static void bare_summary(struct buf *out, const char *summary)
{
	unsigned inside = 0;

	for (const char *c = summary; *c; c++) {
		if (*c == '[' || *c == ']')
			inside = *c == '[';
		else if (!inside && (*c == '{' || *c == '}'))
			buf_addc(out, *c == '{' ? '<' : '>');
		else if (!inside)
			buf_addc(out, *c);
	}
}

/* "label   text", wrapped beside the label. */
static void labelled(struct buf *out, const char *label, struct span text, size_t width)
{
	if (!text.n)
		return;
	buf_addf(out, "%-9s", label);
	opt_wrap(out, text, width, 9, 9);
	buf_addc(out, '\n');
}

static void alike(struct buf *out, const struct cause *c, size_t width)
{
	struct span left = span_of(c->alike), id;
	const char *label = "alike";

	while (span_cut(&left, ' ', &id)) {
		const struct cause *other = cause_find(id);
		struct buf text = {0};

		buf_add(&text, id);
		if (other) {
			buf_addz(&text, ": ");
			bare_summary(&text, other->summary);
		}
		labelled(out, label, buf_span(&text), width);
		buf_deinit(&text);
		label = "";
	}
}

static void fixes(struct buf *out, const struct cause *c, size_t width)
{
	for (size_t i = 0; i < sizeof(c->fixes) / sizeof(c->fixes[0]) && c->fixes[i].stack; i++) {
		struct span left = span_of(c->fixes[i].snippet), line;
		struct buf text = {0};

		if (strcmp(c->fixes[i].stack, "any") != 0)
			buf_addf(&text, "%s: ", c->fixes[i].stack);
		buf_addz(&text, c->fixes[i].text);
		labelled(out, i ? "" : "fix", buf_span(&text), width);
		/* lines to copy are never wrapped */
		while (span_cut(&left, '\n', &line))
			buf_addf(out, "%*s%.*s\n", line.n ? 11 : 0, "", SPANF(line));
		buf_deinit(&text);
	}
}

void explain_cause(struct buf *out, const struct cause *c, size_t width)
{
	struct buf text = {0};

	buf_addf(out, "%s · %s · %s\n", c->id, stage_name(c->stage), severity_name(c->severity));
	bare_summary(&text, c->summary);
	opt_wrap(out, buf_span(&text), width, 0, 0);
	buf_addz(out, "\n\n");
	labelled(out, "effect", span_of(c->effect), width);
	labelled(out, "meaning", span_of(c->means), width);
	labelled(out, "proof", span_of(c->evidence), width);
	alike(out, c, width);
	labelled(out, "explains", span_of(c->explains), width);
	fixes(out, c, width);
	labelled(out, "source", span_of(c->source), width);
	labelled(out, "tested",
		c->unreproduced ? SPAN("on recorded runs; not reproduced with the real component")
				: SPAN("reproduced with the real component"),
		width);
	if (!c->rule)
		labelled(out, "found by", SPAN("other commands than wsdx check"), width);
	buf_deinit(&text);
}

void explain_all(struct buf *out, size_t width)
{
	size_t column = 0;
	int stage = -1;

	for (const struct cause *const *c = cause_all; *c; c++)
		if (strlen((*c)->id) + 4 > column)
			column = strlen((*c)->id) + 4;
	for (const struct cause *const *c = cause_all; *c; c++) {
		struct buf text = {0};

		if ((int)(*c)->stage != stage)
			buf_addf(out, "%s%s\n", stage < 0 ? "" : "\n", stage_name((*c)->stage));
		stage = (int)(*c)->stage;
		bare_summary(&text, (*c)->summary);
		buf_addf(out, "  %-*s", (int)column - 2, (*c)->id);
		opt_wrap(out, buf_span(&text), width, column, column);
		buf_addc(out, '\n');
		buf_deinit(&text);
	}
}

/* How many words of what was typed the cause has in its id or summary. */
static unsigned shared_words(struct span typed, const struct cause *c)
{
	struct span word;
	unsigned n = 0;

	while (span_cut(&typed, '-', &word))
		n += word.n > 2 && (span_ifind(span_of(c->id), word) >= 0 ||
					   span_ifind(span_of(c->summary), word) >= 0);
	return n;
}

#define NEAR_MAX 5

/* The ids that share most words with what was typed, comma-separated; nothing when none shares any.
 */
void explain_near(struct buf *out, struct span typed)
{
	unsigned most = 0, n = 0;

	for (const struct cause *const *c = cause_all; *c; c++)
		most = shared_words(typed, *c) > most ? shared_words(typed, *c) : most;
	for (const struct cause *const *c = cause_all; *c && most && n < NEAR_MAX; c++)
		if (shared_words(typed, *c) == most)
			buf_addf(out, "%s%s", n++ ? ", " : "", (*c)->id);
}
