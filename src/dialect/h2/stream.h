/* A stream of dialect/h2/server.h: its request on the way to HTTP/1.1, its answer on the way back.
 */
#ifndef DIALECT_H2_STREAM_H
#define DIALECT_H2_STREAM_H

#include <nghttp2/nghttp2.h>

#include "dialect/h2/server.h"

#define H2_HEAD_MAX ((size_t)64 << 10)

struct h2_server {
	nghttp2_session *session;
	struct h2_host host;
	struct h2_stream *streams;
	size_t n_streams;
	bool busy; /* inside nghttp2: it must not be called to send or receive */
	bool over, leaving;
	ns retry;      /* the connection had no room; 0: it has */
	ns idle_until; /* of frames that cost nothing */
};

struct h2_stream {
	struct layer *layer;
	struct h2_stream *next, **at;
	int32_t id;
	void *own; /* the host's; NULL: none, or gone */
	/* the request's head, as it comes */
	struct buf method, path, authority, protocol, cookie, lines;
	size_t head_n;
	struct conn gate; /* a witness of both, which reads the answer */
	struct layer *http;
	bool websocket, chunked, has_length;
	bool ended;	/* by the client */
	bool fin;	/* nothing more is said by the one who answers */
	bool answered;	/* the head of the answer is on its way */
	bool whole;	/* … and all of it is said */
	bool starved;	/* h2_say did not take all */
	struct buf in;	/* HTTP/1.1 that was not taken yet */
	size_t unread;	/* of the stream's window, that `in` holds */
	struct buf out; /* for DATA */
};

struct h2_stream *h2_stream_new(struct layer *l, int32_t id);
/* False: so much that nothing more is read of the connection. */
bool h2_stream_field(struct h2_stream *s, struct span name, struct span value);
void h2_stream_request(struct h2_stream *s, bool whole);
void h2_stream_data(struct h2_stream *s, struct span data);
void h2_stream_end(struct h2_stream *s);
/* All of the answer is said. */
void h2_stream_said(struct h2_stream *s);
void h2_stream_make_room(struct h2_stream *s);
/* Tells the host, when there is one. */
void h2_stream_free(struct h2_stream *s, enum cut how);

#endif
