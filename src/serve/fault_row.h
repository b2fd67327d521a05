/* A row of fault.def or canned.def, how it is found by its name, and what may be said of it. */
#ifndef SERVE_FAULT_ROW_H
#define SERVE_FAULT_ROW_H

#include "base/buf.h"
#include "base/ns.h"

/* What --fault ID,param=value and /fault/ID?param=value may set; serve/fault_params.c says what
 * each means. */
struct fault_params {
	ns after, age;
	uint64_t limit, code, rate;
	struct span to;
	struct span at; /* of --fault only */
};

/* Where a fault is shown: at a path like any other, or by a listener of its own, because all its
 * paths, its certificate or its first bytes belong to it. */
enum fault_place {
	FAULT_PATH,
	FAULT_OWN,
	FAULT_OWN_PLAIN, /* nothing is wrong with it but that it is not TLS */
	FAULT_OWN_PROXY, /* what comes first is not HTTP */
	FAULT_TLS_GOOD,	 /* a sound certificate; from here on it is TLS */
	FAULT_TLS_EXPIRED,
	FAULT_TLS_EARLY,
	FAULT_TLS_NAME,
	FAULT_TLS_LEAF,
	FAULT_TLS_SELF,
	FAULT_TLS_STRANGER,
	FAULT_TLS_BOX,
	FAULT_TLS_CLIENT,
	FAULT_TLS_CLIENT_UNKNOWN,
	FAULT_TLS_OLD,
	FAULT_TLS_H2,
	FAULT_TLS_SNI,
	FAULT_PLACES
};

struct call;

struct fault {
	const char *id; /* of the cause it shows, or hostile-… */
	enum fault_place place;
	void (*run)(struct call *c);
	struct fault_params params; /* what is not given */
	/* What `wsdx check` needs to find it: the tail of the URL when it begins with / or ?, then
	 * options. @ stands for the listener's address and port. */
	const char *ask;
	const char *say;
};

#define FAULTS_MAX 256
extern const struct fault fault_all[]; /* ends with id NULL */
const struct fault *fault_find(struct span id);
/* One of another name that may be meant, or NULL. */
const char *fault_like(struct span id);
/* "after=2s": false: no such parameter, or no such value; *why, when not NULL, then says it. */
bool fault_param(struct fault_params *p, struct span word, struct buf *why);
bool fault_param_is_known(struct span word);
/* The parameters and what each may be, a line each. */
void fault_params_list(struct buf *out);
/* " after=2s code=1011": those that are set. */
void fault_params_say(struct buf *out, const struct fault_params *p);

#endif
