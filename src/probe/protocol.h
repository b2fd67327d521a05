/* What may be spoken at an endpoint: how it is recognised, what the user may say of it, how it is
 * looked at. Plain WebSocket is one, Socket.IO another.
 *
 * To add one: a file or folder in src/probe with its row, and a line in protocol.def. Its options,
 * experiments and base plan are in the row; its facts, causes and rows of the report are registered
 * where those live. */
#ifndef PROBE_PROTOCOL_H
#define PROBE_PROTOCOL_H

#include "base/opt.h"
#include "probe/try.h"

struct request;

#define PROTOCOLS_MAX PROBE_PROTOCOLS_MAX
/* Of the struct that a protocol's options fill. */
#define PROTOCOL_ASK_MAX 1024

struct protocol {
	const char *name; /* for --dialect, run.dialect and the JSON */

	/* What the user may say of it; offsets are into a struct of its own, zeroed, `ask_size`
	 * bytes. A name stands in one protocol's row only. */
	const struct opt *options;
	size_t ask_size;
	/* Before the URL is read: an option of its own may name the target when none is given (*url
	 * is empty). Else as `take`. NULL: none does. */
	bool (*target)(void *own, struct arena *a, struct span *url, struct buf *error);
	/* Checks what was given and completes it, also the URL, before anything is connected.
	 * False: one line in *error that names the option. Texts may live in the arena. NULL:
	 * nothing to check. */
	bool (*take)(void *own, struct probe_ask *ask, struct arena *a, struct buf *error);

	/* The URL alone tells; returns what of it: "path", "query", "host", "option"; NULL: it does
	 * not. */
	const char *(*in_url)(const struct vantage *v);
	/* This observation, of an Upgrade or a GET at the endpoint, tells. */
	bool (*in_answer)(const struct obs *o);
	/* The same for what tells only at such a URL. */
	bool (*in_answer_at)(const struct vantage *v, const struct obs *o);
	/* The URL is a hint and no proof: `seek` is asked here too, after the plain Upgrade. */
	bool (*hinted)(const struct vantage *v);
	/* An address that says nothing (a page's, a bare host), and any when an option of this row
	 * was given, is asked for the protocol: where it
	 * usually is, before the plain Upgrade; `elsewhere`: when that one failed. True: it is
	 * there, and the vantage point's URL may have been changed to it. Must be cheap: it runs
	 * for other protocols' endpoints too. */
	bool (*seek)(struct vantage *v, bool elsewhere);

	/* Once it is recognised: the vantage point's requests become the protocol's (url.target,
	 * more, subprotocol, state). */
	void (*begin)(struct vantage *v);
	/* The last word on a request that may carry credentials: it stands as it will be sent.
	 * NULL: nothing. */
	void (*sign)(const struct vantage *v, struct request *r);
	/* Above ws on the connection of every Upgrade; NULL: none. */
	const struct dialect *above;
	/* What a client says first on a connection that is to be held (--idle), and hears of it;
	 * what it agrees to must not make the server cut it when it is silent. False: it cannot be
	 * held. NULL: nothing is said. */
	bool (*greet)(struct try *t, struct link *k);
	/* The base plan, after names and dial. NULL: the Upgrade, over TLS also HTTP/2, then the
	 * BASE rows in order. */
	void (*plan)(struct vantage *v);
	const struct experiment *experiments; /* ends with tag NULL; NULL: none */
	/* Why an experiment cannot run at this vantage point, or NULL. */
	const char *(*impossible)(const struct vantage *v, const struct tag *exp);
	unsigned doubt; /* connections that a symptom allows on top, once a run */
};

extern const struct protocol *const protocol_all[]; /* NULL-terminated; plain WebSocket first */
#define PROTOCOL(name) extern const struct protocol protocol_##name;
#include "probe/protocol.def"
#undef PROTOCOL

const struct protocol *protocol_find(struct span name); /* NULL: there is none */
size_t protocol_index(const struct protocol *p);
bool protocol_has(
	const struct protocol *p, const struct tag *exp); /* it is one of its experiments */
bool protocol_is_meant(
	const struct probe_ask *ask, const struct protocol *p); /* one of its options was given */
/* Its own struct; all zero when nothing was said. */
const void *protocol_ask(const struct probe_ask *ask, const struct protocol *p);
static inline bool speaks(const struct vantage *v, const struct protocol *p)
{
	return v->speaks == p;
}

/* What plan.c offers to a protocol's own plan and seek. */
const struct experiment *plan_find(const struct tag *tag); /* never NULL for a registered one */

/* Experiments under way side by side. */
#define TOGETHER_MAX 4
struct together {
	struct try tries[TOGETHER_MAX];
	struct fiber *fibers[TOGETHER_MAX];
	size_t n;
};
/* The most connections that the options ask for, whatever is spoken. */
unsigned plan_asked(const struct probe_ask *ask);
void plan_begin(struct together *g, struct vantage *v, const struct experiment *e);
void plan_end(struct together *g);
/* Side by side; in the vantage point's own fiber, for what hands something on to the next. What is
 * over budget is skipped, what ran already does not run again. */
void plan_together(struct vantage *v, const struct experiment *const *wanted, size_t n);
void plan_here(struct vantage *v, const struct experiment *e);
/* The Upgrade, over TLS beside HTTP/2. */
void plan_upgrade(struct vantage *v);

#endif
