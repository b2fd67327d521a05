/* What the terminal behind a stream can do. */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include <stdio.h>

#include "base/span.h"

/* Columns: of the terminal, or COLUMNS, or 80; 40…100. */
unsigned terminal_width(FILE *f, const char *(*env)(const char *name));

/* `when` is auto (or empty), always or never; auto looks for a terminal, NO_COLOR and TERM=dumb. */
bool terminal_colour(FILE *f, struct span when, const char *(*env)(const char *name));

/* True when the locale's variables rule out UTF-8. */
bool terminal_ascii(const char *(*env)(const char *name));

#endif
