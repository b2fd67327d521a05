#include "reader/shell.h"

#include "base/text.h"

static char at(const struct shell *s, size_t i)
{
	return i < s->rest.n ? s->rest.p[i] : '\0';
}

static bool ahead(const struct shell *s, const char *text)
{
	return span_starts(s->rest, span_of(text));
}

static void skip(struct shell *s, size_t n)
{
	s->rest = span_from(s->rest, n);
}

static void keep(struct shell *s, struct buf *word, size_t n)
{
	buf_add(word, span_head(s->rest, n));
	skip(s, n);
}

static bool is_name(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* The length of a line end behind a backslash, blanks before it counted; 0: none. */
static size_t continued(struct shell *s)
{
	size_t n = 1;

	while (at(s, n) == ' ' || at(s, n) == '\t')
		n++;
	if (at(s, n) == '\n' || (at(s, n) == '\r' && at(s, n + 1) == '\n')) {
		s->seen.blank_after_backslash |= n > 1;
		s->seen.carriage_return |= at(s, n) == '\r';
		return n + (at(s, n) == '\r' ? 2 : 1);
	}
	/* a backslash at the very end: the next line was not pasted */
	return n == s->rest.n ? n : 0;
}

static void note_unset(struct shell *s, struct span name)
{
	for (size_t i = 0; i < s->seen.n_unset; i++)
		if (span_eq(s->seen.unset[i], name))
			return;
	if (s->seen.n_unset < SHELL_NAMES_MAX)
		s->seen.unset[s->seen.n_unset++] = arena_copy(s->arena, name);
}

/* At a dollar sign: $NAME, ${NAME}, ${NAME:-default}; all else stays as written. */
static void take_dollar(struct shell *s, struct buf *word)
{
	bool brace = at(s, 1) == '{';
	size_t from = brace ? 2 : 1, n = 0, end;
	struct span name, value = {0};

	s->seen.substitution |= at(s, 1) == '(';
	while (is_name(at(s, from + n)) && n < 256)
		n++;
	end = from + n;
	if (brace) {
		ssize_t close = span_chr(span_head(s->rest, 1024), '}');

		end = close < 0 ? 0 : (size_t)close + 1;
	}
	if (n == 0 || end == 0 || (at(s, from) >= '0' && at(s, from) <= '9')) {
		keep(s, word, 1);
		return;
	}
	name = (struct span){s->rest.p + from, n};
	if (s->env)
		value = span_of(s->env(arena_z(s->arena, name)));
	if (!value.n && brace && span_starts(span_from(s->rest, from + n), SPAN(":-")))
		value = (struct span){s->rest.p + from + n + 2, end - from - n - 3};
	if (!value.n) {
		note_unset(s, name);
		keep(s, word, end);
		return;
	}
	buf_add(word, value);
	skip(s, end);
}

/* At a backtick; no end: one character. */
static void take_backtick(struct shell *s, struct buf *word)
{
	ssize_t close = span_chr(span_from(s->rest, 1), '`');

	s->seen.substitution = true;
	keep(s, word, close < 0 ? 1 : (size_t)close + 2);
}

static void take_single(struct shell *s, struct buf *word)
{
	ssize_t close;

	skip(s, 1);
	close = span_chr(s->rest, '\'');
	s->seen.unclosed |= close < 0;
	keep(s, word, close < 0 ? s->rest.n : (size_t)close);
	skip(s, 1);
}

static void take_double(struct shell *s, struct buf *word)
{
	skip(s, 1);
	while (s->rest.n && at(s, 0) != '"') {
		if (at(s, 0) == '\\' && at(s, 1) == '\n') {
			skip(s, 2);
		} else if (at(s, 0) == '\\' && at(s, 1) && strchr("\"\\$`", at(s, 1))) {
			skip(s, 1);
			keep(s, word, 1);
		} else if (at(s, 0) == '$') {
			take_dollar(s, word);
		} else if (at(s, 0) == '`') {
			take_backtick(s, word);
		} else {
			keep(s, word, 1);
		}
	}
	s->seen.unclosed |= s->rest.n == 0;
	skip(s, 1);
}

/* Up to `max` digits of the base from offset `from`; returns how many there are. */
static size_t number(struct shell *s, size_t from, unsigned base, size_t max, uint32_t *out)
{
	size_t n = 0;

	for (*out = 0; n < max; n++) {
		char c = at(s, from + n);
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0')
						      : ((unsigned)(c | 0x20) - 'a') + 10;

		if (digit >= base || c == '\0')
			break;
		*out = *out * base + digit;
	}
	return n;
}

/* One escape of $'…', from the backslash. */
static void take_ansi_escape(struct shell *s, struct buf *word)
{
	static const char letters[] = "abefnrtv", bytes[] = "\a\b\033\f\n\r\t\v";
	const char *letter = at(s, 1) ? strchr(letters, at(s, 1)) : NULL;
	char kind = at(s, 1);
	uint32_t v;
	size_t n;

	if (letter) {
		buf_addc(word, bytes[letter - letters]);
		skip(s, 2);
		return;
	}
	if (kind == 'u' || kind == 'U') {
		n = number(s, 2, 16, kind == 'u' ? 4 : 8, &v);
		if (n && v <= 0x10FFFF)
			utf8_add(word, v);
		skip(s, 2 + n);
		return;
	}
	n = kind == 'x' ? number(s, 2, 16, 2, &v) : number(s, 1, 8, 3, &v);
	if (n) {
		buf_addc(word, (char)v);
		skip(s, (kind == 'x' ? 2 : 1) + n);
		return;
	}
	skip(s, 1);
	keep(s, word, 1);
}

static void take_ansi(struct shell *s, struct buf *word)
{
	skip(s, 2);
	while (s->rest.n && at(s, 0) != '\'') {
		if (at(s, 0) == '\\')
			take_ansi_escape(s, word);
		else
			keep(s, word, 1);
	}
	s->seen.unclosed |= s->rest.n == 0;
	skip(s, 1);
}

/* “…” ‘…’ as word processors make of quotes; three bytes each. False: none stands here. */
static bool take_typographic(struct shell *s, struct buf *word)
{
	static const char *const pairs[][2] = {{"“", "”"}, {"”", "”"}, {"‘", "’"}, {"’", "’"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ssize_t close;

		if (!ahead(s, pairs[i][0]))
			continue;
		s->seen.typographic = true;
		skip(s, 3);
		close = span_find(s->rest, span_of(pairs[i][1]));
		s->seen.unclosed |= close < 0;
		keep(s, word, close < 0 ? s->rest.n : (size_t)close);
		skip(s, 3);
		return true;
	}
	return false;
}

/* – and — at the beginning of a word stand for the two dashes of a long option, or one before a
 * single letter. */
static bool take_dash(struct shell *s, struct buf *word)
{
	if (word->n || (!ahead(s, "–") && !ahead(s, "—")))
		return false;
	s->seen.typographic = true;
	skip(s, 3);
	buf_addz(word, is_name(at(s, 0)) && !is_name(at(s, 1)) ? "-" : "--");
	return true;
}

static bool is_url(const struct buf *word)
{
	struct span text = buf_span(word);

	return span_find(text, SPAN("://")) > 0 || span_chr(text, '?') > 0;
}

/* An & that was meant as a part of the URL: name=value follows at once. */
static bool take_ampersand(struct shell *s, struct buf *word)
{
	size_t n = 1;

	if (!is_url(word))
		return false;
	if (ahead(s, "&amp;"))
		n = 5;
	while (is_name(at(s, n)) || at(s, n) == '-')
		n++;
	if (at(s, n) != '=' || n == 1)
		return false;
	s->seen.ampersand = true;
	s->seen.html_ampersand |= ahead(s, "&amp;");
	buf_addc(word, '&');
	skip(s, ahead(s, "&amp;") ? 5 : 1);
	return true;
}

/* One unquoted piece of a word. False: the word is over. */
static bool take_piece(struct shell *s, struct buf *word, bool *quoted)
{
	char c = at(s, 0);

	if (c == '\'' || c == '"' || (c == '$' && (at(s, 1) == '\'' || at(s, 1) == '"'))) {
		*quoted = true;
		if (c == '\'')
			take_single(s, word);
		else if (at(s, 1) == '\'' && c == '$')
			take_ansi(s, word);
		else {
			skip(s, c == '$');
			take_double(s, word);
		}
		return true;
	}
	if (c == '\\') {
		size_t line = continued(s);

		if (line) {
			skip(s, line);
			return false;
		}
		skip(s, 1);
		keep(s, word, 1);
		return true;
	}
	if (c == '&')
		return take_ampersand(s, word);
	if (memchr(" \t\r\n;|<>()", c, 10) || ahead(s, "\xc2\xa0"))
		return false;
	if (take_typographic(s, word)) {
		*quoted = true;
		return true;
	}
	if (take_dash(s, word))
		return true;
	if (c == '$')
		take_dollar(s, word);
	else if (c == '`')
		take_backtick(s, word);
	else {
		s->seen.question |= c == '?' && is_url(word);
		keep(s, word, 1);
	}
	return true;
}

static bool all_digits(struct span text)
{
	uint64_t v;

	return span_uint(text, 9, &v);
}

/* Where a word may begin. False: the next is a redirection, or the end. */
static void take_word(struct shell *s)
{
	struct buf word = {0};
	bool quoted = false;

	while (s->rest.n && take_piece(s, &word, &quoted))
		;
	/* the 2 of 2>&1 is no word */
	if ((word.n || quoted) &&
		!(all_digits(buf_span(&word)) && !quoted && (at(s, 0) == '>' || at(s, 0) == '<'))) {
		if (s->n < SHELL_WORDS_MAX)
			s->words[s->n++] =
				(struct shell_word){arena_copy(s->arena, buf_span(&word)), quoted};
		else
			s->seen.too_long = true;
	}
	buf_deinit(&word);
}

static void skip_blanks(struct shell *s)
{
	for (;;) {
		size_t line = at(s, 0) == '\\' ? continued(s) : 0;

		if (line) {
			skip(s, line);
		} else if (at(s, 0) == '^' &&
			   (at(s, 1) == '\n' || (at(s, 1) == '\r' && at(s, 2) == '\n'))) {
			skip(s, at(s, 1) == '\r' ? 3 : 2); /* the continued line of cmd.exe */
		} else if (ahead(s, "\xc2\xa0")) {
			s->seen.no_break_space = true;
			skip(s, 2);
		} else if (at(s, 0) == ' ' || at(s, 0) == '\t' || (at(s, 0) == '\r' && s->rest.n)) {
			skip(s, 1);
		} else {
			return;
		}
	}
}

/* >file, 2>&1, <file: the operator and its word. */
static void skip_redirection(struct shell *s)
{
	size_t kept = s->n;

	while (s->rest.n && memchr("<>&|", at(s, 0), 4))
		skip(s, 1);
	skip_blanks(s);
	take_word(s);
	s->n = kept;
}

/* Words up to what ends a command, which is passed over too. */
static void read_command(struct shell *s)
{
	for (;;) {
		skip_blanks(s);
		if (s->rest.n == 0)
			return;
		if (at(s, 0) == '#') {
			ssize_t end = span_chr(s->rest, '\n');

			skip(s, end < 0 ? s->rest.n : (size_t)end);
		} else if (at(s, 0) == '<' || at(s, 0) == '>') {
			skip_redirection(s);
		} else if (memchr("\n;|&()", at(s, 0), 6)) {
			skip(s, 1);
			return;
		} else {
			take_word(s);
		}
	}
}

bool shell_read(struct shell *s)
{
	do {
		s->n = 0;
		s->seen = (struct shell_seen){0};
		read_command(s);
	} while (s->n == 0 && s->rest.n);
	return s->n > 0;
}
