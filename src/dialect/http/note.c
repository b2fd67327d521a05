#include <xxhash.h>

#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "dialect/http/talk.h"
#include "dialect/http/who.h"
#include "fact/http.h"
#include "fact/tls.h"

#define FIELDS_MAX 40
#define EXCERPT_MAX 64
#define BODY_HEAD 160
/* More is redacted than is shown, so that the cut leaves no part of a secret that is too short to
 * look like one. */
#define BODY_LOOKED_AT 640
#define TITLE_MAX 120
#define LIST_MAX 512
#define SKEW_IGNORED 2
/* JSON readers keep 53 bits of a number */
#define TAG_BITS UINT64_C(0x1fffffffffffff)

struct facts {
	struct arena arena;
	struct field v[FIELDS_MAX];
	size_t n;
};

static void add_text(struct facts *f, const struct key *key, struct span s)
{
	if (s.n)
		f->v[f->n++] = (struct field){.key = key, .s = s};
}

static void add_int(struct facts *f, const struct key *key, int64_t i)
{
	f->v[f->n++] = (struct field){.key = key, .i = i};
}

static struct span redacted(struct facts *f, struct span s, size_t max)
{
	struct buf out = {.max = BUF_MAX};
	struct span kept;

	text_redact(&out, span_head(s, max));
	kept = arena_copy(&f->arena, span_head(buf_span(&out), max));
	buf_deinit(&out);
	return kept;
}

static struct span redacted_target(struct facts *f, struct span target)
{
	struct buf out = {.max = BUF_MAX};
	struct span kept;

	url_redact_target(&out, span_head(target, JOURNAL_TEXT_MAX));
	kept = redacted(f, buf_span(&out), JOURNAL_TEXT_MAX);
	buf_deinit(&out);
	return kept;
}

static void commit(struct layer *l, const struct kind *kind, struct facts *f)
{
	journal_add(l->conn->journal, &l->conn->where, l->conn->now, kind, f->v, f->n);
	arena_deinit(&f->arena);
}

static bool is_mute(const struct layer *l)
{
	return ((const struct http_talk *)l->state)->mute;
}

void note_fault(struct layer *l, const char *fault, uint64_t offset, struct span head)
{
	struct facts f = {0};

	if (is_mute(l))
		return;
	add_text(&f, &k_fault, span_of(fault));
	add_int(&f, &k_offset, (int64_t)offset);
	add_text(&f, &k_head, redacted(&f, head, EXCERPT_MAX));
	commit(l, &http_fault, &f);
}

static bool has_secret_query(struct span target)
{
	ssize_t mark = span_chr(target, '?');
	struct span query = mark < 0 ? (struct span){NULL, 0} : span_from(target, (size_t)mark + 1);
	struct span part, name;

	while (span_cut(&query, '&', &part)) {
		span_cut(&part, '=', &name);
		/* a session id says who asks, not that he may */
		if (url_is_secret_name(name) && !span_ieq(name, SPAN("sid")))
			return true;
	}
	return false;
}

/* Where a credential is; what is in it is never kept. */
static void add_credential_places(struct facts *f, const struct http_head *h)
{
	static const struct {
		const char *header, *place;
	} rows[] = {{"Authorization", "authorization"}, {"Cookie", "cookie"}, {"X-Api-Key", "header"},
		{"X-Auth-Token", "header"}, {"X-Access-Token", "header"}};
	struct buf places = {.max = 128};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (http_find(h, span_of(rows[i].header)).n)
			buf_addf(&places, "%s%s", places.n ? "," : "", rows[i].place);
	if (has_secret_query(h->target))
		buf_addf(&places, "%squery", places.n ? "," : "");
	add_int(f, &k_credential, places.n > 0);
	add_text(f, &k_credential_in, redacted(f, buf_span(&places), LIST_MAX));
	buf_deinit(&places);
}

/* Fetch standard, "CORS-safelisted request-header" and what browsers set themselves. */
static bool needs_preflight(const struct http_head *h)
{
	static const char *const plain[] = {"Host", "Connection", "Upgrade", "Origin", "Referer", "User-Agent", "Accept",
		"Accept-Language", "Accept-Encoding", "Content-Language", "Content-Type", "Content-Length", "Cookie",
		"Cache-Control", "Pragma", "Range"};

	for (size_t i = 0; i < h->n; i++) {
		bool usual = span_istarts(h->headers[i].name, SPAN("Sec-"));

		for (size_t k = 0; k < sizeof(plain) / sizeof(plain[0]); k++)
			usual |= span_ieq(h->headers[i].name, span_of(plain[k]));
		if (!usual)
			return true;
	}
	return false;
}

void note_request(struct layer *l, const struct http_head *h)
{
	struct facts f = {0};

	if (is_mute(l))
		return;
	add_text(&f, &k_method, h->method);
	add_text(&f, &k_path, redacted_target(&f, h->target));
	add_text(&f, &k_host, http_find(h, SPAN("Host")));
	add_int(&f, &k_upgrade, http_find(h, SPAN("Upgrade")).n > 0);
	add_text(&f, &k_origin, redacted(&f, http_find(h, SPAN("Origin")), LIST_MAX));
	add_text(&f, &k_offers,
		redacted(&f, http_find(h, SPAN("Sec-WebSocket-Protocol")), LIST_MAX));
	add_int(&f, &k_offers_deflate,
		span_ifind(http_find(h, SPAN("Sec-WebSocket-Extensions")),
			SPAN("permessage-deflate")) >= 0);
	add_credential_places(&f, h);
	add_int(&f, &k_head_bytes, (int64_t)h->raw.n);
	if (needs_preflight(h))
		add_int(&f, &k_preflight, true);
	commit(l, &http_request, &f);
}

static bool looks_html(struct span body, struct span type)
{
	static const char *const starts[] = {
		"<!doctype html", "<html", "<head", "<body", "<title", "<h1", "<center"};

	if (span_istarts(type, SPAN("text/html")) &&
		span_chr(span_head(body, EXCERPT_MAX), '<') >= 0)
		return true;
	while (body.n && strchr("\r\n\t \xef\xbb\xbf", body.p[0]))
		body = span_from(body, 1);
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (span_istarts(body, span_of(starts[i])))
			return true;
	return false;
}

static bool looks_json(struct span body, struct span type)
{
	struct json j;
	struct json_token t;

	if (span_ifind(type, SPAN("json")) >= 0)
		return true;
	json_init(&j, body);
	t = json_next(&j);
	return t.type == JSON_OBJECT || t.type == JSON_ARRAY ||
	       (t.type == JSON_STRING && json_next(&j).type == JSON_END);
}

static bool looks_text(struct span body)
{
	struct utf8 u = {0};

	for (size_t i = 0; i < body.n; i++)
		if ((unsigned char)body.p[i] < 0x20 && !strchr("\t\r\n\f", body.p[i]))
			return false;
	return utf8_feed(&u, body);
}

static const char *shape_of(struct span body, struct span type)
{
	if (!body.n)
		return "empty";
	if (looks_html(body, type))
		return "html";
	if (looks_json(body, type))
		return "json";
	return looks_text(body) ? "text" : "binary";
}

static struct span title_of(struct span body)
{
	ssize_t at = span_ifind(body, SPAN("<title")), end;

	if (at < 0)
		return (struct span){NULL, 0};
	body = span_from(body, (size_t)at);
	at = span_chr(body, '>');
	if (at < 0)
		return (struct span){NULL, 0};
	body = span_from(body, (size_t)at + 1);
	end = span_chr(body, '<');
	body = span_head(body, end < 0 ? 0 : (size_t)end);
	while (body.n && strchr(" \t\r\n", body.p[0]))
		body = span_from(body, 1);
	while (body.n && strchr(" \t\r\n", body.p[body.n - 1]))
		body.n--;
	return body;
}

/* The value of `name` in the query of a request target. */
static struct span query_value(struct span target, struct span name)
{
	ssize_t mark = span_chr(target, '?');
	struct span query = mark < 0 ? (struct span){NULL, 0} : span_from(target, (size_t)mark + 1),
		    part, key;

	while (span_cut(&query, '&', &part)) {
		span_cut(&part, '=', &key);
		if (span_eq(key, name))
			return part;
	}
	return (struct span){NULL, 0};
}

/* The beginning of a body. Servers repeat the session id they do not know: it is blanked too. */
static struct span body_head(struct facts *f, struct span body, struct span target)
{
	struct span sid = query_value(target, SPAN("sid"));
	struct buf plain = {.max = BODY_LOOKED_AT};
	struct span out;

	body = span_head(body, BODY_LOOKED_AT);
	while (body.n) {
		ssize_t at = sid.n > 3 ? span_find(body, sid) : -1;

		buf_add(&plain, at < 0 ? body : span_head(body, (size_t)at));
		body = at < 0 ? (struct span){NULL, 0} : span_from(body, (size_t)at + sid.n);
		if (at >= 0)
			buf_addz(&plain, "***");
	}
	out = span_head(redacted(f, buf_span(&plain), BODY_LOOKED_AT), BODY_HEAD);
	buf_deinit(&plain);
	return out;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* Words with a digit are numbers, times and ids: what differs between two answers that say the
 * same. */
static uint64_t tag_of(uint64_t salt, const struct http_head *h, struct span type, struct span body)
{
	struct buf blank = {.max = 2 * HTTP_BODY_KEPT};
	uint64_t tag;
	size_t i = 0;

	buf_addf(&blank, "%u ", h->status);
	buf_add(&blank, type);
	buf_addc(&blank, '\n');
	while (i < body.n) {
		size_t from = i;
		bool digit = false;

		for (; i < body.n && is_word(body.p[i]); i++)
			digit |= body.p[i] >= '0' && body.p[i] <= '9';
		buf_add(&blank, digit ? SPAN("#") : span_head(span_from(body, from), i - from));
		if (i < body.n)
			buf_addc(&blank, body.p[i++]);
	}
	tag = XXH3_64bits_withSeed(blank.p, blank.n, salt) & TAG_BITS;
	buf_deinit(&blank);
	return tag;
}

static void add_redirect(struct facts *f, const struct layer *l, const struct http_head *h,
	const struct http_exchange *e)
{
	struct span location = http_find(h, SPAN("Location"));
	const char *kind;

	add_text(f, &k_location, redacted_target(f, location));
	if (h->status / 100 != 3 || !location.n || !e)
		return;
	kind = redirect_kind(l->conn->tls, buf_span(&e->host), buf_span(&e->target), location);
	add_text(f, &k_redirect, span_of(kind));
}

static void add_times(struct facts *f, const struct layer *l, const struct http_head *h)
{
	int64_t now = l->conn->wall ? l->conn->wall + l->conn->now / NS_S : 0, date;
	struct span retry = http_find(h, SPAN("Retry-After"));
	uint64_t seconds;

	if (span_uint(retry, INT32_MAX, &seconds))
		add_int(f, &k_retry_after, (int64_t)seconds * NS_S);
	else if (now && date_parse(retry, &date) && date >= now && date - now < INT32_MAX)
		add_int(f, &k_retry_after, (date - now) * NS_S);
	if (now && date_parse(http_find(h, SPAN("Date")), &date)) {
		int64_t skew = date - now;

		if (skew > INT32_MAX || skew < -INT32_MAX)
			skew = skew < 0 ? -INT32_MAX : INT32_MAX;
		add_int(f, &k_date_skew,
			skew >= -SKEW_IGNORED && skew <= SKEW_IGNORED ? 0 : skew * NS_S);
	}
}

static struct span csp_connect(struct span policy)
{
	struct span part, name, fallback = {NULL, 0};

	while (span_cut(&policy, ';', &part)) {
		part = span_trim(part);
		span_cut(&part, ' ', &name);
		if (span_ieq(name, SPAN("connect-src")))
			return span_trim(part);
		if (span_ieq(name, SPAN("default-src")))
			fallback = span_trim(part);
	}
	return fallback;
}

/* RFC 6265bis §5.6.7: what a browser sends to another site. */
static bool is_cross_site(struct span cookie)
{
	struct span attribute;
	bool none = false, secure = false;

	while (span_cut(&cookie, ';', &attribute)) {
		none |= span_ieq(span_trim(attribute), SPAN("SameSite=None"));
		secure |= span_ieq(span_trim(attribute), SPAN("Secure"));
	}
	return none && secure;
}

static struct span cookie_names(struct facts *f, const struct http_head *h, bool cross_site)
{
	struct buf names = {.max = LIST_MAX};
	struct span out;

	for (size_t i = 0; i < h->n; i++) {
		struct span cookie = h->headers[i].value, name;

		if (!span_ieq(h->headers[i].name, SPAN("Set-Cookie")) ||
			(cross_site && !is_cross_site(cookie)) || !span_cut(&cookie, '=', &name) || !cookie.p)
			continue;
		if (names.n)
			buf_addz(&names, ", ");
		buf_add(&names, span_trim(name));
	}
	out = arena_copy(&f->arena, buf_span(&names));
	buf_deinit(&names);
	return out;
}

static struct span first_word(struct span s)
{
	struct span word = {NULL, 0};

	span_cut(&s, ' ', &word);
	return word;
}

static void add_browser_policy(struct facts *f, const struct http_head *h)
{
	size_t origins = http_count(h, SPAN("Access-Control-Allow-Origin"));
	struct span credentials = http_find(h, SPAN("Access-Control-Allow-Credentials"));

	add_text(f, &k_allow_origin, http_find(h, SPAN("Access-Control-Allow-Origin")));
	if (origins)
		add_int(f, &k_allow_origins, (int64_t)origins);
	if (credentials.n)
		add_int(f, &k_allow_credentials, span_ieq(credentials, SPAN("true")));
	add_text(f, &k_csp_connect, csp_connect(http_find(h, SPAN("Content-Security-Policy"))));
}

static void add_plain_headers(struct facts *f, const struct http_head *h)
{
	static const struct {
		const char *name;
		const struct key *key;
	} plain[] = {{"Server", &k_server}, {"Via", &k_via}, {"X-Powered-By", &k_powered_by},
		{"Cf-Cache-Status", &k_cf_cache}, {"Cf-Mitigated", &k_cf_mitigated},
		{"Content-Type", &k_content_type}, {"Sec-WebSocket-Version", &k_accept_versions}};
	struct span authenticate = http_find(h, SPAN("WWW-Authenticate"));

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		add_text(f, plain[i].key,
			redacted(f, http_find(h, span_of(plain[i].name)), LIST_MAX));
	if (!authenticate.p)
		authenticate = http_find(h, SPAN("Proxy-Authenticate"));
	add_text(f, &k_authenticate, first_word(authenticate));
	if (http_find(h, SPAN("Cf-Ray")).n)
		add_int(f, &k_cf_ray, true);
	add_text(f, &k_set_cookie, cookie_names(f, h, false));
	add_text(f, &k_cross_site_cookies, cookie_names(f, h, true));
}

static void add_body(
	struct facts *f, const struct layer *l, const struct http_side *s, struct span target)
{
	struct span body = buf_span(&s->body), type = http_find(&s->head, SPAN("Content-Type"));
	const char *shape = shape_of(body, type);

	add_text(f, &k_body_shape, span_of(shape));
	add_int(f, &k_body_bytes, (int64_t)s->body_bytes);
	add_text(f, &k_body_head, body_head(f, body, target));
	if (!strcmp(shape, "html"))
		add_text(f, &k_title, redacted(f, title_of(body), TITLE_MAX));
	add_int(f, &k_answer_tag, (int64_t)tag_of(l->conn->salt, &s->head, type, body));
}

struct sought {
	const char *stack;
	bool seen;
};

static void seek_stack(void *arg, const char *stack, struct span version, struct span by)
{
	struct sought *s = arg;

	(void)version;
	(void)by;
	s->seen |= !strcmp(stack, s->stack);
}

/* A product known by its words and not by its headers. */
static void note_stack_of(struct layer *l, const struct http_head *h, const char *who)
{
	struct sought s = {.stack = http_who_stack(who)};

	if (!s.stack)
		return;
	http_stacks(h, seek_stack, &s);
	if (!s.seen)
		layer_note(l, &run_stack, F_TEXT(k_stack, span_of(s.stack)),
			F_TEXT(k_by, SPAN("the answer's own words")));
}

void note_answer(struct layer *l, const struct http_side *s, const struct http_exchange *e)
{
	const struct http_head *h = &s->head;
	struct http_evidence evidence = {
		.head = h, .body = buf_span(&s->body), .body_bytes = s->body_bytes};
	struct http_opinion opinion;
	struct facts f = {0};

	if (is_mute(l))
		return;
	evidence.html = looks_html(evidence.body, http_find(h, SPAN("Content-Type")));
	if (e) {
		evidence.method = buf_span(&e->method);
		evidence.target = buf_span(&e->target);
		evidence.host = buf_span(&e->host);
		evidence.upgrade = e->upgrade;
	}
	opinion = http_who(&evidence);
	add_int(&f, &k_status, h->status);
	add_text(&f, &k_reason, redacted(&f, h->reason, LIST_MAX));
	add_text(&f, &k_http_version, span_head(h->version, 8));
	add_int(&f, &k_took, e ? s->first_at - e->asked_at : 0);
	add_text(&f, &k_who, span_of(opinion.who));
	add_text(&f, &k_saying, span_of(opinion.saying));
	add_int(&f, &k_head_bytes, (int64_t)h->raw.n);
	add_plain_headers(&f, h);
	add_browser_policy(&f, h);
	add_redirect(&f, l, h, e);
	add_times(&f, l, h);
	add_body(&f, l, s, evidence.target);
	commit(l, &http_answer, &f);
	note_stack_of(l, h, opinion.who);
}

static void note_seen_stack(void *arg, const char *stack, struct span version, struct span by)
{
	struct layer *l = arg;

	layer_note(l, &run_stack, F_TEXT(k_stack, span_of(stack)), F_TEXT(k_version, version),
		F_TEXT(k_by, by));
}

void note_stacks(struct layer *l, const struct http_head *h)
{
	if (!is_mute(l))
		http_stacks(h, note_seen_stack, l);
}
