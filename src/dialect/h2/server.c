#include "dialect/h2/server.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#include "dialect/h2/stream.h"

#define SEND_MAX ((size_t)1 << 20) /* waits on the connection before no more is made */
#define RETRY (5 * NS_MS)
/* Frames that cost the sender nothing. */
#define IDLE_BURST 1000
#define IDLE_EACH (20 * NS_MS)

static struct h2_server *server_of(const struct layer *l)
{
	return l->state;
}

static struct h2_stream *stream_of(struct h2_server *h, int32_t id)
{
	return id > 0 ? nghttp2_session_get_stream_user_data(h->session, id) : NULL;
}

/* --- what comes --------------------------------------------------------------------------------
 */

static int on_begin(nghttp2_session *session, const nghttp2_frame *f, void *arg)
{
	struct layer *l = arg;

	if (f->hd.type == NGHTTP2_HEADERS && f->headers.cat == NGHTTP2_HCAT_REQUEST)
		nghttp2_session_set_stream_user_data(
			session, f->hd.stream_id, h2_stream_new(l, f->hd.stream_id));
	return 0;
}

static int on_field(nghttp2_session *session, const nghttp2_frame *f, const uint8_t *name,
	size_t n_name, const uint8_t *value, size_t n_value, uint8_t flags, void *arg)
{
	struct layer *l = arg;
	struct h2_stream *s = stream_of(server_of(l), f->hd.stream_id);

	(void)session, (void)flags;
	if (!s || f->hd.type != NGHTTP2_HEADERS || f->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	return h2_stream_field(s, (struct span){(const char *)name, n_name},
		       (struct span){(const char *)value, n_value})
		       ? 0
		       : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* A bucket that fills by one each IDLE_EACH. */
static bool is_too_much(struct layer *l)
{
	struct h2_server *h = server_of(l);
	ns now = l->conn->now, least = now - IDLE_BURST * IDLE_EACH;

	if (h->idle_until < least)
		h->idle_until = least;
	h->idle_until += IDLE_EACH;
	return h->idle_until > now;
}

static bool costs_nothing(const nghttp2_frame *f)
{
	static const uint8_t types[] = {NGHTTP2_RST_STREAM, NGHTTP2_PING, NGHTTP2_SETTINGS,
		NGHTTP2_PRIORITY, NGHTTP2_GOAWAY};

	if (f->hd.type == NGHTTP2_DATA)
		return !f->hd.length && !(f->hd.flags & NGHTTP2_FLAG_END_STREAM);
	return memchr(types, f->hd.type, sizeof(types)) != NULL;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *f, void *arg)
{
	struct layer *l = arg;
	struct h2_stream *s = stream_of(server_of(l), f->hd.stream_id);

	if (costs_nothing(f) && is_too_much(l)) {
		nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
		return 0;
	}
	if (!s)
		return 0;
	if (f->hd.type == NGHTTP2_HEADERS && f->headers.cat == NGHTTP2_HCAT_REQUEST)
		h2_stream_request(s, f->hd.flags & NGHTTP2_FLAG_END_STREAM);
	if ((f->hd.type == NGHTTP2_HEADERS || f->hd.type == NGHTTP2_DATA) &&
		f->hd.flags & NGHTTP2_FLAG_END_STREAM)
		h2_stream_end(s);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
	size_t n, void *arg)
{
	struct h2_stream *s = stream_of(server_of(arg), id);

	(void)flags;
	/* one stream that is not read must not stop the others */
	nghttp2_session_consume_connection(session, n);
	if (s)
		h2_stream_data(s, (struct span){(const char *)data, n});
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct h2_stream *s = stream_of(server_of(arg), id);

	nghttp2_session_set_stream_user_data(session, id, NULL);
	if (s)
		h2_stream_free(s, error ? CUT_RST : CUT_FIN);
	return 0;
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *f, void *arg)
{
	struct h2_stream *s = stream_of(server_of(arg), f->hd.stream_id);

	(void)session;
	if (s && f->hd.flags & NGHTTP2_FLAG_END_STREAM && f->hd.type == NGHTTP2_DATA)
		h2_stream_said(s);
	return 0;
}

/* --- the session -------------------------------------------------------------------------------
 */

static void make_session(struct layer *l)
{
	nghttp2_session_callbacks *calls;
	nghttp2_option *option;

	if (nghttp2_session_callbacks_new(&calls) || nghttp2_option_new(&option))
		abort();
	nghttp2_session_callbacks_set_on_begin_headers_callback(calls, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(calls, on_field);
	nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_sent);
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_max_outbound_ack(option, IDLE_BURST);
	if (nghttp2_session_server_new2(&server_of(l)->session, calls, l, option))
		abort();
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(calls);
}

void h2_serve(struct layer *l, const struct h2_host *host)
{
	static const nghttp2_settings_entry ours[] = {{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, H2_STREAMS_MAX},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_HEAD_MAX}};
	struct h2_server *h = server_of(l);

	h->host = *host;
	h->idle_until = l->conn->now - IDLE_BURST * IDLE_EACH;
	make_session(l);
	if (nghttp2_submit_settings(
		    h->session, NGHTTP2_FLAG_NONE, ours, sizeof(ours) / sizeof(*ours)))
		abort();
}

static void make_room(struct h2_server *h)
{
	struct h2_stream *next;

	for (struct h2_stream *s = h->streams; s; s = next) {
		next = s->next;
		h2_stream_make_room(s);
	}
}

void h2_pump(struct layer *l)
{
	struct h2_server *h = server_of(l);
	const uint8_t *bytes;
	ssize_t n = 0;

	if (h->busy || h->over)
		return;
	h->busy = true;
	while (l->conn->out.n < SEND_MAX && (n = nghttp2_session_mem_send(h->session, &bytes)) > 0)
		layer_down(l, 0, (struct span){(const char *)bytes, (size_t)n});
	h->busy = false;
	h->retry = l->conn->out.n >= SEND_MAX ? l->conn->now + RETRY : 0;
	make_room(h);
	if (n < 0 ||
		(!nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session)))
		l->conn->done = true;
}

void h2_goaway(struct layer *l)
{
	struct h2_server *h = server_of(l);

	if (h->leaving || h->over)
		return;
	h->leaving = true;
	nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
		nghttp2_session_get_last_proc_stream_id(h->session), NGHTTP2_NO_ERROR, NULL, 0);
}

size_t h2_streams(const struct layer *l)
{
	return server_of(l)->n_streams;
}

static void drop_all(struct h2_server *h, enum cut how)
{
	h->over = true;
	while (h->streams) {
		nghttp2_session_set_stream_user_data(h->session, h->streams->id, NULL);
		h2_stream_free(h->streams, how);
	}
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct h2_server *h = server_of(l);
	ssize_t taken;

	(void)unit;
	if (from != CLIENT || h->over || h->busy)
		return;
	h->busy = true;
	taken = nghttp2_session_mem_recv(h->session, (const uint8_t *)data.p, data.n);
	h->busy = false;
	if (taken < 0)
		nghttp2_session_terminate_session(h->session, taken == NGHTTP2_ERR_FLOODED
								      ? NGHTTP2_ENHANCE_YOUR_CALM
								      : NGHTTP2_PROTOCOL_ERROR);
	h2_pump(l);
	if (taken < 0)
		l->conn->done = true;
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	drop_all(server_of(l), how);
	layer_cut_up(l, from, how);
}

static ns deadline(const struct layer *l)
{
	return server_of(l)->retry ? server_of(l)->retry : NS_NEVER;
}

static void stop(struct layer *l)
{
	struct h2_server *h = server_of(l);

	if (!h->session)
		return;
	drop_all(h, CUT_OURS);
	nghttp2_session_del(h->session);
}

const struct dialect dialect_h2_server = {
	.name = "h2-server",
	.say = "requests over HTTP/2, and WebSockets among them",
	.size = sizeof(struct h2_server),
	.feed = feed,
	.cut = cut,
	.deadline = deadline,
	.tick = h2_pump,
	.stop = stop,
};
