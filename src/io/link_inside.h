/* What link.c (waiting, its beginning and end) and link_pump.c (bytes) share. */
#ifndef IO_LINK_INSIDE_H
#define IO_LINK_INSIDE_H

#include "io/link.h"

#define LINK_TLS_MAX 2

struct link {
	struct spot spot;
	int fd; /* -1: none, or there is a carrier */
	struct carrier carrier;
	bool carried;
	struct watch watch;
	struct timer tick;
	struct post pump; /* goes on with what no event of the socket will tell */
	bool turning;	  /* an event is being served: what is said meanwhile goes out at its end */
	bool held;	  /* TLS may have plain bytes that nobody took yet */
	ns ticked;	  /* conn_tick was called then */
	struct conn conn;
	struct tls *tls[LINK_TLS_MAX]; /* outermost first */
	size_t tls_n, tls_outside;     /* of these, below a proxy's tunnel */
	struct buf wire;	       /* for the socket, when TLS made it */
	size_t sent;		       /* of conn.out: taken already */
	ns began, last_in, last_out;
	uint64_t bytes_in, bytes_out;
	struct fiber *owner;
	size_t cursor;	 /* journal entries that link_await has passed */
	uint64_t events; /* counts what a wait may wait for */
	bool over, by_us, draining, fin_wanted, fin_sent, reset;
	bool reset_early; /* the kernel has told the RST to the dial, and says end of file since */
	enum cut how;
	unsigned unacked; /* segments, before the FIN made it one more */
};

void pump_init(struct link *k);
/* Sends what is queued as far as the socket takes it. */
void pump_out(struct link *k);
/* From a carrier; false: not now. */
bool pump_hear(struct link *k, struct span s);
/* Watches and times what the present state calls for. After anything that may have changed it. */
void pump_arm(struct link *k);
/* Sets conn.now, which never runs backwards. */
void pump_set_now(struct link *k, ns at);
/* The link is over: notes conn.end, tells the conn, wakes the owner. Only the first call counts. */
void pump_end(struct link *k, enum cut how, bool by_us, ns at);
size_t pump_backlog(const struct link *k); /* bytes not yet given to the kernel */

#endif
