#include "cmd/output.h"

#include "base/text.h"
#include "cmd/terminal.h"
#include "io/file.h"

const char output_say[] = "print a report to standard output or a file (repeatable); FORMAT:"
#define FORMAT(name, say) " " #name
#include "report/all.def"
#undef FORMAT
	;

struct place {
	struct span format;
	struct span file; /* empty: standard output */
};

static struct place place_of(struct span word)
{
	struct place p = {.file = word};

	span_cut(&p.file, '=', &p.format);
	if (span_eq(p.file, SPAN("-")))
		p.file = (struct span){0};
	return p;
}

static bool no_format(struct span name, struct buf *error)
{
	const char *names[32], *close;
	size_t n = 0;

	for (; report_all[n] && n < sizeof(names) / sizeof(names[0]); n++)
		names[n] = report_all[n]->name;
	close = text_did_you_mean(name, names, n);
	buf_addz(error, "--output: '");
	text_visible(error, span_head(name, 60));
	buf_addz(error, "' is no format; ");
	if (close) {
		buf_addf(error, "did you mean %s?", close);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		buf_addf(error, "%s%s", i ? ", " : "there are ", names[i]);
	return false;
}

bool output_check(const struct opt_list *outputs, struct buf *error)
{
	for (size_t i = 0; i < outputs->n; i++) {
		struct place p = place_of(outputs->v[i]);

		if (!report_find(p.format))
			return no_format(p.format, error);
		for (size_t k = 0; k < i; k++) {
			if (!span_eq(place_of(outputs->v[k]).file, p.file))
				continue;
			buf_addz(error, "--output: two formats for ");
			text_visible(
				error, p.file.n ? span_head(p.file, 200) : SPAN("standard output"));
			buf_addz(error, "; write FORMAT=FILE");
			return false;
		}
	}
	return true;
}

static bool print_to(struct place p, struct report *r, struct span colour, struct cmd_run *run)
{
	struct buf text = {0};
	struct buf name = {.max = 4096};
	struct file_error error;
	bool fine = true;

	buf_add(&name, p.file);
	r->ascii = terminal_ascii(run->env);
	r->colour = !p.file.n && terminal_colour(run->out, colour, run->env);
	r->width = p.file.n ? 100 : terminal_width(run->out, run->env);
	report_find(p.format)->print(&text, r);
	if (!p.file.n)
		fwrite(text.p, 1, text.n, run->out);
	else
		fine = file_write(buf_z(&name), buf_span(&text), false, &error);
	if (!fine)
		fprintf(run->err, "wsdx %s: --output: %s\n", run->command->name, error.text);
	buf_deinit(&text);
	buf_deinit(&name);
	return fine;
}

bool output_print(
	const struct opt_list *outputs, struct report *r, struct span colour, struct cmd_run *run)
{
	bool fine = true;

	if (outputs->n == 0)
		return print_to((struct place){.format = SPAN("human")}, r, colour, run);
	for (size_t i = 0; i < outputs->n; i++)
		fine &= print_to(place_of(outputs->v[i]), r, colour, run);
	return fine;
}
