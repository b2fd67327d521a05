#include "serve/serve.h"

#include <errno.h>
#include <stdlib.h>

#include "io/socket.h"
#include "serve/far.h"

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
	int signal = 0;

	if (!far)
		abort();
	far->ask = ask;
	far->journal.max = 1;
	pool_init(&far->pool, sizeof(struct call), max_calls());
	far->loop = loop_new();
	begin_roles(far);
	if (!far->loop || loop_signals(far->loop, on_signal, far))
		fprintf(ask->err, "wsdx serve: %s\n", strerror(errno));
	else if (doors_open(far)) {
		fflush(ask->out);
		fiber_run(far->loop, attend, far, NS_NEVER);
		signal = loop_signal(far->loop);
	}
	doors_close(far);
	fault_stages_finish(far);
	finish_roles(far);
	loop_free(far->loop);
	journal_deinit(&far->journal);
	pool_deinit(&far->pool);
	free(far);
	return signal;
}
