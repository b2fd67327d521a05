/* Lavalink: the row, what the user may say of a node, and how one is recognised. */
#include "probe/lavalink/lavalink.h"

#include "base/text.h"
#include "fact/all.h"
#include "io/file.h"
#include "probe/credential.h"
#include "probe/recognise.h"

#define AT(member) offsetof(struct lavalink_ask, member)
#define PORT 2333
#define PASSWORD_MAX ((size_t)4096)
#define CLIENT_NAME "wsdx/" WSDX_VERSION

static const struct opt options[] = {
	{"password", 0, OPT_TEXT, AT(password), "PASSWORD",
		"of the node; WSDX_PASSWORD or --password-file keep it out of the shell's history",
		"Lavalink"},
	{"password-file", 0, OPT_TEXT, AT(password_file), "FILE",
		"read it there; the line's end does not count"},
	{"user-id", 0, OPT_TEXT, AT(user_id), "ID",
		"the bot's id, sent as User-Id; '' sends none; default: a number"},
	{"client-name", 0, OPT_TEXT, AT(client_name), "NAME/VERSION",
		"sent as Client-Name; '' sends none; default wsdx"},
	{"node-config", 0, OPT_TEXT, AT(node_config), "FILE|JSON",
		"a node as Shoukaku, lavalink-client and others are configured with it: gives URL "
		"and password, and is judged"},
	{"try-wrong-auth", 0, OPT_FLAG, AT(try_wrong_auth), NULL,
		"try a wrong password too: REST, then the Upgrade"},
	{"try-headers", 0, OPT_FLAG, AT(try_headers), NULL,
		"try the Upgrade with each header left out or malformed"},
	{NULL},
};

const struct lavalink_ask *lavalink_ask(const struct probe_ask *ask)
{
	return protocol_ask(ask, &protocol_lavalink);
}

/* --- what the user says --- */

static bool complain(struct buf *error, const char *text)
{
	buf_addz(error, text);
	return false;
}

static bool is_field_value(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t')
			return false;
	return true;
}

static struct span without_line_end(struct span s)
{
	if (span_ends(s, SPAN("\n")))
		s.n--;
	if (span_ends(s, SPAN("\r")))
		s.n--;
	return s;
}

static bool read_password(struct lavalink_ask *own, struct arena *a, struct buf *error)
{
	struct buf text = {.max = PASSWORD_MAX};
	struct file_error why;
	bool ok = file_read(&text, arena_z(a, own->password_file), &why);

	if (ok)
		own->secret = arena_copy(a, without_line_end(buf_span(&text)));
	else
		buf_addf(error, "--password-file: %s", why.text);
	buf_deinit(&text);
	return ok;
}

/* What is written out, and no file's name. */
static bool is_inline(struct span config)
{
	return span_chr(config, '{') >= 0 || span_chr(config, '[') >= 0 ||
	       span_chr(config, '=') >= 0;
}

static bool read_config(struct lavalink_ask *own, struct arena *a, struct buf *error)
{
	struct node_config *config = arena_alloc(a, sizeof(*config));
	struct buf file = {.max = NODE_CONFIG_TEXT_MAX};
	struct span text = own->node_config;
	struct file_error unread;
	const char *why = NULL;
	bool ok = is_inline(text);

	own->config_by = ok ? SPAN("option") : SPAN("file");
	if (!ok) {
		ok = file_read(&file, arena_z(a, text), &unread);
		text = arena_copy(a, buf_span(&file));
		if (!ok)
			buf_addf(error, "--node-config: %s", unread.text);
	}
	if (ok && !node_config_read(config, a, text, &why)) {
		buf_addf(error, "--node-config: %s", why);
		ok = false;
	}
	own->config = config;
	buf_deinit(&file);
	return ok;
}

/* The node of the configuration is the target when no URL is given. */
static bool target(void *arg, struct arena *a, struct span *url, struct buf *error)
{
	struct lavalink_ask *own = arg;
	struct buf text = {.max = URL_SAID_MAX};

	if (!own->node_config.n)
		return true;
	if (!read_config(own, a, error))
		return false;
	if (url->n)
		return true;
	node_config_url(&text, &own->config->nodes[0]);
	*url = arena_copy(a, buf_span(&text));
	buf_deinit(&text);
	return true;
}

/* lavalink://:password@host is a way to write it that libraries have; what goes over the wire is
 * ws://. */
static bool take_scheme(struct url *u)
{
	if (!span_starts(u->scheme, SPAN("lavalink")))
		return false;
	u->scheme = u->secure ? SPAN("wss") : SPAN("ws");
	return true;
}

/* A node knows no users: what stands before the host is the password, whatever the user's name. */
static struct span take_userinfo(struct url *u, struct arena *a)
{
	struct span plain = u->password.n ? credential_plain(a, u->password) : (struct span){0};

	u->user = u->password = (struct span){0};
	return plain;
}

static bool take_password(
	struct lavalink_ask *own, struct probe_ask *ask, struct arena *a, struct buf *error)
{
	struct span of_url = {0};

	if (own->password.p && own->password_file.n)
		return complain(error, "--password and --password-file exclude each other");
	if (ask->dialect == &protocol_lavalink)
		of_url = take_userinfo(&ask->url, a);
	if (own->password_file.n && !read_password(own, a, error))
		return false;
	if (own->password.p)
		own->secret = own->password;
	else if (!own->secret.p && of_url.p)
		own->secret = of_url;
	else if (!own->secret.p && own->config && own->config->nodes[0].password_given &&
		 !own->config->nodes[0].password_unseen)
		own->secret = own->config->nodes[0].password;
	return is_field_value(own->secret) ||
	       complain(error, "the password has a line break or a control character: no header "
			       "can carry it");
}

static bool take(void *arg, struct probe_ask *ask, struct arena *a, struct buf *error)
{
	struct lavalink_ask *own = arg;
	bool scheme = take_scheme(&ask->url);

	for (size_t i = 0; i < ask->n_direct; i++)
		take_scheme(&ask->direct[i]);
	if (!ask->dialect && (scheme || own->config))
		ask->dialect = &protocol_lavalink;
	if (!is_field_value(own->user_id) || !is_field_value(own->client_name))
		return complain(error, "--user-id, --client-name: no header can carry a line break "
				       "or a control character");
	return take_password(own, ask, a, error);
}

/* --- how it is recognised --- */

/* A password may stand in the environment and be meant for another address: it makes the question
 * worth asking, and answers nothing. */
static bool is_meant(const struct vantage *v)
{
	return protocol_is_meant(v->probe->ask, &protocol_lavalink);
}

static const char *in_url(const struct vantage *v)
{
	struct span path = url_path(&v->url);

	if (span_ends(path, SPAN("/v4/websocket")) || span_ends(path, SPAN("/v3/websocket")))
		return "path";
	return v->url.port == PORT && is_meant(v) ? "port" : NULL;
}

static bool in_answer(const struct obs *o)
{
	return o->kind == &http_answer ? obs_is(o, &k_who, "lavalink")
				       : o->kind == &run_stack && obs_is(o, &k_stack, "lavalink");
}

/* A node tells by the header of its refusal, whatever it was asked for, by others too. Asked for it
 * is only its own port, and what an option of its own was given for. */
static bool seek(struct vantage *v, bool elsewhere)
{
	if (recognise_in(v, &protocol_lavalink, &exp_engineio))
		return true;
	if (elsewhere || (v->url.port != PORT && !is_meant(v)))
		return false;
	plan_together(v, (const struct experiment *[]){plan_find(&exp_lavalink_knock)}, 1);
	return recognise_in(v, &protocol_lavalink, &exp_lavalink_knock);
}

static void knock(struct try *t)
{
	struct span path = url_path(&t->vantage->url);
	struct link *k;

	if (span_ends(path, SPAN("/")))
		path.n--;
	path = arena_fmt(&t->probe->arena, "%.*s/version", SPANF(path));
	try_upgrade(t,
		&(struct upgrade_how){.plain_get = true,
			.no_origin = true,
			.path = arena_z(&t->probe->arena, path)},
		&k);
	if (k)
		try_close(t, k);
}

/* --- how it is looked at --- */

static struct span own_header(const struct probe_ask *ask, struct span name)
{
	for (size_t i = 0; i < ask->n_headers; i++)
		if (span_ieq(ask->headers[i].name, name))
			return ask->headers[i].value;
	return (struct span){0};
}

/* The user's own header is theirs. */
static struct span add_more(struct vantage *v, struct span name, struct span value)
{
	struct span theirs = own_header(v->probe->ask, name);

	if (theirs.p)
		return theirs;
	if (value.n)
		v->more[v->n_more++] = (struct http_header){name, value};
	return value;
}

static struct span said_or(struct span said, struct span otherwise)
{
	return said.p ? said : otherwise;
}

static const char *user_id_word(struct span id)
{
	uint64_t v;

	if (!id.n)
		return "none";
	if (!span_uint(id, INT64_MAX, &v))
		return "text";
	return v ? "number" : "zero";
}

static void note_client(const struct vantage *v, struct span user_id, struct span name)
{
	struct where w = {.vantage = v->index};
	struct buf shown = {.max = 512};
	struct field fields[3];
	size_t n = 0;

	text_redact(&shown, span_head(name, 80));
	fields[n++] = F_BOOL(k_password, lavalink_state(v)->secret);
	fields[n++] = F_TEXT(k_user_id, span_of(user_id_word(user_id)));
	if (name.n)
		fields[n++] = F_TEXT(k_client, buf_span(&shown));
	journal_add(v->probe->journal, &w, probe_now(v->probe), &lavalink_client, fields, n);
	buf_deinit(&shown);
}

static void note_config(const struct vantage *v, const struct lavalink_ask *own)
{
	for (size_t i = 0; v->index == 0 && own->config && i < own->config->n; i++)
		node_config_note(&own->config->nodes[i], v->probe->journal, own->config_by);
}

/* What stands before /v4/websocket; an address alone, or with a path below which the node is. */
static void split_path(struct vantage *v)
{
	static const char *const ends[] = {"/v4/websocket", "/v3/websocket"};
	struct lavalink_state *state = lavalink_state(v);
	struct span path = url_path(&v->url);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (span_ends(path, span_of(ends[i]))) {
			state->prefix = span_head(path, path.n - strlen(ends[i]));
			return;
		}
	if (span_ends(path, SPAN("/")))
		path.n--;
	state->prefix = path;
	v->url.target = arena_fmt(&v->probe->arena, "%.*s/v4/websocket", SPANF(path));
}

static void begin(struct vantage *v)
{
	const struct lavalink_ask *own = lavalink_ask(v->probe->ask);
	struct span of_url = take_userinfo(&v->url, &v->probe->arena), password, user_id, name;

	v->state = arena_alloc(&v->probe->arena, sizeof(struct lavalink_state));
	v->no_origin = true;
	split_path(v);
	password = add_more(v, SPAN("Authorization"), said_or(own->secret, of_url));
	user_id = add_more(v, SPAN("User-Id"), said_or(own->user_id, SPAN(LAVALINK_USER_ID)));
	name = add_more(v, SPAN("Client-Name"), said_or(own->client_name, SPAN(CLIENT_NAME)));
	lavalink_state(v)->secret = password.n > 0;
	note_client(v, user_id, name);
	note_config(v, own);
}

static bool wrong_auth(const struct probe_ask *ask)
{
	return lavalink_ask(ask)->try_wrong_auth;
}

static bool headers(const struct probe_ask *ask)
{
	return lavalink_ask(ask)->try_headers;
}

static bool comes_back(const struct probe_ask *ask)
{
	return ask->reconnect;
}

static const struct experiment experiments[] = {
	{&exp_lavalink_rest, 2, BASE, lavalink_probe_rest},
	{&exp_lavalink_session, 1, BASE, lavalink_probe_session},

	{&exp_lavalink_knock, 1, WANTED, knock},
	{&exp_lavalink_user_id, 1, WANTED, lavalink_probe_user_id},
	{&exp_lavalink_new_path, 1, WANTED, lavalink_probe_new_path},
	{&exp_lavalink_old_path, 2, WANTED, lavalink_probe_old_path},

	{&exp_lavalink_wrong_auth, 2, ASKED, lavalink_probe_wrong_auth, wrong_auth},
	{&exp_lavalink_headers, 6, ASKED, lavalink_probe_headers, headers},
	{&exp_lavalink_resume, 4, ASKED, lavalink_probe_resume, comes_back},
	{NULL},
};

static const char *impossible(const struct vantage *v, const struct tag *exp)
{
	if (exp == &exp_echo || exp == &exp_send || exp == &exp_size)
		return "a node takes no messages by WebSocket";
	return exp == &exp_lavalink_resume && !v->opened ? "no WebSocket was opened" : NULL;
}

const struct protocol protocol_lavalink = {.name = "lavalink",
	.options = options,
	.ask_size = sizeof(struct lavalink_ask),
	.target = target,
	.take = take,
	.in_url = in_url,
	.in_answer = in_answer,
	.seek = seek,
	.begin = begin,
	.above = &dialect_lavalink,
	.experiments = experiments,
	.impossible = impossible};
