#include "unit.h"

#include "base/url.h"

static void good(const char *text, const char *said, const char *host, bool guessed)
{
	struct buf b = {0};
	struct url u;
	const char *why = "";

	if (!url_parse(span_of(text), &u, &why))
		fail_msg("%s: %s", text, why);
	url_say(&b, &u);
	assert_buf(&b, said);
	assert_span(u.host, host);
	assert_int_equal(u.guessed, guessed);
	buf_deinit(&b);
}

static void test_good(void **state)
{
	(void)state;
	good("ws://h", "ws://h/", "h", false);
	good("WSS://H:443/a?b#c", "wss://H/a?b", "H", false);
	good("https://h:8443", "https://h:8443/", "h", false);
	good("h", "ws://h/", "h", true);
	good("h:443", "wss://h/", "h", true);
	good("h:8080/x", "ws://h:8080/x", "h", true);
	good("h:8080/x?to=https://i", "ws://h:8080/x?to=https://i", "h", true);
	good("h?https://i", "ws://h/?https://i", "h", true);
	good("ws://[::1]:80/", "ws://[::1]/", "::1", false);
	good("[fe80::1%eth0]:9", "ws://[fe80::1%eth0]:9/", "fe80::1%eth0", true);
	good("ws://h?q", "ws://h/?q", "h", false);
	good("ws://u:p@w@h:1/", "ws://h:1/", "h", false);
	good("ws://h/socket/eyJhbGciOiJub25lIn0.e30.c2ln/x?a&b=eyJhbGciOiJub25lIn0.e30.c2ln", "ws://h/socket/[hidden:28]/x?a&b=[hidden:28]",
		"h", false);
	good("ws://h/api/v4/websocket-connections?EIO=4&transport=websocket&room=lobby",
		"ws://h/api/v4/websocket-connections?EIO=4&transport=websocket&room=lobby", "h", false);
	good("http://h/v4/sessions/aupw71pa/players/1?a=b", "http://h/v4/sessions/(8 characters)/players/1?a=b", "h", false);
	good("lavalink://:pw@h", "lavalink://h:2333/", "h", false);
	good("ws://h/?token=abc&x=1&Api_Key=12345", "ws://h/?token=(3 characters)&x=1&Api_Key=(5 characters)", "h", false);
}

static void bad(const char *text, const char *word)
{
	struct url u;
	const char *why = "";

	assert_false(url_parse(span_of(text), &u, &why));
	if (!strstr(why, word))
		fail_msg("%s: %s", text, why);
}

static void test_bad(void **state)
{
	(void)state;
	bad("", "host");
	bad("ftp://h", "scheme");
	bad("ws://", "host");
	bad("ws://h:", "port");
	bad("ws://h:0", "port");
	bad("ws://h:65536", "port");
	bad("ws://h:8x", "port");
	bad("ws://::1", "brackets");
	bad("ws://[::1", "brackets");
	bad("ws://[g]/", "IPv6");
	bad("ws://[::1]x/", ":PORT");
	bad("ws://a b/", "host");
	bad("ws://a\x1b/", "host");
	bad("ws://h/a b", "%20");
	bad("ws://h/\n", "%20");
}

static void test_parts(void **state)
{
	struct buf b = {0};
	struct url u;
	const char *why;

	(void)state;
	assert_true(url_parse(SPAN("wss://user:pa%40ss@h:444/a/b?x=1&y"), &u, &why));
	assert_span(u.user, "user");
	assert_span(u.password, "pa%40ss");
	assert_span(url_path(&u), "/a/b");
	assert_span(url_query(&u), "x=1&y");
	url_origin(&b, &u);
	assert_buf(&b, "https://h:444");
	buf_clear(&b);
	url_target(&b, &u);
	assert_buf(&b, "/a/b?x=1&y");
	buf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad), cmocka_unit_test(test_parts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
