#include "base/url.h"

#include "base/text.h"

static const struct {
	struct span scheme;
	bool secure;
	uint16_t port;
} schemes[] = {{{"ws", 2}, false, 80}, {{"wss", 3}, true, 443}, {{"http", 4}, false, 80},
	{{"https", 5}, true, 443},
	/* as Lavalink's libraries write a node; only over the name of ws or wss it goes to the wire */
	{{"lavalink", 8}, false, 2333}, {{"lavalinks", 9}, true, 2333}};

static uint16_t usual_port(const struct url *u)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (span_eq(u->scheme, schemes[i].scheme))
			return schemes[i].port;
	return u->secure ? 443 : 80;
}

static bool parse_scheme(struct span *text, struct url *u, const char **why)
{
	ssize_t at = span_find(*text, SPAN("://"));
	struct span word = span_head(*text, at < 0 ? 0 : (size_t)at);

	/* another URL may stand in path or query: host:8080/ws?to=https://… */
	if (at < 0 || span_chr(word, '/') >= 0 || span_chr(word, '?') >= 0 || span_chr(word, '#') >= 0) {
		u->guessed = true;
		return true;
	}
	*text = span_from(*text, (size_t)at + 3);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!span_ieq(word, schemes[i].scheme))
			continue;
		u->scheme = schemes[i].scheme;
		u->secure = schemes[i].secure;
		return true;
	}
	*why = "the scheme is unknown; write ws://, wss://, http:// or https://";
	return false;
}

static void parse_user(struct span *authority, struct url *u)
{
	ssize_t at = -1, colon;

	/* the last @: a password may hold one */
	for (size_t i = 0; i < authority->n; i++)
		if (authority->p[i] == '@')
			at = (ssize_t)i;
	if (at < 0)
		return;
	u->user = span_head(*authority, (size_t)at);
	*authority = span_from(*authority, (size_t)at + 1);
	colon = span_chr(u->user, ':');
	if (colon >= 0) {
		u->password = span_from(u->user, (size_t)colon + 1);
		u->user = span_head(u->user, (size_t)colon);
	}
}

static bool parse_port(struct span text, struct url *u, const char **why)
{
	uint64_t port;

	if (!span_uint(text, 65535, &port) || port == 0) {
		*why = "the port must be a number from 1 to 65535";
		return false;
	}
	u->port = (uint16_t)port;
	return true;
}

static bool is_ipv4(struct span host)
{
	struct span rest = host, part;
	uint64_t v;
	int parts = 0;

	while (span_cut(&rest, '.', &part)) {
		if (!span_uint(part, 255, &v))
			return false;
		parts++;
	}
	return parts == 4;
}

static bool parse_bracketed(struct span authority, struct url *u, struct span *port, const char **why)
{
	ssize_t end = span_chr(authority, ']');
	struct span rest;

	if (end < 2) {
		*why = "the address in [brackets] is not complete";
		return false;
	}
	u->host = span_head(span_from(authority, 1), (size_t)end - 1);
	u->host_is_address = true;
	/* a zone may follow the address (RFC 6874) */
	for (size_t i = 0; i < u->host.n && u->host.p[i] != '%'; i++)
		if (!memchr("0123456789abcdefABCDEF:.", u->host.p[i], 24)) {
			*why = "the address in [brackets] is no IPv6 address";
			return false;
		}
	rest = span_from(authority, (size_t)end + 1);
	if (rest.n && rest.p[0] != ':') {
		*why = "after the ] only :PORT may follow";
		return false;
	}
	*port = span_from(rest, 1);
	return true;
}

static bool host_is_sound(struct span host)
{
	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = (unsigned char)host.p[i];

		if (c <= ' ' || c == 127 || memchr("<>\"\\^`{|}/?#[]", c, 14))
			return false;
	}
	return host.n > 0 && host.n <= 253;
}

static bool parse_host(struct span authority, struct url *u, const char **why)
{
	struct span port = {0};
	ssize_t colon;

	if (span_starts(authority, SPAN("["))) {
		if (!parse_bracketed(authority, u, &port, why))
			return false;
	} else {
		colon = span_chr(authority, ':');
		u->host = span_head(authority, colon < 0 ? authority.n : (size_t)colon);
		if (colon >= 0) {
			port = span_from(authority, (size_t)colon + 1);
			if (span_chr(port, ':') >= 0) {
				*why = "an IPv6 address needs brackets: [::1]:8080";
				return false;
			}
			if (port.n == 0) {
				*why = "the port is missing after the colon";
				return false;
			}
		}
		u->host_is_address = is_ipv4(u->host);
	}
	for (size_t i = 0; i < u->host.n; i++)
		if ((unsigned char)u->host.p[i] >= 0x80) {
			*why = "a host of letters beyond ASCII is written as browsers send it: xn--…";
			return false;
		}
	if (!host_is_sound(u->host)) {
		*why = u->host.n ? "the host has characters that no host name has" : "the host is missing";
		return false;
	}
	return port.n == 0 || parse_port(port, u, why);
}

bool url_parse(struct span text, struct url *out, const char **why)
{
	struct url u = {0};
	size_t end;

	if (span_find(text, SPAN("\0")) >= 0 || text.n > URL_MAX) {
		*why = "it is too long or has a NUL byte";
		return false;
	}
	if (!parse_scheme(&text, &u, why))
		return false;
	for (end = 0; end < text.n && !memchr("/?#", text.p[end], 3);)
		end++;
	u.target = span_from(text, end);
	text = span_head(text, end);
	if (span_chr(u.target, '#') >= 0)
		u.target = span_head(u.target, (size_t)span_chr(u.target, '#'));
	parse_user(&text, &u);
	if (!parse_host(text, &u, why))
		return false;
	if (u.guessed) {
		u.secure = u.port == 443 || u.port == 8443;
		u.scheme = u.secure ? SPAN("wss") : SPAN("ws");
	}
	u.port_guessed = !u.port;
	if (!u.port)
		u.port = usual_port(&u);
	for (size_t i = 0; i < u.target.n; i++)
		if ((unsigned char)u.target.p[i] <= ' ' || u.target.p[i] == 127) {
			*why = "the path has a blank or a control byte; write it as %20";
			return false;
		}
	*out = u;
	return true;
}

struct span url_path(const struct url *u)
{
	ssize_t at = span_chr(u->target, '?');

	return span_head(u->target, at < 0 ? u->target.n : (size_t)at);
}

struct span url_query(const struct url *u)
{
	ssize_t at = span_chr(u->target, '?');

	return at < 0 ? (struct span){0} : span_from(u->target, (size_t)at + 1);
}

void url_target(struct buf *out, const struct url *u)
{
	if (!span_starts(u->target, SPAN("/")))
		buf_addc(out, '/');
	buf_add(out, u->target);
}

void url_authority(struct buf *out, const struct url *u)
{
	bool six = span_chr(u->host, ':') >= 0;

	buf_addf(out, "%s%.*s%s", six ? "[" : "", SPANF(u->host), six ? "]" : "");
	if (u->port != (u->secure ? 443 : 80))
		buf_addf(out, ":%u", u->port);
}

void url_origin(struct buf *out, const struct url *u)
{
	buf_addz(out, u->secure ? "https://" : "http://");
	url_authority(out, u);
}

bool url_is_secret_name(struct span name)
{
	static const char *const words[] = {"token", "key", "auth", "pass", "secret", "sig", "jwt", "sid", "session",
		"credential", "ticket", "code", "sessionid"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_ifind(name, span_of(words[i])) >= 0)
			return true;
	return false;
}

/* Who knows a session's id has the session: what stands behind /sessions/ is hidden. */
static void redact_path(struct buf *out, struct span path)
{
	struct span mark = SPAN("/sessions/");
	ssize_t at = span_find(path, mark);
	size_t n = 0;

	if (at < 0) {
		text_redact(out, path);
		return;
	}
	text_redact(out, span_head(path, (size_t)at));
	buf_add(out, mark);
	path = span_from(path, (size_t)at + mark.n);
	while (n < path.n && path.p[n] != '/')
		n++;
	if (n)
		buf_addf(out, "(%zu characters)", n);
	text_redact(out, span_from(path, n));
}

void url_redact_target(struct buf *out, struct span target)
{
	ssize_t at = span_chr(target, '?');
	struct span rest, part;
	char before = '?';

	redact_path(out, span_head(target, at < 0 ? target.n : (size_t)at));
	if (at < 0)
		return;
	rest = span_from(target, (size_t)at + 1);
	while (span_cut(&rest, '&', &part)) {
		size_t name = (size_t)(span_chr(part, '=') + 1); /* with its = */

		buf_addc(out, before);
		before = '&';
		buf_add(out, span_head(part, name));
		if (name && url_is_secret_name(span_head(part, name - 1)))
			buf_addf(out, "(%zu characters)", part.n - name);
		else
			text_redact(out, span_from(part, name));
	}
}

void url_say(struct buf *out, const struct url *u)
{
	buf_addf(out, "%.*s://", SPANF(u->scheme));
	url_authority(out, u);
	if (!span_starts(u->target, SPAN("/")))
		buf_addc(out, '/');
	url_redact_target(out, u->target);
}
