/* One connection of the far end.
 *
 * Its requests are answered by roles (serve/role.h), which are driven by calls, or by faults. A
 * fault is a function of the request at hand: it runs in a fiber of its own, reads like the story
 * it tells, and returns when the connection is over.
 *
 * To add a fault: a row in fault.def (or canned.def, when one answer is all), and its function in
 * the fault_*.c of its kind. */
#ifndef SERVE_CALL_H
#define SERVE_CALL_H

#include "dialect/ws/extension.h"
#include "dialect/ws/ws.h"
#include "io/link.h"
#include "serve/fault_row.h"
#include "serve/serve.h"

struct far;
struct door;
struct role;
struct tale;

/* What a fault knows of the request it answers. */
struct call_show {
	struct fault_params params;
	struct span below; /* of the path, what stands behind the fault's own: "/" and so on */
	/* What becomes of a message; echo unless it says otherwise. NULL: nothing. */
	void (*hear)(struct call *c, enum ws_opcode opcode, struct span data);
	void *stage;			/* what stands in for a role's state, or NULL */
	const struct http_header *more; /* added to the answers of roles */
	size_t n_more;
	unsigned turn; /* how many connections came before that showed the same fault */
};

struct call {
	struct call *next, **at; /* of all that live */
	struct call *retired;	 /* the next of those to be looked at */
	bool retiring, over;
	struct far *far;
	const struct door *door; /* where it came in */
	struct link *k;		 /* NULL while it rests, and so are the layers: see call_conn */
	struct layer *http, *ws, *ear;
	struct layer *h2; /* it carries others, and has none of these */
	struct call *carrier; /* … and carries this one; NULL: nothing does, or no longer */
	struct timer timer; /* it ends then; a WebSocket may be put down then */
	struct tale *tale; /* NULL: there is no log */
	bool is_websocket; /* … or was */
	bool is_stream;	   /* of a connection that is counted already */
	bool told;	   /* that the server stops */
	struct call_rest {
		bool allowed;
		bool ending; /* it has had its Close, and some time to end */
		struct watch watch;
		struct ws_deflate_terms terms;
		struct span window; /* of compression: what the peer may refer to, heap */
		size_t limit;	/* of messages */
		uint64_t heard, said; /* bytes, when it was last looked at */
		ns taken;	      /* when it last took any of what waits for it */
	} rest;
	struct fiber *shaker; /* shakes hands for TLS */
	struct fiber *fiber;  /* shows a fault */
	bool asked;	      /* a request waits for its answer */
	bool whole;	      /* … and its body is there */
	size_t turned;	      /* by connections faults take turns: the word of --fault, from 1 */
	bool ending;	      /* we have said all: what comes is not heard */
	bool goes_on; /* a fault has answered, and the connection is open for the next request */
	struct buf body, path;	 /* of the request; the path with its query */
	const struct role *role; /* of the last request; NULL: none */
	size_t role_at;
	void *mine; /* the role's own */
	const struct fault *fault;
	struct call_show *show; /* never NULL with a fault */
};

/* What is said to a connection from outside its call backs begins with call_conn, which wakes it
 * when it rests and brings the time up to date, and ends with call_flush, or it stays unsent. */
struct conn *call_conn(struct call *c);
void call_flush(struct call *c);

/* Says frames of ws_message_make, from outside its call backs and without the two: what rests is said
 * them as it lies. A client that more waits for than --slow-reader-bytes is closed instead. */
void call_send_made(struct call *c, struct span frames, unsigned messages);
/* Bytes said that the kernel did not take yet. */
size_t call_backlog(const struct call *c);
/* More waits for the client than --slow-reader-bytes: it is closed, with 1013, for it may well come
 * again. What is said unasked asks first. */
bool call_is_slow(struct call *c);

const struct serve_ask *call_ask(const struct call *c);
struct loop *call_loop(const struct call *c);
/* Of the request; never NULL in one. When a role's request returns with a WebSocket it is gone. */
const struct http_head *call_head(const struct call *c);
struct span call_body(const struct call *c);  /* of the request, until it is answered */
struct span call_path(const struct call *c);  /* of the request, without its query */
struct span call_query(const struct call *c); /* without the mark */
bool call_upgrades(const struct call *c);     /* the request wants a WebSocket */
ns call_now(const struct call *c);

/* Answers the request; the connection goes on unless the client wants it otherwise, or does not
 * speak HTTP/1.1. */
void call_reply(struct call *c, unsigned status, const struct http_header *headers, size_t n,
	struct span body);
/* For answers that another layer makes: whether they have to say "Connection: close", and to be
 * called when the answer is said. */
bool call_is_last(const struct call *c);
void call_answered(struct call *c);
/* A request has its answer, and the connection goes on: the one that came behind it is next, or is
 * waited for. */
void call_next(struct call *c);
/* Answers what is no request that could be answered otherwise, and ends the connection. */
void call_reject(struct call *c, unsigned status);
/* How this far end takes an opening handshake; subprotocol and headers are the role's. */
struct ws_offer call_offer(const struct call *c);
/* 101 by the book; false: what the request was not, was answered. */
bool call_open(struct call *c, const struct ws_offer *offer);
/* What node's ws says to a request that it does not accept. */
void call_refuse(struct call *c, struct span why);
/* What a healthy WebSocket server says to this request: 101, 426, 400. True: the WebSocket is open.
 */
bool call_welcome(struct call *c);

/* Bytes as they are. */
void call_raw(struct call *c, struct span bytes);
/* An answer to the letter: headers are lines that each end in \r\n. "Content-Length:" and "Date:"
 * without a value get theirs; without a line of the name, Content-Length and Connection: close are
 * added; chunked, the body is one chunk. It goes on with the next request where they say
 * Connection: keep-alive, or "Connection:" without a value, which is left out; else it ends
 * (without a word about it: "Connection: none", left out too). */
void call_answer(struct call *c, const char *status, const char *headers, struct span body);
/* The same, with n headers more. */
void call_answer_as(struct call *c, const char *status, const char *headers,
	const struct http_header *more, size_t n, struct span body);
/* "Sun, 06 Nov 1994 08:49:37 GMT", so much from now. */
void call_date(ns from_now, struct buf *out);
/* FIN when what was queued is gone; the peer has two seconds to do the same. */
void call_fin(struct call *c);

/* In a fault only. */
void call_healthy(struct call *c); /* call_welcome, then messages until it is over */
void call_stay(struct call *c);	   /* waits until the connection is over, or the request answered */
bool call_sleep(struct call *c, ns time); /* false: it ended, or we are to stop */

#endif
