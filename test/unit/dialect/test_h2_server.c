/* HTTP/2 in the server seat against nghttp2 as a client, in memory, and against raw frames. */
#include "ws_pair.h"

#include <nghttp2/nghttp2.h>

#include "dialect/h2/server.h"

#define STREAMS 8
#define RING 256

/* Who answers a stream: an HTTP/1.1 server that gives a request's body back, and messages. */
struct answerer {
	struct h2_stream *stream; /* NULL: gone */
	struct end e;
	struct buf body;
	bool deaf; /* takes nothing for now */
	size_t heard, cut, fin;
};

struct far {
	struct journal journal;
	struct conn conn;
	struct layer *h2;
	struct answerer *all[RING]; /* the last ones */
	size_t n;
	bool full;    /* takes no more requests */
	size_t flood; /* answers each request with so many bytes */
	bool woken;
};

struct near {
	nghttp2_session *session;
	struct {
		struct buf fields, data, say;
		bool fin, closed;
		uint32_t error;
	} streams[2 * STREAMS]; /* by id */
	size_t goaways;
	bool extended;
};

static void answerer_free(struct answerer *a)
{
	end_deinit(&a->e);
	buf_deinit(&a->body);
	free(a);
}

static void say_on(struct answerer *a)
{
	struct buf *out = &a->e.conn.out;

	if (a->stream)
		buf_drop(out, h2_say(a->stream, buf_span(out)));
}

static void replied(struct layer *l, enum side from, int unit, struct span data)
{
	struct answerer *a = *(struct answerer **)l->state;
	const char *why;

	if (from != CLIENT)
		return;
	if (unit == WS_TEXT)
		ws_send(a->e.ws, WS_TEXT, data);
	else if (unit == WS_HTTP + HTTP_BODY)
		buf_add(&a->body, data);
	else if (unit == WS_HTTP + HTTP_END &&
		 !ws_accept(a->e.ws, &(struct ws_offer){.deflate = true}, &why))
		http_reply(a->e.http, 200,
			&(struct http_header){
				SPAN("X-Target"), http_head(a->e.http, CLIENT)->target},
			1, buf_span(&a->body));
}

static const struct dialect dialect_answer = {
	.name = "answer", .size = sizeof(struct answerer *), .feed = replied};

static void *begin(void *arg, struct h2_stream *s)
{
	struct far *f = arg;
	struct answerer *a = calloc(1, sizeof(*a));
	struct where w = {.flow = 1};

	if (f->n >= RING)
		answerer_free(f->all[f->n % RING]);
	f->all[f->n++ % RING] = a;
	a->stream = s;
	conn_init(&a->e.conn, &a->e.journal, &w, SEAT_SERVER, fixed_random);
	a->e.http = conn_push(&a->e.conn, &dialect_http);
	a->e.ws = conn_push(&a->e.conn, &dialect_ws);
	*(struct answerer **)conn_push(&a->e.conn, &dialect_answer)->state = a;
	buf_pad(&a->body, 'x', f->flood);
	return f->full ? NULL : a;
}

static bool hear(void *own, struct span bytes)
{
	struct answerer *a = own;

	if (a->deaf)
		return false;
	a->heard += bytes.n;
	conn_feed(&a->e.conn, CLIENT, bytes);
	say_on(a);
	return true;
}

static void cut(void *own, enum cut how)
{
	struct answerer *a = own;

	(void)how;
	a->stream = NULL;
	a->cut++;
}

static void fin(void *own)
{
	((struct answerer *)own)->fin++;
}

static void room(void *own)
{
	say_on(own);
}

static void wake(void *arg)
{
	((struct far *)arg)->woken = true;
}

static void far_begin(struct far *f)
{
	struct where w = {.flow = 1};

	*f = (struct far){0};
	conn_init(&f->conn, &f->journal, &w, SEAT_SERVER, fixed_random);
	f->h2 = conn_push(&f->conn, &dialect_h2_server);
	h2_serve(f->h2, &(struct h2_host){f, begin, hear, cut, fin, room, wake});
	h2_pump(f->h2);
}

static void far_end(struct far *f)
{
	conn_cut(&f->conn, CLIENT, CUT_FIN);
	assert_int_equal(h2_streams(f->h2), 0);
	conn_deinit(&f->conn);
	journal_deinit(&f->journal);
	for (size_t i = 0; i < f->n && i < RING; i++) {
		assert_true(f->full || !f->all[i]->stream);
		answerer_free(f->all[i]);
	}
}

/* --- the client --------------------------------------------------------------------------------
 */

static int on_field(nghttp2_session *session, const nghttp2_frame *f, const uint8_t *name,
	size_t n_name, const uint8_t *value, size_t n_value, uint8_t flags, void *arg)
{
	struct near *c = arg;

	(void)session, (void)flags;
	buf_addf(&c->streams[f->hd.stream_id].fields, "%.*s: %.*s\n", (int)n_name,
		(const char *)name, (int)n_value, (const char *)value);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
	size_t n, void *arg)
{
	(void)session, (void)flags;
	buf_add(&((struct near *)arg)->streams[id].data, (struct span){(const char *)data, n});
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *f, void *arg)
{
	struct near *c = arg;

	c->goaways += f->hd.type == NGHTTP2_GOAWAY;
	c->extended = nghttp2_session_get_remote_settings(
			      session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct near *c = arg;

	(void)session;
	c->streams[id].closed = true;
	c->streams[id].error = error;
	return 0;
}

static ssize_t give(nghttp2_session *session, int32_t id, uint8_t *to, size_t max, uint32_t *flags,
	nghttp2_data_source *source, void *arg)
{
	struct near *c = arg;
	struct buf *say = &c->streams[id].say;
	size_t n = say->n < max ? say->n : max;

	(void)session, (void)source;
	if (n)
		memcpy(to, say->p, n);
	buf_drop(say, n);
	if (!say->n && c->streams[id].fin)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return n || c->streams[id].fin ? (ssize_t)n : NGHTTP2_ERR_DEFERRED;
}

static void near_begin(struct near *c, uint32_t window)
{
	nghttp2_session_callbacks *calls;
	const nghttp2_settings_entry ours[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};

	*c = (struct near){0};
	assert_int_equal(nghttp2_session_callbacks_new(&calls), 0);
	nghttp2_session_callbacks_set_on_header_callback(calls, on_field);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
	assert_int_equal(nghttp2_session_client_new(&c->session, calls, c), 0);
	nghttp2_session_callbacks_del(calls);
	nghttp2_submit_settings(c->session, 0, ours, 1);
}

static void near_end(struct near *c)
{
	nghttp2_session_del(c->session);
	for (size_t i = 0; i < 2 * STREAMS; i++) {
		buf_deinit(&c->streams[i].fields);
		buf_deinit(&c->streams[i].data);
		buf_deinit(&c->streams[i].say);
	}
}

/* Bytes both ways until both are quiet; to the server in pieces of so many. */
static void exchange(struct near *c, struct far *f, size_t piece)
{
	const uint8_t *bytes;
	ssize_t n = 1;
	bool said = true;

	while (n > 0 || said || f->woken) {
		n = nghttp2_session_mem_send(c->session, &bytes);
		for (ssize_t at = 0; at < n; at += (ssize_t)piece)
			conn_feed(&f->conn, CLIENT,
				span_head((struct span){(const char *)bytes + at, (size_t)(n - at)},
					piece));
		f->woken = false;
		h2_pump(f->h2);
		said = f->conn.out.n > 0;
		if (said)
			assert_int_equal(nghttp2_session_mem_recv(c->session,
						 (const uint8_t *)f->conn.out.p, f->conn.out.n),
				f->conn.out.n);
		buf_clear(&f->conn.out);
	}
}

/* "name=value" words; ends with NULL. The stream's id. */
static int32_t request(struct near *c, const char *const *words, bool body)
{
	const nghttp2_data_provider data = {.read_callback = give};
	nghttp2_nv fields[16];
	size_t n = 0;

	for (; words[n]; n++) {
		const char *equals = strchr(words[n] + 1, '=');

		fields[n] = (nghttp2_nv){(uint8_t *)(uintptr_t)words[n],
			(uint8_t *)(uintptr_t)equals + 1, (size_t)(equals - words[n]),
			strlen(equals + 1), 0};
	}
	return nghttp2_submit_request(c->session, NULL, fields, n, body ? &data : NULL, NULL);
}

#define REQUEST(c, body, ...) request((c), (const char *const[]){__VA_ARGS__, NULL}, (body))
#define PLAIN(method, path) ":method=" method, ":path=" path, ":scheme=http", ":authority=h.example"
#define EXTENDED                                                                                   \
	":method=CONNECT", ":protocol=websocket", ":path=/chat", ":scheme=http",                   \
		":authority=h.example", "sec-websocket-version=13"

static void test_requests(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 100000; piece = piece * 7 + 3) {
		struct near c;
		struct far f;
		int32_t get, post, counted, head;

		far_begin(&f);
		near_begin(&c, 65535);
		get = REQUEST(&c, false, PLAIN("GET", "/a?b=c"), "cookie=a=b", "cookie=c=d");
		post = REQUEST(&c, true, PLAIN("POST", "/post"));
		counted = REQUEST(&c, true, PLAIN("POST", "/counted"), "content-length=3");
		head = REQUEST(&c, false, PLAIN("HEAD", "/head"));
		buf_pad(&c.streams[post].say, 'y', 200000);
		buf_addz(&c.streams[counted].say, "abc");
		c.streams[post].fin = c.streams[counted].fin = true;
		exchange(&c, &f, piece);
		assert_buf(&c.streams[get].fields,
			":status: 200\nx-target: /a?b=c\ncontent-length: 0\n");
		assert_span(
			http_find(http_head(f.all[0]->e.http, CLIENT), SPAN("Cookie")), "a=b; c=d");
		assert_span(
			http_find(http_head(f.all[0]->e.http, CLIENT), SPAN("Host")), "h.example");
		assert_int_equal(c.streams[post].data.n, 200000);
		assert_int_equal(c.streams[counted].data.n, 3);
		assert_int_equal(c.streams[head].data.n, 0);
		assert_buf(&c.streams[head].fields,
			":status: 200\nx-target: /head\ncontent-length: 0\n");
		for (int32_t id = get; id <= head; id += 2)
			assert_true(c.streams[id].closed && !c.streams[id].error);
		near_end(&c);
		far_end(&f);
	}
}

static void test_websockets(void **state)
{
	static const char hello[] = "\x81\x85\0\0\0\0Hello";
	struct near c;
	struct far f;
	int32_t ids[3];

	(void)state;
	far_begin(&f);
	near_begin(&c, 65535);
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_true(c.extended);
	for (int i = 0; i < 3; i++) {
		ids[i] = REQUEST(&c, true, EXTENDED, "sec-websocket-extensions=permessage-deflate");
		buf_add(&c.streams[ids[i]].say, (struct span){hello, sizeof(hello) - 1});
	}
	exchange(&c, &f, SIZE_MAX >> 1);
	for (int i = 0; i < 3; i++) {
		assert_buf(&c.streams[ids[i]].fields,
			":status: 200\nsec-websocket-extensions: permessage-deflate\n");
		assert_int_equal((uint8_t)c.streams[ids[i]].data.p[0], 0xc1);
		assert_false(c.streams[ids[i]].closed);
	}
	/* one ends: the others go on */
	c.streams[ids[1]].fin = true;
	nghttp2_session_resume_data(c.session, ids[1]);
	nghttp2_submit_rst_stream(c.session, 0, ids[2], NGHTTP2_CANCEL);
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_int_equal(f.all[1]->fin, 1);
	assert_int_equal(f.all[2]->cut, 1);
	h2_fin(f.all[1]->stream);
	h2_leave(f.all[1]->stream);
	f.all[1]->stream = NULL;
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_true(c.streams[ids[1]].closed && !c.streams[ids[1]].error);
	assert_int_equal(h2_streams(f.h2), 1);
	buf_clear(&c.streams[ids[0]].data);
	buf_add(&c.streams[ids[0]].say, (struct span){hello, sizeof(hello) - 1});
	nghttp2_session_resume_data(c.session, ids[0]);
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_true(c.streams[ids[0]].data.n > 2);
	/* who answers leaves without a word: a reset */
	h2_leave(f.all[0]->stream);
	f.all[0]->stream = NULL;
	h2_goaway(f.h2);
	h2_goaway(f.h2);
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_int_equal(c.streams[ids[0]].error, NGHTTP2_CANCEL);
	assert_int_equal(c.goaways, 1);
	near_end(&c);
	far_end(&f);
}

static void test_refused(void **state)
{
	static const struct {
		const char *words[8];
		const char *status;
	} rows[] = {
		{{":method=CONNECT", ":protocol=bytestream", ":path=/", ":scheme=http",
			 ":authority=a"},
			":status: 501\n"},
		{{":method=CONNECT", ":authority=a:1"}, ":status: 501\n"},
		/* nghttp2 itself resets these */
		{{":method=GET", ":path=/", ":scheme=http"}, ""},
		{{":method=GET", ":path=/", ":scheme=http", ":authority=a b"}, ""},
		{{":method=GET", ":path=/a b", ":scheme=http", ":authority=a"}, ""},
	};
	char *big = calloc(1, 40000);
	struct near c;
	struct far f;
	int32_t id;

	(void)state;
	far_begin(&f);
	near_begin(&c, 65535);
	exchange(&c, &f, SIZE_MAX >> 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		id = request(&c, rows[i].words, false);
		exchange(&c, &f, SIZE_MAX >> 1);
		assert_buf(&c.streams[id].fields, rows[i].status);
	}
	memset(big, 'x', 39999);
	big[1] = '=';
	id = REQUEST(&c, false, PLAIN("GET", "/"), big, big);
	exchange(&c, &f, SIZE_MAX >> 1);
	free(big);
	/* nghttp2 itself ends what is far too long */
	assert_true(c.goaways || c.streams[id].closed);
	assert_int_equal(f.n, 0);
	near_end(&c);
	far_end(&f);
	far_begin(&f);
	near_begin(&c, 65535);
	f.full = true;
	id = REQUEST(&c, false, PLAIN("GET", "/"));
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_int_equal(c.streams[id].error, NGHTTP2_REFUSED_STREAM);
	near_end(&c);
	far_end(&f);
}

/* Who is not read holds a window, who does not read holds a window: the rest waits where it is. */
static void test_windows(void **state)
{
	struct near c;
	struct far f;
	int32_t slow, quick;

	(void)state;
	far_begin(&f);
	near_begin(&c, 0);
	f.flood = 1 << 20;
	slow = REQUEST(&c, false, PLAIN("GET", "/"));
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_int_equal(c.streams[slow].data.n, 0);
	/* all but what waits for the stream is still where it was made */
	assert_true(f.all[0]->e.conn.out.n > (1 << 20) - (70 << 10));
	nghttp2_session_set_local_window_size(c.session, 0, slow, 1 << 21);
	nghttp2_session_set_local_window_size(c.session, 0, 0, 1 << 21);
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_int_equal(c.streams[slow].data.n, 1 << 20);
	assert_true(c.streams[slow].closed);
	f.flood = 0;
	nghttp2_session_set_local_window_size(c.session, 0, 0, 1 << 22);
	slow = REQUEST(&c, true, PLAIN("POST", "/slow"));
	exchange(&c, &f, SIZE_MAX >> 1);
	f.all[1]->deaf = true;
	buf_pad(&c.streams[slow].say, 'z', 1 << 20);
	c.streams[slow].fin = true;
	nghttp2_session_resume_data(c.session, slow);
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_true(c.streams[slow].say.n >= (1 << 20) - (66 << 10));
	/* another stream is not held up */
	quick = REQUEST(&c, true, PLAIN("POST", "/quick"));
	nghttp2_session_set_local_window_size(c.session, 0, quick, 1 << 21);
	buf_pad(&c.streams[quick].say, 'z', 1 << 20);
	c.streams[quick].fin = true;
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_int_equal(f.all[2]->body.n, 1 << 20);
	f.all[1]->deaf = false;
	h2_more(f.all[1]->stream);
	exchange(&c, &f, SIZE_MAX >> 1);
	assert_int_equal(f.all[1]->body.n, 1 << 20);
	near_end(&c);
	far_end(&f);
}

/* --- hostile -----------------------------------------------------------------------------------
 */

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS "\0\0\0\4\0\0\0\0\0"

static void put_frame(
	struct buf *b, unsigned type, unsigned flags, uint32_t id, struct span payload)
{
	const char head[9] = {(char)(payload.n >> 16), (char)(payload.n >> 8), (char)payload.n,
		(char)type, (char)flags, (char)(id >> 24), (char)(id >> 16), (char)(id >> 8),
		(char)id};

	buf_add(b, (struct span){head, 9});
	buf_add(b, payload);
}

/* GET / of h.example, from the static table and a literal. */
#define GET_ROOT SPAN("\x82\x84\x86\x41\x09h.example")

static void floods(const char *what, void (*one)(struct buf *b, unsigned i), unsigned most)
{
	struct far f;
	unsigned i = 0;

	far_begin(&f);
	conn_feed(&f.conn, CLIENT, SPAN(PREFACE SETTINGS));
	for (; i < most && !f.conn.done; i++) {
		struct buf b = {0};

		one(&b, i);
		conn_feed(&f.conn, CLIENT, buf_span(&b));
		buf_deinit(&b);
		assert_true(f.conn.out.n < (4 << 20) && h2_streams(f.h2) <= H2_STREAMS_MAX);
	}
	if (!f.conn.done)
		fail_msg("%s: goes on after %u", what, i);
	far_end(&f);
}

static void rapid_reset(struct buf *b, unsigned i)
{
	put_frame(b, 1, 5, 2 * i + 1, GET_ROOT);
	put_frame(b, 3, 0, 2 * i + 1, SPAN("\0\0\0\x08"));
}

static void pings(struct buf *b, unsigned i)
{
	(void)i;
	put_frame(b, 6, 0, 0, SPAN("ABCDEFGH"));
}

static void settings(struct buf *b, unsigned i)
{
	(void)i;
	put_frame(b, 4, 0, 0, SPAN("\0\4\0\0\xff\xff"));
}

static void empty_data(struct buf *b, unsigned i)
{
	if (!i)
		put_frame(b, 1, 4, 1, SPAN("\x83\x84\x86\x41\x09h.example"));
	put_frame(b, 0, 0, 1, (struct span){0});
}

static void continuations(struct buf *b, unsigned i)
{
	char filler[1024];

	memset(filler, 'x', sizeof(filler));
	memcpy(filler, "\0\1x\x7f\xf8\x06", 6); /* x: 1015 bytes */
	if (i)
		put_frame(b, 9, 0, 1, (struct span){filler, 4 + 2 + 1015});
	else
		put_frame(b, 1, 0, 1, GET_ROOT);
}

static void settings_window(struct buf *b, unsigned i)
{
	(void)i;
	put_frame(b, 8, 0, 0, SPAN("\x7f\xff\xff\xff"));
}

static void test_hostile(void **state)
{
	static const struct span junk[] = {{"GET / HTTP/1.1\r\n\r\n", 18},
		{PREFACE "xxxxxxxxxxxx", 36},
		{PREFACE SETTINGS "\xff\xff\xff\0\0\0\0\0\1", 24 + 9 + 9},
		{PREFACE SETTINGS "\0\0\1\1\5\0\0\0\1\xff\xff", 24 + 9 + 11}};
	struct far f;

	(void)state;
	floods("rapid reset", rapid_reset, 2000);
	floods("ping", pings, 3000);
	floods("settings", settings, 3000);
	floods("empty data", empty_data, 3000);
	floods("continuation", continuations, 1000);
	floods("window", settings_window, 3);
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++) {
		far_begin(&f);
		conn_feed(&f.conn, CLIENT, junk[i]);
		assert_int_equal(f.n, 0);
		far_end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_websockets),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
