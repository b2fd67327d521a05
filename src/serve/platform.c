#include "serve/platform.h"

/* " HTTP/1.1" and the blank behind the method. */
#define LINE_REST 10

struct watcher {
	struct call *call;
	ns opened; /* NS_NEVER: not yet */
	bool forgotten;
};

static const struct profile *profile_of(const struct call *c)
{
	return call_ask(c)->profile;
}

static ns scaled(const struct call *c, ns time)
{
	return time / call_ask(c)->time_scale;
}

/* --- an open WebSocket ----------------------------------------------------------------------- */

static ns earlier(ns a, ns b)
{
	return a < b ? a : b;
}

static ns watch_deadline(const struct layer *l)
{
	const struct watcher *w = l->state;
	const struct call *c = w->call;
	const struct profile *p = profile_of(c);
	ns at = NS_NEVER;

	if (w->opened == NS_NEVER || w->forgotten || c->ending || !ws_is_open(c->ws))
		return NS_NEVER;
	if (p->idle)
		at = link_last(c->k) + scaled(c, p->idle);
	if (p->age)
		at = earlier(at, w->opened + scaled(c, p->age));
	return at;
}

static void end_now(struct watcher *w)
{
	call_fin(w->call);
}

static void close_now(struct watcher *w)
{
	const struct profile *p = profile_of(w->call);

	ws_send_close(w->call->ws, p->code, span_of(p->reason));
}

static void forget(struct watcher *w)
{
	w->forgotten = true;
}

static void watch_tick(struct layer *l)
{
	static void (*const ends[])(struct watcher * w) = {
		[PROFILE_FIN] = end_now, [PROFILE_CLOSE] = close_now, [PROFILE_FORGET] = forget};
	struct watcher *w = l->state;

	count_limit(w->call->far, w->call, LIMIT_PROFILE);
	ends[profile_of(w->call)->end](w);
}

static void watch_feed(struct layer *l, enum side from, int unit, struct span data)
{
	const struct watcher *w = l->state;

	if (w->forgotten)
		link_reset(w->call->k);
	else
		layer_up(l, from, unit, data);
}

static void watch_send(struct layer *l, int unit, struct span data)
{
	const struct watcher *w = l->state;

	if (!w->forgotten)
		layer_down(l, unit, data);
}

static const struct dialect dialect_platform = {.name = "platform",
	.size = sizeof(struct watcher),
	.feed = watch_feed,
	.cut = layer_cut_up,
	.send = watch_send,
	.deadline = watch_deadline,
	.tick = watch_tick};

void platform_watch(struct call *c)
{
	const struct profile *p = profile_of(c);
	struct watcher *w;

	if (!p || !(p->idle || p->age))
		return;
	w = conn_push(link_conn(c->k), &dialect_platform)->state;
	*w = (struct watcher){.call = c, .opened = NS_NEVER};
}

void platform_opened(struct call *c)
{
	struct layer *l = profile_of(c) ? conn_layer(link_conn(c->k), &dialect_platform) : NULL;

	if (l)
		((struct watcher *)l->state)->opened = l->conn->now;
}

void platform_limit(struct call *c)
{
	const struct profile *p = profile_of(c);

	if (p && p->message && p->message < ws_limit_of(c->ws))
		ws_limit(c->ws, (size_t)p->message);
	if (p && p->frame)
		ws_limit_frame(c->ws, p->frame);
}

/* --- its marks ------------------------------------------------------------------------------- */

const struct http_header *platform_marks(const struct call *c, size_t *n)
{
	const struct profile *p = profile_of(c);

	*n = p ? p->n_marks : 0;
	return p ? p->marks : NULL;
}

void platform_mark(const struct call *c, struct ws_offer *offer, struct http_header *room)
{
	const struct profile *p = profile_of(c);
	size_t n = 0;

	if (!p || c->fault)
		return;
	for (size_t i = 0; i < offer->n && n < WS_HEADERS_MAX; i++)
		room[n++] = offer->headers[i];
	for (size_t i = 0; i < p->n_opens && n < WS_HEADERS_MAX; i++)
		room[n++] = p->opens[i];
	offer->headers = room;
	offer->n = n;
}

/* --- requests -------------------------------------------------------------------------------- */

static void answer(struct call *c, const struct profile_page *page)
{
	static const struct profile_page plain = {
		"400 Bad Request", "Content-Type: text/plain\r\n", "Bad Request"};

	page = page->status ? page : &plain;
	call_answer_as(c, page->status, page->headers, NULL, 0, span_of(page->body));
}

static const struct profile_pages *pages(const struct call *c)
{
	static const struct profile_pages none;

	return profile_of(c)->pages ? profile_of(c)->pages : &none;
}

void platform_asked(struct call *c)
{
	const struct profile *p = profile_of(c);

	if (p && p->body && p->body < c->body.max)
		c->body.max = (size_t)p->body;
}

static bool is_over(uint64_t n, uint64_t limit)
{
	return limit && n > limit;
}

static bool has_long_line(const struct http_head *h, uint64_t limit)
{
	for (size_t i = 0; i < h->n; i++)
		if (is_over(h->headers[i].name.n + 2 + h->headers[i].value.n, limit))
			return true;
	return false;
}

bool platform_answers(struct call *c)
{
	const struct profile *p = profile_of(c);
	const struct http_head *h = call_head(c);
	const struct profile_page *page = NULL;

	if (!p)
		return false;
	if (is_over(h->method.n + h->target.n + LINE_REST, p->url))
		page = &pages(c)->url;
	else if (has_long_line(h, p->line) || is_over(h->raw.n, p->head))
		page = &pages(c)->header;
	if (!page)
		return false;
	count_limit(c->far, c, LIMIT_PROFILE);
	answer(c, page);
	return true;
}

const struct fault *platform_fault(const struct call *c)
{
	const struct profile *p = profile_of(c);

	return p && p->refuses && call_upgrades(c) ? fault_find(span_of(p->refuses)) : NULL;
}

bool platform_too_long(struct call *c)
{
	const struct profile *p = profile_of(c);

	if (!p || !p->body || c->body.max != p->body)
		return false;
	count_limit(c->far, c, LIMIT_PROFILE);
	answer(c, &pages(c)->body);
	return true;
}

void platform_waits(struct call *c)
{
	const struct profile *p = profile_of(c);

	if (p && p->answer && c->asked)
		loop_timer(c->far->loop, &c->timer, call_now(c) + scaled(c, p->answer));
}

bool platform_is_patient(const struct call *c)
{
	const struct profile *p = profile_of(c);

	return !p || !p->answer || !c->asked || !c->whole || c->ending || c->fiber;
}

void platform_late(struct call *c)
{
	count_limit(c->far, c, LIMIT_PROFILE);
	answer(c, &pages(c)->late);
}
