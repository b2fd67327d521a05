/* --health: what the application's own health path says, and whether it counts WebSockets. */
#include "probe/try.h"

#include "base/json.h"
#include "fact/all.h"
#include "probe/body.h"
#include "probe/request.h"

#define WORD_MAX 40

/* A number of connections: the member itself, or one inside it that is named so. */
static bool count_active(struct json_token member, int64_t *active)
{
	static const char *const names[] = {"connections", "connected", "clients", "active",
		"activeConnections", "sockets", "connectedClients", "count", "total"};
	struct json_token t;

	if (member.type == JSON_NUMBER)
		return json_int(member.raw, active);
	for (size_t i = 0; member.type == JSON_OBJECT && i < sizeof(names) / sizeof(names[0]); i++)
		if (json_member(member.raw, span_of(names[i]), &t) && t.type == JSON_NUMBER &&
			json_int(t.raw, active))
			return true;
	return false;
}

static void note_health(struct try *t, struct link *k, const struct obs *answer, struct span body)
{
	struct field fields[6];
	struct json_token m;
	int64_t active;
	uint16_t n = 0;
	bool websockets = json_member(body, SPAN("websocket"), &m) ||
			  json_member(body, SPAN("websockets"), &m);

	fields[n++] = F_TEXT(k_path, t->probe->ask->health);
	fields[n++] = F_INT(k_status, obs_int(answer, &k_status));
	fields[n++] = F_TIME(k_took, obs_int(answer, &k_took));
	fields[n++] = F_BOOL(k_websockets, websockets);
	if (websockets && count_active(m, &active))
		fields[n++] = F_INT(k_active, active);
	if (json_member(body, SPAN("status"), &m) && m.type == JSON_STRING && m.raw.n < WORD_MAX)
		fields[n++] = F_TEXT(k_health, m.raw);
	journal_add(t->spot.journal, link_where(k), probe_now(t->probe), &http_health, fields, n);
}

void probe_health(struct try *t)
{
	struct url at = t->vantage->url;
	struct request r = {0};
	const struct obs *o;
	struct http_ask ask;
	struct link *k = try_open(t, &(struct open_how){0});

	if (!k)
		return;
	at.target = t->probe->ask->health;
	request_write(&r, t, &(struct upgrade_how){.no_origin = true}, &at,
		try_trusts(t, k, &at, &(struct open_how){0}));
	ask = request_plain(&r);
	http_ask(conn_push(link_conn(k), &dialect_http), &ask);
	conn_push(link_conn(k), &dialect_body);
	o = try_answer(t, k);
	if (o && o->kind == &http_answer)
		note_health(t, k, o, body_kept(link_conn(k)));
	request_deinit(&r);
	try_close(t, k);
}
