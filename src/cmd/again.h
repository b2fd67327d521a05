/* The command line that would do this again, as a report shows it. */
#ifndef CMD_AGAIN_H
#define CMD_AGAIN_H

#include "cmd/cmd.h"

/* Adds it, quoted for a shell, on one line. What may be a secret is replaced: credentials and
 * tokens in URLs, the values of headers other than the well-known harmless ones, and what
 * text_redact finds. */
void again_line(struct buf *out, const struct cmd_run *r);

#endif
