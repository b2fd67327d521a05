/* -v: each observation as it comes. */
#include "base/text.h"
#include "fact/http.h"
#include "fact/run.h"
#include "report/report.h"

static const char *arrow(const struct obs *o)
{
	if (o->kind == &http_request || obs_is(o, &k_from, "client"))
		return "→";
	if (o->kind == &http_answer || o->kind == &http_fault || obs_is(o, &k_from, "server"))
		return "←";
	return " ";
}

void verbose_line(struct buf *out, const struct obs *o)
{
	struct buf text = {.max = 4 * JOURNAL_TEXT_MAX};

	obs_say(&text, o);
	buf_addf(
		out, "%4lld.%06lld ", (long long)(o->at / NS_S), (long long)(o->at % NS_S / NS_US));
	if (o->where.flow)
		buf_addf(out, "#%-3u", o->where.flow);
	else
		buf_addz(out, "    ");
	buf_addf(out, " %s ", arrow(o));
	if (o->where.vantage)
		buf_addf(out, "direct %u: ", o->where.vantage);
	if (o->where.exp)
		buf_addf(out, "%s%s%s: ", o->where.exp->name, o->where.role ? "/" : "",
			o->where.role ? o->where.role->name : "");
	text_redact(out, buf_span(&text));
	buf_addc(out, '\n');
	buf_deinit(&text);
}
