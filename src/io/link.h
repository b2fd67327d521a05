/* One connection: a socket, TLS if wanted, and the struct conn that stands on it. The link moves
 *bytes both ways, sets conn.now from the kernel's receive timestamps, calls conn_tick when due and
 *conn_cut when the peer ends, and notes conn.end and tcp.info exactly once each.
 *
 * An experiment reads like this (all in a fiber):
 *
 *	spot.where.flow = journal_flow(journal);
 *	if (!dial(&d, &spot, &address, deadline))
 *		return refused;
 *	struct link *k = link_new(&spot, &d, SEAT_CLIENT);
 *	if (!tls || link_tls(k, &tls_ask, deadline)) {
 *		http = conn_push(link_conn(k), &dialect_http);
 *		ws = conn_push(link_conn(k), &dialect_ws);
 *		ws_connect(ws, &ask);
 *		o = link_await(k, deadline, &ws_open, &http_answer);
 *		if (!o && !link_over(k))
 *			link_silent(k);
 *	}
 *	link_close(k);
 *
 * Rules:
 *  - Call link_conn(k) afresh before each call into a dialect: it brings conn.now up to date.
 *  - What a dialect queued goes out with the next link_await, link_wait, link_until or link_flush,
 *not before.
 *  - Nothing is read before the conn has a layer; bytes that come early stay in the kernel.
 *  - Layers are fed outside fibers, while you wait.
 *  - One fiber owns a link (the one that made it). One fiber may own several: events of each end
 *its waits. Limits: 64 KiB are read per turn, and nothing while more than 1 MiB waits to be sent.
 */
#ifndef IO_LINK_H
#define IO_LINK_H

#include "core/conn.h"
#include "io/dial.h"
#include "io/fiber.h"
#include "io/tls.h"

struct link;

/* Takes the descriptor of *d. Never NULL (a kernel without a descriptor for epoll gives a link that
 * is over). The journal, the loop and what the asks point to outlive the link. `d` of an accepted
 * connection: fd, to (the peer) and began are set. */
struct link *link_new(const struct spot *spot, const struct dialled *d, enum seat seat);

/* Waits for a TLS handshake on top of what there is; a second call puts TLS inside TLS (https
 * proxies). Notes tls.* and run.phase "tls". True when it is established, verified or not; false:
 * noted why, the link is of no more use. */
bool link_tls(struct link *k, const struct tls_ask *ask, ns deadline);
bool link_tls_accept(struct link *k, const struct tls_offer *offer, ns deadline);
bool link_verified(
	const struct link *k); /* plain: false; chain and name of the innermost TLS are fine */
struct span link_alpn(const struct link *k); /* agreed on by the innermost TLS; empty: none */
/* After a proxy has opened the tunnel: the conn starts anew, without layers, on the same bytes. Its
 * old layers are gone. */
void link_tunnel(struct link *k);

/* What a link stands on in place of a descriptor: a stream of something that carries many. */
struct carrier {
	void *arg;
	/* Bytes for the peer: how many it took. When it can take more, link_flush. */
	size_t (*take)(void *arg, struct span bytes);
	/* All was taken, and nothing more will be said. Once. */
	void (*fin)(void *arg);
	/* The link takes again what it did not take. Not from within link_hear. */
	void (*more)(void *arg);
	/* The link is freed. Last. */
	void (*gone)(void *arg);
};
/* As link_new; no TLS can stand on it, and it cannot be released. */
struct link *link_new_carried(
	const struct spot *spot, ns began, enum seat seat, const struct carrier *carrier);
/* Bytes from the peer; false: not now, the carrier keeps them. */
bool link_hear(struct link *k, struct span bytes);
/* The peer's end. */
void link_hear_end(struct link *k, enum cut how);
/* The carrier is gone before the link: none of its functions is called any more, and the link is
 * over. */
void link_lose_carrier(struct link *k, enum cut how);

struct conn *link_conn(struct link *k); /* never NULL; valid until link_tunnel or link_close */
struct where *link_where(struct link
		*k); /* what is noted through the link from now on: attempt and role may change */

/* Waits until an observation of one of the kinds is noted with this link's flow, and returns it;
 * each is returned once, in order (other kinds on the way are skipped). NULL: the link ended,
 * `deadline` passed, or the fiber was stopped: see link_over. */
#define link_await(k, deadline, ...)                                                               \
	link_await_any((k), (deadline), (const struct kind *const[]){__VA_ARGS__, NULL})
const struct obs *link_await_any(struct link *k, ns deadline, const struct kind *const *kinds);
/* Waits until anything happened on the link: bytes were fed, a tick, its end. WAIT_STOPPED as well
 * when it is over already. */
enum wait link_wait(struct link *k, ns deadline);
/* Waits until met(arg), asked after each event; true when it is. */
bool link_until(struct link *k, ns deadline, bool (*met)(void *arg), void *arg);
/* Sends what the socket takes now; the rest goes when it can. Called while the link's layers are being
 * fed it waits for their end, so that many answers are one write. */
void link_flush(struct link *k);

bool link_over(const struct link *k); /* nothing more will come: the peer ended, or we did */
bool link_open(const struct link *k); /* !link_over */

/* Notes conn.silent: waited since the last byte received, or since our last byte was sent if that
 * is later. */
void link_silent(struct link *k);
/* When bytes last came or went, or the link was made; loop time. */
ns link_last(const struct link *k);
/* Says that nothing more will be sent (close_notify, FIN) and waits for the peer to end too, at
 * most until `deadline`. */
void link_finish(struct link *k, ns deadline);
/* The same without waiting: the link is over when the peer ends too. */
void link_end(struct link *k);
/* No fiber waits for it from here on: events are only the conn's. To be called by a fiber that ends
 * before its link. */
void link_disown(struct link *k);
/* Bytes that the kernel took of what was said, before TLS; those it did not take yet. */
uint64_t link_said(const struct link *k);
size_t link_backlog(const struct link *k);
/* Nothing that came in waits to be read. */
bool link_is_quiet(const struct link *k);
/* Gives the descriptor back and frees the link, its layers and its timers; the connection stands as it
 * is, and a new link may go on with it. Notes nothing. -1, and nothing has happened: it is over, TLS
 * is on it, or bytes wait to be sent. Not while its layers are being fed. */
int link_release(struct link *k);
bool link_may_release(const struct link *k);
/* Ends without FIN: a RST. For serve's faults. Then link_close. */
void link_reset(struct link *k);
/* From here on the kernel throws away what comes in for it and acknowledges none of it, as if the
 * host were gone. For serve's faults. */
void link_vanish(struct link *k);
/* Notes conn.end unless it was, notes tcp.info, closes, frees. What was queued is sent as far as
 * the socket takes it now. */
void link_close(struct link *k);

#endif
