/* A Socket.IO server with an application for tests, in the namespaces / and /custom. Here are its
 * packets and what it is as a role; what it does with events is sio_app.c. */
#include <stdlib.h>

#include "serve/sio.h"
#include "serve/sio_cluster.h"

static const struct span names[SIO_NAMESPACES] = {{"/", 1}, {"/custom", 7}};

/* --- saying -------------------------------------------------------------------------------------
 */

static void say_connect(const struct sio_member *m)
{
	struct buf data = {.max = 128};

	if (m->client->version != 3)
		buf_addf(&data, "{\"sid\":\"%.*s\"%s%.*s%s}", SPANF(sio_member_id(m)),
			m->pid[0] ? ",\"pid\":\"" : "", m->pid[0] ? EIO_SID_MADE : 0, m->pid,
			m->pid[0] ? "\"" : "");
	sio_say(m->client,
		&(struct sio_packet){
			.type = SIO_CONNECT, .namespace = m->in->name, .data = buf_span(&data)});
	buf_deinit(&data);
}

/* Revision 4 has a sentence where revision 5 has an object. */
static void say_no_namespace(struct eio_client *c, struct span namespace)
{
	sio_say(c, &(struct sio_packet){.type = SIO_CONNECT_ERROR,
			   .namespace = namespace,
			   .data = c->version == 3 ? SPAN("\"Invalid namespace\"")
						   : SPAN("{\"message\":\"Invalid namespace\"}")});
}

/* --- hearing ------------------------------------------------------------------------------------
 */

/* lib/socket.ts, constructor: revision 4 has ids made of the session's. */
static struct sio_member *new_member(struct sio_namespace *in, struct eio_client *c)
{
	struct buf id = {.max = SIO_ID_MAX};
	char sid[EIO_SID_MADE];
	struct sio_member *m;

	eio_sid_make(sid);
	if (c->version == 3 && in->name.n > 1)
		buf_addf(&id, "%.*s#", SPANF(in->name));
	buf_add(&id, (struct span){c->version == 3 ? c->sid : sid, sizeof(sid)});
	m = sio_member_new(in, c, buf_span(&id));
	if (m && in->server->lost)
		eio_sid_make(m->pid);
	buf_deinit(&id);
	return m;
}

static void join(struct eio_client *c, struct sio_namespace *in, struct span auth)
{
	struct sio_lost *lost = in->server->lost;
	struct sio_member *m = lost ? sio_lost_find(lost, in, c, auth) : NULL;

	c->due_at = NS_NEVER;
	if (!m)
		m = new_member(in, c);
	if (!m) {
		eio_client_close(c);
		return;
	}
	say_connect(m);
	sio_app_joined(m, auth);
}

static void heard_connect(struct eio_client *c, const struct sio_packet *p)
{
	struct sio_namespace *in = sio_namespace_find(sio_server(c), p->namespace);

	if (!in)
		say_no_namespace(c, p->namespace);
	else if (sio_guest(c)->members[sio_namespace_at(in)])
		eio_client_close(c);
	else
		join(c, in, p->data);
}

/* socket.io closes a connection that speaks in a namespace it has not joined. */
static struct sio_member *speaker(struct eio_client *c, const struct sio_packet *p)
{
	struct sio_namespace *in = sio_namespace_find(sio_server(c), p->namespace);
	struct sio_member *m = in ? sio_guest(c)->members[sio_namespace_at(in)] : NULL;

	if (!m)
		eio_client_close(c);
	return m;
}

static void heard_disconnect(struct eio_client *c, const struct sio_packet *p)
{
	struct sio_member *m = speaker(c, p);

	if (m)
		sio_member_free(m);
}

bool sio_is_reserved(struct span name)
{
	static const char *const reserved[] = {"connect", "connect_error", "disconnect",
		"disconnecting", "newListener", "removeListener"};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (span_eq(name, span_of(reserved[i])))
			return true;
	return false;
}

static void heard_event(struct eio_client *c, const struct sio_packet *p)
{
	struct sio_member *m = speaker(c, p);
	struct sio_args args;

	if (!m)
		return;
	sio_args_read(&args, p);
	if (args.fault || (c->version != 3 && sio_is_reserved(args.name)))
		eio_client_close(c);
	else
		sio_app_heard(m, p, args.name);
}

static void heard_ack(struct eio_client *c, const struct sio_packet *p)
{
	struct sio_member *m = speaker(c, p);

	if (m)
		sio_cluster_acked(m, p);
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

static void drop(struct sio_guest *s)
{
	if (s->assembly)
		sio_assembly_drop(s->assembly);
	free(s->assembly);
	s->assembly = NULL;
}

static void heard_text(struct eio_client *c, struct span text)
{
	struct sio_guest *s = sio_guest(c);
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
	struct sio_guest *s = sio_guest(c);
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
		join(c, &sio_server(c)->namespaces[0], (struct span){0});
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
	const struct sio_assembly *a = sio_guest(c)->assembly;

	return a ? a->text.cap + a->bytes.cap : 0;
}

static void closed(struct eio_client *c)
{
	for (size_t i = 0; i < SIO_NAMESPACES; i++) {
		struct sio_member *m = sio_guest(c)->members[i];

		if (m && sio_server(c)->lost)
			sio_lost_add(sio_server(c)->lost, m);
		if (m)
			sio_member_free(m);
	}
	drop(sio_guest(c));
}

const struct eio_app socketio_app = {.size = sizeof(struct sio_guest),
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

void sio_server_begin(struct sio_server *s, struct far *far, const struct eio_rules *rules,
	const struct eio_app *app)
{
	s->far = far;
	pool_init(&s->members, sizeof(struct sio_member), SIO_NAMESPACES * EIO_CLIENTS_MAX);
	pool_init(&s->seats, sizeof(struct sio_seat), SIO_SEATS_MAX);
	for (size_t i = 0; i < SIO_NAMESPACES; i++) {
		s->namespaces[i].server = s;
		s->namespaces[i].name = names[i];
	}
	eio_server_begin(&s->eio, far, rules, app);
}

void sio_server_finish(struct sio_server *s)
{
	eio_server_finish(&s->eio);
	sio_cluster_free(s->cluster);
	sio_lost_free(s->lost);
	pool_deinit(&s->members);
	pool_deinit(&s->seats);
}

static void begin(void *state, struct far *far, const void *own)
{
	struct sio_server *s = state;

	sio_server_begin(s, far, socketio_rules(far), &socketio_app);
	s->ask = own;
	if (s->ask->recovery)
		s->lost = sio_lost_new(far->loop, s->ask->recovery);
	if (s->ask->redis.n)
		s->cluster = sio_cluster_new(s);
}

static void stop(void *state)
{
	sio_cluster_stop(((struct sio_server *)state)->cluster);
}

static void finish(void *state)
{
	sio_server_finish(state);
}

const struct role role_socketio = {
	.name = "socketio",
	.say = "Socket.IO at /socket.io/, in the namespaces / and /custom",
	.urls = "/socket.io/ Socket.IO, over Engine.IO 4 and 3; `message` comes back as `message-back`; rooms",
	.options = socketio_options,
	.ask_size = sizeof(struct socketio_ask),
	.take = socketio_take,
	.hurry = socketio_hurry,
	.takes = takes,
	.body_max = eio_server_body_max,
	.request = request,
	.message = eio_server_message,
	.end = eio_server_end,
	.bye = eio_server_bye,
	.state_size = sizeof(struct sio_server),
	.begin = begin,
	.stop = stop,
	.finish = finish,
};

_Static_assert(sizeof(struct socketio_ask) <= ROLE_ASK_MAX, "room for what is said of the role");
