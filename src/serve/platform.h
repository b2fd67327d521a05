/* What the platform of --profile (serve/profile.h) does to the connections of a far end. Without
 * one, nothing. */
#ifndef SERVE_PLATFORM_H
#define SERVE_PLATFORM_H

#include "serve/count.h"
#include "serve/far.h"
#include "serve/profile.h"

/* The bottom layer of a connection; after those that take a PROXY line. */
void platform_watch(struct call *c);
/* Its WebSocket is open from now on: times begin. */
void platform_opened(struct call *c);
/* On the layers of a connection: sizes of messages and frames. */
void platform_limit(struct call *c);

/* What every answer from behind it carries; and the 101, in room for WS_HEADERS_MAX. */
const struct http_header *platform_marks(const struct call *c, size_t *n);
void platform_mark(const struct call *c, struct ws_offer *offer, struct http_header *room);

/* A request begins: how long its body may be. */
void platform_asked(struct call *c);
/* It is whole. True: the platform itself has answered it. */
bool platform_answers(struct call *c);
/* The fault that this request is shown, an Upgrade where none gets through; or NULL. */
const struct fault *platform_fault(const struct call *c);
/* The body is longer than the platform takes. False: it is the role's limit. */
bool platform_too_long(struct call *c);
/* The role holds the request. */
void platform_waits(struct call *c);
/* … for too long; the role has forgotten it. */
bool platform_is_patient(const struct call *c);
void platform_late(struct call *c);

#endif
