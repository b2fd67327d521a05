#include "cmd/check_curl.h"

#include "base/text.h"
#include "fact/all.h"

/* What every client makes afresh for each handshake; a pasted one is never sent. */
static bool is_handshake(struct span name)
{
	return span_ieq(name, SPAN("upgrade")) || span_ieq(name, SPAN("connection")) || span_istarts(name, SPAN("sec-websocket-"));
}

static void take_header(struct curl *c, struct check_options *o, const struct curl_header *h)
{
	if (span_ieq(h->name, SPAN("sec-websocket-protocol")) && !o->subprotocol.n)
		o->subprotocol = h->value;
	else if (span_ieq(h->name, SPAN("origin")) && !o->origin.n)
		o->origin = h->value;
	else if (!is_handshake(h->name) && o->header.n < OPT_LIST_MAX)
		o->header.v[o->header.n++] = arena_fmt(&c->arena, "%.*s: %.*s", SPANF(h->name), SPANF(h->value));
}

static void take(struct span *to, struct span from)
{
	if (!to->n)
		*to = from;
}

static void take_list(struct opt_list *to, const struct curl_list *from)
{
	for (size_t i = 0; i < from->n && to->n < OPT_LIST_MAX; i++)
		to->v[to->n++] = from->v[i];
}

bool check_curl_read(struct curl *curl, struct check_options *o, struct span *url, const char *(*env)(const char *name),
	struct buf *error)
{
	const char *why;

	if (!o->from_curl.n)
		return true;
	if (!curl_read(curl, o->from_curl, env, &why)) {
		buf_addf(error, "--from-curl: %s", why);
		return false;
	}
	take(url, curl->url);
	for (size_t i = 0; i < curl->n_headers; i++)
		take_header(curl, o, &curl->headers[i]);
	take(&o->proxy, curl->proxy);
	take(&o->cacert, curl->cacert);
	take(&o->cert, curl->cert);
	take(&o->key, curl->key);
	take_list(&o->resolve, &curl->resolve);
	take_list(&o->connect_to, &curl->connect_to);
	o->insecure |= curl->insecure;
	o->four |= curl->ipv4 && !o->six;
	o->six |= curl->ipv6 && !o->four;
	if (!o->timeout && curl->connect_timeout.n)
		text_duration(curl->connect_timeout, &o->timeout);
	return true;
}

void check_curl_note(const struct curl *curl, struct journal *j)
{
	for (size_t i = 0; i < curl->n_mistakes; i++)
		if (!curl->mistakes[i].harmless)
			note(j, NULL, 0, &run_mistake, F_TEXT(k_mistake, span_of(curl->mistakes[i].name)),
				F_TEXT(k_text, curl->mistakes[i].text));
}
