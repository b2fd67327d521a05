#include "cmd/check_options.h"

#include "base/json.h"
#include "base/text.h"
#include "cause/all.h"
#include "cmd/output.h"
#include "io/address.h"
#include "io/file.h"

#include <stdio.h>
#include <stdlib.h>

#define AT(member) offsetof(struct check_options, member)

static char dialects[256]; /* "auto|websocket|…" */

static const struct opt before[] = {
	{"direct", 0, OPT_LIST, AT(direct), "URL", "run the same experiments against the backend itself (repeatable): two vantage points tell whose fault it is",
		"Target"},
	{"from-curl", 0, OPT_TEXT, AT(from_curl), "'curl …'", "take the target and options from a pasted curl command, and say what is wrong with it"},
	{"path", 0, OPT_TEXT, AT(path), "PATH", "instead of the path and query of the URL"},
	{"dialect", 0, OPT_CHOICE, AT(dialect), "DIALECT", "what the endpoint speaks; default auto: by the URL and the answers", NULL, dialects},

	{"header", 'H', OPT_LIST, AT(header), "'NAME: VALUE'", "send this header too; @FILE reads one a line (repeatable)", "Request"},
	{"origin", 0, OPT_TEXT, AT(origin), "ORIGIN", "the Origin of the page that opens the WebSocket; default: the target's own"},
	{"subprotocol", 0, OPT_TEXT, AT(subprotocol), "LIST", "offer these subprotocols, comma-separated"},
	{NULL},
};

/* Here stand the options of each protocol. */

static const struct opt after[] = {
	{"insecure", 'k', OPT_FLAG, AT(insecure), NULL, "send credentials also over TLS that failed verification", "Connection"},
	{"cacert", 0, OPT_TEXT, AT(cacert), "FILE", "trust these roots (PEM) instead of the system's"},
	{"cert", 0, OPT_TEXT, AT(cert), "FILE", "show this client certificate (PEM)"},
	{"key", 0, OPT_TEXT, AT(key), "FILE", "its private key (PEM); default: in the file of --cert"},
	{"proxy", 'x', OPT_TEXT, AT(proxy), "URL", "go through this proxy: http, https or socks5; default: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY as curl reads them"},
	{"resolve", 0, OPT_LIST, AT(resolve), "HOST:PORT:ADDR", "use this address for that host and port (repeatable)"},
	{"connect-to", 0, OPT_LIST, AT(connect_to), "H1:P1:H2:P2", "connect to H2:P2 instead of H1:P1 (repeatable)"},
	{"ipv4", '4', OPT_FLAG, AT(four), NULL, "IPv4 only"},
	{"ipv6", '6', OPT_FLAG, AT(six), NULL, "IPv6 only"},
	{"auth-anywhere", 0, OPT_FLAG, AT(auth_anywhere), NULL, "send credentials also to another origin after a redirect, and in plain text after https"},

	{"idle", 0, OPT_DURATION, AT(idle), "DURATION", "hold connections open this long, silent and pinged side by side: finds idle timeouts and maximum ages", "What to try", NULL, 0,
		24 * 3600 * NS_S},
	{"chatty", 0, OPT_FLAG, AT(chatty), NULL, "with --idle: a third connection that sends data"},
	{"reconnect", 0, OPT_FLAG, AT(reconnect), NULL, "cut the connection and come back as a client does"},
	{"samples", 0, OPT_NUMBER, AT(samples), "N", "this many sessions at once, as several users; on plain WebSocket: this many connections, and when the server's first message comes", NULL, NULL, 1, 50},
	{"health", 0, OPT_TEXT, AT(health), "PATH", "GET this path too: does it answer, does it count WebSockets"},
	{"echo", 0, OPT_FLAG, AT(echo), NULL, "send a message and expect it back"},
	{"size", 0, OPT_SIZE, AT(size), "BYTES", "send messages of growing size up to this: finds limits", NULL, NULL, 1, 15000000},
	{"send", 0, OPT_TEXT, AT(send), "DATA", "send this message and wait for the answer"},
	{"auth", 0, OPT_TEXT, AT(auth), "JSON", "the object that the protocol connects with: auth of Socket.IO"},
	{"expect", 0, OPT_TEXT, AT(expect), "TEXT", "wait for this event, after --emit if given; on plain WebSocket: for a message with this text, after --send if given"},
	{"hostile", 0, OPT_FLAG, AT(hostile), NULL, "send malformed frames, one a connection, to see whether the server refuses them"},

	{"timeout", 0, OPT_DURATION, AT(timeout), "DURATION", "per step; default 5s", "Limits", NULL, NS_MS, 3600 * NS_S},
	{"deadline", 0, OPT_DURATION, AT(deadline), "DURATION", "for the whole run, --idle and --wait apart; default 60s", NULL, NULL, NS_MS, 24 * 3600 * NS_S},
	{"wait", 0, OPT_DURATION, AT(wait), "DURATION", "check again until it is healthy or refused for good, at most this long", NULL, NULL, 0, 24 * 3600 * NS_S},
	{"connections", 0, OPT_NUMBER, AT(connections), "N", "at most this many connections, besides those that --idle, --echo, --size, --send and --hostile open; default 12", NULL, NULL, 3, 1000},

	{"output", 'o', OPT_LIST, AT(output), "FORMAT[=FILE]", output_say, "Report"},
	{"save", 0, OPT_TEXT, AT(save), "FILE", "save the journal; `wsdx explain FILE` replays it without a network"},
	{"checklist", 0, OPT_FLAG, AT(checklist), NULL, "answer the check-list of guides for what is spoken there: Socket.IO (upgrade, reconnection, users, binary …), Lavalink (password, version, configuration …)"},
	{"why", 0, OPT_FLAG, AT(why), NULL, "show the reasoning: what ruled out which cause"},
	{"only", 0, OPT_CHOICE, AT(only), "LAYER", "report this layer only", NULL,
		"dns|tcp|proxy|tls|http|upgrade|auth|frame|extension|keepalive|transport|session|cluster|app|platform|limit"},
	{"fail-on", 0, OPT_CHOICE, AT(fail_on), "SEVERITY", "exit with 3 from this severity on; default error", NULL, "error|warning"},
	{"color", 0, OPT_CHOICE, AT(color), "WHEN", "colour in the human report; default auto", NULL, "auto|always|never"},
	{"quiet", 'q', OPT_FLAG, AT(quiet), NULL, "the verdict only"},
	{"verbose", 'v', OPT_FLAG, AT(verbose), NULL, "every frame, packet and state change on standard error: time, direction, decoded, redacted"},
	{NULL},
};

static void add_table(struct opt *out, size_t *n, const struct opt *table, size_t base)
{
	for (; table && table->name && *n + 1 < CHECK_OPTIONS_MAX; table++) {
		out[*n] = *table;
		out[(*n)++].offset += base;
	}
}

const struct opt *check_opts(void)
{
	static struct opt all[CHECK_OPTIONS_MAX];
	size_t n = 0, said = 0;

	if (all[0].name)
		return all;
	said = (size_t)snprintf(dialects, sizeof(dialects), "auto");
	for (const struct protocol *const *p = protocol_all; *p && said < sizeof(dialects); p++)
		said += (size_t)snprintf(dialects + said, sizeof(dialects) - said, "|%s", (*p)->name);
	add_table(all, &n, before, 0);
	for (size_t i = 0; protocol_all[i]; i++)
		add_table(all, &n, protocol_all[i]->options, AT(own) + i * PROTOCOL_ASK_MAX);
	add_table(all, &n, after, 0);
	return all;
}

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

static bool fail(struct buf *error, const char *option, struct span value, const char *why)
{
	buf_addf(error, "%s '", option);
	text_visible(error, span_head(value, 200));
	buf_addf(error, "': %s", why);
	return false;
}

static bool say(struct buf *error, const char *sentence)
{
	buf_addz(error, sentence);
	return false;
}

static bool parse_url(struct url *out, struct span text, const char *option, struct buf *error)
{
	const char *why;

	if (url_parse(text, out, &why))
		return true;
	/* the value may hold a password or a token: neither is said */
	if (span_chr(text, '@') >= 0)
		text = SPAN("…@…");
	else if (span_chr(text, '?') >= 0)
		text = span_head(text, (size_t)span_chr(text, '?'));
	return fail(error, option, text, why);
}

static bool add_header(struct check_ask *a, struct span line, struct buf *error)
{
	struct probe_ask *p = &a->probe;
	ssize_t colon = span_chr(line, ':');
	struct http_header h;

	if (colon < 1)
		return fail(error, "--header", span_head(line, 20), "write it as 'Name: value'");
	if (p->n_headers == PROBE_HEADERS_MAX)
		return fail(error, "--header", span_head(line, (size_t)colon), "too many headers; 64 are taken");
	h.name = span_trim(span_head(line, (size_t)colon));
	h.value = span_trim(span_from(line, (size_t)colon + 1));
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '\r' || line.p[i] == '\n' || line.p[i] == '\0')
			return fail(error, "--header", h.name, "the value has a line break");
	p->headers[p->n_headers++] = h;
	return true;
}

static bool add_header_file(struct check_ask *a, struct span path, struct buf *error)
{
	struct buf content = {.max = 1 << 20};
	struct file_error why;
	struct span rest, line;
	bool ok = file_read(&content, arena_z(&a->arena, path), &why);

	if (!ok) {
		buf_addf(error, "--header @: %s", why.text);
		buf_deinit(&content);
		return false;
	}
	rest = arena_copy(&a->arena, buf_span(&content));
	buf_deinit(&content);
	while (ok && span_cut(&rest, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (span_trim(line).n && line.p[0] != '#')
			ok = add_header(a, line, error);
	}
	return ok;
}

static bool take_headers(struct check_ask *a, const struct opt_list *list, struct buf *error)
{
	for (size_t i = 0; i < list->n; i++) {
		struct span h = list->v[i];

		if (span_starts(h, SPAN("@")) ? !add_header_file(a, span_from(h, 1), error) : !add_header(a, h, error))
			return false;
	}
	return true;
}

static bool take_overrides(struct check_ask *a, const struct check_options *o, struct buf *error)
{
	const char *why;

	for (size_t i = 0; i < o->resolve.n; i++)
		if (!overrides_add_resolve(&a->overrides, o->resolve.v[i], &why))
			return fail(error, "--resolve", o->resolve.v[i], why);
	for (size_t i = 0; i < o->connect_to.n; i++)
		if (!overrides_add_connect_to(&a->overrides, o->connect_to.v[i], &why))
			return fail(error, "--connect-to", o->connect_to.v[i], why);
	a->probe.overrides = &a->overrides;
	return true;
}

static bool take_tls(struct check_ask *a, const struct check_options *o, struct buf *error)
{
	const char *why;

	if (o->key.n && !o->cert.n)
		return fail(error, "--key", o->key, "it needs --cert");
	a->trust = tls_trust_new(o->cacert.n ? arena_z(&a->arena, o->cacert) : NULL, &why);
	if (!a->trust)
		return fail(error, "--cacert", o->cacert, why);
	a->probe.trust = a->trust;
	if (!o->cert.n)
		return true;
	a->identity = tls_identity_load(
		arena_z(&a->arena, o->cert), o->key.n ? arena_z(&a->arena, o->key) : NULL, &why);
	if (!a->identity)
		return fail(error, "--cert", o->cert, why);
	a->probe.identity = a->identity;
	return true;
}

static bool take_targets(struct check_ask *a, const struct check_options *o, struct span url, struct buf *error)
{
	if (!parse_url(&a->probe.url, url, "URL", error))
		return false;
	if (o->path.n) {
		a->probe.url.target = o->path;
		if (span_chr(o->path, ' ') >= 0)
			return fail(error, "--path", o->path, "a blank is written as %20");
	}
	if (o->direct.n > PROBE_DIRECT_MAX)
		return fail(error, "--direct", o->direct.v[PROBE_DIRECT_MAX], "at most 7 are taken");
	for (size_t i = 0; i < o->direct.n; i++) {
		struct url *u = &a->probe.direct[a->probe.n_direct++];

		if (!parse_url(u, o->direct.v[i], "--direct", error))
			return false;
		/* a backend is named by host and port; the path is the one under examination unless one is given */
		if (!u->target.n)
			u->target = a->probe.url.target;
	}
	return true;
}

/* What several protocols take, then what each has for itself. */
static bool take_protocols(struct check_ask *a, const struct check_options *o, struct buf *error)
{
	struct probe_ask *p = &a->probe;

	p->dialect = protocol_find(o->dialect);
	p->auth = o->auth;
	p->expect = o->expect;
	p->reconnect = o->reconnect;
	p->samples = (unsigned)o->samples;
	p->health = o->health;
	if (o->auth.n && !json_is(o->auth, JSON_OBJECT))
		return fail(error, "--auth", SPAN("…"), "it is no JSON object");
	if (o->health.n && (o->health.p[0] != '/' || span_chr(o->health, ' ') >= 0))
		return fail(error, "--health", o->health, "a path begins with / and has no blanks");
	for (size_t i = 0; protocol_all[i]; i++)
		if (protocol_all[i]->take && !protocol_all[i]->take(a->own[i], p, &a->arena, error))
			return false;
	return true;
}

/* What was said of each protocol, and the target when an option of one names it. */
static bool begin_protocols(struct check_ask *a, const struct check_options *o, struct span *url, struct buf *error)
{
	for (size_t i = 0; protocol_all[i]; i++) {
		a->own[i] = arena_alloc(&a->arena, PROTOCOL_ASK_MAX);
		memcpy(a->own[i], o->own[i], PROTOCOL_ASK_MAX);
		a->probe.own[i] = a->own[i];
		if (protocol_all[i]->target && !protocol_all[i]->target(a->own[i], &a->arena, url, error))
			return false;
	}
	return url->n > 0 || say(error, "the URL is missing");
}

/* RFC 9110 §5.6.2: what a browser's constructor takes. */
static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("\"(),/:;<=>?@[\\]{}", s.p[i]))
			return false;
	return s.n > 0;
}

static bool check_subprotocols(struct span list, struct buf *error)
{
	struct span rest = list, name;

	while (span_cut(&rest, ',', &name))
		if (!is_token(span_trim(name)))
			return fail(error, "--subprotocol", list, "names of letters, digits and -._ with commas between them");
	return true;
}

/* RFC 6454 §6.2; "null" is what a sandboxed page sends. */
static bool check_origin(struct span origin, struct buf *error)
{
	ssize_t at = span_find(origin, SPAN("://"));
	struct span host = span_from(origin, at < 0 ? origin.n : (size_t)at + 3);

	if (!origin.n || span_eq(origin, SPAN("null")) ||
		(at > 0 && host.n && span_chr(host, '/') < 0 && span_chr(host, ' ') < 0))
		return true;
	return fail(error, "--origin", origin, "an origin is https://HOST[:PORT] without a path, or null");
}

static bool check_proxy(struct span proxy, struct buf *error)
{
	const char *why;

	if (!proxy.n || probe_knows_proxy(proxy, &why))
		return true;
	/* it may hold a password */
	return fail(error, "--proxy", span_chr(proxy, '@') < 0 ? proxy : SPAN("…@…"), why);
}

/* An address of the other family than -4 or -6 asks for. */
static bool check_family(const struct check_options *o, const struct url *url, struct buf *error)
{
	struct address a;

	if (!(o->four || o->six) || o->proxy.n || o->resolve.n || o->connect_to.n || !address_parse(&a, url->host, 0) ||
		a.family == (o->four ? 4 : 6))
		return true;
	return fail(error, o->four ? "--ipv4" : "--ipv6", url->host, "the URL has an address of the other family");
}

static const char *environment(const char *name)
{
	return getenv(name);
}

bool check_ask_make(struct check_ask *a, const struct check_options *o, struct span url, struct buf *error)
{
	*a = (struct check_ask){.probe = {.origin = o->origin,
					.subprotocol = o->subprotocol,
					.insecure = o->insecure,
					.auth_anywhere = o->auth_anywhere,
					.proxy = o->proxy,
					.env = environment,
					.family = o->four ? 4 : o->six ? 6 : 0,
					.timeout = o->timeout,
					.deadline = o->deadline,
					.idle = o->idle,
					.size = o->size,
					.echo = o->echo,
					.chatty = o->chatty,
					.hostile = o->hostile,
					.send = o->send,
					.connections_max = (unsigned)o->connections,
					.causes = cause_all}};
	if (o->four && o->six)
		return say(error, "--ipv4 and --ipv6 exclude each other");
	if (o->chatty && !o->idle)
		return say(error, "--chatty needs --idle");
	return check_origin(o->origin, error) && check_subprotocols(o->subprotocol, error) && check_proxy(o->proxy, error) &&
		begin_protocols(a, o, &url, error) && take_targets(a, o, url, error) && check_family(o, &a->probe.url, error) && take_protocols(a, o, error) &&
		take_headers(a, &o->header, error) && take_overrides(a, o, error) &&
		take_tls(a, o, error);
}

void check_ask_deinit(struct check_ask *a)
{
	tls_identity_free(a->identity);
	tls_trust_free(a->trust);
	arena_deinit(&a->arena);
	*a = (struct check_ask){0};
}
