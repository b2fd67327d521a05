/* Forward proxies: which one a client would use, by option and environment as curl(1) reads them, and the way through it. */
#include "probe/try.h"

#include <netinet/in.h>

#include "dialect/proxy/proxy.h"
#include "fact/all.h"
#include "probe/credential.h"

struct setting {
	const char *name; /* of the variable, or "option" */
	struct span value;
};

static struct setting from_environment(const struct probe_ask *ask, bool secure)
{
	/* HTTP_PROXY in capitals is not read: in CGI the client sets it */
	static const char *const names[2][4] = {{"http_proxy", "all_proxy", "ALL_PROXY", NULL},
		{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}};

	for (int i = 0; ask->env && i < 4 && names[secure][i]; i++) {
		const char *value = ask->env(names[secure][i]);

		if (value && *value)
			return (struct setting){names[secure][i], span_of(value)};
	}
	return (struct setting){0};
}

static bool in_network(const struct address *a, struct span entry)
{
	ssize_t slash = span_chr(entry, '/');
	const uint8_t *x, *y;
	struct address net;
	uint64_t bits;

	if (slash < 0 || !address_parse(&net, span_head(entry, (size_t)slash), 0) || net.family != a->family ||
		!span_uint(span_from(entry, (size_t)slash + 1), a->family == 4 ? 32 : 128, &bits))
		return false;
	x = a->family == 4 ? (const uint8_t *)&((const struct sockaddr_in *)&a->sa)->sin_addr
			   : (const uint8_t *)&((const struct sockaddr_in6 *)&a->sa)->sin6_addr;
	y = net.family == 4 ? (const uint8_t *)&((const struct sockaddr_in *)&net.sa)->sin_addr
			    : (const uint8_t *)&((const struct sockaddr_in6 *)&net.sa)->sin6_addr;
	for (uint64_t i = 0; i < bits; i++)
		if (((x[i / 8] ^ y[i / 8]) >> (7 - i % 8)) & 1)
			return false;
	return true;
}

static bool excludes(struct span entry, const struct url *url)
{
	struct address a;

	entry = span_trim(entry);
	if (span_eq(entry, SPAN("*")))
		return true;
	if (address_parse(&a, url->host, 0))
		return span_ieq(entry, url->host) || in_network(&a, entry);
	if (span_starts(entry, SPAN(".")))
		entry = span_from(entry, 1);
	if (!entry.n || url->host.n < entry.n || !span_ieq(span_from(url->host, url->host.n - entry.n), entry))
		return false;
	return url->host.n == entry.n || url->host.p[url->host.n - entry.n - 1] == '.';
}

/* The NO_PROXY entry that names the host; empty: none. */
static struct span excluded(const struct probe_ask *ask, const struct url *url)
{
	const char *list = ask->env ? ask->env("no_proxy") : NULL;
	struct span rest, entry;

	if (!list && ask->env)
		list = ask->env("NO_PROXY");
	rest = span_of(list);
	while (span_cut(&rest, ',', &entry))
		if (excludes(entry, url))
			return span_trim(entry);
	return (struct span){0};
}

static bool is_socks5(struct span scheme)
{
	return span_ieq(scheme, SPAN("socks5")) || span_ieq(scheme, SPAN("socks5h"));
}

static bool parse_proxy(struct arena *arena, struct span text, struct forward *f, const char **why)
{
	ssize_t at = span_find(text, SPAN("://"));

	f->scheme = at < 0 ? SPAN("http") : span_head(text, (size_t)at);
	if (is_socks5(f->scheme)) {
		/* base/url knows no socks: parse the rest as http */
		text = arena_fmt(arena, "http://%.*s", SPANF(span_from(text, (size_t)at + 3)));
		f->scheme = SPAN("socks5");
	} else if (at < 0) {
		text = arena_fmt(arena, "http://%.*s", SPANF(text));
	} else if (!span_ieq(f->scheme, SPAN("http")) && !span_ieq(f->scheme, SPAN("https"))) {
		*why = "a proxy is http://, https:// or socks5://HOST:PORT";
		return false;
	}
	if (!url_parse(text, &f->url, why))
		return false;
	/* curl's default port of proxies */
	if (!span_ends(text, SPAN(":80")) && f->url.port == 80 && span_find(text, SPAN(":80/")) < 0)
		f->url.port = 1080;
	return true;
}

bool probe_knows_proxy(struct span proxy, const char **why)
{
	struct arena arena = {0};
	struct forward f = {0};
	bool known = parse_proxy(&arena, proxy, &f, why);

	arena_deinit(&arena);
	return known;
}

struct span forward_name(const struct forward *f, struct buf *b)
{
	buf_addf(b, "%.*s://", SPANF(f->scheme));
	url_authority(b, &f->url);
	return buf_span(b);
}

struct forward *forward_choose(struct vantage *v, const struct url *url)
{
	const struct probe_ask *ask = v->probe->ask;
	struct setting s = {"option", ask->proxy};
	struct where w = {.vantage = v->index};
	struct forward *f = ARENA_NEW(&v->probe->arena, struct forward);
	struct buf name = {.max = 1024};
	struct span by_entry;
	const char *why;

	if (v->index > 0)
		return NULL; /* --direct says: from here, straight */
	if (!s.value.n)
		s = from_environment(ask, url->secure);
	if (!s.value.n || !parse_proxy(&v->probe->arena, s.value, f, &why))
		return NULL;
	forward_name(f, &name);
	by_entry = ask->proxy.n ? (struct span){0} : excluded(ask, url);
	if (by_entry.n) {
		note(v->probe->journal, &w, probe_now(v->probe), &proxy_bypassed, F_TEXT(k_proxy, buf_span(&name)),
			F_TEXT(k_text, by_entry));
		f = NULL;
	} else {
		note(v->probe->journal, &w, probe_now(v->probe), &proxy_chosen, F_TEXT(k_proxy, buf_span(&name)),
			F_TEXT(k_by, span_of(s.name)));
	}
	buf_deinit(&name);
	return f;
}

static bool is_decided(void *proxy)
{
	return proxy_state(proxy) != PROXY_WAITING;
}

static bool shake_proxy(struct try *t, struct link *k, const struct forward *f, ns deadline)
{
	struct tls_ask ask = {.name = f->url.host, .alpn = SPAN("http/1.1"), .trust = t->probe->ask->trust};
	struct where *w = &link_conn(k)->where;
	const struct tag *exp = w->exp;
	struct buf name = {.max = 1024};
	ns began = probe_now(t->probe);
	bool ok;

	/* the proxy's certificate says nothing about the target's: its facts belong to no experiment */
	w->exp = NULL;
	ok = link_tls(k, &ask, deadline);
	w->exp = exp;
	if (!ok)
		note(t->spot.journal, w, probe_now(t->probe), &proxy_answer, F_TEXT(k_proxy, forward_name(f, &name)),
			F_TEXT(k_scheme, f->scheme), F_TEXT(k_error, SPAN("malformed")), F_TEXT(k_reason, SPAN("(no TLS)")),
			F_TIME(k_took, probe_now(t->probe) - began));
	buf_deinit(&name);
	return ok;
}

bool forward_pass(struct try *t, struct link *k, const struct forward *f, const struct url *to, ns deadline)
{
	struct buf name = {.max = 1024};
	struct proxy_ask ask = {.kind = span_eq(f->scheme, SPAN("socks5")) ? PROXY_SOCKS5 : PROXY_CONNECT,
		.proxy = forward_name(f, &name),
		.host = to->host,
		.port = to->port,
		.user = f->url.user,
		.password = f->url.password};
	struct layer *proxy;
	bool open = false;

	if (span_eq(f->scheme, SPAN("https")) && !shake_proxy(t, k, f, deadline))
		goto out;
	proxy = proxy_start(link_conn(k), &ask);
	open = link_until(k, deadline, is_decided, proxy) && proxy_state(proxy) == PROXY_OPEN;
	if (open)
		link_tunnel(k);
	else if (link_open(k))
		conn_cut(link_conn(k), SERVER, try_cut(t));
out:
	buf_deinit(&name);
	return open;
}
