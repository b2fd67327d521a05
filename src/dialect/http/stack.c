#include "dialect/http/who.h"

/* A header that names a product: `part` is looked for in its value, a version follows it after a
 * slash or blank. */
static const struct {
	const char *header, *part, *stack;
} names[] = {
	{"Server", "openresty", "nginx"},
	{"Server", "nginx", "nginx"},
	{"Server", "haproxy", "haproxy"},
	{"Server", "Apache-Coyote", "java"},
	{"Server", "Apache", "apache"},
	{"Server", "Caddy", "caddy"},
	{"Via", "Caddy", "caddy"},
	{"Server", "istio-envoy", "envoy"},
	{"Server", "envoy", "envoy"},
	{"X-Envoy-Upstream-Service-Time", "", "envoy"},
	{"Server", "cloudflare", "cloudflare"},
	{"Cf-Ray", "", "cloudflare"},
	{"Server", "CloudFront", "cloudfront"},
	{"Via", "(CloudFront)", "cloudfront"},
	{"X-Amz-Cf-Id", "", "cloudfront"},
	{"Server", "awselb", "alb"},
	{"Set-Cookie", "AWSALB", "alb"},
	{"Set-Cookie", "INGRESSCOOKIE", "ingress-nginx"}, /* its session-cookie-name by default */
	{"X-Amzn-Trace-Id", "", "aws"},
	{"X-Amzn-RequestId", "", "apigw"},
	{"Apigw-Requestid", "", "apigw"},
	{"Via", "squid", "squid"},
	{"X-Squid-Error", "", "squid"},
	{"Server", "squid", "squid"},
	{"Via", "varnish", "varnish"},
	{"X-Varnish", "", "varnish"},
	{"Via", "vegur", "heroku"},
	{"Via", "heroku-router", "heroku"},
	{"Via", "1.1 google", "google"},
	{"Server", "Google Frontend", "google"},
	{"Server", "Vercel", "vercel"},
	{"X-Vercel-Id", "", "vercel"},
	{"Server", "Netlify", "netlify"},
	{"Fly-Request-Id", "", "fly"},
	{"Server", "Fly/", "fly"},
	{"Server", "railway", "railway"},
	{"X-Render-Origin-Server", "", "render"},
	{"Server", "Microsoft-IIS", "iis"},
	{"Server", "Microsoft-HTTPAPI", "iis"},
	{"Server", "Microsoft-Azure-Application-Gateway", "azure"},
	{"X-Azure-Ref", "", "azure"},
	{"Server", "Kestrel", "dotnet"},
	{"X-Powered-By", "ASP.NET", "dotnet"},
	{"X-Powered-By", "Express", "node"},
	{"X-Powered-By", "Next.js", "node"},
	{"X-Powered-By", "PHP", "php"},
	{"X-Powered-By", "Phusion Passenger", "passenger"},
	{"Server", "Python/", "python"},
	{"Server", "CPython/", "python"},
	{"Server", "uvicorn", "python"},
	{"Server", "daphne", "python"},
	{"Server", "hypercorn", "python"},
	{"Server", "gunicorn", "python"},
	{"Server", "TornadoServer", "python"},
	{"Server", "Werkzeug", "python"},
	{"Server", "Cowboy", "elixir"},
	{"Server", "Jetty", "java"},
	{"Lavalink-Api-Version", "", "lavalink"},
	{"Server", "AkamaiGHost", "akamai"},
	{"Server", "LiteSpeed", "litespeed"},
};

#define N_NAMES (sizeof(names) / sizeof(*names))

static bool is_version(char c)
{
	return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || (c >= 'a' && c <= 'z');
}

/* "nginx/1.22.1 (Ubuntu)" with part "nginx" gives 1.22.1 */
static struct span version_after(struct span value, size_t at)
{
	struct span rest = span_from(value, at), version;

	if (!span_starts(rest, SPAN("/")) && !(at && value.p[at - 1] == '/'))
		return (struct span){NULL, 0};
	if (rest.n && rest.p[0] == '/')
		rest = span_from(rest, 1);
	version = span_head(rest, 0);
	while (version.n < rest.n && version.n < 32 && is_version(rest.p[version.n]))
		version.n++;
	return version;
}

static bool is_told(const char *const *told, size_t n, const char *stack)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(told[i], stack))
			return true;
	return false;
}

void http_stacks(const struct http_head *h,
	void (*seen)(void *arg, const char *stack, struct span version, struct span by), void *arg)
{
	const char *told[HTTP_STACKS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < N_NAMES && n < HTTP_STACKS_MAX; i++) {
		struct span by = span_of(names[i].header), part = span_of(names[i].part),
			    value = http_find(h, by);
		struct span version = {NULL, 0};
		ssize_t at = span_ifind(value, part);

		if (!value.n || (part.n && at < 0) || is_told(told, n, names[i].stack))
			continue;
		if (part.n)
			version = version_after(value, (size_t)at + part.n);
		seen(arg, names[i].stack, version, by);
		told[n++] = names[i].stack;
	}
}
