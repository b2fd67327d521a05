#include "base/text.h"
#include "fact/run.h"
#include "report/html_parts.h"
#include "report/markup.h"

#define STEPS_MAX 160
#define LINE 22	 /* px */
#define BAR 12	 /* px */
#define LABEL 24 /* % of the width, before the scale begins */
#define SCALE 54 /* %; the rest is room for the time behind the last bar */
#define LEAST 3	 /* tenths of a percent: even the shortest step is seen */
#define TICKS 4

struct fall {
	struct buf *out;
	const struct report *report;
	const struct obs *steps[STEPS_MAX];
	size_t n, left_out;
	ns start, end;
	int y;
};

static void collect(struct fall *f)
{
	const struct journal *j = f->report->journal;

	f->start = NS_NEVER;
	for (size_t i = 0; i < j->n; i++) {
		const struct obs *o = j->all[i];
		ns took = obs_int(o, &k_took);

		if (o->kind != &run_phase || took < 0 || o->at > NS_NEVER - took)
			continue;
		if (f->n == STEPS_MAX) {
			f->left_out++;
			continue;
		}
		f->steps[f->n++] = o;
		f->start = o->at < f->start ? o->at : f->start;
		f->end = o->at + took > f->end ? o->at + took : f->end;
	}
	if (f->n && f->end <= f->start)
		f->end = f->start + 1;
}

/* One step that waits for a timeout would squeeze all others to nothing: then the scale ends behind
 * the others. */
static void shorten_scale(struct fall *f)
{
	ns length = f->end - f->start, rest = 0;

	for (size_t i = 0; i < f->n; i++) {
		ns took = obs_int(f->steps[i], &k_took), end = f->steps[i]->at + took - f->start;

		if (took < length / 4 && end > rest)
			rest = end;
	}
	if (rest > 0 && rest < length / 6)
		f->end = f->start + rest + rest / 8;
}

/* Tenths of a percent of the width for a time of the run. */
static int place(const struct fall *f, ns t)
{
	if (t > f->end)
		return SCALE * 10;
	return (int)((double)(t - f->start) / (double)(f->end - f->start) * SCALE * 10);
}

static void percent(struct buf *out, const char *name, int tenths)
{
	buf_addf(out, " %s=\"%d.%d%%\"", name, tenths / 10, tenths % 10);
}

static const char *class_of(const struct obs *o)
{
	static const char *const known[] = {"dns", "connect", "proxy", "tls", "request", "ping"};

	if (!obs_int(o, &k_ok))
		return "failed";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (obs_is(o, &k_phase, known[i]))
			return known[i];
	return "other";
}

static void step(struct fall *f, const struct obs *o)
{
	ns took = obs_int(o, &k_took);
	int x = place(f, o->at), width = place(f, o->at + took) - x;

	width = width < LEAST ? LEAST : width;
	buf_addf(f->out, "<text x=\"18\" y=\"%d\" class=\"soft\">", f->y + LINE - 7);
	markup_foreign(f->out, span_head(obs_text(o, &k_phase), 24));
	buf_addz(f->out, "</text><rect");
	percent(f->out, "x", LABEL * 10 + x);
	percent(f->out, "width", width);
	buf_addf(f->out, " y=\"%d\" height=\"%d\" rx=\"2\" class=\"p-%s\"/><text",
		f->y + (LINE - BAR) / 2, BAR, class_of(o));
	percent(f->out, "x", LABEL * 10 + x + width);
	buf_addf(f->out, " dx=\"5\" y=\"%d\">", f->y + LINE - 7);
	if (o->at + took > f->end)
		buf_addz(f->out, "→ ");
	text_ns(f->out, took);
	buf_addz(f->out, obs_int(o, &k_ok) ? "</text>\n" : " failed</text>\n");
	f->y += LINE;
}

static bool same_connection(const struct obs *a, const struct obs *b)
{
	return a->where.flow == b->where.flow && a->where.vantage == b->where.vantage &&
	       a->where.exp == b->where.exp;
}

static void connection(struct fall *f, size_t first)
{
	const struct obs *o = f->steps[first];

	buf_addf(f->out, "<g><text x=\"10\" y=\"%d\" class=\"conn\">", f->y + LINE - 7);
	if (o->where.flow)
		buf_addf(f->out, "connection %u", o->where.flow);
	else
		buf_addz(f->out, "before connecting");
	if (o->where.exp)
		buf_addf(f->out, " · %s", o->where.exp->name);
	if (o->where.vantage)
		buf_addf(f->out, " · direct %u", o->where.vantage);
	buf_addz(f->out, "</text>\n");
	f->y += LINE;
	for (size_t i = first; i < f->n; i++)
		if (same_connection(f->steps[i], o))
			step(f, f->steps[i]);
	buf_addz(f->out, "</g>\n");
	f->y += 4;
}

static bool is_first(const struct fall *f, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_connection(f->steps[k], f->steps[i]))
			return false;
	return true;
}

static void ticks(struct fall *f, int height)
{
	for (int i = 0; i <= TICKS; i++) {
		ns at = (f->end - f->start) / TICKS * i;
		int x = LABEL * 10 + SCALE * 10 * i / TICKS;

		buf_addz(f->out, "<line");
		percent(f->out, "x1", x);
		percent(f->out, "x2", x);
		buf_addf(f->out, " y1=\"26\" y2=\"%d\"/>", height - 6);
		/* in between there is no room on a narrow screen */
		if (i % 2)
			continue;
		buf_addz(f->out, "<text class=\"soft\" text-anchor=\"middle\"");
		percent(f->out, "x", x);
		buf_addz(f->out, " y=\"19\">");
		if (i == 0)
			buf_addz(f->out, "0");
		else
			text_ns(f->out, at);
		buf_addz(f->out, "</text>\n");
	}
}

void html_waterfall(struct buf *out, const struct report *r)
{
	struct fall f = {.out = out, .report = r, .y = 28};
	size_t connections = 0;
	int height;

	collect(&f);
	if (f.n == 0)
		return;
	for (size_t i = 0; i < f.n; i++)
		connections += is_first(&f, i);
	height = f.y + (int)(f.n + connections) * LINE + (int)connections * 4 + 6;
	buf_addf(out, "<svg role=\"img\" aria-labelledby=\"fall\" height=\"%d\">", height);
	buf_addf(out, "<title id=\"fall\">The steps of %zu connections over ", connections);
	text_ns(out, f.end - f.start);
	buf_addz(out, "</title>\n");
	shorten_scale(&f);
	ticks(&f, height);
	for (size_t i = 0; i < f.n; i++)
		if (is_first(&f, i))
			connection(&f, i);
	buf_addz(out, "</svg>\n");
	if (f.left_out)
		buf_addf(out, "<p>%zu more steps are in the journal.</p>\n", f.left_out);
}
