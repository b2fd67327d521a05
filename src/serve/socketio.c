/* A Socket.IO server with an application for tests, in the namespaces / and /custom: it emits
 * `auth` with what the client connected with, sends `message` back as `message-back`, and
 * acknowledges whatever wants to be. */
#include <stdlib.h>

#include "base/json.h"
#include "dialect/sio/packet.h"
#include "serve/eio.h"
#include "serve/far.h"
#include "serve/socketio.h"

static const struct span names[] = {{"/", 1}, {"/custom", 7}};
#define NAMES (sizeof(names) / sizeof(*names))

struct guest {
	bool joined[NAMES];
	struct sio_assembly *assembly; /* NULL: no packet waits for its attachments */
};

static struct guest *guest_of(const struct eio_client *c)
{
	return c->own;
}

/* --- saying -------------------------------------------------------------------------------------
 */

static void say(struct eio_client *c, const struct sio_packet *p)
{
	struct buf text = {.max = EIO_PAYLOAD_MAX};

	sio_packet_write(&text, p);
	eio_client_message(c, false, buf_span(&text));
	for (unsigned i = 0; p->attached && i < p->attachments; i++)
		eio_client_message(c, true, p->attached[i]);
	buf_deinit(&text);
}

static void say_connect(struct eio_client *c, struct span namespace)
{
	char sid[EIO_SID_MADE];
	struct buf data = {.max = 64};

	eio_sid_make(sid);
	if (c->version != 3)
		buf_addf(&data, "{\"sid\":\"%.*s\"}", (int)sizeof(sid), sid);
	say(c, &(struct sio_packet){
		       .type = SIO_CONNECT, .namespace = namespace, .data = buf_span(&data)});
	buf_deinit(&data);
}

static void say_auth(struct eio_client *c, struct span namespace, struct span auth)
{
	struct buf args = {.max = EIO_PAYLOAD_MAX};

	buf_addz(&args, "[\"auth\",");
	buf_add(&args, auth.n ? auth : SPAN("{}"));
	buf_addc(&args, ']');
	say(c, &(struct sio_packet){
		       .type = SIO_EVENT, .namespace = namespace, .data = buf_span(&args)});
	buf_deinit(&args);
}

/* Revision 4 has a sentence where revision 5 has an object. */
static void say_no_namespace(struct eio_client *c, struct span namespace)
{
	say(c, &(struct sio_packet){.type = SIO_CONNECT_ERROR,
		       .namespace = namespace,
		       .data = c->version == 3 ? SPAN("\"Invalid namespace\"")
					       : SPAN("{\"message\":\"Invalid namespace\"}")});
}

/* The packet's arguments and attachments, behind `lead`. */
static void send_back(struct eio_client *c, const struct sio_packet *heard, enum sio_type type,
	const char *lead, struct span args)
{
	struct buf data = {.max = EIO_PAYLOAD_MAX};
	bool ack = type == SIO_ACK;
	struct sio_packet p = {.namespace = heard->namespace,
		.has_ack = ack,
		.ack = heard->ack,
		.attachments = heard->attachments,
		.attached = heard->attached};

	p.type = heard->attachments ? ack ? SIO_BINARY_ACK : SIO_BINARY_EVENT : type;
	buf_addz(&data, lead);
	buf_add(&data, args);
	p.data = buf_span(&data);
	say(c, &p);
	buf_deinit(&data);
}

/* --- hearing ------------------------------------------------------------------------------------
 */

/* NAMES: there is none. */
static size_t find_name(struct span namespace)
{
	size_t i = 0;

	while (i < NAMES && !span_eq(namespace, names[i]))
		i++;
	return i;
}

static void join(struct eio_client *c, size_t i, struct span auth)
{
	guest_of(c)->joined[i] = true;
	c->due_at = NS_NEVER;
	say_connect(c, names[i]);
	say_auth(c, names[i], auth);
}

static void heard_connect(struct eio_client *c, const struct sio_packet *p)
{
	size_t i = find_name(p->namespace);

	if (i == NAMES)
		say_no_namespace(c, p->namespace);
	else if (guest_of(c)->joined[i])
		eio_client_close(c);
	else
		join(c, i, p->data);
}

/* socket.io closes a connection that speaks in a namespace it has not joined. */
static bool joined(struct eio_client *c, const struct sio_packet *p)
{
	size_t i = find_name(p->namespace);

	if (i < NAMES && guest_of(c)->joined[i])
		return true;
	eio_client_close(c);
	return false;
}

static void heard_disconnect(struct eio_client *c, const struct sio_packet *p)
{
	if (joined(c, p))
		guest_of(c)->joined[find_name(p->namespace)] = false;
}

/* socket.io-parser, isDataValid() */
static bool is_reserved(struct span name)
{
	static const char *const reserved[] = {"connect", "connect_error", "disconnect",
		"disconnecting", "newListener", "removeListener"};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (span_eq(name, span_of(reserved[i])))
			return true;
	return false;
}

/* What stands behind the event's name, with the bracket: `,1,2]` or `]`. */
static struct span behind_name(const struct sio_packet *p)
{
	struct json_token t;
	struct json j;
	size_t end;

	json_init(&j, p->data);
	json_next(&j);
	t = json_next(&j);
	end = (size_t)(t.raw.p - p->data.p) + t.raw.n + (t.type == JSON_STRING ? 1 : 0);
	return span_trim(span_from(p->data, end));
}

static void heard_event(struct eio_client *c, const struct sio_packet *p)
{
	struct sio_args args;
	struct span rest;

	if (!joined(c, p))
		return;
	sio_args_read(&args, p);
	if (args.fault || (c->version != 3 && is_reserved(args.name))) {
		eio_client_close(c);
		return;
	}
	rest = behind_name(p);
	if (span_eq(args.name, SPAN("message")))
		send_back(c, p, SIO_EVENT, "[\"message-back\"", rest);
	if (p->has_ack)
		send_back(c, p, SIO_ACK, "[",
			span_starts(rest, SPAN(",")) ? span_from(rest, 1) : SPAN("]"));
}

static void heard_ack(struct eio_client *c, const struct sio_packet *p)
{
	joined(c, p);
}

static void heard_error(struct eio_client *c, const struct sio_packet *p)
{
	(void)p;
	eio_client_close(c);
}

static void heard_packet(struct eio_client *c, const struct sio_packet *p)
{
	static void (*const heard[SIO_TYPES])(struct eio_client *, const struct sio_packet *) = {
		heard_connect, heard_disconnect, heard_event, heard_ack, heard_error, heard_event,
		heard_ack};

	heard[p->type](c, p);
}

static unsigned revision(const struct eio_client *c)
{
	return c->version == 3 ? 4 : 5;
}

static void drop(struct guest *s)
{
	if (s->assembly)
		sio_assembly_drop(s->assembly);
	free(s->assembly);
	s->assembly = NULL;
}

static void heard_text(struct eio_client *c, struct span text)
{
	struct guest *s = guest_of(c);
	struct sio_packet p;

	if (s->assembly || sio_packet_read(&p, revision(c), text)) {
		eio_client_close(c);
		return;
	}
	if (!p.attachments) {
		heard_packet(c, &p);
		return;
	}
	s->assembly = calloc(1, sizeof(*s->assembly));
	if (!s->assembly)
		abort();
	sio_assembly_begin(s->assembly, text, p.attachments);
}

static void heard_binary(struct eio_client *c, struct span bytes)
{
	struct span attached[SIO_ATTACHMENTS_MAX];
	struct guest *s = guest_of(c);
	struct sio_packet p;

	if (!s->assembly) {
		eio_client_close(c);
	} else if (sio_assembly_add(s->assembly, bytes)) {
		if (sio_assembly_read(&p, attached, revision(c), s->assembly))
			heard_packet(c, &p);
		drop(s);
	} else if (!s->assembly->busy) {
		drop(s);
		eio_client_close(c);
	}
}

/* --- the application of a session ---------------------------------------------------------------
 */

/* Revision 4 has no CONNECT of a client's for "/". */
static void opened(struct eio_client *c)
{
	if (c->version == 3)
		join(c, 0, (struct span){0});
	else
		c->due_at = loop_clock(c->server->loop) + c->server->rules->connect_timeout;
}

static void heard(struct eio_client *c, bool binary, struct span data)
{
	if (binary)
		heard_binary(c, data);
	else
		heard_text(c, data);
}

/* Nobody joined in time. */
static void due(struct eio_client *c)
{
	eio_client_close(c);
}

static size_t holds(const struct eio_client *c)
{
	const struct sio_assembly *a = guest_of(c)->assembly;

	return a ? a->text.cap + a->bytes.cap : 0;
}

static void closed(struct eio_client *c)
{
	drop(guest_of(c));
}

const struct eio_app socketio_app = {.size = sizeof(struct guest),
	.opened = opened,
	.heard = heard,
	.due = due,
	.holds = holds,
	.closed = closed};

/* --- the role -----------------------------------------------------------------------------------
 */

/* Also the path without its slash: engine.io has no answer to an Upgrade there. */
static bool takes(struct span path, const void *own)
{
	const struct socketio_ask *a = own;

	return span_starts(path, a->path) && (path.n == a->path.n || path.p[a->path.n] == '/') &&
	       path.n;
}

/* lib/server.ts, attach(): destroyUpgradeTimeout */
static void not_here(struct call *c)
{
	if (call_upgrades(c))
		loop_timer(call_loop(c), &c->timer, call_now(c) + NS_S);
	else
		call_reply(c, 404, NULL, 0, (struct span){0});
}

static void request(struct call *c)
{
	const struct socketio_ask *a = role_ask(c);

	if (call_path(c).n == a->path.n)
		not_here(c);
	else
		eio_server_request(role_state(c), c);
}

const struct eio_rules *socketio_rules(const struct far *far)
{
	return &((const struct socketio_ask *)far->ask->own[ROLE_socketio])->rules;
}

static void begin(void *state, struct far *far, const void *own)
{
	(void)own;
	eio_server_begin(state, far, socketio_rules(far), &socketio_app);
}

static void finish(void *state)
{
	eio_server_finish(state);
}

const struct role role_socketio = {
	.name = "socketio",
	.say = "Socket.IO at /socket.io/, in the namespaces / and /custom",
	.urls = "/socket.io/ Socket.IO, over Engine.IO 4 and 3; `message` comes back as `message-back`",
	.options = socketio_options,
	.ask_size = sizeof(struct socketio_ask),
	.take = socketio_take,
	.takes = takes,
	.body_max = eio_server_body_max,
	.request = request,
	.message = eio_server_message,
	.end = eio_server_end,
	.bye = eio_server_bye,
	.state_size = sizeof(struct eio_server),
	.begin = begin,
	.finish = finish,
};

_Static_assert(sizeof(struct socketio_ask) <= ROLE_ASK_MAX, "room for what is said of the role");
