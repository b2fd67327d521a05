/* Messages of ours, only when the user asks: --echo, --send, --size. */
#include "probe/try.h"

#include <stdlib.h>

#include "base/text.h"
#include "fact/all.h"
#include "io/random.h"
#include "probe/size.h"

/* Steps of --size: below and above the limits that exist (MTU, 16 KiB, 32 KiB, 64 KiB, 128 KiB, 1 MB, 1 MiB …). */
static const uint64_t steps[] = {500, 1400, 9000, 16000, 17000, 30000, 40000, 60000, 70000, 120000, 140000, 500000, 990000,
	1010000, 1100000, 2000000, 4200000, 8500000, 15000000};

static struct link *open_ws(struct try *t, bool no_deflate)
{
	struct upgrade_how how = {.no_deflate = no_deflate};
	struct link *k;
	const struct obs *o = try_upgrade(t, &how, &k);

	if (k && (!o || o->kind != &ws_open)) {
		try_close(t, k);
		return NULL;
	}
	return k;
}

/* The digest of the last message we sent on the flow. */
static int64_t sent_digest(const struct try *t, uint32_t flow)
{
	const struct journal *j = t->probe->journal;

	for (size_t i = j->n; i > 0; i--) {
		const struct obs *o = j->all[i - 1];

		if (o->kind == &ws_message && o->where.flow == flow && obs_is(o, &k_from, "client"))
			return obs_int(o, &k_digest);
	}
	return 0;
}

/* How long an echo may come after the pong, when the server answers late; and what is left of that once
 * it turned out not to echo: time for a Close about the message. */
#define LATE_ECHO (500 * NS_MS)
#define LATE_CLOSE (100 * NS_MS)

enum sent { LOST, THROUGH, ECHOED };

/* Sends it with a ping behind it, waits for its echo, or for the pong and `late`: the peer reads in order. Notes ws.echo. */
static enum sent send_and_see(struct try *t, struct link *k, enum ws_opcode opcode, struct span payload, ns late)
{
	struct layer *ws = try_ws(k);
	ns began = probe_now(t->probe), deadline = try_deadline(t);
	bool echoed = false, ponged = false;
	const struct obs *o;
	int64_t digest;

	if (!ws || !ws_is_open(ws))
		return LOST;
	ws_send(ws, opcode, payload);
	digest = sent_digest(t, link_where(k)->flow);
	ws_ping(ws);
	/* both, as a pong that comes after the echo would be taken for that of the next message */
	while (!(echoed && ponged) && (o = link_await(k, deadline, &ws_message, &ws_rtt, &ws_close, &ws_fault))) {
		if (o->kind == &ws_close || o->kind == &ws_fault)
			break;
		if (o->kind == &ws_rtt)
			ponged = true;
		else if (obs_is(o, &k_from, "server") && obs_int(o, &k_digest) == digest)
			echoed = true;
		else
			continue;
		deadline = try_deadline_in(t, late);
	}
	note(t->spot.journal, link_where(k), probe_now(t->probe), &ws_echo, F_INT(k_bytes, (int64_t)payload.n),
		F_BOOL(k_echoed, echoed), F_BOOL(k_through, echoed || ponged),
		F_TIME(k_took, probe_now(t->probe) - began), F_TIME(k_waited, probe_now(t->probe) - began));
	return echoed ? ECHOED : ponged ? THROUGH : LOST;
}

void probe_echo(struct try *t)
{
	struct link *k = open_ws(t, false);

	if (!k)
		return;
	if (send_and_see(t, k, WS_TEXT, SPAN("wsdx echo"), LATE_ECHO) == LOST)
		try_say(t, link_over(k) ? "cut" : "silent", link_over(k) ? "peer" : "us", NULL);
	try_goodbye(t, k);
	try_close(t, k);
}

/* A greeting is no answer: what the server says by itself when it accepts is there before the pong. */
static void pass_greeting(struct try *t, struct link *k, struct layer *ws)
{
	const struct obs *o;

	ws_ping(ws);
	do
		o = link_await(k, try_deadline(t), &ws_message, &ws_rtt, &ws_close, &ws_fault);
	while (o && o->kind == &ws_message);
}

void probe_send(struct try *t)
{
	struct link *k = open_ws(t, false);
	struct layer *ws = k ? try_ws(k) : NULL;
	const struct obs *o = NULL;

	if (!k)
		return;
	if (ws && ws_is_open(ws))
		pass_greeting(t, k, ws);
	if (ws && ws_is_open(ws)) {
		ws_send(ws, utf8_valid(t->probe->ask->send) ? WS_TEXT : WS_BINARY, t->probe->ask->send);
		do
			o = link_await(k, try_deadline(t), &ws_message, &ws_close, &ws_fault);
		while (o && o->kind == &ws_message && !obs_is(o, &k_from, "server"));
	}
	if (!o)
		try_say(t, link_over(k) ? "cut" : "silent", link_over(k) ? "peer" : "us", "no answer to --send");
	try_goodbye(t, k);
	try_close(t, k);
}

uint64_t size_step(size_t i, uint64_t most)
{
	return i < sizeof(steps) / sizeof(steps[0]) && steps[i] < most ? steps[i] : most;
}

char *size_text(size_t n)
{
	char *p = malloc(n);

	if (!p)
		abort();
	random_fill(p, n);
	for (size_t i = 0; i < n; i++)
		p[i] = "abcdefghijklmnopqrstuvwxyz012345"[(unsigned char)p[i] & 31];
	return p;
}

void probe_size(struct try *t)
{
	uint64_t most = t->probe->ask->size;
	struct link *k = open_ws(t, true);
	enum sent sent = ECHOED;

	if (!k)
		return;
	for (size_t i = 0; sent != LOST && !probe_is_over(t->probe); i++) {
		uint64_t n = size_step(i, most);
		char *text = size_text(n);

		link_where(k)->attempt = (uint16_t)i;
		sent = send_and_see(t, k, WS_TEXT, (struct span){text, n}, sent == ECHOED ? LATE_ECHO : LATE_CLOSE);
		free(text);
		if (n == most)
			break;
	}
	if (sent == LOST)
		try_say(t, link_over(k) ? "cut" : "silent", link_over(k) ? "peer" : "us", "a message did not get through");
	try_goodbye(t, k);
	try_close(t, k);
}
