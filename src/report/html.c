/* One self-contained page: no script, nothing loaded. Everything that is not a literal here passes
 * markup_text. */
#include "base/text.h"
#include "report/checklist.h"
#include "report/html_parts.h"
#include "report/markup.h"
#include "report/row.h"
#include "report/say.h"

#define OBSERVATIONS_MAX 2000
#define SAY_HTML 1200 /* bytes of one sentence */

struct html {
	struct buf *out;
	const struct report *report;
	struct arena arena;
	struct buf text;
};

static void add(struct html *h, const char *z)
{
	buf_addz(h->out, z);
}

static void foreign(struct html *h, struct span s)
{
	markup_foreign(h->out, s);
}

static void ours(struct html *h, const char *z)
{
	markup_text(h->out, span_of(z));
}

/* The text made so far, which is then forgotten. */
static void flush(struct html *h)
{
	markup_text(h->out, say_keep_short(&h->arena, &h->text, SAY_HTML));
}

/* Sentences of the catalogue, where `backticks` mark code. */
static void prose(struct html *h, const char *z)
{
	markup_prose(h->out, span_of(z));
}

static void summary(struct html *h, const struct finding *f)
{
	say_summary(&h->text, f);
	markup_prose(h->out, say_keep_short(&h->arena, &h->text, SAY_HTML));
}

static void head(struct html *h)
{
	add(h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	       "style-src 'unsafe-inline'; "
	       "base-uri 'none'; form-action 'none'\">\n"
	       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	       "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" "
	       "content=\"noindex\">\n"
	       "<link rel=\"icon\" href=\"data:,\">\n<title>");
	ours(h, verdict_name(h->report->judgement->verdict));
	add(h, ": ");
	foreign(h, h->report->target);
	add(h, " – wsdx</title>\n<style>");
	add(h, html_style);
	add(h, "</style>\n</head>\n");
}

static void route(struct html *h)
{
	const struct report *r = h->report;

	add(h, "<p class=\"route\"><code>");
	foreign(h, r->target);
	add(h, "</code> → ");
	if (r->address.n) {
		add(h, "<code>");
		foreign(h, r->address);
		add(h, "</code>");
	} else {
		add(h, "no address reached");
	}
	add(h, " · ");
	if (r->proxy.n) {
		add(h, "through the proxy <code>");
		foreign(h, r->proxy);
		add(h, "</code>");
	} else {
		add(h, "no proxy");
	}
	buf_addf(h->out, " · %u connection%s", r->connections, r->connections == 1 ? "" : "s");
	add(h, "</p>\n");
}

static void verdict(struct html *h)
{
	static const char *const words[] = {[HEALTHY] = "HEALTHY",
		[DEGRADED] = "DEGRADED",
		[BROKEN] = "BROKEN",
		[UNKNOWN] = "UNKNOWN"};
	const struct judgement *j = h->report->judgement;

	buf_addf(h->out, "<header class=\"%s\"><div>\n", verdict_name(j->verdict));
	route(h);
	buf_addf(h->out, "<span class=\"verdict\">%s</span>", words[j->verdict]);
	if (j->root)
		buf_addf(h->out, "<span class=\"id\"><code>%s</code> · %s</span>",
			j->root->cause->id, say_confidence(j->root));
	add(h, "\n<h1>");
	if (j->root) {
		say_elsewhere(&h->text, h->report, j->root);
		summary(h, j->root);
	} else {
		row_without_cause(&h->text, h->report);
		flush(h);
	}
	add(h, "</h1>\n");
	row_client(&h->text, h->report);
	if (h->text.n) {
		add(h, "<p class=\"effect\">");
		flush(h);
		add(h, "</p>\n");
	}
	if (j->root && j->root->cause->effect) {
		add(h, "<p class=\"effect\">");
		prose(h, j->root->cause->effect);
		add(h, "</p>\n");
	}
	add(h, "</div></header>\n<main>\n");
}

static void proof_line(struct html *h, const struct obs *o)
{
	ns took;

	add(h, "<li>");
	say_asked(&h->text, h->report->journal, o);
	if (h->text.n) {
		add(h, "<span class=\"asked\">");
		flush(h);
		add(h, "</span><span>");
	} else {
		add(h, "<span class=\"alone\">");
	}
	took = say_timed(&h->text, o);
	flush(h);
	add(h, "</span><span class=\"took\">");
	if (took >= 0)
		text_ns(h->out, took);
	add(h, "</span></li>\n");
}

static void proof(struct html *h, const struct finding *f)
{
	add(h, "<section aria-labelledby=\"proof\">\n<h2 id=\"proof\">Proof</h2>\n<ol "
	       "class=\"proof\">\n");
	for (size_t i = 0; i < f->n_proof; i++)
		if (!say_is_told(h->report->journal, f, i))
			proof_line(h, f->proof[i]);
	add(h, "</ol>\n");
	if (f->instead) {
		add(h, "<p>Still possible: <code>");
		ours(h, f->instead->id);
		add(h, "</code>.");
		if (f->would_decide) {
			add(h, " To decide: ");
			prose(h, f->would_decide);
		}
		add(h, "</p>\n");
	}
	add(h, "</section>\n");
}

static size_t fix_list(struct html *h, const struct finding *f, const char *before)
{
	const struct fix *fixes[SAY_FIXES_MAX];
	size_t n = say_fixes(h->report, f, fixes);

	if (n)
		add(h, before);
	for (size_t i = 0; i < n; i++) {
		add(h, "<p>");
		if (strcmp(fixes[i]->stack, "any") != 0) {
			add(h, "<span class=\"stack\">");
			ours(h, fixes[i]->stack);
			add(h, "</span> ");
		}
		prose(h, fixes[i]->text);
		add(h, "</p>\n");
		if (fixes[i]->snippet) {
			add(h, "<pre><code>");
			ours(h, fixes[i]->snippet);
			add(h, "</code></pre>\n");
		}
	}
	return n;
}

static void root_sections(struct html *h)
{
	const struct finding *root = h->report->judgement->root;

	if (!root)
		return;
	proof(h, root);
	if (fix_list(h, root, "<section aria-labelledby=\"fix\">\n<h2 id=\"fix\">Fix</h2>\n"))
		add(h, "</section>\n");
}

static const char *mark_class(enum mark m)
{
	static const char *const names[] = {[MARK_NOT] = "not",
		[MARK_GOOD] = "good",
		[MARK_WARN] = "warning",
		[MARK_BAD] = "error"};

	return names[m];
}

static void layer(struct html *h, const struct row *row)
{
	const char *class = mark_class(row->mark);

	buf_addf(h->out,
		"<tr class=\"%s\"><th scope=\"row\"><span class=\"mark m-%s\" role=\"img\" "
		"aria-label=\"%s\">%s</span>",
		class, class, mark_name(row->mark), mark_sign(row->mark));
	ours(h, row->name);
	add(h, "</th><td class=\"seen\">");
	markup_text(h->out, row->text);
	if (row->finding && row->finding->severity != INFO) {
		add(h, "<span class=\"tag\">");
		ours(h, row->finding->cause->id);
		add(h, "</span>");
	}
	add(h, "</td><td class=\"took\">");
	if (row->took >= 0)
		text_ns(h->out, row->took);
	add(h, "</td></tr>\n");
}

static void layers(struct html *h)
{
	size_t vantages = h->report->n_vantages ? h->report->n_vantages : 1;
	struct row rows[ROWS_MAX];

	add(h, "<section aria-labelledby=\"layers\">\n<h2 id=\"layers\">Layer by layer</h2>\n");
	for (size_t v = 0; v < vantages; v++) {
		size_t n = row_all(h->report, (uint8_t)v, &h->arena, rows);

		add(h, "<table class=\"layers\">");
		if (vantages > 1) {
			add(h, "<caption>");
			say_vantage(h->out, h->report, (uint8_t)v);
			add(h, " <code>");
			foreign(h, h->report->vantages[v]);
			add(h, "</code></caption>");
		}
		add(h, "<thead><tr><th scope=\"col\">Layer</th><th scope=\"col\">Seen</th>"
		       "<th scope=\"col\" class=\"took\">Took</th></tr></thead>\n<tbody>\n");
		for (size_t i = 0; i < n; i++)
			if (!rows[i].remark)
				layer(h, &rows[i]);
		add(h, "</tbody></table>\n");
	}
	add(h, "</section>\n");
}

static void check_list(struct html *h)
{
	struct check checks[CHECKS_MAX];
	size_t n;

	n = checklist_all(h->report, &h->arena, checks);
	add(h, "<section aria-labelledby=\"checklist\">\n<h2 id=\"checklist\">Check-list</h2>\n<table class=\"layers\"><tbody>\n");
	for (size_t i = 0; i < n; i++) {
		struct row row = {.name = checks[i].name, .mark = checks[i].mark, .text = checks[i].text, .took = -1};

		layer(h, &row);
	}
	add(h, "</tbody></table>\n</section>\n");
}

static void timing(struct html *h)
{
	size_t before = h->out->n, start;

	add(h, "<section aria-labelledby=\"timing\">\n<h2 id=\"timing\">Timing</h2>\n");
	start = h->out->n;
	html_waterfall(h->out, h->report);
	if (h->out->n == start)
		h->out->n = before;
	else
		add(h, "</section>\n");
}

static void found_one(struct html *h, const struct finding *f)
{
	static const struct {
		const char *class, *sign;
	} marks[] = {
		[INFO] = {"info", "·"}, [WARNING] = {"warning", "‼"}, [ERROR] = {"error", "✖"}};

	buf_addf(h->out, "<li><span class=\"mark m-%s\" role=\"img\" aria-label=\"%s\">%s</span>",
		marks[f->severity].class, severity_name(f->severity), marks[f->severity].sign);
	say_vantage(&h->text, h->report, f->vantage);
	buf_addz(&h->text, h->text.n ? ": " : "");
	flush(h);
	summary(h, f);
	buf_addf(h->out, " <span class=\"id\"><code>%s</code> · %s</span>\n<ul class=\"seen\">\n",
		f->cause->id, say_confidence(f));
	for (size_t i = 0; i < f->n_proof; i++) {
		add(h, "<li>");
		obs_say(&h->text, f->proof[i]);
		flush(h);
		add(h, "</li>\n");
	}
	add(h, "</ul>\n");
	if (fix_list(h, f, "<details><summary>Fix</summary>\n"))
		add(h, "</details>\n");
	add(h, "</li>\n");
}

static void found_others(struct html *h)
{
	const struct judgement *j = h->report->judgement;

	if (j->n_findings <= (j->root ? 1 : 0))
		return;
	add(h, "<section aria-labelledby=\"found\">\n<h2 id=\"found\">Also found</h2>\n<ul "
	       "class=\"found\">\n");
	for (size_t i = 0; i < j->n_findings; i++)
		if (&j->findings[i] != j->root)
			found_one(h, &j->findings[i]);
	add(h, "</ul>\n</section>\n");
}

static void ruled_out(struct html *h)
{
	const struct judgement *j = h->report->judgement;

	if (!j->n_cleared)
		return;
	buf_addf(h->out, "<details><summary>%zu causes ruled out</summary>\n<dl class=\"open\">\n",
		j->n_cleared);
	for (size_t i = 0; i < j->n_cleared; i++) {
		add(h, "<dt><code>");
		ours(h, j->cleared[i].cause->id);
		add(h, "</code></dt><dd class=\"seen\">");
		obs_say(&h->text, j->cleared[i].proof[0]);
		flush(h);
		add(h, "</dd>\n");
	}
	add(h, "</dl></details>\n");
}

static void not_seen(struct html *h, const char *id)
{
	add(h, "<dt><code>");
	ours(h, id);
	add(h, "</code></dt><dd>");
	flush(h);
	add(h, "</dd>\n");
}

static void not_looked_at(struct html *h)
{
	const struct report *r = h->report;
	const struct judgement *j = r->judgement;

	if (j->n_unseen + r->n_not_looked_at == 0)
		return;
	buf_addf(h->out, "<details><summary>%zu not looked at</summary>\n<dl class=\"open\">\n",
		j->n_unseen + r->n_not_looked_at);
	for (size_t i = 0; i < r->n_not_looked_at; i++) {
		buf_addz(&h->text, r->not_looked_at[i].because);
		not_seen(h, r->not_looked_at[i].id);
	}
	for (size_t i = 0; i < j->n_unseen; i++) {
		say_vantage(&h->text, r, j->unseen[i].vantage);
		buf_addz(&h->text, h->text.n ? ": " : "");
		if (j->unseen[i].wants)
			buf_addf(&h->text, "would be decided by: %s", j->unseen[i].wants->say);
		else
			buf_addz(&h->text, j->unseen[i].because);
		not_seen(h, j->unseen[i].cause->id);
	}
	add(h, "</dl></details>\n");
}

static void observation(struct html *h, const struct obs *o)
{
	buf_addf(h->out, "<tr><td>%u</td><td class=\"took\">", o->id);
	text_ns(h->out, o->at);
	add(h, "</td><td>");
	if (o->where.flow)
		buf_addf(h->out, "#%u", o->where.flow);
	add(h, "</td><td>");
	ours(h, o->where.exp ? o->where.exp->name : "");
	add(h, "</td><td>");
	ours(h, o->kind->name);
	add(h, "</td><td class=\"seen\">");
	obs_say(&h->text, o);
	flush(h);
	add(h, "</td></tr>\n");
}

static void observations(struct html *h)
{
	const struct journal *j = h->report->journal;
	size_t n = j->n < OBSERVATIONS_MAX ? j->n : OBSERVATIONS_MAX;

	buf_addf(h->out,
		"<details><summary>%zu observations</summary>\n<table class=\"obs\"><thead><tr>",
		j->n);
	add(h, "<th scope=\"col\">No.</th><th scope=\"col\" class=\"took\">At</th><th "
	       "scope=\"col\">Conn</th>"
	       "<th scope=\"col\">Experiment</th><th scope=\"col\">Kind</th><th "
	       "scope=\"col\">Seen</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n; i++)
		observation(h, j->all[i]);
	add(h, "</tbody></table>\n");
	if (n < j->n)
		buf_addf(h->out, "<p>%zu more are in the journal.</p>\n", j->n - n);
	add(h, "</details>\n");
}

static void foot(struct html *h)
{
	const struct report *r = h->report;
	const struct judgement *j = r->judgement;

	add(h, "</main>\n<footer>\n");
	if (r->again.n) {
		add(h, "<p>Again: <code>");
		foreign(h, r->again);
		add(h, "</code></p>\n");
	}
	if (j->n_findings)
		buf_addf(h->out, "<p>More: <code>wsdx explain %s</code></p>\n",
			j->findings[0].cause->id);
	add(h, "<p>wsdx ");
	ours(h, r->version);
	add(h, "</p>\n</footer>\n</body>\n</html>\n");
}

void html_print(struct buf *out, const struct report *r)
{
	struct html h = {.out = out, .report = r};

	head(&h);
	add(&h, "<body>\n");
	verdict(&h);
	root_sections(&h);
	layers(&h);
	if (r->checklist)
		check_list(&h);
	found_others(&h);
	timing(&h);
	add(&h, "<section aria-labelledby=\"more\">\n<h2 id=\"more\">Everything seen</h2>\n");
	ruled_out(&h);
	not_looked_at(&h);
	observations(&h);
	add(&h, "</section>\n");
	foot(&h);
	buf_deinit(&h.text);
	arena_deinit(&h.arena);
}
