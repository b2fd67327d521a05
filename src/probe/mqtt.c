/* MQTT over WebSocket: a broker says nothing before CONNECT. */
#include "dialect/mqtt/mqtt.h"

#include "fact/all.h"
#include "io/random.h"
#include "probe/hello.h"

#define KEEP_ALIVE 30 /* seconds */
#define PORT 1883
#define PORT_TLS 8883

struct mqtt_ask {
	struct span version, client_id;
	enum mqtt_level level;
};

#define AT(member) offsetof(struct mqtt_ask, member)
static const struct opt options[] = {
	{"mqtt-version", 0, OPT_CHOICE, AT(version), "VERSION",
		"connect in this version of MQTT; default 3.1.1", "MQTT", "3.1|3.1.1|5"},
	{"client-id", 0, OPT_TEXT, AT(client_id), "ID",
		"connect under this client id, which ends another connection under it; default a "
		"random one"},
	{NULL},
};

static bool take(void *arg, struct probe_ask *ask, struct arena *a, struct buf *error)
{
	struct mqtt_ask *own = arg;

	(void)ask;
	(void)a;
	(void)error;
	own->level = span_eq(own->version, SPAN("5"))	    ? MQTT_5
		     : span_eq(own->version, SPAN("3.1"))   ? MQTT_3_1
		     : span_eq(own->version, SPAN("3.1.1")) ? MQTT_3_1_1
							    : 0;
	return true;
}

static enum mqtt_level level_of(const struct vantage *v)
{
	const struct mqtt_ask *own = protocol_ask(v->probe->ask, &protocol_mqtt);
	unsigned other = hello_state(v)->level;

	return other ? other : own->level ? own->level : MQTT_3_1_1;
}

/* A name that nobody else uses: a broker ends the older connection of a name. */
static struct span client_id(struct try *t)
{
	const struct mqtt_ask *own = protocol_ask(t->probe->ask, &protocol_mqtt);
	uint64_t r;

	random_fill(&r, sizeof(r));
	return own->client_id.n ? own->client_id
				: arena_fmt(&t->probe->arena, "wsdx%016llx", (unsigned long long)r);
}

static void say_connect(struct try *t, struct layer *l, bool held)
{
	const struct hello_state *s = hello_state(t->vantage);
	struct mqtt_hello hello = {.level = level_of(t->vantage),
		.client_id = client_id(t),
		.keep_alive = held ? 0 : KEEP_ALIVE};

	if (s->trusted) {
		hello.user = s->user;
		hello.password = s->password;
	}
	mqtt_say_connect(l, &hello);
}

/* Where EMQX, HiveMQ, VerneMQ and NanoMQ mount it, and RabbitMQ; Mosquitto takes any path. */
static void mount(struct buf *out, const struct vantage *v)
{
	buf_addz(out, span_eq(url_path(&v->url), SPAN("/mqtt")) ? "/ws" : "/mqtt");
}

static const struct greeting greeting = {.awaits = "CONNACK",
	.works = "the broker accepts an MQTT CONNECT",
	.say = say_connect,
	.bye = mqtt_say_disconnect,
	.mount = mount};

static const char *in_url(const struct vantage *v)
{
	struct span offers = v->probe->ask->subprotocol;

	if (protocol_is_meant(v->probe->ask, &protocol_mqtt) ||
		span_has_token(offers, SPAN("mqtt")) || span_has_token(offers, SPAN("mqttv3.1")))
		return "option";
	if (span_ends(url_path(&v->url), SPAN("/mqtt")))
		return "path";
	return v->url.port == PORT || v->url.port == PORT_TLS ? "port" : NULL;
}

static void begin(struct vantage *v)
{
	hello_begin(v, &greeting);
	hello_take_credentials(v);
	v->subprotocol = level_of(v) == MQTT_3_1 ? SPAN("mqttv3.1") : SPAN("mqtt");
}

void probe_mqtt_version(struct try *t)
{
	struct hello_state *s = hello_state(t->vantage);

	s->level = level_of(t->vantage) == MQTT_5 ? MQTT_3_1_1 : MQTT_5;
	hello_exchange(t, &(struct upgrade_how){.path = NULL});
	s->level = 0;
}

void probe_mqtt_raw(struct try *t)
{
	struct link *k = try_open(t, &(struct open_how){0});
	struct layer *l;

	if (!k)
		return;
	l = conn_push(link_conn(k), &dialect_mqtt);
	/* without credentials: whatever listens there was not meant to be told them */
	mqtt_say_connect(l, &(struct mqtt_hello){.level = level_of(t->vantage),
				    .client_id = client_id(t),
				    .keep_alive = KEEP_ALIVE});
	if (link_await(k, try_deadline(t), &hello_taken, &hello_refused, &hello_fault)) {
		try_say(t, "answered", "peer", NULL);
		if (hello_is_taken(l))
			mqtt_say_disconnect(l);
		link_flush(k);
	} else {
		try_say(t, link_over(k) ? "cut" : "silent", link_over(k) ? "peer" : "us",
			"no CONNACK");
	}
	try_close(t, k);
}

const struct protocol protocol_mqtt = {.name = "mqtt",
	.options = options,
	.ask_size = sizeof(struct mqtt_ask),
	.take = take,
	.in_url = in_url,
	.begin = begin,
	.above = &dialect_mqtt,
	.experiments = hello_experiments,
	.greet = hello_greet};
