#include "serve/sio_cluster.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "dialect/redis/adapter.h"
#include "io/random.h"
#include "serve/redis_line.h"

#define UID_MAX 16
#define CHANNEL_MAX 1024
#define ACKS_MAX 256
#define ACK_WAIT (60 * NS_S)

/* An event of another server whose acknowledgements it wants. */
struct ack {
	uint64_t id; /* of ours; 0: free */
	struct sio_namespace *in;
	ns until;
	struct buf uid, request;
};

struct sio_cluster {
	struct sio_server *server;
	enum adapter_kind kind;
	struct span prefix;
	char uid[UID_MAX + 1];
	struct redis_to to;
	struct redis_line hears, says;
	bool up, ever_up;
	struct ack acks[ACKS_MAX];
	uint64_t next_ack;
};

static struct span uid_of(const struct sio_cluster *c)
{
	return span_of(c->uid);
}

/* --- channels -----------------------------------------------------------------------------------
 */

/* "socket.io#/#": what stands before the rooms. */
static void add_channel(struct buf *out, const struct sio_namespace *in, const char *more)
{
	buf_addf(out, "%.*s%s#%.*s#", SPANF(in->server->cluster->prefix), more, SPANF(in->name));
}

static void add_part(struct buf *out, struct span part)
{
	buf_add(out, part);
	buf_addc(out, '#');
}

static void say_two(struct redis_line *line, struct span verb, const struct buf *channel)
{
	if (!channel->full)
		redis_line_say(line, (struct span[]){verb, buf_span(channel)}, 2);
}

static void subscribe_classic(struct sio_cluster *c, const struct sio_namespace *in)
{
	struct buf channels[4];

	for (size_t i = 0; i < 4; i++)
		channels[i] = (struct buf){.max = CHANNEL_MAX};
	add_channel(&channels[0], in, "");
	buf_addc(&channels[0], '*');
	add_channel(&channels[1], in, "-request");
	add_channel(&channels[2], in, "-response");
	add_channel(&channels[3], in, "-response");
	add_part(&channels[3], uid_of(c));
	say_two(&c->hears, SPAN("PSUBSCRIBE"), &channels[0]);
	for (size_t i = 1; i < 4; i++)
		say_two(&c->hears, SPAN("SUBSCRIBE"), &channels[i]);
	for (size_t i = 0; i < 4; i++)
		buf_deinit(&channels[i]);
}

static void say_room(
	struct sio_cluster *c, const struct sio_namespace *in, struct span verb, struct span room)
{
	struct buf channel = {.max = CHANNEL_MAX};

	add_channel(&channel, in, "");
	if (room.n)
		add_part(&channel, room);
	say_two(&c->hears, verb, &channel);
	buf_deinit(&channel);
}

/* subscriptionMode "dynamic": a channel for each room that is not a member's own. */
static void subscribe_sharded(struct sio_cluster *c, const struct sio_namespace *in)
{
	say_room(c, in, SPAN("SSUBSCRIBE"), (struct span){0});
	say_room(c, in, SPAN("SSUBSCRIBE"), uid_of(c));
	for (size_t i = 0; i < SIO_BUCKETS; i++)
		for (const struct sio_room *r = in->rooms[i]; r; r = r->next)
			say_room(c, in, SPAN("SSUBSCRIBE"), r->name);
}

void sio_cluster_room(struct sio_namespace *in, struct span room, bool begins)
{
	struct sio_cluster *c = in->server->cluster;

	if (c && c->kind == ADAPTER_SHARDED)
		say_room(c, in, begins ? SPAN("SSUBSCRIBE") : SPAN("SUNSUBSCRIBE"), room);
}

/* --- publishing ---------------------------------------------------------------------------------
 */

static void publish(struct sio_cluster *c, const struct buf *channel, const struct buf *message)
{
	struct span verb = c->kind == ADAPTER_SHARDED ? SPAN("SPUBLISH") : SPAN("PUBLISH");

	if (!channel->full && !message->full)
		redis_line_say(
			&c->says, (struct span[]){verb, buf_span(channel), buf_span(message)}, 3);
}

/* An event for one room has a channel of its own; not so in the sharded adapter for what looks like
 * a member's id. */
static void add_event_channel(struct buf *channel, const struct sio_cluster *c,
	const struct sio_namespace *in, const struct sio_whom *whom)
{
	add_channel(channel, in, "");
	if (whom->rooms.n == 1 &&
		(c->kind == ADAPTER_CLASSIC || whom->rooms.v[0].n != EIO_SID_MADE))
		add_part(channel, whom->rooms.v[0]);
}

static void write_names(struct buf *json, const struct sio_names *names)
{
	struct json_out o = {.buf = json};

	json_open(&o, '[');
	for (size_t i = 0; i < names->n; i++)
		json_str(&o, names->v[i]);
	json_close(&o, ']');
}

void sio_cluster_emit(
	struct sio_namespace *in, const struct sio_emit *e, const struct sio_whom *whom)
{
	struct sio_cluster *c = in->server->cluster;
	struct buf channel = {.max = CHANNEL_MAX}, message = {.max = ADAPTER_JSON_MAX};
	struct buf rooms = {.max = ADAPTER_JSON_MAX}, except = {.max = ADAPTER_JSON_MAX};
	struct msgpack_bytes bytes = {.n = e->attachments};

	if (!c || !c->up)
		return;
	for (unsigned i = 0; i < bytes.n; i++)
		bytes.v[i] = e->attached[i];
	write_names(&rooms, &whom->rooms);
	write_names(&except, &whom->except);
	add_event_channel(&channel, c, in, whom);
	if (adapter_write_event(&message, c->kind,
		    &(struct adapter_event){.uid = uid_of(c),
			    .nsp = in->name,
			    .data = e->data,
			    .rooms = buf_span(&rooms),
			    .except = buf_span(&except),
			    .bytes = &bytes}))
		publish(c, &channel, &message);
	buf_deinit(&channel);
	buf_deinit(&message);
	buf_deinit(&rooms);
	buf_deinit(&except);
}

/* To who asked: on a channel that it alone hears, or on that of all answers. */
static void answer(struct sio_namespace *in, enum adapter_verb verb, struct span uid,
	struct span request, struct span body, const struct msgpack_bytes *bytes)
{
	struct sio_cluster *c = in->server->cluster;
	struct buf channel = {.max = CHANNEL_MAX}, message = {.max = ADAPTER_JSON_MAX};

	if (!request.n)
		return;
	add_channel(&channel, in, c->kind == ADAPTER_SHARDED ? "" : "-response");
	if (c->kind == ADAPTER_SHARDED)
		add_part(&channel, uid);
	if (adapter_write_answer(&message, c->kind,
		    &(struct adapter_answer){.verb = verb,
			    .uid = uid_of(c),
			    .nsp = in->name,
			    .request = request,
			    .body = body,
			    .bytes = bytes}))
		publish(c, &channel, &message);
	buf_deinit(&channel);
	buf_deinit(&message);
}

/* --- what others ask ----------------------------------------------------------------------------
 */

struct request {
	struct sio_namespace *in;
	const struct adapter_message *message;
	const struct sio_whom *whom;
	struct sio_names names;
	struct json_out out;
};

static void answer_with(const struct request *r, struct span body)
{
	answer(r->in, r->message->verb, r->message->uid, r->message->request, body, NULL);
}

static void do_emit(struct request *r)
{
	const struct adapter_message *m = r->message;

	sio_emit_here(r->in,
		&(struct sio_emit){.data = m->data,
			.attached = m->bytes.v,
			.attachments = m->bytes.n,
			.is_volatile = m->is_volatile},
		r->whom);
}

static struct ack *free_ack(struct sio_cluster *c)
{
	ns now = loop_clock(c->server->far->loop);

	for (size_t i = 0; i < ACKS_MAX; i++)
		if (!c->acks[i].id || c->acks[i].until < now)
			return &c->acks[i];
	return NULL;
}

static void do_emit_acked(struct request *r)
{
	const struct adapter_message *m = r->message;
	struct sio_cluster *c = r->in->server->cluster;
	struct ack *a = free_ack(c);
	struct buf count = {.max = 32};

	if (!a)
		return;
	a->id = ++c->next_ack;
	a->in = r->in;
	a->until = loop_clock(c->server->far->loop) + ACK_WAIT;
	a->uid.max = a->request.max = 256;
	buf_clear(&a->uid);
	buf_clear(&a->request);
	buf_add(&a->uid, m->uid);
	buf_add(&a->request, m->request);
	buf_addf(&count, "%zu",
		sio_emit_here(r->in,
			&(struct sio_emit){.data = m->data,
				.attached = m->bytes.v,
				.attachments = m->bytes.n,
				.has_ack = true,
				.ack = a->id},
			r->whom));
	answer(r->in, ADAPTER_CLIENT_COUNT, m->uid, m->request, buf_span(&count), NULL);
	buf_deinit(&count);
}

static void add_id(struct sio_member *m, void *arg)
{
	json_str(arg, sio_member_id(m));
}

static void do_sockets(struct request *r)
{
	json_open(&r->out, '[');
	sio_each(r->in, r->whom, add_id, &r->out);
	json_close(&r->out, ']');
	answer_with(r, buf_span(r->out.buf));
}

static void do_all_rooms(struct request *r)
{
	json_open(&r->out, '[');
	for (const struct sio_member *m = r->in->members; m; m = m->next)
		json_str(&r->out, sio_member_id(m));
	for (size_t i = 0; i < SIO_BUCKETS; i++)
		for (const struct sio_room *room = r->in->rooms[i]; room; room = room->next)
			json_str(&r->out, room->name);
	json_close(&r->out, ']');
	answer_with(r, buf_span(r->out.buf));
}

static void join_all(struct sio_member *m, void *arg)
{
	const struct request *r = arg;

	for (size_t i = 0; i < r->names.n; i++)
		sio_room_join(m, r->names.v[i]);
}

static void leave_all(struct sio_member *m, void *arg)
{
	const struct request *r = arg;

	for (size_t i = 0; i < r->names.n; i++)
		sio_room_leave(m, r->names.v[i]);
}

static void put_out(struct sio_member *m, void *arg)
{
	const struct request *r = arg;

	sio_put_out(m, r->message->close);
}

/* Whoever named one socket waits for the server that has it. */
static void change(struct request *r, void (*call)(struct sio_member *, void *))
{
	if (sio_each(r->in, r->whom, call, r) && r->message->alone)
		answer_with(r, (struct span){0});
}

static void do_join(struct request *r)
{
	change(r, join_all);
}

static void do_leave(struct request *r)
{
	change(r, leave_all);
}

static void do_disconnect(struct request *r)
{
	change(r, put_out);
}

static void add_socket(struct sio_member *m, void *arg)
{
	struct json_out *o = arg;
	struct buf rooms = {.max = 8 * SIO_ROOMS_MAX * SIO_ROOM_NAME_MAX};

	json_open(o, '{');
	json_key(o, "id");
	json_str(o, sio_member_id(m));
	json_key(o, "handshake");
	buf_addz(o->buf, "{\"headers\":{},\"query\":{},\"auth\":{}}");
	o->comma = true;
	json_key(o, "rooms");
	sio_rooms_of(&rooms, m);
	buf_add(o->buf, buf_span(&rooms));
	o->comma = true;
	json_key(o, "data");
	json_open(o, '{');
	json_close(o, '}');
	json_close(o, '}');
	buf_deinit(&rooms);
}

static void do_fetch(struct request *r)
{
	json_open(&r->out, '[');
	sio_each(r->in, r->whom, add_socket, &r->out);
	json_close(&r->out, ']');
	answer_with(r, buf_span(r->out.buf));
}

/* Nobody here listens to what servers tell each other: an answer is given all the same, or who
 * asked would wait for its time-out. */
static void do_server_emit(struct request *r)
{
	answer_with(r, SPAN("null"));
}

static void (*const verbs[ADAPTER_VERBS])(struct request *r) = {
	[ADAPTER_EMIT] = do_emit,
	[ADAPTER_EMIT_ACKED] = do_emit_acked,
	[ADAPTER_SOCKETS] = do_sockets,
	[ADAPTER_ALL_ROOMS] = do_all_rooms,
	[ADAPTER_JOIN] = do_join,
	[ADAPTER_LEAVE] = do_leave,
	[ADAPTER_DISCONNECT] = do_disconnect,
	[ADAPTER_FETCH] = do_fetch,
	[ADAPTER_SERVER_EMIT] = do_server_emit,
};

static bool read_names(struct sio_names *out, struct buf *text, struct span json)
{
	out->n = 0;
	return !json.n || sio_names_read(out, text, json);
}

static void serve(struct sio_namespace *in, const struct adapter_message *m)
{
	struct buf texts[3], json = {.max = ADAPTER_JSON_MAX};
	struct request r = {.in = in, .message = m, .out = {.buf = &json}};
	struct sio_whom whom;

	for (size_t i = 0; i < 3; i++)
		texts[i] = (struct buf){.max = ADAPTER_JSON_MAX};
	r.whom = &whom;
	if (verbs[m->verb] && read_names(&whom.rooms, &texts[0], m->rooms) &&
		read_names(&whom.except, &texts[1], m->except) &&
		read_names(&r.names, &texts[2], m->names))
		verbs[m->verb](&r);
	for (size_t i = 0; i < 3; i++)
		buf_deinit(&texts[i]);
	buf_deinit(&json);
}

/* --- acknowledgements ---------------------------------------------------------------------------
 */

static struct span first_argument(const struct sio_packet *p)
{
	struct json_token t;
	struct json j;

	json_init(&j, p->data);
	json_next(&j);
	t = json_next(&j);
	if (t.type == JSON_CLOSE || t.type == JSON_END || t.type == JSON_ERROR)
		return SPAN("null");
	if (t.type == JSON_STRING)
		return (struct span){t.raw.p - 1, t.raw.n + 2};
	if (t.type == JSON_OBJECT || t.type == JSON_ARRAY)
		return json_skip(&j) ? span_head(span_from(p->data, t.at), j.at - t.at)
				     : SPAN("null");
	return t.raw;
}

void sio_cluster_acked(struct sio_member *m, const struct sio_packet *p)
{
	struct sio_cluster *c = m->in->server->cluster;
	struct msgpack_bytes bytes = {.n = p->attachments};
	struct ack *a = NULL;

	for (size_t i = 0; c && i < ACKS_MAX; i++)
		if (c->acks[i].id == p->ack && c->acks[i].in == m->in)
			a = &c->acks[i];
	if (!a || !a->id)
		return;
	for (unsigned i = 0; i < bytes.n; i++)
		bytes.v[i] = p->attached[i];
	answer(m->in, ADAPTER_ACK, buf_span(&a->uid), buf_span(&a->request), first_argument(p),
		&bytes);
}

/* --- hearing ------------------------------------------------------------------------------------
 */

/* "socket.io", more, "#", the namespace, "#…": NULL: it is another's. */
static struct sio_namespace *find_channel(
	const struct sio_cluster *c, struct span channel, struct span more)
{
	if (!span_starts(channel, c->prefix))
		return NULL;
	channel = span_from(channel, c->prefix.n);
	if (!span_starts(channel, more) || !span_starts(span_from(channel, more.n), SPAN("#")))
		return NULL;
	channel = span_from(channel, more.n + 1);
	for (size_t i = 0; i < SIO_NAMESPACES; i++) {
		struct sio_namespace *in = &c->server->namespaces[i];

		if (span_starts(channel, in->name) &&
			span_starts(span_from(channel, in->name.n), SPAN("#")))
			return in;
	}
	return NULL;
}

static void heard_message(
	struct sio_cluster *c, struct span channel, struct span message, bool request)
{
	struct sio_namespace *in = find_channel(c, channel, request ? SPAN("-request") : SPAN(""));
	struct adapter_message *m = calloc(1, sizeof(*m));
	struct buf json = {0};

	if (!m)
		abort();
	if (in && adapter_read(m, &json, c->kind, request, message) &&
		!span_eq(m->uid, uid_of(c)) && (!m->nsp.n || span_eq(m->nsp, in->name)))
		serve(in, m);
	buf_deinit(&json);
	free(m);
}

static void heard(struct redis_line *line, struct span reply)
{
	struct resp_item it, words[4];
	const char *fault;
	size_t n = 0;

	if (!resp_take(&reply, &it, &fault) || it.type != RESP_ARRAY)
		return;
	while (n < 4 && (int64_t)n < it.n && resp_take(&reply, &words[n], &fault) &&
		words[n].type == RESP_TEXT)
		n++;
	if (n == 4 && span_eq(words[0].text, SPAN("pmessage")))
		heard_message(line->arg, words[2].text, words[3].text, false);
	else if (n == 3 && span_eq(words[0].text, SPAN("message")))
		heard_message(line->arg, words[1].text, words[2].text, true);
	else if (n == 3 && span_eq(words[0].text, SPAN("smessage")))
		heard_message(line->arg, words[1].text, words[2].text, false);
}

/* An answer to what was published: a number, or an error that somebody should know of. */
static void heard_answer(struct redis_line *line, struct span reply)
{
	struct sio_cluster *c = line->arg;
	struct resp_item it;
	struct span word = {0};
	const char *fault;

	if (!resp_take(&reply, &it, &fault) || it.type != RESP_ERROR)
		return;
	span_cut(&it.text, ' ', &word);
	fprintf(c->server->far->ask->err, "wsdx serve: Redis refuses: %.*s\n",
		SPANF(span_head(word, 24)));
}

/* --- the connections ----------------------------------------------------------------------------
 */

static void say_state(struct sio_cluster *c, struct span why)
{
	FILE *err = c->server->far->ask->err;
	struct span words = why.p ? why : SPAN("no reason");

	fprintf(err, "wsdx serve: Redis at %.*s:%u: ", SPANF(c->to.host), c->to.port);
	if (c->up)
		fprintf(err, "connected, as %s\n", c->uid);
	else
		fprintf(err,
			"%s (%.*s); what is emitted reaches the clients of this server only, until "
			"it is back\n",
			c->ever_up ? "lost" : "not connected", SPANF(words));
	fflush(err);
}

static void opened(struct redis_line *line)
{
	struct sio_cluster *c = line->arg;

	if (line == &c->hears)
		for (size_t i = 0; i < SIO_NAMESPACES; i++)
			(c->kind == ADAPTER_SHARDED ? subscribe_sharded : subscribe_classic)(
				c, &c->server->namespaces[i]);
	if (!c->hears.open || !c->says.open)
		return;
	c->up = c->ever_up = true;
	say_state(c, (struct span){0});
}

/* One line for both connections. */
static void lost(struct redis_line *line, struct span why)
{
	struct sio_cluster *c = line->arg;
	bool first = c->up || (!c->ever_up && line == &c->hears);

	c->up = false;
	if (first)
		say_state(c, why);
}

/* --- begin and end ------------------------------------------------------------------------------
 */

static void make_uid(struct sio_cluster *c)
{
	unsigned char random[UID_MAX / 2];

	random_fill(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(c->uid + 2 * i, 3, "%02x", random[i]);
}

struct sio_cluster *sio_cluster_new(struct sio_server *s)
{
	struct sio_cluster *c = calloc(1, sizeof(*c));
	const char *why;

	if (!c)
		abort();
	c->server = s;
	c->kind = s->ask->redis_sharded ? ADAPTER_SHARDED : ADAPTER_CLASSIC;
	c->prefix = s->ask->redis_key;
	make_uid(c);
	redis_to_read(&c->to, s->ask->redis, getenv("WSDX_REDIS_PASSWORD"), &why);
	c->hears = (struct redis_line){.to = &c->to,
		.loop = s->far->loop,
		.journal = &s->far->journal,
		.opened = opened,
		.heard = heard,
		.lost = lost,
		.arg = c};
	c->says = c->hears;
	c->says.heard = heard_answer;
	redis_line_start(&c->hears);
	redis_line_start(&c->says);
	return c;
}

void sio_cluster_stop(struct sio_cluster *c)
{
	if (!c)
		return;
	c->up = false;
	redis_line_stop(&c->hears);
	redis_line_stop(&c->says);
}

void sio_cluster_free(struct sio_cluster *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < ACKS_MAX; i++) {
		buf_deinit(&c->acks[i].uid);
		buf_deinit(&c->acks[i].request);
	}
	redis_to_deinit(&c->to);
	free(c);
}
