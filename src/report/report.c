#include "report/report.h"

#include "base/text.h"
#include "fact/exp.h"
#include "fact/proxy.h"
#include "fact/run.h"
#include "fact/tcp.h"

#define FORMAT(n, s)                                                                               \
	static const struct format format_##n = {.name = #n, .say = (s), .print = n##_print};
#include "report/all.def"
#undef FORMAT

const struct format *const report_all[] = {
#define FORMAT(name, say) &format_##name,
#include "report/all.def"
#undef FORMAT
	NULL,
};

const struct format *report_find(struct span name)
{
	for (const struct format *const *f = report_all; *f; f++)
		if (span_eq(span_of((*f)->name), name))
			return *f;
	return NULL;
}

static void fill_target(struct report *r, const struct obs *o)
{
	uint8_t v = o->where.vantage;

	if (v >= REPORT_VANTAGES_MAX)
		return;
	if (r->n_vantages <= v)
		r->n_vantages = (size_t)v + 1;
	if (!r->vantages[v].n)
		r->vantages[v] = obs_text(o, &k_url);
	if (v == 0 && !r->target.n)
		r->target = obs_text(o, &k_url);
}

static void fill_address(struct report *r, struct arena *arena, const struct obs *o)
{
	struct span address = obs_text(o, &k_address);
	const char *format = span_chr(address, ':') >= 0 ? "[%.*s]:%d" : "%.*s:%d";

	/* the one the upgrade went to counts more than one dialed to compare families */
	if (o->where.vantage != 0 || !obs_int(o, &k_ok) ||
		(r->address.n && o->where.exp != &exp_upgrade && o->where.exp != &exp_eio_websocket))
		return;
	r->address = arena_fmt(arena, format, SPANF(address), (int)obs_int(o, &k_port));
}

void report_fill(struct report *r, struct arena *arena)
{
	bool address_given = r->address.n > 0;

	for (size_t i = 0; i < r->journal->n; i++) {
		const struct obs *o = r->journal->all[i];

		if (o->kind == &run_target)
			fill_target(r, o);
		else if (o->kind == &run_dialect && o->where.vantage == 0)
			r->dialect = obs_text(o, &k_dialect);
		else if (o->kind == &tcp_connect && !address_given)
			fill_address(r, arena, o);
		else if (o->kind == &proxy_chosen && !r->proxy.n && o->where.vantage == 0)
			r->proxy = obs_text(o, &k_proxy);
	}
	if (!r->connections)
		r->connections = r->journal->flows;
	if (!r->n_vantages)
		r->n_vantages = 1;
	if (!r->vantages[0].n)
		r->vantages[0] = r->target;
	if (!r->dialect.n)
		r->dialect = SPAN("websocket");
}
