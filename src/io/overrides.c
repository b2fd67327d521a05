#include "io/resolve.h"

/* "[::1]:80:…" or "host:…": what stands before the next colon outside brackets. */
static bool cut_host(struct span *rest, struct span *host)
{
	ssize_t close = span_starts(*rest, SPAN("[")) ? span_chr(*rest, ']') : 0;
	ssize_t colon;

	if (close < 0)
		return false;
	colon = span_chr(span_from(*rest, (size_t)close), ':');
	if (colon < 0)
		return false;
	*host = span_head(*rest, (size_t)(close + colon));
	if (close)
		*host = (struct span){host->p + 1, (size_t)close - 1};
	*rest = span_from(*rest, (size_t)(close + colon) + 1);
	return true;
}

static bool port_of(struct span text, uint16_t *port)
{
	uint64_t v = 0;

	if (text.n && (!span_uint(text, 65535, &v) || !v))
		return false;
	*port = (uint16_t)v;
	return true;
}

static bool cut_port(struct span *rest, uint16_t *port)
{
	ssize_t colon = span_chr(*rest, ':');
	struct span text = colon < 0 ? *rest : span_head(*rest, (size_t)colon);

	*rest = colon < 0 ? (struct span){0} : span_from(*rest, (size_t)colon + 1);
	return port_of(text, port);
}

static bool add(struct overrides *o, const struct override *v, const char **why)
{
	if (o->n == OVERRIDES_MAX) {
		*why = "too many of them";
		return false;
	}
	o->v[o->n++] = *v;
	return true;
}

static bool all_literals(struct span list)
{
	struct address a;
	struct span one;
	size_t n = 0;

	while (span_cut(&list, ',', &one)) {
		if (!address_parse(&a, one, 1))
			return false;
		n++;
	}
	return n > 0;
}

bool overrides_add_resolve(struct overrides *o, struct span text, const char **why)
{
	struct override v = {0};

	*why = "not of the form HOST:PORT:ADDRESS";
	if (span_starts(text, SPAN("-")))
		return true;
	if (span_starts(text, SPAN("+")))
		text = span_from(text, 1);
	if (!cut_host(&text, &v.host) || !v.host.n || !cut_port(&text, &v.port) || !v.port)
		return false;
	v.addresses = text;
	if (!all_literals(text)) {
		*why = "what stands after HOST:PORT is no address";
		return false;
	}
	if (span_eq(v.host, SPAN("*")))
		v.host = (struct span){0};
	return add(o, &v, why);
}

bool overrides_add_connect_to(struct overrides *o, struct span text, const char **why)
{
	struct override v = {.connect_to = true};

	*why = "not of the form HOST1:PORT1:HOST2:PORT2";
	if (!cut_host(&text, &v.host) || !cut_port(&text, &v.port) ||
		!cut_host(&text, &v.to_host) || !port_of(text, &v.to_port))
		return false;
	return add(o, &v, why);
}

const struct override *overrides_find(
	const struct overrides *o, struct span host, uint16_t port, bool connect_to)
{
	for (size_t i = 0; o && i < o->n; i++) {
		const struct override *v = &o->v[i];

		if (v->connect_to == connect_to && (!v->host.n || span_ieq(v->host, host)) &&
			(!v->port || v->port == port))
			return v;
	}
	return NULL;
}
