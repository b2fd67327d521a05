#include "cause/attempt.h"

#include "cause/evidence.h"
#include "fact/all.h"

static bool from_server(const struct obs *o)
{
	return !obs_is(o, &k_from, "client");
}

static void keep(const struct obs **slot, const struct obs *o)
{
	if (!*slot)
		*slot = o;
}

/* A Close that crosses ours is the server's own: an echo has our code, or none (RFC 6455 §5.5.1).
 */
static bool is_echo(const struct obs *close, const struct obs *ours)
{
	int64_t code = obs_int(close, &k_code);

	return ours && (code == obs_int(ours, &k_code) || code == 1000 || code == 1005);
}

static void take_close(struct attempt *a, const struct obs *o, const struct obs **ours)
{
	if (!from_server(o))
		keep(ours, o);
	else
		keep(is_echo(o, *ours) ? &a->echoed : &a->close, o);
}

static void take(struct attempt *a, const struct obs *o, const struct obs **ours)
{
	const struct kind *k = o->kind;

	if (k == &http_request)
		keep(&a->request, o);
	else if (k == &http_answer && obs_int(o, &k_status) != 101)
		keep(&a->refused, o);
	else if (k == &ws_open)
		keep(&a->open, o);
	else if (k == &http_fault)
		keep(&a->broken, o);
	else if (k == &ws_fault && from_server(o))
		keep(&a->fault, o);
	else if (k == &ws_close)
		take_close(a, o, ours);
	else if (k == &conn_end && obs_is(o, &k_by, "peer") && !*ours && !a->close)
		keep(&a->cut, o);
	else if (k == &conn_silent)
		keep(&a->silent, o);
	else if (k == &ws_rtt)
		keep(&a->pong, o);
	else if (k == &ws_no_pong)
		keep(&a->no_pong, o);
	else if (k == &exp_done)
		keep(&a->done, o);
	if (k == &ws_rtt || ((k == &ws_message || k == &ws_frame) && from_server(o)))
		keep(&a->heard, o);
}

static struct attempt attempt_nth(const struct scope *s, const struct tag *exp, unsigned nth)
{
	struct attempt a = {0};
	const struct obs *ours = NULL;

	exp = scope_exp(s, exp);
	for (size_t i = 0; i < s->journal->n; i++) {
		const struct obs *o = s->journal->all[i];

		if (o->where.vantage == s->vantage && o->where.exp == exp &&
			o->where.attempt == nth)
			take(&a, o, &ours);
	}
	if (a.refused || a.open)
		a.broken = NULL;
	return a;
}

struct attempt attempt_of(const struct scope *s, const struct tag *exp)
{
	return attempt_nth(s, exp, 0);
}

static bool sound(const struct obs *open)
{
	return open && !word_among(obs_text(open, &k_accept), "missing wrong") &&
	       !word_among(obs_text(open, &k_upgrade_token), "missing wrong") &&
	       !word_among(obs_text(open, &k_connection_token), "missing wrong");
}

bool attempt_opened(const struct attempt *a)
{
	return sound(a->open);
}

bool attempt_works(const struct attempt *a)
{
	return sound(a->open) && !a->fault && !a->close && !a->cut;
}

enum ruling attempt_not_refused(const struct attempt *a, struct finding *f)
{
	return attempt_opened(a) ? cleared(f, a->open) : unseen(f, NULL);
}

const struct obs *attempt_with(const struct scope *s, const struct tag *exp)
{
	/* only an attempt with a 101 can work: those are looked at one by one */
	for (const struct obs *o = scope_find(s, &ws_open, exp, NULL); o;
		o = scope_next(s, o, &ws_open, exp, NULL)) {
		struct attempt a = attempt_nth(s, exp, o->where.attempt);

		if (attempt_works(&a))
			return a.open;
	}
	return NULL;
}

const struct obs *attempt_variation(const struct scope *s)
{
	static const struct tag *const variations[] = {&exp_no_origin, &exp_own_origin,
		&exp_no_extensions, &exp_subprotocols, &exp_no_subprotocol, &exp_no_credentials,
		&exp_small_headers, &exp_short_query, &exp_repeat, &exp_hello, &exp_hello_path};

	for (size_t i = 0; i < sizeof(variations) / sizeof(variations[0]); i++) {
		const struct obs *open = attempt_with(s, variations[i]);

		if (open)
			return open;
	}
	return NULL;
}

const struct obs *attempt_direct(const struct scope *s)
{
	for (unsigned v = 1; s->vantage == 0 && v < s->vantages; v++) {
		struct scope direct = scope_from(s, (uint8_t)v);
		const struct obs *open = attempt_with(&direct, &exp_upgrade);

		if (open)
			return open;
	}
	return NULL;
}

const struct obs *attempt_direct_answer(const struct scope *s, const struct tag *exp)
{
	for (unsigned v = 1; s->vantage == 0 && v < s->vantages; v++) {
		struct scope direct = scope_from(s, (uint8_t)v);
		struct attempt a = attempt_of(&direct, exp);

		if (a.refused)
			return a.refused;
	}
	return NULL;
}

bool word_among(struct span text, const char *words)
{
	struct span list = span_of(words), word;

	while (text.n && span_cut(&list, ' ', &word))
		if (span_eq(word, text))
			return true;
	return false;
}

bool answer_says(const struct obs *answer, const char *saying)
{
	return obs_is(answer, &k_saying, saying);
}

bool answer_says_any(const struct obs *answer, const char *sayings)
{
	return word_among(obs_text(answer, &k_saying), sayings);
}

bool answer_by(const struct obs *answer, const char *who)
{
	return obs_is(answer, &k_who, who);
}

bool answer_by_any(const struct obs *answer, const char *whos)
{
	return word_among(obs_text(answer, &k_who), whos);
}

bool answer_by_proxy(const struct obs *answer)
{
	return answer_by_any(answer,
		"nginx openresty haproxy apache caddy envoy traefik squid varnish ingress-nginx "
		"cloudflare cloudfront alb apigw apprunner google heroku vercel netlify azure fly "
		"railway render ngrok fastly akamai oauth2-proxy authelia keycloak "
		"cloudflare-access");
}

bool answer_same(const struct obs *a, const struct obs *b)
{
	return a && b && obs_has(a, &k_answer_tag) && obs_has(b, &k_answer_tag) &&
	       obs_int(a, &k_answer_tag) == obs_int(b, &k_answer_tag);
}

bool answer_is_vague(const struct obs *answer)
{
	return answer &&
	       (!obs_has(answer, &k_saying) ||
		       answer_says_any(answer,
			       "bad-request server-error unavailable bad-gateway ok forbidden "
			       "path-unknown spa-page"));
}

bool text_has(const struct obs *o, const struct key *text, const char *part)
{
	return span_ifind(obs_text(o, text), span_of(part)) >= 0;
}

int64_t answer_status(const struct obs *answer)
{
	return obs_int(answer, &k_status);
}

bool answer_is_redirect(const struct obs *answer)
{
	int64_t status = answer_status(answer);

	return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

bool answer_is_page(const struct obs *answer)
{
	return answer_status(answer) == 200 && obs_is(answer, &k_body_shape, "html");
}

bool answer_alike(const struct obs *a, const struct obs *b)
{
	return answer_same(a, b) ||
	       (a && b && answer_is_page(a) && answer_is_page(b) && obs_has(a, &k_title) &&
		       span_eq(obs_text(a, &k_title), obs_text(b, &k_title)));
}

const struct obs *attempt_answer(const struct scope *s, const struct tag *exp)
{
	return attempt_of(s, exp).refused;
}
