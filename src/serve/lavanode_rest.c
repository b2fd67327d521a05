/* The REST side of a Lavalink node: its routes, and its errors as Spring prints them. */
#include <time.h>

#include "serve/lavanode_json.h"
#include "serve/lavanode_rest.h"

#define JSON "application/json"

struct rest {
	struct lavanode *node;
	const struct lavanode_how *how;
	const struct lavanode_ask *ask;
	struct lavanode_reply *reply;
	ns now;
	struct span session, guild; /* of the path */
};

/* --- answers --- */

static struct json_out answer(struct rest *r)
{
	r->reply->status = 200;
	r->reply->type = JSON;
	return (struct json_out){.buf = &r->reply->body};
}

static const char *status_words(unsigned status)
{
	return status == 404 ? "Not Found" : status == 405 ? "Method Not Allowed" : "Bad Request";
}

/* BasicErrorController's body, with the timestamp as Lavalink writes it. */
static void fail(struct rest *r, unsigned status, const char *message)
{
	struct json_out o = answer(r);
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	r->reply->status = status;
	json_open(&o, '{');
	json_key(&o, "timestamp");
	json_num(&o, (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
	json_key(&o, "status");
	json_num(&o, status);
	json_key(&o, "error");
	json_str(&o, span_of(status_words(status)));
	json_key(&o, "message");
	json_str(&o, span_of(message));
	json_key(&o, "path");
	json_str(&o, r->ask->path);
	json_close(&o, '}');
}

static void nothing(struct rest *r, unsigned status)
{
	r->reply->status = status;
	r->reply->type = NULL;
}

/* --- requests --- */

static int hex(char c)
{
	return c >= '0' && c <= '9'		    ? c - '0'
	       : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
						    : -1;
}

static void percent_decode(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool coded = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 &&
			     hex(s.p[i + 2]) >= 0;

		buf_addc(out, coded	      ? (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]))
			      : s.p[i] == '+' ? ' '
					      : s.p[i]);
		i += coded ? 2 : 0;
	}
}

/* The decoded value of a query parameter; false: there is none. */
static bool parameter(const struct rest *r, struct span name, struct buf *out)
{
	struct span query = r->ask->query, word;

	while (span_cut(&query, '&', &word)) {
		ssize_t equals = span_chr(word, '=');

		if (equals < 0 || !span_eq(span_head(word, (size_t)equals), name))
			continue;
		percent_decode(out, span_from(word, (size_t)equals + 1));
		return true;
	}
	return false;
}

static bool member(struct span object, struct span key, enum json_type type, struct json_token *out)
{
	return json_member(object, key, out) && out->type == type;
}

/* --- what it is and how it does --- */

static void get_version(struct rest *r)
{
	r->reply->status = 200;
	r->reply->type = "text/plain;charset=UTF-8";
	buf_addz(&r->reply->body, lavanode_version(r->how));
}

static void get_info(struct rest *r)
{
	struct json_out o = answer(r);

	lavanode_info_write(&o, r->how);
}

static void get_stats(struct rest *r)
{
	struct json_out o = answer(r);

	json_open(&o, '{');
	lavanode_stats_write(&o, r->node, NULL, r->how, r->now);
	json_close(&o, '}');
}

static void get_old_websocket(struct rest *r)
{
	nothing(r, 200);
}

static void get_routeplanner(struct rest *r)
{
	nothing(r, 204);
}

/* --- tracks --- */

static void load_result(struct rest *r, const char *type)
{
	struct json_out o = answer(r);

	json_open(&o, '{');
	json_key(&o, "loadType");
	json_str(&o, span_of(type));
	json_key(&o, "data");
	if (span_eq(span_of(type), SPAN("track"))) {
		lavanode_track_write(&o, 0);
	} else {
		json_open(&o, '{');
		if (span_eq(span_of(type), SPAN("error"))) {
			json_key(&o, "message");
			json_str(&o, SPAN("Unknown file format."));
			json_key(&o, "severity");
			json_str(&o, SPAN("common"));
			json_key(&o, "cause");
			json_str(&o, SPAN("FriendlyException: Unknown file format."));
		}
		json_close(&o, '}');
	}
	json_close(&o, '}');
}

/* An address that is none of ours is something it cannot play; anything else is not found. */
static void get_loadtracks(struct rest *r)
{
	struct buf identifier = {.max = 8192};

	if (!parameter(r, SPAN("identifier"), &identifier))
		fail(r, 400, "Required parameter 'identifier' is not present.");
	else if (span_eq(buf_span(&identifier), SPAN(LAVANODE_TONE)))
		load_result(r, "track");
	else if (span_starts(buf_span(&identifier), SPAN("http")))
		load_result(r, "error");
	else
		load_result(r, "empty");
	buf_deinit(&identifier);
}

static void get_decodetrack(struct rest *r)
{
	struct buf encoded = {.max = 8192};
	struct json_out o;

	if (!parameter(r, SPAN("encodedTrack"), &encoded) &&
		!parameter(r, SPAN("track"), &encoded)) {
		fail(r, 400, "No track to decode provided");
	} else if (!span_eq(buf_span(&encoded), SPAN(LAVANODE_TONE_ENCODED))) {
		fail(r, 400,
			"Failed to decode track due to a mismatching version or missing source "
			"manager");
	} else {
		o = answer(r);
		lavanode_track_write(&o, 0);
	}
	buf_deinit(&encoded);
}

/* --- sessions and players --- */

static struct lavanode_session *session(struct rest *r)
{
	struct lavanode_session *s = lavanode_find(r->node, r->session);

	if (!s)
		fail(r, 404, "Session not found");
	return s;
}

static bool guild(struct rest *r, uint64_t *out)
{
	if (span_uint(r->guild, INT64_MAX, out))
		return true;
	fail(r, 400, "Failed to convert 'guildId' to a number");
	return false;
}

static void patch_session(struct rest *r)
{
	struct lavanode_session *s = session(r);
	struct json_token t;
	struct json_out o;
	int64_t seconds;

	if (!s)
		return;
	if (!json_is(r->ask->body, JSON_OBJECT)) {
		fail(r, 400, "Failed to read request");
		return;
	}
	if (json_member(r->ask->body, SPAN("resuming"), &t))
		s->resuming = t.type == JSON_TRUE;
	if (member(r->ask->body, SPAN("timeout"), JSON_NUMBER, &t) && json_int(t.raw, &seconds))
		s->timeout = (seconds < 0 ? 0 : seconds > 86400 ? 86400 : seconds) * NS_S;
	o = answer(r);
	json_open(&o, '{');
	json_key(&o, "resuming");
	json_bool(&o, s->resuming);
	json_key(&o, "timeout");
	json_num(&o, s->timeout / NS_S);
	json_close(&o, '}');
}

static void get_players(struct rest *r)
{
	struct lavanode_session *s = session(r);
	struct json_out o;

	if (!s)
		return;
	o = answer(r);
	json_open(&o, '[');
	for (const struct lavanode_player *p = s->players; p; p = p->next)
		lavanode_player_write(&o, p, r->now);
	json_close(&o, ']');
}

static void get_player(struct rest *r)
{
	struct lavanode_session *s = session(r);
	struct lavanode_player *p;
	struct json_out o;
	uint64_t id;

	if (!s || !guild(r, &id))
		return;
	p = lavanode_player_find(s, id);
	if (!p) {
		fail(r, 404, "Player not found");
		return;
	}
	o = answer(r);
	lavanode_player_write(&o, p, r->now);
}

static void delete_player(struct rest *r)
{
	struct lavanode_session *s = session(r);
	uint64_t id;

	if (!s || !guild(r, &id))
		return;
	lavanode_player_drop(s, id);
	nothing(r, 204);
}

/* --- PATCH of a player --- */

/* NULL, or what is wrong with the voice state. Discord sends partial ones too. */
static const char *voice_wrong(const struct rest *r, struct span voice)
{
	static const char *const wanted[] = {"token", "endpoint", "sessionId", "channelId"};

	for (unsigned i = 0; i < 4; i++) {
		struct json_token t;
		bool there = member(voice, span_of(wanted[i]), JSON_STRING, &t) && t.raw.n;

		if (!there && (i < 3 || r->how->wants_channel))
			return i < 3 ? "Partial Lavalink voice state"
				     : "Partial Lavalink voice state: channelId is missing";
	}
	return NULL;
}

static void set_voice(
	struct rest *r, struct lavanode_session *s, struct lavanode_player *p, struct span voice)
{
	buf_clear(&p->voice);
	buf_add(&p->voice, voice);
	p->connected = true;
	lavanode_say_update(s, p, r->now);
	if (r->how->voice_code) {
		p->connected = false;
		lavanode_say_voice_closed(s, p->guild, r->how->voice_code);
		lavanode_say_update(s, p, r->now);
	}
}

static void set_paused(struct rest *r, struct lavanode_player *p, bool paused)
{
	if (p->paused == paused)
		return;
	p->position = lavanode_player_position(p, r->now);
	p->since = r->now;
	p->paused = paused;
}

static void set_numbers(struct rest *r, struct lavanode_session *s, struct lavanode_player *p)
{
	struct json_token t;
	int64_t v;

	if (json_member(r->ask->body, SPAN("paused"), &t))
		set_paused(r, p, t.type == JSON_TRUE);
	if (member(r->ask->body, SPAN("volume"), JSON_NUMBER, &t) && json_int(t.raw, &v))
		p->volume = v < 0 ? 0 : v > 1000 ? 1000 : v;
	if (member(r->ask->body, SPAN("filters"), JSON_OBJECT, &t)) {
		buf_clear(&p->filters);
		buf_add(&p->filters, t.raw);
	}
	if (p->playing && member(r->ask->body, SPAN("position"), JSON_NUMBER, &t) &&
		json_int(t.raw, &v)) {
		p->position = v < 0 ? 0 : v > LAVANODE_TONE_MS ? LAVANODE_TONE_MS : v;
		p->since = r->now;
		lavanode_say_update(s, p, r->now);
	}
}

/* What the request says about the track: `is` for nothing, PLAY, STOP, or what is wrong. */
enum wish { LEAVE, PLAY, STOP, UNKNOWN };

static enum wish wish(struct span body)
{
	struct json_token t;
	struct span track = body, encoded = SPAN("encodedTrack");

	if (member(body, SPAN("track"), JSON_OBJECT, &t)) {
		track = t.raw;
		encoded = SPAN("encoded");
	}
	if (json_member(track, encoded, &t))
		return t.type == JSON_NULL			     ? STOP
		       : span_eq(t.raw, SPAN(LAVANODE_TONE_ENCODED)) ? PLAY
								     : UNKNOWN;
	if (json_member(track, SPAN("identifier"), &t))
		return span_eq(t.raw, SPAN(LAVANODE_TONE)) ? PLAY : UNKNOWN;
	return LEAVE;
}

static bool keeps(const struct rest *r, const struct lavanode_player *p)
{
	struct buf value = {.max = 64};
	bool yes =
		parameter(r, SPAN("noReplace"), &value) && span_eq(buf_span(&value), SPAN("true"));

	buf_deinit(&value);
	return yes && p->playing;
}

static void update(struct rest *r, struct lavanode_session *s, struct lavanode_player *p,
	const struct json_token *voice)
{
	enum wish w = wish(r->ask->body);
	struct json_out o;

	if (voice)
		set_voice(r, s, p, voice->raw);
	set_numbers(r, s, p);
	if (w == PLAY && !keeps(r, p))
		lavanode_play(s, p, r->now);
	else if (w == STOP)
		lavanode_stop(s, p, "stopped");
	o = answer(r);
	lavanode_player_write(&o, p, r->now);
}

static void patch_player(struct rest *r)
{
	struct lavanode_session *s = session(r);
	struct lavanode_player *p;
	struct json_token voice;
	bool with_voice;
	uint64_t id;

	if (!s || !guild(r, &id))
		return;
	with_voice = member(r->ask->body, SPAN("voice"), JSON_OBJECT, &voice);
	if (!json_is(r->ask->body, JSON_OBJECT)) {
		fail(r, 400, "Failed to read request");
	} else if (with_voice && voice_wrong(r, voice.raw)) {
		fail(r, 400, voice_wrong(r, voice.raw));
	} else if (wish(r->ask->body) == UNKNOWN) {
		fail(r, 400, "No matches found for identifier");
	} else {
		p = lavanode_player_add(s, id);
		if (p)
			update(r, s, p, with_voice ? &voice : NULL);
		else
			fail(r, 400, "Too many players");
	}
}

/* --- routes --- */

/* `*` stands for one segment of the path: the session's id, then the guild's. */
static const struct route {
	const char *method, *path;
	void (*run)(struct rest *r);
} routes[] = {
	{"GET", "/version", get_version},
	{"GET", "/v4/info", get_info},
	{"GET", "/v4/stats", get_stats},
	{"GET", "/v4/loadtracks", get_loadtracks},
	{"GET", "/v4/decodetrack", get_decodetrack},
	{"GET", "/v4/routeplanner/status", get_routeplanner},
	{"PATCH", "/v4/sessions/*", patch_session},
	{"GET", "/v4/sessions/*/players", get_players},
	{"GET", "/v4/sessions/*/players/*", get_player},
	{"PATCH", "/v4/sessions/*/players/*", patch_player},
	{"DELETE", "/v4/sessions/*/players/*", delete_player},
	{"GET", "/", get_old_websocket},
	{"GET", "/v3/websocket", get_old_websocket},
};

static bool matches(struct span pattern, struct span path, struct span found[2])
{
	struct span want = {0}, have = {0};
	unsigned n = 0;

	while (span_cut(&pattern, '/', &want)) {
		if (!span_cut(&path, '/', &have))
			return false;
		if (span_eq(want, SPAN("*")) && have.n)
			found[n++] = have;
		else if (!span_eq(want, have))
			return false;
	}
	return !path.n;
}

static void route(struct rest *r)
{
	bool elsewhere = false;

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		struct span found[2] = {{0}, {0}};

		if (!matches(span_of(routes[i].path), r->ask->path, found) ||
			(r->how->v3 && span_starts(r->ask->path, SPAN("/v4"))))
			continue;
		elsewhere = true;
		if (!span_eq(r->ask->method, span_of(routes[i].method)))
			continue;
		r->session = found[0];
		r->guild = found[1];
		routes[i].run(r);
		return;
	}
	fail(r, elsewhere ? 405 : 404,
		elsewhere ? "Method is not supported." : "No message available");
}

/* As RequestAuthorizationFilter.kt: no header and a wrong one are told apart here, and only here.
 */
void lavanode_rest(struct lavanode *node, const struct lavanode_how *how,
	const struct lavanode_ask *ask, ns now, struct lavanode_reply *reply)
{
	struct rest r = {.node = node, .how = how, .ask = ask, .reply = reply, .now = now};

	if (!ask->authorized || how->authorization_lost)
		nothing(&r, 401);
	else if (!span_eq(ask->authorization, how->password) || how->no_password_fits)
		nothing(&r, 403);
	else
		route(&r);
}

/* As HandshakeInterceptorImpl.kt: one answer to no password and a wrong one; a User-Id that is no
 * number passes. */
unsigned lavanode_doorman(
	const struct lavanode_how *how, const struct lavanode_ask *ask, struct span user_id)
{
	uint64_t id;

	if (!ask->authorized || how->authorization_lost || how->no_password_fits ||
		!span_eq(ask->authorization, how->password))
		return 401;
	if (!user_id.n || (span_uint(user_id, UINT64_MAX, &id) && !id))
		return 400;
	return 0;
}
