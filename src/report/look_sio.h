/* What was seen of Engine.IO and Socket.IO, in words. */
#ifndef REPORT_LOOK_SIO_H
#define REPORT_LOOK_SIO_H

#include "report/look.h"

/* What a client of the library meets, a sentence; nothing when it is simply fine or not known. */
void look_say_client(struct buf *out, const struct scope *s);

/* The first of the kind in the experiment (NULL: in any), or NULL. */
const struct obs *look_of(const struct look *l, const struct kind *kind, const struct tag *exp);
void look_add(struct look *l, const char *words); /* behind a comma when there is text already */
void look_add_time(struct look *l, const char *words, ns t);
/* `done` says that the experiment did not run, or not to its end. */
bool look_skipped(const struct obs *done);

/* What options ask for. */
enum seen look_sio_stream(struct look *l);
enum seen look_sio_binary(struct look *l);
enum seen look_sio_events(struct look *l);
enum seen look_sio_users(struct look *l);
enum seen look_sio_reconnect(struct look *l);
enum seen look_sio_payload(struct look *l);
enum seen look_sio_heartbeat(struct look *l);

#endif
