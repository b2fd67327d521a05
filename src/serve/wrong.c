/* Requests that no role is to see: what frames them is wrong, or more than is taken (RFC 9110, RFC
 * 9112). */
#include "serve/far.h"

#define TARGET_MAX ((size_t)16 << 10)

static bool is_other_version(const struct http_head *h, uint64_t max)
{
	(void)max;
	return !span_starts(h->version, SPAN("1."));
}

/* RFC 9112 §3.2 */
static bool has_no_host(const struct http_head *h, uint64_t max)
{
	(void)max;
	return http_count(h, SPAN("Host")) > 1 || (h->minor && !http_count(h, SPAN("Host")));
}

static bool has_long_target(const struct http_head *h, uint64_t max)
{
	(void)max;
	return h->target.n > TARGET_MAX;
}

/* RFC 9112 §6.3: one length, said once or the same again, and not beside a transfer coding, for
 * that is how requests are smuggled. */
static bool has_two_lengths(const struct http_head *h, uint64_t max)
{
	struct span name = SPAN("Content-Length"), first = http_find(h, name);
	uint64_t n;

	(void)max;
	if (!http_count(h, name))
		return false;
	if (http_count(h, SPAN("Transfer-Encoding")) || !span_uint(first, UINT64_MAX >> 1, &n))
		return true;
	for (size_t i = 0; i < h->n; i++)
		if (span_ieq(h->headers[i].name, name) && !span_eq(h->headers[i].value, first))
			return true;
	return false;
}

/* RFC 9112 §6.1: what is not understood is not implemented. */
static bool has_other_coding(const struct http_head *h, uint64_t max)
{
	struct span name = SPAN("Transfer-Encoding");
	size_t n = http_count(h, name);

	(void)max;
	return n > 1 || (n && !span_ieq(http_find(h, name), SPAN("chunked")));
}

/* RFC 9110 §10.1.1; HTTP/1.0 knows no expectations. */
static bool expects_more(const struct http_head *h, uint64_t max)
{
	struct span expect = http_find(h, SPAN("Expect"));

	(void)max;
	return h->minor && expect.n && !span_ieq(expect, SPAN("100-continue"));
}

static bool is_longer(const struct http_head *h, uint64_t max)
{
	uint64_t n;

	return span_uint(http_find(h, SPAN("Content-Length")), UINT64_MAX >> 1, &n) && n > max;
}

static const struct {
	unsigned status;
	bool (*wrong)(const struct http_head *h, uint64_t max);
} wrongs[] = {
	{505, is_other_version},
	{400, has_no_host},
	{414, has_long_target},
	{400, has_two_lengths},
	{501, has_other_coding},
	{417, expects_more},
	{413, is_longer},
};

unsigned request_wrong(const struct http_head *h, uint64_t max)
{
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++)
		if (wrongs[i].wrong(h, max))
			return wrongs[i].status;
	return 0;
}
