/* The catalogue: what can be wrong, by rows. Ids are public, for ever, never reused.
 *
 * To add a cause:
 *  1. a row in src/cause/<group>/causes.def,
 *  2. its rule in src/cause/<group>/rules.c,
 *  3. one journal that must raise it and one that must not: test/journal/<id>.yes.<what>.jsonl and .no. */
#ifndef CORE_CAUSE_H
#define CORE_CAUSE_H

#include "base/span.h"

/* In the order in which a connection meets them; of several roots the earliest is named first. */
enum stage {
	STAGE_DNS, STAGE_TCP, STAGE_PROXY, STAGE_TLS, STAGE_HTTP, STAGE_UPGRADE, STAGE_AUTH, STAGE_FRAME,
	STAGE_EXTENSION, STAGE_KEEPALIVE, STAGE_TRANSPORT, STAGE_SESSION, STAGE_CLUSTER, STAGE_APP,
	STAGE_PLATFORM, STAGE_LIMIT, STAGE_COUNT,
};
const char *stage_name(enum stage s); /* "dns", "tcp", …: the `layer` of JSON */

enum severity { INFO, WARNING, ERROR };
const char *severity_name(enum severity s);

struct fix {
	/* What it applies to: "nginx", "haproxy", "apache", "caddy", "envoy", "ingress-nginx", "node", "python",
	 * "client", "kubernetes", "aws", "cloudflare", … A name of `enum stack`-free text: compared with the stack
	 * facts of the run. "any" always applies. */
	const char *stack;
	const char *text;    /* one sentence, imperative */
	const char *snippet; /* the lines to write; NULL if none. Lines are separated by \n. */
};

struct finding;
struct scope;

enum ruling { UNSEEN, CLEAR, FOUND };

struct cause {
	const char *id;
	enum stage stage;
	enum severity severity;
	int prior;	     /* 1…100: how often it is the cause in practice; 0 counts as 10. CAUSES §6 */
	const char *summary; /* one line, what is wrong, no full stop; {key} fields as in kind.say, taken from the first proof */
	const char *effect;  /* one sentence: what a client experiences */
	const char *means;   /* for `explain`: how it comes about */
	const char *evidence; /* for `explain`: what tells it from its look-alikes */
	const char *alike;   /* ids of look-alikes, blank-separated; NULL if none */
	const char *explains; /* ids of causes that are only its consequences, blank-separated */
	const char *source;  /* documentation or issue the row rests on */
	bool fallback;	     /* says what was seen and not why: a surer finding with the same proof explains it */
	bool lasts;	     /* refused for good: to wait and try again does not heal it */
	bool unreproduced;   /* no test of ours has produced it with the real component */
	struct fix fixes[6];
	/* Pure; called once per scope. NULL: known to the catalogue, found by another command. */
	enum ruling (*rule)(const struct scope *s, struct finding *f);
};

extern const struct cause *const cause_all[]; /* NULL-terminated, by stage */
const struct cause *cause_find(struct span id);	 /* NULL if there is none */
/* True when `a` lists `b` among what it explains. */
bool cause_explains(const struct cause *a, const struct cause *b);

#endif
