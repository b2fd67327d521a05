#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* What decides about the hub, in the base plan. */
struct hub {
	const struct obs *negotiated; /* the first, whoever asked for it */
	const struct obs *open;	      /* the handshake's answer */
	struct attempt upgrade;
};

static struct hub hub_of(const struct scope *s)
{
	return (struct hub){.negotiated = scope_find(s, &signalr_negotiated, NULL, NULL),
		.open = scope_find(s, &signalr_open, &exp_signalr_connect, NULL),
		.upgrade = attempt_of(s, &exp_signalr_connect)};
}

enum ruling rule_signalr_falls_back(const struct scope *s, struct finding *f)
{
	struct hub h = hub_of(s);
	const struct obs *failed = h.upgrade.refused ? h.upgrade.refused : h.upgrade.cut, *works;

	if (h.upgrade.open || !h.negotiated)
		return h.upgrade.open ? cleared(f, h.upgrade.open) : unseen(f, NULL);
	failed = failed ? failed : h.upgrade.silent;
	if (!failed || !obs_int(h.negotiated, &k_websockets))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_signalr_fallback))
		return unseen(f, &exp_signalr_fallback);
	works = scope_find(s, &run_works, &exp_signalr_fallback, NULL);
	if (!works)
		return cleared(f, scope_ran(s, &exp_signalr_fallback));
	probably(f, &cause_upg_headers_stripped, ASK_THE_BACKEND);
	return found(f, 0.55, works, failed, h.negotiated);
}

/* The stream began, or its head was held back too; the handshake's answer never came over it. */
enum ruling rule_signalr_events_buffered(const struct scope *s, struct finding *f)
{
	const struct obs *silent = scope_find(s, &signalr_unanswered, &exp_signalr_fallback, NULL),
			 *works = scope_find(s, &run_works, &exp_signalr_fallback, NULL);

	if (!silent)
		return works ? cleared(f, works) : unseen(f, NULL);
	return found(f, 0.9, silent, scope_find(s, &signalr_stream, &exp_signalr_fallback, NULL));
}

enum ruling rule_signalr_websockets_not_offered(const struct scope *s, struct finding *f)
{
	const struct obs *negotiated = hub_of(s).negotiated;

	if (!negotiated)
		return unseen(f, NULL);
	return obs_int(negotiated, &k_websockets) ? cleared(f, negotiated)
						  : found(f, 1, negotiated);
}

static const struct obs *first_said(const struct scope *s)
{
	static const struct kind *const kinds[] = {
		&signalr_negotiated, &signalr_redirect, &signalr_refused, &signalr_fault};
	const struct obs *o = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !o; i++)
		o = scope_find(s, kinds[i], &exp_signalr_negotiate, NULL);
	return obs_is(o, &k_fault, "negotiate") ? NULL : o;
}

enum ruling rule_signalr_negotiate_unrouted(const struct scope *s, struct finding *f)
{
	struct hub h = hub_of(s);
	struct attempt asked = attempt_of(s, &exp_signalr_negotiate);
	const struct obs *said = first_said(s), *failed = asked.refused ? asked.refused : asked.cut;

	if (said)
		return cleared(f, said);
	if (!asked.request || !failed || answer_status(failed) == 401 ||
		answer_status(failed) == 403)
		return unseen(f, NULL);
	return h.open ? found(f, 1, asked.request, failed, h.open) : unseen(f, NULL);
}

static const struct obs *refused_by(const struct scope *s, const char *by)
{
	return evidence_is(s, &signalr_refused, NULL, &k_by, by);
}

enum ruling rule_signalr_negotiate_refused(const struct scope *s, struct finding *f)
{
	const struct obs *refused = refused_by(s, "negotiate");

	return refused ? found(f, 1, refused) : cleared(f, hub_of(s).negotiated);
}

enum ruling rule_signalr_aspnet_not_core(const struct scope *s, struct finding *f)
{
	const struct obs *old = evidence_is(s, &signalr_fault, NULL, &k_fault, "aspnet");

	return old ? found(f, 1, old) : cleared(f, hub_of(s).negotiated);
}

enum ruling rule_signalr_handshake_refused(const struct scope *s, struct finding *f)
{
	const struct obs *refused = refused_by(s, "handshake");

	return refused ? found(f, 1, refused, hub_of(s).upgrade.close) : cleared(f, hub_of(s).open);
}

enum ruling rule_signalr_handshake_unanswered(const struct scope *s, struct finding *f)
{
	const struct obs *silent = scope_find(s, &signalr_unanswered, &exp_signalr_connect, NULL);

	return silent ? found(f, 1, silent, hub_of(s).upgrade.open) : cleared(f, hub_of(s).open);
}

enum ruling rule_signalr_hub_closes(const struct scope *s, struct finding *f)
{
	const struct obs *close =
		evidence_is(s, &signalr_close, &exp_signalr_connect, &k_from, "server");
	struct hub h = hub_of(s);

	if (close)
		return found(f, 1, close, h.open, h.upgrade.close);
	return h.upgrade.close || h.upgrade.cut ? unseen(f, NULL) : cleared(f, h.open);
}

enum ruling rule_signalr_sent_on(const struct scope *s, struct finding *f)
{
	const struct obs *redirect = scope_find(s, &signalr_redirect, NULL, NULL);

	return redirect ? found(f, 1, redirect) : cleared(f, hub_of(s).negotiated);
}
