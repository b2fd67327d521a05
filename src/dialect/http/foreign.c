#include "dialect/http/talk.h"

#include "dialect/tls/glimpse.h"

/* How long something foreign may take to come to FOREIGN_MAX bytes. */
#define FOREIGN_WAIT (200 * NS_MS)

/* Whether enough of something foreign has come to say what it is; *shown is what of it is told. */
static bool foreign_is_known(const struct http_side *s, struct span *shown)
{
	struct span bytes = buf_span(&s->incoming);
	ssize_t line = span_chr(span_head(bytes, FOREIGN_MAX), '\n');

	if (tls_may_be_record(bytes)) {
		*shown = span_head(bytes, TLS_GLIMPSE);
		return bytes.n >= TLS_GLIMPSE;
	}
	*shown = span_head(bytes, line < 0 ? FOREIGN_MAX : (size_t)line);
	if (line > 0 && shown->p[line - 1] == '\r')
		shown->n--;
	return line >= 0 || bytes.n >= FOREIGN_MAX;
}

/* The frame every HTTP/2 server begins with, on stream 0 (RFC 9113 §3.4). */
static bool is_http2(struct span bytes)
{
	return bytes.n >= 9 && !bytes.p[0] && bytes.p[3] == 4 &&
	       !memcmp(bytes.p + 4, "\0\0\0\0", 5);
}

void foreign_end(struct layer *l, struct http_side *s)
{
	struct span shown;
	const char *fault = "not-http";
	struct tls_glimpse tls;

	foreign_is_known(s, &shown);
	tls = tls_look(shown);
	if (tls.what != TLS_NONE && tls.what != TLS_PERHAPS) {
		fault = "tls-record";
		shown = span_of(tls.say);
	} else if (is_http2(shown)) {
		shown = SPAN("HTTP/2 SETTINGS");
	} else if (shown.n && shown.p[0] == '<') {
		fault = "http-0.9";
	}
	talk_give_up(l, s, fault, 0, shown);
}

void foreign_begin(struct layer *l, struct http_side *s)
{
	struct span shown;

	s->part = PART_FOREIGN;
	if (foreign_is_known(s, &shown))
		foreign_end(l, s);
}

size_t foreign_read(struct layer *l, struct http_side *s, enum side from, struct span data)
{
	struct span piece = span_head(data, FOREIGN_MAX), shown;

	(void)from;
	buf_add(&s->incoming, piece);
	if (foreign_is_known(s, &shown))
		foreign_end(l, s);
	return piece.n;
}

ns talk_deadline(const struct layer *l)
{
	const struct http_talk *t = l->state;
	ns first = NS_NEVER;

	for (int i = 0; i < 2; i++)
		if (t->side[i].part == PART_FOREIGN && t->side[i].first_at + FOREIGN_WAIT < first)
			first = t->side[i].first_at + FOREIGN_WAIT;
	return first;
}

void talk_tick(struct layer *l)
{
	struct http_talk *t = l->state;

	for (int i = 0; i < 2; i++)
		if (t->side[i].part == PART_FOREIGN &&
			t->side[i].first_at + FOREIGN_WAIT <= l->conn->now)
			foreign_end(l, &t->side[i]);
}
