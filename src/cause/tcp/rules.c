#include "cause/all.h"
#include "cause/evidence.h"
#include "cause/held.h"
#include "fact/all.h"

/* Later than this, a hang-up is the doing of something that has read the request. */
#define AT_ONCE (500 * NS_MS)

enum ruling rule_tcp_refused(const struct scope *s, struct finding *f)
{
	struct dials d = evidence_dials(s, 0);

	if (d.ok)
		return cleared(f, d.ok);
	/* then it is the proxy that refused */
	if (evidence_proxied(s))
		return unseen(f, NULL);
	return found(f, 1, d.refused);
}

/* What came of connecting to another port of the host: established or refused, both prove that the
 * host is there. */
static const struct obs *other_port_answers(const struct scope *s)
{
	const struct obs *o = scope_find(s, &tcp_connect, &exp_other_port, NULL);

	while (o && !obs_int(o, &k_ok) && !obs_is(o, &k_error, "refused"))
		o = scope_next(s, o, &tcp_connect, &exp_other_port, NULL);
	return o;
}

/* A web server answers on its usual port and this unusual one is filtered: by whom cannot be seen
 * from one network. */
static bool only_unusual_port_dead(const struct scope *s)
{
	struct dials d = evidence_dials(s, 0);
	const struct obs *other = other_port_answers(s);
	int64_t port = obs_int(d.timeout, &k_port), usual = obs_int(other, &k_port);

	return d.timeout && obs_int(other, &k_ok) && port != 80 && port != 443 &&
	       (usual == 80 || usual == 443);
}

enum ruling rule_tcp_syn_timeout_firewall(const struct scope *s, struct finding *f)
{
	struct dials d = evidence_dials(s, 0);

	if (d.ok || d.refused)
		return cleared(f, d.ok ? d.ok : d.refused);
	if (evidence_proxied(s) || (!d.timeout && !d.prohibited))
		return unseen(f, NULL);
	if (d.prohibited)
		return found(f, 1, d.prohibited);
	if (!scope_ran(s, &exp_other_port))
		return unseen(f, &exp_other_port);
	if (only_unusual_port_dead(s)) {
		probably(f, &cause_tcp_egress_port_blocked, "the same check from another network");
		return found(f, 0.6, d.timeout, other_port_answers(s));
	}
	if (other_port_answers(s))
		return found(f, 1, d.timeout, other_port_answers(s));
	probably(f, &cause_tcp_host_unreachable, "tcpdump on the server: does the SYN arrive?");
	return found(f, 0.6, d.timeout);
}

enum ruling rule_tcp_host_unreachable(const struct scope *s, struct finding *f)
{
	struct dials d = evidence_dials(s, 0);

	if (d.ok || d.refused)
		return cleared(f, d.ok ? d.ok : d.refused);
	if (evidence_proxied(s) || d.timeout || d.prohibited)
		return unseen(f, NULL);
	return found(f, 1, d.unreachable);
}

enum ruling rule_tcp_egress_port_blocked(const struct scope *s, struct finding *f)
{
	struct dials d = evidence_dials(s, 0);

	if (d.ok || d.refused)
		return cleared(f, d.ok ? d.ok : d.refused);
	if (!only_unusual_port_dead(s))
		return unseen(f, NULL);
	probably(f, &cause_tcp_syn_timeout_firewall, "the same check from another network");
	return found(f, 0.6, d.timeout, other_port_answers(s));
}

/* The peer hung up before it said anything: the end of the connection, on TLS ports also that of
 * the handshake. */
static const struct obs *hung_up(const struct scope *s)
{
	const struct obs *tls = scope_find(s, &tls_handshake, &exp_upgrade, NULL);

	if (tls && !obs_int(tls, &k_ok))
		return obs_is(tls, &k_error, "cut")
			       ? evidence_is(s, &conn_end, &exp_upgrade, &k_by, "peer")
			       : NULL;
	return evidence_hung_up(s, NULL);
}

/* The experiment that tries the other of plain and TLS, and whether it got an answer. */
static const struct tag *instead(const struct scope *s)
{
	return evidence_secure(s) ? &exp_plain_instead : &exp_tls_instead;
}

static const struct obs *instead_answers(const struct scope *s)
{
	const struct obs *tls = scope_find(s, &tls_handshake, &exp_tls_instead, NULL);

	return obs_int(tls, &k_ok) ? tls : evidence_plain_instead(s);
}

static const struct obs *proxy_header_answers(const struct scope *s)
{
	return evidence_answer(s, &exp_proxy_header);
}

enum ruling rule_tcp_bound_loopback_in_container(const struct scope *s, struct finding *f)
{
	const struct obs *end = hung_up(s);

	if (evidence_refused(s) || evidence_open(s))
		return cleared(f, evidence_refused(s) ? evidence_refused(s) : evidence_open(s));
	if (!end || obs_int(end, &k_after) > AT_ONCE || evidence_proxied(s))
		return unseen(f, NULL);
	if (!scope_ran(s, instead(s)))
		return unseen(f, instead(s));
	if (instead_answers(s) || proxy_header_answers(s))
		return cleared(
			f, instead_answers(s) ? instead_answers(s) : proxy_header_answers(s));
	probably(f, &cause_upg_cut, "`ss -ltnp` inside the container: 127.0.0.1 or 0.0.0.0?");
	return found(f, 0.6, end);
}

/* The certificates never come, while the same port has short answers: an alert, or "this is a TLS
 * port". */
static const struct obs *short_tls_answer(const struct scope *s)
{
	const struct obs *plain =
		evidence_is(s, &http_answer, &exp_plain_instead, &k_saying, "plain-to-tls");

	return plain ? plain : evidence_is(s, &tls_handshake, NULL, &k_error, "alert");
}

/* TLS that stays silent: is it a plain server that waits for a line, or nobody at all? */
static enum ruling silent_tls(const struct scope *s, struct finding *f, const struct obs *tls)
{
	if (!scope_ran(s, &exp_plain_instead))
		return unseen(f, &exp_plain_instead);
	if (instead_answers(s) || short_tls_answer(s))
		return cleared(f, instead_answers(s) ? instead_answers(s) : short_tls_answer(s));
	probably(f, &cause_tcp_mtu_blackhole, "a capture: are full-size segments sent again?");
	return found(f, 0.6, tls, scope_find(s, &conn_silent, &exp_upgrade, NULL));
}

enum ruling rule_tcp_accept_no_answer(const struct scope *s, struct finding *f)
{
	const struct obs *silent = scope_find(s, &conn_silent, &exp_upgrade, NULL);
	const struct obs *tls = evidence_is(s, &tls_handshake, &exp_upgrade, &k_error, "silent");
	const struct obs *answer = evidence_answer(s, &exp_upgrade);

	if (answer)
		return cleared(f, answer);
	if (tls)
		return silent_tls(s, f, tls);
	if (!silent)
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_plain_get))
		return unseen(f, &exp_plain_get);
	answer = evidence_answer(s, &exp_plain_get);
	if (answer)
		return cleared(f, answer);
	if (obs_int(silent, &k_acked))
		return found(f, 1, silent, scope_find(s, &conn_silent, &exp_plain_get, NULL));
	probably(f, &cause_tcp_mtu_blackhole, "a capture: are the request's segments sent again?");
	return found(f, 0.6, silent);
}

/* The Close that we send at the end of the hold is answered by a Close. */
static const struct obs *close_of(const struct scope *s, const struct held *h, const char *from)
{
	const struct obs *o = h->open ? scope_find(s, &ws_close, &exp_idle, NULL) : NULL;

	while (o && (o->where.flow != h->open->where.flow || !obs_is(o, &k_from, from)))
		o = scope_next(s, o, &ws_close, &exp_idle, NULL);
	return o;
}

enum ruling rule_tcp_idle_middlebox_drop(const struct scope *s, struct finding *f)
{
	struct held silent = held_get(s, &role_silent), busy = held_busy(s);
	const struct obs *said = close_of(s, &silent, "client"), *end;

	if (!held_for(s) || !silent.open || !busy.open || busy.end)
		return unseen(f, NULL);
	if (scope_in_flow(s, silent.open->where.flow, &ws_no_pong) &&
		scope_in_flow(s, busy.open->where.flow, &ws_rtt))
		return found(
			f, 1, scope_in_flow(s, silent.open->where.flow, &ws_no_pong), busy.open);
	end = scope_in_flow(s, silent.open->where.flow, &conn_end);
	if (!close_of(s, &silent, "server") && (said || obs_is(end, &k_how, "rst")) &&
		silent.idle < silent.age / 2) {
		/* a server that never answers a Close is no evidence */
		if (!said || close_of(s, &busy, "server"))
			return found(f, 1, end, said, busy.open);
	}
	return cleared(f, end ? end : silent.open);
}

static const struct obs *unacknowledged(const struct scope *s, const struct obs *no_pong)
{
	const struct obs *info = no_pong ? scope_in_flow(s, no_pong->where.flow, &tcp_info) : NULL;

	return obs_int(info, &k_unacked) > 0 ? info : NULL;
}

enum ruling rule_tcp_half_open_peer(const struct scope *s, struct finding *f)
{
	const struct obs *mute = scope_find(s, &ws_no_pong, NULL, NULL);

	while (mute && (mute->where.role == &role_silent || !unacknowledged(s, mute)))
		mute = scope_next(s, mute, &ws_no_pong, NULL, NULL);
	if (!mute)
		return cleared(f, scope_find(s, &ws_rtt, NULL, NULL));
	return found(f, 1, mute, unacknowledged(s, mute));
}

static bool got_through(const struct obs *echo)
{
	return obs_int(echo, &k_through) || obs_int(echo, &k_echoed);
}

/* The certificates fill whole segments: only the last, short one of the flight arrives, and waits
 * for the others. */
static const struct obs *lost_flight(const struct scope *s)
{
	const struct obs *tls = evidence_is(s, &tls_handshake, &exp_upgrade, &k_error, "silent");
	const struct obs *info = tls ? scope_in_flow(s, tls->where.flow, &tcp_info) : NULL;

	return obs_int(info, &k_out_of_order) > 0 ? info : NULL;
}

enum ruling rule_tcp_mtu_blackhole(const struct scope *s, struct finding *f)
{
	const struct obs *small = NULL, *lost = scope_find(s, &ws_echo, &exp_size, NULL), *info,
			 *end;
	const struct obs *mute = evidence_is(s, &tls_handshake, &exp_upgrade, &k_error, "silent");

	if (lost_flight(s))
		return found(f, 0.9, mute, lost_flight(s));
	if (mute && !scope_ran(s, &exp_plain_instead))
		return unseen(f, &exp_plain_instead);
	if (mute)
		return short_tls_answer(s) ? found(f, 0.9, mute, short_tls_answer(s))
					   : unseen(f, NULL);
	for (; lost && got_through(lost); lost = scope_next(s, lost, &ws_echo, &exp_size, NULL))
		small = lost;
	if (!small)
		return unseen(f, NULL);
	/* the loss starts where a message no longer fits one segment */
	if (!lost || obs_int(small, &k_bytes) > 9000 || obs_int(lost, &k_bytes) < 1000)
		return obs_int(small, &k_bytes) >= 9000 ? cleared(f, small) : unseen(f, NULL);
	end = scope_in_flow(s, lost->where.flow, &conn_end);
	if (obs_is(end, &k_by, "peer"))
		return cleared(f, end);
	info = scope_in_flow(s, lost->where.flow, &tcp_info);
	if (obs_int(info, &k_retrans) > 0 || obs_int(info, &k_unacked) > 0)
		return found(f, 1, lost, small, info);
	probably(f, &cause_tcp_accept_no_answer,
		"a capture on the server: are full-size segments sent again?");
	return found(f, 0.6, lost, small);
}

enum ruling rule_tcp_proxy_protocol_mismatch(const struct scope *s, struct finding *f)
{
	const struct obs *end = hung_up(s), *answer = proxy_header_answers(s);

	if (!end || obs_int(end, &k_after) > AT_ONCE || evidence_proxied(s))
		return unseen(f, NULL);
	if (!scope_ran(s, instead(s)))
		return unseen(f, instead(s));
	if (instead_answers(s))
		return cleared(f, instead_answers(s));
	if (!scope_ran(s, &exp_proxy_header))
		return unseen(f, &exp_proxy_header);
	/* 400: the line itself was read as a request, as by nginx behind `return 444` */
	if (answer && obs_int(answer, &k_status) != 400)
		return found(f, 1, end, answer);
	return cleared(f, answer ? answer : scope_ran(s, &exp_proxy_header));
}

enum ruling rule_tcp_syn_backlog_full(const struct scope *s, struct finding *f)
{
	const struct obs *first = NULL, *o = scope_find(s, &tcp_connect, NULL, NULL);

	for (; o; o = scope_next(s, o, &tcp_connect, NULL, NULL)) {
		if (!obs_int(o, &k_ok) || obs_int(o, &k_syn_retries) == 0)
			continue;
		if (first)
			break;
		first = o;
	}
	if (!o)
		return unseen(f, NULL);
	/* packets get lost elsewhere, too: a hint, no more */
	f->severity = INFO;
	probably(f, &cause_limit_conntrack, "`nstat -az TcpExtListenOverflows` on the server");
	return found(f, 0.6, first, o);
}
