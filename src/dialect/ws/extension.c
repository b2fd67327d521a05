#include "dialect/ws/extension.h"

#include "core/conn.h"

enum param { SERVER_NO_TAKEOVER, CLIENT_NO_TAKEOVER, SERVER_BITS, CLIENT_BITS, PARAM_COUNT };

static const struct {
	struct span name;
	bool bits;
} params[PARAM_COUNT] = {
	[SERVER_NO_TAKEOVER] = {{"server_no_context_takeover", 26}, false},
	[CLIENT_NO_TAKEOVER] = {{"client_no_context_takeover", 26}, false},
	[SERVER_BITS] = {{"server_max_window_bits", 22}, true},
	[CLIENT_BITS] = {{"client_max_window_bits", 22}, true},
};

/* One `permessage-deflate; …` as written. */
struct written {
	bool has[PARAM_COUNT];
	uint8_t bits[PARAM_COUNT]; /* 0: without a value */
};

const char *ws_extension_state_name(enum ws_extension_state s)
{
	static const char *const names[] = {"none", "agreed", "unsolicited", "invalid", "empty"};

	return names[s];
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 127 || strchr("()<>@,;:\\\"/[]?={}", c))
			return false;
	}
	return s.n > 0;
}

#define VALUE_MAX 256

/* As span_cut, but what is quoted is not looked at (RFC 9110 §5.6.4). */
static bool cut_unquoted(struct span *rest, char sep, struct span *part)
{
	bool quoted = false;
	size_t i = 0;

	if (!rest->p)
		return false;
	for (; i < rest->n && (quoted || rest->p[i] != sep); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[i] == '\\')
			i++;
	}
	*part = span_head(*rest, i);
	*rest = i < rest->n ? span_from(*rest, i + 1) : (struct span){0};
	return true;
}

/* A value is a token, or a quoted string whose content is one (RFC 6455 §9.1). `out` has VALUE_MAX
 * bytes. */
static bool read_value(struct span s, char *out, struct span *value)
{
	size_t n = 0;

	*value = s;
	if (!s.n || s.p[0] != '"')
		return is_token(s);
	if (s.n < 2 || s.n > VALUE_MAX || s.p[s.n - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < s.n; i++) {
		if (s.p[i] == '\\' && ++i + 1 == s.n)
			return false;
		out[n++] = s.p[i];
	}
	*value = (struct span){out, n};
	return is_token(*value);
}

static bool read_bits(struct span value, uint8_t *bits)
{
	uint64_t v;

	if (value.n > 2 || !value.n || value.p[0] == '0' || !span_uint(value, 15, &v) || v < 8)
		return false;
	*bits = (uint8_t)v;
	return true;
}

struct pair {
	struct span name, value;
	bool has_value;
	char unquoted[VALUE_MAX];
};

/* False: not the grammar. */
static bool read_pair(struct span text, struct pair *p)
{
	ssize_t equals = span_chr(text, '=');

	p->name = span_trim(equals < 0 ? text : span_head(text, (size_t)equals));
	p->has_value = equals >= 0;
	return is_token(p->name) &&
	       (!p->has_value || read_value(span_trim(span_from(text, (size_t)equals + 1)),
					 p->unquoted, &p->value));
}

/* `valueless` allows client_max_window_bits alone, as only an offer may say (RFC 7692 §7.1.2.2). */
static bool read_param(struct span text, bool valueless, struct written *w)
{
	struct pair pair;

	if (!read_pair(text, &pair))
		return false;
	for (int p = 0; p < PARAM_COUNT; p++) {
		if (!span_ieq(pair.name, params[p].name))
			continue;
		if (w->has[p])
			return false;
		w->has[p] = true;
		if (!params[p].bits)
			return !pair.has_value;
		if (!pair.has_value)
			return p == CLIENT_BITS && valueless;
		return read_bits(pair.value, &w->bits[p]);
	}
	return false;
}

static bool read_deflate(struct span rest, bool valueless, struct written *w)
{
	struct span part;

	*w = (struct written){0};
	while (cut_unquoted(&rest, ';', &part))
		if (!read_param(span_trim(part), valueless, w))
			return false;
	return true;
}

/* Takes the next extension off *list: its name, and its parameters as written. */
static bool next_extension(struct span *list, struct span *name, struct span *rest)
{
	struct span one;

	if (!cut_unquoted(list, ',', &one))
		return false;
	*rest = one;
	*name = (struct span){0};
	cut_unquoted(rest, ';', name);
	*name = span_trim(*name);
	return true;
}

static bool is_extension(struct span one)
{
	struct span name, part;
	struct pair pair;

	if (!span_trim(one).n) /* an empty place of a list, RFC 9110 §5.6.1.2 */
		return true;
	cut_unquoted(&one, ';', &name);
	if (!is_token(span_trim(name)))
		return false;
	while (cut_unquoted(&one, ';', &part))
		if (!read_pair(part, &pair))
			return false;
	return true;
}

bool ws_extension_is_list(struct span value)
{
	struct span one;

	while (cut_unquoted(&value, ',', &one))
		if (!is_extension(one))
			return false;
	return true;
}

static bool offers(struct span offer, struct span wanted)
{
	struct span name, rest;

	while (next_extension(&offer, &name, &rest))
		if (span_ieq(name, wanted))
			return true;
	return false;
}

static bool offers_client_bits(struct span offer)
{
	struct span name, rest;
	struct written w;

	while (next_extension(&offer, &name, &rest))
		if (span_ieq(name, SPAN("permessage-deflate")) && read_deflate(rest, true, &w) &&
			w.has[CLIENT_BITS])
			return true;
	return false;
}

static uint8_t bits_or_15(uint8_t bits)
{
	return bits ? bits : 15;
}

static struct ws_deflate_terms terms_of(const struct written *w)
{
	return (struct ws_deflate_terms){.on = true,
		.no_takeover = {[CLIENT] = w->has[CLIENT_NO_TAKEOVER],
			[SERVER] = w->has[SERVER_NO_TAKEOVER]},
		.bits = {[CLIENT] = bits_or_15(w->bits[CLIENT_BITS]),
			[SERVER] = bits_or_15(w->bits[SERVER_BITS])}};
}

enum ws_extension_state ws_extension_judge(
	struct span offer, bool present, struct span answer, struct ws_deflate_terms *terms)
{
	struct span name, rest;
	struct written w;

	*terms = (struct ws_deflate_terms){0};
	if (!present)
		return WS_EXT_NONE;
	if (!span_trim(answer).n)
		return WS_EXT_EMPTY;
	while (next_extension(&answer, &name, &rest)) {
		if (!is_token(name))
			return WS_EXT_INVALID;
		if (!offers(offer, name))
			return WS_EXT_UNSOLICITED;
		if (!span_ieq(name, SPAN("permessage-deflate")))
			continue;
		if (terms->on || !read_deflate(rest, false, &w) ||
			(w.has[CLIENT_BITS] && !offers_client_bits(offer))) {
			*terms = (struct ws_deflate_terms){0};
			return WS_EXT_INVALID;
		}
		*terms = terms_of(&w);
	}
	return WS_EXT_AGREED;
}

static void write_answer(struct buf *out, const struct written *w)
{
	buf_addz(out, "permessage-deflate");
	for (int p = 0; p < PARAM_COUNT; p++) {
		if (!w->has[p] || (params[p].bits && !w->bits[p]))
			continue;
		buf_addz(out, "; ");
		buf_add(out, params[p].name);
		if (params[p].bits)
			buf_addf(out, "=%u", w->bits[p]);
	}
}

/* What we ask for beyond the offer: the server's window may always be narrowed, the client's only
 * where the offer says that it can be (RFC 7692 §7.1.2). */
static void narrow(struct written *w, unsigned window)
{
	for (int p = SERVER_BITS; p <= CLIENT_BITS; p++) {
		if (!window || window >= bits_or_15(w->bits[p]) || (p == CLIENT_BITS && !w->has[p]))
			continue;
		w->has[p] = true;
		w->bits[p] = (uint8_t)window;
	}
}

bool ws_extension_accept(struct span offer, const struct ws_deflate_want *want,
	struct ws_deflate_terms *terms, struct buf *answer)
{
	struct span name, rest;
	struct written w;

	*terms = (struct ws_deflate_terms){0};
	while (next_extension(&offer, &name, &rest)) {
		if (!span_ieq(name, SPAN("permessage-deflate")) || !read_deflate(rest, true, &w) ||
			w.bits[SERVER_BITS] == 8)
			continue;
		w.has[SERVER_NO_TAKEOVER] |= want->no_takeover;
		w.has[CLIENT_NO_TAKEOVER] |= want->no_takeover;
		narrow(&w, want->window);
		*terms = terms_of(&w);
		write_answer(answer, &w);
		return true;
	}
	return false;
}
