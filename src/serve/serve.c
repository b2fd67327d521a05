#include "serve/serve.h"

#include <errno.h>
#include <stdlib.h>

#include "io/socket.h"
#include "serve/far.h"

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

	n->accepted = far_accepted;
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

static size_t max_calls(void)
{
	size_t most = socket_most();

	if (most < 2 * FAR_OTHERS)
		return most / 2;
	return most - FAR_OTHERS < FAR_CALLS_MAX ? most - FAR_OTHERS : FAR_CALLS_MAX;
}

static void begin_roles(struct far *far)
{
	for (size_t i = 0; i < ROLES; i++) {
		const struct role *role = role_all[i];

		if (!role->state_size)
			continue;
		far->states[i] = calloc(1, role->state_size);
		if (!far->states[i])
			abort();
		if (role->begin)
			role->begin(far->states[i], far, far->ask->own[i]);
	}
}

static void finish_roles(struct far *far)
{
	for (size_t i = 0; i < ROLES; i++) {
		if (far->states[i] && role_all[i]->finish)
			role_all[i]->finish(far->states[i]);
		free(far->states[i]);
	}
}

static void attend(void *arg)
{
	struct far *far = arg;

	far->attendant = fiber_self();
	while (!far->stopping) {
		far_sweep(far, false);
		fiber_park(NS_NEVER);
	}
	far_sweep(far, true);
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
	far->journal.max = 1;
	far->max_calls = max_calls();
	far->loop = loop_new();
	begin_roles(far);
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
	finish_roles(far);
	loop_free(far->loop);
	journal_deinit(&far->journal);
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
