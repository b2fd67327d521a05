/* Where a report goes: -o FORMAT[=FILE], again and again; standard output and human when not given.
 */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "cmd/cmd.h"
#include "report/report.h"

extern const char output_say[]; /* the sentence of -o, with the formats there are */

/* Before anything runs. False with the line for the user in `error`: no such format, or two for one
 * place. */
bool output_check(const struct opt_list *outputs, struct buf *error);

/* Prints to every output. `r` says all but how it is to look, which follows from the stream,
 * `colour` ("auto", "always", "never" or empty) and the environment. False when a file could not be
 * written; the reason is on run->err. */
bool output_print(
	const struct opt_list *outputs, struct report *r, struct span colour, struct cmd_run *run);

#endif
