/* The rows of the commands, and whatever is made from them: help, man pages, completions. */
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "reader/shell.h"

#define EACH(c) for (const struct command *const *c = cmd_all; *c; c++)

static const char *no_env(const char *name)
{
	(void)name;
	return NULL;
}

static bool has(const struct buf *text, const char *what)
{
	return span_find(buf_span(text), span_of(what)) >= 0;
}

static void rows_are_sound(void **state)
{
	(void)state;
	EACH(c)
	{
		bool letters[256] = {['h'] = true};
		size_t n = 0;

		assert_non_null((*c)->run);
		assert_non_null((*c)->exits);
		assert_non_null((*c)->examples[0].line);
		assert_true((*c)->words_min <= (*c)->words_max);
		for (const struct opt *o = cmd_options(*c); o->name; o++, n++) {
			if (letters[(unsigned char)o->letter])
				fail_msg("%s: -%c is there twice, or -h", (*c)->name, o->letter);
			letters[(unsigned char)o->letter] = o->letter != 0;
			if (strchr(o->say, '\\') || span_ends(span_of(o->say), SPAN(".")))
				fail_msg("%s --%s: a sentence without full stop and backslash",
					(*c)->name, o->name);
			if ((o->type == OPT_FLAG) == (o->value || o->choices))
				fail_msg("%s --%s: flags have no value, others have one",
					(*c)->name, o->name);
			assert_true(strcmp(o->name, "help") != 0);
			assert_true(o->offset < (*c)->size);
			for (const struct opt *p = cmd_options(*c); p != o; p++)
				assert_string_not_equal(p->name, o->name);
		}
		assert_true(n < 128);
		assert_true(n == 0 || cmd_options(*c)[0].group);
	}
}

static void check_option(const struct opt *o, const struct buf *help, const struct buf *man,
	const struct buf *bash, const struct buf *zsh, const struct buf *fish)
{
	struct buf name = {0}, roff = {0};

	buf_addf(&name, "--%s", o->name);
	opt_roff(&roff, buf_span(&name));
	if (!has(help, buf_z(&name)))
		fail_msg("%s is not in --help", buf_z(&name));
	if (!has(man, buf_z(&roff)))
		fail_msg("%s is not in the man page", buf_z(&name));
	buf_addc(&name, o->type == OPT_FLAG ? '[' : '=');
	if (!has(zsh, buf_z(&name)))
		fail_msg("%s is not completed by zsh", buf_z(&name));
	buf_clear(&name);
	buf_addf(&name, " --%s", o->name);
	if (!has(bash, buf_z(&name)))
		fail_msg("%s is not completed by bash", buf_z(&name));
	buf_clear(&name);
	buf_addf(&name, " -l %s ", o->name);
	if (!has(fish, buf_z(&name)))
		fail_msg("%s is not completed by fish", buf_z(&name));
	buf_deinit(&name);
	buf_deinit(&roff);
}

static void every_option_is_everywhere(void **state)
{
	(void)state;
	EACH(c)
	{
		struct buf help = {0}, man = {0}, bash = {0}, zsh = {0}, fish = {0};

		cmd_full(&help, *c, 80);
		cmd_manual(&man, *c);
		opt_bash(&bash, cmd_options(*c));
		opt_zsh(&zsh, cmd_options(*c));
		opt_fish(&fish, cmd_options(*c), "wsdx", (*c)->name);
		for (const struct opt *o = cmd_options(*c); o->name; o++)
			if (!o->hidden)
				check_option(o, &help, &man, &bash, &zsh, &fish);
		buf_deinit(&help);
		buf_deinit(&man);
		buf_deinit(&bash);
		buf_deinit(&zsh);
		buf_deinit(&fish);
	}
}

static void texts_keep_to_the_width(void **state)
{
	(void)state;
	EACH(c)
	{
		for (size_t width = 60; width <= 100; width += 20) {
			struct buf text = {0};
			struct span left, line;

			cmd_full(&text, *c, width);
			left = buf_span(&text);
			while (span_cut(&left, '\n', &line))
				if (text_columns(line) > width &&
					!span_starts(span_trim(line), SPAN("wsdx ")) &&
					!span_starts(span_trim(line), SPAN("usage:")) &&
					span_chr(span_trim(line), ' ') >= 0 &&
					!span_starts(span_trim(line), SPAN("-")))
					fail_msg("%s --help, %zu columns: %.*s", (*c)->name, width,
						SPANF(line));
			buf_deinit(&text);
		}
	}
}

/* Examples are command lines that the option table takes. */
static void examples_parse(void **state)
{
	(void)state;
	EACH(c)
	{
		for (size_t i = 0; i < CMD_EXAMPLES_MAX && (*c)->examples[i].line; i++) {
			struct arena arena = {0};
			struct shell *s = ARENA_NEW(&arena, struct shell);
			const char *argv[SHELL_WORDS_MAX];
			struct opt_list words;
			struct buf error = {0};
			void *out = test_calloc(1, (*c)->size + 1);
			enum opt_result result;

			s->rest = span_of((*c)->examples[i].line);
			s->arena = &arena;
			assert_true(shell_read(s));
			assert_span(s->words[0].text, "wsdx");
			assert_span(s->words[1].text, (*c)->name);
			for (size_t k = 2; k < s->n; k++)
				argv[k - 2] = arena_z(&arena, s->words[k].text);
			result = opt_parse(cmd_options(*c),
				(struct opt_input){(int)s->n - 2, argv, no_env}, out, &words,
				&error);
			if (result != OPT_OK && result != OPT_BRIEF)
				fail_msg("%s: %s", (*c)->examples[i].line, buf_z(&error));
			if (words.n < (*c)->words_min || words.n > (*c)->words_max)
				fail_msg("%s: too few or too many words", (*c)->examples[i].line);
			test_free(out);
			buf_deinit(&error);
			arena_deinit(&arena);
		}
	}
}

static bool exists(const char *program)
{
	char line[128];

	snprintf(line, sizeof(line), "command -v %s >/dev/null 2>&1", program);
	return system(line) == 0;
}

/* Runs a shell command line with `text` in the file that %s stands for; what it prints must be
 * `output`, NULL: nothing. */
static void run_on(const struct buf *text, const char *command, const char *output)
{
	char path[] = "/tmp/wsdx-test-XXXXXX", line[1024];
	struct buf got = {0};
	int fd = mkstemp(path), c;
	FILE *pipe;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text->p, text->n), (ssize_t)text->n);
	close(fd);
	snprintf(line, sizeof(line), command, path);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	while ((c = fgetc(pipe)) != EOF)
		buf_addc(&got, (char)c);
	pclose(pipe);
	unlink(path);
	assert_buf(&got, output ? output : "");
	buf_deinit(&got);
}

static void man_pages_format(void **state)
{
	(void)state;
	if (!exists("groff"))
		skip();
	for (const struct command *const *c = cmd_all;; c++) {
		struct buf text = {0};

		cmd_manual(&text, *c);
		run_on(&text, "groff -man -Tutf8 -ww -z %s 2>&1", NULL);
		if (exists("man"))
			run_on(&text,
				"LC_ALL=C.UTF-8 MANROFFOPT= man --warnings -E UTF-8 -l %s 2>&1 "
				">/dev/null",
				NULL);
		buf_deinit(&text);
		if (!*c)
			break;
	}
}

static void shells_read_completions(void **state)
{
	static const char *const shells[] = {"bash", "zsh", "fish"};
	struct buf text = {0};

	(void)state;
	assert_false(cmd_completion(&text, SPAN("csh")));
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		char command[64];

		buf_clear(&text);
		assert_true(cmd_completion(&text, span_of(shells[i])));
		snprintf(command, sizeof(command), "%s -n %%s 2>&1", shells[i]);
		if (exists(shells[i]))
			run_on(&text, command, NULL);
	}
	buf_deinit(&text);
}

static void bash_completes(void **state)
{
	struct buf text = {0};

	(void)state;
	if (!exists("bash"))
		skip();
	cmd_completion(&text, SPAN("bash"));
	run_on(&text,
		"bash -c '. %s; try() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); "
		"_wsdx; echo \"${COMPREPLY[@]}\"; }; "
		"try wsdx exp; try wsdx help --completion \"\"; try wsdx help --ma; try wsdx "
		"explain --color a' 2>&1",
		"explain\nbash zsh fish\n--man\nauto always\n");
	buf_deinit(&text);
}

static void fish_completes(void **state)
{
	struct buf text = {0};

	(void)state;
	if (!exists("fish"))
		skip();
	cmd_completion(&text, SPAN("fish"));
	run_on(&text,
		"d=$(mktemp -d); HOME=$d fish --no-config -c 'source %s; complete -C \"wsdx help "
		"--completion z\"; complete -C "
		"\"wsdx help --ma\"' 2>/dev/null; rm -rf \"$d\"",
		"zsh\tthe completion script for this shell\n--man\tthe man page, as source: of "
		"COMMAND, or of wsdx itself\n");
	buf_deinit(&text);
}

static void what_a_row_leaves_out_is_left_out(void **state)
{
	static const struct command plain = {.name = "plain", .say = "do it", .synopsis = "[URL]", .about = "It."};
	struct buf text = {0};

	(void)state;
	cmd_brief(&text, &plain, 80);
	cmd_full(&text, &plain, 80);
	cmd_manual(&text, &plain);
	assert_non_null(strstr(buf_z(&text), "usage: wsdx plain"));
	buf_deinit(&text);
}

struct ran {
	int status;
	char *out, *err;
	size_t n_out, n_err;
};

static struct ran run(const char *const *words)
{
	struct ran r = {0};
	FILE *out = open_memstream(&r.out, &r.n_out), *err = open_memstream(&r.err, &r.n_err);
	const char *argv[16] = {"wsdx"};
	int argc = 1;

	while (words[argc - 1]) {
		argv[argc] = words[argc - 1];
		argc++;
	}
	r.status = cmd_main(argc, argv, no_env, out, err);
	fclose(out);
	fclose(err);
	return r;
}

/* Runs the words; `out` and `err` are parts of what is printed, NULL: nothing is. */
static void check(int status, const char *out, const char *err, const char *const *words)
{
	struct ran r = run(words);
	bool fine = r.status == status && (out ? strstr(r.out, out) != NULL : r.n_out == 0) &&
		    (err ? strstr(r.err, err) != NULL : r.n_err == 0);

	if (!fine)
		fail_msg("%s %s: exit %d\n%s\n%s", words[0], words[0] ? words[1] : "", r.status,
			r.out, r.err);
	free(r.out);
	free(r.err);
}
#define RUN(status, out, err, ...)                                                                 \
	check((status), (out), (err), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void words_find_their_command(void **state)
{
	(void)state;
	RUN(0, "wsdx explain ", NULL);
	RUN(0, "wsdx " WSDX_VERSION "\n", NULL, "--version");
	RUN(0, "commands:\n", NULL, "--help");
	RUN(0, "commands:\n", NULL, "help");
	RUN(0, "usage: wsdx explain", NULL, "help", "explain");
	RUN(0, "everything: wsdx explain --help", NULL, "explain", "-h");
	RUN(0, "exit status:\n", NULL, "explain", "--help");
	RUN(0, ".TH WSDX 1", NULL, "help", "--man");
	RUN(0, ".TH WSDX-EXPLAIN 1", NULL, "help", "--man", "explain");
	RUN(0, "#compdef wsdx", NULL, "help", "--completion", "zsh");
	RUN(2, NULL, "--completion: 'csh' is none of bash, zsh, fish", "help", "--completion",
		"csh");
	RUN(2, NULL, "expalin: no such command; did you mean explain?", "expalin");
	RUN(2, NULL, "expalin: no such command", "help", "expalin");
	RUN(2, NULL, "did you mean: wsdx check wss://h/", "wss://h/");
	RUN(2, NULL, "did you mean: wsdx check URL\n", "wss://user:secret@h/");
	RUN(2, NULL, "options stand behind the command", "--timeout", "5s");
	RUN(2, NULL, "\\x1b[31m: no such command", "\x1b[31m");
	RUN(2, NULL, "--al: no such option; did you mean --all?\nsee: wsdx explain -h\n", "explain",
		"--al");
	RUN(2, NULL, "too many words; write: wsdx explain", "explain", "a", "b", "c");
}

static void bare_shows_examples_of_all(void **state)
{
	struct buf text = {0};
	unsigned n = 0;

	(void)state;
	cmd_bare(&text);
	EACH(c)
	{
		for (unsigned i = 0; i < (*c)->shown; i++, n++) {
			assert_non_null((*c)->examples[i].line);
			assert_true(has(&text, (*c)->examples[i].line));
		}
	}
	assert_int_equal(n, 5);
	buf_deinit(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sound),
		cmocka_unit_test(every_option_is_everywhere),
		cmocka_unit_test(texts_keep_to_the_width),
		cmocka_unit_test(examples_parse),
		cmocka_unit_test(man_pages_format),
		cmocka_unit_test(shells_read_completions),
		cmocka_unit_test(bash_completes),
		cmocka_unit_test(fish_completes),
		cmocka_unit_test(what_a_row_leaves_out_is_left_out),
		cmocka_unit_test(words_find_their_command),
		cmocka_unit_test(bare_shows_examples_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
