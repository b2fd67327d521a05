/* The saved form. First line: {"wsdx":"journal/1","version":…,"target":…,"lost":N}; then one observation a line:
 * {"k":kind,"at":ns,"v":vantage,"n":attempt,"f":flow,"x":experiment,"r":role,"d":{key:value,…}}; absent is zero. */
#include "base/json.h"
#include "core/journal.h"

#include <stdio.h>

static const struct kind *kind_named(const struct vocabulary *v, struct span name)
{
	for (const struct kind *const *k = v->kinds; *k; k++)
		if (span_eq(span_of((*k)->name), name))
			return *k;
	return NULL;
}

static const struct key *key_named(const struct vocabulary *v, struct span name)
{
	for (const struct key *const *k = v->keys; *k; k++)
		if (span_eq(span_of((*k)->name), name))
			return *k;
	return NULL;
}

static const struct tag *tag_named(const struct vocabulary *v, struct span name)
{
	for (const struct tag *const *t = v->tags; *t; t++)
		if (span_eq(span_of((*t)->name), name))
			return *t;
	return NULL;
}

static void save_number(struct json_out *o, const char *key, int64_t v)
{
	if (v) {
		json_key(o, key);
		json_num(o, v);
	}
}

static void save_tag(struct json_out *o, const char *key, const struct tag *t)
{
	if (t) {
		json_key(o, key);
		json_str(o, span_of(t->name));
	}
}

static void save_field(struct json_out *o, const struct field *f)
{
	json_key(o, f->key->name);
	if (f->key->type == VALUE_TEXT)
		json_str(o, f->s);
	else if (f->key->type == VALUE_BOOL)
		json_bool(o, f->i);
	else
		json_num(o, f->i);
}

static void save_obs(struct buf *out, const struct obs *obs)
{
	struct json_out o = {.buf = out};

	json_open(&o, '{');
	json_key(&o, "k");
	json_str(&o, span_of(obs->kind->name));
	save_number(&o, "at", obs->at);
	save_number(&o, "v", obs->where.vantage);
	save_number(&o, "n", obs->where.attempt);
	save_number(&o, "f", obs->where.flow);
	save_tag(&o, "x", obs->where.exp);
	save_tag(&o, "r", obs->where.role);
	json_key(&o, "d");
	json_open(&o, '{');
	for (size_t i = 0; i < obs->n; i++)
		save_field(&o, &obs->fields[i]);
	json_close(&o, '}');
	json_close(&o, '}');
	buf_addc(out, '\n');
}

void journal_save(struct buf *out, const struct journal *j, struct span target, const char *version)
{
	struct json_out o = {.buf = out};

	json_open(&o, '{');
	json_key(&o, "wsdx");
	json_str(&o, SPAN("journal/1"));
	json_key(&o, "version");
	json_str(&o, span_of(version));
	json_key(&o, "target");
	json_str(&o, target);
	save_number(&o, "lost", (int64_t)j->lost);
	json_close(&o, '}');
	buf_addc(out, '\n');
	for (size_t i = 0; i < j->n; i++)
		save_obs(out, j->all[i]);
}

#define FIELDS_MAX 64

struct loading {
	struct journal *journal;
	const struct vocabulary *vocabulary;
	struct json json;
	struct arena texts; /* unescaped texts of the line */
	struct field fields[FIELDS_MAX];
	size_t n;
	const struct kind *kind;
	struct where where;
	int64_t at;
	const char *error;
};

static struct span load_text(struct loading *l, struct span raw)
{
	struct buf b = {.max = raw.n * 3 + 4};
	struct span kept;

	json_unescape(&b, raw);
	kept = arena_copy(&l->texts, buf_span(&b));
	buf_deinit(&b);
	return kept;
}

static bool load_int(struct loading *l, struct json_token t, int64_t min, int64_t max, int64_t *out)
{
	if (t.type == JSON_NUMBER && json_int(t.raw, out) && *out >= min && *out <= max)
		return true;
	l->error = "a number is missing or out of range";
	return false;
}

static void load_field(struct loading *l, struct span name, struct json_token t)
{
	const struct key *key = key_named(l->vocabulary, name);
	struct field f = {.key = key};

	if (t.type == JSON_OBJECT || t.type == JSON_ARRAY) {
		json_skip(&l->json);
		return;
	}
	if (!key || l->n == FIELDS_MAX)
		return;
	if (key->type == VALUE_TEXT && t.type == JSON_STRING)
		f.s = load_text(l, t.raw);
	else if (key->type == VALUE_BOOL && (t.type == JSON_TRUE || t.type == JSON_FALSE))
		f.i = t.type == JSON_TRUE;
	else if (key->type == VALUE_TEXT || key->type == VALUE_BOOL || t.type != JSON_NUMBER ||
		!json_int(t.raw, &f.i)) {
		l->error = "a field has a value of the wrong type";
		return;
	}
	l->fields[l->n++] = f;
}

static void load_fields(struct loading *l)
{
	struct json_token t;

	for (t = json_next(&l->json); t.type == JSON_KEY && !l->error; t = json_next(&l->json))
		load_field(l, t.raw, json_next(&l->json));
	if (t.type != JSON_CLOSE && !l->error)
		l->error = "not a JSON object";
}

static void load_member(struct loading *l, struct span key, struct json_token t)
{
	int64_t v = 0;

	if (span_eq(key, SPAN("d")) && t.type == JSON_OBJECT)
		load_fields(l);
	else if (t.type == JSON_OBJECT || t.type == JSON_ARRAY)
		json_skip(&l->json);
	else if (span_eq(key, SPAN("k")))
		l->kind = kind_named(l->vocabulary, t.raw);
	else if (span_eq(key, SPAN("at")))
		load_int(l, t, 0, INT64_MAX - 1, &l->at);
	else if (span_eq(key, SPAN("v")) && load_int(l, t, 0, UINT8_MAX, &v))
		l->where.vantage = (uint8_t)v;
	else if (span_eq(key, SPAN("n")) && load_int(l, t, 0, UINT16_MAX, &v))
		l->where.attempt = (uint16_t)v;
	else if (span_eq(key, SPAN("f")) && load_int(l, t, 0, UINT32_MAX, &v))
		l->where.flow = (uint32_t)v;
	else if (span_eq(key, SPAN("x")))
		l->where.exp = tag_named(l->vocabulary, t.raw);
	else if (span_eq(key, SPAN("r")))
		l->where.role = tag_named(l->vocabulary, t.raw);
}

static bool load_line(struct loading *l, struct span line)
{
	struct json_token t;

	l->n = 0;
	l->kind = NULL;
	l->where = (struct where){0};
	l->at = 0;
	json_init(&l->json, line);
	if (json_next(&l->json).type != JSON_OBJECT) {
		l->error = "not a JSON object";
		return false;
	}
	for (t = json_next(&l->json); t.type == JSON_KEY && !l->error; t = json_next(&l->json))
		load_member(l, t.raw, json_next(&l->json));
	if (!l->error && t.type != JSON_CLOSE)
		l->error = "not a JSON object";
	if (l->error)
		return false;
	if (l->kind)
		journal_add(l->journal, &l->where, l->at, l->kind, l->fields, l->n);
	else
		l->journal->lost++;
	if (l->where.flow > l->journal->flows)
		l->journal->flows = l->where.flow;
	arena_deinit(&l->texts);
	return true;
}

static bool load_first(struct journal *j, struct span line, struct span *target)
{
	struct json_token t;

	if (!json_member(line, SPAN("wsdx"), &t) || t.type != JSON_STRING || !span_eq(t.raw, SPAN("journal/1")))
		return false;
	*target = (struct span){0};
	if (json_member(line, SPAN("target"), &t) && t.type == JSON_STRING) {
		struct buf b = {.max = JOURNAL_TEXT_MAX};

		json_unescape(&b, t.raw);
		*target = arena_copy(&j->arena, buf_span(&b));
		buf_deinit(&b);
	}
	return true;
}

bool journal_load(struct journal *j, const struct vocabulary *v, struct span file, struct span *target,
	struct journal_error *error)
{
	struct loading l = {.journal = j, .vocabulary = v};
	struct span line;

	error->line = 1;
	if (!span_cut(&file, '\n', &line) || !load_first(j, line, target)) {
		snprintf(error->text, sizeof(error->text), "not a wsdx journal (its first line names journal/1)");
		return false;
	}
	while (span_cut(&file, '\n', &line)) {
		error->line++;
		if (span_trim(line).n == 0)
			continue;
		if (!load_line(&l, line)) {
			snprintf(error->text, sizeof(error->text), "%s", l.error);
			arena_deinit(&l.texts);
			return false;
		}
	}
	return true;
}
