#include "serve/page.h"

#include "serve/far.h"
#include "serve/pages.h"
#include "serve/socketio.h"

#define PAGE_MAX ((size_t)128 << 10)

/* Nothing of it comes from elsewhere; WebSockets are no 'self' to every browser. */
#define POLICY                                                                                     \
	"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src "  \
	"'self' ws: wss:; base-uri 'none'; form-action 'none'"

/* page.html, by tools/embed */
static const char html[] =
#include "page_html.inc"
	;

static void add_escaped(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		switch (text.p[i]) {
		case '&':
			buf_addz(out, "&amp;");
			break;
		case '<':
			buf_addz(out, "&lt;");
			break;
		case '"':
			buf_addz(out, "&quot;");
			break;
		default:
			buf_addc(out, text.p[i]);
		}
}

void page_urls(struct buf *out)
{
	for (size_t i = 0; i < ROLES; i++)
		if (role_all[i]->urls)
			buf_addf(out, "%s\n", role_all[i]->urls);
}

static void add_url(struct buf *out, struct span line)
{
	struct span url = {0};

	span_cut(&line, ' ', &url);
	buf_addz(out, "<li><code>");
	add_escaped(out, url);
	buf_addz(out, "</code> ");
	add_escaped(out, line);
	buf_addz(out, "</li>\n");
}

static void add_urls(struct buf *out, const struct call *c)
{
	struct buf lines = {.max = 8192};
	struct span rest, line;

	page_urls(&lines);
	rest = buf_span(&lines);
	while (span_cut(&rest, '\n', &line))
		if (line.n)
			add_url(out, line);
	if (call_ask(c)->show_faults)
		buf_addz(out,
			"<li><a href=\"fault/\">fault/</a> each fault that can be shown</li>\n");
	buf_deinit(&lines);
}

static void add_path(struct buf *out, const struct call *c)
{
	add_escaped(out, ((const struct socketio_ask *)c->far->ask->own[ROLE_socketio])->path);
}

/* What stands in the page as <!--name-->. */
static const struct mark {
	const char *name;
	void (*add)(struct buf *out, const struct call *c);
} marks[] = {{"<!--socketio-->", add_path}, {"<!--urls-->", add_urls}};

static void make(struct buf *out, const struct call *c)
{
	struct span rest = {html, sizeof(html) - 1};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		struct span name = span_of(marks[i].name);
		ssize_t at = span_find(rest, name);

		if (at < 0)
			continue;
		buf_add(out, span_head(rest, (size_t)at));
		marks[i].add(out, c);
		rest = span_from(rest, (size_t)at + name.n);
	}
	buf_add(out, rest);
}

static bool reads_root(const struct call *c)
{
	struct span method = call_head(c)->method;

	return span_eq(call_path(c), SPAN("/")) && !call_upgrades(c) &&
	       (span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD")));
}

bool page_is_wanted(const struct call *c)
{
	return reads_root(c) &&
	       span_ifind(http_find(call_head(c), SPAN("Accept")), SPAN("text/html")) >= 0;
}

bool page_list_is_wanted(const struct call *c)
{
	return reads_root(c) && span_eq(http_find(call_head(c), SPAN("Accept")), SPAN("*/*"));
}

void page_list(struct call *c)
{
	struct buf text = {.max = PAGE_MAX};

	buf_addz(
		&text, "Upgrade Required\n\nWebSocket clients connect to /; besides there are\n\n");
	page_urls(&text);
	if (call_ask(c)->show_faults)
		buf_addz(&text, "/fault/ each fault that can be shown\n");
	call_answer(c, "426 Upgrade Required", WS_NODE_PLAIN "Vary: Accept\r\n", buf_span(&text));
	buf_deinit(&text);
}

void page_show(struct call *c)
{
	const struct http_header headers[] = {
		{SPAN("Content-Type"), SPAN("text/html; charset=utf-8")},
		{SPAN("Content-Security-Policy"), SPAN(POLICY)},
		{SPAN("Vary"), SPAN("Accept")},
		{SPAN("Cache-Control"), SPAN("no-store")},
	};
	struct buf page = {.max = PAGE_MAX};

	make(&page, c);
	call_reply(c, 200, headers, sizeof(headers) / sizeof(*headers), buf_span(&page));
	buf_deinit(&page);
}
