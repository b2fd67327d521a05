#include "cmd/again.h"

#include "base/text.h"
#include "base/url.h"

/* A pasted command of several lines, on one. */
static void join_lines(struct buf *out, struct span text)
{
	struct span line;

	for (bool first = true; span_cut(&text, '\n', &line); first = false) {
		line = span_trim(line);
		if (text.p && span_ends(line, SPAN("\\")))
			line = span_trim(span_head(line, line.n - 1));
		buf_addz(out, first || !line.n ? "" : " ");
		buf_add(out, line);
	}
}

static bool is_harmless(struct span name)
{
	static const char *const names[] = {"host", "origin", "referer", "user-agent", "accept",
		"accept-language", "accept-encoding", "cache-control", "pragma", "upgrade",
		"connection", "sec-websocket-version", "sec-websocket-extensions", "user-id",
		"client-name"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_ieq(name, span_of(names[i])))
			return true;
	return false;
}

/* "Name: value" */
static void add_header(struct buf *out, struct span line)
{
	ssize_t colon = span_chr(line, ':');
	struct span name = span_head(line, colon < 0 ? 0 : (size_t)colon);
	struct span value = span_trim(span_from(line, name.n + 1));

	if (span_starts(line, SPAN("@")) || is_harmless(span_trim(name)))
		text_redact(out, line);
	else if (colon < 0)
		buf_addf(out, "[hidden:%zu]", line.n);
	else
		buf_addf(out, "%.*s: [hidden:%zu]", SPANF(name), value.n);
}

/* The length of what stands before a header in the same word: "--header=", "-H"; 0: none does. */
static size_t header_option(struct span word)
{
	if (span_starts(word, SPAN("--header=")))
		return strlen("--header=");
	return span_starts(word, SPAN("-H")) && word.n > 2 ? 2 : 0;
}

static bool is_header_option(struct span word)
{
	return span_eq(word, SPAN("-H")) || span_eq(word, SPAN("--header"));
}

/* Options whose value is a credential, or may hold one. */
static const char *const secret_options[] = {"--auth", "--password", "--node-config"};

/* A file's name is none. */
static bool is_harmless_value(struct span option, struct span value)
{
	return span_eq(option, SPAN("--node-config")) && span_chr(value, '{') < 0 && span_chr(value, '[') < 0 &&
	       span_chr(value, '=') < 0;
}

static bool add_secret(struct buf *out, struct span word, struct span before)
{
	for (size_t i = 0; i < sizeof(secret_options) / sizeof(secret_options[0]); i++) {
		struct span option = span_of(secret_options[i]), value = word;
		bool joined = span_starts(word, option) && word.n > option.n && word.p[option.n] == '=';

		if (!joined && !span_eq(before, option))
			continue;
		if (joined)
			value = span_from(word, option.n + 1);
		if (is_harmless_value(option, value))
			return false;
		buf_add(out, span_head(word, word.n - value.n));
		buf_addf(out, "[hidden:%zu]", value.n);
		return true;
	}
	return false;
}

static void add_word(struct buf *out, struct span word, struct span before)
{
	size_t option = header_option(word);
	struct url u;
	const char *why;

	if (add_secret(out, word, before))
		return;
	if (is_header_option(before) || option) {
		buf_add(out, span_head(word, option));
		add_header(out, span_from(word, option));
	} else if (url_parse(word, &u, &why) && !u.guessed && (u.user.n || u.password.n || url_query(&u).n)) {
		url_say(out, &u);
	} else {
		text_redact(out, word);
	}
}

void again_line(struct buf *out, const struct cmd_run *r)
{
	struct span before = {0};

	buf_addz(out, "wsdx");
	for (int i = 0; i < r->argc; i++) {
		struct buf line = {.max = 8192}, clean = {.max = 16384};

		join_lines(&line, span_of(r->argv[i]));
		add_word(&clean, buf_span(&line), before);
		before = span_of(r->argv[i]);
		buf_addc(out, ' ');
		opt_word(out, buf_span(&clean));
		buf_deinit(&line);
		buf_deinit(&clean);
	}
}
