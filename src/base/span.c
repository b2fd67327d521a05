#include "base/span.h"

#include <strings.h>

struct span span_of(const char *z)
{
	return (struct span){z, z ? strlen(z) : 0};
}

struct span span_from(struct span s, size_t start)
{
	if (start >= s.n)
		return (struct span){s.p ? s.p + s.n : NULL, 0};
	return (struct span){s.p + start, s.n - start};
}

struct span span_head(struct span s, size_t n)
{
	return (struct span){s.p, n < s.n ? n : s.n};
}

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_ieq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

bool span_starts(struct span s, struct span head)
{
	return span_eq(span_head(s, head.n), head);
}

bool span_istarts(struct span s, struct span head)
{
	return span_ieq(span_head(s, head.n), head);
}

bool span_ends(struct span s, struct span tail)
{
	return s.n >= tail.n && span_eq(span_from(s, s.n - tail.n), tail);
}

ssize_t span_find(struct span s, struct span what)
{
	const char *at;

	if (what.n == 0)
		return 0;
	if (s.n < what.n)
		return -1;
	at = memmem(s.p, s.n, what.p, what.n);
	return at ? at - s.p : -1;
}

ssize_t span_ifind(struct span s, struct span what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (span_istarts(span_from(s, i), what))
			return (ssize_t)i;
	return -1;
}

ssize_t span_chr(struct span s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

struct span span_trim(struct span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_from(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool span_cut(struct span *rest, char sep, struct span *part)
{
	ssize_t at;

	if (!rest->p)
		return false;
	at = span_chr(*rest, sep);
	if (at < 0) {
		*part = *rest;
		*rest = (struct span){0};
		return true;
	}
	*part = span_head(*rest, (size_t)at);
	*rest = span_from(*rest, (size_t)at + 1);
	return true;
}

bool span_uint(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
			__builtin_add_overflow(v, digit, &v) || v > max)
			return false;
	}
	*out = v;
	return true;
}

bool span_has_token(struct span list, struct span token)
{
	struct span part;

	while (span_cut(&list, ',', &part))
		if (span_ieq(span_trim(part), token))
			return true;
	return false;
}
