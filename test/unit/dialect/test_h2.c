/* The client against nghttp2 as a server, in memory. */
#include "ws_pair.h"

#include <nghttp2/nghttp2.h>

#include "dialect/h2/h2.h"

/* What the far end does with a CONNECT. */
enum policy { ACCEPT, REFUSE_404, RESET, GO_AWAY, IGNORE };

struct far {
	nghttp2_session *session;
	enum policy policy;
	struct end ws; /* its WebSocket end, fed with DATA */
	int32_t stream;
	struct buf fields; /* "name: value\n" of the request */
	bool ended;
};

static ssize_t far_give(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct far *f = arg;
	size_t n = f->ws.conn.out.n < room ? f->ws.conn.out.n : room;

	(void)session, (void)stream, (void)source;
	if (!n && !f->ended)
		return NGHTTP2_ERR_DEFERRED;
	if (!n)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	else
		memcpy(to, f->ws.conn.out.p, n);
	buf_drop(&f->ws.conn.out, n);
	return (ssize_t)n;
}

static void far_reply(struct far *f, const char *status)
{
	const nghttp2_nv fields[] = {{(uint8_t *)":status", (uint8_t *)status, 7, 3, 0}};
	const nghttp2_data_provider data = {.read_callback = far_give};

	nghttp2_submit_response(
		f->session, f->stream, fields, 1, f->policy == ACCEPT ? &data : NULL);
}

static int far_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct far *f = arg;

	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	f->stream = frame->hd.stream_id;
	if (f->policy == ACCEPT)
		far_reply(f, "200");
	if (f->policy == REFUSE_404)
		far_reply(f, "404");
	if (f->policy == RESET)
		nghttp2_submit_rst_stream(session, 0, f->stream, NGHTTP2_REFUSED_STREAM);
	if (f->policy == GO_AWAY)
		nghttp2_submit_goaway(session, 0, 0, NGHTTP2_ENHANCE_YOUR_CALM, NULL, 0);
	return 0;
}

static int far_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t n_name, const uint8_t *value, size_t n_value, uint8_t flags, void *arg)
{
	struct far *f = arg;

	(void)session, (void)frame, (void)flags;
	buf_addf(&f->fields, "%.*s: %.*s\n", (int)n_name, name, (int)n_value, value);
	return 0;
}

static int far_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
	size_t n, void *arg)
{
	struct far *f = arg;

	(void)session, (void)flags, (void)stream;
	conn_feed(&f->ws.conn, CLIENT, (struct span){(const char *)data, n});
	return 0;
}

static void far_init(struct far *f, enum policy policy, bool offered)
{
	nghttp2_session_callbacks *calls;
	const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1}};

	*f = (struct far){.policy = policy};
	end_init(&f->ws, SEAT_SERVER, false);
	ws_begin(f->ws.ws, false);
	nghttp2_session_callbacks_new(&calls);
	nghttp2_session_callbacks_set_on_frame_recv_callback(calls, far_frame);
	nghttp2_session_callbacks_set_on_header_callback(calls, far_field);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, far_data);
	assert_int_equal(nghttp2_session_server_new(&f->session, calls, f), 0);
	nghttp2_session_callbacks_del(calls);
	nghttp2_submit_settings(f->session, 0, settings, offered ? 1 : 0);
}

static void far_deinit(struct far *f)
{
	nghttp2_session_del(f->session);
	buf_deinit(&f->fields);
	end_deinit(&f->ws);
}

/* Carries bytes until both are quiet. */
static void run(struct end *c, struct far *f, size_t piece)
{
	const uint8_t *bytes;
	ssize_t n;

	do {
		struct buf out = c->conn.out;

		c->conn.out = (struct buf){.max = CONN_OUT_MAX};
		if (out.n)
			nghttp2_session_mem_recv(f->session, (const uint8_t *)out.p, out.n);
		buf_deinit(&out);
		if (f->stream && f->policy == ACCEPT)
			nghttp2_session_resume_data(f->session, f->stream);
		while ((n = nghttp2_session_mem_send(f->session, &bytes)) > 0)
			for (ssize_t at = 0; at < n; at += (ssize_t)piece)
				conn_feed(&c->conn, SERVER,
					span_head((struct span){(const char *)bytes + at,
							  (size_t)(n - at)},
						piece));
	} while (c->conn.out.n);
}

static void client_init(struct end *c)
{
	const struct http_header headers[] = {
		{SPAN("X-Tenant"), SPAN("blue")}, {SPAN("Host"), SPAN("other")}};
	struct ws_ask ask = {.target = SPAN("/chat"),
		.host = SPAN("example.com"),
		.origin = SPAN("https://example.com"),
		.subprotocols = SPAN("mqtt"),
		.headers = headers,
		.n = 2};
	struct where w = {.flow = 1};

	*c = (struct end){0};
	conn_init(&c->conn, &c->journal, &w, SEAT_CLIENT, fixed_random);
	c->http = conn_push(&c->conn, &dialect_h2);
	c->ws = conn_push(&c->conn, &dialect_ws);
	c->heard = conn_push(&c->conn, &dialect_ear)->state;
	h2_ask(c->http, &ask, true);
}

static void test_open(void **state)
{
	struct end c;
	struct far f;
	static char big[200000];

	(void)state;
	for (size_t piece = 1; piece < 100000; piece *= 300) {
		client_init(&c);
		far_init(&f, ACCEPT, true);
		run(&c, &f, piece);
		assert_buf(&f.fields,
			":method: CONNECT\n:protocol: websocket\n:scheme: https\n:path: /chat\n"
			":authority: example.com\norigin: https://example.com\n"
			"sec-websocket-version: 13\nsec-websocket-protocol: mqtt\nx-tenant: "
			"blue\n");
		assert_true(obs_int(end_obs(&c, &h2_settings, 0), &k_extended_connect));
		assert_int_equal(obs_int(end_obs(&c, &h2_connect, 0), &k_status), 200);
		assert_true(ws_is_open(c.ws));
		ws_send(c.ws, WS_TEXT, SPAN("hello"));
		ws_send(f.ws.ws, WS_TEXT, SPAN("world"));
		run(&c, &f, piece);
		assert_buf(&f.ws.heard->data[0], "hello");
		assert_buf(&c.heard->data[0], "world");
		/* more than a flow-control window, both ways */
		ws_send(c.ws, WS_BINARY, (struct span){big, sizeof(big)});
		ws_send(f.ws.ws, WS_BINARY, (struct span){big, sizeof(big)});
		run(&c, &f, piece);
		assert_int_equal(f.ws.heard->n, 2);
		assert_int_equal(c.heard->n, 2);
		assert_int_equal(c.heard->data[1].n, sizeof(big));
		ws_send_close(c.ws, 1000, (struct span){0});
		run(&c, &f, piece);
		assert_int_equal(end_count(&c, &ws_close), 2);
		f.ended = true;
		run(&c, &f, piece);
		assert_true(c.conn.done);
		assert_int_equal(end_count(&c, &h2_connect), 1);
		assert_null(end_obs(&c, &ws_fault, 0));
		end_deinit(&c);
		far_deinit(&f);
	}
}

static void refused(enum policy policy, unsigned status, const char *error)
{
	struct end c;
	struct far f;

	client_init(&c);
	far_init(&f, policy, true);
	run(&c, &f, SIZE_MAX >> 1);
	if (policy == IGNORE) {
		assert_null(end_obs(&c, &h2_connect, 0));
		h2_silent(c.http);
		conn_cut(&c.conn, SERVER, CUT_FIN);
	}
	assert_int_equal(end_count(&c, &h2_connect), 1);
	assert_int_equal(obs_int(end_obs(&c, &h2_connect, 0), &k_status), status);
	assert_span(obs_text(end_obs(&c, &h2_connect, 0), &k_error), error);
	assert_false(ws_is_open(c.ws));
	end_deinit(&c);
	far_deinit(&f);
}

static void test_refused(void **state)
{
	(void)state;
	refused(REFUSE_404, 404, "");
	refused(RESET, 0, "REFUSED_STREAM");
	refused(GO_AWAY, 0, "ENHANCE_YOUR_CALM");
	refused(IGNORE, 0, "silent");
}

static void test_not_offered(void **state)
{
	struct end c;
	struct far f;

	(void)state;
	client_init(&c);
	far_init(&f, ACCEPT, false);
	run(&c, &f, SIZE_MAX >> 1);
	assert_false(obs_int(end_obs(&c, &h2_settings, 0), &k_extended_connect));
	assert_null(end_obs(&c, &h2_connect, 0));
	assert_int_equal(f.fields.n, 0);
	end_deinit(&c);
	far_deinit(&f);
}

static void test_cut(void **state)
{
	struct end c;
	struct far f;

	(void)state;
	client_init(&c);
	far_init(&f, IGNORE, true);
	run(&c, &f, SIZE_MAX >> 1);
	conn_cut(&c.conn, SERVER, CUT_RST);
	assert_span(obs_text(end_obs(&c, &h2_connect, 0), &k_error), "cut");
	end_deinit(&c);
	far_deinit(&f);
}

static void test_not_h2(void **state)
{
	struct end c;

	(void)state;
	client_init(&c);
	conn_feed(&c.conn, SERVER, SPAN("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
	assert_true(c.conn.done);
	assert_null(end_obs(&c, &h2_settings, 0));
	conn_feed(&c.conn, SERVER, SPAN("more"));
	end_deinit(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_offered),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_not_h2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
