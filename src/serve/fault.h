/* The functions of fault.def and canned.def. */
#ifndef SERVE_FAULT_H
#define SERVE_FAULT_H

#include "serve/call.h"

#define FAULT(function, ...) void show_##function(struct call *c);
#define CANNED(function, ...) FAULT(function)
#include "serve/canned.def"
#include "serve/fault.def"
#undef CANNED
#undef FAULT

/* The request has no Origin, or its own, or that of to=. */
bool fault_origin_allowed(const struct call *c);
/* 101 to an upgrade, with one header more, when the name is not empty; else the healthy answer.
 * False: that was all. */
bool fault_open_naming(struct call *c, struct span name, struct span value);
/* Sec-WebSocket-Accept for the request; returns its length, 0 when there is no room. */
size_t serve_accept(const struct http_head *h, char *out, size_t room);

#endif
