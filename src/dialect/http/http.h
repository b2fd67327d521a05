/* HTTP/1.x (RFC 9112) as one layer of a connection: requests out, heads and bodies in, tolerant of
 * what real servers send.
 *
 * It hands up, with `unit`:
 *   HTTP_HEAD    a head is complete; data: its raw bytes; http_head() has it parsed
 *   HTTP_BODY    a piece of a body, transfer coding removed
 *   HTTP_END     the message is over
 *   HTTP_STREAM  bytes after a 101 (or a 2xx to CONNECT): no longer HTTP
 *   HTTP_FAULT   nothing more will come from that side; data: the fault's name
 * and notes http.request, http.answer (at the end of the message, or after HTTP_BODY_KEPT bytes, or
 * at the cut), http.fault, and run.stack for the products an answer names. Each message goes up as
 * HEAD, BODY…, END; interim answers (1xx but 101) do not. A 101 to a request that asked for an
 * upgrade is not noted as http.answer: the layer above says what it is worth. */
#ifndef DIALECT_HTTP_H
#define DIALECT_HTTP_H

#include "core/conn.h"

enum http_unit { HTTP_HEAD = 1, HTTP_BODY, HTTP_END, HTTP_STREAM, HTTP_FAULT };

/* Bytes; a longer head is the fault "head-too-big" and ends the connection. */
#define HTTP_HEAD_MAX ((size_t)64 << 10)
#define HTTP_HEADERS_MAX 128
#define HTTP_BODY_KEPT ((size_t)64 << 10)

struct http_header {
	struct span name, value; /* value trimmed; views into the kept head */
};

struct http_head {
	struct span method, target; /* of a request */
	unsigned status;	    /* of an answer */
	struct span reason;
	struct span version; /* as written: "1.1" */
	unsigned minor;	     /* 0: as HTTP/1.0; 1: anything newer */
	const struct http_header *headers;
	size_t n;
	struct span raw;
};

extern const struct dialect dialect_http;

/* The last complete head from that side, or NULL; valid until the next one from it. */
const struct http_head *http_head(const struct layer *http, enum side from);
/* The value of the first header of this name; the empty span (p NULL) if there is none. */
struct span http_find(const struct http_head *h, struct span name);
size_t http_count(const struct http_head *h, struct span name);
/* True when any header of this name has the token in its comma-separated list (RFC 9110 §5.6.1). */
bool http_has_token(const struct http_head *h, struct span name, struct span token);

struct http_ask {
	struct span method;		   /* empty: GET */
	struct span target;		   /* origin-form, or authority-form for CONNECT */
	struct span host;		   /* the Host header; empty: none is sent */
	const struct http_header *headers; /* sent in this order, after Host */
	size_t n;
	struct span body; /* with its Content-Length when not empty */
};

/* Client seat: queues the request and notes it. Credentials are recognised by header and query
 * names and noted as present only. */
void http_ask(struct layer *http, const struct http_ask *ask);

/* Server seat: queues an answer; Content-Length is added unless the status has no body or `headers`
 * frame it. */
void http_reply(struct layer *http, unsigned status, const struct http_header *headers, size_t n,
	struct span body);

/* Server seat, before the first byte: from now on requests come up one by one. What comes behind
 * one is kept until http_next says that it is answered; with more than HTTP_BEHIND_MAX bytes of it
 * conn.held is set, and the driver is to read no more. A fault goes up and no longer ends the
 * connection: the layer above has the last word. */
#define HTTP_BEHIND_MAX ((size_t)64 << 10)
void http_in_turn(struct layer *http);
/* The request is answered, by http_reply or in other words: the one behind it may come. It comes
 * now when it is here and this is called while the request is handed up, else with http_go_on. */
void http_next(struct layer *http);
/* Something waits behind an answered request. */
bool http_has_next(const struct layer *http);
/* Hands it up. Not while the layer is being fed. */
void http_go_on(struct layer *http);
/* What a server says to the fault of a request (RFC 9110 §15.5, RFC 6585 §5); 0: nothing. */
unsigned http_fault_status(const struct layer *http, struct span fault);
/* Part of a message has come, and the rest has not. */
bool http_is_amid(const struct layer *http);

/* Gives back the heads of a connection that is no longer HTTP, for who holds many; before that it
 * does nothing. http_head is NULL from then on. */
void http_forget(struct layer *http);

/* Heads above `max` bytes (at most HTTP_HEAD_MAX) are the fault "head-too-big". Before the first. */
void http_limit(struct layer *http, size_t max);

/* For a layer above that states the facts itself: nothing is noted from here on. */
void http_mute(struct layer *http);

#endif
