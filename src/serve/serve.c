#include "serve/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "serve/far.h"

#define REQUEST_WAIT (30 * NS_S)
#define NOTED_MAX 64

/* --- what stands on top of a connection --------------------------------------------------------
 */

struct ear {
	struct call *call;
};

static void ear_feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct call *c = ((struct ear *)l->state)->call;

	if (from != CLIENT)
		return;
	if (unit == WS_HTTP + HTTP_HEAD)
		c->asked = true;
	else if ((unit == WS_TEXT || unit == WS_BINARY) && c->hear)
		c->hear(c, (enum ws_opcode)unit, data);
}

static const struct dialect dialect_far = {
	.name = "far", .size = sizeof(struct ear), .feed = ear_feed};

static void echo(struct call *c, enum ws_opcode opcode, struct span data)
{
	ws_send(c->ws, opcode, data);
}

/* --- one connection ----------------------------------------------------------------------------
 */

static void list_faults(struct call *c)
{
	struct buf page = {.max = 64 << 10};

	for (const struct fault *f = fault_all; f->id; f++)
		buf_addf(&page, "/fault/%-38s %s\n", f->id, f->say);
	call_answer(c, "200 OK", "Content-Type: text/plain; charset=utf-8\r\n", buf_span(&page));
	buf_deinit(&page);
}

static void show(struct call *c, const struct fault *f)
{
	c->turn = c->far->turns[f - fault_all]++;
	c->fault = f;
	f->run(c);
}

/* /fault/ID?param=value&… */
static void answer_fault(struct call *c, struct span path, struct span query)
{
	const struct fault *f = fault_find(span_from(path, 7));
	struct span word;

	if (!span_from(path, 7).n) {
		list_faults(c);
		return;
	}
	if (!f) {
		call_answer(c, "404 Not Found", "Content-Type: text/plain\r\n",
			SPAN("no such fault; see /fault/\n"));
		return;
	}
	c->params = f->params;
	while (span_cut(&query, '&', &word))
		fault_param(&c->params, word); /* a client's own parameters are its own affair */
	show(c, f);
}

/* The fault of --fault whose turn it is; NULL: healthy. */
static const struct fault *take_turn(struct call *c)
{
	const struct opt_list *list = call_ask(c)->faults;
	const struct fault *f;
	struct span rest, word = {0};

	if (!list->n)
		return NULL;
	rest = list->v[c->far->next++ % list->n];
	span_cut(&rest, ',', &word);
	f = fault_find(word);
	c->params = f ? f->params : (struct fault_params){0};
	while (f && span_cut(&rest, ',', &word))
		fault_param(&c->params, word);
	return f;
}

static void answer(struct call *c)
{
	struct span path, query;
	ssize_t mark;
	const struct fault *f;

	buf_clear(&c->path);
	buf_add(&c->path, call_head(c)->target);
	mark = span_chr(buf_span(&c->path), '?');
	path = span_head(buf_span(&c->path), mark < 0 ? c->path.n : (size_t)mark);
	query = mark < 0 ? (struct span){0} : span_from(buf_span(&c->path), (size_t)mark + 1);
	c->hear = echo;
	if (call_ask(c)->show_faults && span_starts(path, SPAN("/fault/"))) {
		answer_fault(c, path, query);
		return;
	}
	f = take_turn(c);
	if (f)
		show(c, f);
	else if (span_eq(path, SPAN("/")) || span_eq(path, SPAN("/echo")))
		call_healthy(c);
	else
		call_answer(c, "404 Not Found", "Content-Type: text/plain\r\n", SPAN("Not Found"));
}

static bool is_asked(void *arg)
{
	return ((struct call *)arg)->asked;
}

static bool begin(struct call *c)
{
	const struct tls_offer offer = {
		.identity = call_ask(c)->identity, .alpn = SPAN("http/1.1")};
	struct spot spot = {.loop = c->far->loop, .journal = &c->journal, .where.flow = 1};
	struct dialled d = {.fd = c->fd, .to = c->peer, .began = c->began};

	c->k = link_new(&spot, &d, SEAT_SERVER);
	return !offer.identity || link_tls_accept(c->k, &offer, c->began + REQUEST_WAIT);
}

void far_call(void *arg)
{
	struct call *c = arg;

	if (begin(c)) {
		c->http = conn_push(link_conn(c->k), &dialect_http);
		c->ws = conn_push(link_conn(c->k), &dialect_ws);
		((struct ear *)conn_push(link_conn(c->k), &dialect_far)->state)->call = c;
		if (link_until(c->k, call_now(c) + REQUEST_WAIT, is_asked, c))
			answer(c);
	}
	link_close(c->k);
	fiber_wake(c->far->attendant);
}

/* --- all connections ---------------------------------------------------------------------------
 */

static void accepted(void *arg, int fd, const struct address *peer)
{
	struct far *far = arg;
	struct call *c = far->n_calls < FAR_CALLS_MAX ? calloc(1, sizeof(*c)) : NULL;

	if (!c) {
		close(fd);
		return;
	}
	*c = (struct call){.far = far,
		.fd = fd,
		.peer = *peer,
		.began = loop_now(far->loop),
		.journal.max = NOTED_MAX,
		.path.max = HTTP_HEAD_MAX,
		.next = far->calls};
	c->fiber = fiber_start(far->loop, far_call, c);
	if (!c->fiber) {
		close(fd);
		free(c);
		return;
	}
	far->calls = c;
	far->n_calls++;
}

static void call_free(struct call *c)
{
	journal_deinit(&c->journal);
	buf_deinit(&c->path);
	free(c);
}

/* Frees the connections that are over; with `all`, ends them first. */
static void sweep(struct far *far, bool all)
{
	struct call **at = &far->calls;

	while (*at) {
		struct call *c = *at;

		if (all)
			fiber_stop(c->fiber);
		if (!all && !fiber_ended(c->fiber)) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		fiber_join(c->fiber);
		far->n_calls--;
		call_free(c);
	}
}

/* "ADDRESS:PORT"; an IPv6 address has colons of its own. */
static bool split(struct span where, struct span *host, uint16_t *port)
{
	ssize_t colon = -1;
	uint64_t number;

	for (size_t i = 0; i < where.n; i++)
		colon = where.p[i] == ':' ? (ssize_t)i : colon;
	if (colon < 1 || !span_uint(span_from(where, (size_t)colon + 1), 65535, &number))
		return false;
	*host = span_head(where, (size_t)colon);
	*port = (uint16_t)number;
	return true;
}

static void say_listening(const struct far *far, const struct address *at)
{
	fprintf(far->ask->out,
		at->family == 6 ? "listening on %s://[%s]:%u/\n" : "listening on %s://%s:%u/\n",
		far->ask->identity ? "https" : "http", at->text, at->port);
}

static bool listen_one(struct far *far, struct listener *n, struct span where)
{
	struct span host;
	uint16_t port;

	n->accepted = accepted;
	n->arg = far;
	if (!split(where, &host, &port)) {
		fprintf(far->ask->err,
			"wsdx serve: %.*s: not ADDRESS:PORT, such as 127.0.0.1:8080\n",
			SPANF(where));
		return false;
	}
	if (listen_start(n, far->loop, host, port)) {
		fprintf(far->ask->err, "wsdx serve: cannot listen on %.*s: %s\n", SPANF(where),
			strerror(errno));
		return false;
	}
	say_listening(far, &n->at);
	return true;
}

static void attend(void *arg)
{
	struct far *far = arg;

	far->attendant = fiber_self();
	while (!far->stopping) {
		fiber_park(NS_NEVER);
		sweep(far, false);
	}
	sweep(far, true);
}

static void on_signal(void *arg, int signal)
{
	struct far *far = arg;

	(void)signal;
	far->stopping = true;
	fiber_wake(far->attendant);
}

int serve_run(const struct serve_ask *ask)
{
	struct far *far = calloc(1, sizeof(*far));
	size_t n = 0;
	int signal = 0;

	if (!far)
		abort();
	far->ask = ask;
	far->loop = loop_new();
	if (!far->loop || loop_signals(far->loop, on_signal, far))
		fprintf(ask->err, "wsdx serve: %s\n", strerror(errno));
	else
		while (n < ask->listen->n && listen_one(far, &far->listeners[n], ask->listen->v[n]))
			n++;
	if (n == ask->listen->n) {
		fflush(ask->out);
		fiber_run(far->loop, attend, far, NS_NEVER);
		signal = loop_signal(far->loop);
	}
	for (size_t i = 0; i < n; i++)
		listen_stop(&far->listeners[i]);
	loop_free(far->loop);
	free(far);
	return signal;
}

bool serve_faults_valid(const struct opt_list *faults, struct buf *why)
{
	for (size_t i = 0; i < faults->n; i++) {
		struct span rest = faults->v[i], word = {0};
		struct fault_params params = {0};

		span_cut(&rest, ',', &word);
		if (!fault_find(word) && !span_eq(word, SPAN("none"))) {
			buf_addf(why, "%.*s: no such fault; --faults shows them at /fault/",
				SPANF(word));
			return false;
		}
		while (span_cut(&rest, ',', &word)) {
			if (fault_param(&params, word))
				continue;
			buf_addf(why, "%.*s: a parameter is after=, age=, limit=, code= or to=",
				SPANF(word));
			return false;
		}
	}
	return true;
}
