/* What the user may say of the Socket.IO server. */
#include "serve/socketio.h"

#include "serve/redis_line.h"

#define AT(member) offsetof(struct socketio_ask, member)
#define REDIS_KEY_MAX 256
#define HOUR_NS (INT64_C(3600) * NS_S)

const struct opt socketio_options[] = {
	{.name = "path",
		.type = OPT_TEXT,
		.offset = AT(path),
		.value = "PATH",
		.say = "where Socket.IO is; default /socket.io/",
		.group = "Socket.IO"},
	{.name = "transports",
		.type = OPT_TEXT,
		.offset = AT(transports),
		.value = "LIST",
		.say = "which transports are there, of polling,websocket; default both"},
	{.name = "ping-interval",
		.type = OPT_DURATION,
		.offset = AT(rules.ping_interval),
		.value = "DURATION",
		.say = "time between heartbeats, default 25s",
		.min = NS_MS,
		.max = HOUR_NS},
	{.name = "ping-timeout",
		.type = OPT_DURATION,
		.offset = AT(rules.ping_timeout),
		.value = "DURATION",
		.say = "end a session whose heartbeat is not answered in this time, default 20s",
		.min = NS_MS,
		.max = HOUR_NS},
	{.name = "max-payload",
		.type = OPT_SIZE,
		.offset = AT(rules.max_payload),
		.value = "SIZE",
		.say = "refuse larger requests and messages, default 1000000 bytes",
		.min = 1,
		.max = EIO_PAYLOAD_MAX},
	{.name = "connect-timeout",
		.type = OPT_DURATION,
		.offset = AT(rules.connect_timeout),
		.value = "DURATION",
		.say = "end a session that joins no namespace in this time, default 45s",
		.min = NS_MS,
		.max = HOUR_NS},
	{.name = "allow-eio3",
		.type = OPT_FLAG,
		.offset = AT(allow_eio3),
		.say = "serve clients of Engine.IO 3 too: the default, but with --preset suite"},
	{.name = "no-eio3",
		.type = OPT_FLAG,
		.offset = AT(rules.no_eio3),
		.say = "refuse clients of Engine.IO 3, as socket.io-client 2 is"},
	{.name = "recovery",
		.type = OPT_DURATION,
		.offset = AT(recovery),
		.value = "DURATION",
		.say = "sessions whose connection was lost may be recovered for so long, with "
		       "their "
		       "rooms and what they missed; default: not at all",
		.min = NS_MS,
		.max = HOUR_NS},
	{.name = "redis",
		.type = OPT_TEXT,
		.offset = AT(redis),
		.value = "HOST:PORT",
		.say = "share rooms and broadcasts with other servers through this Redis, as "
		       "@socket.io/redis-adapter does; also redis://[USER:PASSWORD@]HOST:PORT, and "
		       "rediss:// for TLS, whose certificate is not verified; the password may "
		       "stand "
		       "in WSDX_REDIS_PASSWORD"},
	{.name = "redis-adapter",
		.type = OPT_CHOICE,
		.offset = AT(redis_adapter),
		.value = "KIND",
		.say = "classic, which is the default, or sharded, as its createShardedAdapter() "
		       "for Redis 7",
		.choices = "classic|sharded"},
	{.name = "redis-key",
		.type = OPT_TEXT,
		.offset = AT(redis_key),
		.value = "PREFIX",
		.say = "what channels begin with, default socket.io"},
	{.name = "cors",
		.type = OPT_TEXT,
		.offset = AT(rules.cors),
		.value = "ORIGIN",
		.say = "let pages of this origin in, or of any: *"},
	{.name = "preset",
		.type = OPT_CHOICE,
		.offset = AT(preset),
		.value = "NAME",
		.say = "suite: what the protocol's published test suite expects, heartbeats of 300 "
		       "and 200 ms, a second to connect, no Engine.IO 3; single options win",
		.choices = "suite"},
	{0},
};

static bool take_transports(struct socketio_ask *a, struct buf *error)
{
	struct span rest = a->transports, word;

	a->rules.polling = a->rules.websocket = !rest.n;
	while (span_cut(&rest, ',', &word)) {
		if (span_eq(word, SPAN("polling"))) {
			a->rules.polling = true;
		} else if (span_eq(word, SPAN("websocket"))) {
			a->rules.websocket = true;
		} else {
			buf_addf(error,
				"--transports %.*s: polling, websocket, or both with a "
				"comma between them",
				SPANF(a->transports));
			return false;
		}
	}
	return true;
}

/* Kept without the slash at its end. */
static bool take_path(struct socketio_ask *a, struct buf *error)
{
	if (!a->path.n)
		a->path = SPAN("/socket.io");
	if (a->path.p[0] != '/' || span_chr(a->path, '?') >= 0) {
		buf_addf(error, "--path %.*s: a path, such as /socket.io/", SPANF(a->path));
		return false;
	}
	while (a->path.n && a->path.p[a->path.n - 1] == '/')
		a->path.n--;
	return true;
}

static bool take_cors(const struct socketio_ask *a, struct buf *error)
{
	for (size_t i = 0; i < a->rules.cors.n; i++)
		if (a->rules.cors.p[i] <= ' ' || a->rules.cors.p[i] == 0x7f) {
			buf_addf(error, "--cors: an origin, such as https://example.com, or *");
			return false;
		}
	return true;
}

static bool take_redis(struct socketio_ask *a, struct buf *error)
{
	struct redis_to to;
	const char *why;

	a->redis_sharded = span_eq(a->redis_adapter, SPAN("sharded"));
	if (!a->redis_key.n)
		a->redis_key = SPAN("socket.io");
	if (a->redis_key.n > REDIS_KEY_MAX) {
		buf_addf(error, "--redis-key: at most %d bytes", REDIS_KEY_MAX);
		return false;
	}
	if (!a->redis.n)
		return true;
	if (redis_to_read(&to, a->redis, NULL, &why)) {
		redis_to_deinit(&to);
		return true;
	}
	buf_addf(error, "--redis: %s", why);
	return false;
}

static void complete(ns *value, bool suite, ns of_suite, ns usual)
{
	if (!*value)
		*value = suite ? of_suite : usual;
}

void socketio_hurry(void *own, int64_t scale)
{
	struct eio_rules *r = &((struct socketio_ask *)own)->rules;
	ns *const times[] = {&r->ping_interval, &r->ping_timeout, &r->connect_timeout};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		*times[i] = *times[i] / scale > NS_MS ? *times[i] / scale : NS_MS;
}

bool socketio_take(void *own, struct buf *error)
{
	struct socketio_ask *a = own;
	struct eio_rules *r = &a->rules;
	bool suite = a->preset.n > 0;

	complete(&r->ping_interval, suite, 300 * NS_MS, 25 * NS_S);
	complete(&r->ping_timeout, suite, 200 * NS_MS, 20 * NS_S);
	complete(&r->connect_timeout, suite, NS_S, 45 * NS_S);
	r->max_payload = r->max_payload ? r->max_payload : 1000000;
	if (a->allow_eio3 && r->no_eio3) {
		buf_addz(error, "--allow-eio3 and --no-eio3 exclude each other");
		return false;
	}
	r->no_eio3 = r->no_eio3 || (suite && !a->allow_eio3);
	return take_transports(a, error) && take_path(a, error) && take_cors(a, error) &&
	       take_redis(a, error);
}
