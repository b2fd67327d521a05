/* WebSocket over HTTP/2 (RFC 8441), client seat: one extended CONNECT on a connection of its own.
 * Push h2, then ws: when the server says 2xx the ws layer above begins, and its bytes travel as
 * DATA.
 *
 * Notes h2.settings at the server's first SETTINGS, and h2.connect once: a status, or an error.
 * Without SETTINGS_ENABLE_CONNECT_PROTOCOL nothing is asked for and no h2.connect is noted (RFC
 * 8441 §3 forbids the request). */
#ifndef DIALECT_H2_H
#define DIALECT_H2_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_h2;

/* Sends the preface and our SETTINGS, and the CONNECT as soon as the server offers it. `ask` is
 * copied. `tls`: :scheme is https. */
void h2_ask(struct layer *h2, const struct ws_ask *ask, bool tls);

/* Notes h2.connect with the error "silent", if the CONNECT was sent and nothing came. */
void h2_silent(struct layer *h2);

#endif
