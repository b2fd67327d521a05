/* How the far end is: /health for load balancers, /api/health for people, /metrics for Prometheus.
 */
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "io/clock.h"
#include "serve/far.h"

#define TEXT_MAX ((size_t)256 << 10)

static void put_time(struct buf *out, ns wall)
{
	time_t second = (time_t)(wall / NS_S);
	struct tm parts;
	char text[32] = "";

	if (gmtime_r(&second, &parts))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	buf_addf(out, "\"%s.%03dZ\"", text, (int)(wall % NS_S / NS_MS));
}

static void put(struct json_out *o, const char *key, uint64_t value)
{
	json_key(o, key);
	json_num(o, (int64_t)value);
}

static void open_key(struct json_out *o, const char *key)
{
	json_key(o, key);
	json_open(o, '{');
}

static void put_both(struct json_out *o, const char *key, const uint64_t by_side[2])
{
	open_key(o, key);
	put(o, "in", by_side[CLIENT]);
	put(o, "out", by_side[SERVER]);
	json_close(o, '}');
}

static void put_stamp(struct json_out *o, const char *key, ns wall)
{
	json_key(o, key);
	put_time(o->buf, wall);
	o->comma = true;
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static void put_codes(struct json_out *o, const struct count *n)
{
	char code[8];

	open_key(o, "closeCodes");
	for (unsigned i = 0; i < COUNT_CODES; i++)
		if (n->closes[i]) {
			snprintf(code, sizeof(code), "%u", i);
			put(o, code, n->closes[i]);
		}
	json_close(o, '}');
}

static void put_limits(struct json_out *o, const struct count *n)
{
	open_key(o, "refused");
	for (size_t i = LIMIT_NONE + 1; i < LIMITS; i++)
		if (n->limits[i])
			put(o, limit_names[i], n->limits[i]);
	json_close(o, '}');
}

/* Sessions on a WebSocket have it in open_websockets already. */
static void put_websocket(struct json_out *o, const struct count *n)
{
	open_key(o, "websocket");
	put_stamp(o, "since", n->since * NS_S);
	put(o, "connections", n->open_websockets + n->sessions.by_polling);
	put(o, "total", n->websockets);
	open_key(o, "transports");
	put(o, "websocket", n->open_websockets);
	put(o, "polling", n->sessions.by_polling);
	json_close(o, '}');
	open_key(o, "sessions");
	put(o, "open", n->sessions.by_polling + n->sessions.by_websocket);
	put(o, "polling", n->sessions.by_polling);
	put(o, "websocket", n->sessions.by_websocket);
	put(o, "total", n->sessions.ever);
	put_both(o, "messages", n->sessions.messages);
	json_close(o, '}');
	put(o, "upgrades", n->sessions.upgraded);
	put_both(o, "messages", n->messages);
	put_both(o, "bytes", n->bytes);
	put_codes(o, n);
	put_limits(o, n);
	json_close(o, '}');
}

static void put_roles(struct json_out *o, const struct count *n)
{
	open_key(o, "roles");
	for (size_t i = 0; i < ROLES; i++)
		if (n->heard[i].messages) {
			open_key(o, role_all[i]->name);
			put(o, "messages", n->heard[i].messages);
			put(o, "bytes", n->heard[i].bytes);
			json_close(o, '}');
		}
	json_close(o, '}');
}

static void health_begin(struct json_out *o, struct buf *out)
{
	*o = (struct json_out){.buf = out};
	json_open(o, '{');
	json_key(o, "status");
	json_str(o, SPAN("ok"));
	put_stamp(o, "timestamp", clock_wall());
}

static void say_short(struct buf *out, const struct far *far)
{
	struct json_out o;

	(void)far;
	health_begin(&o, out);
	json_close(&o, '}');
}

static void say_long(struct buf *out, const struct far *far)
{
	struct count *n = count_now(far);
	struct json_out o;

	health_begin(&o, out);
	put(&o, "uptime", (uint64_t)(clock_wall() / NS_S - n->since));
	put_websocket(&o, n);
	open_key(&o, "http");
	put(&o, "connections", n->open_connections);
	put(&o, "total", n->connections);
	json_close(&o, '}');
	put_roles(&o, n);
	json_close(&o, '}');
	free(n);
}

/* --- OpenMetrics --------------------------------------------------------------------------------
 */

/* One metric with one label, or none. `unit` NULL: it has none. */
static void family(
	struct buf *out, const char *name, const char *type, const char *unit, const char *help)
{
	buf_addf(out, "# TYPE wsdx_%s %s\n", name, type);
	if (unit)
		buf_addf(out, "# UNIT wsdx_%s %s\n", name, unit);
	buf_addf(out, "# HELP wsdx_%s %s\n", name, help);
}

static void sample(
	struct buf *out, const char *name, const char *label, const char *value, uint64_t number)
{
	buf_addf(out, "wsdx_%s", name);
	if (label)
		buf_addf(out, "{%s=\"%s\"}", label, value);
	buf_addf(out, " %llu\n", (unsigned long long)number);
}

static void by_direction(struct buf *out, const char *name, const uint64_t by_side[2])
{
	sample(out, name, "direction", "in", by_side[CLIENT]);
	sample(out, name, "direction", "out", by_side[SERVER]);
}

static void measure_connections(struct buf *out, const struct count *n)
{
	family(out, "start_time_seconds", "gauge", "seconds", "When it began.");
	sample(out, "start_time_seconds", NULL, NULL, (uint64_t)n->since);
	family(out, "connections", "gauge", NULL, "Connections that are open, of any kind.");
	sample(out, "connections", NULL, NULL, n->open_connections);
	family(out, "connections_accepted", "counter", NULL, "Connections that were accepted.");
	sample(out, "connections_accepted_total", NULL, NULL, n->connections);
	family(out, "websockets", "gauge", NULL, "WebSockets that are open.");
	sample(out, "websockets", NULL, NULL, n->open_websockets);
	family(out, "websockets_opened", "counter", NULL, "WebSockets that were opened.");
	sample(out, "websockets_opened_total", NULL, NULL, n->websockets);
	family(out, "closes", "counter", NULL, "WebSockets that ended, by the first Close's code.");
	for (unsigned i = 0; i < COUNT_CODES; i++) {
		char code[8];

		snprintf(code, sizeof(code), "%u", i);
		if (n->closes[i])
			sample(out, "closes_total", "code", code, n->closes[i]);
	}
}

static void measure_traffic(struct buf *out, const struct count *n)
{
	family(out, "messages", "counter", NULL, "WebSocket messages.");
	by_direction(out, "messages_total", n->messages);
	family(out, "traffic_bytes", "counter", "bytes", "Bytes of all connections, inside TLS.");
	by_direction(out, "traffic_bytes_total", n->bytes);
	family(out, "refused", "counter", NULL, "What met a limit.");
	for (size_t i = LIMIT_NONE + 1; i < LIMITS; i++)
		sample(out, "refused_total", "limit", limit_names[i], n->limits[i]);
}

static void measure_sessions(struct buf *out, const struct count *n)
{
	family(out, "sessions", "gauge", NULL, "Engine.IO sessions that are open, by transport.");
	sample(out, "sessions", "transport", "polling", n->sessions.by_polling);
	sample(out, "sessions", "transport", "websocket", n->sessions.by_websocket);
	family(out, "sessions_opened", "counter", NULL, "Engine.IO sessions that were opened.");
	sample(out, "sessions_opened_total", NULL, NULL, n->sessions.ever);
	family(out, "session_upgrades", "counter", NULL,
		"Engine.IO sessions that went from polling to WebSocket.");
	sample(out, "session_upgrades_total", NULL, NULL, n->sessions.upgraded);
	family(out, "session_messages", "counter", NULL, "Engine.IO messages, by any transport.");
	by_direction(out, "session_messages_total", n->sessions.messages);
}

/* OpenMetrics 1.0 */
static void say_metrics(struct buf *out, const struct far *far)
{
	struct count *n = count_now(far);

	measure_connections(out, n);
	measure_traffic(out, n);
	measure_sessions(out, n);
	buf_addz(out, "# EOF\n");
	free(n);
}

/* --- the role -----------------------------------------------------------------------------------
 */

static const struct page {
	const char *path, *type;
	void (*say)(struct buf *out, const struct far *far);
} pages[] = {
	{"/health", "application/json", say_short},
	{"/api/health", "application/json", say_long},
	{"/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", say_metrics},
};

static const struct page *find(struct span path)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		if (span_eq(path, span_of(pages[i].path)))
			return &pages[i];
	return NULL;
}

static bool takes(struct span path, const void *own)
{
	(void)own;
	return find(path) != NULL;
}

static void request(struct call *c)
{
	const struct page *p = find(call_path(c));
	struct http_header headers[] = {{SPAN("Content-Type"), span_of(p->type)},
		{SPAN("Cache-Control"), SPAN("no-store")}};
	struct span method = call_head(c)->method;
	struct buf text = {.max = TEXT_MAX};

	if (!span_eq(method, SPAN("GET")) && !span_eq(method, SPAN("HEAD"))) {
		call_reply(c, 405, &(struct http_header){SPAN("Allow"), SPAN("GET, HEAD")}, 1,
			(struct span){0});
		return;
	}
	p->say(&text, c->far);
	call_reply(c, 200, headers, 2, buf_span(&text));
	buf_deinit(&text);
}

const struct role role_status = {
	.name = "status",
	.say = "says how it is at /health, /api/health and /metrics",
	.urls = "/health {\"status\":\"ok\"} for load balancers\n"
		"/api/health the same with statistics of all connections\n"
		"/metrics the same for Prometheus (OpenMetrics)",
	.takes = takes,
	.request = request,
};
