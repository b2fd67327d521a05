/* A Lavalink node, in the words of who runs a bot on it. */
#include "base/text.h"
#include "fact/all.h"
#include "report/look.h"

static const struct obs *of(const struct look *l, const struct kind *kind)
{
	return scope_find(&l->scope, kind, NULL, NULL);
}

static const struct obs *last_of(const struct look *l, const struct kind *kind)
{
	const struct obs *o = of(l, kind), *last = NULL;

	for (; o; o = scope_next(&l->scope, o, kind, NULL, NULL))
		last = o;
	return last;
}

static bool is_lavalink(const struct look *l)
{
	return look_speaks(l, "lavalink");
}

static void add(struct look *l, const char *words)
{
	if (l->text.n)
		buf_addz(&l->text, ", ");
	buf_addz(&l->text, words);
}

static void add_text(struct look *l, const char *words, struct span text)
{
	if (!text.n)
		return;
	add(l, words);
	text_visible(&l->text, text);
}

static bool tried(const struct look *l, const struct tag *exp)
{
	const struct obs *done = scope_ran(&l->scope, exp);

	return done && !obs_is(done, &k_outcome, "skipped") && !obs_is(done, &k_outcome, "aborted");
}

/* --- REST: what it is, and whether it takes the password --- */

/* The answer to this path with that password; the first that came. */
static const struct obs *rest(const struct look *l, const char *path, const char *given)
{
	const struct obs *o = of(l, &lavalink_rest);

	while (o && !(obs_is(o, &k_path, path) && obs_is(o, &k_given, given)))
		o = scope_next(&l->scope, o, &lavalink_rest, NULL, NULL);
	return o;
}

/* True when there was one. */
static bool add_answer(struct look *l, const struct obs *o, const char *how)
{
	if (!o)
		return false;
	add(l, "");
	if (obs_has(o, &k_status))
		buf_addf(&l->text, "%d %s", (int)obs_int(o, &k_status), how);
	else
		buf_addf(&l->text, "no answer %s", how);
	return true;
}

static enum seen look_password(struct look *l)
{
	const struct obs *with = rest(l, "/version", "given");

	if (!is_lavalink(l) || !with)
		return OMIT;
	buf_addz(&l->text, "GET /version: ");
	buf_addf(&l->text, obs_has(with, &k_status) ? "%d" : "no answer",
		(int)obs_int(with, &k_status));
	buf_addz(&l->text, " with the password");
	add_answer(l, rest(l, "/version", "none"), "without");
	add_answer(l, rest(l, "/version", "wrong"), "with a wrong one");
	return obs_int(with, &k_status) == 200 ? GOOD : BAD;
}

/* /v4/info says more than /version. */
static const struct obs *node_of(const struct look *l)
{
	const struct obs *o = of(l, &lavalink_node), *best = o;

	for (; o; o = scope_next(&l->scope, o, &lavalink_node, NULL, NULL))
		if (obs_has(o, &k_sources))
			best = o;
	return best;
}

static enum seen look_node(struct look *l)
{
	const struct obs *o = node_of(l);

	if (!is_lavalink(l))
		return OMIT;
	if (!o)
		return NOT_SEEN;
	add_text(l, "Lavalink ", obs_text(o, &k_version));
	add_text(l, "Lavaplayer ", obs_text(o, &k_player));
	add_text(l, "Java ", obs_text(o, &k_jvm));
	add_text(l, "sources ", obs_text(o, &k_sources));
	add_text(l, "plugins ", obs_text(o, &k_plugins));
	return GOOD;
}

/* What a missing or malformed header does. */
static void add_effect(struct look *l, const struct tag *role, const char *words)
{
	const struct obs *answer = scope_find(&l->scope, &http_answer, &exp_lavalink_headers, role);
	const struct obs *close = scope_find(&l->scope, &ws_close, &exp_lavalink_headers, role);
	const struct obs *ready =
		scope_find(&l->scope, &lavalink_ready, &exp_lavalink_headers, role);

	if (!answer && !close && !ready)
		return;
	add(l, words);
	if (ready)
		buf_addz(&l->text, " ready");
	else if (answer)
		buf_addf(&l->text, " %d", (int)obs_int(answer, &k_status));
	else
		buf_addf(&l->text, " 101, then %d", (int)obs_int(close, &k_code));
}

static enum seen look_headers(struct look *l)
{
	static const struct {
		const struct tag *role;
		const char *words;
	} rows[] = {{&role_no_password, "no Authorization"}, {&role_no_user_id, "no User-Id"},
		{&role_zero_user_id, "User-Id 0"},
		{&role_text_user_id, "User-Id that is no number"},
		{&role_no_client_name, "no Client-Name"},
		{&role_unknown_session, "unknown Session-Id"}};

	if (!tried(l, &exp_lavalink_headers))
		return OMIT;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add_effect(l, rows[i].role, rows[i].words);
	return l->text.n ? GOOD : NOT_SEEN;
}

static bool is_v4(struct span version)
{
	return span_eq(version, SPAN("4")) || span_starts(version, SPAN("4."));
}

static enum seen look_version(struct look *l)
{
	const struct obs *o = node_of(l), *ready = of(l, &lavalink_ready);

	if (!is_lavalink(l) || (!o && !obs_has(ready, &k_api)))
		return OMIT;
	if (o)
		add_text(l, "Lavalink ", obs_text(o, &k_version));
	if (obs_has(ready, &k_api)) {
		add(l, "Lavalink-Api-Version: ");
		buf_addf(&l->text, "%d", (int)obs_int(ready, &k_api));
	}
	return (o ? is_v4(obs_text(o, &k_version)) : obs_int(ready, &k_api) == 4) ? GOOD : BAD;
}

/* --- the session --- */

static enum seen no_ready(struct look *l)
{
	const struct obs *o = of(l, &lavalink_no_ready);

	if (!o && !tried(l, &exp_lavalink_session))
		return NOT_SEEN;
	if (o)
		obs_say(&l->text, o);
	else
		buf_addz(&l->text, "the node never said ready");
	return BAD;
}

/* As a client library connects; a request that was changed to find out more is none. */
static const struct obs *ready_of(const struct look *l)
{
	const struct obs *o = scope_find(&l->scope, &lavalink_ready, &exp_lavalink_session, NULL);

	return o ? o : scope_find(&l->scope, &lavalink_ready, &exp_upgrade, NULL);
}

static enum seen look_session(struct look *l)
{
	const struct obs *o = ready_of(l), *fault = of(l, &lavalink_fault);

	if (!is_lavalink(l))
		return OMIT;
	if (!o)
		return no_ready(l);
	buf_addz(&l->text,
		obs_int(o, &k_resumed) ? "ready, the session is resumed" : "ready, a new session");
	l->took = obs_int(o, &k_took) ? obs_int(o, &k_took) : -1;
	if (fault) {
		add(l, "");
		obs_say(&l->text, fault);
	}
	return fault ? DOUBTFUL : GOOD;
}

/* --- how it does --- */

/* A player owes Discord 50 frames a second (websocket.md, Frame Stats); what a minute may lack of
 * them before somebody hears it. */
#define FRAMES_MISSING_MAX 150
#define LOAD_MAX 90 /* percent */

static bool add_frames(struct look *l, const struct obs *o)
{
	int64_t nulled = obs_int(o, &k_frames_nulled), deficit = obs_int(o, &k_frames_deficit);
	bool bad = nulled + (deficit > 0 ? deficit : 0) > FRAMES_MISSING_MAX;

	if (!obs_has(o, &k_frames_sent))
		return false;
	add(l, "");
	buf_addf(&l->text, "frames a minute: %d sent", (int)obs_int(o, &k_frames_sent));
	if (nulled)
		buf_addf(&l->text, ", %d without sound", (int)nulled);
	if (deficit > 0)
		buf_addf(&l->text, ", %d missing", (int)deficit);
	return bad;
}

static bool add_load(struct look *l, const struct obs *o)
{
	int64_t all = obs_int(o, &k_system_load), own = obs_int(o, &k_lavalink_load),
		cores = obs_int(o, &k_cores);

	add(l, "");
	buf_addf(&l->text, "load %d %% of %d %s (Lavalink %d %%)", (int)all, (int)cores,
		cores == 1 ? "core" : "cores", (int)own);
	if (all <= LOAD_MAX && own <= LOAD_MAX)
		return false;
	buf_addz(&l->text, ": too much");
	return true;
}

static bool add_memory(struct look *l, const struct obs *o)
{
	uint64_t used = (uint64_t)obs_int(o, &k_memory_used),
		 most = (uint64_t)obs_int(o, &k_memory_reservable);

	if (!most)
		return false;
	add(l, "memory ");
	text_bytes(&l->text, used);
	buf_addz(&l->text, " of ");
	text_bytes(&l->text, most);
	if (used < most - most / 10)
		return false;
	buf_addz(&l->text, ": nearly all");
	return true;
}

static enum seen look_state(struct look *l)
{
	const struct obs *o = last_of(l, &lavalink_stats);
	bool bad;

	if (!is_lavalink(l) || !o)
		return OMIT;
	add(l, "up ");
	text_ns(&l->text, obs_int(o, &k_uptime));
	add(l, "");
	buf_addf(&l->text, "%d of %d players play", (int)obs_int(o, &k_playing),
		(int)obs_int(o, &k_players));
	bad = add_memory(l, o);
	bad |= add_load(l, o);
	bad |= add_frames(l, o);
	return bad ? DOUBTFUL : GOOD;
}

/* Discord's side: no fault of the node's, nor of the way to it. */
static enum seen look_voice(struct look *l)
{
	const struct obs *closed = last_of(l, &lavalink_voice_closed),
			 *player = last_of(l, &lavalink_player);

	if (!closed && !player)
		return OMIT;
	obs_say(&l->text, closed ? closed : player);
	return GOOD;
}

static enum seen look_resume(struct look *l)
{
	const struct obs *o = of(l, &lavalink_resume);

	if (!o && !tried(l, &exp_lavalink_resume))
		return OMIT;
	if (o)
		obs_say(&l->text, o);
	else
		buf_addz(&l->text, "no connection to cut");
	return obs_int(o, &k_resumed) ? GOOD : BAD;
}

/* --- what a client and a log say --- */

/* Wherever it was read: no vantage point is the log's or the file's. */
static const struct obs *anywhere(const struct look *l, const struct kind *kind)
{
	const struct journal *j = l->scope.journal;

	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == kind)
			return j->all[i];
	return NULL;
}

static enum seen look_config(struct look *l)
{
	const struct obs *o = anywhere(l, &lavalink_config),
			 *wrong = anywhere(l, &lavalink_config_mistake);

	if (!o && !wrong)
		return OMIT;
	obs_say(&l->text, wrong ? wrong : o);
	return wrong ? BAD : GOOD;
}

static bool is_of(const struct obs *o, const char *const *events)
{
	while (*events && !obs_is(o, &k_event, *events))
		events++;
	return *events != NULL;
}

/* The first line of these, and how many there are. */
static enum seen look_log(struct look *l, const char *const *events)
{
	const struct journal *j = l->scope.journal;
	size_t lines = 0, bad = 0;

	for (size_t i = 0; i < j->n; i++) {
		if (j->all[i]->kind != &lavalink_log)
			continue;
		lines++;
		if (is_of(j->all[i], events) && bad++ == 0)
			obs_say(&l->text, j->all[i]);
	}
	if (!lines)
		return OMIT;
	if (!bad)
		buf_addf(&l->text, "none in %zu lines", lines);
	else if (bad > 1)
		buf_addf(&l->text, ", and %zu more", bad - 1);
	return bad ? BAD : GOOD;
}

static enum seen look_start(struct look *l)
{
	static const char *const events[] = {"wrong-java", "exception", NULL};

	return look_log(l, events);
}

static enum seen look_patterns(struct look *l)
{
	static const char *const events[] = {"auth-failed", "user-id-missing", "rest-auth-missing",
		"rest-auth-failed", "old-endpoint", "v3-op", "rest-400", "client-error", NULL};

	return look_log(l, events);
}

/* The best answer by REST. */
static const struct obs *answered(const struct look *l)
{
	const struct obs *o = of(l, &lavalink_rest), *best = NULL;

	for (; o; o = scope_next(&l->scope, o, &lavalink_rest, NULL, NULL))
		if (obs_has(o, &k_status) &&
			(!best || obs_int(o, &k_status) < obs_int(best, &k_status)))
			best = o;
	return best;
}

/* Running is what answers; the port alone may be a proxy's. */
static enum seen look_running(struct look *l)
{
	const struct obs *o = answered(l);

	if (o) {
		obs_say(&l->text, o);
		return obs_int(o, &k_status) / 100 == 5 ? BAD : GOOD;
	}
	if (look_tcp(l) == BAD)
		return BAD;
	buf_clear(&l->text);
	return NOT_SEEN;
}

static const struct look_row rows[] = {
	{"password", 0, look_password, "no password that fits",
		"lavalink-bad-password lavalink-authorization-lost"},
	{"headers", 0, look_headers, NULL, "lavalink-missing-user-id lavalink-nonnumeric-user-id"},
	{"node", 0, look_node, NULL, "lavalink-v4-client-on-v3 lavalink-v3-client-on-v4"},
	{"session", LOOK_STAGE(SESSION), look_session, "no session"},
	{"state", 0, look_state, NULL, "lavalink-cpu-starved"},
	{"voice", 0, look_voice, NULL,
		"lavalink-4xxx-is-discord-voice lavalink-dave-4017 lavalink-channelid-missing"},
	{"resume", 0, look_resume, NULL, "lavalink-resume-lost"},
	{NULL},
};

#define NO_LOGS "a check reads no logs"

/* The troubleshooting list that guides for bots end with. */
static const struct look_item items[] = {
	{"running", "the node is running", look_running,
		"nothing that answers as a node was found"},
	{"start", "the node's log has no errors from its start", look_start, NO_LOGS},
	{"network", "the network between bot and node", look_tcp, "the name was not resolved"},
	{"password", "the password is the same on both sides", look_password,
		"no password was given (--password-file FILE)"},
	{"websocket", "the WebSocket endpoint", look_upgrade, "no HTTP answer came"},
	{"configuration", "the client's configuration of the node", look_config,
		"--node-config FILE was not given"},
	{"version", "Lavalink is version 4", look_version,
		"the node did not say which it is: it does so to the password only"},
	{"patterns", "the logs have no errors", look_patterns, NO_LOGS},
	{"client", "a client connects", look_session,
		"no session was tried to the end; --dialect lavalink insists on it"},
	{NULL},
};

static const struct kind *const facts[] = {&lavalink_node, &lavalink_stats, &lavalink_player,
	&lavalink_voice_closed, &lavalink_resume, NULL};

const struct looks looks_lavalink = {"lavalink", rows, items, facts};
