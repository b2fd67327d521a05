#include "dialect/hello/hello.h"
#include "dialect/mqtt/mqtt.h"

enum packet { CONNECT = 1, CONNACK = 2, PINGREQ = 12, PINGRESP = 13, DISCONNECT = 14, AUTH = 15 };

static const char *const names[16] = {"0x0", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC",
	"PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ",
	"PINGRESP", "DISCONNECT", "AUTH"};

/* What is kept of a packet; what lies behind is counted only. */
#define KEPT_MAX 512
#define LENGTH_BYTES_MAX 4 /* MQTT 5.0 §1.5.5 */

struct hearing {
	bool in_packet, in_body, deaf;
	unsigned char type;
	unsigned length_bytes;
	uint32_t length, got;
	char kept[KEPT_MAX];
};

struct mqtt {
	struct hello hello;
	unsigned level; /* of the CONNECT seen; 0: none */
	struct hearing hear[2];
};

static struct mqtt *mqtt_of(const struct layer *l)
{
	return l->state;
}

static const struct reason {
	unsigned code;
	const char *meaning, *error;
} reasons[] = {
#define REASON(code, meaning, error) {code, meaning, error},
#include "dialect/mqtt/reason.def"
#undef REASON
};

static struct reason reason_get(unsigned code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return reasons[i];
	return (struct reason){code, NULL, "other"};
}

static const char *version_name(unsigned level)
{
	return level == MQTT_3_1     ? "3.1"
	       : level == MQTT_3_1_1 ? "3.1.1"
	       : level == MQTT_5     ? "5"
				     : "?";
}

static bool take_byte(struct span *s, unsigned *v)
{
	if (!s->n)
		return false;
	*v = (unsigned char)s->p[0];
	*s = span_from(*s, 1);
	return true;
}

static bool take_two(struct span *s, unsigned *v)
{
	unsigned high, low;

	if (!take_byte(s, &high) || !take_byte(s, &low))
		return false;
	*v = high << 8 | low;
	return true;
}

static bool take_string(struct span *s, struct span *v)
{
	unsigned n;

	if (!take_two(s, &n) || n > s->n)
		return false;
	*v = span_head(*s, n);
	*s = span_from(*s, n);
	return true;
}

static bool take_varint(struct span *s, uint32_t *v)
{
	unsigned c = 0x80;

	*v = 0;
	for (unsigned i = 0; i < LENGTH_BYTES_MAX && c & 0x80; i++) {
		if (!take_byte(s, &c))
			return false;
		*v |= (uint32_t)(c & 0x7f) << (7 * i);
	}
	return !(c & 0x80);
}

/* The properties of CONNACK and DISCONNECT that matter here; reading stops at the first other one
 * whose length is not known. MQTT 5.0 §2.2.2.2. */
struct properties {
	unsigned keep_alive;
	bool has_keep_alive;
	struct span reason;
};

/* Bytes of each fixed-length property; strings, pairs and integers of variable length are -1. */
static int property_bytes(unsigned id)
{
	switch (id) {
	case 0x01:
	case 0x17:
	case 0x19:
	case 0x24:
	case 0x25:
	case 0x28:
	case 0x29:
	case 0x2a:
		return 1;
	case 0x13:
	case 0x21:
	case 0x22:
	case 0x23:
		return 2;
	case 0x02:
	case 0x11:
	case 0x18:
	case 0x27:
		return 4;
	default:
		return -1;
	}
}

static bool take_property(struct span *s, struct properties *p)
{
	struct span text;
	unsigned id;
	int n;

	if (!take_byte(s, &id))
		return false;
	n = property_bytes(id);
	if (id == 0x13)
		return p->has_keep_alive = take_two(s, &p->keep_alive);
	if (n > 0) {
		*s = span_from(*s, (size_t)n);
		return true;
	}
	if (id == 0x1f)
		return take_string(s, &p->reason);
	if (id == 0x26) /* a user property: a pair */
		return take_string(s, &text) && take_string(s, &text);
	return take_string(s, &text);
}

static struct properties take_properties(struct span s)
{
	struct properties p = {0};
	uint32_t n;

	if (!take_varint(&s, &n))
		return p;
	s = span_head(s, n);
	while (s.n && take_property(&s, &p))
		;
	return p;
}

static void hear_connect(struct layer *l, enum side from, struct span s)
{
	struct span name;
	unsigned level, flags;

	if (from == SERVER)
		return; /* noted as out of order already */
	if (!take_string(&s, &name) || !take_byte(&s, &level) || !take_byte(&s, &flags)) {
		hello_note_fault(l, from, "shape", SPAN("CONNECT"));
		return;
	}
	mqtt_of(l)->level = level;
	hello_note_asked(l, &(struct hello_said){.from = from,
				    .packet = "CONNECT",
				    .version = span_of(version_name(level)),
				    .credential = (flags & 0xc0) != 0});
}

static void hear_connack(struct layer *l, enum side from, struct span s)
{
	unsigned level = mqtt_of(l)->level, flags, code;
	struct properties p = {0};
	struct hello_said said = {.from = from, .packet = "CONNACK", .has_code = true};
	struct reason r;

	if (from == CLIENT || !take_byte(&s, &flags) || !take_byte(&s, &code)) {
		hello_note_fault(l, from, "shape", SPAN("CONNACK"));
		return;
	}
	/* a server without version 5 answers in the form of 3.1.1 */
	if (level == MQTT_5 && s.n)
		p = take_properties(s);
	said.code = code;
	said.message = p.reason;
	if (!code) {
		said.has_code = false;
		said.version = span_of(level ? version_name(level) : NULL);
		said.has_beat_client = p.has_keep_alive;
		said.beat_client = (ns)p.keep_alive * NS_S;
		hello_note_taken(l, &said);
		return;
	}
	r = reason_get(code);
	said.meaning = r.meaning;
	said.error = r.error;
	hello_note_refused(l, &said);
}

static void hear_disconnect(struct layer *l, enum side from, struct span s)
{
	struct hello_said said = {.from = from, .packet = "DISCONNECT"};

	if (mqtt_of(l)->level == MQTT_5 && take_byte(&s, &said.code)) {
		struct reason r = reason_get(said.code);

		said.has_code = true;
		said.meaning = said.code ? r.meaning : "normal";
		said.error = said.code ? r.error : NULL;
		said.message = take_properties(s).reason;
	}
	hello_note_bye(l, &said);
}

static bool is_early(const struct layer *l, unsigned type)
{
	return type != CONNACK && type != AUTH && !mqtt_of(l)->hello.taken;
}

static void heard(struct layer *l, enum side from, const struct hearing *h)
{
	unsigned type = h->type >> 4;
	struct span kept = {h->kept, h->got < KEPT_MAX ? h->got : KEPT_MAX};

	if (from == SERVER && (type == CONNECT || is_early(l, type)))
		hello_note_fault(l, from, "order", span_of(names[type]));
	if (type == CONNECT)
		hear_connect(l, from, kept);
	else if (type == CONNACK)
		hear_connack(l, from, kept);
	else if (type == DISCONNECT)
		hear_disconnect(l, from, kept);
	else if (type == (from == CLIENT ? PINGREQ : PINGRESP))
		hello_note_beat(l, from);
	else
		hello_note_packet(l, &(struct hello_said){.from = from,
					     .packet = names[type],
					     .has_bytes = true,
					     .bytes = h->length});
}

static void go_deaf(struct layer *l, enum side from, struct span text)
{
	mqtt_of(l)->hear[from].deaf = true;
	hello_note_fault(l, from, "framing", text);
}

/* The fixed header, MQTT 5.0 §2.1. */
static void hear_header(struct layer *l, enum side from, unsigned char c)
{
	struct hearing *h = &mqtt_of(l)->hear[from];

	if (!h->in_packet) {
		*h = (struct hearing){.in_packet = true, .type = c};
		if (!(c >> 4))
			go_deaf(l, from, SPAN("packet type 0"));
		return;
	}
	h->length |= (uint32_t)(c & 0x7f) << (7 * h->length_bytes++);
	if (!(c & 0x80))
		h->in_body = true;
	else if (h->length_bytes == LENGTH_BYTES_MAX)
		go_deaf(l, from, SPAN("remaining length"));
}

static size_t hear_body(struct hearing *h, struct span s)
{
	size_t n = s.n < h->length - h->got ? s.n : h->length - h->got;

	if (n && h->got < KEPT_MAX)
		memcpy(h->kept + h->got, s.p, n < KEPT_MAX - h->got ? n : KEPT_MAX - h->got);
	h->got += (uint32_t)n;
	return n;
}

static void hear(struct layer *l, enum side from, struct span s)
{
	struct hearing *h = &mqtt_of(l)->hear[from];

	while (s.n && !h->deaf) {
		if (!h->in_body) {
			hear_header(l, from, (unsigned char)s.p[0]);
			s = span_from(s, 1);
		}
		if (!h->in_body || h->deaf)
			continue;
		s = span_from(s, hear_body(h, s));
		if (h->got == h->length) {
			heard(l, from, h);
			h->in_packet = h->in_body = false;
		}
	}
}

static void start(struct layer *l)
{
	mqtt_of(l)->hello.protocol = "mqtt";
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (unit >= WS_HTTP)
		return;
	/* MQTT 5.0 §6, [MQTT-6.0.0-1] */
	if (unit == WS_TEXT && !mqtt_of(l)->hear[from].deaf)
		hello_note_fault(l, from, "text-frame", (struct span){0});
	hear(l, from, data);
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	struct hearing *h = &mqtt_of(l)->hear[from];

	if (h->in_packet && !h->deaf)
		hello_note_fault(l, from, "cut", span_of(names[h->type >> 4]));
	h->deaf = true;
	layer_cut_up(l, from, how);
}

static void say(struct layer *l, struct span packet)
{
	if (l->conn->seat == SEAT_WITNESS)
		return;
	hear(l, hello_our_side(l), packet);
	layer_down(l, WS_BINARY, packet);
}

static void add_two(struct buf *b, size_t n)
{
	buf_addc(b, (char)(n >> 8));
	buf_addc(b, (char)n);
}

static void add_string(struct buf *b, struct span s)
{
	s = span_head(s, 0xffff);
	add_two(b, s.n);
	buf_add(b, s);
}

static void add_length(struct buf *b, size_t n)
{
	do {
		buf_addc(b, (char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
		n >>= 7;
	} while (n);
}

/* Clean session; user name and password when there are any. MQTT 5.0 §3.1.2.3. */
static char connect_flags(const struct mqtt_hello *hello)
{
	return (char)(0x02 | (hello->user.n ? 0x80 : 0) | (hello->password.n ? 0x40 : 0));
}

void mqtt_say_connect(struct layer *l, const struct mqtt_hello *hello)
{
	struct buf body = {.max = 256 << 10}, packet = {.max = 256 << 10};

	add_string(&body, hello->level == MQTT_3_1 ? SPAN("MQIsdp") : SPAN("MQTT"));
	buf_addc(&body, (char)hello->level);
	buf_addc(&body, connect_flags(hello));
	add_two(&body, hello->keep_alive);
	if (hello->level == MQTT_5)
		buf_addc(&body, 0); /* no properties */
	add_string(&body, hello->client_id);
	if (hello->user.n)
		add_string(&body, hello->user);
	if (hello->password.n)
		add_string(&body, hello->password);
	buf_addc(&packet, CONNECT << 4);
	add_length(&packet, body.n);
	buf_add(&packet, buf_span(&body));
	say(l, buf_span(&packet));
	buf_deinit(&body);
	buf_deinit(&packet);
}

void mqtt_say_disconnect(struct layer *l)
{
	say(l, SPAN("\xe0\x00"));
}

const struct dialect dialect_mqtt = {
	.name = "mqtt",
	.say = "MQTT 3.1, 3.1.1 and 5.0",
	.size = sizeof(struct mqtt),
	.start = start,
	.feed = feed,
	.cut = cut,
};
