#include "serve/serve.h"

#include <errno.h>
#include <stdlib.h>

#include "io/clock.h"
#include "io/socket.h"
#include "serve/far.h"
#include "serve/log.h"
#include "serve/workers.h"

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

struct all {
	struct loop *loop;
	struct far **fars;
	size_t n;
};

static void on_signal(void *arg, int signal)
{
	struct all *all = arg;

	for (size_t i = 0; i < all->n; i++) {
		struct far *far = all->fars[i];

		far->at_once = far->stopping; /* the second one */
		far->stopping = true;
		far->signal = signal;
		fiber_wake(far->attendant);
	}
}

static void attend_all(void *arg)
{
	struct all *all = arg;
	struct fiber **fibers = calloc(all->n, sizeof(struct fiber *));

	if (!fibers)
		abort();
	for (size_t i = 1; i < all->n; i++)
		if (!(fibers[i] = fiber_start(all->loop, attend, all->fars[i])))
			abort();
	attend(all->fars[0]);
	for (size_t i = 1; i < all->n; i++)
		fiber_join(fibers[i]);
	free(fibers);
}

static struct far *far_new(const struct serve_ask *ask, struct loop *loop, unsigned number)
{
	struct far *far = calloc(1, sizeof(*far));

	if (!far)
		abort();
	far->ask = ask;
	far->number = number;
	far->journal.max = 1;
	far->loop = loop;
	far->count.since = clock_wall() / NS_S;
	pool_init(&far->pool, sizeof(struct call), max_calls(ask));
	begin_roles(far);
	return far;
}

static void far_free(struct far *far)
{
	workers_end(far);
	doors_close(far);
	fault_stages_finish(far);
	finish_roles(far);
	if (far->signal)
		log_stopped(far);
	if (!far->number) /* replicas share the first one's */
		log_end(far);
	journal_deinit(&far->journal);
	pool_deinit(&far->pool);
	free(far);
}

static bool open_all(struct all *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct far *far = all->fars[i];

		if (i)
			far->log = all->fars[0]->log;
		else if (!log_begin(far))
			return false;
		if (!doors_open(far))
			return false;
		workers_begin(far);
	}
	return true;
}

static int serve_one(const struct serve_ask *ask)
{
	struct all all = {.loop = loop_new(), .n = ask->replicas ? ask->replicas : 1};
	int signal = 0;

	if (!all.loop || !(all.fars = calloc(all.n, sizeof(struct far *)))) {
		fprintf(ask->err, "wsdx serve: %s\n", strerror(errno));
		loop_free(all.loop);
		return 0;
	}
	for (size_t i = 0; i < all.n; i++)
		all.fars[i] = far_new(ask, all.loop, (unsigned)i);
	if (loop_signals(all.loop, on_signal, &all)) {
		fprintf(ask->err, "wsdx serve: %s\n", strerror(errno));
	} else if (open_all(&all)) {
		fflush(ask->out);
		fiber_run(all.loop, attend_all, &all, NS_NEVER);
		signal = loop_signal(all.loop);
	}
	for (size_t i = all.n; i-- > 0;)
		far_free(all.fars[i]);
	free(all.fars);
	loop_free(all.loop);
	return signal;
}

int serve_run(const struct serve_ask *ask)
{
	return ask->workers > 1 ? workers_run(ask, serve_one) : serve_one(ask);
}
