#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "fact/tcp.h"
#include "fact/tls.h"
#include "io/link_inside.h"
#include "io/socket.h"

#define PIECE ((size_t)16 << 10)
#define PIECES_PER_TURN 4
#define WIRE_LOW ((size_t)64 << 10)   /* TLS makes no more while this much waits */
#define BACKLOG_MAX ((size_t)1 << 20) /* nothing is read while more than this waits */

static enum side peer_side(const struct link *k)
{
	return k->conn.seat == SEAT_SERVER ? CLIENT : SERVER;
}

static enum side our_side(const struct link *k)
{
	return k->conn.seat == SEAT_SERVER ? SERVER : CLIENT;
}

static struct tls *innermost(const struct link *k)
{
	return k->tls_n ? k->tls[k->tls_n - 1] : NULL;
}

static bool shaking(const struct link *k)
{
	return k->tls_n && tls_state(innermost(k)) == TLS_SHAKING;
}

void pump_set_now(struct link *k, ns at)
{
	if (at > k->conn.now)
		k->conn.now = at;
}

static size_t unsaid(const struct link *k)
{
	return k->conn.out.n - k->sent;
}

size_t pump_backlog(const struct link *k)
{
	return k->wire.n + unsaid(k);
}

static void happened(struct link *k)
{
	k->events++;
	fiber_wake(k->owner);
}

/* --- out ------------------------------------------------------------------------------------ */

/* Bytes of conn.out have been taken. The front is given back late: moving the rest for each piece
 * would be quadratic. */
static void taken(struct link *k, size_t n)
{
	k->sent += n;
	k->bytes_out += n;
	k->last_out = loop_clock(k->spot.loop);
	if (k->sent == k->conn.out.n) {
		buf_clear(&k->conn.out);
		k->sent = 0;
	} else if (k->sent > BACKLOG_MAX && k->sent > k->conn.out.n / 2) {
		buf_drop(&k->conn.out, k->sent);
		k->sent = 0;
	}
}

/* What the inner TLS made goes through the outer one. */
static void collect_wire(struct link *k)
{
	if (k->tls_n == 2) {
		struct buf inner = {0};

		tls_wire(k->tls[1], &inner);
		tls_write(k->tls[0], buf_span(&inner));
		buf_deinit(&inner);
	}
	if (k->tls_n)
		tls_wire(k->tls[0], &k->wire);
}

static void encrypt(struct link *k)
{
	collect_wire(k);
	while (unsaid(k) && k->wire.n < WIRE_LOW) {
		struct span piece = span_head(span_from(buf_span(&k->conn.out), k->sent), PIECE);

		if (!tls_write(innermost(k), piece))
			return;
		taken(k, piece.n);
		collect_wire(k);
	}
}

/* What the kernel took; 0: it is full or the connection is gone, which reading will tell. */
static size_t give(struct link *k, struct span s)
{
	ssize_t n = 0;

	if (k->carried)
		return s.n ? k->carrier.take(k->carrier.arg, s) : 0;
	if (s.n)
		n = send(k->fd, s.p, s.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n > 0 ? (size_t)n : 0;
}

static void send_plain(struct link *k)
{
	size_t n;

	while (unsaid(k) && (n = give(k, span_from(buf_span(&k->conn.out), k->sent))))
		taken(k, n);
}

static void send_tls(struct link *k)
{
	size_t n;

	do {
		encrypt(k);
		n = give(k, buf_span(&k->wire));
		buf_drop(&k->wire, n);
	} while (n && pump_backlog(k));
}

static void send_fin(struct link *k)
{
	if (!k->fin_wanted || k->fin_sent || pump_backlog(k))
		return;
	k->fin_sent = true;
	if (k->carried) {
		k->carrier.fin(k->carrier.arg);
		return;
	}
	k->unacked = socket_info(k->fd).tcpi_unacked;
	for (size_t i = k->tls_n; i > 0; i--)
		tls_close(k->tls[i - 1]);
	if (k->tls_n)
		send_tls(k);
	shutdown(k->fd, SHUT_WR);
}

void pump_out(struct link *k)
{
	if ((k->fd < 0 && !k->carried) || k->fin_sent || k->reset)
		return;
	if (k->tls_n)
		send_tls(k);
	else
		send_plain(k);
	send_fin(k);
}

/* --- the end -------------------------------------------------------------------------------- */

static const char *alert_of(const struct link *k)
{
	const char *name = NULL;

	for (size_t i = 0; i < k->tls_n && !name; i++)
		name = tls_peer_alert(k->tls[i]);
	return name;
}

static void note_end(struct link *k, ns at)
{
	const char *alert = alert_of(k);
	ns last = k->last_in > k->last_out ? k->last_in : k->last_out;
	struct field f[7] = {
		F_TEXT(k_by, span_of(k->by_us ? "us" : "peer")),
		F_TEXT(k_how, span_of(cut_name(k->how))),
		F_TIME(k_after, at - k->began),
		F_TIME(k_idle, at > last ? at - last : 0),
		F_INT(k_bytes_in, (int64_t)k->bytes_in),
		F_INT(k_bytes_out, (int64_t)k->bytes_out),
	};
	size_t n = 6;

	if (alert)
		f[n++] = F_TEXT(k_alert, span_of(alert));
	journal_add(k->spot.journal, &k->conn.where, at, &conn_end, f, n);
}

void pump_end(struct link *k, enum cut how, bool by_us, ns at)
{
	if (k->over)
		return;
	pump_set_now(k, at);
	k->over = true;
	/* The peer's end is only its answer when ours was under way. */
	k->by_us = by_us || k->fin_sent;
	k->how = k->by_us && how != CUT_TLS_ALERT ? CUT_OURS : how;
	if (shaking(k))
		tls_give_up(innermost(k), "cut", k->conn.now);
	note_end(k, k->conn.now);
	conn_cut(&k->conn, by_us ? our_side(k) : peer_side(k), how);
	happened(k);
}

/* The peer's FIN: after its close_notify or alert it is only their echo. */
static enum cut how_ended(const struct link *k)
{
	if (alert_of(k))
		return CUT_TLS_ALERT;
	return k->tls_n && tls_peer_closed(k->tls[0]) ? CUT_TLS_CLOSE : CUT_FIN;
}

/* --- in ------------------------------------------------------------------------------------- */

static void feed_conn(struct link *k, struct span s)
{
	k->bytes_in += s.n;
	k->last_in = k->conn.now;
	if (k->conn.bottom)
		conn_feed(&k->conn, peer_side(k), s);
}

static bool may_feed(const struct link *k)
{
	return (k->conn.bottom || k->draining) && !k->over && (!k->conn.held || k->draining) &&
	       pump_backlog(k) <= BACKLOG_MAX;
}

/* Plain bytes of the innermost TLS go to the conn; what the outer one has belongs to the inner one.
 */
static void decrypt(struct link *k, char *room)
{
	size_t n;

	if (k->tls_n == 2)
		while ((n = tls_read(k->tls[0], room, PIECE)))
			tls_feed(k->tls[1], (struct span){room, n}, k->conn.now);
	k->held = !may_feed(k);
	while (may_feed(k)) {
		n = tls_read(innermost(k), room, PIECE);
		if (!n)
			return;
		feed_conn(k, (struct span){room, n});
		k->held = !may_feed(k);
	}
}

/* What we could not understand we answered with an alert of ours. */
static void end_of_tls(struct link *k)
{
	for (size_t i = 0; i < k->tls_n; i++) {
		const struct tls *t = k->tls[i];

		if (tls_peer_alert(t))
			pump_end(k, CUT_TLS_ALERT, false, k->conn.now);
		else if (tls_broken(t))
			pump_end(k, CUT_TLS_ALERT, true, k->conn.now);
		else if (tls_peer_closed(t))
			pump_end(k, CUT_TLS_CLOSE, false, k->conn.now);
	}
}

static void take_in(struct link *k, struct span s, char *room)
{
	if (!k->tls_n) {
		feed_conn(k, s);
		return;
	}
	tls_feed(k->tls[0], s, k->conn.now);
	decrypt(k, room);
	end_of_tls(k);
}

static void read_failed(struct link *k, ssize_t n, int error, ns at)
{
	if (!n && k->reset_early)
		pump_end(k, CUT_RST, false, at);
	else if (!n)
		pump_end(k, how_ended(k), false, at);
	else if (error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH)
		pump_end(k, CUT_TIMEOUT, false, at);
	else if (error != EAGAIN && error != EINTR)
		pump_end(k, alert_of(k) ? CUT_TLS_ALERT : CUT_RST, false, at);
}

static bool wants_read(const struct link *k)
{
	return !k->over && (shaking(k) || may_feed(k));
}

static void read_some(struct link *k)
{
	char wire[PIECE], room[PIECE];

	for (int i = 0; i < PIECES_PER_TURN && wants_read(k); i++) {
		ns at;
		ssize_t n = socket_read(k->fd, wire, sizeof(wire), k->spot.loop, &at);

		pump_set_now(k, at);
		if (n <= 0) {
			read_failed(k, n, errno, at);
			return;
		}
		take_in(k, (struct span){wire, (size_t)n}, room);
		if (n < (ssize_t)sizeof(wire))
			return;
	}
}

/* A dialect that is done has its last words sent, then the link ends. */
static void finish_if_done(struct link *k)
{
	if (!k->conn.done)
		return;
	k->fin_wanted = true;
	pump_out(k);
	if (k->fin_sent)
		pump_end(k, CUT_OURS, true, loop_now(k->spot.loop));
}

static void settle(struct link *k)
{
	k->turning = false;
	pump_out(k);
	finish_if_done(k);
	pump_arm(k);
}

static void on_ready(void *arg, uint32_t events)
{
	struct link *k = arg;

	if (events & (EPOLLERR | EPOLLHUP) && !wants_read(k)) {
		watch_stop(&k->watch); /* it would be told again and again; pump_arm looks once
					  somebody wants to know */
		return;
	}
	k->turning = true;
	read_some(k);
	settle(k);
	happened(k);
}

static void on_tick(void *arg)
{
	struct link *k = arg;

	k->ticked = loop_now(k->spot.loop);
	pump_set_now(k, k->ticked);
	k->turning = true;
	conn_tick(&k->conn);
	settle(k);
	happened(k);
}

static bool holds_input(const struct link *k)
{
	return k->held && may_feed(k) && !shaking(k);
}

static void on_pump(void *arg)
{
	struct link *k = arg;
	char room[PIECE];

	pump_set_now(k, loop_now(k->spot.loop));
	k->turning = true;
	if (holds_input(k) && k->carried) {
		k->turning = false;
		k->carrier.more(k->carrier.arg);
	} else if (holds_input(k)) {
		decrypt(k, room);
		end_of_tls(k);
		happened(k);
	}
	settle(k);
}

bool pump_hear(struct link *k, struct span s)
{
	k->held = !may_feed(k);
	if (k->held)
		return false;
	pump_set_now(k, loop_clock(k->spot.loop));
	k->turning = true;
	feed_conn(k, s);
	settle(k);
	happened(k);
	return true;
}

/* --- what to wait for ----------------------------------------------------------------------- */

static void arm_tick(struct link *k)
{
	ns at = k->over ? NS_NEVER : conn_deadline(&k->conn);

	/* A layer whose deadline has been served and stays would otherwise keep the loop busy. */
	if (at <= k->ticked)
		at = k->ticked + NS_MS;
	loop_timer(k->spot.loop, &k->tick, at);
}

void pump_arm(struct link *k)
{
	uint32_t events = (wants_read(k) ? EPOLLIN : 0) | (pump_backlog(k) ? EPOLLOUT : 0);

	arm_tick(k);
	if (holds_input(k) || (k->conn.done && !k->over && !pump_backlog(k)))
		loop_post(k->spot.loop, &k->pump);
	if (k->fd < 0 || k->reset || (k->over && !pump_backlog(k))) {
		watch_stop(&k->watch);
		return;
	}
	if (k->watch.loop)
		watch_set(&k->watch, events);
	else if (events && watch_start(k->spot.loop, &k->watch, k->fd, events))
		pump_end(k, CUT_OURS, true, loop_now(k->spot.loop));
}

void pump_init(struct link *k)
{
	k->watch = (struct watch){.ready = on_ready, .arg = k};
	k->tick = (struct timer){.fire = on_tick, .arg = k};
	k->pump = (struct post){.call = on_pump, .arg = k};
}
