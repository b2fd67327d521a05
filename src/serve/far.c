/* The connections of a far end: from the descriptor to the request, and its end. */
#include "serve/far.h"
#include "serve/platform.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/log.h"
#include "serve/workers.h"

#define REQUEST_WAIT (30 * NS_S)
#define FAULT_BODY_MAX ((size_t)1 << 20)

const struct role *const role_all[ROLES] = {
#define ROLE(name) [ROLE_##name] = &role_##name,
#include "serve/role.def"
#undef ROLE
};

void *role_state(const struct call *c)
{
	return c->fault && c->show->stage ? c->show->stage : c->far->states[c->role_at];
}

const void *role_ask(const struct call *c)
{
	return c->far->ask->own[c->role_at];
}

_Static_assert(ROLES <= SERVE_ROLES_MAX, "a place for what is said of each role");

static void leave_role(struct call *c)
{
	const struct role *role = c->role;

	c->role = NULL;
	if (role && role->end)
		role->end(c);
	c->mine = NULL;
}

void far_retire(struct call *c)
{
	if (!c->retiring) {
		c->retiring = true;
		c->retired = c->far->retired;
		c->far->retired = c;
	}
	fiber_wake(c->far->attendant);
}

void far_over(struct call *c)
{
	c->over = true;
	far_retire(c);
}

static void join(struct fiber **f)
{
	if (*f)
		fiber_join(*f);
	*f = NULL;
}

/* --- requests ----------------------------------------------------------------------------------
 */

static void find_role(struct call *c, struct span path)
{
	const struct role *before = c->role;
	size_t at = 0;

	while (at < ROLES && !role_all[at]->takes(path, c->far->ask->own[at]))
		at++;
	if (at == ROLES || role_all[at] != before)
		leave_role(c);
	c->mine = NULL;
	c->role = at < ROLES ? role_all[at] : NULL;
	c->role_at = at;
}

static void heard_head(struct call *c)
{
	unsigned wrong;

	c->asked = true;
	c->whole = false;
	find_role(c, call_path(c));
	c->body.max = (size_t)(c->role && c->role->body_max ? c->role->body_max(c) : ROLE_BODY_MAX);
	if (!c->role && call_ask(c)->show_faults)
		c->body.max = FAULT_BODY_MAX;
	platform_asked(c);
	buf_clear(&c->body);
	wrong = request_wrong(call_head(c), c->body.max);
	if (wrong == 413 && platform_too_long(c))
		return;
	if (wrong)
		call_reject(c, wrong);
	else if (call_head(c)->minor && http_find(call_head(c), SPAN("Expect")).n)
		call_raw(c, SPAN("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* What is no request may be meant for a fault, which has no answer to it. */
static bool shows_faults(const struct call *c)
{
	return call_ask(c)->show_faults || call_ask(c)->faults->n || c->door->fault;
}

/* What is no HTTP, or too much of it. */
static void heard_fault(struct call *c, struct span fault)
{
	unsigned status = http_fault_status(c->http, fault);

	if (status == 414 || status == 431)
		count_limit(c->far, c, LIMIT_HEADER);
	if (c->fault || !status || (status == 400 && shows_faults(c)))
		link_conn(c->k)->done = true;
	else
		call_reject(c, status);
}

static void heard_body(struct call *c, struct span data)
{
	buf_add(&c->body, data);
	if (c->body.full && !platform_too_long(c))
		call_reply(c, 413, NULL, 0, (struct span){0});
}

static void heard_end(struct call *c)
{
	c->whole = true;
	loop_timer_stop(c->far->loop, &c->timer);
	if (platform_answers(c) || far_show(c))
		return;
	if (!c->role)
		call_reply(c, 404, &(struct http_header){SPAN("Content-Type"), SPAN("text/plain")},
			1, SPAN("Not Found"));
	else
		c->role->request(c);
	platform_waits(c);
	if (ws_is_open(c->ws))
		http_forget(c->http);
}

static void heard_message(struct call *c, enum ws_opcode opcode, struct span data)
{
	if (c->role) {
		c->far->count.heard[c->role_at].messages++;
		c->far->count.heard[c->role_at].bytes += data.n;
	}
	if (c->fault && c->show->hear)
		c->show->hear(c, opcode, data);
	else if (!c->fault && c->role && c->role->message)
		c->role->message(c, opcode, data);
}

/* --- what stands on top of a connection --------------------------------------------------------
 */

struct ear {
	struct call *call;
};

static void ear_feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct call *c = ((struct ear *)l->state)->call;

	if (from != CLIENT || c->ending)
		return;
	if (unit == WS_TEXT || unit == WS_BINARY)
		heard_message(c, (enum ws_opcode)unit, data);
	else if (unit == WS_HTTP + HTTP_FAULT)
		heard_fault(c, data);
	else if (c->fault)
		return;
	else if (unit == WS_HTTP + HTTP_HEAD)
		heard_head(c);
	else if (unit == WS_HTTP + HTTP_BODY)
		heard_body(c, data);
	else if (unit == WS_HTTP + HTTP_END)
		heard_end(c);
}

static void ear_cut(struct layer *l, enum side from, enum cut how)
{
	struct call *c = ((struct ear *)l->state)->call;

	leave_role(c);
	layer_cut_up(l, from, how);
	/* a story goes on until it notices */
	if (!c->fiber)
		far_over(c);
}

static const struct dialect dialect_far = {
	.name = "far", .size = sizeof(struct ear), .feed = ear_feed, .cut = ear_cut};

/* --- begin and end -----------------------------------------------------------------------------
 */

/* With the request that came behind one that was answered. */
static void go_on(struct call *c)
{
	link_conn(c->k);
	loop_timer(c->far->loop, &c->timer, call_now(c) + REQUEST_WAIT);
	http_go_on(c->http);
	link_flush(c->k);
}

static void late(void *arg)
{
	struct call *c = arg;

	if (rest_look(c) || streams_look(c))
		return;
	if (!platform_is_patient(c)) {
		leave_role(c);
		platform_late(c);
		return;
	}
	if (c->http && !c->fiber && !c->ending && http_has_next(c->http)) {
		go_on(c);
		return;
	}
	if (c->http && !c->fiber && !c->ending && http_is_amid(c->http)) {
		count_limit(c->far, c, LIMIT_REQUEST);
		call_reject(c, 408);
		return;
	}
	if (!c->role && !c->ending && !c->fiber)
		count_limit(c->far, c, LIMIT_REQUEST);
	if (c->fiber)
		fiber_stop(c->fiber);
	far_over(c);
}

static void put_layers(struct call *c, bool ws_only)
{
	struct conn *conn = link_conn(c->k);

	platform_watch(c);
	c->http = ws_only ? NULL : conn_push(conn, &dialect_http);
	if (c->http)
		http_in_turn(c->http);
	c->ws = conn_push(conn, &dialect_ws);
	ws_compress_from(c->ws, call_ask(c)->compress_from);
	c->ear = conn_push(conn, &dialect_far);
	if (c->http && call_ask(c)->max_header)
		http_limit(c->http, (size_t)call_ask(c)->max_header);
	if (call_ask(c)->max_message)
		ws_limit(c->ws, (size_t)call_ask(c)->max_message);
	platform_limit(c);
	((struct ear *)c->ear->state)->call = c;
}

void far_listen_http(struct call *c)
{
	put_layers(c, false);
}

void far_listen(struct call *c, bool ws_only)
{
	if (!ws_only && c->door->fault && c->door->fault->place == FAULT_OWN_PROXY)
		far_want_line(c);
	if (!ws_only)
		workers_sort(c);
	if (!ws_only && door_speaks_h2(c->door) && !link_alpn(c->k).n)
		streams_glance(c);
	else if (!ws_only && door_speaks_h2(c->door) && span_eq(link_alpn(c->k), SPAN("h2")))
		streams_begin(c);
	else
		put_layers(c, ws_only);
	link_flush(c->k);
	if (link_over(c->k))
		far_over(c);
}

static void shake_hands(void *arg)
{
	struct call *c = arg;
	bool ok = link_tls_accept(c->k, c->door->offer, call_now(c) + REQUEST_WAIT);

	link_disown(c->k);
	if (ok)
		far_listen(c, false);
	else
		c->over = true;
	far_retire(c);
}

static struct spot spot_of(struct far *far)
{
	return (struct spot){.loop = far->loop, .journal = &far->journal, .where.flow = 1};
}

void far_begin(struct call *c, int fd, const struct address *peer)
{
	struct far *far = c->far;
	struct spot spot = spot_of(far);
	struct dialled d = {.fd = fd, .to = *peer, .began = loop_now(far->loop)};

	c->k = link_new(&spot, &d, SEAT_SERVER);
	if (!c->door->offer) {
		far_listen(c, false);
		return;
	}
	c->shaker = fiber_start(far->loop, shake_hands, c);
	if (!c->shaker)
		far_over(c);
}

/* One more than there may be. A TLS client only sees the end. */
static void refuse(const struct door *door, int fd)
{
	static const char full[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
				   "Retry-After: 1\r\nContent-Length: 0\r\n\r\n";

	count_limit(door->far, NULL, LIMIT_CONNECTIONS);
	if (!door->offer)
		send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static struct call *call_new(const struct door *door)
{
	struct far *far = door->far;
	struct call *c = pool_new(&far->pool);

	if (!c)
		return NULL;
	c->far = far;
	c->door = door;
	c->path.max = HTTP_HEAD_MAX;
	c->next = far->calls;
	c->at = &far->calls;
	if (c->next)
		c->next->at = &c->next;
	far->calls = c;
	c->timer = (struct timer){.fire = late, .arg = c};
	loop_timer(far->loop, &c->timer, call_now(c) + REQUEST_WAIT);
	return c;
}

static struct call *let_in(const struct door *door, int fd, const struct address *peer)
{
	struct call *c = call_new(door);

	if (!c) {
		refuse(door, fd);
		return NULL;
	}
	c->far->count.connections++;
	c->far->count.open_connections++;
	log_opened(c, peer);
	return c;
}

void far_accepted(void *arg, int fd, const struct address *peer)
{
	const struct door *door = arg;
	struct call *c = let_in(door, fd, peer);

	if (c && door->far->ask->proxied && !door->fault)
		far_await_header(c, fd);
	else if (c)
		far_begin(c, fd, peer);
}

/* Behind a PROXY header, where there was one. */
void far_handed(struct door *door, int fd, struct span bytes)
{
	struct sockaddr_storage sa;
	socklen_t size = sizeof(sa);
	struct address peer = {0};
	struct call *c;

	if (!getpeername(fd, (struct sockaddr *)&sa, &size))
		address_from(&peer, (struct sockaddr *)&sa, size, 0);
	c = let_in(door, fd, &peer);
	if (!c)
		return;
	far_begin(c, fd, &peer);
	conn_feed(link_conn(c->k), CLIENT, bytes);
	link_flush(c->k);
}

struct call *far_carried(struct call *by, const struct carrier *carrier)
{
	struct call *c = call_new(by->door);
	struct spot spot = spot_of(by->far);

	if (!c) {
		count_limit(by->far, by, LIMIT_CONNECTIONS);
		return NULL;
	}
	c->is_stream = true;
	c->carrier = by;
	log_carried(c, by);
	c->k = link_new_carried(&spot, loop_now(spot.loop), SEAT_SERVER, carrier);
	far_listen_http(c);
	return c;
}

static void call_free(struct call *c)
{
	c->retiring = true; /* closing it does not list it again */
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	leave_role(c);
	loop_timer_stop(c->far->loop, &c->timer);
	count_over(c);
	rest_deinit(c);
	if (c->k)
		link_close(c->k);
	buf_deinit(&c->body);
	buf_deinit(&c->path);
	free(c->show);
	pool_free(&c->far->pool, c);
}

/* Fibers that retire a connection do so as the last thing they do. */
static void look_at(struct call *c)
{
	c->retiring = false;
	workers_move(c);
	if (c->shaker && fiber_ended(c->shaker))
		join(&c->shaker);
	if (c->fiber && fiber_ended(c->fiber))
		join(&c->fiber);
	if (c->k && link_over(c->k) && !c->fiber && !c->shaker)
		c->over = true;
	if (c->over && !c->fiber && !c->shaker)
		call_free(c);
}

void far_sweep(struct far *far, bool all)
{
	struct call *c;

	while ((c = far->retired)) {
		far->retired = c->retired;
		look_at(c);
	}
	while (all && (c = far->calls)) {
		if (c->shaker)
			fiber_stop(c->shaker);
		if (c->fiber)
			fiber_stop(c->fiber);
		join(&c->shaker);
		join(&c->fiber);
		call_free(c);
	}
}
