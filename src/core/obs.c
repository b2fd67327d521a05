#include "core/obs.h"

#include "base/text.h"

const char *channel_name(enum channel c)
{
	static const char *const names[] = {[CHANNEL_PROBE] = "probe",
		[CHANNEL_CONF] = "conf",
		[CHANNEL_LOG] = "log",
		[CHANNEL_PCAP] = "pcap",
		[CHANNEL_REDIS] = "redis",
		[CHANNEL_OURS] = "probe"};

	return names[c];
}

static const struct field *field_find(const struct obs *o, const struct key *key)
{
	for (size_t i = 0; o && i < o->n; i++)
		if (o->fields[i].key == key)
			return &o->fields[i];
	return NULL;
}

bool obs_has(const struct obs *o, const struct key *key)
{
	return field_find(o, key) != NULL;
}

int64_t obs_int(const struct obs *o, const struct key *key)
{
	const struct field *f = field_find(o, key);

	return f && key->type != VALUE_TEXT ? f->i : 0;
}

struct span obs_text(const struct obs *o, const struct key *key)
{
	const struct field *f = field_find(o, key);

	return f && key->type == VALUE_TEXT ? f->s : (struct span){0};
}

bool obs_is(const struct obs *o, const struct key *key, const char *text)
{
	return obs_has(o, key) && span_eq(obs_text(o, key), span_of(text));
}

static void say_value(struct buf *out, const struct field *f)
{
	switch (f->key->type) {
	case VALUE_TEXT:
		text_visible(out, f->s);
		break;
	case VALUE_BOOL:
		buf_addz(out, f->i ? "yes" : "no");
		break;
	case VALUE_TIME:
		text_ns(out, f->i);
		break;
	case VALUE_BYTES:
		text_bytes(out, (uint64_t)f->i);
		break;
	case VALUE_INT:
		buf_addf(out, "%lld", (long long)f->i);
		break;
	}
}

static const struct field *field_named(const struct obs *o, struct span name)
{
	for (size_t i = 0; i < o->n; i++)
		if (span_eq(span_of(o->fields[i].key->name), name))
			return &o->fields[i];
	return NULL;
}

/* What {?key} asks: there, and neither empty, false nor zero. */
static bool is_set(const struct field *f)
{
	return f && (f->key->type == VALUE_TEXT ? f->s.n > 0 : f->i != 0);
}

/* One {…}: adds its value, or tests. False when the part it stands in is to be left out. */
static bool say_braces(struct buf *out, const struct obs *o, struct span name)
{
	const struct field *f;
	struct span key;

	if (span_starts(name, SPAN("?")))
		return is_set(field_named(o, span_from(name, 1)));
	if (span_starts(name, SPAN("!")))
		return !is_set(field_named(o, span_from(name, 1)));
	span_cut(&name, ' ', &key);
	f = field_named(o, key);
	if (f)
		say_value(out, f);
	if (f && name.n) {
		buf_addc(out, ' ');
		buf_add(out, name);
		buf_addz(out, f->i == 1 ? "" : "s");
	}
	return f && (f->key->type != VALUE_TEXT || f->s.n > 0);
}

void obs_say(struct buf *out, const struct obs *o)
{
	struct span say = span_of(o->kind->say);
	size_t part = 0;
	bool inside = false, whole = true;

	while (say.n) {
		char c = say.p[0];

		say = span_from(say, 1);
		if (c == '{') {
			struct span name = span_head(say, (size_t)span_chr(say, '}'));

			whole &= say_braces(out, o, name);
			say = span_from(say, name.n + 1);
		} else if (c == '[') {
			part = out->n;
			inside = whole = true;
		} else if (c == ']' && inside) {
			if (!whole)
				out->n = part;
			inside = false;
		} else {
			buf_addc(out, c);
		}
	}
}
