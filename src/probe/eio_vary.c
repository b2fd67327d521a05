/* The session of socket.io-client with one thing changed, and the requests around it. */
#include "probe/client.h"

#include "fact/all.h"
#include "probe/client_wire.h"
#include "probe/socketio.h"

#define FOREIGN_ORIGIN "https://wsdx-probe.invalid"
#define STICKY_REQUESTS 6
/* Where nothing went astray, only what the cookie is good for is asked. */
#define COOKIE_REQUESTS 3
/* A server without the path may hang rather than answer. */
#define PATH_PATIENCE NS_S

static void handshake_only(struct try *t, const struct client_how *how)
{
	struct client c;

	client_init(&c, t, how);
	client_handshake(&c);
	client_deinit(&c);
}

void probe_eio_version(struct try *t)
{
	handshake_only(t, &(struct client_how){.version = t->vantage->eio == 3 ? 4 : 3});
}

void probe_eio_origin(struct try *t)
{
	/* the page that the user names, where there is one */
	handshake_only(
		t, &(struct client_how){.origin = t->probe->ask->origin.n ? NULL : FOREIGN_ORIGIN});
}

static void join_so(struct try *t, const struct client_how *how)
{
	struct client c;

	client_init(&c, t, how);
	client_connect(&c);
	client_bye(&c);
	client_deinit(&c);
}

void probe_sio_root(struct try *t)
{
	join_so(t, &(struct client_how){.root_namespace = true});
}

void probe_sio_no_auth(struct try *t)
{
	join_so(t, &(struct client_how){.no_auth = true});
}

/* Where servers are mounted: the default of the libraries, below the path given, behind the usual
 * prefixes. */
void probe_eio_paths(struct try *t)
{
	struct span given = t->vantage->engine, path;
	const char *below = arena_z(&t->probe->arena,
		arena_fmt(&t->probe->arena, "%.*s%ssocket.io/",
			SPANF(url_path(&(struct url){.target = given})),
			span_ends(url_path(&(struct url){.target = given}), SPAN("/")) ? "" : "/"));
	const char *const paths[] = {
		"/socket.io/", below, "/api/socket.io/", "/ws/socket.io/", "/engine.io/", "/"};

	span_cut(&given, '?', &path);
	t->patience = PATH_PATIENCE;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && !probe_is_over(t->probe); i++) {
		struct client c;
		bool open;

		if (span_eq(path, span_of(paths[i])))
			continue;
		client_init(&c, t, &(struct client_how){.path = paths[i]});
		open = client_handshake(&c);
		client_deinit(&c);
		if (open) {
			note(t->spot.journal, &t->spot.where, probe_now(t->probe), &eio_found,
				F_TEXT(k_path, span_of(paths[i])));
			return;
		}
		t->spot.where.attempt++;
	}
}

/* A heartbeat changes nothing, whoever gets it: each POST asks whether the session is known there.
 */
static void stick(struct try *t, bool cookies)
{
	bool astray = !t->vantage->upgraded_in || t->probe->ask->samples;
	uint16_t most = astray ? STICKY_REQUESTS : COOKIE_REQUESTS;
	struct client c;

	client_init(&c, t, &(struct client_how){.no_cookies = !cookies, .fresh = true});
	if (client_handshake(&c))
		for (uint16_t i = 1;
			i <= most && !probe_is_over(t->probe) && c.poll && (astray || !c.lost);
			i++) {
			t->spot.where.attempt = i;
			eio_say(conn_layer(link_conn(c.poll), &dialect_eio),
				c.eio.version == 3 ? EIO_PING : EIO_PONG, (struct span){0});
			client_post(&c);
		}
	client_deinit(&c);
}

void probe_eio_sticky(struct try *t)
{
	stick(t, false);
}

void probe_eio_sticky_cookies(struct try *t)
{
	stick(t, true);
}

/* The poll is held until the server pings; when it ends otherwise, the next request tells what
 * became of the session. */
void probe_eio_long_poll(struct try *t)
{
	static const struct kind *const pings[] = {&eio_ping, NULL};
	struct client c;

	client_init(&c, t, &(struct client_how){0});
	if (client_handshake(&c) && client_join(&c)) {
		ns patience = c.eio.terms.ping_interval + c.eio.terms.ping_timeout;
		const struct obs *ping = client_await(&c, try_deadline_in(t, patience), pings);
		struct layer *sio = client_sio(&c);

		if (!ping && sio) {
			t->spot.where.attempt = 1;
			eio_say(sio->down, c.eio.version == 3 ? EIO_PING : EIO_PONG,
				(struct span){0});
			client_post(&c);
		}
	}
	client_bye(&c);
	client_deinit(&c);
}

/* As a browser asks before a request with headers of the page's own (Fetch standard, CORS
 * preflight). Without such headers the requests of socket.io-client are simple ones, for which no
 * browser asks. */
void probe_eio_preflight(struct try *t)
{
	const struct probe_ask *ask = t->probe->ask;
	struct buf names = {.max = URL_SAID_MAX};
	struct client c;
	struct request r = {0};
	struct buf target = {.max = URL_SAID_MAX};
	struct link *k;

	if (!ask->n_headers) {
		try_say(t, "skipped", NULL, "no header of the page's own was given");
		return;
	}
	k = try_open(t, &(struct open_how){0});
	if (!k)
		return;
	for (size_t i = 0; i < ask->n_headers; i++)
		buf_addf(&names, "%s%.*s", i ? "," : "", SPANF(ask->headers[i].name));
	client_init(&c, t, &(struct client_how){.no_cookies = true});
	client_request(&c, k, &r);
	eio_target(&target, &c.eio, url_path(&(struct url){.target = t->vantage->engine}),
		EIO_POLLING, (struct span){0});
	http_ask(conn_push(link_conn(k), &dialect_http),
		&(struct http_ask){.method = SPAN("OPTIONS"),
			.target = buf_span(&target),
			.host = r.host,
			.headers = (struct http_header[]){{SPAN("Origin"),
								  t->probe->ask->origin.n
									  ? r.origin
									  : SPAN(FOREIGN_ORIGIN)},
				{SPAN("Access-Control-Request-Method"), SPAN("POST")},
				{SPAN("Access-Control-Request-Headers"), buf_span(&names)}},
			.n = 3});
	try_answer(t, k);
	request_deinit(&r);
	buf_deinit(&target);
	buf_deinit(&names);
	client_deinit(&c);
	try_close(t, k);
}
