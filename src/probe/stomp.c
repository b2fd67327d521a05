/* STOMP over WebSocket: a broker says nothing before CONNECT. */
#include "dialect/stomp/stomp.h"

#include "fact/all.h"
#include "probe/hello.h"

#define BEAT (10 * NS_S) /* as @stomp/stompjs offers and wants */

struct stomp_ask {
	struct span vhost;
};

static const struct opt options[] = {
	{"vhost", 0, OPT_TEXT, offsetof(struct stomp_ask, vhost), "NAME",
		"name this virtual host in CONNECT; default none, as @stomp/stompjs does", "STOMP"},
	{NULL},
};

static void say_connect(struct try *t, struct layer *l, bool held)
{
	const struct stomp_ask *own = protocol_ask(t->probe->ask, &protocol_stomp);
	const struct hello_state *s = hello_state(t->vantage);
	struct stomp_hello hello = {.versions = SPAN("1.0,1.1,1.2"), .host = own->vhost};

	if (!held)
		hello.beat_client = hello.beat_server = BEAT;
	if (s->trusted) {
		hello.login = s->user;
		hello.passcode = s->password;
	}
	stomp_say_connect(l, &hello);
}

/* RabbitMQ's Web STOMP; Spring's SockJS endpoints take plain WebSocket under their own path. */
static void mount(struct buf *out, const struct vantage *v)
{
	struct span path = url_path(&v->url);

	if (path.n <= 1) {
		buf_addz(out, "/ws");
	} else if (!span_ends(path, SPAN("/websocket"))) {
		buf_add(out, span_ends(path, SPAN("/")) ? span_head(path, path.n - 1) : path);
		buf_addz(out, "/websocket");
	}
}

static const struct greeting greeting = {.awaits = "CONNECTED",
	.works = "the broker accepts a STOMP CONNECT",
	.say = say_connect,
	.bye = stomp_say_disconnect,
	.bye_is_answered = true,
	.mount = mount};

static const char *in_url(const struct vantage *v)
{
	struct span offers = v->probe->ask->subprotocol;

	if (protocol_is_meant(v->probe->ask, &protocol_stomp) ||
		span_has_token(offers, SPAN("v12.stomp")) ||
		span_has_token(offers, SPAN("v11.stomp")) ||
		span_has_token(offers, SPAN("v10.stomp")))
		return "option";
	return span_ends(url_path(&v->url), SPAN("/stomp")) ? "path" : NULL;
}

static void begin(struct vantage *v)
{
	hello_begin(v, &greeting);
	hello_take_credentials(v);
	v->subprotocol = SPAN("v12.stomp, v11.stomp, v10.stomp");
}

const struct protocol protocol_stomp = {.name = "stomp",
	.options = options,
	.ask_size = sizeof(struct stomp_ask),
	.in_url = in_url,
	.begin = begin,
	.above = &dialect_stomp,
	.experiments = hello_experiments,
	.greet = hello_greet};
