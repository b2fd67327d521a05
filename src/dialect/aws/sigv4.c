#include "dialect/aws/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#define HASH 32
#define QUERY_MAX 256
#define DATE_TEXT 8

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static void encode_but(struct buf *out, struct span s, char kept)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_unreserved(s.p[i]) || (kept && s.p[i] == kept))
			buf_addc(out, s.p[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

void sigv4_encode(struct buf *out, struct span s)
{
	encode_but(out, s, 0);
}

/* "." and ".." segments and doubled slashes go, as in RFC 3986 §5.2.4. */
void sigv4_path(struct buf *out, struct span path)
{
	struct buf flat = {.max = BUF_MAX};
	struct span rest = path, part;

	while (span_cut(&rest, '/', &part)) {
		if (span_eq(part, SPAN(".."))) {
			while (flat.n && flat.p[--flat.n] != '/')
				;
		} else if (part.n && !span_eq(part, SPAN("."))) {
			buf_addc(&flat, '/');
			buf_add(&flat, part);
		}
	}
	if (!flat.n || span_ends(path, SPAN("/")))
		buf_addc(&flat, '/');
	encode_but(out, buf_span(&flat), '/');
	buf_deinit(&flat);
}

struct pair {
	struct span name, value;
};

static int compare_spans(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = compare_spans(x->name, y->name);

	return order ? order : compare_spans(x->value, y->value);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What may come encoded in more or fewer places is brought to one form. */
static struct span encode_again(struct arena *arena, struct span s)
{
	struct buf plain = {.max = BUF_MAX}, coded = {.max = BUF_MAX};
	struct span kept;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
			buf_addc(&plain, (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
			i += 2;
		} else {
			buf_addc(&plain, s.p[i]);
		}
	}
	sigv4_encode(&coded, buf_span(&plain));
	kept = arena_copy(arena, buf_span(&coded));
	buf_deinit(&plain);
	buf_deinit(&coded);
	return kept;
}

void sigv4_query(struct buf *out, struct span query)
{
	struct arena arena = {0};
	struct pair *pairs = arena_alloc(&arena, QUERY_MAX * sizeof(*pairs));
	struct span rest = query, part;
	size_t n = 0;

	while (n < QUERY_MAX && span_cut(&rest, '&', &part)) {
		ssize_t equals = span_chr(part, '=');
		size_t name = equals < 0 ? part.n : (size_t)equals;

		if (!part.n)
			continue;
		pairs[n].name = encode_again(&arena, span_head(part, name));
		pairs[n++].value = encode_again(
			&arena, equals < 0 ? (struct span){0} : span_from(part, name + 1));
	}
	qsort(pairs, n, sizeof(*pairs), compare_pairs);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(out, '&');
		buf_add(out, pairs[i].name);
		buf_addc(out, '=');
		buf_add(out, pairs[i].value);
	}
	arena_deinit(&arena);
}

static void add_hex(struct buf *out, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%02x", bytes[i]);
}

static void add_hash(struct buf *out, struct span s)
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	EVP_Digest(s.n ? s.p : "", s.n, hash, NULL, EVP_sha256(), NULL);
	add_hex(out, hash, HASH);
}

/* to = HMAC-SHA256(key, text); `to` may be `key`. */
static void hmac(unsigned char to[HASH], struct span key, struct span text)
{
	unsigned char made[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)text.p, text.n, made, &n);
	memcpy(to, made, HASH);
}

/* Of days since 1970-01-01; the civil calendar in which years begin in March. */
static void add_time(struct buf *out, int64_t wall)
{
	int64_t days = wall / 86400, left = wall % 86400, z = days + 719468, era = z / 146097,
		of_era = z % 146097;
	int64_t of_year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t day = of_era - (365 * of_year + of_year / 4 - of_year / 100),
		month = (5 * day + 2) / 153;
	int64_t year = of_year + era * 400 + (month >= 10);

	buf_addf(out, "%04d%02d%02dT%02d%02d%02dZ", (int)year,
		(int)(month < 10 ? month + 3 : month - 9), (int)(day - (153 * month + 2) / 5 + 1),
		(int)(left / 3600), (int)(left / 60 % 60), (int)(left % 60));
}

struct work {
	struct arena *arena;
	const struct sigv4_ask *ask;
	struct span time, date, scope, signed_names, payload;
	struct sigv4_header all[SIGV4_SIGNED_MAX + SIGV4_HEADERS_MAX + 1];
	size_t n;
};

static int compare_headers(const void *a, const void *b)
{
	const struct sigv4_header *x = a, *y = b;

	return compare_spans(x->name, y->name);
}

/* Runs of blanks in a value count as one. */
static void add_value(struct buf *out, struct span value)
{
	value = span_trim(value);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != ' ' || value.p[i - 1] != ' ')
			buf_addc(out, value.p[i]);
}

static struct span lower(struct arena *arena, struct span s)
{
	char *p = arena_z(arena, s);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] | 0x20);
	return (struct span){p, s.n};
}

static void take_header(struct work *w, struct span name, struct span value)
{
	w->all[w->n++] = (struct sigv4_header){lower(w->arena, name), value};
}

static void gather_headers(struct work *w, const struct sigv4 *ours)
{
	for (size_t i = 0; i < w->ask->n && i < SIGV4_SIGNED_MAX; i++)
		take_header(w, w->ask->headers[i].name, w->ask->headers[i].value);
	for (size_t i = 0; i < ours->n; i++)
		take_header(w, ours->headers[i].name, ours->headers[i].value);
	take_header(w, SPAN("host"), w->ask->host);
	qsort(w->all, w->n, sizeof(w->all[0]), compare_headers);
}

static void add_headers(struct buf *out, struct work *w)
{
	struct buf names = {.max = 4096};

	for (size_t i = 0; i < w->n; i++) {
		bool again = i && span_eq(w->all[i].name, w->all[i - 1].name);

		if (i)
			buf_addc(out, again ? ',' : '\n');
		if (!again) {
			if (i)
				buf_addc(&names, ';');
			buf_add(&names, w->all[i].name);
			buf_add(out, w->all[i].name);
			buf_addc(out, ':');
		}
		add_value(out, w->all[i].value);
	}
	buf_addz(out, "\n\n");
	buf_add(out, buf_span(&names));
	w->signed_names = arena_copy(w->arena, buf_span(&names));
	buf_deinit(&names);
}

static void add_canonical(struct buf *out, struct work *w)
{
	struct span target = w->ask->target;
	ssize_t query = span_chr(target, '?');

	buf_add(out, w->ask->method.n ? w->ask->method : SPAN("GET"));
	buf_addc(out, '\n');
	sigv4_path(out, query < 0 ? target : span_head(target, (size_t)query));
	buf_addc(out, '\n');
	if (query >= 0)
		sigv4_query(out, span_from(target, (size_t)query + 1));
	buf_addc(out, '\n');
	add_headers(out, w);
	buf_addc(out, '\n');
	buf_add(out, w->payload);
}

static void add_string_to_sign(struct buf *out, struct work *w)
{
	struct buf canonical = {.max = BUF_MAX};

	add_canonical(&canonical, w);
	buf_addf(out, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n", SPANF(w->time), SPANF(w->scope));
	add_hash(out, buf_span(&canonical));
	buf_deinit(&canonical);
}

static void derive(unsigned char key[HASH], struct work *w, struct span secret)
{
	const struct span steps[] = {
		w->date, w->ask->region, w->ask->service, SPAN("aws4_request")};
	struct buf first = {.max = BUF_MAX};

	buf_addz(&first, "AWS4");
	buf_add(&first, secret);
	hmac(key, buf_span(&first), steps[0]);
	for (size_t i = 1; i < sizeof(steps) / sizeof(*steps); i++)
		hmac(key, (struct span){(char *)key, HASH}, steps[i]);
	OPENSSL_cleanse(first.p, first.n);
	buf_deinit(&first);
}

static struct span authorization(struct work *w, const struct sigv4_key *key)
{
	unsigned char signing[HASH];
	struct buf text = {.max = BUF_MAX};
	struct span kept;

	add_string_to_sign(&text, w);
	derive(signing, w, key->secret);
	hmac(signing, (struct span){(char *)signing, HASH}, buf_span(&text));
	buf_clear(&text);
	buf_addf(&text, "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=",
		SPANF(key->access), SPANF(w->scope), SPANF(w->signed_names));
	add_hex(&text, signing, HASH);
	kept = arena_copy(w->arena, buf_span(&text));
	buf_deinit(&text);
	return kept;
}

static void prepare(struct work *w)
{
	struct buf b = {.max = 256};

	add_time(&b, w->ask->wall);
	w->time = arena_copy(w->arena, buf_span(&b));
	w->date = span_head(w->time, DATE_TEXT);
	w->scope = arena_fmt(w->arena, "%.*s/%.*s/%.*s/aws4_request", SPANF(w->date),
		SPANF(w->ask->region), SPANF(w->ask->service));
	buf_clear(&b);
	if (w->ask->unsigned_body)
		buf_addz(&b, "UNSIGNED-PAYLOAD");
	else
		add_hash(&b, w->ask->body);
	w->payload = arena_copy(w->arena, buf_span(&b));
	buf_deinit(&b);
}

static void give(struct sigv4 *out, struct span name, struct span value)
{
	out->headers[out->n++] = (struct sigv4_header){name, value};
}

void sigv4_sign(struct sigv4 *out, struct arena *arena, const struct sigv4_key *key,
	const struct sigv4_ask *ask)
{
	struct work w = {.arena = arena, .ask = ask};

	*out = (struct sigv4){0};
	prepare(&w);
	give(out, SPAN("X-Amz-Date"), w.time);
	if (key->token.n)
		give(out, SPAN("X-Amz-Security-Token"), key->token);
	if (ask->unsigned_body)
		give(out, SPAN("X-Amz-Content-Sha256"), w.payload);
	gather_headers(&w, out);
	give(out, SPAN("Authorization"), authorization(&w, key));
}
