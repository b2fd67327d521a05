/* The far end as a program, and our own client against every fault of it: each shows what its row
 * says. */
#include "far_end.h"

#include "dialect/ws/ws.h"
#include "fact/all.h"
#include "io/link.h"
#include "serve/call.h"

#define STEP (5 * NS_S)

/* What a client sees of a fault when it asks for an upgrade. */
struct seen {
	const char *id; /* and its parameters, as a query */
	const struct kind *kind;
	const struct key *key;
	const char *text; /* of a text key; NULL: `number` */
	int64_t number;
};

#define STATUS(id, status)                                                                         \
	{                                                                                          \
		id, &http_answer, &k_status, NULL, status                                          \
	}
#define SAYS(id, saying)                                                                           \
	{                                                                                          \
		id, &http_answer, &k_saying, saying, 0                                             \
	}
#define OPEN(id, key, text)                                                                        \
	{                                                                                          \
		id, &ws_open, &key, text, 0                                                        \
	}
#define FAULTY(id, name)                                                                           \
	{                                                                                          \
		id, &ws_fault, &k_fault, name, 0                                                   \
	}
#define CLOSES(id, code)                                                                           \
	{                                                                                          \
		id, &ws_close, &k_code, NULL, code                                                 \
	}
#define ENDS(id, how)                                                                              \
	{                                                                                          \
		id, &conn_end, &k_how, how, 0                                                      \
	}
#define SILENT(id)                                                                                 \
	{                                                                                          \
		id, &conn_silent, NULL, NULL, 0                                                    \
	}
#define HTTP_FAULT(id, name)                                                                       \
	{                                                                                          \
		id, &http_fault, &k_fault, name, 0                                                 \
	}

static const struct seen rows[] = {
	OPEN("upg-accept-mismatch", k_accept, "wrong"),
	OPEN("upg-101-missing-connection", k_connection_token, "missing"),
	OPEN("upg-subprotocol-unsolicited", k_subprotocol_state, "unsolicited"),
	OPEN("upg-subprotocol-not-echoed", k_subprotocol_state, "missing"),
	STATUS("upg-subprotocol-required", 400),
	OPEN("upg-subprotocol-required?to=chat", k_subprotocol_state, "chosen"),
	OPEN("ext-empty-extensions-header", k_extensions_state, "empty"),
	SAYS("ext-invalid-params", "bad-extensions"),
	STATUS("http-redirect-on-upgrade", 301),
	STATUS("http-redirect-on-upgrade?code=307", 307),
	SAYS("http-header-too-large?limit=10", "header-too-large"),
	OPEN("http-header-too-large", k_accept, "ok"),
	SAYS("http-url-too-long?limit=10", "url-too-long"),
	STATUS("http-auth-proxy-401", 401),
	STATUS("http-app-cold-start", 503),
	OPEN("http-app-cold-start", k_accept, "ok"),
	SAYS("auth-handshake-401", "unauthorized"),
	CLOSES("auth-close-after-accept", 4401),
	CLOSES("auth-close-after-accept?code=1008", 1008),
	SAYS("origin-rejected-403", "origin-rejected"),
	OPEN("origin-rejected-403?to=http://page.example", k_accept, "ok"),
	SAYS("proxy-upstream-silent-504?after=50ms", "gateway-timeout"),
	ENDS("proxy-upstream-reset-established?after=50ms", "rst"),
	SILENT("proxy-waf-dead-tunnel-after-101"),
	STATUS("http-proxy-path-stripped?after=50ms", 502),
	ENDS("sio-path-mismatch?after=50ms", "fin"),
	SILENT("tcp-accept-no-answer"),
	ENDS("tcp-bound-loopback-in-container", "rst"),
	FAULTY("frame-server-masked", "server-masked"),
	CLOSES("frame-client-unmasked", 1002),
	FAULTY("frame-rsv1-without-extension", "rsv1"),
	FAULTY("frame-rsv-desync", "rsv"),
	FAULTY("frame-http-text-in-stream", "http-text"),
	FAULTY("ws-two-servers-one-http", "http-text"),
	FAULTY("frame-invalid-utf8", "utf8"),
	CLOSES("frame-message-too-big?limit=4", 1009),
	ENDS("idle-nginx-read-timeout?after=100ms", "fin"),
	ENDS("conn-max-age-platform?age=100ms", "fin"),
	OPEN("hostile-trickle?after=1ms", k_accept, "missing"),
	HTTP_FAULT("hostile-huge-headers", "head-too-big"),
	STATUS("hostile-endless-redirect", 302),
	STATUS("hostile-endless-body", 200),
	STATUS("hostile-control-bytes", 403),
	FAULTY("hostile-deflate-bomb?limit=64m", "too-big"),
	{"hostile-ping-flood?limit=1000", &ws_frame, &k_opcode, "ping", 0},
	SAYS("upg-headers-stripped", "no-upgrade"),
	SAYS("upg-bad-version", "bad-version"),
	SAYS("upg-invalid-key", "bad-key"),
	SAYS("upg-http10-upstream", "http-1.0"),
	SAYS("ws-path-mismatch", "path-unknown"),
	SAYS("http-spa-fallback-200", "spa-page"),
	SAYS("http-ingress-no-route", "no-route"),
	SAYS("http-rate-limited", "rate-limited"),
	SAYS("http-bot-or-waf-403", "challenge"),
	STATUS("proxy-upstream-refused-502", 502),
	SAYS("proxy-no-healthy-backend-503", "no-backend"),
	STATUS("proxy-nginx-limit-conn", 503),
	STATUS("proxy-envoy-upgrade-not-enabled", 403),
	SAYS("auth-asgi-close-before-accept-403", "forbidden"),
	SAYS("uvicorn-no-ws-library", "no-websocket"),
	ENDS("lavalink-not-ready?after=1h", "rst"),
	STATUS("lavalink-not-ready?after=1ms", 401),
	STATUS("lavalink-bad-password", 401),
	STATUS("lavalink-authorization-lost", 401),
	STATUS("lavalink-proxy-upgrade-missing", 401),
	STATUS("lavalink-v4-client-on-v3", 401),
	STATUS("lavalink-v3-client-on-v4", 401),
	STATUS("lavalink-resume-lost", 401),
	STATUS("lavalink-cpu-starved", 401),
	STATUS("lavalink-4xxx-is-discord-voice", 401),
	STATUS("lavalink-dave-4017", 401),
	STATUS("lavalink-channelid-missing", 401),
};

struct trial {
	const struct seen *want;
	struct journal journal;
	struct loop *loop;
	const struct obs *seen;
};

static struct layer *ask(struct trial *t, struct link *k, struct buf *target)
{
	struct layer *ws;

	conn_push(link_conn(k), &dialect_http);
	ws = conn_push(link_conn(k), &dialect_ws);
	ws_connect(ws, &(struct ws_ask){.target = buf_span(target),
			       .host = SPAN("far.example"),
			       .origin = SPAN("http://page.example"),
			       .subprotocols = SPAN("chat"),
			       .deflate = WS_DEFLATE_AS_BROWSERS});
	if (t->want->kind != &ws_open && t->want->kind != &http_answer &&
		t->want->kind != &http_fault &&
		link_await(k, loop_clock(t->loop) + NS_S, &ws_open, &http_answer))
		ws_send(ws, WS_TEXT, SPAN("hello"));
	return ws;
}

static bool fits(const struct seen *want, const struct obs *o)
{
	if (o->kind != want->kind)
		return false;
	if (!want->key)
		return true;
	return want->text ? obs_is(o, want->key, want->text)
			  : obs_int(o, want->key) == want->number;
}

/* Of a connection that stays silent nothing may have come but, perhaps, the 101. */
static bool is_mute(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &http_answer || obs_is(j->all[i], &k_from, "server"))
			return false;
	return true;
}

static const struct obs *look(const struct trial *t)
{
	for (size_t i = 0; i < t->journal.n; i++)
		if (fits(t->want, t->journal.all[i]))
			return t->journal.all[i];
	return NULL;
}

static bool is_seen(void *arg)
{
	return look(arg) != NULL;
}

static void attempt(void *arg)
{
	struct trial *t = arg;
	struct spot spot = {.loop = t->loop, .journal = &t->journal, .where.flow = 1};
	struct address to;
	struct dialled d;
	struct buf target = {.max = 1024};
	struct link *k;
	bool silent = t->want->kind == &conn_silent;

	buf_addf(&target, "/fault/%s", t->want->id);
	address_parse(&to, SPAN("127.0.0.1"), port);
	if (dial(&d, &spot, &to, loop_clock(t->loop) + STEP)) {
		k = link_new(&spot, &d, SEAT_CLIENT);
		ask(t, k, &target);
		link_until(k, loop_clock(t->loop) + (silent ? 300 * NS_MS : STEP), is_seen, t);
		if (silent && link_open(k))
			link_silent(k);
		link_close(k);
	}
	buf_deinit(&target);
}

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct trial t = {.want = &rows[i], .loop = loop_new()};

		assert_int_equal(fiber_run(t.loop, attempt, &t, 2 * STEP), LOOP_STOPPED);
		if (!look(&t) || (rows[i].kind == &conn_silent && !is_mute(&t.journal))) {
			struct buf all = {0};

			for (size_t o = 0; o < t.journal.n && o < 20; o++) {
				buf_addf(&all, "%s: ", t.journal.all[o]->kind->name);
				obs_say(&all, t.journal.all[o]);
				buf_addc(&all, '\n');
			}
			fail_msg("%s:\n%s", rows[i].id, buf_z(&all));
		}
		journal_deinit(&t.journal);
		loop_free(t.loop);
	}
}

/* Every fault that test_serve_check does not ask for is tried above. */
static void test_none_left_out(void **state)
{
	(void)state;
	for (const struct fault *f = fault_all; f->id; f++) {
		bool tried = !span_starts(span_of(f->id), SPAN("hostile-")) &&
			     !span_starts(span_of(f->id), SPAN("lavalink-"));

		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			struct span id = span_of(rows[i].id), rest = id;

			span_cut(&rest, '?', &id);
			tried |= span_eq(id, span_of(f->id));
		}
		if (!tried)
			fail_msg("%s is not tried", f->id);
	}
}

static void assert_refused(const char *word, const char *why)
{
	struct opt_list list = {.v = {span_of(word), SPAN("none")}, .n = 2};
	struct buf said = {0};

	assert_false(serve_faults_valid(&list, &said));
	assert_buf(&said, why);
	buf_deinit(&said);
}

static void test_params(void **state)
{
	struct fault_params p = {0};
	struct opt_list list = {
		.v = {SPAN("none"), SPAN("idle-nginx-read-timeout,after=2s,limit=64k"),
			SPAN("tls-cert-expired,at=127.0.0.1:0")},
		.n = 3};
	struct buf why = {0};

	(void)state;
	assert_true(serve_faults_valid(&list, &why));
	assert_refused("idle-nginx-read-timeout,after=soon",
		"after=soon: after= is how long it takes, or how long silence may last: a duration "
		"such as 500ms or 2s, up to 24h");
	assert_refused(
		"no-such-fault", "no-such-fault: no such fault; --faults shows them at /fault/");
	assert_refused("tls-cert-expird",
		"tls-cert-expird: no such fault; did you mean tls-cert-expired?");
	assert_refused("upg-cut,weather=fine",
		"weather=fine: a parameter is one of after= age= limit= code= rate= to= at=");
	assert_refused("tls-cert-expired", "tls-cert-expired: all of a listener shows it, so it "
					   "cannot take turns; give it one "
					   "of its own: --fault tls-cert-expired,at=ADDRESS:PORT");
	assert_true(fault_param(&p, SPAN("after=250ms"), NULL));
	assert_true(p.after == 250 * NS_MS);
	assert_false(fault_param(&p, SPAN("after"), NULL));
	assert_false(fault_param(&p, SPAN("after=25h"), NULL));
	assert_false(fault_param(&p, SPAN("code=70000"), NULL));
	assert_false(fault_param(&p, SPAN("rate=101"), NULL));
	assert_false(fault_param(&p, SPAN("to="), NULL));
	buf_deinit(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_none_left_out),
		cmocka_unit_test_setup_teardown(test_faults, start_far, stop_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
