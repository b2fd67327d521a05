#include "io/aws_fetch.h"

#include "io/link.h"

/* Keeps what comes. */
static void keep(struct layer *l, enum side from, int unit, struct span data)
{
	struct buf *b = l->state;

	(void)unit;
	if (from == SERVER)
		buf_add(b, data);
}

static void begin(struct layer *l)
{
	((struct buf *)l->state)->max = AWS_FETCH_MAX;
}

static void end(struct layer *l)
{
	struct buf *b = l->state;

	if (b->p)
		explicit_bzero(b->p, b->n);
	buf_deinit(b);
}

static const struct dialect keeper = {
	.name = "aws-fetch", .size = sizeof(struct buf), .start = begin, .feed = keep, .stop = end};

static struct span find_header(struct span head, struct span name)
{
	struct span line;

	while (span_cut(&head, '\n', &line)) {
		ssize_t colon = span_chr(line, ':');

		if (colon > 0 && span_ieq(span_head(line, (size_t)colon), name))
			return span_trim(span_head(
				span_from(line, (size_t)colon + 1), line.n - (size_t)colon - 2));
	}
	return (struct span){0};
}

/* RFC 9112 §7.1; true when the last chunk is there. */
static bool unchunk(struct buf *out, struct span body)
{
	struct span line;

	while (span_cut(&body, '\n', &line)) {
		uint64_t n = 0;
		size_t i = 0;

		for (; i < line.n && n < AWS_FETCH_MAX; i++) {
			const char *digits = "0123456789abcdef",
				   *at = line.p[i] ? strchr(digits, line.p[i] | 0x20) : NULL;

			if (!at)
				break;
			n = n * 16 + (uint64_t)(at - digits);
		}
		if (!i || n > body.n)
			return false;
		if (!n)
			return true;
		buf_add(out, span_head(body, n));
		body = span_from(body, n);
		span_cut(&body, '\n', &line);
	}
	return false;
}

struct answer {
	struct link *link;
	struct buf *out;
	unsigned status;
	bool whole;
};

static void read_answer(struct answer *a, struct span all, bool over)
{
	ssize_t end = span_find(all, SPAN("\r\n\r\n"));
	struct span head = span_head(all, end < 0 ? 0 : (size_t)end + 2),
		    body = span_from(all, head.n + 2), length;
	uint64_t n, status;

	if (end < 0 || !span_starts(head, SPAN("HTTP/1.")) ||
		!span_uint(span_head(span_from(head, 9), 3), 999, &status))
		return;
	length = find_header(head, SPAN("content-length"));
	buf_clear(a->out);
	if (span_has_token(find_header(head, SPAN("transfer-encoding")), SPAN("chunked"))) {
		a->whole = unchunk(a->out, body);
	} else if (span_uint(length, AWS_FETCH_MAX, &n)) {
		a->whole = body.n >= n;
		buf_add(a->out, span_head(body, n));
	} else {
		a->whole = over;
		buf_add(a->out, body);
	}
	a->status = a->whole ? (unsigned)status : 0;
}

static bool is_whole(void *arg)
{
	struct answer *a = arg;
	struct layer *l = conn_layer(link_conn(a->link), &keeper);

	if (l && !a->whole)
		read_answer(a, buf_span(l->state), link_over(a->link));
	return a->whole;
}

static void say(struct link *k, const struct aws_fetch *ask)
{
	struct conn *c = link_conn(k);

	conn_push(c, &keeper);
	buf_addf(&c->out,
		"%s %.*s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: wsdx\r\nAccept: */*\r\nConnection: "
		"close\r\n",
		ask->method, SPANF(ask->target), SPANF(ask->host));
	if (ask->header.n)
		buf_addf(&c->out, "%.*s\r\n", SPANF(ask->header));
	if (strcmp(ask->method, "PUT") == 0)
		buf_addz(&c->out, "Content-Length: 0\r\n");
	buf_addz(&c->out, "\r\n");
}

unsigned aws_fetch(struct buf *out, struct loop *loop, const struct aws_fetch *ask, ns deadline,
	const char **why)
{
	struct journal unread = {.max = 16};
	struct spot spot = {.loop = loop, .journal = &unread};
	struct dialled d;
	struct answer a = {.out = out};

	spot.where.flow = journal_flow(&unread);
	if (dial(&d, &spot, ask->to, deadline)) {
		a.link = link_new(&spot, &d, SEAT_CLIENT);
		say(a.link, ask);
		link_until(a.link, deadline, is_whole, &a);
		is_whole(&a);
		if (!a.status)
			*why = link_over(a.link) ? "what it answers is no HTTP"
						 : "it does not answer";
		link_close(a.link);
	} else {
		*why = d.error ? d.error : "no connection";
	}
	journal_deinit(&unread);
	return a.status;
}
