/* Whole files, bounded. */
#ifndef IO_FILE_H
#define IO_FILE_H

#include "base/buf.h"

struct file_error {
	char text[256]; /* "/etc/x: No such file or directory" */
};

/* Adds the content of `path` ("-": standard input) to `out`. False with *error filled when it
 * cannot be read, is a directory or does not fit into out->max; `out` then holds what it held
 * before. Blocks: not for use in a fiber except on regular files. */
bool file_read(struct buf *out, const char *path, struct file_error *error);

/* Writes a new file beside `path` and renames it over it, so that nobody ever sees half of it ("-":
 * standard output). Mode 0600 & ~umask when `secret`, else 0666 & ~umask. What is there and is no
 * plain file (a device, a pipe, a symbolic link) stays and is written to, with the mode it has. */
bool file_write(const char *path, struct span content, bool secret, struct file_error *error);

#endif
