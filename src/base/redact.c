/* text_redact: what must never be shown or kept. When in doubt it hides: a masked word costs a
 * question, a leaked credential costs a system. What the protocols themselves say (header names,
 * options, paths, hosts) stays. */
#include "base/text.h"

#include <strings.h>

#define MARK "[hidden:"

struct scan {
	struct buf *out;
	struct span in;
	size_t at;   /* everything before it is dealt with */
	size_t kept; /* everything before it is in `out` */
};

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static char at(const struct scan *s, size_t i)
{
	return i < s->in.n ? s->in.p[i] : '\0';
}

static struct span rest(const struct scan *s, size_t i)
{
	return span_from(s->in, i);
}

/* Hides [from, to), which lies at or behind `at`. */
static void hide(struct scan *s, size_t from, size_t to)
{
	buf_add(s->out, (struct span){s->in.p + s->kept, from - s->kept});
	if (to > from)
		buf_addf(s->out, MARK "%zu]", to - from);
	s->kept = s->at = to;
}

/* A mark that an earlier pass has left; 0 when there is none. */
static size_t mark_length(const struct scan *s, size_t i)
{
	size_t n = sizeof(MARK) - 1;

	if (!span_starts(rest(s, i), SPAN(MARK)))
		return 0;
	while (at(s, i + n) >= '0' && at(s, i + n) <= '9')
		n++;
	return at(s, i + n) == ']' ? n + 1 : 0;
}

/* Names whose value is a secret. '=' at the front: the whole name; '$': its end; else: any part of
 * it. */
static bool is_secret_name(struct span name)
{
	static const char *const rows[] = {"token", "passw", "passwd", "pwd", "secret", "signature",
		"credential", "apikey", "api_key", "api-key", "accesskey", "access_key",
		"access-key", "private_key", "session_id", "session-id", "sessionid", "sessid",
		"authorization", "=auth", "=x-auth", "=pass", "=sig", "=key", "=session", "=jwt",
		"=ticket", "=otp", "=cookie", "=set-cookie", "$sid", "=hmac"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span row = span_of(rows[i]), word = span_from(row, 1);

		if (row.p[0] == '=' && span_ieq(name, word))
			return true;
		if (row.p[0] == '$' && name.n >= word.n &&
			span_ieq(span_from(name, name.n - word.n), word))
			return true;
		if (row.p[0] != '=' && row.p[0] != '$' && span_ifind(name, row) >= 0)
			return true;
	}
	return false;
}

#define NAME_MAX_LENGTH 64

/* The name that ends before i, quotes around it left out. */
static struct span name_before(const struct scan *s, size_t i)
{
	size_t end = i, from;

	while (end > 0 && (is_blank(s->in.p[end - 1]) || is_one_of(s->in.p[end - 1], "\"'\\")) &&
		i - end < 4)
		end--;
	from = end;
	while (from > 0 && end - from < NAME_MAX_LENGTH &&
		(is_alnum(s->in.p[from - 1]) || is_one_of(s->in.p[from - 1], "_.-[]")))
		from--;
	while (end > from && is_one_of(s->in.p[end - 1], "[]"))
		end--;
	while (from < end && s->in.p[from] == '[')
		from++;
	return (struct span){s->in.p + from, end - from};
}

static size_t line_end(const struct scan *s, size_t i)
{
	while (i < s->in.n && s->in.p[i] != '\r' && s->in.p[i] != '\n')
		i++;
	return i;
}

/* Words that only look ahead stop here, so that the whole stays linear. */
#define WORD_MAX 256

static size_t word_end(const struct scan *s, size_t i, const char *stop)
{
	size_t max = i + WORD_MAX;

	while (i < s->in.n && i < max && !is_blank(s->in.p[i]) && !is_one_of(s->in.p[i], stop))
		i++;
	return i;
}

static size_t value_end(const struct scan *s, size_t i, const char *stop)
{
	while (i < s->in.n && !is_blank(s->in.p[i]) && !is_one_of(s->in.p[i], stop))
		i++;
	return i;
}

/* The end of a quoted value whose text begins at i. A quote that was itself escaped ends with an
 * escaped one. */
static size_t quote_end(const struct scan *s, size_t i, char quote, bool escaped)
{
	for (; i < s->in.n; i++) {
		if (escaped && s->in.p[i] == '\\' && at(s, i + 1) == quote)
			return i;
		if (!escaped && s->in.p[i] == '\\')
			i++;
		else if (!escaped && s->in.p[i] == quote)
			return i;
	}
	return s->in.n;
}

static bool is_harmless(struct span value)
{
	static const char *const words[] = {"null", "undefined", "true", "false", "none", "nil"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_eq(value, span_of(words[i])))
			return true;
	return value.n == 0;
}

static void hide_value(struct scan *s, size_t from, size_t to)
{
	if (mark_length(s, from))
		s->at = from + mark_length(s, from);
	else if (is_harmless((struct span){s->in.p + from, to - from}))
		s->at = to;
	else
		hide(s, from, to);
}

/* "Authorization: Bearer x": the scheme stays, whatever follows on the line goes,
 * or up to the quote that stands before the name. */
static void hide_header(struct scan *s, size_t from, struct span name)
{
	static const char *const schemes[] = {"Bearer ", "Basic ", "Digest ", "Negotiate ", "NTLM ",
		"Token ", "AWS4-HMAC-SHA256 "};
	struct span value = rest(s, from);
	size_t end = line_end(s, from), quoted = end;
	char before = name.p > s->in.p ? name.p[-1] : ' ';

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (span_istarts(value, span_of(schemes[i])))
			from += strlen(schemes[i]);
	if (is_one_of(before, "\"'"))
		quoted = quote_end(s, from, before, false);
	hide_value(s, from, quoted < end ? quoted : end);
}

#define LONG_ID 20

/* `?id=` with what is too long for a number or a name: SignalR's connection token, 22 characters,
 * opens the connection. */
static bool is_long_id(const struct scan *s, struct span name, size_t from)
{
	return span_eq(name, SPAN("id")) && name.p > s->in.p && is_one_of(name.p[-1], "?&") &&
	       value_end(s, from, "%&\"'<>") - from >= LONG_ID;
}

/* At a separator between name and value; false when the name is no secret's. */
static bool take_value(struct scan *s, size_t separator, size_t length)
{
	struct span name = name_before(s, separator);
	size_t from = separator + length;
	bool escaped, colon = s->in.p[separator] == ':';
	char quote;

	if (!is_secret_name(name) && !is_long_id(s, name, from))
		return false;
	while (length == 1 && (at(s, from) == ' ' || at(s, from) == '\t'))
		from++;
	escaped = at(s, from) == '\\' && is_one_of(at(s, from + 1), "\"'");
	quote = at(s, from + escaped);
	if (is_one_of(quote, "\"'")) {
		from += 1u + escaped;
		hide_value(s, from, quote_end(s, from, quote, escaped));
	} else if (is_one_of(quote, "{[") && !mark_length(s, from)) {
		s->at = from + 1;
	} else if (colon && (span_ifind(name, SPAN("authorization")) >= 0 ||
				    span_ifind(name, SPAN("cookie")) >= 0)) {
		hide_header(s, from, name);
	} else {
		hide_value(s, from, value_end(s, from, length == 3 ? "%&\"'<>" : "&,;\"'<>)]}"));
	}
	return true;
}

/* "Bearer x" and "Basic x" outside a header line. Prose and challenges go on: "Bearer realm=…",
 * "basic auth". */
static bool take_scheme(struct scan *s)
{
	static const char *const schemes[] = {"bearer", "basic"};
	static const char *const prose[] = {
		"token", "tokens", "auth", "authentication", "authorization", "scheme", "is", "or"};
	struct span left = rest(s, s->at), word;
	size_t from = 0;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i]);

		if (span_istarts(left, span_of(schemes[i])) && left.n > n && left.p[n] == ' ')
			from = s->at + n + 1;
	}
	if (from == 0)
		return false;
	while (at(s, from) == ' ')
		from++;
	word = (struct span){s->in.p + from, value_end(s, from, ",;\"'<>)") - from};
	for (size_t i = 0; i < sizeof(prose) / sizeof(prose[0]); i++)
		if (span_ieq(word, span_of(prose[i])))
			return false;
	if (span_istarts(word, SPAN("realm=")) ||
		(span_ends(word, SPAN("=")) && at(s, from + word.n) == '"'))
		return false;
	hide_value(s, from, from + word.n);
	return true;
}

/* Behind "://": the user and password go, the host stays as it is, however random it looks. */
static void take_authority(struct scan *s)
{
	size_t from = s->at + 3, end = word_end(s, from, "/?#\"'<>"),
	       wide = word_end(s, from, "\"'<>");
	ssize_t colon = span_chr(span_head(rest(s, from), end - from), ':');
	size_t user_end = from;

	/* a password with a slash in it makes what stands before the slash no host and port */
	if (colon >= 0 && at(s, from) != '[' &&
		!(at(s, from + (size_t)colon + 1) >= '0' &&
			at(s, from + (size_t)colon + 1) <= '9') &&
		from + (size_t)colon + 1 < end)
		end = wide;
	for (size_t i = from; i < end; i++)
		if (s->in.p[i] == '@')
			user_end = i;
	s->at = from;
	if (user_end > from)
		hide_value(s, from, user_end);
	s->at = word_end(s, s->at, "/?#\"'<>");
}

/* user:password@host without a scheme; `at` stands at the beginning of a word. */
static bool take_user(struct scan *s)
{
	size_t end = word_end(s, s->at, "/\"'<>=,"), colon = 0, sign = 0;

	if (span_istarts(rest(s, s->at), SPAN("mailto:")))
		return false;
	for (size_t i = s->at; i < end; i++) {
		if (s->in.p[i] == ':' && !colon && i > s->at)
			colon = i;
		if (s->in.p[i] == '@')
			sign = i;
	}
	if (!colon || sign <= colon + 1 || sign + 1 >= end)
		return false;
	hide_value(s, s->at, sign);
	return true;
}

static bool in_run(char c)
{
	return is_alnum(c) || is_one_of(c, "+/_-");
}

/* The end of the base64 or hex run that begins at i; + and / may be percent-encoded, = only pads.
 */
static size_t run_end(const struct scan *s, size_t i)
{
	size_t pad;

	for (; i < s->in.n; i++) {
		if (span_istarts(rest(s, i), SPAN("%2b")) || span_istarts(rest(s, i), SPAN("%2f")))
			i += 2;
		else if (!in_run(s->in.p[i]))
			break;
	}
	for (pad = i; at(s, pad) == '=' && pad < i + 2;)
		pad++;
	return in_run(at(s, pad)) || is_one_of(at(s, pad), "=\"'[{%") ? i : pad;
}

enum shape { SEPARATOR, DIGIT, LOWER, UPPER };

static enum shape shape_of(char c)
{
	if (!is_alnum(c))
		return SEPARATOR;
	return c <= '9' ? DIGIT : c <= 'Z' ? UPPER : LOWER;
}

#define RUN_MIN 24

/* Whether 24 or more characters of the base64 alphabet look drawn by lot rather than written. Words
 * joined by - or _ and CamelCase change from lower to upper case or between letters and digits now
 * and then; base64 and hex do it at every second or third character. */
static bool is_random(struct span run)
{
	size_t changes = 0, same = 0, longest = 0, hex = 0, longest_hex = 0;
	enum shape before = SEPARATOR;

	for (size_t i = 0; i < run.n; i++) {
		enum shape now = shape_of(run.p[i]);

		if (run.p[i] == '%')
			i += 2;
		changes += now && before && now != before && !(before == UPPER && now == LOWER);
		same = now && (before == now) ? same + 1 : now != SEPARATOR;
		hex = now == DIGIT || (now && (run.p[i] | 0x20) <= 'f') ? hex + 1 : 0;
		longest = same > longest ? same : longest;
		longest_hex = hex > longest_hex ? hex : longest_hex;
		before = now;
	}
	return changes * 8 >= run.n || longest >= 32 || longest_hex >= RUN_MIN;
}

static bool is_path(struct span run)
{
	return run.p[0] == '/' && span_chr(run, '+') < 0 && run.p[run.n - 1] != '=';
}

static bool in_jwt(char c)
{
	return is_alnum(c) || is_one_of(c, "_-");
}

/* A JSON Web Token (RFC 7519) begins with the base64url of `{"`; its parts are joined by dots. */
static size_t jwt_end(const struct scan *s)
{
	size_t end = s->at;

	if (!span_starts(rest(s, s->at), SPAN("eyJ")))
		return 0;
	while (in_jwt(at(s, end)) ||
		(at(s, end) == '.' && (in_jwt(at(s, end + 1)) || at(s, end + 1) == '.')))
		end++;
	if (end - s->at < 12 || span_chr(span_head(rest(s, s->at), end - s->at), '.') < 0)
		return 0;
	return end;
}

/* Hides a token that begins at `at`; false when none does. */
static bool take_jwt(struct scan *s)
{
	size_t end = jwt_end(s);

	if (end)
		hide(s, s->at, end);
	return end > 0;
}

static void take_run(struct scan *s)
{
	size_t end = run_end(s, s->at);
	struct span run = span_head(rest(s, s->at), end - s->at), part;
	/* in a path only the parts that are secrets go */
	char separator = is_path(run) ? '/' : '\0';

	while (span_cut(&run, separator, &part)) {
		s->at = (size_t)(part.p - s->in.p);
		if (take_jwt(s))
			return;
		if (part.n >= RUN_MIN && is_random(part))
			hide(s, s->at, s->at + part.n);
	}
	s->at = end;
}

static bool take_special(struct scan *s)
{
	struct span left = rest(s, s->at);
	char before = s->at ? s->in.p[s->at - 1] : ' ';

	if (mark_length(s, s->at)) {
		s->at += mark_length(s, s->at);
		return true;
	}
	if (span_starts(left, SPAN("://"))) {
		take_authority(s);
		return true;
	}
	if (left.p[0] == '=' || left.p[0] == ':')
		return take_value(s, s->at, 1);
	if (span_istarts(left, SPAN("%3d")))
		return take_value(s, s->at, 3);
	if (is_blank(before) || is_one_of(before, "\"'(=,"))
		return take_scheme(s) ||
		       (span_find(span_head(left, 16), SPAN("://")) < 0 && take_user(s));
	return false;
}

void text_redact(struct buf *out, struct span in)
{
	struct scan s = {.out = out, .in = in};

	while (s.at < in.n) {
		if (take_special(&s))
			continue;
		if (in_run(in.p[s.at]))
			take_run(&s);
		else
			s.at++;
	}
	buf_add(out, rest(&s, s.kept));
}
