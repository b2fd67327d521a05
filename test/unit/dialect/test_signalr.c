/* SignalR: what a negotiation gives, and records of the hub protocol. */
#include "dialect.h"
#include "dialect/signalr/signalr.h"

#define TOKEN "05265228-1e2c-s3cr3t"

struct scene {
	struct bench bench;
	struct layer *signalr;
};

static void begin(struct scene *s, const struct dialect *below)
{
	struct layer *l;

	bench_init(&s->bench, SEAT_CLIENT);
	l = conn_push(&s->bench.conn, below);
	s->signalr = conn_push(&s->bench.conn, &dialect_signalr);
	bench_listen(&s->bench);
	if (below == &dialect_ws)
		ws_begin(l, false);
}

static void end(struct scene *s)
{
	for (size_t i = 0; i < s->bench.journal.n; i++)
		for (size_t k = 0; k < s->bench.journal.all[i]->n; k++) {
			const struct field *f = &s->bench.journal.all[i]->fields[k];

			if (f->key->type == VALUE_TEXT)
				assert_int_equal(span_find(f->s, SPAN("s3cr3t")), -1);
		}
	bench_deinit(&s->bench);
}

static void answer(struct scene *s, const char *body)
{
	struct buf b = {.max = 4096};

	signalr_negotiate(s->signalr,
		&(struct http_ask){.target = SPAN("/hub/negotiate"), .host = SPAN("h.example")});
	s->bench.conn.now += 2 * NS_MS;
	buf_addf(&b, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	conn_feed(&s->bench.conn, SERVER, buf_span(&b));
	buf_deinit(&b);
}

static void test_negotiation(void **state)
{
	const struct obs *o;
	struct scene s;

	(void)state;
	begin(&s, &dialect_http);
	answer(&s, "{\"negotiateVersion\":1,\"connectionId\":\"id\",\"connectionToken\":\"" TOKEN
		   "\",\"availableTransports\":[{\"transport\":\"WebSockets\",\"transferFormats\":["
		   "\"Text\"]},{\"transport\":\"LongPolling\"},{\"transport\":\"Pigeon\"}]}");
	assert_span(signalr_terms(s.signalr)->token, TOKEN);
	assert_true(signalr_terms(s.signalr)->ok && signalr_terms(s.signalr)->websockets);
	assert_true(signalr_terms(s.signalr)->polling && !signalr_terms(s.signalr)->events);
	o = bench_find(&s.bench, &signalr_negotiated);
	assert_field(o, k_transports, "WebSockets,LongPolling");
	assert_int_equal(obs_int(o, &k_took), 2 * NS_MS);
	assert_true(obs_has(o, &k_sid_tag));
	assert_non_null(strstr(buf_z(&s.bench.conn.out), "POST /hub/negotiate HTTP/1.1\r\n"));
	assert_non_null(strstr(buf_z(&s.bench.conn.out), "Content-Length: 0\r\n"));
	end(&s);
}

static void test_answers(void **state)
{
	static const struct {
		const char *body;
		const struct kind *kind;
		const struct key *key;
		const char *value;
	} rows[] = {{"{\"connectionId\":\"a\",\"availableTransports\":[]}", &signalr_negotiated,
			    &k_fault, ""},
		{"{\"error\":\"no \\\"version\\\"\"}", &signalr_refused, &k_message,
			"no \"version\""},
		{"{\"url\":\"https://a.example/client/?hub=x\",\"accessToken\":\"s3cr3t\"}",
			&signalr_redirect, &k_host, "a.example"},
		{"{\"Url\":\"/"
		 "signalr\",\"ConnectionToken\":\"s3cr3t\",\"ProtocolVersion\":\"1.5\"}",
			&signalr_fault, &k_fault, "aspnet"},
		{"<html>", &signalr_fault, &k_fault, "negotiate"},
		{"{\"a\":1}", &signalr_fault, &k_fault, "negotiate"},
		{"", &signalr_fault, &k_fault, "negotiate"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s;

		begin(&s, &dialect_http);
		answer(&s, rows[i].body);
		assert_int_equal(bench_count(&s.bench, rows[i].kind), 1);
		assert_span(
			obs_text(bench_find(&s.bench, rows[i].kind), rows[i].key), rows[i].value);
		assert_int_equal(signalr_terms(s.signalr)->ok, rows[i].kind == &signalr_negotiated);
		end(&s);
	}
}

static void hear(struct scene *s, const char *text)
{
	struct buf frame = {.max = 256};

	buf_addc(&frame, (char)0x81);
	buf_addc(&frame, (char)strlen(text));
	buf_addz(&frame, text);
	conn_feed(&s->bench.conn, SERVER, buf_span(&frame));
	buf_deinit(&frame);
}

static void test_hub(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, &dialect_ws);
	signalr_say_handshake(s.signalr);
	hear(&s, "{}\x1e{\"type\":6}\x1e");
	assert_int_equal(bench_count(&s.bench, &signalr_open), 1);
	hear(&s, "{\"type\":1,\"target\":\"t\",\"arguments\":[]}\x1e");
	hear(&s, "{\"type\":7,\"error\":\"bye\",\"allowReconnect\":true}\x1e");
	assert_field(bench_find(&s.bench, &signalr_close), k_message, "bye");
	assert_true(obs_int(bench_find(&s.bench, &signalr_close), &k_reconnect));
	assert_int_equal(bench_count(&s.bench, &signalr_fault), 0);
	assert_buf(&s.bench.units, "s2[{}]s1[{\"type\":6}]"
				   "s1[{\"type\":1,\"target\":\"t\",\"arguments\":[]}]"
				   "s4[{\"type\":7,\"error\":\"bye\",\"allowReconnect\":true}]");
	end(&s);
}

static void test_refusal(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, &dialect_ws);
	signalr_say_handshake(s.signalr);
	hear(&s, "{\"error\":\"The protocol 'json' is not supported.\"}\x1e");
	assert_field(bench_find(&s.bench, &signalr_refused), k_by, "handshake");
	assert_int_equal(bench_count(&s.bench, &signalr_open), 0);
	end(&s);
}

static void test_faults(void **state)
{
	static const char *const rows[][2] = {{"{}", "separator"},
		{"{\"protocol\":\"json\",\"version\":1}\x1e", "handshake"}, {"\x1e", "json"},
		{"[]\x1e", "json"}, {"{}\x1e{}\x1e", "type"}, {"{}\x1e{\"type\":12}\x1e", "type"},
		{"{}\x1e{\"type\":-1}\x1e", "type"}, {"{}\x1e{\"type\":0}\x1e", "type"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s;

		begin(&s, &dialect_ws);
		signalr_say_handshake(s.signalr);
		hear(&s, rows[i][0]);
		assert_field(bench_find(&s.bench, &signalr_fault), k_fault, rows[i][1]);
		end(&s);
	}
}

static void test_keep_alive(void **state)
{
	struct scene s;
	size_t before;

	(void)state;
	begin(&s, &dialect_ws);
	signalr_say_handshake(s.signalr);
	signalr_keep_alive(s.signalr, NS_S);
	before = s.bench.conn.out.n;
	assert_int_equal(conn_deadline(&s.bench.conn), NS_S);
	s.bench.conn.now = NS_S;
	conn_tick(&s.bench.conn);
	/* header, mask, and the end of the record */
	assert_int_equal(s.bench.conn.out.n - before, 2 + 4 + strlen("{\"type\":6}") + 1);
	assert_int_equal(conn_deadline(&s.bench.conn), 2 * NS_S);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_negotiation),
		cmocka_unit_test(test_answers), cmocka_unit_test(test_hub),
		cmocka_unit_test(test_refusal), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_keep_alive)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
