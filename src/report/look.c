#include "report/look.h"

#include "base/text.h"
#include "fact/all.h"
#include "report/say.h"

/* The one the upgrade itself saw, else the first of any experiment. */
static const struct obs *find(const struct look *l, const struct kind *kind)
{
	const struct obs *o = scope_find(&l->scope, kind, &exp_upgrade, NULL);

	return o ? o : scope_find(&l->scope, kind, NULL, NULL);
}

/* The first of the kind whose text field is this. */
static const struct obs *find_is(
	const struct look *l, const struct kind *kind, const struct key *key, const char *text)
{
	const struct obs *o = scope_find(&l->scope, kind, NULL, NULL);

	while (o && !obs_is(o, key, text))
		o = scope_next(&l->scope, o, kind, NULL, NULL);
	return o;
}

static ns took(const struct obs *o)
{
	return o && obs_has(o, &k_took) ? obs_int(o, &k_took) : -1;
}

static void comma(struct look *l)
{
	if (l->text.n)
		buf_addz(&l->text, ", ");
}

static void say_text(struct look *l, const char *before, struct span s)
{
	comma(l);
	buf_addz(&l->text, before);
	text_visible(&l->text, s);
}

/* True when there were addresses. */
static bool say_query(struct look *l, const char *rtype)
{
	const struct obs *o = find_is(l, &dns_query, &k_rtype, rtype);

	if (!o)
		return false;
	say_text(l, rtype, (struct span){0});
	buf_addc(&l->text, ' ');
	if (obs_int(o, &k_answers) || obs_is(o, &k_rcode, "NOERROR"))
		buf_addf(&l->text, "%lld", (long long)obs_int(o, &k_answers));
	else
		text_visible(&l->text, obs_text(o, &k_rcode));
	return obs_int(o, &k_answers) > 0;
}

static bool is_literal(const struct look *l)
{
	for (size_t i = 0; i < l->scope.journal->n; i++) {
		const struct obs *o = l->scope.journal->all[i];

		if (o->where.vantage == l->scope.vantage && obs_int(o, &k_literal))
			return true;
	}
	return false;
}

enum seen look_names(struct look *l)
{
	const struct obs *system = find(l, &dns_system);
	int64_t of_system = obs_int(system, &k_answers);
	bool of_queries;

	if (is_literal(l)) {
		buf_addz(&l->text, "an address, nothing to resolve");
		return GOOD;
	}
	of_queries = say_query(l, "A");
	of_queries |= say_query(l, "AAAA");
	l->took = took(system ? system : find_is(l, &run_phase, &k_phase, "dns"));
	if (of_system && !of_queries) {
		comma(l);
		buf_addf(&l->text, "%lld by the system's resolver", (long long)of_system);
	}
	if (obs_has(system, &k_error))
		say_text(l, "the system's resolver: ", obs_text(system, &k_error));
	if (!system && !l->text.n)
		return NOT_SEEN;
	return of_system || (of_queries && !system) ? GOOD : BAD;
}

static bool is_v6(const struct obs *o)
{
	return span_chr(obs_text(o, &k_address), ':') >= 0;
}

/* The best connect to this family: one that worked, else the first. */
static const struct obs *connect_of(const struct look *l, bool v6)
{
	const struct obs *o = scope_find(&l->scope, &tcp_connect, NULL, NULL), *best = NULL;

	for (; o; o = scope_next(&l->scope, o, &tcp_connect, NULL, NULL))
		if (is_v6(o) == v6 && (!best || (obs_int(o, &k_ok) && !obs_int(best, &k_ok))))
			best = o;
	return best;
}

static void say_connect(struct look *l, const struct obs *o)
{
	bool timeout = obs_is(o, &k_error, "timeout");

	comma(l);
	buf_addz(&l->text, is_v6(o) ? "IPv6 " : "IPv4 ");
	if (!obs_int(o, &k_ok)) {
		if (timeout)
			buf_addz(&l->text, "no answer");
		else
			text_visible(&l->text, obs_text(o, &k_error));
		buf_addz(&l->text, timeout ? " in " : " after ");
	}
	text_ns(&l->text, obs_int(o, &k_took));
}

enum seen look_tcp(struct look *l)
{
	const struct obs *v4 = connect_of(l, false), *v6 = connect_of(l, true), *one = v4 ? v4 : v6;

	if (!one)
		return NOT_SEEN;
	if (v4 && v6) {
		say_connect(l, v4);
		say_connect(l, v6);
	} else if (obs_int(one, &k_ok)) {
		buf_addf(&l->text, "%s, port %lld", is_v6(one) ? "IPv6" : "IPv4",
			(long long)obs_int(one, &k_port));
		l->took = took(one);
	} else {
		say_connect(l, one);
	}
	return obs_int(v4, &k_ok) || obs_int(v6, &k_ok) ? GOOD : BAD;
}

enum seen look_proxy(struct look *l)
{
	const struct obs *answer = find(l, &proxy_answer), *chosen = find(l, &proxy_chosen);

	if (!chosen)
		chosen = find(l, &proxy_bypassed);
	if (answer)
		l->took = say_timed(&l->text, answer);
	else if (chosen)
		obs_say(&l->text, chosen);
	else
		return OMIT;
	if (answer && obs_has(answer, &k_error))
		return BAD;
	return answer || chosen->kind == &proxy_bypassed ? GOOD : NOT_SEEN;
}

static bool wants_tls(const struct look *l)
{
	struct span url = l->scope.vantage < REPORT_VANTAGES_MAX
				  ? l->report->vantages[l->scope.vantage]
				  : SPAN("");

	return span_istarts(url, SPAN("wss:")) || span_istarts(url, SPAN("https:"));
}

static void say_chain(struct look *l)
{
	const struct obs *verify = find(l, &tls_verify), *cert = find(l, &tls_cert);

	if (verify && obs_int(verify, &k_chain_ok))
		say_text(l, "chain complete", (struct span){0});
	else if (verify)
		say_text(l, "chain not verified: ", obs_text(verify, &k_text));
	if (verify && !obs_int(verify, &k_name_ok))
		say_text(l, "not for ", obs_text(verify, &k_name));
	if (obs_has(cert, &k_days_left)) {
		comma(l);
		buf_addf(&l->text, "%lld days left", (long long)obs_int(cert, &k_days_left));
	}
}

enum seen look_tls(struct look *l)
{
	const struct obs *o = find(l, &tls_handshake);
	struct span version = obs_text(o, &k_version);

	/* at a plain address TLS is our question: that there is none is as it should be */
	if (!wants_tls(l) && !obs_int(o, &k_ok))
		return OMIT;
	if (!o)
		return NOT_SEEN;
	if (!obs_int(o, &k_ok)) {
		say_timed(&l->text, o);
		return BAD;
	}
	l->took = took(o);
	say_text(l, "", span_from(version, span_starts(version, SPAN("TLSv")) ? 4 : 0));
	say_chain(l);
	return GOOD;
}

/* Who answered: the products seen on the path, else the Server header. */
static void say_stacks(struct look *l)
{
	const struct obs *o = scope_find(&l->scope, &run_stack, NULL, NULL);
	const struct obs *answer = find(l, &http_answer);

	for (size_t n = 0; o && n < 4; o = scope_next(&l->scope, o, &run_stack, NULL, NULL)) {
		struct buf name = {0};

		text_visible(&name, obs_text(o, &k_stack));
		if (obs_has(o, &k_version)) {
			buf_addc(&name, '/');
			text_visible(&name, obs_text(o, &k_version));
		}
		if (span_find(buf_span(&l->text), buf_span(&name)) < 0) {
			say_text(l, "", (struct span){0});
			buf_add(&l->text, buf_span(&name));
			n++;
		}
		buf_deinit(&name);
	}
	if (!l->text.n && obs_has(answer, &k_server))
		say_text(l, "", span_head(obs_text(answer, &k_server), 60));
}

enum seen look_http(struct look *l)
{
	const struct obs *fault = scope_find(&l->scope, &http_fault, &exp_upgrade, NULL);
	const struct obs *silent = scope_find(&l->scope, &conn_silent, &exp_upgrade, NULL);
	const struct obs *answer = find(l, &http_answer), *open = find(l, &ws_open);

	/* other experiments of a healthy run, a plain GET, are answered with errors by right */
	if (open && open->where.exp == &exp_upgrade)
		answer = NULL;
	if (fault || (silent && !answer && !open)) {
		obs_say(&l->text, fault ? fault : silent);
		return BAD;
	}
	if (!answer && !open)
		return NOT_SEEN;
	say_stacks(l);
	if (!l->text.n)
		buf_addz(&l->text, answer ? "a server that does not say what it is"
					  : "answers, does not say what it is");
	if (answer)
		buf_addf(&l->text, " answers %lld", (long long)obs_int(answer, &k_status));
	l->took = took(answer ? answer : open);
	return GOOD;
}

static enum seen say_open(struct look *l, const struct obs *open)
{
	bool right = obs_is(open, &k_accept, "ok");

	buf_addz(&l->text, right ? "101" : "101, but Sec-WebSocket-Accept is ");
	if (!right)
		text_visible(&l->text, obs_text(open, &k_accept));
	if (obs_has(open, &k_subprotocol))
		say_text(l, "subprotocol ", obs_text(open, &k_subprotocol));
	if (obs_has(open, &k_extensions))
		say_text(l, "", obs_text(open, &k_extensions));
	l->took = took(open);
	return right ? GOOD : BAD;
}

/* At an address of http that is a SockJS client's: its WebSocket is under it, not at it. */
static const struct obs *open_under(const struct look *l)
{
	const struct obs *target = scope_find(&l->scope, &run_target, NULL, NULL);

	return span_starts(obs_text(target, &k_scheme), SPAN("http")) && look_speaks(l, "sockjs")
		       ? scope_find(&l->scope, &ws_open, &exp_hello, NULL)
		       : NULL;
}

enum seen look_upgrade(struct look *l)
{
	const struct obs *open = scope_find(&l->scope, &ws_open, &exp_upgrade, NULL);
	const struct obs *answer = scope_find(&l->scope, &http_answer, &exp_upgrade, NULL);

	if (!open)
		open = open_under(l);

	if (open)
		return say_open(l, open);
	if (!answer)
		return NOT_SEEN;
	buf_addf(&l->text, "%lld", (long long)obs_int(answer, &k_status));
	if (obs_has(answer, &k_who))
		say_text(l, "answered by ", obs_text(answer, &k_who));
	else if (obs_has(answer, &k_reason)) {
		buf_addc(&l->text, ' ');
		text_visible(&l->text, obs_text(answer, &k_reason));
	}
	l->took = took(answer);
	return BAD;
}

enum seen look_auth(struct look *l)
{
	const struct obs *request = scope_find(&l->scope, &http_request, &exp_upgrade, NULL);

	if (!obs_int(request, &k_credential))
		return OMIT;
	if (!scope_find(&l->scope, &ws_open, &exp_upgrade, NULL))
		return NOT_SEEN;
	buf_addz(&l->text, "not refused with the credential given");
	return GOOD;
}

#define PONG_MAX (86400 * NS_S)

static void say_pongs(struct look *l)
{
	const struct obs *o = scope_find(&l->scope, &ws_rtt, NULL, NULL);
	ns least = NS_NEVER, most = 0, sum = 0;
	int64_t n = 0;

	for (; o; o = scope_next(&l->scope, o, &ws_rtt, NULL, NULL)) {
		ns t = obs_int(o, &k_took);

		/* a replayed journal may say anything */
		if (t < 0 || t > PONG_MAX)
			continue;
		n++;
		least = t < least ? t : least;
		most = t > most ? t : most;
		sum += t;
	}
	if (n == 0)
		return;
	comma(l);
	buf_addz(&l->text, "ping ");
	text_ns(&l->text, least);
	if (n > 1) {
		buf_addz(&l->text, " min, ");
		text_ns(&l->text, sum / n);
		buf_addz(&l->text, " avg, ");
		text_ns(&l->text, most);
		buf_addz(&l->text, " max");
	}
}

enum seen look_frames(struct look *l)
{
	const struct obs *open = scope_find(&l->scope, &ws_open, &exp_upgrade, NULL);
	const struct obs *fault = find(l, &ws_fault);
	const struct obs *close = open ? scope_in_flow(&l->scope, open->where.flow, &ws_close) : NULL;

	if (!open)
		return NOT_SEEN;
	say_pongs(l);
	if (scope_find(&l->scope, &ws_no_pong, NULL, NULL))
		say_text(l, "no pong", (struct span){0});
	if (obs_int(open, &k_deflate))
		say_text(l, "compressed", (struct span){0});
	if (fault)
		say_text(l, "a frame breaks the RFC: ", obs_text(fault, &k_fault));
	if (close) {
		comma(l);
		buf_addf(&l->text, "closed with %lld", (long long)obs_int(close, &k_code));
	}
	if (!l->text.n)
		buf_addz(&l->text, "none were exchanged");
	return fault ? BAD : GOOD;
}

/* What became of one of the held connections. */
static void say_held(struct look *l, const struct tag *role)
{
	const struct obs *end = scope_find(&l->scope, &conn_end, &exp_idle, role);
	const struct obs *close = scope_find(&l->scope, &ws_close, &exp_idle, role);
	/* at the end of the hold we say goodbye, and the peer answers */
	bool ours = obs_is(end, &k_by, "us") || obs_is(close, &k_from, "client");

	if (!end)
		return;
	comma(l);
	buf_addz(&l->text, role->name);
	buf_addz(&l->text, ours ? " held " : " ended after ");
	text_ns(&l->text, obs_int(end, &k_after));
	if (close && !ours)
		buf_addf(&l->text, " with %lld", (long long)obs_int(close, &k_code));
}

enum seen look_idle(struct look *l)
{
	const struct obs *done = scope_ran(&l->scope, &exp_idle);

	if (!done)
		return OMIT;
	say_held(l, &role_silent);
	say_held(l, &role_pinged);
	say_held(l, &role_chatty);
	if (obs_is(done, &k_outcome, "skipped")) {
		say_text(l, "not looked at: ", obs_text(done, &k_text));
		return NOT_SEEN;
	}
	if (!l->text.n)
		obs_say(&l->text, done);
	return GOOD;
}

#define LOOKS(name) extern const struct looks looks_##name;
#include "report/look.def"
#undef LOOKS

#define LOOKS(name) &looks_##name,
const struct looks *const looks_all[] = {
#include "report/look.def"
	NULL};
#undef LOOKS

const struct looks *look_spoken(const struct look *l)
{
	for (size_t i = 0; looks_all[i]; i++)
		if (look_speaks(l, looks_all[i]->dialect))
			return looks_all[i];
	return NULL;
}

bool look_speaks(const struct look *l, const char *dialect)
{
	return obs_is(scope_find(&l->scope, &run_dialect, NULL, NULL), &k_dialect, dialect);
}
