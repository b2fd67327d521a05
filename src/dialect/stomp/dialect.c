#include "dialect/hello/hello.h"
#include "dialect/stomp/stomp.h"

#define RECEIPT "wsdx-bye"
#define PIECES_MAX 256
#define BEAT_MAX_MS ((uint64_t)24 * 3600 * 1000)

struct stomp {
	struct hello hello;
	struct buf hear[2]; /* by side: the frame that is not whole yet */
	ns offers, wants;   /* of the client's heart-beat header */
	unsigned pieces[2]; /* messages it came in so far: it is read again with each */
	bool deaf[2];
};

static struct stomp *stomp_of(const struct layer *l)
{
	return l->state;
}

/* A frame; views into what was heard. */
struct frame {
	struct span command, headers, body;
};

/* What brokers say of a refusal, in the header `message` or the body; the first row that fits. */
static const struct {
	const char *words, *error;
} refusals[] = {
	/* RabbitMQ: "Virtual host 'x' access denied" (rabbit_stomp_processor.erl) */
	{"virtual host", "elsewhere"},
	{"access refused", "credentials"},	  /* RabbitMQ */
	{"authentication failed", "credentials"}, /* RabbitMQ, Artemis */
	{"password is invalid", "credentials"},	  /* ActiveMQ */
	{"invalid credentials", "credentials"},
	{"bad credentials", "credentials"}, /* Spring Security */
	{"incorrect login", "credentials"}, {"unauthenticated", "credentials"},
	{"unauthorized", "not-authorised"}, {"not authorized", "not-authorised"},
	{"access is denied", "not-authorised"}, /* Spring Security */
	{"access denied", "not-authorised"}, {"not permitted", "not-authorised"},
	{"vhost", "elsewhere"}, {"version mismatch", "version"}, /* RabbitMQ */
	{"supported version", "version"}, {"supported protocol version", "version"},
	{"clientinboundchannel",
		"not-authorised"}, /* Spring: an interceptor of the inbound channel threw */
};

static const char *refusal_error(struct span message, struct span body)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct span words = span_of(refusals[i].words);

		if (span_ifind(message, words) >= 0 || span_ifind(body, words) >= 0)
			return refusals[i].error;
	}
	return "other";
}

/* The value of the first header of this name (STOMP 1.2, Repeated Header Entries). */
static struct span header(const struct frame *f, struct span name)
{
	struct span rest = f->headers, line;

	while (span_cut(&rest, '\n', &line)) {
		ssize_t colon = span_chr(line, ':');

		if (span_ends(line, SPAN("\r")))
			line.n--;
		if (colon >= 0 && span_eq(span_head(line, (size_t)colon), name))
			return span_from(line, (size_t)colon + 1);
	}
	return (struct span){0};
}

/* "sx,sy" in milliseconds; false: there is none. */
static bool beats(const struct frame *f, ns *sends, ns *wants)
{
	struct span rest = header(f, SPAN("heart-beat")), x = {0}, y = {0};
	uint64_t a, b;

	span_cut(&rest, ',', &x);
	span_cut(&rest, ',', &y);
	if (!span_uint(span_trim(x), BEAT_MAX_MS, &a) || !span_uint(span_trim(y), BEAT_MAX_MS, &b))
		return false;
	*sends = (ns)a * NS_MS;
	*wants = (ns)b * NS_MS;
	return true;
}

static void hear_connect(struct layer *l, enum side from, const struct frame *f)
{
	struct hello_said said = {.from = from,
		.packet = "CONNECT",
		.version = header(f, SPAN("accept-version")),
		.credential = header(f, SPAN("login")).n || header(f, SPAN("passcode")).n ||
			      header(f, SPAN("Authorization")).n};

	if (!beats(f, &stomp_of(l)->offers, &stomp_of(l)->wants))
		stomp_of(l)->offers = stomp_of(l)->wants = 0;
	hello_note_asked(l, &said);
}

/* The larger of what one side offers and the other wants; none when either is 0 (STOMP 1.2,
 * Heart-beating). */
static ns agreed(ns offers, ns wants)
{
	return !offers || !wants ? 0 : offers > wants ? offers : wants;
}

static void hear_connected(struct layer *l, enum side from, const struct frame *f)
{
	ns sends = 0, wants = 0;
	struct hello_said said = {
		.from = from, .packet = "CONNECTED", .version = header(f, SPAN("version"))};

	said.has_beat_server = said.has_beat_client = beats(f, &sends, &wants);
	said.beat_server = agreed(sends, stomp_of(l)->wants);
	said.beat_client = agreed(stomp_of(l)->offers, wants);
	hello_note_taken(l, &said);
}

static void hear_error(struct layer *l, enum side from, const struct frame *f)
{
	struct span message = header(f, SPAN("message"));
	struct hello_said said = {.from = from,
		.packet = "ERROR",
		.message = message.n ? message : f->body,
		.error = refusal_error(message, f->body)};

	if (stomp_of(l)->hello.taken)
		hello_note_bye(l, &said);
	else
		hello_note_refused(l, &said);
}

static void hear_disconnect(struct layer *l, enum side from, const struct frame *f)
{
	(void)f;
	hello_note_bye(l, &(struct hello_said){.from = from, .packet = "DISCONNECT"});
}

static const struct command {
	const char *name;
	enum side by;
	/* NULL: noted by its name */
	void (*hear)(struct layer *l, enum side from, const struct frame *f);
} commands[] = {
	{"CONNECT", CLIENT, hear_connect},
	{"STOMP", CLIENT, hear_connect},
	{"CONNECTED", SERVER, hear_connected},
	{"ERROR", SERVER, hear_error},
	{"DISCONNECT", CLIENT, hear_disconnect},
	{"RECEIPT", SERVER, NULL},
	{"MESSAGE", SERVER, NULL},
	{"SEND", CLIENT, NULL},
	{"SUBSCRIBE", CLIENT, NULL},
	{"UNSUBSCRIBE", CLIENT, NULL},
	{"ACK", CLIENT, NULL},
	{"NACK", CLIENT, NULL},
	{"BEGIN", CLIENT, NULL},
	{"COMMIT", CLIENT, NULL},
	{"ABORT", CLIENT, NULL},
};

static const struct command *command_find(struct span name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_eq(name, span_of(commands[i].name)))
			return &commands[i];
	return NULL;
}

static void go_deaf(struct layer *l, enum side from, const char *fault, struct span text)
{
	stomp_of(l)->deaf[from] = true;
	hello_note_fault(l, from, fault, text);
}

static void heard(struct layer *l, enum side from, const struct frame *f)
{
	const struct command *c = command_find(f->command);

	if (!c || c->by != from)
		go_deaf(l, from, "type", span_head(f->command, 32));
	else if (c->hear)
		c->hear(l, from, f);
	else
		hello_note_packet(l, &(struct hello_said){.from = from,
					     .packet = c->name,
					     .has_bytes = true,
					     .bytes = f->body.n});
}

/* Where the headers end: an empty line; 0: not yet. */
static size_t head_end(struct span s)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] != '\n')
			continue;
		if (s.p[i + 1] == '\n')
			return i + 2;
		if (s.p[i + 1] == '\r' && i + 2 < s.n && s.p[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

/* The length of the whole frame at the front with its NUL; 0: it is not whole. */
static size_t take_frame(struct span s, struct frame *f)
{
	size_t head = head_end(s);
	ssize_t line = span_chr(s, '\n'), end;
	uint64_t length;

	if (!head || line < 0)
		return 0;
	f->command = span_head(s, (size_t)line);
	if (span_ends(f->command, SPAN("\r")))
		f->command.n--;
	f->headers = span_head(span_from(s, (size_t)line + 1), head - (size_t)line - 1);
	if (span_uint(header(f, SPAN("content-length")), STOMP_FRAME_MAX, &length)) {
		f->body = span_head(span_from(s, head), length);
		return s.n - head > length ? head + length + 1 : 0;
	}
	end = span_chr(span_from(s, head), '\0');
	f->body = span_head(span_from(s, head), end < 0 ? 0 : (size_t)end);
	return end < 0 ? 0 : head + (size_t)end + 1;
}

/* Ends of lines between frames; alone in a message they are a heart-beat. */
static struct span skip_lines(struct span s)
{
	while (s.n && (s.p[0] == '\n' || s.p[0] == '\r'))
		s = span_from(s, 1);
	return s;
}

static void hear(struct layer *l, enum side from, struct span s)
{
	struct buf *b = &stomp_of(l)->hear[from];
	struct frame f;
	size_t n;

	if (!b->n && s.n && !skip_lines(s).n) {
		hello_note_beat(l, from);
		return;
	}
	buf_add(b, s);
	s = skip_lines(buf_span(b));
	while (!stomp_of(l)->deaf[from] && s.n && (n = take_frame(s, &f))) {
		heard(l, from, &f);
		s = skip_lines(span_from(s, n));
		stomp_of(l)->pieces[from] = 0;
	}
	if (b->full || stomp_of(l)->pieces[from]++ > PIECES_MAX)
		go_deaf(l, from, "too-big", (struct span){0});
	buf_drop(b, b->n - s.n);
}

static void start(struct layer *l)
{
	stomp_of(l)->hello.protocol = "stomp";
	stomp_of(l)->hear[CLIENT].max = stomp_of(l)->hear[SERVER].max = STOMP_FRAME_MAX;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	if (unit < WS_HTTP && !stomp_of(l)->deaf[from])
		hear(l, from, data);
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	if (stomp_of(l)->hear[from].n && !stomp_of(l)->deaf[from])
		hello_note_fault(l, from, "cut", (struct span){0});
	stomp_of(l)->deaf[from] = true;
	layer_cut_up(l, from, how);
}

static void stop(struct layer *l)
{
	buf_deinit(&stomp_of(l)->hear[CLIENT]);
	buf_deinit(&stomp_of(l)->hear[SERVER]);
}

static void say(struct layer *l, struct span text)
{
	if (l->conn->seat == SEAT_WITNESS)
		return;
	hear(l, hello_our_side(l), text);
	layer_down(l, WS_TEXT, text);
}

/* CONNECT escapes nothing (STOMP 1.2, Value Encoding): what would break the line is left out. */
static void add_header(struct buf *b, const char *name, struct span value)
{
	if (!value.n || span_chr(value, '\n') >= 0 || span_chr(value, '\0') >= 0)
		return;
	buf_addf(b, "%s:", name);
	buf_add(b, value);
	buf_addc(b, '\n');
}

void stomp_say_connect(struct layer *l, const struct stomp_hello *hello)
{
	struct buf b = {.max = STOMP_FRAME_MAX};

	buf_addz(&b, "CONNECT\n");
	add_header(&b, "accept-version", hello->versions);
	add_header(&b, "host", hello->host);
	add_header(&b, "login", hello->login);
	add_header(&b, "passcode", hello->passcode);
	buf_addf(&b, "heart-beat:%lld,%lld\n\n", (long long)(hello->beat_client / NS_MS),
		(long long)(hello->beat_server / NS_MS));
	buf_addc(&b, '\0');
	say(l, buf_span(&b));
	buf_deinit(&b);
}

void stomp_say_disconnect(struct layer *l)
{
	say(l, SPAN("DISCONNECT\nreceipt:" RECEIPT "\n\n\0"));
}

const struct dialect dialect_stomp = {
	.name = "stomp",
	.say = "STOMP 1.0, 1.1 and 1.2",
	.size = sizeof(struct stomp),
	.start = start,
	.feed = feed,
	.cut = cut,
	.stop = stop,
};
