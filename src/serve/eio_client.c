/* A session: its packets, heartbeat and transports (engine.io, lib/socket.ts). */
#include <stdlib.h>

#include "io/random.h"
#include "serve/eio.h"
#include "serve/far.h"
#include "serve/log.h"
#include "serve/workers.h"

#define PROBE_CYCLE (100 * NS_MS)
#define CLOSE_WAIT (30 * NS_S) /* closeTimeout of its polling transport */
#define PACKETS_MAX 1024
#define TERMS_MAX 512

static size_t hash(struct span sid)
{
	size_t h = 0;

	for (size_t i = 0; i < sid.n; i++)
		h = h * 31 + (unsigned char)sid.p[i];
	return h % EIO_BUCKETS;
}

static ns now(const struct eio_client *c)
{
	return loop_clock(c->server->loop);
}

struct eio_client *eio_client_find(const struct eio_server *s, struct span sid)
{
	struct eio_client *c = s->buckets[hash(sid)];

	while (c && !span_eq(sid, (struct span){c->sid, sizeof(c->sid)}))
		c = c->next;
	return c;
}

static struct count *count_of(const struct eio_client *c)
{
	return &c->server->far->count;
}

static void count_opened(struct eio_client *c, const struct call *call)
{
	struct count *n = count_of(c);

	n->sessions.ever++;
	if (c->websocket)
		n->sessions.by_websocket++;
	else
		n->sessions.by_polling++;
	c->number = log_session_opened(c->server->far, call, c->version, c->websocket);
}

static void count_upgraded(struct eio_client *c)
{
	struct count *n = count_of(c);

	n->sessions.upgraded++;
	n->sessions.by_polling--;
	n->sessions.by_websocket++;
	log_session_upgraded(c->server->far, c->number, c->socket);
}

static void count_closed(struct eio_client *c)
{
	struct count *n = count_of(c);

	if (c->websocket)
		n->sessions.by_websocket--;
	else
		n->sessions.by_polling--;
	log_session_closed(c->server->far, c->number, c->websocket);
}

/* --- saying -------------------------------------------------------------------------------------
 */

static void say_frame(struct eio_client *c, const struct eio_packet *p)
{
	struct buf out = {.max = EIO_PAYLOAD_MAX};

	eio_frame_write(&out, c->version, p);
	call_conn(c->socket);
	ws_send(c->socket->ws, p->binary ? WS_BINARY : WS_TEXT, buf_span(&out));
	buf_deinit(&out);
}

static size_t queue_max(const struct eio_client *c)
{
	size_t max = 2 * (size_t)c->server->rules->max_payload + (64 << 10);

	return max < EIO_QUEUE_MAX ? max : EIO_QUEUE_MAX;
}

/* A client that says and does not fetch what it is answered is given up. */
static void queue(struct eio_client *c, const struct eio_packet *p)
{
	if (c->queued == PACKETS_MAX || c->queue.n + p->data.n / 3 * 4 + 32 > queue_max(c)) {
		eio_client_end(c, EIO_CLOSE);
		return;
	}
	eio_payload_add(&c->queue, eio_client_framing(c), c->queued++, p);
}

static void say_packet(struct eio_client *c, const struct eio_packet *p)
{
	if (c->closed || c->closing)
		return;
	if (c->websocket)
		say_frame(c, p);
	else
		queue(c, p);
}

static void say(struct eio_client *c, enum eio_type type, struct span data)
{
	say_packet(c, &(struct eio_packet){type, false, data});
}

void eio_client_message(struct eio_client *c, bool binary, struct span data)
{
	count_of(c)->sessions.messages[SERVER]++;
	say_packet(c, &(struct eio_packet){EIO_MESSAGE, binary, data});
}

static void forget_queue(struct eio_client *c)
{
	buf_deinit(&c->queue);
	c->queued = 0;
}

/* The one packet and nothing else. */
static void answer_with(struct eio_client *c, enum eio_type type)
{
	struct buf payload = {.max = 64};

	eio_payload_add(&payload, eio_client_framing(c), 0, &(struct eio_packet){type, false, {0}});
	eio_answer(c, buf_span(&payload));
	buf_deinit(&payload);
}

static void flush(struct eio_client *c)
{
	if (c->websocket) {
		call_flush(c->socket);
	} else if (c->poll && c->queued) {
		eio_answer(c, buf_span(&c->queue));
		forget_queue(c);
	}
}

/* --- the end ------------------------------------------------------------------------------------
 */

static void close_socket(struct call *socket)
{
	socket->mine = NULL;
	call_conn(socket);
	ws_send_close(socket->ws, 0, (struct span){0});
	call_flush(socket);
}

void eio_client_drop_probe(struct eio_client *c)
{
	struct call *socket = c->socket;

	c->noop_at = c->probe_end = NS_NEVER;
	c->socket = NULL;
	if (socket)
		close_socket(socket);
}

static void unlist(struct eio_client *c)
{
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	c->server->n--;
}

void eio_client_end(struct eio_client *c, enum eio_type last)
{
	if (c->closed)
		return;
	c->closed = true;
	unlist(c);
	count_closed(c);
	loop_timer_stop(c->server->loop, &c->timer);
	if (c->poll)
		answer_with(c, last);
	eio_client_drop_probe(c);
}

/* By polling the client hears of it with this poll or the next. */
void eio_client_close(struct eio_client *c)
{
	if (c->websocket) {
		eio_client_end(c, EIO_CLOSE);
		return;
	}
	say(c, EIO_CLOSE, (struct span){0});
	if (c->closed)
		return;
	c->closing = true;
	c->ping_at = c->due_at = NS_NEVER;
	c->dead_at = now(c) + CLOSE_WAIT;
	if (!c->poll)
		return;
	flush(c);
	eio_client_end(c, EIO_CLOSE);
}

static void client_free(struct eio_client *c)
{
	if (c->server->app->closed)
		c->server->app->closed(c);
	c->server->held -= c->held;
	forget_queue(c);
	pool_free(&c->server->owns, c->own);
	pool_free(&c->server->clients, c);
}

/* --- time ---------------------------------------------------------------------------------------
 */

static void expect_ping(struct eio_client *c)
{
	c->dead_at = now(c) + c->server->rules->ping_interval + c->server->rules->ping_timeout;
}

static void plan_ping(struct eio_client *c)
{
	c->dead_at = NS_NEVER;
	c->ping_at = now(c) + c->server->rules->ping_interval + c->server->rules->late;
}

static void ping(struct eio_client *c)
{
	say(c, EIO_PING, (struct span){0});
	c->ping_at = NS_NEVER;
	c->dead_at = now(c) + c->server->rules->ping_timeout;
}

/* Polls end while a WebSocket probes, so that the client may pause and upgrade. */
static void release_poll(struct eio_client *c)
{
	if (c->poll && !c->queued)
		answer_with(c, EIO_NOOP);
	c->noop_at = now(c) + PROBE_CYCLE;
}

static void arm(struct eio_client *c)
{
	const ns moments[] = {c->ping_at, c->dead_at, c->noop_at, c->probe_end, c->due_at};
	ns first = NS_NEVER;

	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++)
		first = moments[i] < first ? moments[i] : first;
	loop_timer(c->server->loop, &c->timer, first);
}

static void on_timer(void *arg)
{
	struct eio_client *c = arg;
	ns at = now(c);

	eio_client_enter(c);
	if (c->dead_at <= at)
		eio_client_end(c, EIO_CLOSE);
	if (!c->closed && c->ping_at <= at)
		ping(c);
	if (!c->closed && c->noop_at <= at)
		release_poll(c);
	if (!c->closed && c->probe_end <= at)
		eio_client_drop_probe(c);
	if (!c->closed && c->due_at <= at) {
		c->due_at = NS_NEVER;
		c->server->app->due(c);
	}
	eio_client_leave(c);
}

/* --- busy ---------------------------------------------------------------------------------------
 */

/* All of them together may hold so much and no more. */
static void weigh(struct eio_client *c)
{
	const struct eio_app *app = c->server->app;
	size_t held = c->queue.cap + (app->holds ? app->holds(c) : 0);

	c->server->held += held - c->held;
	c->held = held;
	if (c->server->held > EIO_HELD_MAX)
		eio_client_end(c, EIO_CLOSE);
}

void eio_client_enter(struct eio_client *c)
{
	c->busy++;
}

void eio_client_leave(struct eio_client *c)
{
	if (c->busy == 1 && !c->closed) {
		flush(c);
		weigh(c);
	}
	if (--c->busy)
		return;
	if (c->closed)
		client_free(c);
	else
		arm(c);
}

/* --- hearing ------------------------------------------------------------------------------------
 */

static void heard_close(struct eio_client *c, struct span data)
{
	(void)data;
	eio_client_end(c, EIO_NOOP);
}

static void heard_ping(struct eio_client *c, struct span data)
{
	(void)data;
	if (c->version != 3) {
		eio_client_end(c, EIO_CLOSE);
		return;
	}
	expect_ping(c);
	say(c, EIO_PONG, (struct span){0});
}

static void heard_pong(struct eio_client *c, struct span data)
{
	(void)data;
	if (c->version == 3)
		eio_client_end(c, EIO_CLOSE);
	else
		plan_ping(c);
}

void eio_client_hear(struct eio_client *c, const struct eio_packet *p)
{
	static void (*const heard[EIO_TYPES])(struct eio_client *, struct span) = {
		[EIO_CLOSE] = heard_close, [EIO_PING] = heard_ping, [EIO_PONG] = heard_pong};

	if (c->closed || c->closing)
		return;
	if (p->type == EIO_MESSAGE)
		count_of(c)->sessions.messages[CLIENT]++;
	if (p->type == EIO_MESSAGE)
		c->server->app->heard(c, p->binary, p->data);
	else if (heard[p->type])
		heard[p->type](c, p->data);
}

/* From here on the WebSocket is the transport, and takes what is queued. */
static void upgrade(struct eio_client *c)
{
	struct buf queue = c->queue;
	struct eio_payload payload;
	struct eio_packet p;

	c->queue = (struct buf){.max = EIO_QUEUE_MAX};
	c->queued = 0;
	c->noop_at = c->probe_end = NS_NEVER;
	if (c->poll)
		answer_with(c, EIO_NOOP);
	count_upgraded(c);
	c->websocket = true;
	eio_payload_init(&payload, buf_span(&queue), eio_client_framing(c));
	while (eio_payload_next(&payload, &p))
		say_packet(c, &p);
	eio_payload_deinit(&payload);
	buf_deinit(&queue);
}

void eio_client_hear_probe(struct eio_client *c, const struct eio_packet *p)
{
	if (p->type == EIO_PING && span_eq(p->data, SPAN("probe"))) {
		say_frame(c, &(struct eio_packet){EIO_PONG, false, SPAN("probe")});
		call_flush(c->socket);
		release_poll(c);
	} else if (p->type == EIO_UPGRADE && !c->closing) {
		upgrade(c);
	} else {
		eio_client_drop_probe(c);
	}
}

/* --- the beginning ------------------------------------------------------------------------------
 */

void eio_sid_make(char sid[EIO_SID_MADE])
{
	unsigned char random[EIO_SID_BYTES];
	struct buf text = {.max = EIO_SID_MADE};

	random_fill(random, sizeof(random));
	eio_base64_write(&text, (struct span){(const char *)random, sizeof(random)});
	for (size_t i = 0; i < EIO_SID_MADE; i++) {
		char ch = text.p[i];

		sid[i] = ch == '+' ? '-' : ch == '/' ? '_' : ch;
	}
	buf_deinit(&text);
}

static void say_open(struct eio_client *c)
{
	const struct eio_rules *r = c->server->rules;
	struct buf json = {.max = TERMS_MAX};

	buf_addf(&json,
		"{\"sid\":\"%.*s\",\"upgrades\":[%s],\"pingInterval\":%lld,\"pingTimeout\":%lld,"
		"\"maxPayload\":%llu}",
		(int)sizeof(c->sid), c->sid, c->websocket || !r->websocket ? "" : "\"websocket\"",
		(long long)(r->ping_interval / NS_MS), (long long)(r->ping_timeout / NS_MS),
		(unsigned long long)r->max_payload);
	say(c, EIO_OPEN, buf_span(&json));
	buf_deinit(&json);
}

static void enlist(struct eio_client *c)
{
	struct eio_client **bucket =
		&c->server->buckets[hash((struct span){c->sid, sizeof(c->sid)})];

	c->next = *bucket;
	c->at = bucket;
	if (c->next)
		c->next->at = &c->next;
	*bucket = c;
	c->server->n++;
}

struct eio_client *eio_client_new(struct eio_server *s, unsigned version, struct call *socket)
{
	struct eio_client *c = pool_new(&s->clients);

	if (!c)
		return NULL;
	*c = (struct eio_client){.server = s,
		.version = version,
		.websocket = socket != NULL,
		.socket = socket,
		.queue.max = EIO_QUEUE_MAX,
		.timer = {.fire = on_timer, .arg = c},
		.ping_at = NS_NEVER,
		.dead_at = NS_NEVER,
		.noop_at = NS_NEVER,
		.probe_end = NS_NEVER,
		.due_at = NS_NEVER,
		.own = pool_new(&s->owns)};
	if (!c->own)
		abort();
	eio_sid_make(c->sid);
	workers_mark(s->far, &c->sid[EIO_SID_MADE - 1]);
	enlist(c);
	count_opened(c, socket);
	say_open(c);
	if (version == 3 || s->rules->never_pings)
		expect_ping(c);
	else
		plan_ping(c);
	return c;
}
