/* What became of the hello of MQTT, STOMP, Action Cable, Phoenix or SockJS. Those that return an
 * observation return NULL when the answer is no. */
#ifndef CAUSE_GREETED_H
#define CAUSE_GREETED_H

#include "core/rule.h"

/* The vantage point was taken for this protocol: its run.dialect. */
const struct obs *greeted_speaks(const struct scope *s, const char *protocol);
/* The server's yes, its no, and the hello, in the base plan. */
const struct obs *greeted_taken(const struct scope *s);
const struct obs *greeted_refused(const struct scope *s, const char *protocol);
const struct obs *greeted_asked(const struct scope *s);
/* What came in answer to the hello and breaks the protocol. */
const struct obs *greeted_wrongly(const struct scope *s);
/* Only its path made it be taken for the protocol, and it neither answers in it nor chooses its
 * subprotocol: another application, which may be well. */
bool greeted_a_stranger(const struct scope *s);
/* Found when the server said no for one of these blank-separated reasons (hello.refused, error). */
enum ruling greeted_refused_for(
	const struct scope *s, struct finding *f, const char *protocol, const char *errors);

#endif
