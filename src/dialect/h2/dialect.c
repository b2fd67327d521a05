#include "dialect/h2/h2.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#include "dialect/ws/extension.h"
#include "fact/ws.h"

/* pseudo-headers, our own, the user's */
#define FIELDS_MAX (9 + HTTP_HEADERS_MAX)
#define VALUE_MAX 1024

struct h2 {
	nghttp2_session *session;
	nghttp2_nv fields[FIELDS_MAX];
	size_t n_fields;
	struct span offer; /* of extensions */
	int32_t stream;	   /* 0: not asked yet */
	ns asked_at;
	bool settled;  /* the server's first SETTINGS came */
	bool answered; /* h2.connect is noted */
	bool open;     /* 2xx: DATA is WebSocket */
	bool busy;     /* inside nghttp2: it must not be called to send or receive */
	bool cut_up;
	unsigned status;
	bool extended; /* the answer names extensions */
	char extensions[VALUE_MAX];
	size_t n_extensions;
	struct buf waiting; /* for DATA */
	uint8_t frame_head[9];
	size_t n_frame_head;
	uint32_t frame_left; /* of its payload */
};

static struct h2 *h2_of(const struct layer *l)
{
	return l->state;
}

static void answer(struct layer *l, const char *error)
{
	struct h2 *h = h2_of(l);

	if (h->answered || !h->stream)
		return;
	h->answered = true;
	if (error)
		layer_note(l, &h2_connect, F_TEXT(k_error, span_of(error)),
			F_TIME(k_took, l->conn->now - h->asked_at));
	else
		layer_note(l, &h2_connect, F_INT(k_status, h->status),
			F_TIME(k_took, l->conn->now - h->asked_at));
}

static void end(struct layer *l, enum cut how)
{
	struct h2 *h = h2_of(l);

	if (h->cut_up)
		return;
	h->cut_up = true;
	layer_cut_up(l, SERVER, how);
	l->conn->done = true;
}

/* What nghttp2 has to say goes out, as long as there is room. */
static void pump(struct layer *l)
{
	struct h2 *h = h2_of(l);
	const uint8_t *bytes;
	ssize_t n;

	if (h->busy || !h->session)
		return;
	h->busy = true;
	while (!l->conn->out.full && (n = nghttp2_session_mem_send(h->session, &bytes)) > 0)
		layer_down(l, 0, (struct span){(const char *)bytes, (size_t)n});
	h->busy = false;
}

static ssize_t give_data(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct h2 *h = h2_of(arg);
	size_t n = h->waiting.n < room ? h->waiting.n : room;

	(void)session, (void)stream, (void)flags, (void)source;
	if (!n)
		return NGHTTP2_ERR_DEFERRED;
	memcpy(to, h->waiting.p, n);
	buf_drop(&h->waiting, n);
	return (ssize_t)n;
}

static void ask_now(struct layer *l)
{
	struct h2 *h = h2_of(l);
	const nghttp2_data_provider data = {.read_callback = give_data};

	h->asked_at = l->conn->now;
	h->stream = nghttp2_submit_request(h->session, NULL, h->fields, h->n_fields, &data, NULL);
	if (h->stream < 0)
		abort(); /* out of memory */
}

static void heed_settings(struct layer *l)
{
	struct h2 *h = h2_of(l);
	bool offered = nghttp2_session_get_remote_settings(
			       h->session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;

	if (h->settled)
		return;
	h->settled = true;
	layer_note(l, &h2_settings, F_BOOL(k_extended_connect, offered));
	if (offered)
		ask_now(l);
}

/* RFC 8441 §5: a 2xx is what a 101 is to HTTP/1.1, without key and accept. */
static void heed_answer(struct layer *l)
{
	struct h2 *h = h2_of(l);
	struct ws_deflate_terms terms;

	if (h->status < 200 || h->answered)
		return;
	answer(l, NULL);
	if (h->status > 299) {
		end(l, CUT_FIN);
		return;
	}
	h->open = true;
	ws_extension_judge(
		h->offer, h->extended, (struct span){h->extensions, h->n_extensions}, &terms);
	if (l->up && l->up->dialect == &dialect_ws)
		ws_begin_agreed(l->up, &terms);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *f, void *arg)
{
	struct layer *l = arg;
	struct h2 *h = h2_of(l);
	bool ours = h->stream && f->hd.stream_id == h->stream;

	(void)session;
	if (f->hd.type == NGHTTP2_SETTINGS && !(f->hd.flags & NGHTTP2_FLAG_ACK))
		heed_settings(l);
	else if (f->hd.type == NGHTTP2_HEADERS && ours)
		heed_answer(l);
	else if (f->hd.type == NGHTTP2_GOAWAY && !h->open)
		answer(l, nghttp2_http2_strerror(f->goaway.error_code));
	if (ours && h->open && f->hd.flags & NGHTTP2_FLAG_END_STREAM &&
		(f->hd.type == NGHTTP2_DATA || f->hd.type == NGHTTP2_HEADERS))
		end(l, CUT_FIN);
	return 0;
}

static int on_field(nghttp2_session *session, const nghttp2_frame *f, const uint8_t *name,
	size_t n_name, const uint8_t *value, size_t n_value, uint8_t flags, void *arg)
{
	struct h2 *h = h2_of(arg);
	struct span field = {(const char *)name, n_name}, text = {(const char *)value, n_value};
	uint64_t status;

	(void)session, (void)flags;
	if (f->hd.stream_id != h->stream || h->answered)
		return 0;
	if (span_eq(field, SPAN(":status")) && span_uint(text, 999, &status))
		h->status = (unsigned)status;
	if (span_eq(field, SPAN("sec-websocket-extensions"))) {
		h->extended = true;
		h->n_extensions = span_head(text, VALUE_MAX).n;
		if (h->n_extensions)
			memcpy(h->extensions, text.p, h->n_extensions);
	}
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
	size_t n, void *arg)
{
	struct layer *l = arg;
	struct h2 *h = h2_of(l);

	(void)session, (void)flags;
	if (stream == h->stream && h->open)
		layer_up(l, SERVER, 0, (struct span){(const char *)data, n});
	return 0;
}

static int on_stream_end(nghttp2_session *session, int32_t stream, uint32_t error, void *arg)
{
	struct layer *l = arg;

	(void)session;
	if (stream != h2_of(l)->stream)
		return 0;
	answer(l, nghttp2_http2_strerror(error));
	end(l, error ? CUT_RST : CUT_FIN);
	return 0;
}

static void start(struct layer *l)
{
	struct h2 *h = h2_of(l);
	nghttp2_session_callbacks *calls;

	h->waiting.max = CONN_OUT_MAX;
	if (nghttp2_session_callbacks_new(&calls))
		abort();
	nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
	nghttp2_session_callbacks_set_on_header_callback(calls, on_field);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_stream_end);
	if (nghttp2_session_client_new(&h->session, calls, l))
		abort();
	nghttp2_session_callbacks_del(calls);
}

static void put(struct layer *l, const char *name, struct span value)
{
	struct h2 *h = h2_of(l);
	char *lower, *copy;

	if (!value.n || h->n_fields == FIELDS_MAX)
		return;
	lower = arena_z(&l->conn->arena, span_of(name));
	copy = arena_z(&l->conn->arena, value);
	for (char *c = lower; *c; c++)
		*c |= *c >= 'A' && *c <= 'Z' ? 0x20 : 0;
	h->fields[h->n_fields++] =
		(nghttp2_nv){(uint8_t *)lower, (uint8_t *)copy, strlen(lower), value.n, 0};
}

/* RFC 9113 §8.2.2: what speaks of the HTTP/1.1 connection has no place here; Host is :authority. */
static bool is_hop_header(struct span name)
{
	static const char *const hop[] = {"host", "connection", "upgrade", "keep-alive",
		"proxy-connection", "transfer-encoding", "te", "sec-websocket-key"};

	for (size_t i = 0; i < sizeof(hop) / sizeof(*hop); i++)
		if (span_ieq(name, span_of(hop[i])))
			return true;
	return false;
}

void h2_ask(struct layer *l, const struct ws_ask *ask, bool tls)
{
	struct h2 *h = h2_of(l);
	const nghttp2_settings_entry ours[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0}};

	h->offer = ask->extensions;
	if (!h->offer.n && ask->deflate == WS_DEFLATE_AS_BROWSERS)
		h->offer = SPAN("permessage-deflate; client_max_window_bits");
	h->offer = arena_copy(&l->conn->arena, h->offer);
	put(l, ":method", SPAN("CONNECT"));
	put(l, ":protocol", SPAN("websocket"));
	put(l, ":scheme", tls ? SPAN("https") : SPAN("http"));
	put(l, ":path", ask->target);
	put(l, ":authority", ask->host);
	put(l, "origin", ask->origin);
	put(l, "sec-websocket-version", SPAN("13"));
	put(l, "sec-websocket-extensions", h->offer);
	put(l, "sec-websocket-protocol", ask->subprotocols);
	for (size_t i = 0; i < ask->n; i++)
		if (!is_hop_header(ask->headers[i].name))
			put(l, arena_z(&l->conn->arena, ask->headers[i].name),
				ask->headers[i].value);
	if (nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, ours, 2))
		abort();
	pump(l);
}

void h2_silent(struct layer *l)
{
	answer(l, "silent");
}

/* Takes the next whole frame head, or what there is of a payload, off *data (RFC 9113 §4.1). Heads
 * are kept until they are whole, for nghttp2 counts a CONTINUATION again with every piece of its
 * head. *over: the end of a head or payload; false with an empty span: the head is not whole yet.
 */
static struct span take_piece(struct h2 *h, struct span *data, bool *over)
{
	bool in_head = h->n_frame_head < sizeof(h->frame_head);
	size_t left = in_head ? sizeof(h->frame_head) - h->n_frame_head : h->frame_left;
	struct span piece = span_head(*data, left);

	*data = span_from(*data, piece.n);
	*over = piece.n == left;
	if (in_head) {
		memcpy(h->frame_head + h->n_frame_head, piece.p, piece.n);
		h->n_frame_head += piece.n;
		h->frame_left = (uint32_t)(h->frame_head[0] << 16 | h->frame_head[1] << 8 |
					   h->frame_head[2]);
		piece = (struct span){
			(const char *)h->frame_head, *over ? sizeof(h->frame_head) : 0};
	} else {
		h->frame_left -= (uint32_t)piece.n;
	}
	if (*over && !h->frame_left)
		h->n_frame_head = 0;
	return piece;
}

/* We speak behind whole heads and whole frames of the peer only, so that what is said does not
 * depend on how the network cut them. */
static void feed_piece(struct layer *l, struct span *data)
{
	struct h2 *h = h2_of(l);
	bool over;
	struct span piece = take_piece(h, data, &over);
	ssize_t taken;

	if (!piece.n)
		return;
	h->busy = true;
	taken = nghttp2_session_mem_recv(h->session, (const uint8_t *)piece.p, piece.n);
	h->busy = false;
	if (over || taken < 0 || h->cut_up)
		pump(l);
	/* what is no HTTP/2 makes nghttp2 say GOAWAY by itself and want to read no more */
	if (taken >= 0 && nghttp2_session_want_read(h->session))
		return;
	answer(l, "PROTOCOL_ERROR");
	end(l, CUT_RST);
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct h2 *h = h2_of(l);

	(void)unit;
	if (from != SERVER || l->conn->seat != SEAT_CLIENT || h->busy)
		return;
	while (data.n && !h->cut_up)
		feed_piece(l, &data);
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	if (from == SERVER)
		answer(l, "cut");
	if (!h2_of(l)->cut_up)
		layer_cut_up(l, from, how);
	h2_of(l)->cut_up = true;
}

static void send(struct layer *l, int unit, struct span data)
{
	struct h2 *h = h2_of(l);

	(void)unit;
	if (!h->open || h->cut_up)
		return;
	buf_add(&h->waiting, data);
	nghttp2_session_resume_data(h->session, h->stream);
	pump(l);
}

static void stop(struct layer *l)
{
	struct h2 *h = h2_of(l);

	nghttp2_session_del(h->session);
	buf_deinit(&h->waiting);
}

const struct dialect dialect_h2 = {
	.name = "h2",
	.say = "WebSocket over HTTP/2 (RFC 8441)",
	.size = sizeof(struct h2),
	.start = start,
	.feed = feed,
	.cut = cut,
	.send = send,
	.stop = stop,
};
