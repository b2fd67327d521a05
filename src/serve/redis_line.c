#include "serve/redis_line.h"

#include <stdio.h>
#include <string.h>

#include "io/resolve.h"

#define PORT 6379
#define CONNECT_WAIT (5 * NS_S)
#define LIFE_EVERY (15 * NS_S)
#define BACKOFF_FIRST (100 * NS_MS)
#define BACKOFF_MAX (5 * NS_S)
#define WAITING_MAX ((size_t)24 << 20)

/* --- where --------------------------------------------------------------------------------------
 */

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static void decode(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' && i + 2 < text.n && digit(text.p[i + 1]) >= 0 &&
			digit(text.p[i + 2]) >= 0) {
			buf_addc(out, (char)(digit(text.p[i + 1]) << 4 | digit(text.p[i + 2])));
			i += 2;
		} else {
			buf_addc(out, text.p[i]);
		}
	}
}

static ssize_t last(struct span s, char c)
{
	ssize_t at = -1;

	for (size_t i = 0; i < s.n; i++)
		at = s.p[i] == c ? (ssize_t)i : at;
	return at;
}

static void read_user(struct redis_to *to, struct span text)
{
	ssize_t colon = span_chr(text, ':');

	decode(&to->user, span_head(text, colon < 0 ? text.n : (size_t)colon));
	if (colon >= 0)
		decode(&to->password, span_from(text, (size_t)colon + 1));
}

static bool read_host(struct redis_to *to, struct span text)
{
	ssize_t colon = last(text, ':'), bracket = last(text, ']');
	uint64_t port = PORT;

	if (colon > bracket && (bracket >= 0 || span_chr(text, ':') == colon)) {
		if (!span_uint(span_from(text, (size_t)colon + 1), 65535, &port) || !port)
			return false;
		text = span_head(text, (size_t)colon);
	}
	to->host = text;
	to->port = (uint16_t)port;
	return text.n > 0;
}

bool redis_to_read(struct redis_to *to, struct span text, const char *password, const char **why)
{
	ssize_t slash, at;

	*to = (struct redis_to){.user.max = 512, .password.max = 4096};
	to->tls = span_istarts(text, SPAN("rediss://"));
	if (to->tls || span_istarts(text, SPAN("redis://")))
		text = span_from(text, to->tls ? 9 : 8);
	/* a password may hold a slash that is not written as %2F: the @ counts first */
	at = last(text, '@');
	if (at >= 0)
		read_user(to, span_head(text, (size_t)at));
	text = span_from(text, (size_t)(at + 1));
	slash = span_chr(text, '/');
	if (slash >= 0)
		text = span_head(text, (size_t)slash);
	if (!to->password.n && password)
		buf_addz(&to->password, password);
	if (read_host(to, text) && !to->user.full && !to->password.full)
		return true;
	*why = "HOST:PORT, or redis://[USER:PASSWORD@]HOST:PORT";
	redis_to_deinit(to);
	return false;
}

void redis_to_deinit(struct redis_to *to)
{
	if (to->password.p)
		explicit_bzero(to->password.p, to->password.cap);
	buf_deinit(&to->user);
	buf_deinit(&to->password);
}

/* --- hearing ------------------------------------------------------------------------------------
 */

struct ear {
	struct redis_line *line;
};

/* The first replies are to the greeting. */
static void heard_greeting(struct redis_line *line, struct span reply)
{
	struct resp_item it;
	struct span word = {0};
	const char *fault;

	if (resp_take(&reply, &it, &fault) && it.type == RESP_ERROR && !line->refused[0]) {
		span_cut(&it.text, ' ', &word);
		snprintf(line->refused, sizeof(line->refused), "%.*s", SPANF(span_head(word, 24)));
	}
	line->awaited -= line->awaited > 0;
}

static void feed(struct layer *l, enum side from, int unit, struct span reply)
{
	struct redis_line *line = ((struct ear *)l->state)->line;

	(void)unit;
	if (from != SERVER)
		return;
	line->stirred = true;
	if (line->open)
		line->heard(line, reply);
	else
		heard_greeting(line, reply);
}

static const struct dialect dialect_line = {
	.name = "redis-line", .size = sizeof(struct ear), .feed = feed};

/* --- the fiber ----------------------------------------------------------------------------------
 */

static void say(struct redis_line *line, const struct span *words, size_t n)
{
	link_conn(line->link);
	redis_say(line->redis, words, n);
}

static void greet(struct redis_line *line)
{
	const struct redis_to *to = line->to;
	struct span auth[3] = {SPAN("AUTH")};
	size_t n = 1;

	line->awaited = 1;
	line->refused[0] = '\0';
	if (to->user.n)
		auth[n++] = buf_span(&to->user);
	if (to->password.n) {
		auth[n++] = buf_span(&to->password);
		say(line, auth, n);
		line->awaited++;
	}
	say(line, (struct span[]){SPAN("PING")}, 1);
}

static bool is_greeted(void *arg)
{
	const struct redis_line *line = arg;

	return !line->awaited || line->refused[0];
}

static void tell_lost(struct redis_line *line, const char *why)
{
	bool told = line->told && !line->open;

	line->open = false;
	line->told = true;
	if (!told && !fiber_stopped())
		line->lost(line, span_of(why));
}

static const char *stay(struct redis_line *line)
{
	for (;;) {
		ns until = loop_clock(line->loop) + LIFE_EVERY;
		enum wait w;

		line->stirred = false;
		while ((w = link_wait(line->link, until)) == WAIT_WOKEN)
			;
		if (w == WAIT_STOPPED || link_over(line->link))
			return "it ended the connection";
		if (!line->stirred) {
			say(line, (struct span[]){SPAN("PING")}, 1);
			link_flush(line->link);
			until = loop_clock(line->loop) + LIFE_EVERY;
			while (!line->stirred && link_wait(line->link, until) == WAIT_WOKEN)
				;
			if (!line->stirred)
				return link_over(line->link) ? "it ended the connection"
							     : "it is silent";
		}
	}
}

/* Until it is lost: why. */
static const char *speak(struct redis_line *line, ns deadline)
{
	struct tls_ask tls = {.name = line->to->host, .insecure = true};
	struct layer *ear;

	if (line->to->tls && !link_tls(line->link, &tls, deadline))
		return "no TLS there";
	line->redis = conn_push(link_conn(line->link), &dialect_redis);
	ear = conn_push(link_conn(line->link), &dialect_line);
	((struct ear *)ear->state)->line = line;
	greet(line);
	if (!link_until(line->link, deadline, is_greeted, line))
		return link_over(line->link) ? "it ended the connection" : "it is silent";
	if (line->refused[0])
		return line->refused;
	line->open = true;
	line->opened(line);
	return stay(line);
}

static const char *connect_once(struct redis_line *line)
{
	struct spot spot = {.loop = line->loop, .journal = line->journal, .where.flow = 1};
	struct resolve_ask ask = {
		.host = line->to->host, .port = line->to->port, .system_only = true};
	ns deadline = loop_clock(line->loop) + CONNECT_WAIT;
	struct addresses addresses;
	struct dialled d;
	const char *why;

	if (!resolve(&addresses, &spot, &ask, deadline))
		return "no such name";
	if (!dial_first(&d, &spot, &addresses, deadline))
		return d.error ? d.error : "no connection";
	line->link = link_new(&spot, &d, SEAT_CLIENT);
	why = speak(line, deadline);
	line->redis = NULL;
	link_close(line->link);
	line->link = NULL;
	return why;
}

static void run(void *arg)
{
	struct redis_line *line = arg;
	ns wait = BACKOFF_FIRST;

	while (!fiber_stopped()) {
		const char *why = connect_once(line);

		if (line->open)
			wait = BACKOFF_FIRST;
		tell_lost(line, why);
		fiber_sleep_until(loop_clock(line->loop) + wait);
		wait = 2 * wait < BACKOFF_MAX ? 2 * wait : BACKOFF_MAX;
	}
}

void redis_line_start(struct redis_line *line)
{
	line->fiber = fiber_start(line->loop, run, line);
}

void redis_line_stop(struct redis_line *line)
{
	if (!line->fiber)
		return;
	fiber_stop(line->fiber);
	fiber_join(line->fiber);
	line->fiber = NULL;
}

bool redis_line_say(struct redis_line *line, const struct span *words, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += words[i].n + 32;
	if (!line->open || !line->link || link_over(line->link) ||
		line->redis->conn->out.n + bytes > WAITING_MAX)
		return false;
	say(line, words, n);
	link_flush(line->link);
	return true;
}
