/* How a client of SignalR comes to a connection's id: POST /negotiate, with the cookies kept that
 * it sets, and on to where it sends. */
#include "probe/hub.h"

#include "fact/all.h"
#include "io/clock.h"
#include "probe/credential.h"
#include "probe/request.h"
#include "probe/token.h"

#define COOKIES_MAX 4096

/* --- the URL -----------------------------------------------------------------------------------
 */

static bool is_clients_own(struct span parameter)
{
	return span_starts(parameter, SPAN("id=")) ||
	       span_istarts(parameter, SPAN("negotiateVersion=")) ||
	       span_istarts(parameter, SPAN("useStatefulReconnect="));
}

/* Path, suffix, and the user's own query with `more` behind it. */
void hub_target(struct buf *out, const struct url *url, const char *suffix, const char *more)
{
	struct span path = url_path(url), rest = url_query(url), part;
	char before = '?';

	if (span_ends(path, SPAN("/negotiate")))
		path.n -= sizeof("/negotiate") - 1;
	while (*suffix && path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	buf_add(out, path.n == 1 && *suffix ? (struct span){0} : path);
	buf_addz(out, suffix);
	while (rest.n && span_cut(&rest, '&', &part)) {
		if (!part.n || is_clients_own(part))
			continue;
		buf_addc(out, before);
		buf_add(out, part);
		before = '&';
	}
	if (*more)
		buf_addf(out, "%c%s", before, more);
}

bool hub_said(const struct obs *o)
{
	if (o->kind == &http_answer)
		return obs_is(o, &k_who, "signalr");
	return o->kind == &signalr_negotiated || o->kind == &signalr_redirect ||
	       (o->kind == &signalr_refused && obs_is(o, &k_by, "negotiate")) ||
	       (o->kind == &signalr_fault && obs_is(o, &k_fault, "aspnet"));
}

/* --- the negotiation ---------------------------------------------------------------------------
 */

/* Clients keep what negotiate sets: affinity rests on it. Once for the run: a balancer does not
 * change its mind. */
static void keep_cookies(struct try *t, const struct http_head *head)
{
	struct vantage *v = t->vantage;
	struct buf jar = {.max = COOKIES_MAX};

	for (size_t i = 0; i < v->n_more; i++)
		if (span_eq(v->more[i].name, SPAN("Cookie")))
			return;
	for (size_t i = 0; head && i < head->n; i++) {
		struct span rest = head->headers[i].value, pair;

		if (!span_ieq(head->headers[i].name, SPAN("Set-Cookie")) ||
			!span_cut(&rest, ';', &pair))
			continue;
		buf_addz(&jar, jar.n ? "; " : "");
		buf_add(&jar, span_trim(pair));
	}
	if (jar.n && !jar.full && v->n_more < VANTAGE_HEADERS_MAX)
		v->more[v->n_more++] = (struct http_header){
			SPAN("Cookie"), arena_copy(&t->probe->arena, buf_span(&jar))};
	buf_deinit(&jar);
}

const struct url *hub_url_at(const struct try *t, const struct place *at)
{
	return at ? &at->url : &t->vantage->url;
}

struct open_how hub_way_to(const struct try *t, const struct place *at)
{
	struct open_how how = {.url = at ? &at->url : NULL};

	if (at && !t->vantage->forward)
		how.to = &at->names.v[0];
	return how;
}

static void ask(struct try *t, struct link *k, const struct place *at, bool trusted)
{
	const struct url *url = hub_url_at(t, at);
	struct layer *signalr;
	struct buf target = {.max = URL_SAID_MAX};
	struct request r = {0};
	struct http_ask how;

	conn_push(link_conn(k), &dialect_http);
	signalr = conn_push(link_conn(k), &dialect_signalr);
	request_write(&r, t, &(struct upgrade_how){.path = NULL}, url, trusted);
	/* without it cookie authentication answers with a page to log in at */
	r.headers[r.n++] = (struct http_header){SPAN("X-Requested-With"), SPAN("XMLHttpRequest")};
	if (at && at->access.n)
		r.headers[r.n++] = (struct http_header){SPAN("Authorization"),
			arena_fmt(&r.arena, "Bearer %.*s", SPANF(at->access))};
	hub_target(&target, url, "/negotiate", "negotiateVersion=1");
	if (!trusted && !at)
		credential_strip_query(&target);
	how = request_plain(&r);
	how.target = buf_span(&target);
	signalr_negotiate(signalr, &how);
	buf_deinit(&target);
	request_deinit(&r);
}

static bool has_answered(const struct try *t, struct link *k)
{
	const struct journal *j = t->spot.journal;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->where.flow == link_where(k)->flow && hub_said(j->all[i]))
			return true;
	return false;
}

/* On a connection of its own, which is handed back open; NULL: it came to nothing. */
static struct link *negotiate_at(struct try *t, struct place *at, struct negotiated *out)
{
	struct open_how way = hub_way_to(t, at);
	struct link *k = try_open(t, &way);
	const struct signalr_terms *terms;
	const struct obs *o;
	ns began;

	*out = (struct negotiated){.at = at};
	if (!k)
		return NULL;
	out->trusted = !at && try_trusts(t, k, &t->vantage->url, &way);
	ask(t, k, at, out->trusted);
	began = probe_now(t->probe);
	o = try_answer(t, k);
	try_phase(t, k, "negotiate", began, o && o->kind == &http_answer);
	terms = signalr_terms(conn_layer(link_conn(k), &dialect_signalr));
	out->ok = terms->ok;
	out->token = arena_copy(&t->probe->arena, terms->token);
	out->websockets = terms->websockets;
	out->events = terms->events;
	out->elsewhere = terms->url.n > 0;
	out->on = arena_copy(&t->probe->arena, terms->url);
	out->access = arena_copy(&t->probe->arena, terms->access);
	out->answered = has_answered(t, k);
	if (o && o->kind == &http_answer && !at)
		keep_cookies(t, http_head(conn_layer(link_conn(k), &dialect_http), SERVER));
	return k;
}

static bool find_place(struct try *t, struct place *at, const struct negotiated *n)
{
	struct resolve_ask ask;
	const char *why;

	if (!url_parse(n->on, &at->url, &why))
		return false;
	at->access = n->access;
	ask = (struct resolve_ask){.host = at->url.host,
		.port = at->url.port,
		.family = t->probe->ask->family,
		.overrides = t->probe->ask->overrides,
		.system_only = true};
	return t->vantage->forward || resolve(&at->names, &t->spot, &ask, try_deadline(t));
}

struct link *hub_negotiate(struct try *t, struct negotiated *out)
{
	struct link *k = negotiate_at(t, NULL, out);
	struct place *at;

	if (!k || !out->elsewhere)
		return k;
	at = ARENA_NEW(&t->probe->arena, struct place);
	if (!find_place(t, at, out))
		return k;
	try_close(t, k);
	return negotiate_at(t, at, out);
}

void hub_run_negotiate(struct try *t)
{
	struct negotiated *n = ARENA_NEW(&t->probe->arena, struct negotiated);
	struct link *k;

	token_note(t, &t->vantage->url, clock_wall() / NS_S);
	t->vantage->state = n;
	k = hub_negotiate(t, n);
	if (k)
		try_close(t, k);
}
