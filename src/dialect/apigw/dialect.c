#include "dialect/apigw/apigw.h"

#include "base/json.h"
#include "base/text.h"
#include "fact/apigw.h"

#define NOTED_MAX 200
#define BODY_MAX ((size_t)8 << 10)
#define SHOWN_MAX 200

struct apigw {
	struct buf body;
	bool asked; /* above http: of @connections */
	struct apigw_ask what;
	char method[8], id[256];
	bool spoke; /* the client sent a message */
	ns spoke_at;
	unsigned noted;
};

static struct apigw *apigw_of(const struct layer *l)
{
	return l->state;
}

static struct span member(struct span json, const char *name)
{
	struct json_token t;

	return json_member(json, span_of(name), &t) && t.type == JSON_STRING ? t.raw
									     : (struct span){0};
}

bool apigw_frame_parse(struct apigw_frame *out, struct span text)
{
	*out = (struct apigw_frame){0};
	if (!span_starts(text, SPAN("{")))
		return false;
	out->message = member(text, "message");
	out->connection_id = member(text, "connectionId");
	out->request_id = member(text, "requestId");
	return out->message.n && out->connection_id.n && out->request_id.n;
}

#define FIELDS_MAX 10

struct row {
	struct arena arena;
	struct field all[FIELDS_MAX];
	size_t n;
};

static void put(struct row *r, struct field f)
{
	r->all[r->n++] = f;
}

/* What came from the network, short. Ids are told as they are, messages without what looks like a
 * credential. */
static void put_text(struct row *r, const struct key *key, struct span text, bool redact)
{
	struct buf plain = {.max = 4096}, shown = {.max = 4096};

	if (!text.n)
		return;
	json_unescape(&plain, span_head(text, SHOWN_MAX));
	if (redact)
		text_redact(&shown, buf_span(&plain));
	put(r, (struct field){
		       .key = key, .s = arena_copy(&r->arena, buf_span(redact ? &shown : &plain))});
	buf_deinit(&plain);
	buf_deinit(&shown);
}

static void end(struct layer *l, const struct kind *kind, struct row *r)
{
	if (apigw_of(l)->noted++ < NOTED_MAX)
		journal_add(l->conn->journal, &l->conn->where, l->conn->now, kind, r->all, r->n);
	arena_deinit(&r->arena);
}

static void note_frame(struct layer *l, const struct apigw_frame *frame)
{
	const struct apigw *a = apigw_of(l);
	struct row r = {.n = 0};

	put_text(&r, &k_message, frame->message, true);
	put_text(&r, &k_connection_id, frame->connection_id, false);
	put_text(&r, &k_request_id, frame->request_id, false);
	if (a->spoke)
		put(&r, F_TIME(k_after, l->conn->now - a->spoke_at));
	end(l, &apigw_error, &r);
}

/* "ForbiddenException:http://internal.amazon.com/…" */
static struct span error_type(const struct http_head *head)
{
	struct span type = http_find(head, SPAN("X-Amzn-ErrorType"));
	ssize_t colon = span_chr(type, ':');

	return colon < 0 ? type : span_head(type, (size_t)colon);
}

static struct span request_id(const struct http_head *head, struct span body)
{
	struct span id = http_find(head, SPAN("X-Amzn-RequestId"));

	if (!id.n)
		id = http_find(head, SPAN("Apigw-Requestid"));
	return id.n ? id : member(body, "requestId");
}

static struct span message(struct span body)
{
	struct span text = member(body, "message");

	return text.n ? text : member(body, "Message");
}

/* The gateway gives itself away by its headers, or by the ids in the body. */
static bool is_gateway(const struct http_head *head, struct span body)
{
	return http_count(head, SPAN("X-Amzn-ErrorType")) ||
	       http_count(head, SPAN("Apigw-Requestid")) ||
	       http_count(head, SPAN("X-Amzn-RequestId")) ||
	       (member(body, "connectionId").n && member(body, "requestId").n);
}

static void note_refusal(struct layer *l, const struct http_head *head)
{
	struct span body = buf_span(&apigw_of(l)->body), type = error_type(head);
	const char *word = apigw_refusal_word(head->status, type, message(body));
	struct row r = {.n = 0};

	if (!is_gateway(head, body))
		return;
	put(&r, F_INT(k_status, head->status));
	put(&r, F_TEXT(k_error, span_of(word)));
	put_text(&r, &k_error_type, type, true);
	put_text(&r, &k_message, message(body), true);
	put_text(&r, &k_request_id, request_id(head, body), false);
	if (apigw_refusal_meaning(word))
		put(&r, F_TEXT(k_meaning, span_of(apigw_refusal_meaning(word))));
	end(l, &apigw_refusal, &r);
}

/* "2026-11-20T16:00:00.000Z" or with an offset of zero; false for anything else. */
static bool stamp(struct span s, int64_t *out)
{
	static const uint8_t at[] = {0, 5, 8, 11, 14, 17}, width[] = {4, 2, 2, 2, 2, 2};
	uint64_t v[6];
	int64_t year, era, of_era, of_year;

	for (size_t i = 0; i < 6; i++)
		if (!span_uint(span_head(span_from(s, at[i]), width[i]), 9999, &v[i]))
			return false;
	/* the civil calendar, years from March */
	year = (int64_t)v[0] - (v[1] <= 2);
	era = year / 400;
	of_era = year % 400;
	of_year = (153 * ((int64_t)v[1] + (v[1] > 2 ? -3 : 9)) + 2) / 5 + (int64_t)v[2] - 1;
	*out = (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468) *
		       86400 +
	       (int64_t)(v[3] * 3600 + v[4] * 60 + v[5]);
	return true;
}

static void put_since(struct row *r, const struct layer *l, const struct key *key, const char *name)
{
	const struct apigw *a = apigw_of(l);
	int64_t then;

	if (a->what.wall && stamp(member(buf_span(&a->body), name), &then) && then <= a->what.wall &&
		a->what.wall - then <= INT64_MAX / NS_S)
		put(r, (struct field){.key = key, .i = (a->what.wall - then) * NS_S});
}

static void note_connection(struct layer *l, const struct http_head *head)
{
	const struct apigw *a = apigw_of(l);
	struct span body = buf_span(&a->body), type = error_type(head);
	const char *word = apigw_connection_word(head->status, type, message(body));
	struct row r = {.n = 0};

	put(&r, F_TEXT(k_method, a->what.method));
	put_text(&r, &k_connection_id, a->what.id, false);
	put(&r, F_INT(k_status, head->status));
	if (word)
		put(&r, F_TEXT(k_error, span_of(word)));
	put_text(&r, &k_error_type, type, true);
	if (word)
		put_text(&r, &k_message, message(body), true);
	put_text(&r, &k_request_id, request_id(head, body), false);
	put_since(&r, l, &k_age, "connectedAt");
	put_since(&r, l, &k_idle, "lastActiveAt");
	end(l, &apigw_connection, &r);
}

static void heed_answer(struct layer *l, enum side from, int unit, struct span data)
{
	struct layer *http = conn_layer(l->conn, &dialect_http);
	const struct http_head *head = http ? http_head(http, SERVER) : NULL;
	struct apigw *a = apigw_of(l);

	if (from != SERVER)
		return;
	if (unit == HTTP_HEAD)
		buf_clear(&a->body);
	else if (unit == HTTP_BODY)
		buf_add(&a->body, span_head(data, BODY_MAX - a->body.n));
	else if (unit == HTTP_END && head && a->asked)
		note_connection(l, head);
	else if (unit == HTTP_END && head && head->status >= 400)
		note_refusal(l, head);
}

static void heed_message(struct layer *l, enum side from, struct span text)
{
	struct apigw *a = apigw_of(l);
	struct apigw_frame frame;

	if (from == CLIENT) {
		a->spoke = true;
		a->spoke_at = l->conn->now;
	} else if (apigw_frame_parse(&frame, text)) {
		note_frame(l, &frame);
	}
}

static void start(struct layer *l)
{
	apigw_of(l)->body.max = BODY_MAX;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	bool rest = l->down && l->down->dialect == &dialect_http;

	if (rest)
		heed_answer(l, from, unit, data);
	else if (unit >= WS_HTTP)
		heed_answer(l, from, unit - WS_HTTP, data);
	else if (unit == WS_TEXT)
		heed_message(l, from, data);
	layer_up(l, from, unit, data);
}

static void stop(struct layer *l)
{
	buf_deinit(&apigw_of(l)->body);
}

static struct span keep(char *to, size_t max, struct span s)
{
	size_t n = s.n < max ? s.n : max;

	if (n)
		memcpy(to, s.p, n);
	return (struct span){to, n};
}

void apigw_ask(struct layer *l, const struct apigw_ask *what, const struct http_ask *request)
{
	struct apigw *a = apigw_of(l);

	a->asked = true;
	a->what = *what;
	a->what.method = keep(a->method, sizeof(a->method), what->method);
	a->what.id = keep(a->id, sizeof(a->id), what->id);
	http_ask(conn_layer(l->conn, &dialect_http), request);
}

const struct dialect dialect_apigw = {
	.name = "apigw",
	.say = "AWS API Gateway's WebSocket APIs",
	.size = sizeof(struct apigw),
	.start = start,
	.feed = feed,
	.stop = stop,
};
