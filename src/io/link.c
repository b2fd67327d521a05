#include "io/link.h"

#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fact/exp.h"
#include "fact/tcp.h"
#include "io/clock.h"
#include "io/link_inside.h"
#include "io/random.h"
#include "io/socket.h"

/* One value for all connections of the process, so that digests of the same secret are equal. */
static uint64_t salt(void)
{
	static uint64_t value;

	while (!value)
		random_fill(&value, sizeof(value));
	return value;
}

static ns now(const struct link *k)
{
	return loop_clock(k->spot.loop);
}

static void start_conn(struct link *k, const struct where *where, enum seat seat)
{
	conn_init(&k->conn, k->spot.journal, where, seat, random_fill);
	k->conn.now = now(k);
	k->conn.wall = (clock_wall() - k->conn.now) / NS_S;
	k->conn.salt = salt();
}

struct link *link_new(const struct spot *spot, const struct dialled *d, enum seat seat)
{
	struct link *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	k->spot = *spot;
	k->fd = d->fd;
	k->reset_early = d->reset;
	k->began = d->began + d->took;
	k->last_in = k->last_out = k->began;
	k->owner = fiber_self();
	k->cursor = spot->journal->n;
	k->over = k->fd < 0;
	k->how = CUT_OURS;
	pump_init(k);
	start_conn(k, &spot->where, seat);
	return k;
}

struct link *link_new_carried(
	const struct spot *spot, ns began, enum seat seat, const struct carrier *carrier)
{
	struct link *k = link_new(spot, &(struct dialled){.fd = -1, .began = began}, seat);

	k->carrier = *carrier;
	k->carried = true;
	k->over = false;
	return k;
}

bool link_hear(struct link *k, struct span bytes)
{
	return k->over || pump_hear(k, bytes);
}

void link_hear_end(struct link *k, enum cut how)
{
	pump_end(k, how, false, now(k));
}

void link_lose_carrier(struct link *k, enum cut how)
{
	k->carried = false;
	pump_end(k, how, false, now(k));
	pump_arm(k);
}

void link_tunnel(struct link *k)
{
	struct where where = k->conn.where;
	enum seat seat = k->conn.seat;

	pump_out(k);
	conn_deinit(&k->conn);
	start_conn(k, &where, seat);
	k->sent = 0;
	k->bytes_in = k->bytes_out = 0;
	k->tls_outside = k->tls_n;
}

static struct tls *innermost(const struct link *k)
{
	return k->tls_n > k->tls_outside ? k->tls[k->tls_n - 1] : NULL;
}

bool link_verified(const struct link *k)
{
	return innermost(k) && tls_verified(innermost(k));
}

struct span link_alpn(const struct link *k)
{
	return innermost(k) ? tls_alpn(innermost(k)) : (struct span){0};
}

struct conn *link_conn(struct link *k)
{
	pump_set_now(k, now(k));
	return &k->conn;
}

struct where *link_where(struct link *k)
{
	return &k->conn.where;
}

bool link_over(const struct link *k)
{
	return k->over;
}

bool link_open(const struct link *k)
{
	return !k->over;
}

/* --- TLS ------------------------------------------------------------------------------------ */

static void shake_hands(struct link *k, struct tls *t, ns deadline)
{
	enum wait w = WAIT_WOKEN;

	k->owner = fiber_self();
	pump_out(k);
	pump_arm(k);
	while (tls_state(t) == TLS_SHAKING && !k->over && w == WAIT_WOKEN)
		w = fiber_park(deadline);
	if (tls_state(t) == TLS_SHAKING && w != WAIT_STOPPED)
		tls_give_up(t, k->over ? "cut" : "silent", now(k));
	pump_out(k); /* our Finished, or our alert */
}

static bool put_tls(struct link *k, struct tls *t, ns began, ns deadline)
{
	bool ok;

	if (!t)
		return false;
	k->tls[k->tls_n++] = t;
	shake_hands(k, t, deadline);
	ok = tls_state(t) == TLS_OPEN;
	k->conn.tls = ok;
	note(k->spot.journal, &k->conn.where, began, &run_phase, F_TEXT(k_phase, SPAN("tls")),
		F_TIME(k_took, now(k) - began), F_BOOL(k_ok, ok));
	return ok;
}

/* The context may have changed since the link was made. */
static const struct spot *spot_now(struct link *k)
{
	k->spot.where = k->conn.where;
	return &k->spot;
}

bool link_tls(struct link *k, const struct tls_ask *ask, ns deadline)
{
	ns began = now(k);

	if (k->over || k->tls_n == LINK_TLS_MAX)
		return false;
	return put_tls(k, tls_client(spot_now(k), ask, began), began, deadline);
}

bool link_tls_accept(struct link *k, const struct tls_offer *offer, ns deadline)
{
	ns began = now(k);

	if (k->over || k->tls_n == LINK_TLS_MAX)
		return false;
	return put_tls(k, tls_server(spot_now(k), offer, began), began, deadline);
}

/* --- waiting -------------------------------------------------------------------------------- */

static void before_wait(struct link *k)
{
	k->owner = fiber_self();
	link_flush(k);
}

void link_flush(struct link *k)
{
	if (k->turning)
		return;
	pump_out(k);
	pump_arm(k);
}

enum wait link_wait(struct link *k, ns deadline)
{
	uint64_t before = k->events;
	enum wait w = WAIT_WOKEN;

	if (k->over)
		return WAIT_STOPPED;
	before_wait(k);
	while (k->events == before && w == WAIT_WOKEN)
		w = fiber_park(deadline);
	return w;
}

bool link_until(struct link *k, ns deadline, bool (*met)(void *arg), void *arg)
{
	while (!met(arg))
		if (link_wait(k, deadline) != WAIT_WOKEN)
			return met(arg);
	return true;
}

static bool is_one_of(const struct kind *kind, const struct kind *const *kinds)
{
	while (*kinds && *kinds != kind)
		kinds++;
	return *kinds != NULL;
}

static const struct obs *next_of(struct link *k, const struct kind *const *kinds)
{
	const struct journal *j = k->spot.journal;

	while (k->cursor < j->n) {
		const struct obs *o = j->all[k->cursor++];

		if (o->where.flow == k->conn.where.flow && is_one_of(o->kind, kinds))
			return o;
	}
	return NULL;
}

const struct obs *link_await_any(struct link *k, ns deadline, const struct kind *const *kinds)
{
	for (;;) {
		const struct obs *o = next_of(k, kinds);

		if (o)
			return o;
		if (link_wait(k, deadline) != WAIT_WOKEN)
			return next_of(k, kinds);
	}
}

/* --- the end -------------------------------------------------------------------------------- */

ns link_last(const struct link *k)
{
	return k->last_in > k->last_out ? k->last_in : k->last_out;
}

void link_silent(struct link *k)
{
	ns last = link_last(k);
	int unacknowledged = -1;
	bool known = k->fd >= 0 && !ioctl(k->fd, SIOCOUTQ, &unacknowledged);

	note(k->spot.journal, &k->conn.where, now(k), &conn_silent, F_TIME(k_waited, now(k) - last),
		F_BOOL(k_acked, known && !unacknowledged && !pump_backlog(k)));
}

void link_finish(struct link *k, ns deadline)
{
	enum wait w = WAIT_WOKEN;

	k->fin_wanted = k->draining = true;
	while (!k->over && w == WAIT_WOKEN)
		w = link_wait(k, deadline);
}

void link_end(struct link *k)
{
	k->fin_wanted = k->draining = true;
	link_flush(k);
}

void link_disown(struct link *k)
{
	k->owner = NULL;
}

void link_reset(struct link *k)
{
	struct linger at_once = {.l_onoff = 1};

	if (k->fd >= 0)
		setsockopt(k->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	k->reset = true;
	pump_end(k, CUT_OURS, true, now(k));
	pump_arm(k);
}

void link_vanish(struct link *k)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &nothing};

	if (k->fd >= 0)
		setsockopt(k->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static void note_tcp_info(struct link *k)
{
	struct tcp_info i = {0};

	if (k->fd < 0)
		return;
	i = socket_info(k->fd);
	note(k->spot.journal, &k->conn.where, now(k), &tcp_info, F_TIME(k_rtt, i.tcpi_rtt * NS_US),
		F_INT(k_retrans, i.tcpi_total_retrans), F_INT(k_mss, i.tcpi_snd_mss),
		F_INT(k_unacked,
			k->fin_sent && k->unacked < i.tcpi_unacked ? k->unacked : i.tcpi_unacked),
		F_INT(k_out_of_order, i.tcpi_rcv_ooopack));
}

static void free_link(struct link *k)
{
	watch_stop(&k->watch);
	loop_timer_stop(k->spot.loop, &k->tick);
	loop_unpost(k->spot.loop, &k->pump);
	if (k->fd >= 0)
		close(k->fd);
	if (k->carried)
		k->carrier.gone(k->carrier.arg);
	conn_deinit(&k->conn);
	for (size_t i = k->tls_n; i > 0; i--)
		tls_free(k->tls[i - 1]);
	buf_deinit(&k->wire);
	free(k);
}

uint64_t link_said(const struct link *k)
{
	return k->bytes_out;
}

size_t link_backlog(const struct link *k)
{
	return pump_backlog(k);
}

bool link_is_quiet(const struct link *k)
{
	int waiting = 0;

	return k->over || (!k->held && !k->turning && (k->carried || ioctl(k->fd, FIONREAD, &waiting) || !waiting));
}

bool link_may_release(const struct link *k)
{
	return !k->over && !k->tls_n && !k->carried && !k->turning && !k->fin_wanted && !k->draining &&
	       !pump_backlog(k);
}

int link_release(struct link *k)
{
	int fd = k->fd;

	if (!link_may_release(k))
		return -1;
	k->fd = -1;
	watch_stop(&k->watch);
	free_link(k);
	return fd;
}

void link_close(struct link *k)
{
	k->owner = NULL;
	k->fin_wanted = !k->reset;
	pump_out(k);
	pump_end(k, CUT_OURS, true, now(k));
	note_tcp_info(k);
	free_link(k);
}
