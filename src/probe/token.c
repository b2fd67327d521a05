#include "probe/token.h"

#include <openssl/evp.h>

#include "base/json.h"
#include "fact/all.h"

#define PART_MAX 8192

/* base64url without padding (RFC 7515 §2) of at most PART_MAX characters. */
static bool decode(struct buf *out, struct span part)
{
	unsigned char padded[PART_MAX + 4];
	size_t n = part.n;
	int got;
	char *to;

	if (!n || n > PART_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		padded[i] = part.p[i] == '-' ? '+' : part.p[i] == '_' ? '/' : (unsigned char)part.p[i];
	while (n % 4)
		padded[n++] = '=';
	to = buf_room(out, n);
	got = to ? EVP_DecodeBlock((unsigned char *)to, padded, (int)n) : -1;
	if (got < 0)
		return false;
	out->n += (size_t)got - (n - part.n);
	return true;
}

static bool claim(struct span payload, struct span name, int64_t *out)
{
	struct json_token t;

	if (!json_member(payload, name, &t) || t.type != JSON_NUMBER)
		return false;
	/* a date may have a fraction */
	if (span_chr(t.raw, '.') >= 0)
		t.raw = span_head(t.raw, (size_t)span_chr(t.raw, '.'));
	return json_int(t.raw, out) && *out > 0 && *out < INT64_C(1) << 40;
}

static void note_claims(const struct try *t, struct span by, struct span header, struct span payload, int64_t wall)
{
	struct field fields[4] = {F_TEXT(k_by, by)};
	struct json_token alg;
	size_t n = 1;
	int64_t at;

	if (json_member(header, SPAN("alg"), &alg) && alg.type == JSON_STRING && alg.raw.n < 16)
		fields[n++] = F_TEXT(k_alg, alg.raw);
	if (claim(payload, SPAN("exp"), &at))
		fields[n++] = F_TIME(k_expires_in, (at - wall) * NS_S);
	if (claim(payload, SPAN("nbf"), &at) || claim(payload, SPAN("iat"), &at))
		fields[n++] = F_TIME(k_valid_in, (at - wall) * NS_S);
	journal_add(t->probe->journal, &t->spot.where, probe_now(t->probe), &http_token, fields, n);
}

static void look(const struct try *t, struct span by, struct span token, int64_t wall)
{
	struct span header, payload, signature;
	struct buf h = {.max = PART_MAX + 8}, p = {.max = PART_MAX + 8};

	if (!span_starts(token, SPAN("eyJ")) || !span_cut(&token, '.', &header) || !span_cut(&token, '.', &payload) ||
		!span_cut(&token, '.', &signature))
		return;
	if (decode(&h, header) && decode(&p, payload))
		note_claims(t, by, buf_span(&h), buf_span(&p), wall);
	buf_deinit(&h);
	buf_deinit(&p);
}

void token_note(const struct try *t, const struct url *url, int64_t wall)
{
	const struct probe_ask *ask = t->probe->ask;
	struct span rest = url_query(url), part;

	for (size_t i = 0; i < ask->n_headers; i++) {
		struct span value = ask->headers[i].value;

		if (span_istarts(value, SPAN("bearer ")))
			value = span_trim(span_from(value, 7));
		look(t, ask->headers[i].name, value, wall);
	}
	while (span_cut(&rest, '&', &part)) {
		ssize_t equals = span_chr(part, '=');

		if (equals > 0)
			look(t, span_head(part, (size_t)equals), span_from(part, (size_t)equals + 1), wall);
	}
}
