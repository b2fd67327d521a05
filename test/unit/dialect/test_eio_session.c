/* A session of our client with our server, from the first poll to the upgraded WebSocket. */
#include "unit.h"

#include "dialect/sio/sio.h"
#include "fact/all.h"

static void fixed_random(void *to, size_t n)
{
	memset(to, 0x5a, n);
}

/* Both ends of one connection of the session. */
struct pair {
	struct conn client, server;
	struct layer *eio[2], *sio[2];
};

struct scene {
	struct journal journal[2];
	struct eio_session eio[2];
	struct sio_session sio[2];
	ns now;
};

static const struct eio_ask poll = {.path = SPAN("/socket.io/"), .host = SPAN("h.example")};
static const struct eio_terms terms = {.sid = SPAN("s3cr3t-session"),
	.upgrades = SPAN("websocket"),
	.ping_interval = 300 * NS_MS,
	.ping_timeout = 200 * NS_MS,
	.max_payload = 1000000};

static void scene_init(struct scene *s, unsigned version)
{
	*s = (struct scene){.now = NS_S};
	eio_session_init(&s->eio[CLIENT], version);
	eio_session_init(&s->eio[SERVER], version);
}

static void scene_deinit(struct scene *s)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		eio_session_deinit(&s->eio[side]);
		sio_session_deinit(&s->sio[side]);
		journal_deinit(&s->journal[side]);
	}
}

static void pair_init(struct pair *p, struct scene *s, bool ws)
{
	struct conn *conns[2] = {&p->client, &p->server};

	for (int side = CLIENT; side <= SERVER; side++) {
		struct conn *c = conns[side];

		conn_init(c, &s->journal[side], &(struct where){.flow = 1},
			side == CLIENT ? SEAT_CLIENT : SEAT_SERVER, fixed_random);
		c->now = s->now;
		conn_push(c, &dialect_http);
		if (ws)
			conn_push(c, &dialect_ws);
		p->eio[side] = conn_push(c, &dialect_eio);
		p->sio[side] = conn_push(c, &dialect_sio);
		eio_attach(p->eio[side], &s->eio[side]);
		sio_attach(p->sio[side], &s->sio[side]);
	}
}

static void pair_deinit(struct pair *p)
{
	conn_deinit(&p->client);
	conn_deinit(&p->server);
}

static void carry_one(struct conn *from, enum side side, struct conn *to)
{
	struct buf bytes = from->out;

	from->out = (struct buf){.max = CONN_OUT_MAX};
	conn_feed(to, side, buf_span(&bytes));
	buf_deinit(&bytes);
}

static void carry(struct pair *p)
{
	while (p->client.out.n || p->server.out.n) {
		carry_one(&p->client, CLIENT, &p->server);
		carry_one(&p->server, SERVER, &p->client);
	}
}

static const struct obs *find(const struct journal *j, const struct kind *kind)
{
	for (size_t i = j->n; i; i--)
		if (j->all[i - 1]->kind == kind)
			return j->all[i - 1];
	return NULL;
}

/* One GET on a connection of its own. */
static void get(struct scene *s, bool open)
{
	struct pair p;

	pair_init(&p, s, false);
	eio_poll_get(p.eio[CLIENT], &poll);
	carry(&p);
	if (open)
		eio_accept(p.eio[SERVER], &terms);
	eio_answer_poll(p.eio[SERVER], NULL, 0);
	carry(&p);
	pair_deinit(&p);
}

static void post(struct scene *s, struct pair *p)
{
	(void)s;
	assert_true(eio_poll_post(p->eio[CLIENT], &poll));
	carry(p);
	eio_answer_post(p->eio[SERVER], NULL, 0);
	carry(p);
	assert_false(eio_poll_post(p->eio[CLIENT], &poll));
}

static void join(struct scene *s)
{
	struct pair p;

	pair_init(&p, s, false);
	sio_say_join(p.sio[CLIENT], SPAN(""), SPAN("{\"token\":\"x\"}"));
	post(s, &p);
	assert_non_null(find(&s->journal[SERVER], &sio_join));
	sio_say_connect(p.sio[SERVER], SPAN("/"), SPAN("socket"), SPAN("pid"));
	pair_deinit(&p);
	get(s, false);
	assert_true(obs_int(find(&s->journal[CLIENT], &sio_connect), &k_recovery));
}

static void upgrade(struct scene *s, struct pair *p)
{
	const char *why;

	pair_init(p, s, true);
	eio_websocket(p->eio[CLIENT], SPAN("/socket.io/"), &(struct ws_ask){.host = SPAN("h")});
	carry(p);
	assert_true(ws_accept(p->eio[SERVER]->down, &(struct ws_offer){0}, &why));
	carry(p);
	eio_say_probe(p->eio[CLIENT]);
	carry(p);
	assert_non_null(find(&s->journal[CLIENT], &eio_probe));
	eio_say_upgrade(p->eio[CLIENT]);
	carry(p);
	assert_int_equal(s->eio[SERVER].transport, EIO_WEBSOCKET);
	assert_non_null(find(&s->journal[SERVER], &eio_upgraded));
}

static void ask_and_ack(struct scene *s, struct pair *p)
{
	struct span bytes = SPAN("\x01\x00\x02");
	uint64_t id = sio_say_event(p->sio[CLIENT],
		&(struct sio_emit){.args = SPAN("[\"b\",{\"_placeholder\":true,\"num\":0}]"),
			.want_ack = true,
			.attachments = &bytes,
			.n = 1});
	const struct obs *o;

	carry(p);
	o = find(&s->journal[SERVER], &sio_event);
	assert_non_null(o);
	assert_true(obs_is(o, &k_event, "b"));
	assert_int_equal(obs_int(o, &k_attachments), 1);
	p->client.now += 5 * NS_MS;
	sio_say_ack(p->sio[SERVER], id, &(struct sio_emit){.args = SPAN("[1]")});
	carry(p);
	o = find(&s->journal[CLIENT], &sio_ack);
	assert_non_null(o);
	assert_int_equal(obs_int(o, &k_took), 5 * NS_MS);
	assert_null(find(&s->journal[CLIENT], &sio_fault));
	assert_null(find(&s->journal[SERVER], &sio_fault));
}

/* The pinging side pings when its deadline comes; the other answers; silence is noted. */
static void heartbeat(struct scene *s, struct pair *p, unsigned version)
{
	enum side pinger = version == 3 ? CLIENT : SERVER;
	struct conn *pinging = pinger == CLIENT ? &p->client : &p->server;
	struct conn *other = pinger == CLIENT ? &p->server : &p->client;

	pinging->now = other->now = conn_deadline(pinging);
	conn_tick(pinging);
	carry(p);
	assert_non_null(find(&s->journal[!pinger], &eio_ping));
	assert_non_null(find(&s->journal[pinger], &eio_pong));
	assert_null(find(&s->journal[!pinger], &eio_overdue));
	other->now = conn_deadline(other);
	assert_true(other->now == pinging->now + terms.ping_interval + terms.ping_timeout);
	conn_tick(other);
	assert_non_null(find(&s->journal[!pinger], &eio_overdue));
	assert_true(conn_deadline(other) == NS_NEVER);
}

static void whole_session(unsigned version)
{
	struct scene s;
	struct pair p;
	struct buf saved = {0};

	scene_init(&s, version);
	get(&s, true);
	assert_true(s.eio[CLIENT].open);
	assert_int_equal(s.eio[CLIENT].version, version);
	assert_int_equal(obs_int(find(&s.journal[CLIENT], &eio_open), &k_max_payload), 1000000);
	if (version == 4)
		join(&s);
	upgrade(&s, &p);
	if (version == 3) {
		sio_say_connect(p.sio[SERVER], SPAN("/"), SPAN("socket"), SPAN(""));
		carry(&p);
	}
	ask_and_ack(&s, &p);
	heartbeat(&s, &p, version);
	for (int side = CLIENT; side <= SERVER; side++) {
		assert_null(find(&s.journal[side], &eio_fault));
		journal_save(&saved, &s.journal[side], SPAN("test"), "0");
	}
	assert_true(span_find(buf_span(&saved), terms.sid) < 0);
	buf_deinit(&saved);
	pair_deinit(&p);
	scene_deinit(&s);
}

static void test_protocol_4(void **state)
{
	(void)state;
	whole_session(4);
}

static void test_protocol_3(void **state)
{
	(void)state;
	whole_session(3);
}

static void test_refusals(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 6; code++)
		for (int ws = 0; ws < 2; ws++) {
			struct scene s;
			struct pair p;

			scene_init(&s, 4);
			pair_init(&p, &s, ws);
			if (ws)
				eio_websocket(p.eio[CLIENT], SPAN("/"),
					&(struct ws_ask){.host = SPAN("h")});
			else
				eio_poll_get(p.eio[CLIENT], &poll);
			carry(&p);
			eio_refuse(p.eio[SERVER], code, NULL, 0);
			carry(&p);
			assert_int_equal(
				obs_int(find(&s.journal[CLIENT], &eio_error), &k_code), code);
			assert_int_equal(obs_int(find(&s.journal[CLIENT], &eio_error), &k_status),
				code == 4 && !ws ? 403 : 400);
			pair_deinit(&p);
			scene_deinit(&s);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_protocol_4),
		cmocka_unit_test(test_protocol_3), cmocka_unit_test(test_refusals)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
