#include "unit.h"

#include "cmd/again.h"

static void check(const char *line, const char *const *argv)
{
	struct cmd_run r = {.argv = argv};
	struct buf out = {0};

	while (argv[r.argc])
		r.argc++;
	again_line(&out, &r);
	assert_buf(&out, line);
	buf_deinit(&out);
}
#define AGAIN(line, ...) check((line), (const char *const[]){__VA_ARGS__, NULL})

static void test_lines(void **state)
{
	(void)state;
	AGAIN("wsdx check ws://h:8080/x --timeout 5s", "check", "ws://h:8080/x", "--timeout", "5s");
	AGAIN("wsdx check 'ws://h/?a=1&b=2' --origin https://page.example", "check",
		"ws://h/?a=1&b=2", "--origin", "https://page.example");
	AGAIN("wsdx check --from-curl 'curl -k http://h/ -N'", "check", "--from-curl",
		"curl -k \\\n   http://h/ \\\n -N\n");
	AGAIN("wsdx check --send 'it'\\''s' ''", "check", "--send", "it's", "");
	AGAIN("wsdx check -H 'Origin: https://a' -H @headers '-HUser-Id: 1'", "check", "-H",
		"Origin: https://a", "-H", "@headers", "-HUser-Id: 1");
}

static void test_secrets(void **state)
{
	(void)state;
	AGAIN("wsdx check wss://h/", "check", "wss://user:hunter2@h/");
	AGAIN("wsdx check 'wss://h/?token=(7 characters)&a=1'", "check",
		"wss://h/?token=hunter2&a=1");
	AGAIN("wsdx check -H 'X-Mine: [hidden:7]' '--header=X: [hidden:7]' '-HA: [hidden:7]'",
		"check", "-H", "X-Mine: hunter2", "--header=X:hunter2", "-HA:  hunter2");
	AGAIN("wsdx check --header '[hidden:7]'", "check", "--header", "hunter2");
	AGAIN("wsdx check -x http://p:3128/", "check", "-x", "http://u:hunter2@p:3128");
	AGAIN("wsdx check '--proxy=http://[hidden:9]@p:3128'", "check",
		"--proxy=http://u:hunter2@p:3128");
	AGAIN("wsdx check --password '[hidden:7]' '--password=[hidden:7]' --password-file p",
		"check", "--password", "hunter2", "--password=hunter2", "--password-file", "p");
	AGAIN("wsdx check --node-config '[hidden:26]' --node-config node.json", "check",
		"--node-config", "{url:'h:1',auth:'hunter2'}", "--node-config", "node.json");
	AGAIN("wsdx check lavalink://h:2333/", "check", "lavalink://:hunter2@h");
	AGAIN("wsdx check --from-curl 'curl -H \"Authorization: [hidden:7]\" http://h/'", "check",
		"--from-curl", "curl -H \"Authorization: hunter2\" http://h/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
