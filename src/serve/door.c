/* Where connections come in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "serve/far.h"
#include "serve/fault_tls.h"
#include "serve/log.h"

/* An IPv6 address has colons of its own. */
bool where_split(struct span where, struct span *host, uint16_t *port)
{
	ssize_t colon = -1;
	uint64_t number;
	struct address at;

	for (size_t i = 0; i < where.n; i++)
		colon = where.p[i] == ':' ? (ssize_t)i : colon;
	if (colon < 1 || !span_uint(span_from(where, (size_t)colon + 1), 65535, &number))
		return false;
	*host = span_head(where, (size_t)colon);
	*port = (uint16_t)number;
	if (span_ieq(*host, SPAN("localhost")))
		*host = SPAN("127.0.0.1");
	return address_parse(&at, *host, *port);
}

static void say_listening(const struct door *d)
{
	const struct serve_ask *ask = d->far->ask;
	const struct address *at = &d->listener.at;
	struct buf url = {.max = 512};

	if (d->listener.path)
		buf_addf(&url, "unix:%s", d->listener.path);
	else
		buf_addf(&url, at->family == 6 ? "%s://[%s]:%u/" : "%s://%s:%u/",
			d->offer ? "https" : "http", at->text, at->port);
	log_listening(d->far, buf_span(&url), d->fault ? d->fault->id : NULL);
	if (!ask->worker && ask->show_faults && !d->listener.path && !at->loopback)
		fprintf(ask->err,
			"wsdx serve: %s: whoever reaches this address may ask for any fault\n",
			buf_z(&url));
	if (!ask->worker && (!ask->log || ask->log_file))
		fprintf(ask->out, "listening on %s%s%s\n", buf_z(&url), d->fault ? " " : "",
			d->fault ? d->fault->id : "");
	buf_deinit(&url);
}

/* The certificate that the fault is about, or what was given. */
static const struct tls_offer *offer_of(struct far *far, const struct fault *f)
{
	if (f && f->place >= FAULT_TLS_GOOD) {
		if (!far->tls)
			far->tls = fault_tls_new();
		return fault_tls_offer(far->tls, f->place);
	}
	if (f && f->place == FAULT_OWN_PLAIN)
		return NULL;
	return far->ask->identity ? &far->offer : NULL;
}

static bool open_at(struct door *d, struct span host, uint16_t port)
{
	d->listener.accepted = far_accepted;
	d->listener.arg = d;
	if (!listen_start(&d->listener, d->far->loop, host, port))
		return true;
	fprintf(d->far->ask->err, "wsdx serve: cannot listen on %.*s:%u: %s\n", SPANF(host), port,
		strerror(errno));
	return false;
}

static bool open_path(struct door *d, struct span path)
{
	d->listener.accepted = far_accepted;
	d->listener.arg = d;
	if (!listen_start_path(&d->listener, d->far->loop, path))
		return true;
	fprintf(d->far->ask->err, "wsdx serve: cannot listen on unix:%.*s: %s\n", SPANF(path),
		strerror(errno));
	return false;
}

static bool open_where(struct door *d, struct span where)
{
	struct span host;
	uint16_t port;

	if (span_starts(where, SPAN("unix:")))
		return open_path(d, span_from(where, 5));
	if (where_split(where, &host, &port))
		return open_at(d, host, port);
	fprintf(d->far->ask->err, "wsdx serve: %.*s: not ADDRESS:PORT, such as 127.0.0.1:8080, nor unix:PATH\n",
		SPANF(where));
	return false;
}

static struct door *add(struct far *far, const struct fault *f)
{
	struct door *d = &far->doors[far->n_doors++];

	d->far = far;
	d->fault = f;
	d->params = f ? f->params : (struct fault_params){0};
	return d;
}

static const struct fault *read_fault(struct span word, struct fault_params *params)
{
	const struct fault *f;
	struct span name = {0};

	span_cut(&word, ',', &name);
	f = fault_find(name);
	if (f)
		*params = f->params;
	while (f && span_cut(&word, ',', &name))
		fault_param(params, name, NULL);
	return f;
}

/* Whatever is shown in turn, its listeners are those of --listen. */
static const struct fault *of_all(const struct far *far)
{
	const struct opt_list *list = far->ask->faults;
	struct fault_params params;

	for (size_t i = 0; i < list->n; i++) {
		const struct fault *f = read_fault(list->v[i], &params);

		if (f && !serve_fault_apart(list->v[i]) && f->place > FAULT_OWN)
			return f;
	}
	return NULL;
}

/* Each at the next port, or PATH.1, PATH.2 …; where the kernel chooses, it chooses for each. */
static bool open_replica(struct door *d, struct span where)
{
	unsigned number = d->far->number;
	struct buf name = {.max = 256};
	struct span host;
	uint16_t port;
	bool fine;

	if (number && where_split(where, &host, &port) && !span_starts(where, SPAN("unix:")))
		buf_addf(&name, "%.*s:%u", SPANF(host), port ? port + number : 0);
	else if (number)
		buf_addf(&name, "%.*s.%u", SPANF(where), number);
	fine = open_where(d, number ? buf_span(&name) : where);
	buf_deinit(&name);
	return fine;
}

static bool open_listed(struct far *far)
{
	const struct fault *f = of_all(far);

	for (size_t i = 0; i < far->ask->listen->n; i++) {
		struct door *d = add(far, f && f->place == FAULT_OWN_PROXY ? f : NULL);

		d->offer = offer_of(far, f);
		d->listener.shared = far->ask->crew != NULL;
		if (!open_replica(d, far->ask->listen->v[i]))
			return false;
		say_listening(d);
	}
	return true;
}

static bool open_apart(struct far *far)
{
	const struct opt_list *list = far->ask->faults;

	/* the first has them */
	for (size_t i = far->number || far->ask->worker ? list->n : 0; i < list->n; i++) {
		struct fault_params params;
		const struct fault *f;
		struct door *d;

		if (!serve_fault_apart(list->v[i]))
			continue;
		f = read_fault(list->v[i], &params);
		d = add(far, f);
		d->params = params;
		d->offer = offer_of(far, f);
		if (!open_where(d, params.at))
			return false;
		say_listening(d);
	}
	return true;
}

/* Beside the first listener, at free ports: /fault/ says which. */
static bool open_own(struct far *far)
{
	struct address at;

	if (!far->ask->show_faults || !far->n_doors)
		return true;
	at = far->doors[0].listener.at;
	if (!at.family && !address_parse(&at, SPAN("127.0.0.1"), 0))
		return false;
	for (const struct fault *f = fault_all; f->id; f++) {
		struct door *d;

		if (f->place == FAULT_PATH)
			continue;
		d = add(far, f);
		d->offer = offer_of(far, f);
		if (!open_at(d, span_of(at.text), 0))
			return false;
	}
	return true;
}

bool doors_open(struct far *far)
{
	size_t max = far->ask->listen->n + far->ask->faults->n + FAULTS_MAX;

	far->offer = (struct tls_offer){.identity = far->ask->identity,
		.alpn = far_speaks_h2(far) ? SPAN("h2,http/1.1") : SPAN("http/1.1")};
	far->doors = calloc(max, sizeof(*far->doors));
	if (!far->doors)
		abort();
	return open_listed(far) && open_apart(far) && open_own(far);
}

void doors_close(struct far *far)
{
	for (size_t i = 0; i < far->n_doors; i++)
		listen_stop(&far->doors[i].listener);
	fault_tls_free(far->tls);
	free(far->doors);
}

/* --- what was asked for -------------------------------------------------------------------------
 */

bool serve_fault_apart(struct span word)
{
	return span_find(word, SPAN(",at=")) >= 0;
}

static bool is_somewhere(struct span where, const char *what, struct buf *why)
{
	struct span host;
	uint16_t port;

	if (span_starts(where, SPAN("unix:")) ? where.n > 5 : where_split(where, &host, &port))
		return true;
	buf_addf(why,
		"%s%.*s: not ADDRESS:PORT, such as 127.0.0.1:8080, [::1]:8080 or, for all "
		"addresses, 0.0.0.0:8080, nor unix:PATH",
		what, SPANF(where));
	return false;
}

static bool is_known(struct span name, struct buf *why)
{
	const char *like;

	if (fault_find(name) || span_eq(name, SPAN("none")))
		return true;
	like = fault_like(name);
	buf_addf(why, "%.*s: no such fault", SPANF(name));
	if (like)
		buf_addf(why, "; did you mean %s?", like);
	else
		buf_addz(why, "; --faults shows them at /fault/");
	return false;
}

static bool is_valid(struct span word, struct fault_params *params, struct buf *why)
{
	struct span name = {0};

	span_cut(&word, ',', &name);
	if (!is_known(name, why))
		return false;
	while (span_cut(&word, ',', &name))
		if (!fault_param(params, name, why))
			return false;
	return !params->at.n || is_somewhere(params->at, "at=", why);
}

bool serve_listen_valid(const struct opt_list *listen, struct buf *why)
{
	for (size_t i = 0; i < listen->n; i++)
		if (!is_somewhere(listen->v[i], "--listen ", why))
			return false;
	return true;
}

bool serve_faults_valid(const struct opt_list *faults, struct buf *why)
{
	size_t in_turn = 0, whole = 0;
	const char *id = "";

	for (size_t i = 0; i < faults->n; i++) {
		struct fault_params params = {0};
		const struct fault *f;

		if (!is_valid(faults->v[i], &params, why))
			return false;
		f = read_fault(faults->v[i], &params);
		if (serve_fault_apart(faults->v[i]))
			continue;
		in_turn++;
		if (f && f->place > FAULT_OWN) {
			whole++;
			id = f->id;
		}
	}
	if (!whole || in_turn == 1)
		return true;
	buf_addf(why,
		"%s: all of a listener shows it, so it cannot take turns; give it one of its own: "
		"--fault %s,at=ADDRESS:PORT",
		id, id);
	return false;
}
