#include "probe/try.h"

#include "fact/all.h"
#include "probe/protocol.h"
#include "probe/request.h"

#define PINGS 3

ns probe_now(const struct probe *p)
{
	return loop_clock(p->loop);
}

bool probe_is_over(const struct probe *p)
{
	return p->stopped || fiber_stopped() || loop_now(p->loop) >= p->deadline;
}

void try_begin(struct try *t, struct vantage *v, const struct experiment *e)
{
	struct probe *p = v->probe;

	*t = (struct try){.vantage = v, .probe = p, .exp = e, .began = probe_now(p)};
	t->spot = (struct spot){.loop = p->loop,
		.journal = p->journal,
		.where = {.vantage = v->index, .exp = e->tag}};
}

void try_say(struct try *t, const char *outcome, const char *ended_by, const char *text)
{
	t->outcome = outcome;
	t->ended_by = ended_by;
	t->text = text;
}

void try_end(struct try *t)
{
	struct where w = {.vantage = t->vantage->index, .exp = t->exp->tag};
	ns now = probe_now(t->probe);

	if (t->ended)
		return;
	t->ended = true;
	if (!t->outcome || (probe_is_over(t->probe) && strcmp(t->outcome, "answered") != 0))
		try_say(t, "aborted", "budget",
			t->probe->stopped ? "stopped by a signal" : t->text);
	note(t->probe->journal, &w, now, &exp_done, F_TEXT(k_outcome, span_of(t->outcome)),
		F_TIME(k_waited, now - t->began), F_TEXT(k_ended_by, span_of(t->ended_by)),
		F_INT(k_connections, t->connections), F_TEXT(k_text, span_of(t->text)));
}

ns try_deadline_in(const struct try *t, ns span)
{
	ns at = loop_clock(t->probe->loop) + span;

	return at < t->probe->deadline ? at : t->probe->deadline;
}

ns try_deadline(const struct try *t)
{
	ns step = t->probe->timeout;

	return try_deadline_in(t, t->patience && t->patience < step ? t->patience : step);
}

/* The conn is new after link_new and link_tunnel. */
static void introduce(struct try *t, struct link *k)
{
	link_conn(k)->salt = t->probe->salt;
}

static bool dial_forward(struct try *t, struct dialled *d, const struct forward *f, ns deadline)
{
	struct buf name = {.max = 1024};
	ns began = probe_now(t->probe);
	bool ok = dial_first(d, &t->spot, &f->names, deadline);

	if (!ok) {
		note(t->spot.journal, &t->spot.where, probe_now(t->probe), &proxy_answer,
			F_TEXT(k_proxy, forward_name(f, &name)), F_TEXT(k_scheme, f->scheme),
			F_TEXT(k_error, SPAN("unreachable")),
			F_TIME(k_took, probe_now(t->probe) - began));
		buf_deinit(&name);
	}
	return ok;
}

static bool shake(struct try *t, struct link *k, const struct url *url, const struct open_how *how,
	ns deadline)
{
	struct tls_ask ask = {.name = url->host,
		.no_sni = how->no_sni,
		.alpn = span_of(how->alpn ? how->alpn : "http/1.1"),
		.trust = t->probe->ask->trust,
		.identity = t->probe->ask->identity,
		.insecure = t->probe->ask->insecure};

	return link_tls(k, &ask, deadline);
}

static bool wants_tls(const struct url *url, const struct open_how *how)
{
	return how->tls == TLS_ALWAYS || (how->tls == TLS_AS_URL && url->secure);
}

struct link *try_open(struct try *t, const struct open_how *how)
{
	const struct url *url = how->url ? how->url : &t->vantage->url;
	const struct forward *f = how->no_proxy ? NULL : t->vantage->forward;
	ns deadline = try_deadline(t);
	struct dialled d;
	struct link *k;

	t->spot.where.flow = journal_flow(t->probe->journal);
	t->connections++;
	t->probe->connections++;
	if (f ? !dial_forward(t, &d, f, deadline)
	      : !dial(&d, &t->spot, how->to ? how->to : &t->vantage->chosen, deadline)) {
		try_say(t, d.error && strcmp(d.error, "timeout") == 0 ? "silent" : "refused",
			"peer", d.error);
		return NULL;
	}
	k = link_new(&t->spot, &d, SEAT_CLIENT);
	introduce(t, k);
	if (f && !forward_pass(t, k, f, url, deadline)) {
		try_say(t, "refused", "peer", "the proxy opened no tunnel");
		goto fail;
	}
	if (f)
		introduce(t, k);
	if (how->proxy_header) {
		/* version 1 of the PROXY protocol, without addresses; it stands before TLS */
		buf_addz(&link_conn(k)->out, "PROXY UNKNOWN\r\n");
		link_flush(k);
	}
	if (wants_tls(url, how) && !shake(t, k, url, how, try_deadline(t))) {
		try_say(t, link_over(k) ? "cut" : "silent", link_over(k) ? "peer" : "us", "no TLS");
		goto fail;
	}
	return k;
fail:
	link_close(k);
	return NULL;
}

void try_phase(struct try *t, struct link *k, const char *phase, ns began, bool ok)
{
	note(t->probe->journal, link_where(k), began, &run_phase, F_TEXT(k_phase, span_of(phase)),
		F_TIME(k_took, probe_now(t->probe) - began), F_BOOL(k_ok, ok));
}

void try_close(struct try *t, struct link *k)
{
	(void)t;
	if (link_open(k))
		link_finish(k, try_deadline_in(t, 200 * NS_MS));
	link_close(k);
}

struct layer *try_ws(struct link *k)
{
	return conn_layer(link_conn(k), &dialect_ws);
}

static void ask_upgrade(
	const struct try *t, struct link *k, struct request *r, const struct upgrade_how *how)
{
	const struct protocol *p = t->vantage->speaks;
	struct conn *c = link_conn(k);
	struct ws_ask ask = request_upgrade(r, how);
	struct layer *ws;

	conn_push(c, &dialect_http);
	ws = conn_push(c, &dialect_ws);
	if (p && p->above)
		conn_push(c, p->above);
	if (how->above)
		*(void **)conn_push(c, how->above)->state = how->above_arg;
	ws_connect(ws, &ask);
}

static void ask_plain(struct link *k, struct request *r)
{
	struct http_ask ask = request_plain(r);

	http_ask(conn_push(link_conn(k), &dialect_http), &ask);
}

enum cut try_cut(const struct try *t)
{
	return probe_is_over(t->probe) ? CUT_OURS : CUT_TIMEOUT;
}

/* Waits for the answer; at our deadline what came so far still counts. */
const struct obs *try_answer(struct try *t, struct link *k)
{
	const struct obs *o = link_await(k, try_deadline(t), &ws_open, &http_answer, &http_fault);

	if (!o && link_open(k)) {
		conn_cut(link_conn(k), SERVER, try_cut(t));
		o = link_await(k, 0, &ws_open, &http_answer, &http_fault);
	}
	if (o) {
		try_say(t, "answered", "peer", NULL);
	} else if (link_over(k)) {
		try_say(t, "cut", "peer", NULL);
	} else {
		link_silent(k);
		try_say(t, "silent", "us", NULL);
	}
	return o;
}

bool try_trusts(const struct try *t, const struct link *k, const struct url *url,
	const struct open_how *how)
{
	/* plain text to a place that was given as TLS is a downgrade */
	if (url->secure && how->tls == TLS_NEVER && !t->probe->ask->auth_anywhere)
		return false;
	return !wants_tls(url, how) || link_verified(k) || t->probe->ask->insecure;
}

const struct obs *try_upgrade(struct try *t, const struct upgrade_how *how, struct link **k)
{
	const struct url *url = how->open.url ? how->open.url : &t->vantage->url;
	struct request r = {0};
	const struct obs *o;
	ns began;

	*k = try_open(t, &how->open);
	if (!*k)
		return NULL;
	request_write(&r, t, how, url, try_trusts(t, *k, url, &how->open));
	if (how->plain_get)
		ask_plain(*k, &r);
	else
		ask_upgrade(t, *k, &r, how);
	began = probe_now(t->probe);
	o = try_answer(t, *k);
	try_phase(t, *k, "request", began, o && o->kind != &http_fault);
	request_deinit(&r);
	return o;
}

void try_goodbye(struct try *t, struct link *k)
{
	struct layer *ws = try_ws(k);

	ns began = probe_now(t->probe);

	if (!ws || !ws_is_open(ws))
		return;
	ws_send_close(ws, 1000, (struct span){0});
	while (link_await(k, try_deadline_in(t, NS_S), &ws_close, &ws_fault))
		;
	try_phase(t, k, "close", began, link_over(k));
}

void try_ping(struct try *t, struct link *k)
{
	for (int i = 0; i < PINGS && link_open(k); i++) {
		struct layer *ws = try_ws(k);
		ns began = probe_now(t->probe);
		const struct obs *o;

		if (!ws || !ws_is_open(ws))
			return;
		ws_ping(ws);
		o = link_await(k, try_deadline(t), &ws_rtt, &ws_close, &ws_fault);
		try_phase(t, k, "ping", began, o && o->kind == &ws_rtt);
		if (o && o->kind != &ws_rtt)
			return;
		if (!o) {
			if (link_open(k) && probe_is_over(t->probe))
				try_say(t, "aborted", "budget", NULL);
			else if (link_open(k))
				note(t->spot.journal, link_where(k), probe_now(t->probe),
					&ws_no_pong, F_TIME(k_waited, probe_now(t->probe) - began));
			return;
		}
	}
}

void try_keep_location(struct try *t, struct link *k)
{
	struct layer *http = conn_layer(link_conn(k), &dialect_http);
	const struct http_head *head = http ? http_head(http, SERVER) : NULL;

	if (head && head->status >= 300 && head->status < 400)
		t->vantage->location =
			arena_copy(&t->probe->arena, http_find(head, SPAN("location")));
}
