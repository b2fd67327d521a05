#include "dialect/ws/handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

void ws_key_make(char key[WS_KEY_MAX], const uint8_t bytes[16])
{
	unsigned char text[WS_KEY_MAX + 1];

	EVP_EncodeBlock(text, bytes, 16);
	memcpy(key, text, WS_KEY_MAX);
}

bool ws_key_valid(struct span key)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	if (key.n != WS_KEY_MAX || !span_ends(key, SPAN("==")))
		return false;
	for (size_t i = 0; i < WS_KEY_MAX - 2; i++)
		if (!key.p[i] || !strchr(alphabet, key.p[i]))
			return false;
	return true;
}

void ws_accept_make(char accept[WS_ACCEPT_MAX], struct span key)
{
	unsigned char digest[SHA_DIGEST_LENGTH], text[WS_ACCEPT_MAX + 1];
	char joined[256];
	size_t n = key.n < sizeof(joined) - sizeof(guid) ? key.n : sizeof(joined) - sizeof(guid);

	if (n)
		memcpy(joined, key.p, n);
	memcpy(joined + n, guid, sizeof(guid) - 1);
	SHA1((const unsigned char *)joined, n + sizeof(guid) - 1, digest);
	EVP_EncodeBlock(text, digest, sizeof(digest));
	memcpy(accept, text, WS_ACCEPT_MAX);
}

struct span ws_header_list(
	const struct http_head *h, struct span name, struct buf *joined, bool *present)
{
	size_t count = http_count(h, name);

	*present = count > 0;
	if (count < 2)
		return http_find(h, name);
	buf_clear(joined);
	for (size_t i = 0; i < h->n; i++) {
		if (!span_ieq(h->headers[i].name, name))
			continue;
		if (joined->n)
			buf_addz(joined, ", ");
		buf_add(joined, h->headers[i].value);
	}
	return buf_span(joined);
}

/* The token alone counts, in any case, among others (§4.1 steps 2 and 3). */
static const char *token_state(const struct http_head *h, struct span name, struct span token)
{
	if (!http_count(h, name))
		return "missing";
	return http_has_token(h, name, token) ? "ok" : "wrong";
}

static const char *accept_state(struct span value, struct span key)
{
	char want[WS_ACCEPT_MAX];

	if (!value.n)
		return "missing";
	ws_accept_make(want, key);
	return span_eq(value, (struct span){want, sizeof(want)}) ? "ok" : "wrong";
}

/* Subprotocol names keep their case (§4.1 step 6). */
static bool offered(struct span offers, struct span name)
{
	struct span part;

	while (span_cut(&offers, ',', &part))
		if (span_eq(span_trim(part), name))
			return true;
	return false;
}

static const char *subprotocol_state(struct span offers, bool present, struct span named)
{
	if (!present)
		return offers.n ? "missing" : "none";
	if (!named.n)
		return "empty";
	return offered(offers, named) ? "chosen" : "unsolicited";
}

void ws_answer_judge(struct ws_answer *out, const struct ws_request *asked,
	const struct http_head *head, struct buf *joined)
{
	struct span name = SPAN("Sec-WebSocket-Protocol");
	bool present;

	*out = (struct ws_answer){.upgrade = token_state(head, SPAN("Upgrade"), SPAN("websocket")),
		.connection = token_state(head, SPAN("Connection"), SPAN("Upgrade")),
		.accept_value = http_find(head, SPAN("Sec-WebSocket-Accept")),
		.subprotocol = http_find(head, name)};
	out->accept = accept_state(out->accept_value, asked->key);
	out->subprotocol_state = subprotocol_state(
		asked->subprotocols, http_count(head, name) > 0, out->subprotocol);
	out->extensions = ws_header_list(head, SPAN("Sec-WebSocket-Extensions"), joined, &present);
	out->extensions_state =
		ws_extension_judge(asked->extensions, present, out->extensions, &out->terms);
}

const char *ws_request_wrong(const struct http_head *head)
{
	if (!head || !head->method.n)
		return "no request came";
	if (!span_eq(head->method, SPAN("GET")))
		return "the method is not GET";
	if (head->minor < 1)
		return "the request is HTTP/1.0";
	if (!http_has_token(head, SPAN("Upgrade"), SPAN("websocket")))
		return "no Upgrade: websocket arrived";
	if (!http_has_token(head, SPAN("Connection"), SPAN("Upgrade")))
		return "no Connection: Upgrade arrived";
	if (!ws_key_valid(http_find(head, SPAN("Sec-WebSocket-Key"))))
		return "Sec-WebSocket-Key is missing or not 16 bytes of base64";
	if (!span_eq(http_find(head, SPAN("Sec-WebSocket-Version")), SPAN("13")))
		return "Sec-WebSocket-Version is not 13";
	if (!http_count(head, SPAN("Host")))
		return "no Host arrived";
	return NULL;
}
