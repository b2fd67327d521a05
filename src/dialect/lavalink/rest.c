/* REST answers of a node. */
#include "dialect/lavalink/message.h"
#include "fact/lavalink.h"

/* "/v4/sessions/abc/players/1" with {session} and {guild}: ids are nobody's business. */
static void add_path(struct buf *out, struct span path)
{
	struct span part, before = {0};
	ssize_t query = span_chr(path, '?');

	path = query < 0 ? path : span_head(path, (size_t)query);
	while (span_cut(&path, '/', &part)) {
		bool session = span_eq(before, SPAN("sessions")),
		     guild = span_eq(before, SPAN("players"));

		if (before.p)
			buf_addc(out, '/');
		buf_add(out, session ? SPAN("{session}") : guild ? SPAN("{guild}") : part);
		before = part;
	}
}

/* Lavalink's error body: {"timestamp","status","error","message","path"}. */
static void note_rest(const struct lavalink_spot *s, const struct lavalink_exchange *e)
{
	struct buf path = {.max = 512};
	struct lavalink_row r = {.n = 0};

	add_path(&path, e->path);
	row_add(&r, F_TEXT(k_method, e->method));
	row_text(&r, &k_path, buf_span(&path));
	row_add(&r, F_TEXT(k_given, e->given));
	if (e->status)
		row_add(&r, F_INT(k_status, e->status));
	if (e->status)
		row_add(&r, F_TIME(k_took, e->took));
	if (e->status >= 400)
		row_string(&r, &k_message, e->body, "message");
	row_note(&r, s, &lavalink_rest);
	buf_deinit(&path);
}

/* "4.0.8", "3.7.11", "4.1.0-beta.1", also a commit's hash of a build of one's own. */
static bool is_version(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 127 || s.p[i] == '<' || s.p[i] == '{' ||
			s.p[i] == '"')
			return false;
	return s.n > 0 && s.n <= 64;
}

static void note_version(const struct lavalink_spot *s, const struct lavalink_exchange *e)
{
	struct lavalink_row r = {.n = 0};
	struct span version = span_trim(e->body);

	while (version.n && strchr("\r\n", version.p[version.n - 1]))
		version.n--;
	if (!is_version(version))
		return;
	row_add(&r, F_TEXT(k_path, SPAN("/version")));
	row_text(&r, &k_version, version);
	row_note(&r, s, &lavalink_node);
}

static void join(struct buf *out, struct span s)
{
	if (!s.n || out->n > LAVALINK_LIST_MAX)
		return;
	if (out->n)
		buf_addz(out, ", ");
	json_unescape(out, span_head(s, 64));
}

static void join_strings(struct buf *out, struct span json, const char *member)
{
	struct json_token t;
	struct json j;

	if (!json_member(json, span_of(member), &t) || t.type != JSON_ARRAY)
		return;
	json_init(&j, t.raw);
	json_next(&j);
	while ((t = json_next(&j)).type == JSON_STRING)
		join(out, t.raw);
}

static void join_plugins(struct buf *out, struct span json)
{
	struct json_token t;
	struct json j;

	if (!json_member(json, SPAN("plugins"), &t) || t.type != JSON_ARRAY)
		return;
	json_init(&j, t.raw);
	json_next(&j);
	while ((t = json_next(&j)).type == JSON_OBJECT) {
		struct span plugin;

		if (!json_skip(&j))
			return;
		plugin = (struct span){j.in.p + t.at, j.at - t.at};
		join(out, message_string(plugin, "name"));
		if (message_string(plugin, "version").n) {
			buf_addc(out, ' ');
			json_unescape(out, span_head(message_string(plugin, "version"), 64));
		}
	}
}

static void note_info(const struct lavalink_spot *s, const struct lavalink_exchange *e)
{
	struct buf sources = {.max = 1024}, plugins = {.max = 1024};
	struct span version = message_object(e->body, "version");
	struct lavalink_row r = {.n = 0};

	if (!version.n)
		return;
	join_strings(&sources, e->body, "sourceManagers");
	join_plugins(&plugins, e->body);
	row_add(&r, F_TEXT(k_path, SPAN("/v4/info")));
	row_string(&r, &k_version, version, "semver");
	row_string(&r, &k_player, e->body, "lavaplayer");
	row_string(&r, &k_jvm, e->body, "jvm");
	row_text(&r, &k_sources, buf_span(&sources));
	row_text(&r, &k_plugins, buf_span(&plugins));
	row_note(&r, s, &lavalink_node);
	buf_deinit(&sources);
	buf_deinit(&plugins);
}

static void note_stats(const struct lavalink_spot *s, const struct lavalink_exchange *e)
{
	if (message_object(e->body, "memory").n)
		message_note_stats(s, e->body, "rest");
}

static void note_session(const struct lavalink_spot *s, const struct lavalink_exchange *e)
{
	struct lavalink_row r = {.n = 0};

	row_add(&r, F_INT(k_status, e->status));
	row_bool(&r, &k_resuming, e->body, "resuming");
	row_number(&r, &k_timeout, e->body, "timeout", (double)NS_S);
	row_note(&r, s, &lavalink_session);
}

static const struct {
	const char *method, *path; /* path: how it begins */
	bool any_status;
	void (*read)(const struct lavalink_spot *s, const struct lavalink_exchange *e);
} bodies[] = {
	{"GET", "/version", false, note_version},
	{"GET", "/v4/info", false, note_info},
	{"GET", "/v4/stats", false, note_stats},
	{"PATCH", "/v4/sessions/", true, note_session},
};

void lavalink_note_exchange(
	struct journal *j, const struct where *w, ns now, const struct lavalink_exchange *e)
{
	struct lavalink_spot s = {j, w, now, 0};

	note_rest(&s, e);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (span_eq(e->method, span_of(bodies[i].method)) &&
			span_starts(e->path, span_of(bodies[i].path)) && e->status &&
			(bodies[i].any_status || e->status == 200))
			bodies[i].read(&s, e);
}
