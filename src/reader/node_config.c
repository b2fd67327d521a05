#include "reader/node_config.h"

#include "base/text.h"
#include "base/url.h"

#define LEVELS_MAX 32
#define VALUE_MAX 4096

enum word_type { WORD_END, WORD_MARK, WORD_NAME, WORD_NUMBER, WORD_TEXT };

struct word {
	enum word_type type;
	char mark;
	struct span text; /* of WORD_TEXT: without quotes, escapes undone */
};

/* An object that is open: what stood in it so far. */
struct level {
	struct node_config_node node;
	bool any;	 /* it names a host */
	struct span key; /* the name before the colon; empty: none */
	bool valued;	 /* a value of it was seen */
	bool expression; /* and a name before that, as in process.env.X */
};

struct reading {
	struct span rest;
	struct node_config *out;
	struct arena *arena;
	struct level levels[LEVELS_MAX];
	size_t depth; /* of levels[]; deeper ones are counted, not kept */
	size_t too_deep;
};

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
	       (c & 0x80) || (!first && ((c >= '0' && c <= '9') || c == '.'));
}

static size_t comment_length(struct span s)
{
	ssize_t end;

	if (span_starts(s, SPAN("//")) || span_starts(s, SPAN("#")))
		end = span_chr(s, '\n');
	else if (span_starts(s, SPAN("/*")))
		end = span_find(s, SPAN("*/"));
	else
		return 0;
	return end < 0 ? s.n : (size_t)end + (s.p[0] == '/' && s.p[1] == '*' ? 2 : 0);
}

static void skip_space(struct span *s)
{
	size_t n;

	for (;;) {
		while (s->n && memchr(" \t\r\n", s->p[0], 4))
			*s = span_from(*s, 1);
		n = comment_length(*s);
		if (!n)
			return;
		*s = span_from(*s, n);
	}
}

static char unescape(char c)
{
	static const char letters[] = "nrt", bytes[] = "\n\r\t";
	const char *at = memchr(letters, c, sizeof(letters) - 1);

	return at ? bytes[at - letters] : c;
}

/* A text in ', " or `; one that is not closed is none. */
static bool read_text(struct reading *r, struct word *w)
{
	struct buf b = {.max = VALUE_MAX};
	char quote = r->rest.p[0];
	size_t i = 1;

	for (; i < r->rest.n && r->rest.p[i] != quote && (r->rest.p[i] != '\n' || quote == '`');
		i++) {
		if (r->rest.p[i] == '\\' && i + 1 < r->rest.n)
			buf_addc(&b, unescape(r->rest.p[++i]));
		else
			buf_addc(&b, r->rest.p[i]);
	}
	if (i >= r->rest.n || r->rest.p[i] != quote || b.full) {
		buf_deinit(&b);
		return false;
	}
	/* a template with a place in it is an expression */
	w->type = quote == '`' && span_find(buf_span(&b), SPAN("${")) >= 0 ? WORD_NAME : WORD_TEXT;
	w->text = arena_copy(r->arena, buf_span(&b));
	r->rest = span_from(r->rest, i + 1);
	buf_deinit(&b);
	return true;
}

static void take_run(struct reading *r, struct word *w, enum word_type type)
{
	size_t n = 1;

	while (n < r->rest.n && is_name(r->rest.p[n], false))
		n++;
	w->type = type;
	w->text = span_head(r->rest, n);
	r->rest = span_from(r->rest, n);
}

static struct word next_word(struct reading *r)
{
	struct word w = {.type = WORD_END};
	char c;

	skip_space(&r->rest);
	if (!r->rest.n)
		return w;
	c = r->rest.p[0];
	if ((c == '"' || c == '\'' || c == '`') && read_text(r, &w))
		return w;
	if (is_name(c, true)) {
		take_run(r, &w, WORD_NAME);
	} else if (c >= '0' && c <= '9') {
		take_run(r, &w, WORD_NUMBER);
	} else {
		w.type = WORD_MARK;
		w.mark = c;
		r->rest = span_from(r->rest, 1);
	}
	return w;
}

/* "ws://host:2333/path", "host:2333", "host". */
static void set_host(struct node_config_node *n, const struct word *w)
{
	struct span s = span_trim(w->text);
	ssize_t at = span_find(s, SPAN("://")), colon = -1, end;

	if (at >= 0) {
		n->scheme = span_head(s, (size_t)at);
		s = span_from(s, (size_t)at + 3);
	}
	end = span_chr(s, '/');
	s = end < 0 ? s : span_head(s, (size_t)end);
	end = span_chr(s, '@');
	s = end < 0 ? s : span_from(s, (size_t)end + 1);
	/* a bare IPv6 address has more colons than one */
	if (span_starts(s, SPAN("[")) && span_chr(s, ']') > 0)
		colon = span_starts(span_from(s, (size_t)span_chr(s, ']') + 1), SPAN(":"))
				? span_chr(s, ']') + 1
				: -1;
	else if (span_chr(s, ':') >= 0 &&
		 span_chr(span_from(s, (size_t)span_chr(s, ':') + 1), ':') < 0)
		colon = span_chr(s, ':');
	if (colon >= 0 && !n->port_text.n)
		n->port_text = span_from(s, (size_t)colon + 1);
	n->host = colon < 0 ? s : span_head(s, (size_t)colon);
}

static void set_url(struct node_config_node *n, const struct word *w)
{
	set_host(n, w);
	n->host_in_url = true;
}

static void set_uri(struct node_config_node *n, const struct word *w)
{
	set_url(n, w);
	n->uri = true;
}

static void set_name(struct node_config_node *n, const struct word *w)
{
	n->name = w->text;
}

static void set_port(struct node_config_node *n, const struct word *w)
{
	n->port_text = span_trim(w->text);
}

static void set_secure(struct node_config_node *n, const struct word *w)
{
	bool no = span_ieq(w->text, SPAN("false")) || span_eq(w->text, SPAN("0"));

	n->secure_given = true;
	n->secure_is_text = w->type == WORD_TEXT;
	n->secure = n->secure_is_text ? w->text.n > 0 : !no;
}

static void set_password(struct node_config_node *n, const struct word *w)
{
	n->password = w->text;
	n->password_given = true;
	n->password_length = (int64_t)w->text.n;
	n->password_unseen = false;
}

/* What logs print instead of it. */
static void set_length(struct node_config_node *n, const struct word *w)
{
	uint64_t v;

	if (n->password_given || !span_uint(w->text, 1 << 20, &v))
		return;
	n->password_given = n->password_unseen = true;
	n->password_length = (int64_t)v;
}

static const struct {
	const char *key;
	void (*set)(struct node_config_node *n, const struct word *w);
	bool host;
} keys[] = {
	{"name", set_name, false},
	{"identifier", set_name, false},
	{"label", set_name, false},
	{"id", set_name, false},
	{"host", set_host, true},
	{"hostname", set_host, true},
	{"url", set_url, true},
	{"uri", set_uri, true},
	{"nodeUrl", set_uri, true},
	{"port", set_port, false},
	{"secure", set_secure, false},
	{"ssl", set_secure, false},
	{"auth", set_password, false},
	{"password", set_password, false},
	{"authorization", set_password, false},
	{"passwordLength", set_length, false},
};

static bool is_boolean(const struct word *w)
{
	static const char *const words[] = {"true", "false", "True", "False"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (w->type == WORD_NAME && span_eq(w->text, span_of(words[i])))
			return true;
	return false;
}

static struct level *innermost(struct reading *r)
{
	return r->depth && !r->too_deep ? &r->levels[r->depth - 1] : NULL;
}

static void set_value(struct level *l, const struct word *w)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!span_ieq(l->key, span_of(keys[i].key)))
			continue;
		/* a whole URL beside a host adds nothing */
		if (keys[i].set == set_uri && l->any)
			return;
		/* `process.env.X === 'true'` */
		if (keys[i].set == set_secure && l->expression)
			return;
		keys[i].set(&l->node, w);
		l->any |= keys[i].host;
	}
	l->valued = true;
}

/* A password that comes from the environment is known to exist, and nothing more. */
static void end_member(struct level *l)
{
	bool secret = span_ieq(l->key, SPAN("auth")) || span_ieq(l->key, SPAN("password")) ||
		      span_ieq(l->key, SPAN("authorization"));

	if (secret && l->expression && !l->valued) {
		l->node.password_given = l->node.password_unseen = true;
		l->node.password_length = -1;
	}
	l->key = (struct span){0};
	l->valued = l->expression = false;
}

static void open_level(struct reading *r)
{
	if (r->depth == LEVELS_MAX) {
		r->too_deep++;
		return;
	}
	r->levels[r->depth++] = (struct level){.node = {.password_length = -1}};
}

static void close_level(struct reading *r)
{
	struct level *l = innermost(r);
	uint64_t port;

	if (r->too_deep) {
		r->too_deep--;
		return;
	}
	if (!l)
		return;
	end_member(l);
	if (l->any && l->node.host.n && r->out->n < NODE_CONFIG_MAX) {
		if (span_uint(l->node.port_text, 65535, &port))
			l->node.port = (unsigned)port;
		r->out->nodes[r->out->n++] = l->node;
	}
	r->depth--;
}

/* The name that a colon or an equals sign follows; `==` and `=>` are neither, and an assignment
 * outside of all brackets is the program's. */
static bool is_key(struct reading *r, const struct word *w)
{
	struct span rest = r->rest;

	if (w->type != WORD_NAME && w->type != WORD_TEXT)
		return false;
	skip_space(&rest);
	if (!rest.n || (rest.p[0] == '=' && r->depth == 1) ||
		(rest.p[0] != ':' && rest.p[0] != '=') ||
		(rest.n > 1 && (rest.p[1] == '=' || rest.p[1] == '>')))
		return false;
	r->rest = span_from(rest, 1);
	return true;
}

static void heed_mark(struct reading *r, char mark)
{
	struct level *l = innermost(r);

	if (mark == '(' && l && l->key.n)
		l->expression = true;
	if (mark == '{' || mark == '(' || mark == '[')
		open_level(r);
	else if (mark == '}' || mark == ')' || mark == ']')
		close_level(r);
	else if (mark == ',' && l)
		end_member(l);
}

static void heed_word(struct reading *r, const struct word *w)
{
	struct level *l = innermost(r);

	if (!l)
		return;
	if (!l->key.n && is_key(r, w))
		l->key = w->text;
	else if (l->key.n && (w->type != WORD_NAME || is_boolean(w)))
		set_value(l, w);
	else if (l->key.n)
		l->expression = true;
}

bool node_config_read(struct node_config *out, struct arena *a, struct span text, const char **why)
{
	struct reading r = {.rest = span_head(text, NODE_CONFIG_TEXT_MAX), .out = out, .arena = a};
	struct word w;

	*out = (struct node_config){0};
	open_level(&r);
	while ((w = next_word(&r)).type != WORD_END) {
		if (w.type == WORD_MARK)
			heed_mark(&r, w.mark);
		else
			heed_word(&r, &w);
	}
	while (r.depth)
		close_level(&r);
	*why = out->n ? NULL
		      : "no node is configured there; a node has a `url`, or a `host` and a `port`";
	return out->n > 0;
}

void node_config_url(struct buf *out, const struct node_config_node *n)
{
	bool bare = span_chr(n->host, ':') >= 0 && !span_starts(n->host, SPAN("["));

	if (n->scheme.n)
		buf_add(out, n->scheme);
	else
		buf_addz(out, n->secure ? "wss" : "ws");
	buf_addf(out, bare ? "://[%.*s]" : "://%.*s", SPANF(n->host));
	if (n->port)
		buf_addf(out, ":%u", n->port);
}
