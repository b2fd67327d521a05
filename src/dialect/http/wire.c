#include "dialect/http/wire.h"

#define CHUNK_DIGITS_MAX 15
#define METHOD_MAX 32

/* RFC 9110 §5.6.2 */
static bool is_token(struct span s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i], letter = c | 0x20;

		if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') &&
			!(c && memchr(marks, c, sizeof(marks) - 1)))
			return false;
	}
	return s.n > 0;
}

static struct span take_line(struct span *rest)
{
	struct span line = {NULL, 0};

	span_cut(rest, '\n', &line);
	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static void note_odd(struct wire_fault *odd, const char *name, size_t at)
{
	if (!odd->name)
		*odd = (struct wire_fault){name, at};
}

/* §5.2: the line break and the blanks around it become spaces, so that the value is one span. */
static void unfold(struct http_header *last, struct span line, char *p)
{
	/* the same place in the bytes that may be changed */
	char *from = p + (last->value.p + last->value.n - p);

	while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
		line = span_from(line, 1);
	memset(from, ' ', (size_t)(line.p - from));
	last->value =
		span_trim((struct span){last->value.p, (size_t)(line.p + line.n - last->value.p)});
}

static bool parse_headers(struct http_head *out, struct http_header *headers, char *p,
	struct span rest, struct wire_fault *fault, struct wire_fault *odd)
{
	out->headers = headers;
	while (rest.n) {
		struct span line = take_line(&rest);
		size_t at = (size_t)(line.p - p);
		ssize_t colon = span_chr(line, ':');

		if (!line.n)
			break;
		if ((line.p[0] == ' ' || line.p[0] == '\t') && out->n) {
			note_odd(odd, "obs-fold", at);
			unfold(&headers[out->n - 1], line, p);
			continue;
		}
		if (colon <= 0) {
			note_odd(odd, "bad-header", at);
			continue;
		}
		if (out->n == HTTP_HEADERS_MAX) {
			*fault = (struct wire_fault){"head-too-big", at};
			return false;
		}
		headers[out->n].name = span_trim(span_head(line, (size_t)colon));
		headers[out->n].value = span_trim(span_from(line, (size_t)colon + 1));
		if (!is_token(headers[out->n].name) || headers[out->n].name.n != (size_t)colon)
			note_odd(odd, "bad-header", at);
		/* an empty value keeps its place, so that p tells it from a missing header */
		if (!headers[out->n].value.p)
			headers[out->n].value.p = line.p + line.n;
		out->n++;
	}
	return true;
}

static bool parse_version(struct span version, struct http_head *out)
{
	if (!span_istarts(version, SPAN("HTTP/")) || version.n < 6)
		return false;
	out->version = span_from(version, 5);
	out->minor = span_eq(out->version, SPAN("1.0")) ? 0 : 1;
	return true;
}

static struct span take_word(struct span *rest)
{
	struct span word = {NULL, 0};

	*rest = span_trim(*rest);
	span_cut(rest, ' ', &word);
	return word;
}

bool wire_answer(struct http_head *out, struct http_header *headers, char *p, size_t n,
	struct wire_fault *fault, struct wire_fault *odd)
{
	struct span rest = {p, n}, line = take_line(&rest), status;
	uint64_t number;

	*out = (struct http_head){.raw = {p, n}};
	*fault = *odd = (struct wire_fault){NULL, 0};
	if (!parse_version(take_word(&line), out)) {
		*fault = (struct wire_fault){"bad-status-line", 0};
		return false;
	}
	status = take_word(&line);
	if (status.n != 3 || !span_uint(status, 999, &number) || number < 100) {
		*fault = (struct wire_fault){"bad-status-line", (size_t)((status.p	  ? status.p
										 : line.p ? line.p
											  : p) -
									 p)};
		return false;
	}
	out->status = (unsigned)number;
	out->reason = span_trim(line);
	return parse_headers(out, headers, p, rest, fault, odd);
}

bool wire_request(struct http_head *out, struct http_header *headers, char *p, size_t n,
	struct wire_fault *fault, struct wire_fault *odd)
{
	struct span rest = {p, n}, line = take_line(&rest);

	*out = (struct http_head){.raw = {p, n}};
	*fault = *odd = (struct wire_fault){NULL, 0};
	out->method = take_word(&line);
	out->target = take_word(&line);
	if (!is_token(out->method) || !out->target.n || !parse_version(span_trim(line), out)) {
		*fault = (struct wire_fault){"bad-request-line", 0};
		return false;
	}
	return parse_headers(out, headers, p, rest, fault, odd);
}

struct span http_find(const struct http_head *h, struct span name)
{
	for (size_t i = 0; i < h->n; i++)
		if (span_ieq(h->headers[i].name, name))
			return h->headers[i].value;
	return (struct span){NULL, 0};
}

size_t http_count(const struct http_head *h, struct span name)
{
	size_t count = 0;

	for (size_t i = 0; i < h->n; i++)
		count += span_ieq(h->headers[i].name, name);
	return count;
}

bool http_has_token(const struct http_head *h, struct span name, struct span token)
{
	for (size_t i = 0; i < h->n; i++)
		if (span_ieq(h->headers[i].name, name) &&
			span_has_token(h->headers[i].value, token))
			return true;
	return false;
}

/* Without Content-Length or with one that is no number or not the only value: WIRE_NONE (§6.3, 5).
 */
static enum wire_body by_length(const struct http_head *h, uint64_t *length)
{
	bool seen = false;

	for (size_t i = 0; i < h->n; i++) {
		uint64_t value;

		if (!span_ieq(h->headers[i].name, SPAN("Content-Length")))
			continue;
		if (!span_uint(h->headers[i].value, UINT64_MAX >> 1, &value) ||
			(seen && value != *length))
			return WIRE_NONE;
		*length = value;
		seen = true;
	}
	return seen ? WIRE_LENGTH : WIRE_NONE;
}

enum wire_body wire_request_body(const struct http_head *h, uint64_t *length)
{
	if (http_has_token(h, SPAN("Transfer-Encoding"), SPAN("chunked")))
		return WIRE_CHUNKED;
	return by_length(h, length);
}

enum wire_body wire_answer_body(const struct http_head *h, uint64_t *length)
{
	if (h->status < 200 || h->status == 204 || h->status == 304)
		return WIRE_NONE;
	if (http_has_token(h, SPAN("Transfer-Encoding"), SPAN("chunked")))
		return WIRE_CHUNKED;
	if (!http_find(h, SPAN("Transfer-Encoding")).p && by_length(h, length) == WIRE_LENGTH)
		return WIRE_LENGTH;
	return WIRE_UNTIL_CLOSE;
}

bool wire_closes(const struct http_head *h)
{
	if (http_has_token(h, SPAN("Connection"), SPAN("close")))
		return true;
	return h->minor == 0 && !http_has_token(h, SPAN("Connection"), SPAN("keep-alive"));
}

bool wire_chunk_size(struct span line, uint64_t *size)
{
	struct span digits = {line.p, 0};
	uint64_t value = 0;

	span_cut(&line, ';', &digits);
	while (digits.n && digits.p[digits.n - 1] == '\r')
		digits.n--;
	digits = span_trim(digits);
	if (!digits.n || digits.n > CHUNK_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		unsigned char c = (unsigned char)digits.p[i], letter = c | 0x20;

		if (c >= '0' && c <= '9')
			value = value << 4 | (c - '0');
		else if (letter >= 'a' && letter <= 'f')
			value = value << 4 | (letter - 'a' + 10u);
		else
			return false;
	}
	*size = value;
	return true;
}

bool wire_may_be_answer(struct span bytes)
{
	return span_ieq(span_head(bytes, 5), span_head(SPAN("HTTP/"), bytes.n));
}

bool wire_may_be_request(struct span bytes)
{
	ssize_t blank = span_chr(bytes, ' ');
	struct span method = span_head(bytes, blank < 0 ? bytes.n : (size_t)blank);

	return method.n <= METHOD_MAX && is_token(method);
}
