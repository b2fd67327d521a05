/* The opening handshake (RFC 6455 §4) on parsed heads. */
#ifndef DIALECT_WS_HANDSHAKE_H
#define DIALECT_WS_HANDSHAKE_H

#include "dialect/ws/extension.h"
#include "dialect/ws/ws.h"

#define WS_KEY_MAX 24	 /* base64 of 16 bytes */
#define WS_ACCEPT_MAX 28 /* base64 of 20 */

/* §4.1: 16 bytes in base64. */
void ws_key_make(char key[WS_KEY_MAX], const uint8_t bytes[16]);
bool ws_key_valid(struct span key);
/* §4.2.2 step 5.4 */
void ws_accept_make(char accept[WS_ACCEPT_MAX], struct span key);

/* What the client said, kept until the answer comes. */
struct ws_request {
	struct span key, subprotocols, extensions; /* the owner's memory; empty when absent */
};

/* What a 101 says; states are words of fact/ws.h, views are into the head. */
struct ws_answer {
	const char *accept, *upgrade, *connection, *subprotocol_state;
	struct span accept_value, subprotocol, extensions;
	enum ws_extension_state extensions_state;
	struct ws_deflate_terms terms;
};
/* §4.1, the client's checks of the server's answer. `joined` is memory for extensions named in
 * several headers. */
void ws_answer_judge(struct ws_answer *out, const struct ws_request *asked,
	const struct http_head *head, struct buf *joined);

/* The values of all headers of this name as one list (RFC 9110 §5.3); *present: there was one. */
struct span ws_header_list(
	const struct http_head *h, struct span name, struct buf *joined, bool *present);

/* §4.2.1, the server's checks of the client's request: NULL when it is a valid opening handshake,
 * else a constant sentence. */
const char *ws_request_wrong(const struct http_head *head);

#endif
