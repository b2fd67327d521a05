/* What was seen of Engine.IO and Socket.IO, in words. */
#ifndef REPORT_LOOK_SIO_H
#define REPORT_LOOK_SIO_H

#include "report/look.h"

/* What a client of the library meets, a sentence; nothing when it is simply fine or not known. */
void look_say_client(struct buf *out, const struct scope *s);

#endif
