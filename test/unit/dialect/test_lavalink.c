/* What a node says by WebSocket and by REST, as Lavalink's documentation shows it. */
#include "dialect.h"

#include "dialect/lavalink/lavalink.h"

static void open_node(struct bench *b, const char *more)
{
	struct buf answer = {0};

	bench_init(b, SEAT_CLIENT);
	conn_push(&b->conn, &dialect_http);
	conn_push(&b->conn, &dialect_ws);
	conn_push(&b->conn, &dialect_lavalink);
	bench_listen(b);
	ws_connect(conn_layer(&b->conn, &dialect_ws),
		&(struct ws_ask){.target = SPAN("/v4/websocket"), .host = SPAN("h")});
	buf_addf(&answer,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
		"Upgrade\r\n%s"
		"Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n",
		more);
	b->conn.now = 10 * NS_MS;
	conn_feed(&b->conn, SERVER, buf_span(&answer));
	buf_deinit(&answer);
	buf_clear(&b->units);
}

static void say(struct bench *b, const char *json)
{
	struct buf frame = {0};
	size_t n = strlen(json);

	buf_addc(&frame, '\x81');
	if (n > 125) {
		buf_addc(&frame, 126);
		buf_addc(&frame, (char)(n >> 8));
	}
	buf_addc(&frame, (char)n);
	buf_addz(&frame, json);
	b->conn.now += 5 * NS_MS;
	conn_feed(&b->conn, SERVER, buf_span(&frame));
	buf_deinit(&frame);
}

static void test_ready(void **state)
{
	const struct obs *o;
	struct bench b;

	(void)state;
	open_node(&b, "Session-Resumed: true\r\nLavalink-Api-Version: 4\r\n");
	say(&b, "{\"op\":\"ready\",\"resumed\":true,\"sessionId\":\"la3kfsdf5eafe848\"}");
	o = bench_find(&b, &lavalink_ready);
	assert_field(o, k_resumed_header, "true");
	assert_int_equal(obs_int(o, &k_resumed), 1);
	assert_int_equal(obs_int(o, &k_api), 4);
	assert_int_equal(obs_int(o, &k_took), 5 * NS_MS);
	assert_span(
		lavalink_session_id(conn_layer(&b.conn, &dialect_lavalink)), "la3kfsdf5eafe848");
	assert_buf(&b.units,
		"s1[{\"op\":\"ready\",\"resumed\":true,\"sessionId\":\"la3kfsdf5eafe848\"}]");
	assert_null(bench_find(&b, &lavalink_fault));
	bench_deinit(&b);
}

static void test_session_never_noted(void **state)
{
	struct buf saved = {0};
	struct bench b;

	(void)state;
	open_node(&b, "");
	say(&b, "{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"la3kfsdf5eafe848\"}");
	say(&b, "{\"op\":\"playerUpdate\",\"guildId\":\"817327181659111454\",\"state\":{"
		"\"connected\":true,\"ping\":12}}");
	journal_save(&saved, &b.journal, SPAN("x"), "1");
	assert_int_equal(span_find(buf_span(&saved), SPAN("la3kf")), -1);
	assert_int_equal(span_find(buf_span(&saved), SPAN("817327181659111454")), -1);
	buf_deinit(&saved);
	bench_deinit(&b);
}

static void test_stats(void **state)
{
	const struct obs *o;
	struct bench b;

	(void)state;
	open_node(&b, "");
	say(&b, "{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"a\"}");
	say(&b, "{\"op\":\"stats\",\"players\":3,\"playingPlayers\":2,\"uptime\":61000,\"memory\":{"
		"\"free\":1,\"used\":2,"
		"\"allocated\":3,\"reservable\":4},\"cpu\":{\"cores\":4,\"systemLoad\":0.5,"
		"\"lavalinkLoad\":1.2E-1},"
		"\"frameStats\":{\"sent\":2990,\"nulled\":0,\"deficit\":-7}}");
	o = bench_find(&b, &lavalink_stats);
	assert_field(o, k_by, "websocket");
	assert_int_equal(obs_int(o, &k_players), 3);
	assert_int_equal(obs_int(o, &k_playing), 2);
	assert_int_equal(obs_int(o, &k_uptime), 61 * NS_S);
	assert_int_equal(obs_int(o, &k_memory_reservable), 4);
	assert_int_equal(obs_int(o, &k_system_load), 50);
	assert_int_equal(obs_int(o, &k_lavalink_load), 12);
	assert_int_equal(obs_int(o, &k_frames_sent), 2990);
	assert_int_equal(obs_int(o, &k_frames_deficit), -7);
	bench_deinit(&b);
}

static void test_events(void **state)
{
	const struct obs *o;
	struct bench b;

	(void)state;
	open_node(&b, "");
	say(&b, "{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"a\"}");
	say(&b, "{\"op\":\"event\",\"type\":\"TrackEndEvent\",\"guildId\":\"1\",\"reason\":"
		"\"finished\"}");
	say(&b, "{\"op\":\"event\",\"type\":\"WebSocketClosedEvent\",\"guildId\":\"1\",\"code\":"
		"4014,\"reason\":\"Disconnected.\","
		"\"byRemote\":true}");
	say(&b, "{\"op\":\"playerUpdate\",\"guildId\":\"1\",\"state\":{\"connected\":false,"
		"\"ping\":-1}}");
	assert_field(bench_find(&b, &lavalink_event), k_event, "TrackEndEvent");
	assert_field(bench_find(&b, &lavalink_event), k_reason, "finished");
	o = bench_find(&b, &lavalink_voice_closed);
	assert_int_equal(obs_int(o, &k_code), 4014);
	assert_int_equal(obs_int(o, &k_by_remote), 1);
	assert_field(o, k_meaning, lavalink_voice_meaning(4014));
	assert_int_equal(
		obs_int(o, &k_guild_tag), obs_int(bench_find(&b, &lavalink_player), &k_guild_tag));
	assert_false(obs_has(bench_find(&b, &lavalink_player), &k_ping));
	assert_null(bench_find(&b, &lavalink_fault));
	bench_deinit(&b);
}

static const struct {
	const char *json, *fault;
} broken[] = {
	{"[]", "json"},
	{"{\"op\":\"ready\"", "json"},
	{"{\"a\":1}", "op-missing"},
	{"{\"op\":\"pong\"}", "op-unknown"},
	{"{\"op\":\"ready\",\"resumed\":false}", "ready-session"},
	{"{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"b\"}", "ready-again"},
};

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const struct obs *o = NULL;
		struct bench b;

		open_node(&b, "");
		say(&b, "{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"a\"}");
		say(&b, broken[i].json);
		for (size_t k = 0; k < b.journal.n; k++)
			if (b.journal.all[k]->kind == &lavalink_fault &&
				obs_is(b.journal.all[k], &k_fault, broken[i].fault))
				o = b.journal.all[k];
		if (!o)
			print_error("%s: %s is not noted\n", broken[i].json, broken[i].fault);
		assert_non_null(o);
		bench_deinit(&b);
	}
}

static void test_strange_session(void **state)
{
	struct bench b;

	(void)state;
	open_node(&b, "");
	say(&b, "{\"op\":\"ready\",\"resumed\":false,\"sessionId\":\"a/../b\"}");
	assert_span(lavalink_session_id(conn_layer(&b.conn, &dialect_lavalink)), "");
	bench_deinit(&b);
}

static void exchange(
	struct bench *b, const char *method, const char *path, unsigned status, const char *body)
{
	bench_init(b, SEAT_CLIENT);
	lavalink_note_exchange(&b->journal, &(struct where){.flow = 1}, 1,
		&(struct lavalink_exchange){span_of(method), span_of(path), SPAN("given"), status,
			3 * NS_MS, span_of(body)});
}

static void test_version(void **state)
{
	struct bench b;

	(void)state;
	exchange(&b, "GET", "/version", 200, "4.0.8\n");
	assert_field(bench_find(&b, &lavalink_node), k_version, "4.0.8");
	assert_field(bench_find(&b, &lavalink_rest), k_path, "/version");
	bench_deinit(&b);
	exchange(&b, "GET", "/version", 200, "<html><body>hi</body></html>");
	assert_null(bench_find(&b, &lavalink_node));
	bench_deinit(&b);
	exchange(&b, "GET", "/version", 401, "4.0.8");
	assert_null(bench_find(&b, &lavalink_node));
	bench_deinit(&b);
}

static void test_info(void **state)
{
	const struct obs *o;
	struct bench b;

	(void)state;
	exchange(&b, "GET", "/v4/info", 200,
		"{\"version\":{\"semver\":\"4.0.8\",\"major\":4},\"jvm\":\"17.0.9\",\"lavaplayer\":"
		"\"2.2.2\","
		"\"sourceManagers\":[\"youtube\",\"http\"],\"filters\":[\"volume\"],"
		"\"plugins\":[{\"name\":\"lavasrc-plugin\",\"version\":\"4.3.0\"},{\"name\":\"x\"}]"
		"}");
	o = bench_find(&b, &lavalink_node);
	assert_field(o, k_version, "4.0.8");
	assert_field(o, k_player, "2.2.2");
	assert_field(o, k_jvm, "17.0.9");
	assert_field(o, k_sources, "youtube, http");
	assert_field(o, k_plugins, "lavasrc-plugin 4.3.0, x");
	bench_deinit(&b);
}

static void test_paths_without_ids(void **state)
{
	struct bench b;

	(void)state;
	exchange(&b, "PATCH", "/v4/sessions/abc/players/123?noReplace=true", 400,
		"{\"status\":400,\"error\":\"Bad Request\",\"message\":\"Partial Lavalink voice "
		"state\"}");
	assert_field(
		bench_find(&b, &lavalink_rest), k_path, "/v4/sessions/{session}/players/{guild}");
	assert_field(bench_find(&b, &lavalink_rest), k_message, "Partial Lavalink voice state");
	bench_deinit(&b);
	exchange(&b, "PATCH", "/v4/sessions/abc", 200, "{\"resuming\":true,\"timeout\":60}");
	assert_int_equal(obs_int(bench_find(&b, &lavalink_session), &k_timeout), 60 * NS_S);
	bench_deinit(&b);
}

static void test_voice_codes(void **state)
{
	(void)state;
	assert_string_equal(
		lavalink_voice_meaning(4017), "end-to-end encryption (DAVE) is required");
	assert_non_null(lavalink_voice_meaning(1006));
	assert_null(lavalink_voice_meaning(4999));
	assert_null(lavalink_voice_meaning(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_session_never_noted),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_strange_session),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_paths_without_ids),
		cmocka_unit_test(test_voice_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
