/* What a Lavalink node says about itself, its players and its track. */
#include <stdio.h>
#include <time.h>

#include "serve/lavanode_json.h"

static int64_t unix_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void text(struct json_out *o, const char *key, const char *value)
{
	json_key(o, key);
	if (value)
		json_str(o, span_of(value));
	else
		json_null(o);
}

static void number(struct json_out *o, const char *key, int64_t value)
{
	json_key(o, key);
	json_num(o, value);
}

static void flag(struct json_out *o, const char *key, bool value)
{
	json_key(o, key);
	json_bool(o, value);
}

static void texts(struct json_out *o, const char *key, const char *const *values)
{
	json_key(o, key);
	json_open(o, '[');
	for (; *values; values++)
		json_str(o, span_of(*values));
	json_close(o, ']');
}

/* JSON that is written already. */
static void written(struct json_out *o, const char *key, const struct buf *value)
{
	json_key(o, key);
	buf_add(o->buf, value->n ? buf_span(value) : SPAN("{}"));
	o->comma = true;
}

const char *lavanode_version(const struct lavanode_how *how)
{
	return how->version ? how->version : how->wants_channel ? "4.2.2" : "4.1.1";
}

static void write_version(struct json_out *o, const char *semver)
{
	static const char *const keys[] = {"major", "minor", "patch"};
	struct span rest = span_of(semver), part = {0};

	json_key(o, "version");
	json_open(o, '{');
	text(o, "semver", semver);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t v = 0;

		span_cut(&rest, '.', &part);
		span_uint(part, 1000, &v);
		number(o, keys[i], (int64_t)v);
	}
	text(o, "preRelease", NULL);
	text(o, "build", NULL);
	json_close(o, '}');
}

void lavanode_info_write(struct json_out *o, const struct lavanode_how *how)
{
	static const char *const sources[] = {"http", "local", "soundcloud", "bandcamp", NULL};
	static const char *const filters[] = {"volume", "equalizer", "timescale", "lowPass", NULL};

	json_open(o, '{');
	write_version(o, lavanode_version(how));
	number(o, "buildTime", 1735689600000);
	json_key(o, "git");
	json_open(o, '{');
	text(o, "branch", "HEAD");
	text(o, "commit", "0000000");
	number(o, "commitTime", 1735689600000);
	json_close(o, '}');
	text(o, "jvm", "17.0.13");
	text(o, "lavaplayer", "2.2.3");
	texts(o, "sourceManagers", sources);
	texts(o, "filters", filters);
	json_key(o, "plugins");
	json_open(o, '[');
	json_open(o, '{');
	text(o, "name", "wsdx-serve");
	text(o, "version", "1.0.0");
	json_close(o, '}');
	json_close(o, ']');
	json_close(o, '}');
}

static void write_tone(struct json_out *o, int64_t position)
{
	json_open(o, '{');
	text(o, "identifier", LAVANODE_TONE);
	flag(o, "isSeekable", true);
	text(o, "author", "wsdx serve");
	number(o, "length", LAVANODE_TONE_MS);
	flag(o, "isStream", false);
	number(o, "position", position);
	text(o, "title", "Test tone");
	text(o, "uri", LAVANODE_TONE);
	text(o, "sourceName", "http");
	text(o, "artworkUrl", NULL);
	text(o, "isrc", NULL);
	json_close(o, '}');
}

void lavanode_track_write(struct json_out *o, int64_t position)
{
	json_open(o, '{');
	text(o, "encoded", LAVANODE_TONE_ENCODED);
	json_key(o, "info");
	write_tone(o, position);
	json_key(o, "pluginInfo");
	json_open(o, '{');
	json_close(o, '}');
	json_key(o, "userData");
	json_open(o, '{');
	json_close(o, '}');
	json_close(o, '}');
}

void lavanode_state_write(struct json_out *o, const struct lavanode_player *p, ns now)
{
	json_key(o, "state");
	json_open(o, '{');
	number(o, "time", unix_ms());
	number(o, "position", lavanode_player_position(p, now));
	flag(o, "connected", p->connected);
	number(o, "ping", p->connected ? 17 : -1);
	json_close(o, '}');
}

void lavanode_player_write(struct json_out *o, const struct lavanode_player *p, ns now)
{
	char guild[24];

	snprintf(guild, sizeof(guild), "%llu", (unsigned long long)p->guild);
	json_open(o, '{');
	text(o, "guildId", guild);
	json_key(o, "track");
	if (p->playing)
		lavanode_track_write(o, lavanode_player_position(p, now));
	else
		json_null(o);
	number(o, "volume", p->volume);
	flag(o, "paused", p->paused);
	lavanode_state_write(o, p, now);
	written(o, "voice", &p->voice);
	written(o, "filters", &p->filters);
	json_close(o, '}');
}

static void write_frames(struct json_out *o, bool starved)
{
	json_key(o, "frameStats");
	json_open(o, '{');
	number(o, "sent", starved ? 2310 : 3000);
	number(o, "nulled", starved ? 240 : 0);
	number(o, "deficit", starved ? 450 : 0);
	json_close(o, '}');
}

static void write_machine(struct json_out *o, bool starved)
{
	json_key(o, "memory");
	json_open(o, '{');
	number(o, "free", 100 << 20);
	number(o, "used", 156 << 20);
	number(o, "allocated", 256 << 20);
	number(o, "reservable", 1 << 30);
	json_close(o, '}');
	json_key(o, "cpu");
	json_open(o, '{');
	number(o, "cores", starved ? 1 : 4);
	json_key(o, "systemLoad");
	json_real(o, starved ? 0.99 : 0.042);
	json_key(o, "lavalinkLoad");
	json_real(o, starved ? 0.913 : 0.011);
	json_close(o, '}');
}

static int64_t playing(const struct lavanode_session *s)
{
	int64_t n = 0;

	for (const struct lavanode_player *p = s->players; p; p = p->next)
		n += p->playing && !p->paused;
	return n;
}

void lavanode_stats_write(struct json_out *o, const struct lavanode *node,
	const struct lavanode_session *s, const struct lavanode_how *how, ns now)
{
	int64_t all = 0, active = 0;

	for (const struct lavanode_session *t = node->sessions; t; t = t->next) {
		all += (int64_t)t->n_players;
		active += playing(t);
	}
	/* Three players of somebody else's are what starves it. */
	all += how->starved ? 3 : 0;
	active += how->starved ? 3 : 0;
	if (s && (playing(s) || how->starved))
		write_frames(o, how->starved);
	else
		text(o, "frameStats", NULL);
	number(o, "players", all);
	number(o, "playingPlayers", active);
	number(o, "uptime", (now - node->began) / NS_MS);
	write_machine(o, how->starved);
}
