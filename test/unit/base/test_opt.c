#include "unit.h"

#include "base/opt.h"
#include "base/text.h"

struct options {
	bool insecure, ipv4;
	struct span origin, eio, level;
	int64_t samples;
	ns timeout;
	uint64_t size;
	struct opt_list header, config;
};

#define AT(field) offsetof(struct options, field)

static const struct opt table[] = {
	{"insecure", 'k', OPT_FLAG, AT(insecure), NULL, "go on when the certificate is not trusted",
		"Connection"},
	{"ipv4", '4', OPT_FLAG, AT(ipv4), NULL, "IPv4 only"},
	{"header", 'H', OPT_LIST, AT(header), "'Name: value'",
		"a header of the handshake; @FILE reads them from a file"},
	{"timeout", 't', OPT_DURATION, AT(timeout), "DURATION", "how long each step may take",
		"Limits", .min = 10 * NS_MS, .max = 600 * NS_S},
	{"samples", 0, OPT_NUMBER, AT(samples), "N", "how often", .min = 1, .max = 100},
	{"size", 0, OPT_SIZE, AT(size), "BYTES", "messages up to this size"},
	{"eio", 0, OPT_CHOICE, AT(eio), NULL, "the Engine.IO version", .choices = "auto|3|4"},
	{"origin", 0, OPT_TEXT, AT(origin), "ORIGIN",
		"what a browser would send; it's [not] checked here, but by the server", "Other"},
	{"level", 0, OPT_CHOICE, AT(level), "LEVEL", "how much to say", .choices = "low|high"},
	{"config", 0, OPT_MANY, AT(config), "FILE", "configuration files"},
	{"keep-open", 0, OPT_FLAG, AT(ipv4), NULL, "secret", .hidden = true},
	{0},
};

static const char *no_env(const char *name)
{
	(void)name;
	return NULL;
}

struct parsed {
	struct options o;
	struct opt_list words;
	struct buf error;
	enum opt_result result;
};

/* The words end with a NULL. */
static struct parsed *parse(const char *(*env)(const char *), const char *const *argv)
{
	static struct parsed p;
	int argc = 0;

	buf_deinit(&p.error);
	memset(&p, 0, sizeof(p));
	while (argv[argc])
		argc++;
	p.result = opt_parse(table, (struct opt_input){argc, argv, env}, &p.o, &p.words, &p.error);
	if (p.result == OPT_OK)
		assert_int_equal(p.error.n, 0);
	return &p;
}
#define PARSE(...) parse(no_env, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void refused(const char *error, struct parsed *p)
{
	assert_int_equal(p->result, OPT_BAD);
	assert_buf(&p->error, error);
}

static void test_forms(void **state)
{
	struct parsed *p = PARSE("--timeout", "5s", "url", "--samples=3", "-t2m", "-k4", "-H",
		"A: b", "-HC: d", "--", "-x");

	(void)state;
	assert_int_equal(p->result, OPT_OK);
	assert_true(p->o.timeout == 120 * NS_S);
	assert_int_equal(p->o.samples, 3);
	assert_true(p->o.insecure);
	assert_true(p->o.ipv4);
	assert_int_equal(p->o.header.n, 2);
	assert_span(p->o.header.v[0], "A: b");
	assert_span(p->o.header.v[1], "C: d");
	assert_int_equal(p->words.n, 2);
	assert_span(p->words.v[0], "url");
	assert_span(p->words.v[1], "-x");
	p = PARSE("-k4t", "1s", "-", "--origin=", "--origin=--size");
	assert_int_equal(p->result, OPT_OK);
	assert_true(p->o.timeout == NS_S);
	assert_span(p->words.v[0], "-");
	assert_span(p->o.origin, "--size");
	assert_int_equal(PARSE()->result, OPT_OK);
}

static void test_many(void **state)
{
	struct parsed *p =
		PARSE("--config", "a", "b", "--config=c", "url", "--config", "d", "-k", "e");

	(void)state;
	assert_int_equal(p->result, OPT_OK);
	assert_int_equal(p->o.config.n, 4);
	assert_span(p->o.config.v[3], "d");
	assert_int_equal(p->words.n, 2);
	assert_span(p->words.v[0], "url");
	assert_span(p->words.v[1], "e");
}

static void test_errors(void **state)
{
	(void)state;
	refused("--timeout: '5x' is not a duration; write 500ms, 5s, 2m", PARSE("--timeout", "5x"));
	refused("--timeout: '5x' is not a duration; write 500ms, 5s, 2m", PARSE("-t5x"));
	refused("--timeout: '1ms' is out of range; 10 ms to 10 min", PARSE("--timeout=1ms"));
	refused("--samples: '0' is out of range; 1 to 100", PARSE("--samples", "0"));
	refused("--samples: '-5' is out of range; 1 to 100", PARSE("--samples", "-5"));
	refused("--samples: 'x' is not a whole number", PARSE("--samples", "x"));
	refused("--size: '1z' is not a size; write 1000, 64k, 1M", PARSE("--size", "1z"));
	refused("--eio: '5' is none of auto, 3, 4", PARSE("--eio", "5"));
	refused("--timeout: DURATION is missing", PARSE("--timeout"));
	refused("--eio: auto|3|4 is missing", PARSE("--eio"));
	refused("--origin: ORIGIN is missing; a value that begins with a dash is written "
		"--origin=-…",
		PARSE("--origin", "--timeout", "5s"));
	refused("--config: FILE is missing; a value that begins with a dash is written --config=-…",
		PARSE("--config", "-k"));
	refused("--insecure: takes no value", PARSE("--insecure=1"));
	refused("--timout: no such option; did you mean --timeout?", PARSE("--timout", "5s"));
	refused("--timout: no such option; did you mean --timeout?", PARSE("--timout=5s"));
	refused("--zzzzzz: no such option", PARSE("--zzzzzz"));
	refused("-z: no such option", PARSE("-kz"));
}

static void test_hostile_words(void **state)
{
	const char *many[OPT_LIST_MAX + 2] = {0};
	char *huge = test_malloc(100001);

	(void)state;
	refused("--timeout: '\\x1b[31m' is not a duration; write 500ms, 5s, 2m",
		PARSE("--timeout", "\x1b[31m"));
	for (size_t i = 0; i <= OPT_LIST_MAX; i++)
		many[i] = "-Hx";
	refused("--header: 'x' is one too many; 64 are allowed", parse(no_env, many));
	for (size_t i = 0; i <= OPT_LIST_MAX; i++)
		many[i] = "x";
	refused("too many words", parse(no_env, many));
	memset(huge, '-', 100000);
	huge[100000] = '\0';
	assert_int_equal(PARSE(huge)->result, OPT_BAD);
	assert_int_equal(PARSE("--timeout", huge)->result, OPT_BAD);
	test_free(huge);
}

static void test_help_asked(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-h")->result, OPT_BRIEF);
	assert_int_equal(PARSE("-kh")->result, OPT_BRIEF);
	assert_int_equal(PARSE("--help", "--nonsense")->result, OPT_HELP);
	assert_int_equal(PARSE("--", "--help")->result, OPT_OK);
	assert_int_equal(PARSE("-H", "-h")->result, OPT_OK);
}

static const char *env(const char *name)
{
	static const char *const rows[][2] = {{"WSDX_TIMEOUT", "7s"}, {"WSDX_INSECURE", "yes"},
		{"WSDX_IPV4", "0"}, {"WSDX_HEADER", "A: 1\nB: 2\n"}, {"WSDX_ORIGIN", ""},
		{"WSDX_KEEP_OPEN", "on"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(name, rows[i][0]) == 0)
			return rows[i][1];
	return NULL;
}

static const char *bad_env(const char *name)
{
	return strcmp(name, "WSDX_KEEP_OPEN") == 0 ? "maybe" : NULL;
}

static void test_environment(void **state)
{
	struct parsed *p = parse(env, (const char *const[]){"-HC: 3", NULL});

	(void)state;
	assert_int_equal(p->result, OPT_OK);
	assert_true(p->o.timeout == 7 * NS_S);
	assert_true(p->o.insecure);
	assert_int_equal(p->o.header.n, 1);
	assert_span(p->o.header.v[0], "C: 3");
	p = parse(env, (const char *const[]){"--timeout=1s", NULL});
	assert_true(p->o.timeout == NS_S);
	assert_int_equal(p->o.header.n, 2);
	assert_span(p->o.header.v[1], "B: 2");
	refused("WSDX_KEEP_OPEN: 'maybe' is neither yes nor no; write 1 or 0",
		parse(bad_env, (const char *const[]){NULL}));
}

static void test_help(void **state)
{
	struct buf b = {0};
	struct span left, line;

	(void)state;
	opt_help(&b, table, 80);
	assert_true(span_find(buf_span(&b),
			    SPAN("Connection:\n  -k, --insecure              go on when")) >= 0);
	assert_true(span_find(buf_span(&b), SPAN("      --eio auto|3|4")) >= 0);
	assert_true(span_find(buf_span(&b),
			    SPAN("how long each step may take (10 ms to 10 min)")) >= 0);
	assert_true(span_find(buf_span(&b), SPAN("keep-open")) < 0);
	assert_true(span_find(buf_span(&b), SPAN("how much to say (low, high)")) >= 0);
	assert_true(span_ends(
		buf_span(&b), SPAN("\n  -h, --help                  examples; everything\n")));
	buf_clear(&b);
	for (size_t width = 30; width < 120; width += 7) {
		buf_clear(&b);
		opt_help(&b, table, width);
		left = buf_span(&b);
		while (span_cut(&left, '\n', &line))
			assert_true(text_columns(line) <= (width < 34 ? 34 : width));
	}
	buf_deinit(&b);
}

static void test_wrap(void **state)
{
	struct buf b = {0};

	(void)state;
	opt_wrap(&b, SPAN("one two three four\nnext\n\nunbreakable-word x"), 10, 2, 4);
	assert_buf(&b, "one\n  two\n  three\n  four\n  next\n\n  unbreakable-word\n  x");
	buf_deinit(&b);
}

static void test_man(void **state)
{
	struct buf b = {0};

	(void)state;
	opt_man(&b, table);
	assert_true(
		span_find(buf_span(&b),
			SPAN(".SS Connection\n.TP\n\\fB\\-k\\fR, \\fB\\-\\-insecure\\fR\n")) >= 0);
	assert_true(span_find(buf_span(&b),
			    SPAN("\\fB\\-\\-header\\fR \\fI\\(aqName: value\\(aq\\fR\n")) >= 0);
	buf_clear(&b);
	opt_roff(&b, SPAN(".TH\n'x \\n - é \xff"));
	assert_buf(&b, "\\&.TH\n\\(aqx \\en \\- \\[u00E9] ?");
	buf_deinit(&b);
}

static void test_word(void **state)
{
	struct buf b = {0};

	(void)state;
	opt_word(&b, SPAN("ws://[::1]/?a=1&b"));
	opt_word(&b, SPAN(" "));
	opt_word(&b, SPAN("ws://h:1/x"));
	opt_word(&b, SPAN(""));
	opt_word(&b, SPAN("it's"));
	assert_buf(&b, "'ws://[::1]/?a=1&b'' 'ws://h:1/x'''it'\\''s'");
	buf_deinit(&b);
}

static void test_completions(void **state)
{
	struct buf b = {0};

	(void)state;
	opt_bash(&b, table);
	assert_true(
		span_find(buf_span(&b),
			SPAN("--eio) COMPREPLY=($(compgen -W 'auto 3 4' -- \"$cur\")); return")) >=
		0);
	assert_true(span_find(buf_span(&b), SPAN("--config) COMPREPLY=($(compgen -f ")) >= 0);
	buf_clear(&b);
	opt_zsh(&b, table);
	assert_true(
		span_find(buf_span(&b),
			SPAN("'--origin=[what a browser would send; it'\\''s \\[not\\] checked")) >=
		0);
	buf_clear(&b);
	opt_fish(&b, table, "wsdx", "check");
	assert_true(span_find(buf_span(&b),
			    SPAN("-l timeout -s t -x -d 'how long each step may take'\n")) >= 0);
	assert_true(span_find(buf_span(&b), SPAN("keep-open")) < 0);
	buf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_hostile_words),
		cmocka_unit_test(test_help_asked),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_man),
		cmocka_unit_test(test_word),
		cmocka_unit_test(test_completions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
