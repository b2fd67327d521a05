#include "dialect/proxy/talk.h"

#include "fact/http.h"
#include "fact/proxy.h"

void proxy_note(struct layer *l, int64_t status, struct span reason, const char *error)
{
	struct proxy_talk *t = l->state;
	struct field fields[7];
	size_t n = 0;

	if (t->state != PROXY_WAITING)
		return;
	t->state = error ? PROXY_FAILED : PROXY_OPEN;
	fields[n++] = F_TEXT(k_proxy, t->name);
	if (status >= 0)
		fields[n++] = F_INT(k_status, status);
	fields[n++] = F_TEXT(k_reason, reason);
	fields[n++] = F_TIME(k_took, t->answered_at - t->asked_at);
	if (t->who)
		fields[n++] = F_TEXT(k_who, span_of(t->who));
	fields[n++] = F_TEXT(k_saying, span_of(t->saying));
	fields[n++] = F_TEXT(k_error, span_of(error));
	journal_add(l->conn->journal, &l->conn->where, l->conn->now, &proxy_answer, fields, n);
	if (error)
		l->conn->done = true;
}

void proxy_stream(struct layer *l, struct span data)
{
	struct proxy_talk *t = l->state;

	if (l->up)
		layer_up(l, SERVER, 0, data);
	else
		buf_add(&t->early, data);
}

static void start(struct layer *l)
{
	struct proxy_talk *t = l->state;

	t->early.max = PROXY_EARLY_MAX;
	t->asked_at = l->conn->now;
}

static void feed(struct layer *l, enum side from, int unit, struct span data)
{
	struct proxy_talk *t = l->state;

	if (from != SERVER || t->state == PROXY_FAILED)
		return;
	if (t->state == PROXY_WAITING)
		t->answered_at = l->conn->now;
	if (t->ask.kind == PROXY_CONNECT)
		proxy_http(l, unit, data);
	else
		proxy_socks(l, data);
}

static void cut(struct layer *l, enum side from, enum cut how)
{
	struct proxy_talk *t = l->state;

	if (from == SERVER && t->state == PROXY_WAITING) {
		t->answered_at = l->conn->now;
		proxy_note(l, -1, (struct span){NULL, 0},
			how == CUT_TIMEOUT ? "silent"
			: how == CUT_OURS  ? "unfinished"
					   : "cut");
	}
	layer_cut_up(l, from, how);
}

static void stop(struct layer *l)
{
	struct proxy_talk *t = l->state;

	if (t->ask.password.n)
		explicit_bzero((char *)t->ask.password.p, t->ask.password.n);
	buf_deinit(&t->early);
}

const struct dialect dialect_proxy = {
	.name = "proxy",
	.say = "HTTP CONNECT and SOCKS5 as a client",
	.size = sizeof(struct proxy_talk),
	.start = start,
	.feed = feed,
	.cut = cut,
	.stop = stop,
};

struct layer *proxy_start(struct conn *c, const struct proxy_ask *ask)
{
	struct layer *http = ask->kind == PROXY_CONNECT ? conn_push(c, &dialect_http) : NULL;
	struct layer *l = conn_push(c, &dialect_proxy);
	struct proxy_talk *t = l->state;

	t->name = arena_copy(&c->arena, ask->proxy);
	t->ask = *ask;
	t->ask.host = arena_copy(&c->arena, ask->host);
	t->ask.user = arena_copy(&c->arena, ask->user);
	t->ask.password = arena_copy(&c->arena, ask->password);
	if (http)
		proxy_http_begin(l, http);
	else
		proxy_socks_begin(l);
	return l;
}

enum proxy_state proxy_state(const struct layer *proxy)
{
	return ((const struct proxy_talk *)proxy->state)->state;
}

struct span proxy_early(const struct layer *proxy)
{
	return buf_span(&((const struct proxy_talk *)proxy->state)->early);
}
