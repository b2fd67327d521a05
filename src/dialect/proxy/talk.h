/* What the two kinds of proxies share. */
#ifndef DIALECT_PROXY_TALK_H
#define DIALECT_PROXY_TALK_H

#include "dialect/http/http.h"
#include "dialect/proxy/proxy.h"

/* What SOCKS5 waits for. */
enum socks_step { SOCKS_METHOD, SOCKS_AUTH, SOCKS_REPLY };

/* VER, REP, RSV, ATYP, a length, a name of 255 and a port: the longest message of a server (RFC
 * 1928 §6). */
#define SOCKS_MESSAGE_MAX 262

struct proxy_talk {
	enum proxy_state state;
	struct proxy_ask ask;
	struct span name;
	ns asked_at, answered_at;
	const char *who, *saying; /* words of dialect/http/who.h, or NULL */
	enum socks_step step;
	unsigned char message[SOCKS_MESSAGE_MAX]; /* as far as it has come */
	size_t n;
	struct buf early;
};

/* States the outcome, once; status below 0: there was none. error NULL: the tunnel is open. */
void proxy_note(struct layer *l, int64_t status, struct span reason, const char *error);
/* Bytes from beyond the tunnel. */
void proxy_stream(struct layer *l, struct span data);

void proxy_http_begin(struct layer *l, struct layer *http);
void proxy_http(struct layer *l, int unit, struct span data);

void proxy_socks_begin(struct layer *l);
void proxy_socks(struct layer *l, struct span data);

#endif
