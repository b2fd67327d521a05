/* The sessions and players of a Lavalink node. */
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "serve/lavanode_json.h"

static ns sooner(ns a, ns b)
{
	return a < b ? a : b;
}

/* --- news --- */

static struct json_out say(struct lavanode_session *s, const char *op)
{
	struct json_out o = {.buf = &s->news};

	s->mark = s->news.n;
	json_open(&o, '{');
	json_key(&o, "op");
	json_str(&o, span_of(op));
	return o;
}

static void said(struct lavanode_session *s, struct json_out *o)
{
	json_close(o, '}');
	buf_addc(&s->news, '\n');
	if (s->news.full) { /* nobody came for it: what does not fit is lost whole */
		s->news.n = s->mark;
		s->news.full = false;
	}
	if (s->wake)
		s->wake(s->of_whom);
}

static void guild_write(struct json_out *o, uint64_t guild)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)guild);
	json_key(o, "guildId");
	json_str(o, span_of(text));
}

static struct json_out say_event(struct lavanode_session *s, const char *type, uint64_t guild)
{
	struct json_out o = say(s, "event");

	json_key(&o, "type");
	json_str(&o, span_of(type));
	guild_write(&o, guild);
	return o;
}

static void say_ready(struct lavanode_session *s, bool resumed)
{
	struct json_out o = say(s, "ready");

	json_key(&o, "resumed");
	json_bool(&o, resumed);
	json_key(&o, "sessionId");
	json_str(&o, span_of(s->id));
	said(s, &o);
}

void lavanode_say_update(struct lavanode_session *s, const struct lavanode_player *p, ns now)
{
	struct json_out o = say(s, "playerUpdate");

	guild_write(&o, p->guild);
	lavanode_state_write(&o, p, now);
	said(s, &o);
}

/* Discord's words for its codes, as its voice gateway sends them. */
static const char *voice_reason(unsigned code)
{
	static const struct {
		unsigned code;
		const char *reason;
	} table[] = {{4004, "Authentication failed."}, {4006, "Session is no longer valid."},
		{4009, "Session timeout."}, {4011, "Server not found."}, {4014, "Disconnected."},
		{4015, "Voice server crashed."}, {4017, "E2EE/DAVE protocol required."},
		{4022, "Disconnected: Call Terminated."}};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].code == code)
			return table[i].reason;
	return "";
}

void lavanode_say_voice_closed(struct lavanode_session *s, uint64_t guild, unsigned code)
{
	struct json_out o = say_event(s, "WebSocketClosedEvent", guild);

	json_key(&o, "code");
	json_num(&o, code);
	json_key(&o, "reason");
	json_str(&o, span_of(voice_reason(code)));
	json_key(&o, "byRemote");
	json_bool(&o, true);
	said(s, &o);
}

struct span lavanode_news(const struct lavanode_session *s)
{
	ssize_t end = span_chr(buf_span(&s->news), '\n');

	return end < 0 ? (struct span){0} : span_head(buf_span(&s->news), (size_t)end);
}

void lavanode_news_drop(struct lavanode_session *s)
{
	ssize_t end = span_chr(buf_span(&s->news), '\n');

	if (end >= 0)
		buf_drop(&s->news, (size_t)end + 1);
}

/* --- players --- */

struct lavanode_player *lavanode_player_find(struct lavanode_session *s, uint64_t guild)
{
	struct lavanode_player *p = s->players;

	while (p && p->guild != guild)
		p = p->next;
	return p;
}

struct lavanode_player *lavanode_player_add(struct lavanode_session *s, uint64_t guild)
{
	struct lavanode_player *p = lavanode_player_find(s, guild);

	if (p || s->n_players >= LAVANODE_PLAYERS_MAX)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		abort();
	*p = (struct lavanode_player){.next = s->players,
		.guild = guild,
		.volume = 100,
		.voice.max = 4096,
		.filters.max = 8192};
	buf_addz(&p->voice,
		"{\"token\":\"\",\"endpoint\":\"\",\"sessionId\":\"\",\"channelId\":null}");
	s->players = p;
	s->n_players++;
	return p;
}

static void player_free(struct lavanode_player *p)
{
	buf_deinit(&p->voice);
	buf_deinit(&p->filters);
	free(p);
}

void lavanode_player_drop(struct lavanode_session *s, uint64_t guild)
{
	struct lavanode_player **at = &s->players;

	while (*at && (*at)->guild != guild)
		at = &(*at)->next;
	if (*at) {
		struct lavanode_player *p = *at;

		lavanode_stop(s, p, "stopped");
		*at = p->next;
		s->n_players--;
		player_free(p);
	}
}

int64_t lavanode_player_position(const struct lavanode_player *p, ns now)
{
	return p->playing ? p->position + (p->paused ? 0 : (now - p->since) / NS_MS) : 0;
}

void lavanode_stop(struct lavanode_session *s, struct lavanode_player *p, const char *reason)
{
	struct json_out o;

	if (!p->playing)
		return;
	p->playing = false;
	o = say_event(s, "TrackEndEvent", p->guild);
	json_key(&o, "track");
	lavanode_track_write(&o, 0);
	json_key(&o, "reason");
	json_str(&o, span_of(reason));
	said(s, &o);
}

void lavanode_play(struct lavanode_session *s, struct lavanode_player *p, ns now)
{
	struct json_out o;

	lavanode_stop(s, p, "replaced");
	p->playing = true;
	p->position = 0;
	p->since = now;
	p->update = now;
	o = say_event(s, "TrackStartEvent", p->guild);
	json_key(&o, "track");
	lavanode_track_write(&o, 0);
	said(s, &o);
}

/* --- the clock --- */

static ns player_tick(struct lavanode_session *s, struct lavanode_player *p, ns now)
{
	if (!p->playing || p->paused)
		return NS_NEVER;
	if (lavanode_player_position(p, now) >= LAVANODE_TONE_MS) {
		lavanode_stop(s, p, "finished");
		return NS_NEVER;
	}
	if (p->update <= now) {
		lavanode_say_update(s, p, now);
		p->update = now + LAVANODE_UPDATES;
	}
	return sooner(p->update, p->since + (LAVANODE_TONE_MS - p->position) * NS_MS);
}

static void say_stats(
	struct lavanode *node, struct lavanode_session *s, const struct lavanode_how *how, ns now)
{
	struct json_out o = say(s, "stats");

	lavanode_stats_write(&o, node, s, how, now);
	said(s, &o);
}

ns lavanode_tick(
	struct lavanode *node, struct lavanode_session *s, const struct lavanode_how *how, ns now)
{
	ns next;

	if (s->stats <= now) {
		say_stats(node, s, how, now);
		s->stats = now + (how->stats_every ? how->stats_every : 60 * NS_S);
	}
	next = s->stats;
	for (struct lavanode_player *p = s->players; p; p = p->next)
		next = sooner(next, player_tick(s, p, now));
	return next;
}

/* --- sessions --- */

static void session_free(struct lavanode_session *s)
{
	while (s->players) {
		struct lavanode_player *p = s->players;

		s->players = p->next;
		player_free(p);
	}
	buf_deinit(&s->news);
	free(s);
}

static void session_drop(struct lavanode *node, const struct lavanode_session *gone)
{
	struct lavanode_session **at = &node->sessions;

	while (*at && *at != gone)
		at = &(*at)->next;
	if (*at) {
		struct lavanode_session *s = *at;

		*at = s->next;
		node->n_sessions--;
		session_free(s);
	}
}

/* Sessions nobody came back to in time are shut down, with their players. */
static void forget_late(struct lavanode *node, ns now)
{
	struct lavanode_session *next;

	for (struct lavanode_session *s = node->sessions; s; s = next) {
		next = s->next;
		if (s->gone && s->until <= now)
			session_drop(node, s);
	}
}

static struct lavanode_session *session_of(struct lavanode *node, struct span id)
{
	struct lavanode_session *s = node->sessions;

	while (s && !span_eq(id, span_of(s->id)))
		s = s->next;
	return s;
}

struct lavanode_session *lavanode_find(struct lavanode *node, struct span id)
{
	struct lavanode_session *s = session_of(node, id);

	return s && !s->gone ? s : NULL;
}

bool lavanode_can_resume(
	struct lavanode *node, const struct lavanode_how *how, struct span id, ns now)
{
	const struct lavanode_session *s;

	forget_late(node, now);
	s = session_of(node, id);
	return s && s->gone && !how->never_resumes;
}

static void make_id(char id[LAVANODE_ID + 1])
{
	static const char pool[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char random[LAVANODE_ID];

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	for (size_t i = 0; i < LAVANODE_ID; i++)
		id[i] = pool[random[i] % (sizeof(pool) - 1)];
	id[LAVANODE_ID] = 0;
}

static struct lavanode_session *session_add(struct lavanode *node, ns now)
{
	struct lavanode_session *s;

	if (node->n_sessions >= LAVANODE_SESSIONS_MAX)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->news.max = LAVANODE_NEWS_MAX;
	s->timeout = LAVANODE_RESUME;
	s->stats = now;
	make_id(s->id);
	s->next = node->sessions;
	node->sessions = s;
	node->n_sessions++;
	return s;
}

/* ready comes first, then what happened meanwhile, then how the players are. */
static void resume(struct lavanode_session *s, ns now)
{
	struct buf missed = s->news;

	s->news = (struct buf){.max = LAVANODE_NEWS_MAX};
	s->gone = false;
	say_ready(s, true);
	buf_add(&s->news, buf_span(&missed));
	buf_deinit(&missed);
	for (const struct lavanode_player *p = s->players; p; p = p->next)
		lavanode_say_update(s, p, now);
}

struct lavanode_session *lavanode_enter(
	struct lavanode *node, const struct lavanode_how *how, struct span id, ns now)
{
	struct lavanode_session *s;

	if (lavanode_can_resume(node, how, id, now)) {
		s = session_of(node, id);
		resume(s, now);
		return s;
	}
	s = session_add(node, now);
	if (s)
		say_ready(s, false);
	return s;
}

void lavanode_leave(struct lavanode *node, struct lavanode_session *s, ns now)
{
	s->wake = NULL;
	if (!s->resuming) {
		session_drop(node, s);
		return;
	}
	s->gone = true;
	s->until = now + s->timeout;
}

void lavanode_deinit(struct lavanode *node)
{
	while (node->sessions)
		session_drop(node, node->sessions);
}
