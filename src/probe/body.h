/* The body of an answer, kept for who reads it: a layer above http. */
#ifndef PROBE_BODY_H
#define PROBE_BODY_H

#include "core/conn.h"

#define BODY_MAX ((size_t)256 << 10) /* bytes kept; of a longer body the beginning */

extern const struct dialect dialect_body;

/* What was kept of the last answer, of a conn that has the layer; valid until the next one begins. */
struct span body_kept(struct conn *c);

#endif
