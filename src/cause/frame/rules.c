#include "cause/all.h"
#include "cause/attempt.h"
#include "fact/all.h"

/* The server's first fault of these names, outside the experiment that provokes faults. */
static const struct obs *server_fault(const struct scope *s, const char *faults)
{
	const struct obs *o = scope_find(s, &ws_fault, NULL, NULL);

	while (o && (o->where.exp == &exp_hostile || obs_is(o, &k_from, "client") ||
			    !word_among(obs_text(o, &k_fault), faults)))
		o = scope_next(s, o, &ws_fault, NULL, NULL);
	return o;
}

static const struct obs *open_of(const struct scope *s, const struct obs *fault)
{
	return scope_in_flow(s, fault->where.flow, &ws_open);
}

/* No frame of the server is at fault: cleared by what was heard of it, else unseen. */
static enum ruling no_fault(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	return a.fault || !a.heard ? unseen(f, NULL) : cleared(f, a.heard);
}

static enum ruling by_fault(const struct scope *s, struct finding *f, const char *faults)
{
	const struct obs *fault = server_fault(s, faults);

	return fault ? found(f, 1, fault, open_of(s, fault)) : no_fault(s, f);
}

/* Server's Close of this code in any experiment, other than an answer to ours. */
static const struct obs *server_close(const struct scope *s, int64_t code)
{
	const struct obs *o = scope_find(s, &ws_close, NULL, NULL);

	while (o && (obs_is(o, &k_from, "client") || obs_int(o, &k_code) != code ||
			    o->where.exp == &exp_hostile))
		o = scope_next(s, o, &ws_close, NULL, NULL);
	return o;
}

enum ruling rule_frame_client_unmasked(const struct scope *s, struct finding *f)
{
	const struct obs *seen = scope_find(s, &ws_fault, NULL, NULL),
			 *close = server_close(s, 1002);

	while (seen &&
		(!obs_is(seen, &k_fault, "client-unmasked") || seen->where.exp == &exp_hostile))
		seen = scope_next(s, seen, &ws_fault, NULL, NULL);
	if (seen)
		return found(f, 1, seen);
	if (text_has(close, &k_reason, "mask"))
		return found(f, 1, close, open_of(s, close));
	return no_fault(s, f);
}

enum ruling rule_frame_server_masked(const struct scope *s, struct finding *f)
{
	return by_fault(s, f, "server-masked");
}

enum ruling rule_frame_rsv1_without_extension(const struct scope *s, struct finding *f)
{
	const struct obs *fault = server_fault(s, "rsv1"), *open = fault ? open_of(s, fault) : NULL;

	if (!fault)
		return no_fault(s, f);
	return obs_int(open, &k_deflate) ? cleared(f, open) : found(f, 1, fault, open);
}

/* A sound frame of the server in the flow before the fault. The one that stands last before it is
 * the faulty one itself. */
static const struct obs *good_before(const struct scope *s, const struct obs *fault)
{
	const struct obs *first = NULL;

	for (const struct obs *o = scope_find(s, &ws_frame, NULL, NULL); o && o->id < fault->id;
		o = scope_next(s, o, &ws_frame, NULL, NULL)) {
		if (o->where.flow != fault->where.flow || obs_is(o, &k_from, "client"))
			continue;
		if (first)
			return first;
		first = o;
	}
	return NULL;
}

enum ruling rule_frame_rsv_desync(const struct scope *s, struct finding *f)
{
	const struct obs *fault = server_fault(s, "rsv opcode"),
			 *good = fault ? good_before(s, fault) : NULL;

	if (!fault)
		return no_fault(s, f);
	return good ? found(f, 0.9, fault, good) : unseen(f, NULL);
}

enum ruling rule_frame_http_text_in_stream(const struct scope *s, struct finding *f)
{
	return by_fault(s, f, "http-text");
}

enum ruling rule_frame_invalid_utf8(const struct scope *s, struct finding *f)
{
	return by_fault(s, f, "utf8 close-utf8");
}

enum ruling rule_tomcat_partial_unsupported(const struct scope *s, struct finding *f)
{
	const struct obs *close = server_close(s, 1009);

	if (text_has(close, &k_reason, "partial messages"))
		return found(f, 1, close);
	return close ? cleared(f, close) : unseen(f, NULL);
}

/* The largest message of ours that came back. */
static const struct obs *largest_echo(const struct scope *s)
{
	const struct obs *best = NULL;

	for (const struct obs *o = scope_find(s, &ws_echo, &exp_size, NULL); o;
		o = scope_next(s, o, &ws_echo, &exp_size, NULL))
		if (obs_int(o, &k_echoed) && obs_int(o, &k_bytes) > obs_int(best, &k_bytes))
			best = o;
	return best;
}

/* The first one that did not. */
static const struct obs *lost_echo(const struct scope *s)
{
	const struct obs *o = scope_find(s, &ws_echo, &exp_size, NULL);

	while (o && obs_int(o, &k_echoed))
		o = scope_next(s, o, &ws_echo, &exp_size, NULL);
	return o;
}

enum ruling rule_frame_message_too_big(const struct scope *s, struct finding *f)
{
	const struct obs *close = server_close(s, 1009), *best = largest_echo(s),
			 *lost = lost_echo(s);
	struct attempt a = attempt_of(s, &exp_size);

	if (close)
		return found(f, 1, close, lost, best);
	if (!scope_ran(s, &exp_size) || !a.open)
		return unseen(f, NULL);
	if (a.cut && best)
		return found(f, 0.9, a.cut, lost, best);
	return best && !lost ? cleared(f, best) : unseen(f, NULL);
}

enum ruling rule_frame_ping_unanswered(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (a.pong)
		return cleared(f, a.pong);
	if (!a.no_pong || !(a.heard || a.echoed) || a.close || a.cut || a.fault)
		return unseen(f, NULL);
	return found(f, 0.9, a.no_pong, a.heard, a.echoed);
}

/* Faults with a cause of their own. "too-big" is our limit, not the peer's offence. */
#define OTHERS "http-text server-masked client-unmasked utf8 close-utf8 too-big"

enum ruling rule_frame_protocol_error(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &ws_fault, NULL, NULL);

	while (o && (o->where.exp == &exp_hostile || obs_is(o, &k_from, "client") ||
			    word_among(obs_text(o, &k_fault), OTHERS)))
		o = scope_next(s, o, &ws_fault, NULL, NULL);
	if (!o)
		return no_fault(s, f);
	if (obs_is(o, &k_fault, "rsv1") && !obs_int(open_of(s, o), &k_deflate))
		return unseen(f, NULL); /* frame-rsv1-without-extension */
	if (obs_is(o, &k_fault, "deflate") && attempt_with(s, &exp_no_extensions))
		return unseen(f, NULL); /* ext-proxy-renegotiation */
	return found(f, 1, o, open_of(s, o));
}

/* What an early Close means for a client that did nothing wrong. RFC 6455 §7.4.1, IANA's registry,
 * graphql-ws. */
static enum severity severity_of(int64_t code)
{
	static const struct {
		int64_t code;
		enum severity severity;
	} codes[] = {
		{1000, INFO},	 /* done: it may have said all it had to */
		{1005, INFO},	 /* the same without a word */
		{1001, WARNING}, /* going away */
		{1012, WARNING}, /* restart */
		{1013, WARNING}, /* try again later */
		{4406, WARNING}, /* wants a subprotocol */
		{4408, INFO},	 /* waited for connection_init */
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].severity;
	return ERROR;
}

enum ruling rule_frame_closed_at_once(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);

	if (!a.open || a.fault)
		return unseen(f, NULL);
	if (!a.close && !(a.cut && a.heard))
		return a.cut ? unseen(f, NULL) : cleared(f, a.open);
	if (attempt_variation(s))
		return cleared(f, attempt_variation(s));
	f->severity = a.close ? severity_of(obs_int(a.close, &k_code)) : WARNING;
	if (f->severity == INFO)
		return found(f, 1, a.close, a.open);
	probably(f, &cause_auth_close_after_accept, "the server's log at this second");
	return found(f, 0.5, a.close ? a.close : a.cut, a.open);
}
