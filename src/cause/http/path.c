/* Paths: changed by a proxy on the way, or not the one where the WebSocket is. */
#include "cause/all.h"
#include "cause/attempt.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* The path that a backend names in its 404, without the query; empty if it names none. */
static struct span path_seen(const struct obs *answer)
{
	static const char *const marks[] = {"Cannot GET ", "Route GET:"};
	struct span body = obs_text(answer, &k_body_head);

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		ssize_t at = span_find(body, span_of(marks[i]));
		struct span rest =
			at < 0 ? (struct span){0} : span_from(body, (size_t)at + strlen(marks[i]));
		size_t n = 0;

		while (n < rest.n && !strchr(" ?<\"\r\n", rest.p[n]))
			n++;
		if (n && n < rest.n && rest.p[0] == '/')
			return span_head(rest, n);
	}
	return (struct span){0};
}

static struct span path_asked(const struct obs *request)
{
	struct span path = obs_text(request, &k_path);
	ssize_t query = span_chr(path, '?');

	return query < 0 ? path : span_head(path, (size_t)query);
}

static bool differ_by_slash(struct span a, struct span b)
{
	struct span longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a;

	return shorter.n > 0 && longer.n == shorter.n + 1 && longer.p[shorter.n] == '/' &&
	       span_starts(longer, shorter);
}

static bool is_cut_head(struct span seen, struct span asked)
{
	return seen.n && seen.n < asked.n && span_ends(asked, seen) &&
	       !differ_by_slash(seen, asked);
}

/* Engine.IO ends an Upgrade on a foreign path after one second; a proxy makes a 502 of it. */
static bool is_one_second_502(const struct obs *answer)
{
	int64_t took = obs_int(answer, &k_took);

	return answer_status(answer) == 502 && took >= 900 * NS_MS && took <= 1500 * NS_MS;
}

/* The backend opens the very path that it refuses to know when asked through the proxy: the path it
 * gets is another one. */
static bool is_path_changed(const struct scope *s, const struct obs *refused)
{
	if (is_one_second_502(refused))
		return true;
	if (answer_alike(refused, attempt_direct_answer(s, &exp_plain_get)))
		return false; /* it was taken for a plain GET: the Upgrade was lost, not the path */
	return answer_alike(refused, attempt_direct_answer(s, &exp_other_path)) ||
	       (answer_says(refused, "path-unknown") && obs_has(refused, &k_who) &&
		       !answer_by_proxy(refused));
}

/* "/ws", against "/ws/" and "/ws/room". */
static bool is_one_bare_part(struct span path)
{
	return path.n > 1 && span_chr(span_from(path, 1), '/') < 0;
}

/* At the backend, which opens: its answer to a path that cannot exist is what the public refusal is
 * compared with. */
static enum ruling opened_here(const struct scope *s, struct finding *f, const struct attempt *a)
{
	struct scope public = scope_from(s, 0);
	const struct obs *refused = attempt_of(&public, &exp_upgrade).refused;

	if (s->vantage > 0 && attempt_opened(a) &&
		(answer_status(refused) == 404 || answer_status(refused) == 400) &&
		!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	return attempt_not_refused(a, f);
}

#define ARRIVING "the path that arrives, in the backend's access log or the proxy's error log"

/* Socket.IO is found behind this proxy elsewhere only, while the backend has it at the path that was asked for. */
static const struct obs *found_elsewhere(const struct scope *s)
{
	return attempt_direct(s) ? scope_find(s, &eio_open, &exp_eio_paths, NULL) : NULL;
}

enum ruling rule_http_proxy_path_stripped(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s);

	if (a.refused && found_elsewhere(s))
		return found(f, 1, a.refused, found_elsewhere(s), attempt_direct(s));
	if (!a.refused)
		return opened_here(s, f, &a);
	if (is_cut_head(path_seen(a.refused), path_asked(a.request)))
		return found(f, 1, a.refused, a.request, direct);
	if (!direct || !is_path_changed(s, a.refused) || is_one_bare_part(path_asked(a.request)))
		return unseen(f, NULL);
	probably(f, &cause_http_proxy_path_added_slash, ARRIVING);
	return found(f, 0.8, a.refused, direct, attempt_direct_answer(s, &exp_other_path));
}

enum ruling rule_http_proxy_path_added_slash(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s), *slash = attempt_with(s, &exp_slash);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (differ_by_slash(path_seen(a.refused), path_asked(a.request)))
		return found(f, 1, a.refused, a.request, direct);
	if (!direct || !is_path_changed(s, a.refused))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_slash))
		return unseen(f, &exp_slash);
	if (slash)
		return found(f, 1, a.refused, slash, direct);
	if (!is_one_bare_part(path_asked(a.request)))
		return unseen(f, NULL);
	probably(f, &cause_http_proxy_path_stripped, ARRIVING);
	return found(f, 0.8, a.refused, direct, attempt_direct_answer(s, &exp_other_path));
}

/* An answer that is what a server says when it has no WebSocket at the path. */
static bool is_nothing_here(const struct obs *answer)
{
	if (answer_by_any(answer, "django uvicorn starlette") ||
		answer_says_any(answer, "no-upgrade session-unknown session-missing"))
		return false; /* their own causes */
	return answer_status(answer) == 404 || answer_status(answer) == 405 ||
	       answer_is_page(answer) ||
	       ((answer_status(answer) == 400 || answer_status(answer) == 200) &&
		       answer_says(answer, "path-unknown"));
}

static enum ruling path_mismatch_by_answer(
	const struct scope *s, struct finding *f, const struct attempt *a)
{
	const struct obs *other = attempt_answer(s, &exp_other_path);

	if (!scope_ran(s, &exp_other_path))
		return unseen(f, &exp_other_path);
	if (!answer_alike(a->refused, other) && !answer_says(a->refused, "path-unknown"))
		return unseen(f, NULL);
	if (answer_by_proxy(a->refused) || s->vantage > 0 ||
		answer_alike(a->refused, attempt_direct_answer(s, &exp_upgrade)))
		return found(f, 0.9, a->refused, other);
	if (evidence_reverse_proxy(s))
		return unseen(f, NULL); /* likelier that the proxy took the Upgrade away */
	probably(f, &cause_upg_headers_stripped, ASK_THE_BACKEND);
	return found(f, 0.6, a->refused, other);
}

enum ruling rule_ws_path_mismatch(const struct scope *s, struct finding *f)
{
	struct attempt a = attempt_of(s, &exp_upgrade);
	const struct obs *direct = attempt_direct(s);
	const struct obs *slash = attempt_with(s, &exp_slash),
			 *root = attempt_with(s, &exp_root_path);

	if (!a.refused)
		return attempt_not_refused(&a, f);
	if (direct || attempt_variation(s))
		return cleared(f, direct ? direct : attempt_variation(s));
	if (answer_by(a.refused, "ws") && answer_says(a.refused, "path-unknown")) {
		/* the words are also those of a verifyClient that refuses with 400, for want of a
		 * subprotocol say */
		if (!obs_has(a.request, &k_offers) && !scope_ran(s, &exp_subprotocols))
			return unseen(f, &exp_subprotocols);
		return found(f, slash || root ? 1 : 0.9, a.refused, slash, root);
	}
	if (answer_is_redirect(a.refused) || !is_nothing_here(a.refused))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_slash))
		return unseen(f, &exp_slash);
	if (slash)
		return found(f, 1, a.refused, slash);
	if (!scope_ran(s, &exp_root_path))
		return unseen(f, &exp_root_path);
	if (root)
		return found(f, 0.9, a.refused, root);
	return path_mismatch_by_answer(s, f, &a);
}
