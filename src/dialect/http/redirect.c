#include "dialect/http/talk.h"

struct place {
	int tls; /* -1: not said */
	struct span host, path;
};

static struct span up_to(struct span s, const char *stops)
{
	size_t n = 0;

	while (n < s.n && !strchr(stops, s.p[n]))
		n++;
	return span_head(s, n);
}

static struct span without_port(struct span host)
{
	ssize_t colon =
		host.n && host.p[0] == '[' ? span_find(host, SPAN("]:")) : span_chr(host, ':');

	if (colon < 0)
		return host;
	return span_head(host, (size_t)colon + (host.p[0] == '['));
}

static bool parse(struct span location, struct place *out)
{
	static const struct {
		const char *scheme;
		int tls;
	} schemes[] = {{"http:", 0}, {"https:", 1}, {"ws:", 0}, {"wss:", 1}};

	*out = (struct place){.tls = -1};
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (span_istarts(location, span_of(schemes[i].scheme))) {
			out->tls = schemes[i].tls;
			location = span_from(location, strlen(schemes[i].scheme));
			break;
		}
	if (span_starts(location, SPAN("//"))) {
		location = span_from(location, 2);
		out->host = up_to(location, "/?#");
		location = span_from(location, out->host.n);
	} else if (!span_starts(location, SPAN("/"))) {
		return false;
	}
	out->path = up_to(location, "?#");
	if (!out->path.n)
		out->path = SPAN("/");
	return true;
}

static bool is_login(const struct place *p)
{
	static const char *const paths[] = {"/login", "/signin", "/sign_in", "/sign-in", "/oauth2/",
		"/oauth/", "/authorize", "/sso", "/saml", "/openid-connect", "/cdn-cgi/access",
		"/.auth/", "/accounts/"};
	static const char *const hosts[] = {"login.", "accounts.", "auth.", "sso.", "signin."};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (span_ifind(p->path, span_of(paths[i])) >= 0)
			return true;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		if (span_istarts(p->host, span_of(hosts[i])))
			return true;
	return false;
}

/* True when b is a and a slash. */
static bool is_slashed(struct span a, struct span b)
{
	return b.n == a.n + 1 && span_ends(b, SPAN("/")) && span_starts(b, a);
}

const char *redirect_kind(bool tls, struct span host, struct span target, struct span location)
{
	struct span path = up_to(target, "?#");
	struct place to;

	if (!parse(location, &to))
		return NULL;
	if (is_login(&to) && !span_eq(to.path, path))
		return "login";
	if (to.host.n && !span_ieq(without_port(to.host), without_port(host)))
		return "host";
	if (is_slashed(path, to.path))
		return "slash-added";
	if (is_slashed(to.path, path))
		return "slash-removed";
	if (to.tls >= 0 && to.tls != tls)
		return to.tls ? "https" : "http";
	return span_eq(to.path, path) ? "same" : "path";
}
