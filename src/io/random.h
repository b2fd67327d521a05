/* Unpredictable bytes from the kernel (getrandom(2)); fits conn_init's `random`. Aborts when the
 * kernel has none. */
#ifndef IO_RANDOM_H
#define IO_RANDOM_H

#include <stddef.h>

void random_fill(void *to, size_t n);

#endif
