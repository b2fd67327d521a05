#include "report/checklist.h"

#include "report/look_sio.h"
#include "report/say.h"

#define NOT_SPOKEN "no session of Socket.IO was tried to the end; --dialect socketio insists on it"

/* What the guides ask to be seen before a deployment counts as working. */
static const struct item {
	const char *id, *name;
	enum seen (*look)(struct look *l); /* OMIT, NOT_SEEN: it was not tried */
	const char *because;
} items[CHECKS] = {
	{"health", "the health endpoint answers", look_health, "--health PATH was not given"},
	{"connection", "a client connects", look_namespace, NOT_SPOKEN},
	{"transport", "a session opens", look_session, NOT_SPOKEN},
	{"upgrade", "WebSocket is the transport in the end", look_upgraded, NOT_SPOKEN},
	{"fallback", "polling works too", look_fallback, NOT_SPOKEN},
	{"errors", "no repeated errors", look_errors, NOT_SPOKEN},
	{"reconnection", "a client reconnects after a cut", look_reconnect, "--reconnect was not given"},
	{"users", "several users at once", look_users, "--samples N was not given"},
	{"streaming", "events arrive as they are sent", look_stream, "--stream EVENT was not given"},
	{"binary", "binary data end to end", look_binary, "--binary EVENT was not given"},
	{"statistics", "the health endpoint counts WebSockets", look_statistics, "--health PATH was not given"},
};

void checklist_all(const struct report *r, struct arena *a, struct check *out)
{
	static const enum mark marks[] = {[OMIT] = MARK_NOT, [NOT_SEEN] = MARK_NOT, [GOOD] = MARK_GOOD, [DOUBTFUL] = MARK_BAD, [BAD] = MARK_BAD};
	struct look l = {.scope = {r->journal, 0, r->n_vantages ? (unsigned)r->n_vantages : 1}, .report = r};

	for (size_t i = 0; i < CHECKS; i++) {
		enum mark mark = marks[items[i].look(&l)];

		if (mark == MARK_NOT) {
			buf_clear(&l.text);
			buf_addf(&l.text, "not looked at, because %s", items[i].because);
		}
		out[i] = (struct check){items[i].id, items[i].name, mark, say_keep_short(a, &l.text, SAY_ROW)};
		buf_clear(&l.text);
	}
	buf_deinit(&l.text);
}
