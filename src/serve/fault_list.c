/* /fault/: what there is, and how to find it. */
#include "serve/far.h"
#include "serve/fault.h"
#include "serve/fault_tls.h"

#define PAGE_MAX ((size_t)128 << 10)

/* Host is the client's word: it is repeated only when it is an authority. */
static struct span authority_asked(const struct call *c)
{
	struct span host = http_find(call_head(c), SPAN("Host"));

	for (size_t i = 0; i < host.n; i++)
		if (!((host.p[i] >= '0' && host.p[i] <= ';') ||
			    (host.p[i] >= 'a' && host.p[i] <= 'z') ||
			    (host.p[i] >= 'A' && host.p[i] <= ']') || host.p[i] == '.' ||
			    host.p[i] == '-'))
			return (struct span){0};
	return host.n < 256 ? host : (struct span){0};
}

static const struct door *own_door(const struct far *far, const struct fault *f)
{
	for (size_t i = 0; i < far->n_doors; i++)
		if (far->doors[i].fault == f)
			return &far->doors[i];
	return NULL;
}

static void add_authority(struct buf *out, const struct address *at)
{
	buf_addf(out, at->family == 6 ? "[%s]:%u" : "%s:%u", at->text, at->port);
}

/* Puts the authority for each @. */
static void add_filled(struct buf *out, struct span text, struct span authority)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '@')
			buf_add(out, authority);
		else
			buf_addc(out, text.p[i]);
}

/* "--resolve NAME:*" asks for a name that the platform is known by. */
static bool by_name(const struct fault *f, struct span *name, struct span *rest)
{
	struct span ask = span_of(f->ask);
	ssize_t star = span_find(ask, SPAN(":*"));

	if (!span_starts(ask, SPAN("--resolve ")) || star < 0)
		return false;
	*name = span_from(span_head(ask, (size_t)star), 10);
	*rest = span_from(ask, (size_t)star + 2);
	return true;
}

/* Socket.IO is asked by polling first, and has an address of http. */
static const char *scheme_of(const struct fault *f, const struct door *door)
{
	if (span_find(span_of(f->ask), SPAN("/socket.io/")) < 0 || f->run == show_healthy)
		return door->offer || span_starts(span_of(f->ask), SPAN("wss")) ? "wss" : "ws";
	return door->offer ? "https" : "http";
}

static void add_ask_by_name(struct buf *out, const struct fault *f, const struct address *at,
	struct span name, struct span rest)
{
	bool polls = span_starts(rest, SPAN("/socket.io/"));
	struct buf authority = {.max = 128};

	rest = span_from(rest, polls ? 11 : 0);
	add_authority(&authority, at);
	buf_addf(out, "wsdx check %s://%.*s:%u/fault/%s%s --resolve %.*s:%u:%s",
		polls ? "http" : "ws", SPANF(name), at->port, f->id, polls ? "/socket.io/" : "",
		SPANF(name), at->port, at->text);
	add_filled(out, rest, buf_span(&authority));
	buf_deinit(&authority);
}

static void add_ask(
	struct buf *out, const struct fault *f, const struct door *door, struct span authority)
{
	struct span ask = span_of(f->ask), tail = {0};
	const char *scheme = scheme_of(f, door);

	buf_addz(out, "wsdx check ");
	if (span_starts(ask, SPAN("-x "))) {
		add_filled(out, ask, authority);
		return;
	}
	if (span_starts(ask, SPAN("/")) || span_starts(ask, SPAN("?")))
		span_cut(&ask, ' ', &tail);
	buf_addf(out, "%s://%.*s", scheme, SPANF(authority));
	if (!door->fault)
		buf_addf(out, "/fault/%s", f->id);
	else if (!tail.n)
		buf_addc(out, '/');
	add_filled(out, tail, authority);
	if (span_eq(ask, SPAN("wss")))
		return;
	buf_addz(out, ask.n ? " " : "");
	add_filled(out, ask, authority);
}

static void add_fault(struct buf *out, const struct call *c, const struct fault *f)
{
	const struct door *own = own_door(c->far, f), *door = own ? own : c->door;
	struct buf authority = {.max = 512};
	struct span name, rest;

	if (f->place == FAULT_TLS_SNI) /* an address is not asked for by name */
		buf_addf(&authority, "localhost:%u", door->listener.at.port);
	else if (own || !authority_asked(c).n)
		add_authority(&authority, &door->listener.at);
	else
		buf_add(&authority, authority_asked(c));
	buf_addf(out, "/fault/%s", f->id);
	fault_params_say(out, &f->params);
	buf_addf(out, "\n    %s\n    ", f->say);
	if (by_name(f, &name, &rest))
		add_ask_by_name(out, f, &door->listener.at, name, rest);
	else
		add_ask(out, f, door, buf_span(&authority));
	buf_addz(out, "\n");
	buf_deinit(&authority);
}

void far_list_faults(struct call *c)
{
	struct buf page = {.max = PAGE_MAX};

	buf_addz(&page,
		"Each fault: its path and parameters with what they are when not given, what it "
		"is, and how to find it. A path below\n/fault/ID shows it too. Faults of TLS, of "
		"forward proxies and of whole servers have a listener of their own; the root\nof "
		"their certificates is at /fault/root.pem.\n\nParameters, in the query or behind "
		"--fault ID,:\n");
	fault_params_list(&page);
	buf_addc(&page, '\n');
	for (const struct fault *f = fault_all; f->id; f++)
		add_fault(&page, c, f);
	call_answer(c, "200 OK", "Content-Type: text/plain; charset=utf-8\r\n", buf_span(&page));
	buf_deinit(&page);
}

void far_point_at_listener(struct call *c, const struct fault *f)
{
	struct buf text = {.max = PAGE_MAX};

	buf_addz(&text, "this one has a listener of its own:\n\n");
	add_fault(&text, c, f);
	call_answer(
		c, "404 Not Found", "Content-Type: text/plain; charset=utf-8\r\n", buf_span(&text));
	buf_deinit(&text);
}

bool far_show_root(struct call *c, struct span name)
{
	struct buf pem = {.max = 16 << 10};

	if (!span_eq(name, SPAN("root.pem")) || !c->far->tls)
		return false;
	fault_tls_root(&pem, c->far->tls);
	call_answer(c, "200 OK", "Content-Type: application/x-pem-file\r\n", buf_span(&pem));
	buf_deinit(&pem);
	return true;
}
