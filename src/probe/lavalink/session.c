/* The node's WebSocket, as a client library opens it, and with one header changed. */
#include "probe/lavalink/lavalink.h"

#include "fact/all.h"

/* Real nodes send the first stats with ready; later ones come once a minute. */
#define STATS_PATIENCE (300 * NS_MS)
/* How long one that is expected to be closed may take. */
#define HEADER_PATIENCE (2 * NS_S)
/* A node must notice the cut before a session can be resumed; libraries wait longer. */
#define CUT_PAUSE (500 * NS_MS)
#define RESUME_TIMEOUT "30"

void lavalink_header(struct request *r, const char *name, struct span value, bool keep)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!span_ieq(r->headers[i].name, span_of(name)))
			r->headers[kept++] = r->headers[i];
	r->n = kept;
	if (keep)
		r->headers[r->n++] = (struct http_header){span_of(name), value};
}

static void write_request(
	struct request *r, const struct try *t, const struct lavalink_how *how, bool secrets)
{
	struct upgrade_how plain = {.no_origin = true};

	if (how->path)
		plain.path = arena_z(&t->probe->arena,
			arena_fmt(&t->probe->arena, "%.*s%s",
				SPANF(lavalink_state(t->vantage)->prefix), how->path));
	request_write(r, t, &plain, &t->vantage->url, secrets);
	if (how->header)
		lavalink_header(r, how->header, span_of(how->value), how->value != NULL);
	if (how->session.n && secrets)
		lavalink_header(r, "Session-Id", how->session, true);
}

static void ask_upgrade(struct link *k, const struct request *r)
{
	struct conn *c = link_conn(k);
	struct ws_ask ask = request_upgrade(r, &(struct upgrade_how){0});
	struct layer *ws;

	conn_push(c, &dialect_http);
	ws = conn_push(c, &dialect_ws);
	conn_push(c, &dialect_lavalink);
	ws_connect(ws, &ask);
}

static void await_ready(struct lavalink_link *n, struct try *t)
{
	ns began = probe_now(t->probe);
	const struct obs *o =
		link_await(n->link, try_deadline(t), &lavalink_ready, &ws_close, &ws_fault);

	if (o && o->kind == &lavalink_ready) {
		n->ready = o;
		return;
	}
	if (o || link_over(n->link)) {
		try_say(t, "cut", "peer", NULL);
		return;
	}
	note(t->spot.journal, link_where(n->link), probe_now(t->probe), &lavalink_no_ready,
		F_TIME(k_waited, probe_now(t->probe) - began));
	try_say(t, "silent", "us", NULL);
}

void lavalink_open(struct lavalink_link *n, struct try *t, const struct lavalink_how *how)
{
	struct request r = {0};

	*n = (struct lavalink_link){0};
	t->spot.where.role = how->role;
	n->link = try_open(t, &(struct open_how){0});
	if (!n->link)
		return;
	write_request(&r, t, how, try_trusts(t, n->link, &t->vantage->url, &(struct open_how){0}));
	ask_upgrade(n->link, &r);
	n->answer = try_answer(t, n->link);
	request_deinit(&r);
	if (n->answer && n->answer->kind == &ws_open)
		await_ready(n, t);
}

void lavalink_close(struct lavalink_link *n, struct try *t)
{
	if (!n->link)
		return;
	try_goodbye(t, n->link);
	try_close(t, n->link);
	n->link = NULL;
}

void lavalink_probe_session(struct try *t)
{
	struct lavalink_link n;

	if (!t->vantage->opened) {
		try_say(t, "skipped", "us", "no WebSocket was opened");
		return;
	}
	lavalink_open(&n, t, &(struct lavalink_how){0});
	if (n.ready) {
		note(t->spot.journal, link_where(n.link), probe_now(t->probe), &run_works,
			F_TEXT(k_text, SPAN("the node said ready")));
		link_await(n.link, try_deadline_in(t, STATS_PATIENCE), &lavalink_stats, &ws_close,
			&ws_fault);
	}
	lavalink_close(&n, t);
}

static void open_and_close(struct try *t, const struct lavalink_how *how)
{
	struct lavalink_link n;

	lavalink_open(&n, t, how);
	lavalink_close(&n, t);
}

void lavalink_probe_user_id(struct try *t)
{
	open_and_close(
		t, &(struct lavalink_how){.header = "User-Id", .value = LAVALINK_USER_ID});
}

void lavalink_probe_new_path(struct try *t)
{
	open_and_close(t, &(struct lavalink_how){.path = "/v4/websocket"});
}

/* Version 3 says nothing of its own by WebSocket: that it opens is enough. */
void lavalink_probe_old_path(struct try *t)
{
	static const char *const paths[] = {"/v3/websocket", "/"};

	t->patience = HEADER_PATIENCE;
	for (size_t i = 0; i < 2 && !probe_is_over(t->probe); i++) {
		struct vantage *v = t->vantage;
		const struct obs *o;
		struct link *k;

		t->spot.where.attempt = (uint16_t)i;
		o = try_upgrade(t,
			&(struct upgrade_how){.no_origin = true,
				.path = arena_z(&t->probe->arena,
					arena_fmt(&t->probe->arena, "%.*s%s",
						SPANF(lavalink_state(v)->prefix), paths[i]))},
			&k);
		if (!k)
			return;
		if (o && o->kind == &ws_open)
			try_goodbye(t, k);
		try_close(t, k);
		if (o && o->kind == &ws_open)
			return;
	}
}

void lavalink_probe_headers(struct try *t)
{
	static const struct lavalink_how rows[] = {
		{.role = &role_no_password, .header = "Authorization"},
		{.role = &role_no_user_id, .header = "User-Id"},
		{.role = &role_zero_user_id, .header = "User-Id", .value = "0"},
		{.role = &role_text_user_id, .header = "User-Id", .value = "wsdx"},
		{.role = &role_no_client_name, .header = "Client-Name"},
		{.role = &role_unknown_session,
			.header = "Session-Id",
			.value = "wsdx-no-such-session"},
	};

	t->patience = HEADER_PATIENCE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !probe_is_over(t->probe); i++) {
		t->spot.where.attempt = (uint16_t)i;
		open_and_close(t, &rows[i]);
	}
}

/* --- resuming --- */

/* Tells the session to go on after a cut; true: the node agreed. */
static bool let_resume(struct try *t, struct span id)
{
	struct lavalink_rest r = {.t = t};
	unsigned status = lavalink_rest_ask(
		&r, &(struct lavalink_query){.method = "PATCH",
			    .path = arena_fmt(&t->probe->arena, "/v4/sessions/%.*s", SPANF(id)),
			    .given = GIVEN_OWN,
			    .body = SPAN("{\"resuming\":true,\"timeout\":" RESUME_TIMEOUT "}")});

	lavalink_rest_close(&r);
	return status == 200;
}

static void note_back(
	struct try *t, const struct lavalink_link *n, const struct obs *before, ns cut_at)
{
	const struct obs *agreed = NULL, *ready = n->ready;
	const struct journal *j = t->probe->journal;
	struct field fields[8];
	size_t k = 0;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &lavalink_session &&
			j->all[i]->where.vantage == t->vantage->index)
			agreed = j->all[i];
	fields[k++] = F_TIME(k_waited, probe_now(t->probe) - cut_at);
	fields[k++] = F_BOOL(k_ready, ready != NULL);
	fields[k++] = F_BOOL(k_resumed, obs_int(ready, &k_resumed) != 0);
	fields[k++] = F_BOOL(
		k_same, ready && obs_int(ready, &k_session_tag) == obs_int(before, &k_session_tag));
	if (agreed && obs_has(agreed, &k_timeout))
		fields[k++] = F_TIME(k_timeout, obs_int(agreed, &k_timeout));
	if (ready && obs_has(ready, &k_resumed_header))
		fields[k++] = F_TEXT(k_resumed_header, obs_text(ready, &k_resumed_header));
	journal_add(
		t->spot.journal, &t->spot.where, probe_now(t->probe), &lavalink_resume, fields, k);
}

static void come_back(struct try *t, struct span id, const struct obs *before)
{
	ns cut_at = probe_now(t->probe);
	struct lavalink_link n;

	fiber_sleep_until(try_deadline_in(t, CUT_PAUSE));
	t->spot.where.attempt = 1;
	lavalink_open(&n, t, &(struct lavalink_how){.role = &role_back, .session = id});
	if (!probe_is_over(t->probe))
		note_back(t, &n, before, cut_at);
	lavalink_close(&n, t);
}

void lavalink_probe_resume(struct try *t)
{
	struct lavalink_link n;
	struct span id;

	lavalink_open(&n, t, &(struct lavalink_how){.role = &role_cut});
	if (!n.ready) {
		lavalink_close(&n, t);
		return;
	}
	id = arena_copy(&t->probe->arena,
		lavalink_session_id(conn_layer(link_conn(n.link), &dialect_lavalink)));
	if (!id.n || !let_resume(t, id)) {
		lavalink_close(&n, t);
		try_say(t, "answered", "peer", "the session cannot be told to resume");
		return;
	}
	/* as when the network is lost */
	link_reset(n.link);
	link_close(n.link);
	come_back(t, id, n.ready);
}
