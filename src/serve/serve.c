#include "serve/serve.h"

#include <errno.h>
#include <stdlib.h>

#include "io/socket.h"
#include "io/clock.h"
#include "serve/far.h"
#include "serve/log.h"

static size_t may_be_open(void)
{
	size_t most = socket_most();

	if (most < 2 * FAR_OTHERS)
		return most / 2;
	return most - FAR_OTHERS < FAR_CALLS_MAX ? most - FAR_OTHERS : FAR_CALLS_MAX;
}

static size_t max_calls(const struct serve_ask *ask)
{
	size_t most = may_be_open();

	return ask->max_connections && ask->max_connections < most ? (size_t)ask->max_connections
								   : most;
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

static void stop_roles(struct far *far)
{
	for (size_t i = 0; i < ROLES; i++)
		if (far->states[i] && role_all[i]->stop)
			role_all[i]->stop(far->states[i]);
}

static void attend(void *arg)
{
	struct far *far = arg;

	far->attendant = fiber_self();
	while (!far->stopping) {
		far_sweep(far, false);
		fiber_park(NS_NEVER);
	}
	log_stopping(far, far->signal);
	far_stop(far);
	stop_roles(far);
	far_sweep(far, true);
}

static void on_signal(void *arg, int signal)
{
	struct far *far = arg;

	far->at_once = far->stopping; /* the second one */
	far->stopping = true;
	far->signal = signal;
	fiber_wake(far->attendant);
}

int serve_run(const struct serve_ask *ask)
{
	struct far *far = calloc(1, sizeof(*far));
	int signal = 0;

	if (!far)
		abort();
	far->ask = ask;
	far->journal.max = 1;
	pool_init(&far->pool, sizeof(struct call), max_calls(ask));
	far->loop = loop_new();
	far->count.since = clock_wall() / NS_S;
	begin_roles(far);
	if (!far->loop || loop_signals(far->loop, on_signal, far))
		fprintf(ask->err, "wsdx serve: %s\n", strerror(errno));
	else if (log_begin(far) && doors_open(far)) {
		fflush(ask->out);
		fiber_run(far->loop, attend, far, NS_NEVER);
		signal = loop_signal(far->loop);
	}
	doors_close(far);
	fault_stages_finish(far);
	finish_roles(far);
	if (signal)
		log_stopped(far);
	log_end(far);
	loop_free(far->loop);
	journal_deinit(&far->journal);
	pool_deinit(&far->pool);
	free(far);
	return signal;
}
