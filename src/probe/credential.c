#include "probe/credential.h"

#include <openssl/evp.h>

bool credential_is_header(struct span name)
{
	static const char *const parts[] = {"auth", "cookie", "token", "key", "secret", "password", "session", "credential"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (span_ifind(name, span_of(parts[i])) >= 0)
			return true;
	return false;
}

void credential_strip_query(struct buf *target)
{
	struct span whole = buf_span(target), rest, part;
	ssize_t at = span_chr(whole, '?');
	struct buf kept = {.max = target->max};
	char before = '?';

	if (at < 0)
		return;
	buf_add(&kept, span_head(whole, (size_t)at));
	rest = span_from(whole, (size_t)at + 1);
	while (span_cut(&rest, '&', &part)) {
		ssize_t equals = span_chr(part, '=');

		if (equals >= 0 && url_is_secret_name(span_head(part, (size_t)equals)))
			continue;
		buf_addc(&kept, before);
		buf_add(&kept, part);
		before = '&';
	}
	buf_deinit(target);
	*target = kept;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void percent_decode(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
			buf_addc(out, (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
			i += 2;
		} else {
			buf_addc(out, s.p[i]);
		}
	}
}

struct span credential_plain(struct arena *arena, struct span encoded)
{
	struct buf plain = {.max = 8192};
	struct span kept;

	percent_decode(&plain, encoded);
	kept = arena_copy(arena, buf_span(&plain));
	buf_deinit(&plain);
	return kept;
}

struct span credential_basic(struct arena *arena, const struct url *url)
{
	struct buf plain = {.max = 8192};
	struct span basic = SPAN("Basic ");
	char *to;

	percent_decode(&plain, url->user);
	buf_addc(&plain, ':');
	percent_decode(&plain, url->password);
	to = arena_alloc(arena, basic.n + (plain.n + 2) / 3 * 4 + 1);
	memcpy(to, basic.p, basic.n);
	EVP_EncodeBlock((unsigned char *)to + basic.n, (const unsigned char *)plain.p, (int)plain.n);
	buf_deinit(&plain);
	return span_of(to);
}
