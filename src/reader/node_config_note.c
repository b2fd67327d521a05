/* What a node's configuration says, and what is wrong with it whatever the server is. */
#include "base/text.h"
#include "fact/lavalink.h"
#include "reader/node_config.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_quoted(struct span s)
{
	return s.n > 1 && (s.p[0] == '"' || s.p[0] == '\'' || s.p[0] == '`') &&
	       s.p[s.n - 1] == s.p[0];
}

const char *node_config_shape(const struct node_config_node *n)
{
	struct span s = n->password;

	if (!n->password_given || n->password_unseen)
		return NULL;
	if (!s.n)
		return "empty";
	if (span_chr(s, '\n') >= 0 || span_chr(s, '\r') >= 0)
		return "newline";
	if (is_blank(s.p[0]) || is_blank(s.p[s.n - 1]))
		return "blank-around";
	if (is_quoted(s))
		return "quoted";
	return span_eq(s, SPAN("youshallnotpass")) ? "default" : NULL;
}

static bool no_port(const struct node_config_node *n)
{
	return !n->port_text.n;
}

static bool bad_port(const struct node_config_node *n)
{
	return n->port_text.n && !n->port;
}

/* Shoukaku and others put ws:// or wss:// in front themselves. */
static bool needless_scheme(const struct node_config_node *n)
{
	return n->scheme.n && !n->uri;
}

static bool scheme_against_secure(const struct node_config_node *n)
{
	bool tls = span_ieq(n->scheme, SPAN("https")) || span_ieq(n->scheme, SPAN("wss"));

	return n->scheme.n && n->secure_given && tls != n->secure;
}

static bool secure_is_text(const struct node_config_node *n)
{
	return n->secure_is_text;
}

static bool no_password(const struct node_config_node *n)
{
	return !n->password_given;
}

static bool odd_password(const struct node_config_node *n)
{
	const char *shape = node_config_shape(n);

	return shape && strcmp(shape, "default") != 0;
}

static const struct {
	const char *name;
	bool (*is)(const struct node_config_node *n);
	const char *text;
} mistakes[] = {
	{"node-port-missing", no_port,
		"no port is given: most libraries then take 80 or 443, a node listens on 2333"},
	{"node-port-invalid", bad_port, "the port is no number from 1 to 65535"},
	{"node-url-scheme", needless_scheme,
		"a scheme stands in front of the host: the library puts ws:// or wss:// there "
		"itself"},
	{"node-scheme-against-secure", scheme_against_secure,
		"the scheme and `secure` contradict each other"},
	{"node-secure-is-text", secure_is_text,
		"`secure` is text in quotes: \"false\" counts as true in JavaScript"},
	{"node-password-missing", no_password,
		"no password is given: a node refuses every request without"},
	{"node-password-shape", odd_password,
		"the password is empty, quoted twice, has a line break, or a blank at an end, "
		"which no header keeps"},
};

static void note_mistakes(const struct node_config_node *n, struct journal *j, struct span by)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		if (mistakes[i].is(n))
			note(j, NULL, 0, &lavalink_config_mistake, F_TEXT(k_by, by),
				F_TEXT(k_mistake, span_of(mistakes[i].name)),
				F_TEXT(k_text, span_of(mistakes[i].text)));
}

void node_config_note(const struct node_config_node *n, struct journal *j, struct span by)
{
	struct buf name = {.max = 512}, host = {.max = 1024};
	struct field fields[8];
	size_t k = 0;

	text_redact(&name, span_head(n->name, 80));
	text_redact(&host, span_head(n->host, 253));
	fields[k++] = F_TEXT(k_by, by);
	fields[k++] = F_TEXT(k_host, buf_span(&host));
	fields[k++] = F_BOOL(k_secure, n->secure);
	if (n->name.n)
		fields[k++] = F_TEXT(k_name, buf_span(&name));
	if (n->port)
		fields[k++] = F_INT(k_port, n->port);
	if (n->password_given)
		fields[k++] = F_BOOL(k_password, true);
	if (n->password_length >= 0)
		fields[k++] = F_INT(k_length, n->password_length);
	if (node_config_shape(n))
		fields[k++] = F_TEXT(k_secret_shape, span_of(node_config_shape(n)));
	journal_add(j, NULL, 0, &lavalink_config, fields, k);
	note_mistakes(n, j, by);
	buf_deinit(&name);
	buf_deinit(&host);
}
