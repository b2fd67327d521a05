#include "dialect/http/who.h"

/* What the body must be. */
enum body_test { ANY, EMPTY, IS, HAS, STARTS, LIKE, PAGE }; /* LIKE: starts so; a * is any one byte but a quote */

struct row {
	unsigned status;    /* 0: any; 3, 4, 5: the class */
	const char *header; /* "Name", present; "Name: part", its value has the part; NULL: any */
	enum body_test body;
	const char *text;
	/* of the request: "/part" of the target, "?part" of the query, "@suffix" of the host, "+"
	 * an upgrade, "-" none */
	const char *asked;
	const char *who, *saying;
};

static const struct row rows[] = {
#define WHO(status, header, body, text, asked, who, saying)                                        \
	{status, header, body, text, asked, who, saying},
#include "dialect/http/who.def"
#undef WHO
};

#define N_ROWS (sizeof(rows) / sizeof(*rows))
/* Words that tell who is speaking stand near the beginning of a page. */
#define WORDS_WITHIN ((size_t)16 << 10)

static bool status_fits(unsigned want, unsigned status)
{
	return !want || want == status || want == status / 100;
}

static bool header_fits(const char *want, const struct http_head *h)
{
	struct span name, rest = span_of(want);

	if (!want)
		return true;
	span_cut(&rest, ':', &name);
	for (size_t i = 0; i < h->n; i++)
		if (span_ieq(h->headers[i].name, name) &&
			(!rest.p || span_ifind(h->headers[i].value, span_trim(rest)) >= 0))
			return true;
	return false;
}

static bool starts_like(struct span body, struct span pattern)
{
	if (body.n < pattern.n)
		return false;
	for (size_t i = 0; i < pattern.n; i++)
		if (pattern.p[i] == '*' ? body.p[i] == '"' : body.p[i] != pattern.p[i])
			return false;
	return true;
}

static bool body_fits(const struct row *r, const struct http_evidence *e)
{
	struct span text = span_of(r->text), body = span_head(e->body, WORDS_WITHIN);

	switch (r->body) {
	case EMPTY:
		return !e->body_bytes;
	case PAGE:
		return e->html && (!text.n || span_ifind(body, text) >= 0);
	case HAS:
		return span_find(body, text) >= 0;
	case STARTS:
		return span_starts(body, text);
	case LIKE:
		return starts_like(body, text);
	case IS:
		while (body.n && strchr("\r\n \t", body.p[body.n - 1]))
			body.n--;
		return span_eq(body, text);
	default:
		return true;
	}
}

static struct span path_of(struct span target)
{
	ssize_t mark = span_chr(target, '?');

	return mark < 0 ? target : span_head(target, (size_t)mark);
}

static struct span host_of(struct span host)
{
	ssize_t colon = span_chr(host, ':');

	return colon < 0 ? host : span_head(host, (size_t)colon);
}

static bool asked_fits(const char *want, const struct http_evidence *e)
{
	struct span part = span_of(want);

	if (!want)
		return true;
	switch (want[0]) {
	case '@':
		return span_ends(host_of(e->host), span_from(part, 1));
	case '?':
		return span_find(span_from(e->target, path_of(e->target).n), span_from(part, 1)) >=
		       0;
	case '+':
		return e->upgrade;
	case '-':
		return !e->upgrade;
	default:
		return span_find(path_of(e->target), part) >= 0;
	}
}

static bool row_fits(const struct row *r, const struct http_evidence *e)
{
	return status_fits(r->status, e->head->status) && header_fits(r->header, e->head) &&
	       asked_fits(r->asked, e) && body_fits(r, e);
}

/* The first row that knows fills each of the two; a row about somebody else than who was recognised
 * has no say. */
struct http_opinion http_who(const struct http_evidence *e)
{
	struct http_opinion out = {NULL, NULL};

	for (size_t i = 0; i < N_ROWS && !(out.who && out.saying); i++) {
		const struct row *r = &rows[i];

		if ((out.who && (!r->saying || (r->who && strcmp(r->who, out.who)))) ||
			(out.saying && !r->who) || !row_fits(r, e))
			continue;
		out.who = out.who ? out.who : r->who;
		out.saying = out.saying ? out.saying : r->saying;
	}
	return out;
}

const char *http_who_stack(const char *who)
{
	static const struct {
		const char *who, *stack;
	} stacks[] = {
#define WHO(who, stack) {who, stack},
		HTTP_WHOS(WHO)
#undef WHO
	};

	for (size_t i = 0; who && i < sizeof(stacks) / sizeof(*stacks); i++)
		if (!strcmp(stacks[i].who, who))
			return stacks[i].stack;
	return NULL;
}
