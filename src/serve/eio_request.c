/* The requests of an Engine.IO server (engine.io, lib/server.ts and lib/transports/polling.ts). */
#include <stdio.h>
#include <stdlib.h>

#include "serve/eio.h"
#include "serve/far.h"
#include "serve/pages.h"

#define HEADERS_MAX 8
#define JSONP_MAX (3 * EIO_PAYLOAD_MAX)

enum refusal {
	TRANSPORT_UNKNOWN,
	SESSION_UNKNOWN,
	BAD_METHOD,
	BAD_REQUEST,
	FORBIDDEN,
	BAD_VERSION,
	NOT_REFUSED
};

static struct eio_server *server_of(const struct call *c)
{
	return role_state(c);
}

uint64_t eio_server_body_max(const struct call *c)
{
	return server_of(c)->rules->max_payload;
}

/* --- answers ------------------------------------------------------------------------------------
 */

static size_t add_header(struct http_header *to, size_t n, struct span name, struct span value)
{
	to[n] = (struct http_header){name, value};
	return n + 1;
}

/* As the cors package that engine.io uses, with one origin or any. */
static size_t add_cors(const struct call *c, struct http_header *to, size_t n)
{
	struct span origin = server_of(c)->rules->cors;

	if (!origin.n)
		return n;
	n = add_header(to, n, SPAN("Access-Control-Allow-Origin"), origin);
	if (span_eq(origin, SPAN("*")))
		return n;
	n = add_header(to, n, SPAN("Vary"), SPAN("Origin"));
	return add_header(to, n, SPAN("Access-Control-Allow-Credentials"), SPAN("true"));
}

static void reply(struct call *c, unsigned status, struct span type, struct span body)
{
	struct http_header headers[HEADERS_MAX];
	size_t n = 0;

	if (type.n)
		n = add_header(headers, n, SPAN("Content-Type"), type);
	n = add_header(headers, n, SPAN("Cache-Control"), SPAN("no-store"));
	n = add_cors(c, headers, n);
	c->mine = NULL;
	call_reply(c, status, headers, n, body);
}

static void preflight(struct call *c)
{
	struct http_header headers[HEADERS_MAX];
	struct span wanted = http_find(call_head(c), SPAN("Access-Control-Request-Headers"));
	size_t n = add_cors(c, headers, 0);

	n = add_header(headers, n, SPAN("Access-Control-Allow-Methods"),
		SPAN("GET,HEAD,PUT,PATCH,POST,DELETE"));
	if (wanted.n)
		n = add_header(headers, n, SPAN("Access-Control-Allow-Headers"), wanted);
	n = add_header(headers, n, SPAN("Content-Length"), SPAN("0"));
	call_reply(c, 204, headers, n, (struct span){0});
}

static void add_lines(struct buf *out, const struct http_header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%.*s: %.*s\r\n", SPANF(headers[i].name), SPANF(headers[i].value));
}

/* What the cors package and proxies add stands before engine.io's own. */
void eio_server_refuse(struct call *c, unsigned code)
{
	const char *message = eio_error_message(code);
	struct http_header cors[HEADERS_MAX];
	struct buf headers = {.max = 16 << 10};
	char json[96];

	c->mine = NULL;
	/* without the transport nobody listens for upgrades */
	if (call_upgrades(c) && server_of(c)->rules->websocket) {
		call_answer(c, "400 Bad Request", ENGINEIO_UPGRADE, span_of(message));
		return;
	}
	snprintf(json, sizeof(json), "{\"code\":%u,\"message\":\"%s\"}", code, message);
	add_lines(&headers, cors, add_cors(c, cors, 0));
	if (c->fault)
		add_lines(&headers, c->show->more, c->show->n_more);
	buf_addz(&headers, ENGINEIO);
	call_answer(c, code == FORBIDDEN ? "403 Forbidden" : "400 Bad Request", buf_z(&headers),
		span_of(json));
	buf_deinit(&headers);
}

void eio_answer(struct eio_client *client, struct span payload)
{
	struct call *c = client->poll;
	struct buf script = {.max = JSONP_MAX};
	struct eio_request r;

	client->poll = NULL;
	eio_request_read(&r, call_head(c));
	if (r.jsonp.p) {
		eio_jsonp_write(&script, r.jsonp, payload);
		reply(c, 200, SPAN("text/javascript; charset=UTF-8"), buf_span(&script));
		buf_deinit(&script);
	} else {
		reply(c, 200, SPAN("text/plain; charset=UTF-8"), payload);
	}
}

/* --- polling ------------------------------------------------------------------------------------
 */

static void poll(struct eio_client *client, struct call *c)
{
	if (client->poll) {
		reply(c, 400, (struct span){0}, (struct span){0});
		eio_client_end(client, EIO_CLOSE);
		return;
	}
	client->poll = c;
	c->mine = client;
	if (client->closing) {
		eio_answer(client, buf_span(&client->queue));
		eio_client_end(client, EIO_CLOSE);
	}
}

/* False: it is no payload. */
static bool hear_payload(struct eio_client *client, struct span body)
{
	struct eio_payload payload;
	struct eio_packet p;
	bool good;

	eio_payload_init(&payload, body, eio_framing_guess(body, client->version));
	while (!client->closed && eio_payload_next(&payload, &p))
		eio_client_hear(client, &p);
	good = body.n && !payload.fault;
	eio_payload_deinit(&payload);
	return good;
}

static void post(struct eio_client *client, struct call *c)
{
	struct span type = http_find(call_head(c), SPAN("Content-Type"));
	struct buf form = {.max = EIO_PAYLOAD_MAX};
	struct eio_request r;
	bool good = client->version == 3 || !span_eq(type, SPAN("application/octet-stream"));

	eio_request_read(&r, call_head(c));
	if (good && r.jsonp.p)
		good = eio_form_read(&form, call_body(c)) && hear_payload(client, buf_span(&form));
	else if (good)
		good = hear_payload(client, call_body(c));
	if (good)
		reply(c, 200, SPAN("text/html"), SPAN("ok"));
	else
		reply(c, 400, (struct span){0}, (struct span){0});
	if (!good)
		eio_client_end(client, EIO_CLOSE);
	buf_deinit(&form);
}

static void poll_or_post(struct eio_client *client, struct call *c)
{
	struct span method = call_head(c)->method;

	eio_client_enter(client);
	if (span_eq(method, SPAN("GET")))
		poll(client, c);
	else if (span_eq(method, SPAN("POST")))
		post(client, c);
	else
		reply(c, 500, (struct span){0}, (struct span){0});
	eio_client_leave(client);
}

/* --- WebSocket ----------------------------------------------------------------------------------
 */

static bool open_socket(struct call *c)
{
	struct ws_offer offer = call_offer(c);

	ws_limit(c->ws, (size_t)server_of(c)->rules->max_payload);
	return call_open(c, &offer);
}

/* One WebSocket of a session at a time, and none when it has changed to one. */
static void probe(struct eio_client *client, struct call *c)
{
	if (!open_socket(c))
		return;
	if (client->websocket || client->socket || client->closing) {
		ws_send_close(c->ws, 0, (struct span){0});
		return;
	}
	eio_client_enter(client);
	client->socket = c;
	client->probe_end = call_now(c) + EIO_PROBE_WAIT;
	c->mine = client;
	eio_client_leave(client);
}

void eio_server_message(struct call *c, enum ws_opcode opcode, struct span data)
{
	struct eio_client *client = c->mine;
	struct eio_packet p;

	if (!client)
		return;
	eio_client_enter(client);
	if (eio_frame_read(&p, client->version, opcode == WS_BINARY, data)) {
		if (client->websocket)
			eio_client_end(client, EIO_CLOSE);
		else
			eio_client_drop_probe(client);
	} else if (client->websocket) {
		eio_client_hear(client, &p);
	} else {
		eio_client_hear_probe(client, &p);
	}
	eio_client_leave(client);
}

/* --- requests -----------------------------------------------------------------------------------
 */

static bool has_transport(const struct eio_rules *rules, struct span transport)
{
	return (rules->polling && span_eq(transport, SPAN("polling"))) ||
	       (rules->websocket && span_eq(transport, SPAN("websocket")));
}

/* Server.verify() and the beginning of handshake(). */
static enum refusal verify(const struct call *c, const struct eio_rules *rules,
	const struct eio_request *r, const struct eio_client *client)
{
	bool websocket = span_eq(r->transport, SPAN("websocket")), upgrade = call_upgrades(c);

	if (!has_transport(rules, r->transport))
		return TRANSPORT_UNKNOWN;
	if (r->sid.n && !client)
		return SESSION_UNKNOWN;
	if (client && upgrade)
		return websocket ? NOT_REFUSED : BAD_REQUEST;
	if (client)
		return websocket || client->websocket ? BAD_REQUEST : NOT_REFUSED;
	if (!span_eq(call_head(c)->method, SPAN("GET")))
		return BAD_METHOD;
	if (websocket != upgrade)
		return BAD_REQUEST;
	return r->version != 4 && rules->no_eio3 ? BAD_VERSION : NOT_REFUSED;
}

static void handshake(struct eio_server *s, struct call *c, const struct eio_request *r)
{
	bool websocket = call_upgrades(c);
	struct eio_client *client;

	if (s->n == EIO_CLIENTS_MAX) {
		call_answer(c, "503 Service Unavailable", "Content-Type: text/plain\r\n",
			SPAN("too many sessions\n"));
		return;
	}
	if (websocket && !open_socket(c))
		return;
	client = eio_client_new(
		s, r->version == 4 && !s->rules->only_eio3 ? 4 : 3, websocket ? c : NULL);
	if (!client)
		abort();
	eio_client_enter(client);
	c->mine = client;
	if (!websocket)
		client->poll = c;
	s->app->opened(client);
	eio_client_leave(client);
}

void eio_server_request(struct eio_server *s, struct call *c)
{
	struct eio_client *client;
	struct eio_request r;
	enum refusal refusal;

	if (s->rules->cors.n && span_eq(call_head(c)->method, SPAN("OPTIONS"))) {
		preflight(c);
		return;
	}
	eio_request_read(&r, call_head(c));
	client = r.sid.n ? eio_client_find(s, r.sid) : NULL;
	refusal = verify(c, s->rules, &r, client);
	if (refusal != NOT_REFUSED)
		eio_server_refuse(c, refusal);
	else if (!client)
		handshake(s, c, &r);
	else if (call_upgrades(c))
		probe(client, c);
	else
		poll_or_post(client, c);
}

/* Server.close(): every session is closed, whatever its transport; a held poll is answered. */
void eio_server_bye(struct call *c)
{
	struct eio_client *client = c->mine;

	if (!client) {
		ws_send_close(c->ws, 0, (struct span){0});
		return;
	}
	eio_client_enter(client);
	eio_client_end(client, EIO_CLOSE);
	eio_client_leave(client);
}

/* "poll connection closed prematurely", "transport close" */
void eio_server_end(struct call *c)
{
	struct eio_client *client = c->mine;

	if (!client)
		return;
	eio_client_enter(client);
	if (client->poll == c) {
		client->poll = NULL;
		eio_client_end(client, EIO_CLOSE);
	} else if (client->socket == c) {
		client->socket = NULL;
		if (client->websocket)
			eio_client_end(client, EIO_CLOSE);
		else
			eio_client_drop_probe(client);
	}
	eio_client_leave(client);
}

void eio_server_begin(struct eio_server *s, struct far *far, const struct eio_rules *rules,
	const struct eio_app *app)
{
	s->rules = rules;
	s->app = app;
	s->far = far;
	s->loop = far->loop;
	pool_init(&s->clients, sizeof(struct eio_client), EIO_CLIENTS_MAX);
	pool_init(&s->owns, app->size, EIO_CLIENTS_MAX);
}

void eio_server_finish(struct eio_server *s)
{
	for (size_t i = 0; i < EIO_BUCKETS; i++)
		while (s->buckets[i]) {
			struct eio_client *client = s->buckets[i];

			eio_client_enter(client);
			eio_client_end(client, EIO_CLOSE);
			eio_client_leave(client);
		}
	pool_deinit(&s->clients);
	pool_deinit(&s->owns);
}
