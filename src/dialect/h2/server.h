/* HTTP/2, server seat (RFC 9113), and WebSocket over it (RFC 8441): each request is a stream, and
 * what answers it sees HTTP/1.1. The layer writes the request as HTTP/1.1 (an extended CONNECT as
 * the Upgrade it stands for), reads the answer as HTTP/1.1, and turns it back.
 *
 * Push h2_server on a connection's bytes, then h2_serve. The layer above is only told the cut.
 *
 * Bounds: H2_STREAMS_MAX streams at once, heads of 64 KiB, windows of 64 KiB a stream that open as
 * bytes are taken, 64 KiB of an answer waiting for each stream; resets, pings and settings beyond a
 * rate end the connection with ENHANCE_YOUR_CALM. */
#ifndef DIALECT_H2_SERVER_H
#define DIALECT_H2_SERVER_H

#include "core/conn.h"

#define H2_STREAMS_MAX 100

extern const struct dialect dialect_h2_server;

struct h2_stream;

/* Who answers. All are called with `arg`, or with what `begin` gave for the stream. */
struct h2_host {
	void *arg;
	/* A request comes: who takes it. NULL: nobody, it is refused and may be tried again. */
	void *(*begin)(void *arg, struct h2_stream *s);
	/* HTTP/1.1 from the client. False: not now, they are kept until h2_more. */
	bool (*hear)(void *own, struct span bytes);
	/* Nothing more comes and nothing more is taken: the stream is gone. */
	void (*cut)(void *own, enum cut how);
	/* The client will say no more on a WebSocket's stream; it still hears. */
	void (*fin)(void *own);
	/* What h2_say did not take it may take now. */
	void (*room)(void *own);
	/* Something is to be said: h2_pump is to be called soon, from outside these calls. */
	void (*wake)(void *arg);
};

void h2_serve(struct layer *h2, const struct h2_host *host); /* copied */
/* Queues on the connection what is to be said. Not from within the host's functions. */
void h2_pump(struct layer *h2);
/* No new streams: GOAWAY. Twice is once. */
void h2_goaway(struct layer *h2);
size_t h2_streams(const struct layer *h2);

/* HTTP/1.1 to the client: how many bytes were taken. */
size_t h2_say(struct h2_stream *s, struct span bytes);
/* Nothing more is said. */
void h2_fin(struct h2_stream *s);
/* The one who answered is gone: what is not whole by now is reset. No call of the host's follows.
 */
void h2_leave(struct h2_stream *s);
/* What `hear` did not take it takes now. */
void h2_more(struct h2_stream *s);

#endif
