/* One run: its vantage points side by side, then the verdict. */
#include "probe/protocol.h"

#include <stdlib.h>

#include "base/json.h"
#include "fact/all.h"
#include "io/random.h"

#define DIRECT_CONNECTIONS 8
#define TIMEOUT (5 * NS_S)
#define DEADLINE (60 * NS_S)

static struct probe *running; /* for probe_stop: one run of a process at a time */

static void note_target(struct vantage *v)
{
	struct where w = {.vantage = v->index};
	struct buf b = {.max = URL_SAID_MAX};
	struct field fields[5];
	uint16_t n = 0;

	url_say(&b, &v->url);
	fields[n++] = F_TEXT(k_url, buf_span(&b));
	fields[n++] = F_TEXT(k_scheme, v->url.scheme);
	fields[n++] = F_TEXT(k_host, v->url.host);
	fields[n++] = F_INT(k_port, v->url.port);
	if (v->probe->ask->origin.n)
		fields[n++] = F_TEXT(k_origin, v->probe->ask->origin);
	journal_add(v->probe->journal, &w, probe_now(v->probe), &run_target, fields, n);
	buf_deinit(&b);
}

static unsigned budget(const struct probe_ask *ask)
{
	unsigned n = ask->connections_max ? ask->connections_max : PROBE_CONNECTIONS;

	n += (unsigned)ask->n_direct * DIRECT_CONNECTIONS;
	/* what the user asked for comes on top, so that it cannot starve the diagnosis */
	return n + plan_asked(ask);
}

/* What the user gave in confidence, and a server may say again in its refusal. */
static void hide_credentials(struct journal *journal, const struct probe_ask *ask)
{
	struct buf text = {.max = 1 << 16};
	struct json_token t;
	struct json j;

	json_init(&j, ask->auth);
	while (ask->auth.n && (t = json_next(&j)).type != JSON_END && t.type != JSON_ERROR) {
		if (t.type != JSON_STRING)
			continue;
		json_unescape(&text, t.raw);
		journal_hide(journal, buf_span(&text));
		buf_clear(&text);
	}
	buf_deinit(&text);
	for (size_t i = 0; i < ask->n_headers; i++) {
		struct span rest = ask->headers[i].value, scheme;

		if (!span_ieq(ask->headers[i].name, SPAN("authorization")))
			continue;
		span_cut(&rest, ' ', &scheme);
		journal_hide(journal, rest.n ? span_trim(rest) : scheme);
	}
}

static void init(struct probe *p, struct loop *loop, struct journal *journal, const struct probe_ask *ask)
{
	*p = (struct probe){.loop = loop, .journal = journal, .ask = ask, .n_vantages = 1 + (unsigned)ask->n_direct};
	p->timeout = ask->timeout ? ask->timeout : TIMEOUT;
	p->deadline = loop_now(loop) + (ask->deadline ? ask->deadline : DEADLINE) + ask->idle;
	p->connections_max = budget(ask);
	random_fill(&p->salt, sizeof(p->salt));
	for (unsigned i = 0; i < p->n_vantages; i++) {
		struct vantage *v = &p->vantages[i];

		v->probe = p;
		v->index = (uint8_t)i;
		v->url = i ? ask->direct[i - 1] : ask->url;
		note_target(v);
	}
}

static void vantage_fiber(void *arg)
{
	probe_vantage(arg);
}

static void follow_fiber(void *arg)
{
	probe_follow(arg);
}

static void side_by_side(struct probe *p, void (*fn)(void *))
{
	struct fiber *fibers[1 + PROBE_DIRECT_MAX];

	for (unsigned i = 0; i < p->n_vantages; i++)
		fibers[i] = fiber_start(p->loop, fn, &p->vantages[i]);
	for (unsigned i = 0; i < p->n_vantages; i++)
		if (fibers[i])
			fiber_join(fibers[i]);
}

static void main_fiber(void *arg)
{
	struct probe *p = arg;

	p->root = fiber_self();
	side_by_side(p, vantage_fiber);
	/* what one vantage point has seen last may be what another one's suspects wait for */
	if (p->n_vantages > 1)
		side_by_side(p, follow_fiber);
}

static void tell_result(struct probe *p, struct probe_result *result)
{
	const struct vantage *v = &p->vantages[0];
	struct buf b = {.max = 1024};

	*result = (struct probe_result){
		.connections = p->connections, .connections_max = p->connections_max, .stopped = p->stopped};
	if (v->forward) {
		forward_name(v->forward, &b);
		result->proxy = arena_copy(&p->journal->arena, buf_span(&b));
	} else if (v->reachable) {
		buf_addf(&b, v->chosen.family == 6 ? "[%s]:%u" : "%s:%u", v->chosen.text, v->chosen.port);
		result->address = arena_copy(&p->journal->arena, buf_span(&b));
	}
	buf_deinit(&b);
	judge(&result->judgement, p->journal, p->ask->causes, p->n_vantages);
}

int probe_run(struct loop *loop, struct journal *journal, const struct probe_ask *ask, struct probe_result *result)
{
	struct probe *p = calloc(1, sizeof(*p));
	int end;

	if (!p)
		return -1;
	init(p, loop, journal, ask);
	hide_credentials(journal, ask);
	running = p;
	end = fiber_run(loop, main_fiber, p, NS_NEVER);
	running = NULL;
	if (end >= 0)
		tell_result(p, result);
	arena_deinit(&p->arena);
	free(p);
	return end < 0 ? -1 : 0;
}

void probe_stop(struct loop *loop)
{
	if (!running || running->loop != loop)
		return;
	running->stopped = true;
	fiber_stop(running->root);
}

void probe_result_deinit(struct probe_result *result)
{
	judgement_deinit(&result->judgement);
}
