#include "dialect/redis/redis.h"
#include "fact/all.h"

struct redis {
	struct buf held; /* of a reply that is not whole yet */
	struct resp_scan scan;
	bool deaf;
};

static struct redis *redis_of(const struct layer *l)
{
	return l->state;
}

/* A room may be named by the id of a socket, which is nobody's business: "socket.io#/#…". */
static struct span public_part(struct span channel, char text[64])
{
	struct buf b = {.max = 63};
	unsigned marks = 0;
	size_t n = 0;

	while (n < channel.n && n < 48 && marks < 2)
		marks += channel.p[n++] == '#';
	buf_add(&b, span_head(channel, n));
	if (n < channel.n)
		buf_addz(&b, "…");
	n = b.n;
	memcpy(text, b.n ? b.p : "", b.n);
	buf_deinit(&b);
	return (struct span){text, n};
}

static struct span first_word(struct span text)
{
	size_t n = 0;

	while (n < text.n && n < 24 && ((text.p[n] >= 'A' && text.p[n] <= 'Z')))
		n++;
	return n ? span_head(text, n) : SPAN("?");
}

static void note_subscribed(struct layer *l, struct span word, struct span rest)
{
	struct resp_item channel, n;
	const char *fault;
	char text[64];

	if (resp_take(&rest, &channel, &fault) && resp_take(&rest, &n, &fault) &&
		n.type == RESP_INT)
		layer_note(l, &redis_subscribed, F_TEXT(k_packet, word),
			F_TEXT(k_path, public_part(channel.text, text)),
			F_INT(k_subscriptions, n.n));
}

static void note_message(struct layer *l, struct span word, struct span rest)
{
	struct resp_item channel, data;
	const char *fault;
	char text[64];

	if (word.p[0] == 'p' && !resp_take(&rest, &channel, &fault)) /* its pattern */
		return;
	if (resp_take(&rest, &channel, &fault) && resp_take(&rest, &data, &fault))
		layer_note(l, &redis_message, F_TEXT(k_path, public_part(channel.text, text)),
			F_INT(k_bytes, (int64_t)data.text.n));
}

static const struct {
	const char *word;
	void (*tell)(struct layer *l, struct span word, struct span rest);
} pushes[] = {{"subscribe", note_subscribed}, {"psubscribe", note_subscribed},
	{"ssubscribe", note_subscribed}, {"unsubscribe", note_subscribed},
	{"punsubscribe", note_subscribed}, {"sunsubscribe", note_subscribed},
	{"message", note_message}, {"pmessage", note_message}, {"smessage", note_message}};

static void note_reply(struct layer *l, struct span reply)
{
	struct resp_item it;
	const char *fault;

	if (!resp_take(&reply, &it, &fault))
		return;
	if (it.type == RESP_ERROR)
		layer_note(l, &redis_error, F_TEXT(k_error, first_word(it.text)));
	if (it.type != RESP_ARRAY || !resp_take(&reply, &it, &fault) || it.type != RESP_TEXT)
		return;
	for (size_t i = 0; i < sizeof(pushes) / sizeof(*pushes); i++)
		if (span_eq(it.text, span_of(pushes[i].word)))
			pushes[i].tell(l, span_of(pushes[i].word), reply);
}

/* Hands up what is whole; returns how many bytes that were. */
static size_t take_replies(struct layer *l, struct span bytes)
{
	struct redis *r = redis_of(l);
	const char *fault = NULL;
	size_t taken = 0;

	while (taken < bytes.n) {
		struct span rest = span_from(bytes, taken);
		enum resp_scanned found = resp_scan(&r->scan, rest, &fault);

		if (found == RESP_MORE)
			break;
		if (found == RESP_BROKEN) {
			layer_note(l, &redis_fault, F_TEXT(k_from, SPAN("server")),
				F_TEXT(k_fault, span_of(fault)));
			r->deaf = true;
			l->conn->done = true;
			break;
		}
		rest = span_head(rest, r->scan.at);
		r->scan = (struct resp_scan){0};
		taken += rest.n;
		note_reply(l, rest);
		layer_up(l, SERVER, 0, rest);
	}
	return taken;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct redis *r = redis_of(l);

	(void)unit;
	if (from != SERVER || r->deaf)
		return;
	if (!r->held.n) {
		data = span_from(data, take_replies(l, data));
		buf_add(&r->held, r->deaf ? (struct span){0} : data);
		return;
	}
	buf_add(&r->held, data);
	buf_drop(&r->held, take_replies(l, buf_span(&r->held)));
	if (!r->held.n)
		buf_deinit(&r->held);
}

static void start(struct layer *l)
{
	redis_of(l)->held.max = 2 * RESP_REPLY_MAX;
}

static void stop(struct layer *l)
{
	buf_deinit(&redis_of(l)->held);
}

void redis_say(struct layer *redis, const struct span *words, size_t n)
{
	resp_write(&redis->conn->out, words, n);
}

const struct dialect dialect_redis = {.name = "redis",
	.say = "Redis, RESP2 and RESP3",
	.size = sizeof(struct redis),
	.start = start,
	.feed = feed,
	.stop = stop};
