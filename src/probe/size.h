/* Messages of growing size. */
#ifndef PROBE_SIZE_H
#define PROBE_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* The i-th size to try: below and above the limits that exist, at most `most`, which is the last.
 */
uint64_t size_step(size_t i, uint64_t most);
/* n bytes of text that neither compress to nothing nor repeat; to be freed. */
char *size_text(size_t n);

#endif
