/* What people type where a URL belongs: ws:, wss:, http:, https:, a bare host, host:port, [IPv6]:port. */
#ifndef BASE_URL_H
#define BASE_URL_H

#include "base/buf.h"

/* Bytes of a URL that is taken; what is built from one (a slash, a port, counts for secrets) fits into URL_SAID_MAX. */
#define URL_MAX ((size_t)64 << 10)
#define URL_SAID_MAX (URL_MAX + 4096)

struct url {
	struct span scheme; /* as written, lower case one of ws wss http https lavalink lavalinks; guessed when none was written */
	bool secure;	    /* wss, https; guessed from port 443, 8443 when none was written */
	bool guessed;	    /* no scheme was written */
	bool port_guessed;  /* no port was written */
	struct span host;   /* without brackets */
	bool host_is_address;
	uint16_t port;
	struct span user, password; /* of user:password@, as written; empty when absent */
	struct span target; /* path and query as written, no fragment; may be empty or begin with `?`: url_target completes it */
};

/* Views into `text`. False: *why is a constant sentence that says what is wrong with it. */
bool url_parse(struct span text, struct url *out, const char **why);

/* The path without its query, and the query without the `?`. */
struct span url_path(const struct url *u);
struct span url_query(const struct url *u);

/* Adds the origin-form of RFC 9112 §3.2.1: the target with the leading slash it needs. */
void url_target(struct buf *out, const struct url *u);
/* "host", "host:8080", "[::1]:8080": the Host header; the default port is left out. */
void url_authority(struct buf *out, const struct url *u);
/* "https://host:8443": the origin of a page of the same server (RFC 6454). */
void url_origin(struct buf *out, const struct url *u);
/* The URL for people and journals: no credentials, query values of secret names replaced. */
void url_say(struct buf *out, const struct url *u);
/* True for the names of query parameters that hold secrets. */
bool url_is_secret_name(struct span name);
/* Adds the target with the values of query parameters named like secrets (token, key, auth, password, sig, sid, jwt …) replaced,
 * and what looks like a credential in the path and in other values, see text_redact. */
void url_redact_target(struct buf *out, struct span target);

#endif
