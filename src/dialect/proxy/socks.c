#include <arpa/inet.h>

#include "dialect/proxy/talk.h"

enum { VERSION = 5, AUTH_VERSION = 1, CMD_CONNECT = 1 };
enum { METHOD_NONE = 0, METHOD_PASSWORD = 2, METHOD_REFUSED = 0xff };
enum { ATYP_V4 = 1, ATYP_NAME = 3, ATYP_V6 = 4 };
#define FIELD_MAX 255

/* RFC 1928 §6 */
static const struct {
	const char *reason, *error;
} replies[] = {
	{"succeeded", NULL},
	{"general SOCKS server failure", "unreachable"},
	{"connection not allowed by ruleset", "denied"},
	{"Network unreachable", "unreachable"},
	{"Host unreachable", "unreachable"},
	{"Connection refused", "unreachable"},
	{"TTL expired", "unreachable"},
	{"Command not supported", "denied"},
	{"Address type not supported", "denied"},
};

#define N_REPLIES (sizeof(replies) / sizeof(*replies))

static void say(struct layer *l, struct buf *message)
{
	layer_down(l, 0, buf_span(message));
	explicit_bzero(message->p, message->n);
	buf_deinit(message);
}

void proxy_socks_begin(struct layer *l)
{
	const struct proxy_ask *ask = &((struct proxy_talk *)l->state)->ask;
	struct buf m = {0};

	if (!ask->host.n || ask->host.n > FIELD_MAX || ask->user.n > FIELD_MAX ||
		ask->password.n > FIELD_MAX) {
		proxy_note(l, -1, SPAN("a name too long for SOCKS5"), "malformed");
		return;
	}
	buf_addc(&m, VERSION);
	buf_addc(&m, ask->user.n ? 2 : 1);
	buf_addc(&m, METHOD_NONE);
	if (ask->user.n)
		buf_addc(&m, METHOD_PASSWORD);
	say(l, &m);
}

/* RFC 1929 §2 */
static void say_password(struct layer *l)
{
	const struct proxy_ask *ask = &((struct proxy_talk *)l->state)->ask;
	struct buf m = {0};

	buf_addc(&m, AUTH_VERSION);
	buf_addc(&m, (char)ask->user.n);
	buf_add(&m, ask->user);
	buf_addc(&m, (char)ask->password.n);
	buf_add(&m, ask->password);
	say(l, &m);
}

static void say_request(struct layer *l)
{
	const struct proxy_ask *ask = &((struct proxy_talk *)l->state)->ask;
	char host[FIELD_MAX + 1] = "", address[16];
	struct buf m = {0};

	memcpy(host, ask->host.p, ask->host.n);
	buf_addc(&m, VERSION);
	buf_addc(&m, CMD_CONNECT);
	buf_addc(&m, 0);
	if (inet_pton(AF_INET, host, address) == 1) {
		buf_addc(&m, ATYP_V4);
		buf_add(&m, (struct span){address, 4});
	} else if (inet_pton(AF_INET6, host, address) == 1) {
		buf_addc(&m, ATYP_V6);
		buf_add(&m, (struct span){address, 16});
	} else {
		buf_addc(&m, ATYP_NAME);
		buf_addc(&m, (char)ask->host.n);
		buf_add(&m, ask->host);
	}
	buf_addc(&m, (char)(ask->port >> 8));
	buf_addc(&m, (char)(ask->port & 0xff));
	say(l, &m);
}

static void got_method(struct layer *l, struct proxy_talk *t)
{
	if (t->message[0] != VERSION) {
		proxy_note(l, -1, SPAN("no SOCKS5 answer"), "malformed");
	} else if (t->message[1] == METHOD_NONE) {
		t->step = SOCKS_REPLY;
		say_request(l);
	} else if (t->message[1] == METHOD_PASSWORD && t->ask.user.n) {
		t->step = SOCKS_AUTH;
		say_password(l);
	} else {
		proxy_note(l, t->message[1], SPAN("no acceptable authentication method"),
			t->message[1] == METHOD_REFUSED && t->ask.user.n ? "denied"
									 : "auth-required");
	}
}

static void got_auth(struct layer *l, struct proxy_talk *t)
{
	if (t->message[1]) {
		proxy_note(l, t->message[1], SPAN("user name and password refused"), "denied");
		return;
	}
	t->step = SOCKS_REPLY;
	say_request(l);
}

static void got_reply(struct layer *l, struct proxy_talk *t)
{
	unsigned code = t->message[1];

	if (t->message[0] != VERSION)
		proxy_note(l, -1, SPAN("no SOCKS5 answer"), "malformed");
	else if (code < N_REPLIES)
		proxy_note(l, code, span_of(replies[code].reason), replies[code].error);
	else
		proxy_note(l, code, SPAN("unassigned"), "unreachable");
}

/* How long the message that has begun is; a reply says so in its first five bytes. */
static size_t wanted(const struct proxy_talk *t)
{
	if (t->step != SOCKS_REPLY || (t->n >= 2 && (t->message[0] != VERSION || t->message[1])))
		return 2;
	if (t->n < 5)
		return 5;
	switch (t->message[3]) {
	case ATYP_V4:
		return 4 + 4 + 2;
	case ATYP_V6:
		return 4 + 16 + 2;
	case ATYP_NAME:
		return 4 + 1 + (size_t)t->message[4] + 2;
	default:
		return 0;
	}
}

static void got_message(struct layer *l, struct proxy_talk *t)
{
	static void (*const got[])(struct layer *, struct proxy_talk *) = {
		[SOCKS_METHOD] = got_method, [SOCKS_AUTH] = got_auth, [SOCKS_REPLY] = got_reply};

	t->n = 0;
	got[t->step](l, t);
}

void proxy_socks(struct layer *l, struct span data)
{
	struct proxy_talk *t = l->state;

	while (data.n && t->state == PROXY_WAITING) {
		t->message[t->n++] = (unsigned char)data.p[0];
		data = span_from(data, 1);
		if (!wanted(t))
			proxy_note(l, -1, SPAN("an address of unknown type in the reply"),
				"malformed");
		else if (t->n == wanted(t))
			got_message(l, t);
	}
	if (data.n && t->state == PROXY_OPEN)
		proxy_stream(l, data);
}
