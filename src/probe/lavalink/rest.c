/* The node's REST: one request after the other on a connection that is kept alive. */
#include "probe/lavalink/lavalink.h"

#include "fact/all.h"
#include "probe/body.h"

static bool is_kept_alive(struct link *k)
{
	struct layer *http = conn_layer(link_conn(k), &dialect_http);
	const struct http_head *head = http ? http_head(http, SERVER) : NULL;

	if (!link_open(k) || !head)
		return link_open(k);
	return head->minor ? !http_has_token(head, SPAN("connection"), SPAN("close"))
			   : http_has_token(head, SPAN("connection"), SPAN("keep-alive"));
}

void lavalink_rest_close(struct lavalink_rest *r)
{
	if (r->link)
		try_close(r->t, r->link);
	r->link = NULL;
}

static bool open_link(struct lavalink_rest *r)
{
	if (r->link && !is_kept_alive(r->link))
		lavalink_rest_close(r);
	if (r->link)
		return true;
	r->link = try_open(r->t, &(struct open_how){0});
	if (!r->link)
		return false;
	conn_push(link_conn(r->link), &dialect_http);
	conn_push(link_conn(r->link), &dialect_body);
	return true;
}

static void write_given(struct request *r, const struct lavalink_query *q)
{
	if (q->given == GIVEN_NONE)
		lavalink_header(r, "Authorization", (struct span){0}, false);
	if (q->given == GIVEN_WRONG)
		lavalink_header(r, "Authorization", SPAN(LAVALINK_WRONG_PASSWORD), true);
	if (q->body.n)
		r->headers[r->n++] =
			(struct http_header){SPAN("Content-Type"), SPAN("application/json")};
}

static struct span full_path(const struct lavalink_rest *r, struct span path)
{
	return arena_fmt(&r->t->probe->arena, "%.*s%.*s",
		SPANF(lavalink_state(r->t->vantage)->prefix), SPANF(path));
}

/* What was sent of it: TLS that does not verify gets no password. */
static struct span given_word(const struct lavalink_query *q, bool secrets, const struct vantage *v)
{
	if (q->given == GIVEN_WRONG)
		return SPAN("wrong");
	return q->given == GIVEN_OWN && secrets && lavalink_state(v)->secret ? SPAN("given")
									     : SPAN("none");
}

unsigned lavalink_rest_ask(struct lavalink_rest *r, const struct lavalink_query *q)
{
	struct lavalink_exchange e = {
		.method = q->method ? span_of(q->method) : SPAN("GET"), .path = q->path};
	struct url at = r->t->vantage->url;
	struct request own = {0};
	const struct obs *o;
	struct http_ask ask;
	bool secrets;

	if (!open_link(r))
		return 0;
	at.target = full_path(r, q->path);
	secrets = try_trusts(r->t, r->link, &at, &(struct open_how){0});
	request_write(&own, r->t, &(struct upgrade_how){.no_origin = true}, &at, secrets);
	write_given(&own, q);
	ask = request_plain(&own);
	ask.method = e.method;
	ask.body = q->body;
	http_ask(conn_layer(link_conn(r->link), &dialect_http), &ask);
	o = try_answer(r->t, r->link);
	request_deinit(&own);
	e.given = given_word(q, secrets, r->t->vantage);
	if (o && o->kind == &http_answer) {
		e.status = (unsigned)obs_int(o, &k_status);
		e.took = obs_int(o, &k_took);
		e.body = body_kept(link_conn(r->link));
	}
	lavalink_note_exchange(r->t->spot.journal, link_where(r->link), probe_now(r->t->probe), &e);
	return e.status;
}

/* --- experiments --- */

static unsigned ask_as(struct lavalink_rest *r, const struct tag *role, struct lavalink_query q)
{
	struct where *w = r->link ? link_where(r->link) : &r->t->spot.where;

	r->t->spot.where.role = w->role = role;
	return lavalink_rest_ask(r, &q);
}

/* Without the password first: a node tells a missing one (401) from a wrong one (403). */
void lavalink_probe_rest(struct try *t)
{
	struct lavalink_rest r = {.t = t};
	static const struct span more[] = {{"/v4/info", 8}, {"/v4/stats", 9}};
	unsigned status;

	status = ask_as(&r, &role_no_password, (struct lavalink_query){.path = SPAN("/version")});
	if (lavalink_state(t->vantage)->secret)
		status = ask_as(&r, &role_with_password,
			(struct lavalink_query){.path = SPAN("/version"), .given = GIVEN_OWN});
	for (size_t i = 0; i < 2 && status == 200 && !probe_is_over(t->probe); i++)
		ask_as(&r, &role_with_password,
			(struct lavalink_query){.path = more[i], .given = GIVEN_OWN});
	lavalink_rest_close(&r);
}

void lavalink_probe_wrong_auth(struct try *t)
{
	struct lavalink_rest r = {.t = t};
	struct lavalink_link n;

	ask_as(&r, &role_wrong_password,
		(struct lavalink_query){.path = SPAN("/version"), .given = GIVEN_WRONG});
	lavalink_rest_close(&r);
	lavalink_open(&n, t,
		&(struct lavalink_how){.role = &role_wrong_password,
			.header = "Authorization",
			.value = LAVALINK_WRONG_PASSWORD});
	lavalink_close(&n, t);
}
