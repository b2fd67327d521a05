/* What a request is made of: the user's own, less what an experiment leaves out, less what must not be told there. */
#ifndef PROBE_REQUEST_H
#define PROBE_REQUEST_H

#include "probe/try.h"

/* Zeroed memory is a valid empty one. Texts live in `arena`, or are the user's. */
struct request {
	struct arena arena;
	/* room for Authorization of the URL, Origin, Cookie, and a signature */
	struct http_header headers[PROBE_HEADERS_MAX + VANTAGE_HEADERS_MAX + 3 + 4];
	size_t n;
	struct span method, body; /* of a plain request, set before request_write; empty: GET, none */
	struct span target, host, origin, subprotocols;
};

/* `secrets`: credentials may be sent to this place. */
void request_write(struct request *r, const struct try *t, const struct upgrade_how *how, const struct url *url, bool secrets);
void request_deinit(struct request *r);

/* Views into *r. */
struct ws_ask request_upgrade(const struct request *r, const struct upgrade_how *how);
struct http_ask request_plain(struct request *r);

#endif
