/* A Lavalink node without connections: its REST answers, its sessions, what they have to say. */
#include "unit.h"

#include "serve/lavanode_json.h"
#include "serve/lavanode_rest.h"

#define PASSWORD SPAN("youshallnotpass")
#define BEGAN (100 * NS_S)

static struct lavanode node;
static struct lavanode_how how;
static ns now;

static int fresh(void **state)
{
	(void)state;
	lavanode_deinit(&node);
	node = (struct lavanode){.began = BEGAN};
	how = (struct lavanode_how){.password = PASSWORD};
	now = BEGAN + NS_S;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	lavanode_deinit(&node);
	return 0;
}

/* What came; valid until the next request. */
static struct lavanode_reply reply;

static unsigned ask(const char *method, const char *target, const char *body)
{
	struct span t = span_of(target), path = {0};
	struct lavanode_ask a = {.method = span_of(method),
		.body = span_of(body),
		.authorization = PASSWORD,
		.authorized = true};

	span_cut(&t, '?', &path);
	a.path = path;
	a.query = t;
	buf_deinit(&reply.body);
	reply = (struct lavanode_reply){.body.max = 64 << 10};
	lavanode_rest(&node, &how, &a, now, &reply);
	return reply.status;
}

static struct span of(struct span object, const char *key)
{
	struct json_token t = {0};

	return json_member(object, span_of(key), &t) ? t.raw : (struct span){0};
}

static struct span body(const char *key)
{
	return of(buf_span(&reply.body), key);
}

/* The next message of the session is this op; *text has it. */
static void assert_news(struct lavanode_session *s, const char *op, struct buf *text)
{
	buf_clear(text);
	buf_add(text, lavanode_news(s));
	lavanode_news_drop(s);
	assert_span(of(buf_span(text), "op"), op);
}

static void test_doors(void **state)
{
	struct lavanode_ask a = {.method = SPAN("GET"), .path = SPAN("/version")};
	struct lavanode_reply r = {.body.max = 1024};

	(void)state;
	lavanode_rest(&node, &how, &a, now, &r);
	assert_int_equal(r.status, 401);
	assert_int_equal(lavanode_doorman(&how, &a, SPAN("1")), 401);
	a.authorized = true;
	a.authorization = SPAN("youshallnotpass ");
	lavanode_rest(&node, &how, &a, now, &r);
	assert_int_equal(r.status, 403);
	assert_int_equal(r.body.n, 0);
	assert_int_equal(lavanode_doorman(&how, &a, SPAN("1")), 401);
	a.authorization = PASSWORD;
	lavanode_rest(&node, &how, &a, now, &r);
	assert_int_equal(r.status, 200);
	assert_buf(&r.body, "4.1.1");
	assert_int_equal(lavanode_doorman(&how, &a, SPAN("123456789")), 0);
	assert_int_equal(lavanode_doorman(&how, &a, SPAN("abc")), 0);
	assert_int_equal(lavanode_doorman(&how, &a, SPAN("0")), 400);
	assert_int_equal(lavanode_doorman(&how, &a, (struct span){0}), 400);
	buf_deinit(&r.body);
}

static void test_says_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/v4/info", ""), 200);
	assert_span(of(body("version"), "semver"), "4.1.1");
	assert_span(of(body("version"), "minor"), "1");
	assert_span(body("sourceManagers"), "[\"http\",\"local\",\"soundcloud\",\"bandcamp\"]");
	assert_int_equal(ask("GET", "/v4/stats", ""), 200);
	assert_span(body("uptime"), "1000");
	assert_span(body("frameStats"), "null");
	assert_span(of(body("cpu"), "systemLoad"), "0.042");
	how.wants_channel = true;
	ask("GET", "/version", "");
	assert_buf(&reply.body, "4.2.2");
}

static void test_errors_are_spring_s(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/v4/nothing", ""), 404);
	assert_span(body("status"), "404");
	assert_span(body("error"), "Not Found");
	assert_span(body("path"), "/v4/nothing");
	assert_true(body("timestamp").n == 13);
	assert_int_equal(ask("POST", "/v4/info", ""), 405);
	assert_int_equal(ask("GET", "/v4/sessions/nobody/players", ""), 404);
	assert_span(body("message"), "Session not found");
	assert_int_equal(ask("GET", "/", ""), 200);
	assert_int_equal(reply.body.n, 0);
	how.v3 = true;
	assert_int_equal(ask("GET", "/v4/info", ""), 404);
}

static void test_loads_one_track(void **state)
{
	(void)state;
	assert_int_equal(
		ask("GET", "/v4/loadtracks?identifier=https%3A%2F%2Fexample.org%2Ftone.wav", ""),
		200);
	assert_span(body("loadType"), "track");
	assert_span(of(of(body("data"), "info"), "title"), "Test tone");
	ask("GET", "/v4/loadtracks?identifier=ytsearch:never", "");
	assert_span(body("loadType"), "empty");
	assert_span(body("data"), "{}");
	ask("GET", "/v4/loadtracks?identifier=http://127.0.0.1/page", "");
	assert_span(body("loadType"), "error");
	assert_int_equal(ask("GET", "/v4/loadtracks", ""), 400);
	assert_int_equal(ask("GET", "/v4/decodetrack?track=" LAVANODE_TONE_ENCODED, ""), 200);
	assert_span(body("encoded"), LAVANODE_TONE_ENCODED);
	assert_int_equal(ask("GET", "/v4/decodetrack?track=QAAA", ""), 400);
}

static const char *at(const struct lavanode_session *s, const char *rest)
{
	static char path[128];

	snprintf(path, sizeof(path), "/v4/sessions/%s%s", s->id, rest);
	return path;
}

#define VOICE "{\"token\":\"t\",\"endpoint\":\"e.discord.media:443\",\"sessionId\":\"s\""

static void test_plays(void **state)
{
	struct lavanode_session *s = lavanode_enter(&node, &how, (struct span){0}, now);
	struct buf text = {.max = 8192};

	(void)state;
	assert_news(s, "ready", &text);
	assert_span(of(buf_span(&text), "resumed"), "false");
	assert_span(of(buf_span(&text), "sessionId"), s->id);
	assert_int_equal(ask("PATCH", at(s, "/players/42"), "{\"voice\":" VOICE "}}"), 200);
	assert_span(of(body("state"), "connected"), "true");
	assert_span(body("track"), "null");
	assert_news(s, "playerUpdate", &text);
	assert_int_equal(
		ask("PATCH", at(s, "/players/42?noReplace=false"),
			"{\"track\":{\"encoded\":\"" LAVANODE_TONE_ENCODED "\"},\"volume\":50}"),
		200);
	assert_span(body("volume"), "50");
	assert_span(of(of(body("track"), "info"), "sourceName"), "http");
	assert_news(s, "event", &text);
	assert_span(of(buf_span(&text), "type"), "TrackStartEvent");
	assert_span(of(buf_span(&text), "guildId"), "42");
	now += 500 * NS_MS;
	ask("GET", at(s, "/players/42"), "");
	assert_span(of(body("state"), "position"), "500");
	now += 1500 * NS_MS;
	lavanode_tick(&node, s, &how, now);
	assert_news(s, "stats", &text);
	assert_span(of(of(buf_span(&text), "frameStats"), "sent"), "3000");
	assert_news(s, "event", &text);
	assert_span(of(buf_span(&text), "reason"), "finished");
	assert_int_equal(ask("DELETE", at(s, "/players/42"), ""), 204);
	assert_int_equal(ask("GET", at(s, "/players/42"), ""), 404);
	assert_span(body("message"), "Player not found");
	buf_deinit(&text);
}

static void test_refuses_half_a_voice(void **state)
{
	struct lavanode_session *s = lavanode_enter(&node, &how, (struct span){0}, now);

	(void)state;
	assert_int_equal(ask("PATCH", at(s, "/players/1"), "{\"voice\":{\"token\":\"t\"}}"), 400);
	assert_int_equal(ask("PATCH", at(s, "/players/1"), "{\"voice\":"), 400);
	assert_int_equal(ask("PATCH", at(s, "/players/x"), "{}"), 400);
	how.wants_channel = true;
	assert_int_equal(ask("PATCH", at(s, "/players/1"), "{\"voice\":" VOICE "}}"), 400);
	assert_int_equal(
		ask("PATCH", at(s, "/players/1"), "{\"voice\":" VOICE ",\"channelId\":\"7\"}}"),
		200);
}

static void test_voice_closed(void **state)
{
	struct lavanode_session *s = lavanode_enter(&node, &how, (struct span){0}, now);
	struct buf text = {.max = 8192};

	(void)state;
	how.voice_code = 4006;
	ask("PATCH", at(s, "/players/1"), "{\"voice\":" VOICE "}}");
	assert_news(s, "ready", &text);
	assert_news(s, "playerUpdate", &text);
	assert_news(s, "event", &text);
	assert_span(of(buf_span(&text), "type"), "WebSocketClosedEvent");
	assert_span(of(buf_span(&text), "code"), "4006");
	assert_news(s, "playerUpdate", &text);
	assert_span(of(of(buf_span(&text), "state"), "connected"), "false");
	buf_deinit(&text);
}

static void test_resumes(void **state)
{
	struct lavanode_session *s = lavanode_enter(&node, &how, (struct span){0}, now);
	struct buf text = {.max = 8192};
	char id[LAVANODE_ID + 1];

	(void)state;
	strcpy(id, s->id);
	assert_int_equal(ask("PATCH", at(s, ""), "{\"resuming\":true,\"timeout\":30}"), 200);
	assert_buf(&reply.body, "{\"resuming\":true,\"timeout\":30}");
	ask("PATCH", at(s, "/players/1"), "{\"voice\":" VOICE "}}");
	while (lavanode_news(s).n)
		lavanode_news_drop(s);
	assert_false(lavanode_can_resume(&node, &how, span_of(id), now)); /* it is connected */
	lavanode_leave(&node, s, now);
	assert_int_equal(ask("GET", at(s, "/players"), ""), 404);
	assert_true(lavanode_can_resume(&node, &how, span_of(id), now + 29 * NS_S));
	lavanode_say_voice_closed(s, 1, 4014);
	s = lavanode_enter(&node, &how, span_of(id), now + 29 * NS_S);
	assert_string_equal(s->id, id);
	assert_news(s, "ready", &text);
	assert_span(of(buf_span(&text), "resumed"), "true");
	assert_news(s, "event", &text);
	assert_news(s, "playerUpdate", &text);
	lavanode_leave(&node, s, now);
	assert_false(lavanode_can_resume(&node, &how, span_of(id), now + 30 * NS_S));
	assert_int_equal(node.n_sessions, 0);
	buf_deinit(&text);
}

static void test_forgets(void **state)
{
	struct lavanode_session *s = lavanode_enter(&node, &how, (struct span){0}, now);
	char id[LAVANODE_ID + 1];

	(void)state;
	lavanode_leave(&node, s, now); /* nobody asked for resuming */
	assert_int_equal(node.n_sessions, 0);
	s = lavanode_enter(&node, &how, (struct span){0}, now);
	ask("PATCH", at(s, ""), "{\"resuming\":true}");
	strcpy(id, s->id);
	lavanode_leave(&node, s, now);
	how.never_resumes = true;
	assert_false(lavanode_can_resume(&node, &how, span_of(id), now));
	s = lavanode_enter(&node, &how, span_of(id), now);
	assert_string_not_equal(s->id, id);
}

/* A session that waits does not grow for ever, and what it kept is whole. */
static void test_bounded(void **state)
{
	struct lavanode_session *s = lavanode_enter(&node, &how, (struct span){0}, now);
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		lavanode_say_voice_closed(s, i, 4014);
	assert_true(s->news.n <= LAVANODE_NEWS_MAX);
	for (; lavanode_news(s).n; lavanode_news_drop(s), n++)
		assert_true(of(lavanode_news(s), "op").n > 0);
	assert_true(n > 1000 && n < 10001);
	for (unsigned i = 0; i < LAVANODE_SESSIONS_MAX - 1; i++)
		assert_non_null(lavanode_enter(&node, &how, (struct span){0}, now));
	assert_null(lavanode_enter(&node, &how, (struct span){0}, now));
	for (unsigned i = 1; i <= LAVANODE_PLAYERS_MAX; i++)
		assert_non_null(lavanode_player_add(s, i));
	assert_null(lavanode_player_add(s, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_doors, fresh),
		cmocka_unit_test_setup(test_says_what_it_is, fresh),
		cmocka_unit_test_setup(test_errors_are_spring_s, fresh),
		cmocka_unit_test_setup(test_loads_one_track, fresh),
		cmocka_unit_test_setup(test_plays, fresh),
		cmocka_unit_test_setup(test_refuses_half_a_voice, fresh),
		cmocka_unit_test_setup(test_voice_closed, fresh),
		cmocka_unit_test_setup(test_resumes, fresh),
		cmocka_unit_test_setup(test_forgets, fresh),
		cmocka_unit_test_setup(test_bounded, fresh),
	};
	int failed = cmocka_run_group_tests(tests, NULL, finish);

	buf_deinit(&reply.body);
	return failed;
}
