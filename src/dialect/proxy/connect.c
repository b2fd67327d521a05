#include <openssl/evp.h>

#include "base/text.h"
#include "dialect/http/who.h"
#include "dialect/proxy/talk.h"

/* RFC 7617 */
static void add_basic(struct buf *out, struct span user, struct span password)
{
	struct buf plain = {0};
	char *room;

	buf_add(&plain, user);
	buf_addc(&plain, ':');
	buf_add(&plain, password);
	buf_addz(out, "Basic ");
	room = buf_room(out, plain.n / 3 * 4 + 5);
	if (room)
		out->n += (size_t)EVP_EncodeBlock(
			(unsigned char *)room, (const unsigned char *)plain.p, (int)plain.n);
	explicit_bzero(plain.p, plain.n);
	buf_deinit(&plain);
}

void proxy_http_begin(struct layer *l, struct layer *http)
{
	const struct proxy_ask *ask = &((struct proxy_talk *)l->state)->ask;
	bool v6 = span_chr(ask->host, ':') >= 0;
	struct buf authority = {0}, basic = {0};
	struct http_header header = {.name = SPAN("Proxy-Authorization")};

	buf_addf(&authority, v6 ? "[%.*s]:%u" : "%.*s:%u", SPANF(ask->host), ask->port);
	if (ask->user.n)
		add_basic(&basic, ask->user, ask->password);
	header.value = buf_span(&basic);
	http_mute(http);
	http_ask(http, &(struct http_ask){
			       .method = SPAN("CONNECT"),
			       .target = buf_span(&authority),
			       .host = buf_span(&authority),
			       .headers = &header,
			       .n = basic.n > 0,
		       });
	buf_deinit(&authority);
	if (basic.n)
		explicit_bzero(basic.p, basic.n);
	buf_deinit(&basic);
}

static const char *error_of(unsigned status)
{
	if (status == 407)
		return "auth-required";
	/* 501: a method it does not know */
	return status >= 500 && status != 501 ? "unreachable" : "denied";
}

/* The head alone: a refusal is not waited for to its end. */
static void got_head(struct layer *l, const struct http_head *head)
{
	struct proxy_talk *t = l->state;
	struct http_evidence evidence = {.head = head, .method = SPAN("CONNECT"), .body_bytes = 1};
	struct buf reason = {.max = 256};
	bool open = head->status / 100 == 2;

	if (!open) {
		struct http_opinion opinion = http_who(&evidence);

		t->who = opinion.who;
		/* by the status alone it would be about WebSockets, as 501 is */
		t->saying = opinion.who ? opinion.saying : NULL;
	}
	text_redact(&reason, span_head(head->reason, reason.max / 2));
	proxy_note(l, head->status, buf_span(&reason), open ? NULL : error_of(head->status));
	buf_deinit(&reason);
}

void proxy_http(struct layer *l, int unit, struct span data)
{
	if (unit == HTTP_STREAM)
		proxy_stream(l, data);
	else if (unit == HTTP_FAULT)
		proxy_note(l, -1, data, "malformed");
	else if (unit == HTTP_HEAD)
		got_head(l, http_head(l->down, SERVER));
}
