/* Nodes as the libraries' own documentation, logs and tickets have them. */
#include "unit.h"

#include "base/url.h"
#include "fact/all.h"
#include "reader/node_config.h"

static const struct {
	const char *text;
	const char *url, *name, *password;
} nodes[] = {
	/* Shoukaku */
	{"const Nodes = [{\n  name: 'Localhost',\n  url: 'localhost:2333',\n  auth: 'pw', // "
	 "comment\n}];",
		"ws://localhost:2333", "Localhost", "pw"},
	{"[{\"name\":\"a\",\"url\":\"10.0.0.7:443\",\"auth\":\"p\\\"w\",\"secure\":true}]",
		"wss://10.0.0.7:443", "a", "p\"w"},
	/* lavalink-client */
	{"nodes: [ { authorization: \"pw\", host: \"localhost\", port: 2333, id: \"test\", } ],",
		"ws://localhost:2333", "test", "pw"},
	/* as printed by a bot */
	{"Initializing Shoukaku with configuration: {\n \"host\": \"localhost\",\n \"port\": "
	 "2333,\n \"secure\": false,\n"
	 " \"passwordLength\": 15,\n \"nodeUrl\": \"http://localhost:2333\"\n}",
		"ws://localhost:2333", "", ""},
	/* erela.js, magmastream */
	{"{ host: `node.example`, port: '80', password: `pw`, secure: false }",
		"ws://node.example:80", "", "pw"},
	/* Wavelink, Mafic */
	{"node = wavelink.Node(uri=\"https://node.example:443\", password=\"pw\")",
		"https://node.example:443", "", "pw"},
	{"await pool.create_node(host=\"127.0.0.1\", port=2333, label=\"MAIN\", password=\"pw\")",
		"ws://127.0.0.1:2333", "MAIN", "pw"},
	/* defaults of expressions */
	{"{ host: process.env.HOST || 'localhost', port: Number(process.env.PORT) || 2333, auth: "
	 "process.env.PW, "
	 "secure: process.env.TLS === 'true' }",
		"ws://localhost:2333", "", ""},
	{"{url:'[::1]:2333',auth:'pw'}", "ws://[::1]:2333", "", "pw"},
	{"{host:'::1',port:2333,auth:'pw'}", "ws://[::1]:2333", "", "pw"},
	{"host: 'h.example', port: 2333, password: 'pw'", "ws://h.example:2333", "", "pw"},
	{"{host:'h.example',auth:'pw'}", "ws://h.example", "", "pw"},
};

static void test_nodes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		struct node_config c;
		struct arena arena = {0};
		struct buf url = {0};
		struct url parsed;
		const char *why = NULL;

		if (!node_config_read(&c, &arena, span_of(nodes[i].text), &why))
			print_error("%s: %s\n", nodes[i].text, why);
		assert_int_equal(c.n, 1);
		node_config_url(&url, &c.nodes[0]);
		assert_buf(&url, nodes[i].url);
		assert_true(url_parse(buf_span(&url), &parsed, &why));
		assert_span(c.nodes[0].name, nodes[i].name);
		assert_span(c.nodes[0].password, nodes[i].password);
		assert_true(c.nodes[0].password_given);
		buf_deinit(&url);
		arena_deinit(&arena);
	}
}

static void test_several(void **state)
{
	struct node_config c;
	struct arena arena = {0};
	const char *why;

	(void)state;
	assert_true(node_config_read(
		&c, &arena, SPAN("[{url:'a:1',auth:'x'},{url:'b:2',auth:'y'}]"), &why));
	assert_int_equal(c.n, 2);
	assert_span(c.nodes[1].host, "b");
	assert_int_equal(c.nodes[1].port, 2);
	arena_deinit(&arena);
}

static void test_none(void **state)
{
	static const char *const texts[] = {"", "{}", "[[[[", "}}}}", "const url = 'http://x'",
		"{host:", "{host:'", "{\"port\":1}",
		"(((((((((("
		"((((((((((((((((((((((((((((("
		"(host='x')"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct node_config c;
		struct arena arena = {0};
		const char *why = NULL;

		if (node_config_read(&c, &arena, span_of(texts[i]), &why))
			print_error("%s\n", texts[i]);
		assert_int_equal(c.n, 0);
		assert_non_null(why);
		arena_deinit(&arena);
	}
}

static const struct {
	const char *text, *mistakes, *shape;
} mistaken[] = {
	{"{url:'h.example:2333',auth:'pw'}", "", ""},
	{"{url:'h.example:2333',auth:'youshallnotpass'}", "", "default"},
	{"{host:'h.example',auth:'pw'}", "node-port-missing", ""},
	{"{host:'h.example',port:99999,auth:'pw'}", "node-port-invalid", ""},
	{"{url:'http://h.example:2333',auth:'pw'}", "node-url-scheme", ""},
	{"{host:'http://h.example',port:2333,auth:'pw'}", "node-url-scheme", ""},
	{"(uri='http://h.example:2333',password='pw')", "", ""},
	{"(uri='http://h.example:2333',secure=True,password='pw')", "node-scheme-against-secure",
		""},
	{"{url:'h.example:2333',auth:'pw',secure:'false'}", "node-secure-is-text", ""},
	{"{url:'h.example:2333'}", "node-password-missing", ""},
	{"{url:'h.example:2333',auth:process.env.PW}", "", ""},
	{"{url:'h.example:2333',auth:String(process.env.PW)}", "", ""},
	{"{url:'h.example:2333',auth:''}", "node-password-shape", "empty"},
	{"{url:'h.example:2333',auth:'pw '}", "node-password-shape", "blank-around"},
	{"{url:'h.example:2333',auth:'pw\\n'}", "node-password-shape", "newline"},
	{"{url:'h.example:2333',auth:'\"secretword\"'}", "node-password-shape", "quoted"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistaken) / sizeof(mistaken[0]); i++) {
		struct buf names = {0}, saved = {0};
		struct journal j = {0};
		struct node_config c;
		struct arena arena = {0};
		const char *why;

		assert_true(node_config_read(&c, &arena, span_of(mistaken[i].text), &why));
		node_config_note(&c.nodes[0], &j, SPAN("option"));
		for (size_t k = 0; k < j.n; k++)
			if (j.all[k]->kind == &lavalink_config_mistake)
				buf_add(&names, obs_text(j.all[k], &k_mistake));
		assert_buf(&names, mistaken[i].mistakes);
		assert_span(obs_text(j.all[0], &k_secret_shape), mistaken[i].shape);
		journal_save(&saved, &j, SPAN("x"), "1");
		assert_int_equal(span_find(buf_span(&saved), SPAN("secretword")), -1);
		buf_deinit(&names);
		buf_deinit(&saved);
		journal_deinit(&j);
		arena_deinit(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
