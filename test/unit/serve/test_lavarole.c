/* The Lavalink role as a program, and our own client of it: what the doors answer, what comes by
 * WebSocket, a session that goes on after a cut. */
#include "far_end.h"

#include "dialect/lavalink/lavalink.h"
#include "fact/all.h"
#include "io/link.h"

#define STEP (5 * NS_S)
#define PASSWORD                                                                                   \
	{                                                                                          \
		SPAN("Authorization"), SPAN("youshallnotpass")                                     \
	}
#define USER                                                                                       \
	{                                                                                          \
		SPAN("User-Id"), SPAN("170939974227541168")                                        \
	}

struct visit {
	struct loop *loop;
	struct journal journal;
	struct link *k;
	struct layer *http, *ws, *lavalink;
};

static bool come(struct visit *v)
{
	struct spot spot = {.loop = v->loop, .journal = &v->journal};
	struct address to;
	struct dialled d;

	spot.where.flow = journal_flow(&v->journal);
	address_parse(&to, SPAN("127.0.0.1"), port);
	if (!dial(&d, &spot, &to, loop_clock(v->loop) + STEP))
		return false;
	v->k = link_new(&spot, &d, SEAT_CLIENT);
	v->http = conn_push(link_conn(v->k), &dialect_http);
	v->ws = conn_push(link_conn(v->k), &dialect_ws);
	v->lavalink = conn_push(link_conn(v->k), &dialect_lavalink);
	return true;
}

static void upgrade(
	struct visit *v, const char *target, const struct http_header *headers, size_t n)
{
	ws_connect(v->ws, &(struct ws_ask){.target = span_of(target),
				  .host = SPAN("node.example:2333"),
				  .headers = headers,
				  .n = n});
}

static const struct obs *wait_for(struct visit *v, const struct kind *kind)
{
	return link_await(v->k, loop_clock(v->loop) + STEP, kind);
}

/* The status of the answer to an upgrade. */
static int64_t knock(
	struct visit *v, const char *target, const struct http_header *headers, size_t n)
{
	int64_t status;

	assert_true(come(v));
	upgrade(v, target, headers, n);
	status = obs_int(wait_for(v, &http_answer), &k_status);
	link_close(v->k);
	return status;
}

static void doors(void *arg)
{
	struct visit *v = arg;
	const struct http_header right[] = {PASSWORD, USER},
				 zero[] = {PASSWORD, {SPAN("User-Id"), SPAN("0")}};
	const struct http_header wrong[] = {{SPAN("Authorization"), SPAN("guess")}, USER};

	assert_int_equal(knock(v, "/v4/websocket", NULL, 0), 401);
	assert_int_equal(knock(v, "/v4/websocket", wrong, 2), 401);
	assert_int_equal(knock(v, "/v4/websocket", right, 1), 400);
	assert_int_equal(knock(v, "/v4/websocket", zero, 2), 400);
	assert_int_equal(knock(v, "/v3/websocket", right, 2), 200);
	assert_int_equal(knock(v, "/version", wrong, 2), 403);
	assert_int_equal(knock(v, "/version", right, 2), 200);
}

/* The WebSocket is open; what the node says first. */
static const struct obs *enter(struct visit *v, struct span session)
{
	const struct http_header headers[] = {PASSWORD, USER, {SPAN("Session-Id"), session}};

	assert_true(come(v));
	upgrade(v, "/v4/websocket", headers, session.n ? 3 : 2);
	return wait_for(v, &lavalink_ready);
}

static void speaks(void *arg)
{
	struct visit *v = arg;
	const struct http_header headers[] = {PASSWORD, {SPAN("User-Id"), SPAN("abc")}};
	const struct obs *ready = enter(v, (struct span){0}), *stats;

	assert_non_null(ready);
	assert_false(obs_int(ready, &k_resumed));
	assert_true(obs_is(ready, &k_resumed_header, "false"));
	assert_int_equal(obs_int(ready, &k_api), 4);
	stats = wait_for(v, &lavalink_stats);
	assert_non_null(stats);
	assert_int_equal(obs_int(stats, &k_cores), 4);
	link_close(v->k);
	assert_true(come(v));
	upgrade(v, "/v4/websocket", headers, 2);
	assert_int_equal(obs_int(wait_for(v, &ws_close), &k_code), 1011);
	link_close(v->k);
}

static int64_t patch(struct visit *v, struct span id, struct span body)
{
	const struct http_header headers[] = {
		PASSWORD, {SPAN("Content-Type"), SPAN("application/json")}};
	struct buf target = {.max = 256};
	int64_t status;

	buf_addf(&target, "/v4/sessions/%.*s", SPANF(id));
	assert_true(come(v));
	http_ask(v->http, &(struct http_ask){.method = SPAN("PATCH"),
				  .target = buf_span(&target),
				  .host = SPAN("node.example:2333"),
				  .headers = headers,
				  .n = 2,
				  .body = body});
	status = obs_int(wait_for(v, &http_answer), &k_status);
	link_close(v->k);
	buf_deinit(&target);
	return status;
}

static void resumes(void *arg)
{
	struct visit *v = arg, other = {.loop = v->loop};
	const struct obs *ready = enter(v, (struct span){0});
	char id[LAVALINK_SESSION_MAX];
	struct span session;

	assert_non_null(ready);
	session = lavalink_session_id(v->lavalink);
	assert_true(session.n == 16);
	memcpy(id, session.p, session.n);
	session.p = id;
	assert_int_equal(patch(&other, session, SPAN("{\"resuming\":true,\"timeout\":30}")), 200);
	assert_int_equal(patch(&other, SPAN("nobody"), SPAN("{}")), 404);
	link_reset(v->k);
	link_close(v->k);
	/* the node sees the cut a moment later */
	for (unsigned i = 0; i < 50 && !obs_int(ready, &k_resumed); i++) {
		ready = enter(v, session);
		assert_non_null(ready);
		link_close(v->k);
		fiber_sleep_until(loop_clock(v->loop) + 20 * NS_MS);
	}
	assert_true(obs_int(ready, &k_resumed));
	assert_true(obs_is(ready, &k_resumed_header, "true"));
	journal_deinit(&other.journal);
}

static void run(void (*story)(void *arg))
{
	struct visit v = {.loop = loop_new()};

	assert_int_equal(fiber_run(v.loop, story, &v, loop_now(v.loop) + 30 * NS_S), LOOP_STOPPED);
	journal_deinit(&v.journal);
	loop_free(v.loop);
}

static void test_doors(void **state)
{
	(void)state;
	run(doors);
}

static void test_speaks(void **state)
{
	(void)state;
	run(speaks);
}

static void test_resumes(void **state)
{
	(void)state;
	run(resumes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doors),
		cmocka_unit_test(test_speaks),
		cmocka_unit_test(test_resumes),
	};

	return cmocka_run_group_tests(tests, start_far, stop_far);
}
