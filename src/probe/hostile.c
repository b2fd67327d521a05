/* --hostile: one malformed frame a connection, to see whether the server refuses it as RFC 6455 wants. */
#include "probe/try.h"

#include "fact/all.h"

static const struct malformed {
	const char *fault; /* as ws.fault names it */
	struct ws_raw frame;
} malformed[] = {
	{"client-unmasked", {.fin = true, .opcode = WS_TEXT, .claimed = UINT64_MAX, .payload = {"hi", 2}}},
	{"rsv", {.fin = true, .rsv = 2, .opcode = WS_TEXT, .mask = true, .claimed = UINT64_MAX, .payload = {"hi", 2}}},
	{"opcode", {.fin = true, .opcode = 3, .mask = true, .claimed = UINT64_MAX, .payload = {"hi", 2}}},
	{"control-fragmented", {.fin = false, .opcode = WS_PING, .mask = true, .claimed = UINT64_MAX, .payload = {"hi", 2}}},
	{"continuation", {.fin = true, .opcode = WS_CONTINUATION, .mask = true, .claimed = UINT64_MAX, .payload = {"hi", 2}}},
	{"utf8", {.fin = true, .opcode = WS_TEXT, .mask = true, .claimed = UINT64_MAX, .payload = {"\xff\xfe", 2}}},
};

static void send_malformed(struct try *t, const struct malformed *m, struct link *k)
{
	struct layer *ws = try_ws(k);
	const struct obs *o;
	const char *outcome;

	ws_send_raw(ws, &m->frame);
	ws_ping(ws);
	o = link_await(k, try_deadline(t), &ws_close, &ws_rtt);
	outcome = o && o->kind == &ws_close ? "closed" : o ? "ignored" : link_over(k) ? "cut" : "silent";
	note(t->spot.journal, link_where(k), probe_now(t->probe), &ws_hostile, F_TEXT(k_fault, span_of(m->fault)),
		F_TEXT(k_outcome, span_of(outcome)), F_INT(k_code, o ? obs_int(o, &k_code) : 0));
}

void probe_hostile(struct try *t)
{
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]) && !probe_is_over(t->probe); i++) {
		struct link *k;
		const struct obs *o;

		t->spot.where.attempt = (uint16_t)i;
		o = try_upgrade(t, &(struct upgrade_how){.no_deflate = true}, &k);
		if (!k)
			return;
		if (o && o->kind == &ws_open)
			send_malformed(t, &malformed[i], k);
		try_close(t, k);
	}
}
