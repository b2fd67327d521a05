#include "report/row.h"

#include "fact/exp.h"
#include "fact/run.h"
#include "report/look.h"
#include "report/look_sio.h"
#include "report/say.h"

const char *mark_sign(enum mark m)
{
	static const char *const signs[] = {
		[MARK_NOT] = "·", [MARK_GOOD] = "✔", [MARK_WARN] = "‼", [MARK_BAD] = "✖"};

	return signs[m];
}

const char *mark_name(enum mark m)
{
	static const char *const names[] = {[MARK_NOT] = "not looked at",
		[MARK_GOOD] = "good",
		[MARK_WARN] = "warning",
		[MARK_BAD] = "error"};

	return names[m];
}

/* Before and behind those of what is spoken. */
static const struct look_row below[] = {
	{"names", LOOK_STAGE(DNS), look_names, "no address"},
	{"tcp", LOOK_STAGE(TCP), look_tcp, "no connection"},
	{"proxy", LOOK_STAGE(PROXY), look_proxy, "the proxy does not connect"},
	{"tls", LOOK_STAGE(TLS), look_tls, "no TLS"},
	{"http", LOOK_STAGE(HTTP), look_http, "no HTTP answer"},
	{"upgrade", LOOK_STAGE(UPGRADE), look_upgrade, "no WebSocket"},
	{"auth", LOOK_STAGE(AUTH), look_auth, NULL},
	{"frames", LOOK_STAGE(FRAME) | LOOK_STAGE(EXTENSION), look_frames, NULL},
	{"messages", 0, look_messages, NULL},
	{"idle", LOOK_STAGE(KEEPALIVE), look_idle, NULL},
	{NULL},
};
static const struct look_row behind[] = {
	{"app", LOOK_STAGE(APP), NULL, NULL},
	{"platform", LOOK_STAGE(PLATFORM), NULL, NULL},
	{"limit", LOOK_STAGE(LIMIT), NULL, NULL},
	{NULL},
};

static bool names(const struct look_row *kind, const char *id)
{
	struct span rest = span_of(kind->causes), word;

	while (span_cut(&rest, ' ', &word))
		if (span_eq(word, span_of(id)))
			return true;
	return false;
}

/* The row of what is spoken that has this very cause; NULL: it goes by its stage. */
static const struct look_row *owner(const struct look_row *table, const struct finding *f)
{
	while (table->name && !names(table, f->cause->id))
		table++;
	return table->name ? table : NULL;
}

bool row_has(const struct row *row, uint8_t vantage, const struct finding *f)
{
	const struct look_row *own = owner(row->spoken, f);

	return f->vantage == vantage &&
	       (own ? own == row->kind : row->stages >> f->cause->stage & 1);
}

static const struct finding *worst_of(
	const struct report *r, uint8_t vantage, const struct row *row)
{
	const struct finding *worst = NULL;

	for (size_t i = 0; i < r->judgement->n_findings; i++) {
		const struct finding *f = &r->judgement->findings[i];

		if (row_has(row, vantage, f) && (!worst || f->severity > worst->severity))
			worst = f;
	}
	return worst;
}

static enum mark mark_of(enum seen seen, const struct finding *f)
{
	static const enum mark by_severity[] = {
		[INFO] = MARK_GOOD, [WARNING] = MARK_WARN, [ERROR] = MARK_BAD};
	static const enum mark by_seen[] = {[OMIT] = MARK_NOT,
		[NOT_SEEN] = MARK_NOT,
		[GOOD] = MARK_GOOD,
		[DOUBTFUL] = MARK_WARN,
		[BAD] = MARK_BAD};
	enum mark mark = by_seen[seen];

	/* a remark does not make a look of what was none */
	if (f && f->severity == INFO && seen == NOT_SEEN)
		return mark;
	return f && by_severity[f->severity] > mark ? by_severity[f->severity] : mark;
}

/* Why nothing was seen: what the caller says, else what is missing below. */
static void say_not_seen(
	struct buf *out, const struct report *r, const char *name, const char *missing)
{
	buf_addz(out, "not looked at");
	for (size_t i = 0; i < r->n_not_looked_at; i++)
		if (strcmp(r->not_looked_at[i].id, name) == 0)
			missing = r->not_looked_at[i].because;
	if (missing) {
		buf_addz(out, ": ");
		buf_addz(out, missing);
	}
}

/* Rows as they come to be. */
struct rows {
	struct look look;
	struct arena *arena;
	struct row *out;
	size_t n;
	const char *missing; /* because of a layer that is bad */
	const struct look_row *spoken;
};

static void add_row(struct rows *r, const struct look_row *kind)
{
	struct row row = {
		.name = kind->name, .stages = kind->stages, .kind = kind, .spoken = r->spoken};
	enum seen seen;

	r->look.took = -1;
	seen = kind->look ? kind->look(&r->look) : OMIT;
	row.finding = worst_of(r->look.report, r->look.scope.vantage, &row);
	row.remark = seen == OMIT && row.finding && row.finding->severity == INFO;
	if ((seen != OMIT || row.finding) && r->n < ROWS_MAX) {
		if (!r->look.text.n && row.finding)
			say_summary(&r->look.text, row.finding);
		else if (!r->look.text.n)
			say_not_seen(&r->look.text, r->look.report, row.name, r->missing);
		row.mark = mark_of(seen, row.finding);
		row.took = r->look.took;
		row.text = say_keep_short(r->arena, &r->look.text, SAY_ROW);
		r->out[r->n++] = row;
	}
	buf_clear(&r->look.text);
	if (seen == BAD && !r->missing)
		r->missing = kind->missing;
}

static void add_rows(struct rows *r, const struct look_row *table)
{
	for (; table && table->name; table++)
		add_row(r, table);
}

/* What is spoken has rows of its own; findings at an endpoint that speaks nothing known have the
 * first table's. */
static const struct look_row *rows_of(const struct look *l)
{
	const struct looks *spoken = look_spoken(l);

	return spoken ? spoken->rows : looks_all[0]->rows;
}

size_t row_all(const struct report *r, uint8_t vantage, struct arena *a, struct row *out)
{
	unsigned vantages = r->n_vantages ? (unsigned)r->n_vantages : 1;
	struct rows rows = {.look = {.scope = {r->journal, vantage, vantages}, .report = r},
		.arena = a,
		.out = out};

	rows.spoken = rows_of(&rows.look);
	add_rows(&rows, below);
	add_rows(&rows, rows.spoken);
	add_rows(&rows, behind);
	buf_deinit(&rows.look.text);
	return rows.n;
}

const struct row *row_find(const struct row *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static const struct obs *first_of(const struct journal *j, const struct kind *kind)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == kind && j->all[i]->where.vantage == 0)
			return j->all[i];
	return NULL;
}

/* By --deadline or a signal. */
static bool was_stopped(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &exp_done && obs_is(j->all[i], &k_outcome, "aborted"))
			return true;
	return false;
}

/* `works`: what is spoken above it, or NULL. */
static void say_works(struct buf *out, const struct obs *works)
{
	buf_addz(out, "a WebSocket opens and works");
	if (!works)
		return;
	buf_addz(out, ": ");
	obs_say(out, works);
}

void row_without_cause(struct buf *out, const struct report *r)
{
	const struct obs *works = first_of(r->journal, &run_works);
	const struct obs *blind =
		r->judgement->verdict == UNKNOWN ? first_of(r->journal, &run_blind) : NULL;
	struct arena texts = {0};
	struct row rows[ROWS_MAX];
	size_t n = row_all(r, 0, &texts, rows);
	const struct row *upgrade = row_find(rows, n, "upgrade"),
			 *transport = row_find(rows, n, "transport");

	if (blind)
		obs_say(out, blind);
	else if (r->judgement->verdict == UNKNOWN && was_stopped(r->journal))
		buf_addz(out, "the run was stopped before there was an answer");
	else if (r->judgement->verdict == UNKNOWN && r->n_not_looked_at)
		buf_addz(out, "no WebSocket opens, and nothing in this layer says why; the others "
			      "were left out");
	else if (r->judgement->verdict == UNKNOWN)
		buf_addz(out, "nothing that was seen says why");
	else if (upgrade && upgrade->mark == MARK_GOOD)
		say_works(out, works);
	else if (works)
		obs_say(out, works);
	else if (transport && transport->mark == MARK_GOOD)
		buf_addz(out, "a client of Socket.IO connects");
	else if (r->n_not_looked_at)
		buf_addz(out, "nothing wrong was found in this layer; the others were left out");
	else
		buf_addz(out, "nothing wrong was found, but no WebSocket was seen to open either");
	arena_deinit(&texts);
}

void row_client(struct buf *out, const struct report *r)
{
	struct scope s = {r->journal, 0, r->n_vantages ? (unsigned)r->n_vantages : 1};

	look_say_client(out, &s);
}
