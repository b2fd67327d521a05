/* Connections on loopback: how they begin, what moves over them, how they end. */
#include <sys/resource.h>

#include "fact/all.h"
#include "scene.h"

#define SOON (30 * NS_MS)

/* --- dial ----------------------------------------------------------------------------------- */

static void dial_nobody(struct scene *s)
{
	assert_false(scene_dial(s));
	assert_int_equal(s->dialled.fd, -1);
	assert_string_equal(s->dialled.error, "refused");
}

static void a_refused_connection_is_noted(void **state)
{
	struct scene *s = *state;
	const struct obs *o;

	scene_play(s, NULL, dial_nobody);
	o = scene_obs(&s->journal, &tcp_connect);
	assert_true(obs_is(o, &k_error, "refused"));
	assert_true(obs_is(o, &k_address, "127.0.0.1"));
	assert_int_equal(obs_int(o, &k_ok), 0);
	assert_int_equal(o->where.flow, 1);
	o = scene_obs(&s->journal, &run_phase);
	assert_true(obs_is(o, &k_phase, "connect"));
}

/* A full accept queue drops further SYNs: the nearest there is on loopback to a firewall. */
static int full_listener(struct address *at, int fill[8])
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, n), 0);
	assert_int_equal(listen(fd, 0), 0);
	getsockname(fd, (struct sockaddr *)&in, &n);
	for (int i = 0; i < 8; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(fill[i], (struct sockaddr *)&in, n);
	}
	address_from(at, (struct sockaddr *)&in, n, 0);
	return fd;
}

static void dial_full(struct scene *s)
{
	struct address at;
	int fill[8], fd = full_listener(&at, fill);
	struct dialled d;

	assert_false(dial(&d, &s->spot, &at, loop_clock(s->loop) + SOON));
	assert_string_equal(d.error, "timeout");
	assert_true(d.took >= SOON);
	for (int i = 0; i < 8; i++)
		close(fill[i]);
	close(fd);
}

static void an_unanswered_syn_is_our_deadline(void **state)
{
	struct scene *s = *state;

	scene_play(s, NULL, dial_full);
	assert_true(obs_is(scene_obs(&s->journal, &tcp_connect), &k_error, "timeout"));
}

static void dial_second(struct scene *s)
{
	struct addresses all = {.n = 2};
	struct dialled d;

	assert_true(address_parse(&all.v[0], SPAN("127.0.0.1"), 1));
	all.v[1] = s->listener.at;
	assert_true(dial_first(&d, &s->spot, &all, scene_deadline(s)));
	assert_int_equal(d.to.port, s->listener.at.port);
	close(d.fd);
}

static void close_at_once(struct scene *s, struct link *k)
{
	(void)s;
	link_close(k);
}

static void the_next_address_is_tried(void **state)
{
	struct scene *s = *state;

	scene_play(s, close_at_once, dial_second);
	assert_int_equal(scene_count(&s->journal, &tcp_connect), 2);
}

/* --- talk ----------------------------------------------------------------------------------- */

static void echo(struct scene *s, struct link *k)
{
	const struct obs *o;

	conn_push(link_conn(k), &keeper);
	while ((o = link_await(k, scene_deadline(s), &got_bytes)))
		layer_down(link_conn(k)->bottom, 0, obs_text(o, &k_data));
	assert_true(link_over(k));
	link_close(k);
}

static void ask_echo(struct scene *s)
{
	const struct obs *o;

	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	scene_say(s->link, "one");
	o = link_await(s->link, scene_deadline(s), &got_bytes);
	assert_span(obs_text(o, &k_data), "one");
	scene_say(s->link, "two");
	o = link_await(s->link, scene_deadline(s), &got_bytes, &conn_end);
	assert_span(obs_text(o, &k_data), "two");
	link_close(s->link);
}

static void bytes_go_both_ways(void **state)
{
	struct scene *s = *state;
	const struct obs *o;

	scene_play(s, echo, ask_echo);
	o = scene_obs(&s->journal, &conn_end);
	assert_true(obs_is(o, &k_by, "us"));
	assert_true(obs_is(o, &k_how, "ours"));
	assert_int_equal(obs_int(o, &k_bytes_in), 6);
	assert_int_equal(obs_int(o, &k_bytes_out), 6);
	assert_true(obs_int(o, &k_after) >= obs_int(o, &k_idle));
	o = scene_obs(&s->theirs, &conn_end);
	assert_true(obs_is(o, &k_by, "peer"));
	assert_true(obs_is(o, &k_how, "fin"));
	o = scene_obs(&s->journal, &tcp_info);
	assert_true(obs_int(o, &k_mss) > 0);
	assert_int_equal(obs_int(o, &k_retrans), 0);
	o = scene_obs(&s->journal, &tcp_connect);
	assert_int_equal(obs_int(o, &k_ok), 1);
	assert_true(obs_int(o, &k_took) > 0 && obs_int(o, &k_took) < NS_S);
}

#define MANY ((size_t)6 << 20)

static bool all_there(void *arg)
{
	struct link *k = arg;
	const struct keeper *kept = link_conn(k)->bottom->state;

	return kept->fed == MANY;
}

static void swallow(struct scene *s, struct link *k)
{
	conn_push(link_conn(k), &keeper);
	assert_true(link_until(k, scene_deadline(s), all_there, k));
	scene_say(k, "thanks");
	link_finish(k, scene_deadline(s));
	link_close(k);
}

static void say_much(struct scene *s)
{
	static char block[1 << 16];

	s->journal.max = s->theirs.max = 5000;
	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	for (size_t i = 0; i < MANY / sizeof(block); i++)
		layer_down(link_conn(s->link)->bottom, 0, (struct span){block, sizeof(block)});
	assert_non_null(link_await(s->link, scene_deadline(s), &got_bytes));
	link_close(s->link);
}

static void more_than_the_socket_takes_gets_through(void **state)
{
	struct scene *s = *state;

	scene_play(s, swallow, say_much);
	assert_int_equal(obs_int(scene_obs(&s->journal, &conn_end), &k_bytes_out), MANY);
}

/* Reads the first byte only after the client has noted when it sent. */
static void when_received(struct scene *s)
{
	const struct keeper *kept;
	ns sent, late;

	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	kept = link_conn(s->link)->bottom->state;
	s->arg = s->link;
	while (!s->peers[0] || !fiber_ended(s->peers[0]))
		fiber_sleep_until(loop_now(s->loop) + NS_MS);
	sent = loop_clock(s->loop); /* the peer's words are in our kernel since before this */
	late = sent + SOON;
	while (loop_clock(s->loop) < late)
		;
	assert_non_null(link_await(s->link, scene_deadline(s), &got_bytes));
	assert_true(kept->fed_at < late);
	link_close(s->link);
}

static void speak_first(struct scene *s, struct link *k)
{
	(void)s;
	conn_push(link_conn(k), &keeper);
	scene_say(k, "hello");
	link_close(k);
}

static void received_bytes_have_the_kernels_time(void **state)
{
	struct scene *s = *state;

	scene_play(s, speak_first, when_received);
}

static void wait_for_tick(struct scene *s)
{
	struct keeper *kept;
	ns due = loop_clock(s->loop) + SOON;

	assert_true(scene_dial(s));
	kept = conn_push(link_conn(s->link), &keeper)->state;
	kept->deadline = due;
	assert_non_null(link_await(s->link, scene_deadline(s), &got_tick));
	assert_true(loop_now(s->loop) >= due);
	link_close(s->link);
}

static void a_layers_deadline_is_kept(void **state)
{
	scene_play(*state, echo, wait_for_tick);
}

/* Sends as much as it can for as long as the client reads. */
static void flood(struct scene *s, struct link *k)
{
	static char block[1 << 18];

	conn_push(link_conn(k), &keeper);
	while (link_open(k)) {
		layer_down(link_conn(k)->bottom, 0, (struct span){block, sizeof(block)});
		if (link_wait(k, scene_deadline(s)) != WAIT_WOKEN)
			break;
	}
	link_close(k);
}

static void stand_in_the_flood(struct scene *s)
{
	const struct keeper *kept;
	ns until;

	s->journal.max = s->theirs.max = 100;
	assert_true(scene_dial(s));
	kept = conn_push(link_conn(s->link), &keeper)->state;
	until = loop_clock(s->loop) + SOON;
	link_flush(s->link);
	fiber_sleep_until(until);
	assert_true(kept->fed > 1 << 16);
	assert_true(loop_clock(s->loop) < until + LONG / 2);
	link_reset(s->link);
	link_close(s->link);
}

static void a_flood_starves_nobody(void **state)
{
	scene_play(*state, flood, stand_in_the_flood);
}

/* The dial takes the last descriptor there is, so that the connection cannot be accepted until the
 * limit is lifted. */
static void dial_at_the_limit(struct scene *s)
{
	struct rlimit before, low;
	int next = dup(0);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	close(next);
	low = (struct rlimit){.rlim_cur = (rlim_t)next + 1, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	assert_null(link_await(s->link, loop_clock(s->loop) + SOON, &got_bytes));
	assert_int_equal(s->n_peers, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_non_null(link_await(s->link, scene_deadline(s), &got_bytes));
	link_close(s->link);
}

static void accepting_goes_on_after_a_shortage(void **state)
{
	scene_play(*state, speak_first, dial_at_the_limit);
}

static void dial_without_a_descriptor(struct scene *s)
{
	struct rlimit before, low;
	int next = dup(0);
	bool ok;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	close(next);
	low = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	ok = scene_dial(s);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(ok);
	assert_string_equal(s->dialled.error, "local");
}

static void our_own_limits_are_called_so(void **state)
{
	scene_play(*state, close_at_once, dial_without_a_descriptor);
}

/* --- silence and ends ----------------------------------------------------------------------- */

static void never_answer(struct scene *s, struct link *k)
{
	conn_push(link_conn(k), &keeper);
	while (link_await(k, scene_deadline(s), &got_bytes))
		;
	link_close(k);
}

static void wait_in_vain(struct scene *s)
{
	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	scene_say(s->link, "anybody there?");
	assert_null(link_await(s->link, loop_clock(s->loop) + SOON, &got_bytes));
	assert_true(link_open(s->link));
	link_silent(s->link);
	link_close(s->link);
}

static void silence_is_stated(void **state)
{
	struct scene *s = *state;
	const struct obs *o;

	scene_play(s, never_answer, wait_in_vain);
	o = scene_obs(&s->journal, &conn_silent);
	assert_true(obs_int(o, &k_acked));
	assert_true(obs_int(o, &k_waited) >= SOON / 2);
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_by, "us"));
}

static void reset_at_once(struct scene *s, struct link *k)
{
	(void)s;
	link_reset(k);
	link_close(k);
}

static void wait_for_the_end(struct scene *s)
{
	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	while (link_wait(s->link, scene_deadline(s)) == WAIT_WOKEN)
		;
	assert_true(link_over(s->link));
	assert_int_equal(link_wait(s->link, NS_NEVER), WAIT_STOPPED);
	link_close(s->link);
}

static void a_reset_is_told_from_a_fin(void **state)
{
	struct scene *s = *state;

	scene_play(s, reset_at_once, wait_for_the_end);
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_how, "rst"));
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_by, "peer"));
	assert_true(obs_is(scene_obs(&s->journal, &got_cut), &k_data, "rst"));
	assert_true(obs_is(scene_obs(&s->theirs, &conn_end), &k_by, "us"));
}

static void a_fin_is_told_from_a_reset(void **state)
{
	struct scene *s = *state;

	scene_play(s, close_at_once, wait_for_the_end);
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_how, "fin"));
	assert_true(obs_is(scene_obs(&s->journal, &got_cut), &k_data, "fin"));
	assert_int_equal(scene_count(&s->journal, &conn_end), 1);
}

static void say_last_words(struct scene *s)
{
	struct conn *c;

	assert_true(scene_dial(s));
	c = link_conn(s->link);
	conn_push(c, &keeper);
	layer_down(c->bottom, 0, SPAN("bye"));
	c->done = true;
	assert_non_null(link_await(s->link, scene_deadline(s), &conn_end));
	link_close(s->link);
}

static void keep_all(struct scene *s, struct link *k)
{
	conn_push(link_conn(k), &keeper);
	assert_span(obs_text(link_await(k, scene_deadline(s), &got_bytes), &k_data), "bye");
	assert_non_null(link_await(k, scene_deadline(s), &conn_end));
	link_close(k);
}

static void a_dialect_that_is_done_ends_the_link(void **state)
{
	struct scene *s = *state;

	scene_play(s, keep_all, say_last_words);
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_by, "us"));
}

static void finish_first(struct scene *s)
{
	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	scene_say(s->link, "bye");
	link_finish(s->link, scene_deadline(s));
	assert_true(link_over(s->link));
	link_close(s->link);
}

static void finishing_waits_for_the_peers_fin(void **state)
{
	struct scene *s = *state;
	const struct obs *o;

	scene_play(s, keep_all, finish_first);
	o = scene_obs(&s->journal, &conn_end);
	assert_true(obs_is(o, &k_by, "us"));
	assert_true(obs_is(o, &k_how, "ours"));
	assert_true(obs_is(scene_obs(&s->journal, &got_cut), &k_data, "fin"));
}

static void start_anew(struct scene *s)
{
	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	scene_say(s->link, "CONNECT");
	assert_non_null(link_await(s->link, scene_deadline(s), &got_bytes));
	link_tunnel(s->link);
	assert_null(link_conn(s->link)->bottom);
	conn_push(link_conn(s->link), &keeper);
	scene_say(s->link, "GET");
	assert_span(obs_text(link_await(s->link, scene_deadline(s), &got_bytes), &k_data), "GET");
	link_close(s->link);
}

static void a_tunnel_starts_anew(void **state)
{
	struct scene *s = *state;

	scene_play(s, echo, start_anew);
	assert_int_equal(obs_int(scene_obs(&s->journal, &conn_end), &k_bytes_out), 3);
}

static void wait_stopped(struct scene *s)
{
	assert_true(scene_dial(s));
	conn_push(link_conn(s->link), &keeper);
	fiber_stop(fiber_self());
	assert_int_equal(link_wait(s->link, NS_NEVER), WAIT_STOPPED);
	assert_null(link_await(s->link, NS_NEVER, &got_bytes));
	link_close(s->link);
}

static void a_stopped_fiber_waits_no_more(void **state)
{
	scene_play(*state, echo, wait_stopped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {SCENE_TEST(a_refused_connection_is_noted),
		SCENE_TEST(an_unanswered_syn_is_our_deadline),
		SCENE_TEST(the_next_address_is_tried), SCENE_TEST(bytes_go_both_ways),
		SCENE_TEST(more_than_the_socket_takes_gets_through),
		SCENE_TEST(received_bytes_have_the_kernels_time),
		SCENE_TEST(a_layers_deadline_is_kept), SCENE_TEST(a_flood_starves_nobody),
		SCENE_TEST(accepting_goes_on_after_a_shortage),
		SCENE_TEST(our_own_limits_are_called_so), SCENE_TEST(silence_is_stated),
		SCENE_TEST(a_reset_is_told_from_a_fin), SCENE_TEST(a_fin_is_told_from_a_reset),
		SCENE_TEST(a_dialect_that_is_done_ends_the_link),
		SCENE_TEST(finishing_waits_for_the_peers_fin), SCENE_TEST(a_tunnel_starts_anew),
		SCENE_TEST(a_stopped_fiber_waits_no_more)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
