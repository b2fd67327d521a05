/* One Upgrade of an experiment, and all that came of it. Every member is an observation or NULL. */
#ifndef CAUSE_ATTEMPT_H
#define CAUSE_ATTEMPT_H

#include "core/rule.h"

struct attempt {
	const struct obs *request;
	const struct obs *refused; /* the answer, when it is not a 101 */
	const struct obs *open;	   /* the 101 as the RFC sees it, sound or not */
	const struct obs *broken; /* what came was no HTTP; NULL when an answer came all the same */
	const struct obs *fault;  /* the server's first offence against RFC 6455 or 7692 */
	const struct obs *close;  /* the server's Close, unless it answers ours */
	const struct obs *echoed; /* the server's Close that answers ours */
	const struct obs *cut;	  /* the peer ended the connection, and no Close came before */
	const struct obs *silent;
	const struct obs *heard; /* the first pong, message or frame of the server */
	const struct obs *pong, *no_pong;
	const struct obs *done;
};

/* The first Upgrade of the experiment (attempt 0) in the scope. */
struct attempt attempt_of(const struct scope *s, const struct tag *exp);

/* A 101 with the right accept value, Upgrade and Connection; what came after it does not count. */
bool attempt_opened(const struct attempt *a);
/* Opened, and neither offended, closed nor cut by the server. */
bool attempt_works(const struct attempt *a);

/* Cleared by the 101 where there is one, else unseen: for rules about a refusal when there is none.
 */
enum ruling attempt_not_refused(const struct attempt *a, struct finding *f);

/* The 101 of a variation of the Upgrade (no Origin, other path, …) that works while the base
 * experiment's does not: then what varied is the cause, and guesses about anything else are off.
 * NULL if none does. */
const struct obs *attempt_variation(const struct scope *s);
/* The 101 of the first repetition in this experiment that works. */
const struct obs *attempt_with(const struct scope *s, const struct tag *exp);

/* The refusal that the first Upgrade (or plain GET) of the experiment met. */
const struct obs *attempt_answer(const struct scope *s, const struct tag *exp);

/* For the public URL: the WebSocket that opened at a --direct one. NULL from any other vantage
 * point. */
const struct obs *attempt_direct(const struct scope *s);
/* For the public URL: the answer to this experiment at the first --direct vantage point that gave
 * one. */
const struct obs *attempt_direct_answer(const struct scope *s, const struct tag *exp);

/* Questions to an http.answer; false for NULL. */
bool answer_says(const struct obs *answer, const char *saying);
bool answer_says_any(const struct obs *answer, const char *sayings); /* blank-separated */
bool answer_by(const struct obs *answer, const char *who);
bool answer_by_any(const struct obs *answer, const char *whos); /* blank-separated */
bool answer_by_proxy(
	const struct obs *answer); /* a proxy, CDN or platform spoke, not the server behind it */
bool answer_same(
	const struct obs *a, const struct obs *b); /* equal for all that matters (answer_tag) */
int64_t answer_status(const struct obs *answer);   /* 0 for NULL */
bool answer_is_redirect(const struct obs *answer);
bool answer_is_page(const struct obs *answer); /* 200 and HTML */
/* The same, or pages of one title: they may differ by a nonce. */
bool answer_alike(const struct obs *a, const struct obs *b);
/* It names no reason of its own: a bare 4xx or 5xx, a page. */
bool answer_is_vague(const struct obs *answer);
/* Of any observation; ASCII case does not count. */
bool text_has(const struct obs *o, const struct key *text, const char *part);

/* What would decide between the proxy and what is behind it. */
#define ASK_THE_BACKEND                                                                            \
	"wsdx check URL --direct ws://BACKEND/PATH: the same Upgrade to the backend itself"

/* True when the text is one of the blank-separated words. */
bool word_among(struct span text, const char *words);

#endif
