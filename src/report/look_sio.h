/* What was seen of Engine.IO and Socket.IO, in words. */
#ifndef REPORT_LOOK_SIO_H
#define REPORT_LOOK_SIO_H

#include "report/look.h"

/* OMIT where something else is spoken, or nothing of the kind was tried. */
enum seen look_session(struct look *l);
enum seen look_transport(struct look *l);
enum seen look_namespace(struct look *l);
enum seen look_events(struct look *l);
enum seen look_cluster(struct look *l);
enum seen look_users(struct look *l);
enum seen look_reconnect(struct look *l);
enum seen look_health(struct look *l);
/* for the check-list; also by themselves in other rows */
enum seen look_upgraded(struct look *l);
enum seen look_fallback(struct look *l);
enum seen look_errors(struct look *l);
enum seen look_stream(struct look *l);
enum seen look_binary(struct look *l);
enum seen look_statistics(struct look *l);

/* What a client of the library meets, a sentence; nothing when it is simply fine or not known. */
void look_say_client(struct buf *out, const struct scope *s);

#endif
