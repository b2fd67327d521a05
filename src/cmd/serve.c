/* wsdx serve: a far end to try clients and wsdx itself against, healthy or broken on purpose. */
#include "serve/serve.h"

#include "cmd/cmd.h"
#include "serve/page.h"
#include "serve/profile.h"
#include "serve/role.h"
#include "serve/socketio.h"

struct serve_options {
	struct opt_list listen, faults;
	bool show_faults;
	bool deflate, no_takeover;
	int64_t window;
	uint64_t compress_from;
	struct span tls;
	bool tls_generate, no_h2, proxied;
	int64_t max_connections;
	uint64_t max_header, max_message, slow_bytes;
	ns slow_after, stop_within;
	struct span profile;
	int64_t time_scale;
	struct span stop_code, log, log_file;
	int64_t replicas, workers;
	/* what one role has, by its place */
	_Alignas(16) char own[ROLES][ROLE_ASK_MAX];
};

static const struct serve_options defaults = {.time_scale = 1,
	.max_header = 64 << 10,
	.max_message = 16 << 20,
	.slow_bytes = 1 << 20,
	.slow_after = 30 * NS_S};

static const struct opt before[] = {
	{.name = "listen",
		.letter = 'l',
		.type = OPT_LIST,
		.offset = offsetof(struct serve_options, listen),
		.value = "ADDRESS:PORT|unix:PATH",
		.say = "where to listen, 127.0.0.1:8080 if not given, on all addresses with "
		       "0.0.0.0:8080 or [::]:8080; port 0 is a free one, and the first line "
		       "printed says which; a unix socket is removed at the end",
		.group = "Where"},
	{.name = "tls",
		.type = OPT_TEXT,
		.offset = offsetof(struct serve_options, tls),
		.value = "CERT:KEY",
		.say = "speak TLS, with these two PEM files"},
	{.name = "tls-generate",
		.type = OPT_FLAG,
		.offset = offsetof(struct serve_options, tls_generate),
		.say = "speak TLS, with a certificate for localhost made on the spot that nobody "
		       "trusts"},
	{.name = "replicas",
		.type = OPT_NUMBER,
		.offset = offsetof(struct serve_options, replicas),
		.value = "N",
		.min = 1,
		.max = 64,
		.say = "so many servers that share nothing, as replicas behind a load balancer are: "
		       "the second listens at the port behind that of the first, and so on; with "
		       "--redis they share rooms and broadcasts"},
	{.name = "workers",
		.type = OPT_NUMBER,
		.offset = offsetof(struct serve_options, workers),
		.value = "N",
		.min = 1,
		.max = 64,
		.say = "so many processes at the same port, for more connections than one may have "
		       "and more than one processor; all end when one does"},
	{.name = "proxy-protocol",
		.type = OPT_FLAG,
		.offset = offsetof(struct serve_options, proxied),
		.say = "every connection begins with a PROXY header, version 1 or 2, as HAProxy's "
		       "send-proxy and AWS's load balancers write it; the log has the client's "
		       "address"},
	{.name = "deflate",
		.type = OPT_FLAG,
		.offset = offsetof(struct serve_options, deflate),
		.say = "accept permessage-deflate when it is offered",
		.group = "How"},
	{.name = "no-context-takeover",
		.type = OPT_FLAG,
		.offset = offsetof(struct serve_options, no_takeover),
		.say = "with --deflate: each message is compressed by itself"},
	{.name = "deflate-window",
		.type = OPT_NUMBER,
		.offset = offsetof(struct serve_options, window),
		.value = "BITS",
		.min = 9,
		.max = 15,
		.say = "with --deflate: the window of each side has at most so many bits; the "
		       "client's only when it offers client_max_window_bits"},
	{.name = "deflate-threshold",
		.type = OPT_SIZE,
		.offset = offsetof(struct serve_options, compress_from),
		.value = "BYTES",
		.min = 0,
		.max = 15000000,
		.say = "with --deflate: messages shorter than this are sent as they are; 0 if not "
		       "given"},
	{.name = "profile",
		.type = OPT_CHOICE,
		.offset = offsetof(struct serve_options, profile),
		.value = "NAME",
		.choices = profile_choices,
		.say = "behave as a healthy application behind this platform, until one of its "
		       "limits is met; list shows them all with their times and sizes"},
	{.name = "time-scale",
		.type = OPT_NUMBER,
		.offset = offsetof(struct serve_options, time_scale),
		.value = "FACTOR",
		.min = 1,
		.max = 10000,
		.say = "divide the times of --profile by this, and with them --ping-interval, "
		       "--ping-timeout and --connect-timeout, given or not: with 60, a minute "
		       "is a second"},
	{.name = "no-http2",
		.type = OPT_FLAG,
		.offset = offsetof(struct serve_options, no_h2),
		.say = "speak HTTP/1.1 only; else HTTP/2 too where TLS agrees on it or the client's "
		       "first bytes are its preface, with WebSockets over it; where faults "
		       "are shown, and with --profile, it is never spoken"},
	{.name = "max-connections",
		.type = OPT_NUMBER,
		.offset = offsetof(struct serve_options, max_connections),
		.value = "N",
		.min = 1,
		.max = 1000000,
		.say = "connections at once; one more is answered with 503; as many as there may "
		       "be descriptors if not given",
		.group = "Limits"},
	{.name = "max-header",
		.type = OPT_SIZE,
		.offset = offsetof(struct serve_options, max_header),
		.value = "SIZE",
		.min = 256,
		.max = 64 << 10,
		.say = "bytes of a request's head, 64k if not given; a longer one is answered with "
		       "431"},
	{.name = "max-message",
		.type = OPT_SIZE,
		.offset = offsetof(struct serve_options, max_message),
		.value = "SIZE",
		.min = 1,
		.max = 16 << 20,
		.say = "bytes of a WebSocket message, 16M if not given; a longer one is answered "
		       "with Close 1009; --max-payload is Socket.IO's"},
	{.name = "slow-reader-bytes",
		.type = OPT_SIZE,
		.offset = offsetof(struct serve_options, slow_bytes),
		.value = "SIZE",
		.min = 1024,
		.max = 16 << 20,
		.say = "a client that so much waits for is not sent the next broadcast but closed "
		       "with 1013 (try again later); 1M if not given"},
	{.name = "slow-reader-after",
		.type = OPT_DURATION,
		.offset = offsetof(struct serve_options, slow_after),
		.value = "DURATION",
		.min = NS_S,
		.max = 3600 * NS_S,
		.say = "a client that takes nothing of what waits for it for so long is closed "
		       "with 1013; 30s if not given"},
	{.name = "log",
		.type = OPT_CHOICE,
		.offset = offsetof(struct serve_options, log),
		.choices = "json",
		.say = "one line an event on standard output, in place of all others there: "
		       "connections, upgrades, sessions, and what met a limit",
		.group = "Log and end"},
	{.name = "log-file",
		.type = OPT_TEXT,
		.offset = offsetof(struct serve_options, log_file),
		.value = "FILE",
		.say = "with --log: the lines are added to this file"},
	{.name = "stop-code",
		.type = OPT_CHOICE,
		.offset = offsetof(struct serve_options, stop_code),
		.choices = "1001|1012",
		.say = "the Close of a stop: 1001 (going away) if not given, or 1012 (service "
		       "restart)"},
	{.name = "stop-within",
		.type = OPT_DURATION,
		.offset = offsetof(struct serve_options, stop_within),
		.value = "DURATION",
		.max = 3600 * NS_S,
		.say = "the Closes of a stop are spread over this time, so that clients do not all "
		       "come back at once"},
	{0},
};

/* Here stand the options of each role. */
static const struct opt after[] = {
	{.name = "fault",
		.type = OPT_LIST,
		.offset = offsetof(struct serve_options, faults),
		.value = "ID[,PARAMETER=VALUE]…",
		.say = "show this fault at every path; given again, requests are shown them in "
		       "turn, and `none` is a healthy one; with at=ADDRESS:PORT it has a listener "
		       "of its own",
		.group = "Faults"},
	{.name = "faults",
		.type = OPT_FLAG,
		.offset = offsetof(struct serve_options, show_faults),
		.say = "show each fault at /fault/ID, and their list at /fault/"},
	{0},
};

#define OPTIONS_MAX 96

static void add_table(struct opt *out, size_t *n, const struct opt *table, size_t base)
{
	for (; table && table->name && *n + 1 < OPTIONS_MAX; table++) {
		out[*n] = *table;
		out[(*n)++].offset += base;
	}
}

static const struct opt *options(void)
{
	static struct opt all[OPTIONS_MAX];
	size_t n = 0;

	if (all[0].name)
		return all;
	add_table(all, &n, before, 0);
	for (size_t i = 0; i < ROLES; i++)
		add_table(all, &n, role_all[i]->options,
			offsetof(struct serve_options, own) + i * ROLE_ASK_MAX);
	add_table(all, &n, after, 0);
	return all;
}

static bool take_roles(struct serve_options *o, struct buf *error)
{
	for (size_t i = 0; i < ROLES; i++)
		if (role_all[i]->take && !role_all[i]->take(o->own[i], error))
			return false;
	for (size_t i = 0; i < ROLES && o->time_scale > 1; i++)
		if (role_all[i]->hurry)
			role_all[i]->hurry(o->own[i], o->time_scale);
	return true;
}

static struct tls_identity *generated(void)
{
	struct cert c = {0};
	struct tls_identity *i = NULL;

	if (cert_make(&c, &(struct cert_ask){
				  .name = "localhost", .san = "DNS:localhost,IP:127.0.0.1,IP:::1"}))
		i = tls_identity_new(&c, 1);
	cert_deinit(&c);
	return i;
}

static struct tls_identity *loaded(struct span files, const char **why)
{
	ssize_t colon = span_chr(files, ':');
	struct buf cert = {.max = 4096}, key = {.max = 4096};
	struct tls_identity *i;

	buf_add(&cert, span_head(files, colon < 0 ? files.n : (size_t)colon));
	buf_add(&key, colon < 0 ? (struct span){0} : span_from(files, (size_t)colon + 1));
	i = tls_identity_load(buf_z(&cert), key.n ? buf_z(&key) : NULL, why);
	buf_deinit(&cert);
	buf_deinit(&key);
	return i;
}

static int serve(
	const struct cmd_run *r, const struct serve_options *o, const struct tls_identity *identity)
{
	struct buf log_file = {.max = 4096};
	static const struct opt_list here = {.v = {{"127.0.0.1:8080", 14}}, .n = 1};
	struct serve_ask ask = {.listen = o->listen.n ? &o->listen : &here,
		.faults = &o->faults,
		.show_faults = o->show_faults,
		.deflate = o->deflate,
		.no_takeover = o->no_takeover,
		.window = (unsigned)o->window,
		.compress_from = (size_t)o->compress_from,
		.identity = identity,
		.no_h2 = o->no_h2,
		.max_connections = (uint64_t)o->max_connections,
		.max_header = o->max_header,
		.max_message = o->max_message,
		.slow_after = o->slow_after,
		.slow_bytes = o->slow_bytes,
		.log = o->log.n,
		.profile = profile_find(o->profile),
		.time_scale = o->time_scale,
		.proxied = o->proxied,
		.stop_code = span_eq(o->stop_code, SPAN("1012")) ? 1012 : 1001,
		.stop_within = o->stop_within,
		.replicas = (unsigned)o->replicas,
		.workers = (unsigned)o->workers,
		.out = r->out,
		.err = r->err};
	int signal;

	for (size_t i = 0; i < ROLES; i++)
		ask.own[i] = o->own[i];
	buf_add(&log_file, o->log_file);
	ask.log_file = log_file.n ? buf_z(&log_file) : NULL;
	signal = serve_run(&ask);
	buf_deinit(&log_file);
	return signal ? 128 + signal : EXIT_BLIND;
}

static int list_profiles(const struct cmd_run *r, const struct serve_options *o)
{
	struct buf out = {.max = 64 << 10};

	profile_list(&out, o->time_scale);
	fwrite(out.p, 1, out.n, r->out);
	buf_deinit(&out);
	return EXIT_FINE;
}

/* A TLS connection cannot be handed to the worker that has its session. */
static bool take_workers(struct serve_options *o, struct buf *error)
{
	struct socketio_ask *socketio = (struct socketio_ask *)o->own[ROLE_socketio];

	if (o->workers < 2)
		return true;
	if (o->replicas > 1) {
		buf_addz(error, "--workers: not with --replicas");
		return false;
	}
	if (!o->tls.n && !o->tls_generate)
		return true;
	if (socketio->transports.n && socketio->rules.polling) {
		buf_addz(error, "--transports: with --workers and TLS only websocket, for the polls "
				"of a session would come to any of the processes");
		return false;
	}
	socketio->rules.polling = false;
	return true;
}

/* What would be taken and do nothing. */
static bool goes_together(const struct serve_options *o, struct buf *why)
{
	if (o->log_file.n && !o->log.n)
		buf_addz(why, "--log-file: there is no log without --log json");
	else if ((o->no_takeover || o->window || o->compress_from) && !o->deflate)
		buf_addz(why, "--no-context-takeover, --deflate-window and --deflate-threshold say "
			      "how: --deflate has to be there too");
	else if (o->tls.n && o->tls_generate)
		buf_addz(why, "--tls and --tls-generate: one certificate or the other");
	return !why->n;
}

static int run(struct cmd_run *r)
{
	struct serve_options *o = r->options;
	struct tls_identity *identity = NULL;
	struct buf wrong = {.max = 1024};
	const char *why = "cannot make a certificate";
	int status;

	if (!serve_listen_valid(&o->listen, &wrong) || !serve_faults_valid(&o->faults, &wrong) ||
		!goes_together(o, &wrong) || !take_roles(o, &wrong) || !take_workers(o, &wrong)) {
		status = cmd_usage(r, "%s", buf_z(&wrong));
		buf_deinit(&wrong);
		return status;
	}
	if (span_eq(o->profile, SPAN("list")))
		return list_profiles(r, o);
	if (o->tls.n)
		identity = loaded(o->tls, &why);
	else if (o->tls_generate)
		identity = generated();
	if (!identity && o->tls.n)
		return cmd_usage(r, "--tls %.*s: %s", SPANF(o->tls), why);
	if (!identity && o->tls_generate)
		return cmd_usage(r, "--tls-generate: %s", why);
	status = serve(r, o, identity);
	tls_identity_free(identity);
	return status;
}

static void addresses(struct buf *out)
{
	page_urls(out);
	buf_addz(out, "/fault/ID?PARAMETER=VALUE with --faults, that fault; /fault/ lists them\n");
}

const struct command cmd_serve = {
	.name = "serve",
	.say = "be a WebSocket server, healthy or broken on purpose",
	.synopsis = "[--listen ADDRESS:PORT|unix:PATH]… [--fault ID]… [--faults]",
	.about =
		"Listens, and echoes messages at / and /echo; a plain GET there is answered with "
		"426, as node's ws does, at / with the list of addresses for curl; but a browser "
		"is shown a page there, which tests from where it is: WebSocket, Socket.IO by polling and by upgrade, large messages, an idle "
		"connection.\n\n"
		"All of it is spoken over HTTP/2 too, WebSockets by extended CONNECT (RFC 8441).\n\n"
		"At /socket.io/ it speaks Socket.IO, over Engine.IO 4 and 3, in the namespaces / "
		"and "
		"/custom: it emits `auth` with what the client connected with, sends `message` "
		"back "
		"as `message-back`, and acknowledges every event that asks for it with the event's "
		"own arguments. `join` and `leave` take the name of a room and are acknowledged with "
		"the rooms one is in; `broadcast` EVENT ARGUMENT… emits that event to all others, "
		"`everyone` to oneself too, `to-room` ROOM EVENT ARGUMENT… to all others in a room "
		"(or to a socket by its id), `in-room` to oneself too. Times, sizes, refusals and "
		"closes are those of socket.io 4. With --recovery a client whose connection was "
		"lost comes back to its rooms and is told what it missed, by the server that it "
		"was connected to. At "
		"/engine.io/ is Engine.IO alone, which echoes.\n\n"
		"With --redis it stands in one cluster with other servers of wsdx and with node "
		"servers that use @socket.io/redis-adapter 8: rooms and broadcasts, and what is "
		"said by @socket.io/redis-emitter, reach the clients of all of them; their "
		"fetchSockets(), socketsJoin() and the like find its clients, and their "
		"serverSideEmit() is acknowledged with null. While Redis is away, which a line on "
		"standard error says, what is emitted reaches the server's own clients.\n\n"
		"With --workers a session by polling lives in one of the processes, which its id "
		"names; a connection with a request for it is handed to that process, so a "
		"client meets no unknown session. TLS and HTTP/2 cannot be handed over: with TLS "
		"Socket.IO is by WebSocket alone. Rooms, broadcasts and statistics are of one process, but for "
		"what --redis shares.\n\n"
		"It is a Lavalink v4 node too, at /version and below /v4: sessions, players and "
		"one "
		"track without a sound, for bots to connect to.\n\n"
		"With --profile it is a healthy application behind a platform: an open WebSocket "
		"ends when nothing passes in either direction for that platform's time, or at its "
		"age, in the way that platform ends it (FIN without a Close, a Close with its "
		"code, or a RST to what comes after); requests that are too large or not answered "
		"in time get its own page, answers carry its headers, and where it lets no "
		"Upgrade through, none is accepted. Times count from the 101 on; they are those "
		"the platform has when nobody has changed them, and --profile list shows all "
		"of them, divided by --time-scale, with the source of each.\n\n"
		"With --fault it shows one of the faults that wsdx knows to find, with --faults "
		"each at a path of its own, /fault/ID and everything below it, and their list at "
		"/fault/: a sentence each, and the check that finds it. A fault is named by the "
		"cause it shows (see: wsdx explain ID); those named hostile-… are what a client "
		"must survive.\n\n"
		"A bad certificate, a forward proxy, or a server that has nothing else at any of "
		"its paths cannot be shown at a path. With --faults such a fault has a listener of "
		"its own at a free port, which /fault/ names, and with --fault it has one where "
		"at= says; the root of the certificates is at /fault/root.pem.\n\n"
		"Parameters stand behind --fault ID,… or in the query of /fault/ID: after= (how "
		"long it takes, or how long silence may last: a duration up to 24h), age= (how old "
		"a connection may become: a duration up to 24h), limit= (bytes, up to 1G), code= "
		"(the status of an answer or the code of a Close), rate= (how many in a hundred), "
		"to= (where to, or what is right: a URL, an origin, a name), at= (ADDRESS:PORT, a "
		"listener of its own; of --fault only).\n\n"
		"On SIGTERM or SIGINT it accepts nothing more, reads and answers what was sent, "
		"closes "
		"every WebSocket with --stop-code and every session as engine.io does, and ends "
		"when all have answered, or some seconds later; a second signal ends it at "
		"once.\n\n"
		"It is made for tests: it checks no credentials but the node's password, and is to "
		"listen on loopback only.",
	.addresses = addresses,
	.options_of = options,
	.defaults = &defaults,
	.size = sizeof(struct serve_options),
	.shown = 1,
	.examples = {{"wsdx serve --faults", "a far end on port 8080 with every fault"},
		{"wsdx serve --listen 127.0.0.1:0 --fault idle-nginx-read-timeout,after=5s",
			"ends connections that are silent for five seconds"},
		{"wsdx serve --fault none --fault proxy-upstream-refused-502",
			"every second connection gets a 502"},
		{"wsdx serve --fault tls-cert-expired,at=127.0.0.1:8443",
			"a healthy server on port "
			"8080, and one whose certificate has expired on 8443"},
		{"wsdx serve --transports polling --ping-interval 5s --cors '*'",
			"Socket.IO without WebSocket, with a heartbeat every five seconds, for "
			"pages of any origin"},
		{"wsdx serve --listen 127.0.0.1:2333 --lavalink-only --fault "
		 "lavalink-not-ready,after=20s",
			"a Lavalink node that takes twenty seconds to start"}},
	.exits = "1 it cannot listen there\n2 no such option or fault\n130 ended by SIGINT\n143 "
		 "ended by SIGTERM",
	.run = run,
};
