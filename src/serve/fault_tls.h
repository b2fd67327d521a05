/* The certificates, and other offers of TLS, that faults are about. Nobody trusts them but who is
 * given the root. */
#ifndef SERVE_FAULT_TLS_H
#define SERVE_FAULT_TLS_H

#include "io/tls.h"
#include "serve/call.h"

struct fault_tls;

struct fault_tls *fault_tls_new(void);	  /* never NULL */
void fault_tls_free(struct fault_tls *t); /* safe with NULL */
/* Lives as long as `t`. */
const struct tls_offer *fault_tls_offer(const struct fault_tls *t, enum fault_place place);
/* PEM. */
void fault_tls_root(struct buf *out, const struct fault_tls *t);

#endif
