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

#define STAGE_BIT(s) (1u << STAGE_##s)

/* Layers without a look have a row only when something was found there. `missing` is what those
 * above lack when this one is bad. */
static const struct layer_kind {
	const char *name;
	uint32_t stages;
	enum seen (*look)(struct look *l);
	const char *missing;
} layers[] = {
	{"names", STAGE_BIT(DNS), look_names, "no address"},
	{"tcp", STAGE_BIT(TCP), look_tcp, "no connection"},
	{"proxy", STAGE_BIT(PROXY), look_proxy, "the proxy does not connect"},
	{"tls", STAGE_BIT(TLS), look_tls, "no TLS"},
	{"http", STAGE_BIT(HTTP), look_http, "no HTTP answer"},
	{"upgrade", STAGE_BIT(UPGRADE), look_upgrade, "no WebSocket"},
	{"auth", STAGE_BIT(AUTH), look_auth, NULL},
	{"frames", STAGE_BIT(FRAME) | STAGE_BIT(EXTENSION), look_frames, NULL},
	{"messages", 0, look_messages, NULL},
	{"idle", STAGE_BIT(KEEPALIVE), look_idle, NULL},
	{"session", STAGE_BIT(SESSION), look_session, "no session"},
	{"transport", STAGE_BIT(TRANSPORT), look_transport, NULL},
	{"namespace", 0, look_namespace, NULL},
	{"events", 0, look_events, NULL},
	{"cluster", STAGE_BIT(CLUSTER), look_cluster, NULL},
	{"users", 0, look_users, NULL},
	{"reconnect", 0, look_reconnect, NULL},
	{"health", 0, look_health, NULL},
	{"app", STAGE_BIT(APP), NULL, NULL},
	{"platform", STAGE_BIT(PLATFORM), NULL, NULL},
	{"limit", STAGE_BIT(LIMIT), NULL, NULL},
};

bool row_has(const struct row *row, uint8_t vantage, const struct finding *f)
{
	return f->vantage == vantage && (row->stages >> f->cause->stage & 1);
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
	static const enum mark by_seen[] = {
		[OMIT] = MARK_NOT, [NOT_SEEN] = MARK_NOT, [GOOD] = MARK_GOOD, [DOUBTFUL] = MARK_WARN, [BAD] = MARK_BAD};
	enum mark mark = by_seen[seen];

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

size_t row_all(const struct report *r, uint8_t vantage, struct arena *a, struct row *out)
{
	unsigned vantages = r->n_vantages ? (unsigned)r->n_vantages : 1;
	struct look l = {.scope = {r->journal, vantage, vantages}, .report = r};
	const char *missing = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		struct row row = {.name = layers[i].name, .stages = layers[i].stages};
		enum seen seen;

		l.took = -1;
		seen = layers[i].look ? layers[i].look(&l) : OMIT;
		row.finding = worst_of(r, vantage, &row);
		if (seen != OMIT || row.finding) {
			if (!l.text.n && row.finding)
				say_summary(&l.text, row.finding);
			else if (!l.text.n)
				say_not_seen(&l.text, r, row.name, missing);
			row.mark = mark_of(seen, row.finding);
			row.took = l.took;
			row.text = say_keep_short(a, &l.text, SAY_ROW);
			out[n++] = row;
		}
		buf_clear(&l.text);
		if (seen == BAD && !missing)
			missing = layers[i].missing;
	}
	buf_deinit(&l.text);
	return n;
}

const struct row *row_find(const struct row *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static const struct obs *blindness(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &run_blind)
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

void row_without_cause(struct buf *out, const struct report *r)
{
	const struct obs *blind = r->judgement->verdict == UNKNOWN ? blindness(r->journal) : NULL;
	struct arena texts = {0};
	struct row rows[ROWS_MAX];
	size_t n = row_all(r, 0, &texts, rows);
	const struct row *upgrade = row_find(rows, n, "upgrade"), *transport = row_find(rows, n, "transport");

	if (blind)
		obs_say(out, blind);
	else if (r->judgement->verdict == UNKNOWN && was_stopped(r->journal))
		buf_addz(out, "the run was stopped before there was an answer");
	else if (r->judgement->verdict == UNKNOWN && r->n_not_looked_at)
		buf_addz(out, "no WebSocket opens, and nothing in this layer says why; the others were left out");
	else if (r->judgement->verdict == UNKNOWN)
		buf_addz(out, "nothing that was seen says why");
	else if (upgrade && upgrade->mark == MARK_GOOD)
		buf_addz(out, "a WebSocket opens and works");
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
