#include "dialect/lavalink/message.h"

#include <xxhash.h>

#include "base/text.h"
#include "fact/lavalink.h"

#define NUMBER_MAX 9e15

void row_add(struct lavalink_row *r, struct field f)
{
	if (r->n < sizeof(r->all) / sizeof(r->all[0]))
		r->all[r->n++] = f;
}

void row_text(struct lavalink_row *r, const struct key *key, struct span text)
{
	struct buf *kept;

	if (!text.n || r->n_texts == sizeof(r->texts) / sizeof(r->texts[0]))
		return;
	kept = &r->texts[r->n_texts++];
	*kept = (struct buf){.max = 4096};
	text_redact(kept, span_head(text, LAVALINK_LIST_MAX));
	row_add(r, (struct field){.key = key, .s = buf_span(kept)});
}

void row_string(struct lavalink_row *r, const struct key *key, struct span json, const char *member)
{
	struct buf plain = {.max = 4096};

	json_unescape(&plain, span_head(message_string(json, member), LAVALINK_SHOWN_MAX));
	row_text(r, key, buf_span(&plain));
	buf_deinit(&plain);
}

void row_number(struct lavalink_row *r, const struct key *key, struct span json, const char *member,
	double unit)
{
	struct json_token t;
	double v;

	if (json_member(json, span_of(member), &t) && t.type == JSON_NUMBER &&
		message_number(t.raw, &v) && v * unit <= NUMBER_MAX * 1000 &&
		v * unit >= -NUMBER_MAX * 1000)
		row_add(r, (struct field){
				   .key = key, .i = (int64_t)(v * unit + (v < 0 ? -0.5 : 0.5))});
}

void row_bool(struct lavalink_row *r, const struct key *key, struct span json, const char *member)
{
	struct json_token t;

	if (json_member(json, span_of(member), &t) && (t.type == JSON_TRUE || t.type == JSON_FALSE))
		row_add(r, (struct field){.key = key, .i = t.type == JSON_TRUE});
}

void row_tag(struct lavalink_row *r, const struct key *key, struct span json, const char *member,
	uint64_t salt)
{
	struct span s = message_string(json, member);

	if (s.n)
		row_add(r, (struct field){.key = key,
				   .i = (int64_t)(XXH3_64bits_withSeed(s.p, s.n, salt) >> 1)});
}

void row_note(struct lavalink_row *r, const struct lavalink_spot *s, const struct kind *kind)
{
	journal_add(s->journal, s->where, s->now, kind, r->all, r->n);
	for (size_t i = 0; i < r->n_texts; i++)
		buf_deinit(&r->texts[i]);
}

bool message_is_object(struct span text)
{
	struct json j;
	struct json_token t;

	json_init(&j, text);
	t = json_next(&j);
	if (t.type != JSON_OBJECT)
		return false;
	while (t.type != JSON_END && t.type != JSON_ERROR)
		t = json_next(&j);
	return t.type == JSON_END;
}

static struct span member_of(struct span json, const char *member, enum json_type type)
{
	struct json_token t;

	return json_member(json, span_of(member), &t) && t.type == type ? t.raw : (struct span){0};
}

struct span message_object(struct span json, const char *member)
{
	return member_of(json, member, JSON_OBJECT);
}

struct span message_string(struct span json, const char *member)
{
	return member_of(json, member, JSON_STRING);
}

static double digits(struct span *s, double scale, bool fraction)
{
	double v = 0;

	while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
		v = fraction ? v + (s->p[0] - '0') * scale : v * 10 + (s->p[0] - '0');
		scale /= 10;
		*s = span_from(*s, 1);
	}
	return v;
}

/* Java writes small loads as 1.2E-4. */
static int exponent(struct span s)
{
	bool minus = s.n > 1 && s.p[1] == '-';
	uint64_t e = 0;

	if (!s.n)
		return 0;
	s = span_from(s, 1 + (s.n > 1 && (s.p[1] == '-' || s.p[1] == '+')));
	if (!span_uint(s, 30, &e))
		e = 30;
	return minus ? -(int)e : (int)e;
}

bool message_number(struct span raw, double *out)
{
	bool minus = raw.n && raw.p[0] == '-';
	double v;
	int e;

	raw = span_from(raw, minus);
	v = digits(&raw, 1, false);
	if (raw.n && raw.p[0] == '.') {
		raw = span_from(raw, 1);
		v += digits(&raw, 0.1, true);
	}
	for (e = exponent(raw); e > 0 && v <= NUMBER_MAX; e--)
		v *= 10;
	for (; e < 0; e++)
		v /= 10;
	if (!(v <= NUMBER_MAX))
		return false;
	*out = minus ? -v : v;
	return true;
}

void message_note_stats(const struct lavalink_spot *s, struct span json, const char *by)
{
	struct span memory = message_object(json, "memory"), cpu = message_object(json, "cpu"),
		    frames = message_object(json, "frameStats");
	struct lavalink_row r = {.n = 0};

	row_add(&r, F_TEXT(k_by, span_of(by)));
	row_number(&r, &k_players, json, "players", 1);
	row_number(&r, &k_playing, json, "playingPlayers", 1);
	row_number(&r, &k_uptime, json, "uptime", (double)NS_MS);
	row_number(&r, &k_memory_used, memory, "used", 1);
	row_number(&r, &k_memory_free, memory, "free", 1);
	row_number(&r, &k_memory_allocated, memory, "allocated", 1);
	row_number(&r, &k_memory_reservable, memory, "reservable", 1);
	row_number(&r, &k_cores, cpu, "cores", 1);
	row_number(&r, &k_system_load, cpu, "systemLoad", 100);
	row_number(&r, &k_lavalink_load, cpu, "lavalinkLoad", 100);
	row_number(&r, &k_frames_sent, frames, "sent", 1);
	row_number(&r, &k_frames_nulled, frames, "nulled", 1);
	row_number(&r, &k_frames_deficit, frames, "deficit", 1);
	row_note(&r, s, &lavalink_stats);
}
