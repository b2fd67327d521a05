/* wsdx check: options, the probe engine, the reports. */
#include "cmd/cmd.h"

#include <unistd.h>

#include "base/text.h"
#include "cause/all.h"
#include "cmd/again.h"
#include "cmd/check_curl.h"
#include "cmd/check_options.h"
#include "cmd/output.h"
#include "fact/all.h"
#include "io/clock.h"
#include "io/file.h"
#include "report/report.h"

#define JOURNAL_FILE_MAX ((size_t)1 << 30)
/* Between two tries of --wait. */
#define WAIT_PAUSE (500 * NS_MS)
/* A try that is left less than this, or than the last one took, would only say that it had no time. */
#define WAIT_TRY NS_S
/* What is silent is met in two steps before it is named. */
#define WAIT_STEP(left) ((left) * 2 / 5)
#define STEP (5 * NS_S)
#define WHOLE (60 * NS_S)

/* Tries of --wait that came out alike, one after the other. */
struct tried {
	ns first, last; /* when they began, since the first of all */
	int tries;
	enum verdict verdict;
	const struct cause *cause; /* NULL: none */
};
#define TRIED_MAX 32

struct checking {
	struct cmd_run *run;
	const struct check_options *options;
	struct curl curl; /* of --from-curl */
	struct check_ask ask;
	const struct cause *only[512];
	struct not_looked left_out[STAGE_COUNT]; /* the layers that --only leaves out */
	size_t n_left_out;
	struct loop *loop;
	struct journal journal;
	struct probe_result result;
	struct tried tried[TRIED_MAX];
	size_t n_tried;
	struct arena arena;
	bool progress; /* a progress line is on the terminal */
};

/* --only: the causes of one layer. */
static void choose_causes(struct checking *c)
{
	const struct cause *const *all = c->ask.probe.causes;
	bool left_out[STAGE_COUNT] = {false};
	size_t n = 0;

	if (!c->options->only.n)
		return;
	for (; *all && n + 1 < sizeof(c->only) / sizeof(c->only[0]); all++)
		if (span_eq(span_of(stage_name((*all)->stage)), c->options->only))
			c->only[n++] = *all;
		else
			left_out[(*all)->stage] = true;
	for (enum stage s = 0; s < STAGE_COUNT; s++)
		if (left_out[s])
			c->left_out[c->n_left_out++] =
				(struct not_looked){stage_name(s), "left out by --only"};
	c->only[n] = NULL;
	c->ask.probe.causes = c->only;
}

/* One line that is written over: what is being done. */
static void show_progress(struct checking *c, const struct obs *o)
{
	if (!o->where.exp || o->kind == &exp_done)
		return;
	fprintf(c->run->err, "\r\033[K%s …", o->where.exp->say);
	fflush(c->run->err);
	c->progress = true;
}

static void clear_progress(struct checking *c)
{
	if (c->progress)
		fputs("\r\033[K", c->run->err);
	c->progress = false;
}

static void seen(void *arg, const struct obs *o)
{
	struct checking *c = arg;
	struct buf line = {.max = 1 << 16};

	if (!c->options->verbose) {
		show_progress(c, o);
		return;
	}
	/* a phase is the sum of what has been told already */
	if (o->kind == &run_phase)
		return;
	verbose_line(&line, o);
	fwrite(line.p, 1, line.n, c->run->err);
	buf_deinit(&line);
}

static void on_signal(void *arg, int signal)
{
	struct checking *c = arg;

	(void)signal;
	probe_stop(c->loop);
	loop_stop(c->loop);
}

static void forget_run(struct checking *c)
{
	probe_result_deinit(&c->result);
	journal_deinit(&c->journal);
	loop_free(c->loop);
	c->loop = NULL;
}

static void note_tried(struct checking *c)
{
	for (size_t i = 0; i < c->n_tried; i++) {
		const struct tried *t = &c->tried[i];
		struct field fields[5] = {F_TIME(k_waited, t->first), F_TEXT(k_verdict, span_of(verdict_name(t->verdict))),
			F_INT(k_tries, t->tries), F_TIME(k_took, t->last - t->first)};
		size_t n = 4;

		if (t->cause)
			fields[n++] = F_TEXT(k_cause, span_of(t->cause->id));
		journal_add(&c->journal, NULL, 0, &run_tried, fields, n);
	}
}

static bool run_once(struct checking *c)
{
	bool tty = isatty(fileno(c->run->err)) && !c->options->quiet;

	c->loop = loop_new();
	if (!c->loop || loop_signals(c->loop, on_signal, c) < 0)
		return false;
	if (c->options->verbose || tty) {
		c->journal.seen = seen;
		c->journal.seen_arg = c;
	}
	check_curl_note(&c->curl, &c->journal);
	note_tried(c);
	if (probe_run(c->loop, &c->journal, &c->ask.probe, &c->result) < 0)
		return false;
	c->journal.seen = NULL;
	clear_progress(c);
	return true;
}

/* Causes that say that a guessed scheme was the wrong one. */
static bool refutes_guess(const struct checking *c)
{
	const struct cause *root = c->result.judgement.root ? c->result.judgement.root->cause : NULL;
	const struct url *u = &c->ask.probe.url;

	if (root == &cause_tls_ws_to_tls_port || root == &cause_tls_wss_to_plain_port)
		return true;
	/* without a port the other scheme is another port */
	return u->port_guessed && (root == &cause_tcp_refused || root == &cause_tcp_syn_timeout_firewall);
}

/* HOST[:PORT] without a scheme: when the guess was wrong, the other one is tried, and its run is the one that counts. */
static bool run_guessing(struct checking *c)
{
	struct url *u = &c->ask.probe.url;

	if (!run_once(c))
		return false;
	if (!u->guessed || !refutes_guess(c) || loop_signal(c->loop))
		return true;
	u->guessed = false;
	u->secure = !u->secure;
	u->scheme = u->secure ? SPAN("wss") : SPAN("ws");
	if (u->port_guessed)
		u->port = u->secure ? 443 : 80;
	forget_run(c);
	return run_once(c);
}

static bool is_well(const struct checking *c)
{
	return verdict_exit(&c->result.judgement, ERROR) == 0;
}

static void wake(void *arg)
{
	(void)arg;
}

/* Between two tries; a signal ends it early. */
static void pause_a_moment(struct checking *c)
{
	struct timer t = {.fire = wake};

	loop_timer(c->loop, &t, loop_clock(c->loop) + WAIT_PAUSE);
	loop_run(c->loop, NS_NEVER);
	loop_timer_stop(c->loop, &t);
}

/* The first of a kind is told at once: a wait may be long. */
static void tell_try(struct checking *c, const struct tried *t)
{
	struct buf after = {.max = 64};

	if (c->options->quiet)
		return;
	text_ns(&after, t->first);
	fprintf(c->run->err, "after %s: %s%s%s\n", buf_z(&after), verdict_name(t->verdict), t->cause ? ", " : "",
		t->cause ? t->cause->id : "");
	buf_deinit(&after);
}

static void remember_try(struct checking *c, ns began)
{
	const struct judgement *j = &c->result.judgement;
	struct tried now = {began, began, 1, j->verdict, j->root ? j->root->cause : NULL},
		     *last = c->n_tried ? &c->tried[c->n_tried - 1] : NULL;

	if (last && ((last->verdict == now.verdict && last->cause == now.cause) || c->n_tried == TRIED_MAX)) {
		last->last = began;
		last->tries++;
		return;
	}
	c->tried[c->n_tried++] = now;
	tell_try(c, &now);
}

/* How long it took is seen only now; what it means is judged with it. */
static void note_well(struct checking *c, ns began)
{
	int64_t tries = 1;

	for (size_t i = 0; i < c->n_tried; i++)
		tries += c->tried[i].tries;
	note(&c->journal, NULL, c->journal.all[c->journal.n - 1]->at, &run_well, F_TIME(k_waited, began), F_INT(k_tries, tries));
	judgement_deinit(&c->result.judgement);
	judge(&c->result.judgement, &c->journal, c->ask.probe.causes, 1 + (unsigned)c->ask.probe.n_direct);
}

static ns least(ns a, ns b)
{
	return a < b ? a : b;
}

/* A try ends with the wait, and its steps leave it the time to come to a cause. */
static void fit_into(struct checking *c, ns left)
{
	const struct check_options *o = c->options;

	if (!o->wait)
		return;
	c->ask.probe.deadline = least(o->deadline ? o->deadline : WHOLE, left);
	c->ask.probe.timeout = least(o->timeout ? o->timeout : STEP, WAIT_STEP(left));
}

/* Refused, and not only not ready yet. */
static bool is_lasting(struct checking *c)
{
	const struct finding *root = c->result.judgement.root;

	if (!root || !root->cause->lasts || root->confidence < 0.9)
		return false;
	if (c->options->wait && !c->options->quiet)
		fprintf(c->run->err, "%s is not healed by waiting: no further try\n", root->cause->id);
	return true;
}

/* --wait: again and again until it is well or refused for good, the time is over, or a signal came. */
static bool run_until_well(struct checking *c)
{
	ns start = clock_monotonic(), until = start + c->options->wait;

	for (;;) {
		ns began = clock_monotonic() - start, took;

		fit_into(c, until - clock_monotonic());
		if (!run_guessing(c))
			return false;
		if (is_well(c)) {
			if (c->options->wait)
				note_well(c, began);
			return true;
		}
		took = clock_monotonic() - start - began;
		if (clock_monotonic() + WAIT_PAUSE + (took > WAIT_TRY ? took : WAIT_TRY) > until)
			return true;
		if (loop_signal(c->loop) || is_lasting(c))
			return true;
		remember_try(c, began);
		pause_a_moment(c);
		if (loop_signal(c->loop))
			return true;
		forget_run(c);
	}
}

static struct span again(struct checking *c)
{
	struct buf b = {.max = 65536};
	struct span kept;

	again_line(&b, c->run);
	kept = arena_copy(&c->arena, buf_span(&b));
	buf_deinit(&b);
	return kept;
}

static struct span said_url(struct checking *c, const struct url *u)
{
	struct buf b = {.max = URL_SAID_MAX};
	struct span kept;

	url_say(&b, u);
	kept = arena_copy(&c->arena, buf_span(&b));
	buf_deinit(&b);
	return kept;
}

static void fill_report(struct checking *c, struct report *r)
{
	const struct probe_ask *ask = &c->ask.probe;

	*r = (struct report){.target = said_url(c, &ask->url),
		.n_vantages = 1 + ask->n_direct,
		.address = c->result.address,
		.proxy = c->result.proxy,
		.connections = c->result.connections,
		.connections_max = c->result.connections_max,
		.journal = &c->journal,
		.judgement = &c->result.judgement,
		.version = WSDX_VERSION,
		.again = again(c),
		.quiet = c->options->quiet,
		.checklist = c->options->checklist,
		.why = c->options->why};
	r->vantages[0] = r->target;
	for (size_t i = 0; i < ask->n_direct; i++)
		r->vantages[i + 1] = said_url(c, &ask->direct[i]);
	r->not_looked_at = c->left_out;
	r->n_not_looked_at = c->n_left_out;
	report_fill(r, &c->arena);
}

static bool save(struct checking *c, struct span target)
{
	struct buf text = {.max = JOURNAL_FILE_MAX};
	struct file_error error;
	bool ok;

	journal_save(&text, &c->journal, target, WSDX_VERSION);
	ok = file_write(arena_z(&c->arena, c->options->save), buf_span(&text), true, &error);
	if (!ok)
		fprintf(c->run->err, "wsdx check: --save: %s\n", error.text);
	buf_deinit(&text);
	return ok;
}

static bool print_reports(struct checking *c)
{
	struct report r;
	bool ok;

	fill_report(c, &r);
	ok = output_print(&c->options->output, &r, c->options->color, c->run);
	return (!c->options->save.n || save(c, r.target)) && ok;
}

static enum severity fail_on(const struct check_options *o)
{
	return span_eq(o->fail_on, SPAN("warning")) ? WARNING : ERROR;
}

static int check(struct checking *c)
{
	int status;

	if (!run_until_well(c)) {
		fprintf(c->run->err, "wsdx: cannot start: %m\n");
		return EXIT_BLIND;
	}
	status = verdict_exit(&c->result.judgement, fail_on(c->options));
	if (!print_reports(c))
		status = EXIT_BLIND;
	if (loop_signal(c->loop))
		status = 128 + loop_signal(c->loop);
	forget_run(c);
	return status;
}

static int run(struct cmd_run *r)
{
	struct checking c = {.run = r, .options = r->options};
	struct span url = r->words.n ? r->words.v[0] : (struct span){0};
	struct buf error = {.max = 4096};
	int status = EXIT_USAGE;

	if (!output_check(&c.options->output, &error)) {
		cmd_usage(r, "%s", buf_z(&error));
		goto out;
	}
	if (!check_curl_read(&c.curl, r->options, &url, r->env, &error)) {
		cmd_usage(r, "%s", buf_z(&error));
		goto out;
	}
	if (!check_ask_make(&c.ask, c.options, url, &error)) {
		cmd_usage(r, "%s", buf_z(&error));
		goto out;
	}
	choose_causes(&c);
	status = check(&c);
out:
	buf_deinit(&error);
	check_ask_deinit(&c.ask);
	curl_deinit(&c.curl);
	arena_deinit(&c.arena);
	return status;
}

const struct command cmd_check = {
	.name = "check",
	.say = "find out why a WebSocket connection fails",
	.synopsis = "[OPTION]… URL\n[OPTION]… --from-curl 'curl …'\n[OPTION]… --connection-id ID --endpoint URL",
	.about = "Opens a WebSocket at URL as a browser would. When that works, says so and stops; when not, runs the experiments that separate "
		 "the likeliest causes until one is proven, and prints the root cause, the proof, and the fix for the stack it met.\n\n"
		 "URL is ws:, wss:, http: or https:, or HOST[:PORT]. By default only handshakes, pings and closes are sent: nothing that an "
		 "application would notice. Credentials are not sent over TLS that failed verification, nor to another origin.",
	.options_of = check_opts,
	.size = sizeof(struct check_options),
	.words_min = 0,
	.words_max = 1,
	.shown = 3,
	.examples = {{"wsdx check wss://chat.example.com/ws", "why does it fail, at which layer, what to change"},
		{"wsdx check wss://chat.example.com/ws --direct ws://10.0.0.7:8080", "the same against the backend: whose fault is it"},
		{"wsdx check wss://chat.example.com/ws --idle 70s", "who cuts idle connections, and after how long"},
		{"wsdx check -o markdown -o json=report.json localhost:8080/ws", "a ticket to paste, and a file for CI"},
		{"wsdx check --wait 60s -q ws://localhost:8080/ws", "a health check that waits until the endpoint is well"}},
	.exits = "0 healthy, or degraded\n1 unknown: wsdx could not look\n2 bad usage\n3 broken, or degraded with --fail-on warning\n"
		 "130 interrupted\n143 terminated",
	.run = run,
};
