/* What is wrong with a curl command that is to open a WebSocket: RFC 6455 §4.1 for the handshake,
 * the query of Engine.IO where the path is Socket.IO's, and the shell. */
#include "reader/curl_inside.h"

static void judge_variables(struct curl *c, const struct shell_seen *seen)
{
	for (size_t i = 0; i < seen->n_unset; i++)
		curl_note(c, "unset-variable", false,
			"the variable $%.*s has no value here: the server gets an empty text; set "
			"it, or write its value",
			SPANF(seen->unset[i]));
}

void curl_judge_shell(struct curl *c, const struct shell_seen *seen)
{
	static const struct {
		size_t offset;
		const char *name;
		bool harmless;
		const char *text;
	} rows[] = {
#define SEEN(member) offsetof(struct shell_seen, member)
		{SEEN(ampersand), "unquoted-ampersand", false,
			"the URL has an & outside quotes: the shell ends the command there, and "
			"the server never sees the rest of the query nor "
			"the options behind it; put the URL into single quotes"},
		{SEEN(html_ampersand), "html-ampersand", false,
			"the URL has &amp; where & is meant: it was copied from HTML source"},
		{SEEN(question), "unquoted-question-mark", true,
			"the URL has a ? outside quotes: zsh takes it for a file name pattern (no "
			"matches found); put the URL into single quotes"},
		{SEEN(typographic), "typographic-quotes", false,
			"the command has typographic quotes or dashes, which are none to the "
			"shell: it was copied from a text processor"},
		{SEEN(no_break_space), "no-break-space", false,
			"the command has a no-break space, which separates no words in a shell: it "
			"was copied from a web page"},
		{SEEN(blank_after_backslash), "blank-after-backslash", false,
			"a blank stands between the backslash and the end of its line: the command "
			"ends there, and what follows is lost"},
		{SEEN(carriage_return), "carriage-return", false,
			"the lines end in CR LF: to the shell, the CR behind the backslash ends "
			"the command"},
		{SEEN(unclosed), "unclosed-quote", false,
			"a quote has no end: the shell waits for more"},
		{SEEN(substitution), "command-substitution", false,
			"a $(…) or `…` is not run here: its text stands for its value"},
		{SEEN(too_long), "too-many-words", false,
			"the command has more than 512 words; the others are left out"},
#undef SEEN
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (*(const bool *)((const char *)seen + rows[i].offset))
			curl_note(c, rows[i].name, rows[i].harmless, "%s", rows[i].text);
	judge_variables(c, seen);
}

/* Base64 of exactly 16 bytes: 22 characters and ==, the last of which carries 4 bits of zero. */
static bool is_key(struct span key)
{
	if (key.n != 24 || !span_ends(key, SPAN("==")) || !strchr("AQgw", key.p[21]))
		return false;
	for (size_t i = 0; i < 22; i++) {
		char k = key.p[i];

		if (!((k >= '0' && k <= '9') || (k >= 'a' && k <= 'z') || (k >= 'A' && k <= 'Z') ||
			    k == '+' || k == '/'))
			return false;
	}
	return true;
}

#define GOOD_KEY "dGhlIHNhbXBsZSBub25jZQ=="

static void judge_key(struct curl *c)
{
	const struct curl_header *key = curl_header(c, "Sec-WebSocket-Key");

	if (!key)
		curl_note(c, "missing-key", false,
			"Sec-WebSocket-Key is missing: a correct server answers 400; add -H "
			"'Sec-WebSocket-Key: " GOOD_KEY "'");
	else if (!is_key(key->value))
		curl_note(c, "invalid-key", false,
			"Sec-WebSocket-Key is no base64 of 16 bytes (it has %zu characters, 24 are "
			"due): a correct server answers 400; write "
			"-H 'Sec-WebSocket-Key: " GOOD_KEY "'",
			key->value.n);
}

static void judge_version(struct curl *c)
{
	const struct curl_header *version = curl_header(c, "Sec-WebSocket-Version");

	if (!version)
		curl_note(c, "missing-version", false,
			"Sec-WebSocket-Version is missing: a correct server answers 400 or 426; "
			"add -H 'Sec-WebSocket-Version: 13'");
	else if (!span_eq(version->value, SPAN("13")))
		curl_note(c, "wrong-version", false,
			"Sec-WebSocket-Version is not 13, the only one there is: a correct server "
			"answers 426 (or 400)");
}

static void judge_upgrade(struct curl *c)
{
	const struct curl_header *upgrade = curl_header(c, "Upgrade"),
				 *connection = curl_header(c, "Connection");

	if (!upgrade)
		curl_note(c, "missing-upgrade", false,
			"Upgrade is missing: the server sees a plain request and answers 400, 404 "
			"or 426; add -H 'Upgrade: websocket'");
	else if (!span_has_token(upgrade->value, SPAN("websocket")))
		curl_note(c, "wrong-upgrade", false, "Upgrade does not name websocket");
	if (!connection)
		curl_note(c, "missing-connection", false,
			"Connection: Upgrade is missing: proxies and servers do not look at the "
			"Upgrade header without it");
	else if (!span_has_token(connection->value, SPAN("upgrade")))
		curl_note(c, "wrong-connection", false,
			"Connection does not name Upgrade: proxies and servers do not look at the "
			"Upgrade header without it");
}

static struct span query_of(struct span url)
{
	ssize_t mark = span_chr(url, '?');
	struct span left = mark < 0 ? (struct span){0} : span_from(url, (size_t)mark + 1),
		    query = {0};

	span_cut(&left, '#', &query);
	return query;
}

/* True when the query has a parameter of this name; its value into *value. */
static bool query_value(struct span url, struct span name, struct span *value)
{
	struct span left = query_of(url), part, key;

	while (span_cut(&left, '&', &part)) {
		span_cut(&part, '=', &key);
		if (span_eq(key, name)) {
			*value = part;
			return true;
		}
	}
	return false;
}

/* https://github.com/socketio/engine.io, server.ts: verify() looks at the transport first,
 * handshake() at EIO. */
static void judge_socketio(struct curl *c)
{
	struct span left = c->url, path, value;

	span_cut(&left, '?', &path);
	if (span_find(path, SPAN("/socket.io")) < 0 && span_find(path, SPAN("/engine.io")) < 0)
		return;
	if (!query_value(c->url, SPAN("transport"), &value))
		curl_note(c, "socketio-no-transport", false,
			"the URL has no transport: Engine.IO answers 400 "
			"{\"code\":0,\"message\":\"Transport unknown\"} whatever the proxy does; "
			"append "
			"transport=websocket");
	if (!query_value(c->url, SPAN("EIO"), &value))
		curl_note(c, "socketio-no-eio", false,
			"the URL has no EIO: Engine.IO takes it for version 3, and a Socket.IO 3 "
			"or 4 server answers 400 {\"code\":5,\"message\":"
			"\"Unsupported protocol version\"}; append EIO=4");
}

static void judge_request(struct curl *c)
{
	if (c->http2)
		curl_note(c, "http2", false,
			"the command asks for HTTP/2 or newer, where Upgrade and Connection are no "
			"valid headers (RFC 9113 §8.2.2); write --http1.1");
	else if (span_istarts(c->url, SPAN("https:")) && !c->http11)
		curl_note(c, "may-negotiate-http2", false,
			"over TLS curl offers HTTP/2, and where the server takes it the Upgrade "
			"means nothing: add --http1.1");
	if (c->head || c->data || (c->method.n && !span_eq(c->method, SPAN("GET"))))
		curl_note(c, "not-get", false,
			"the opening handshake is a GET without a body: leave out -X, -I and -d");
}

static bool wants_websocket(const struct curl *c)
{
	const struct curl_header *upgrade = curl_header(c, "Upgrade");
	struct span transport;

	for (size_t i = 0; i < c->n_headers; i++)
		if (span_istarts(c->headers[i].name, SPAN("Sec-WebSocket-")))
			return true;
	if (query_value(c->url, SPAN("transport"), &transport) &&
		span_eq(transport, SPAN("websocket")))
		return true;
	return span_istarts(c->url, SPAN("ws:")) || span_istarts(c->url, SPAN("wss:")) ||
	       (upgrade && !span_has_token(upgrade->value, SPAN("h2c")));
}

void curl_judge_handshake(struct curl *c)
{
	bool own = span_istarts(c->url, SPAN("ws"));

	c->websocket = wants_websocket(c);
	if (!c->websocket) {
		curl_note(c, "no-websocket", true,
			"the command asks for a page, not for a WebSocket: its answer says little "
			"about one");
		return;
	}
	/* for ws: and wss: curl makes the handshake by itself */
	if (own && !curl_header(c, "Upgrade"))
		curl_note(c, "needs-new-curl", true,
			"curl itself speaks %s:// from 8.11 on, and before only if it was built "
			"for it",
			span_istarts(c->url, SPAN("wss:")) ? "wss" : "ws");
	if (!own || curl_header(c, "Upgrade")) {
		judge_upgrade(c);
		judge_version(c);
		judge_key(c);
	}
	judge_socketio(c);
	judge_request(c);
}
