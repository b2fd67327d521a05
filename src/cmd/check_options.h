/* The options of `wsdx check`, and what they become. */
#ifndef CMD_CHECK_OPTIONS_H
#define CMD_CHECK_OPTIONS_H

#include "base/arena.h"
#include "base/opt.h"
#include "probe/protocol.h"

struct check_options {
	/* target */
	struct opt_list direct;
	struct span from_curl;
	/* request */
	struct opt_list header;
	struct span origin, subprotocol, path;
	/* connection */
	bool insecure, four, six, auth_anywhere;
	struct span cacert, cert, key, proxy;
	struct opt_list resolve, connect_to;
	/* what to try */
	ns idle;
	uint64_t size;
	struct span send;
	bool echo, chatty, hostile;
	struct span dialect, auth, expect, health;
	bool reconnect;
	int64_t samples;
	/* what one protocol has, by protocol_index */
	_Alignas(max_align_t) unsigned char own[PROTOCOLS_MAX][PROTOCOL_ASK_MAX];
	/* limits */
	ns timeout, deadline, wait;
	int64_t connections;
	/* report */
	struct opt_list output;
	struct span save, only, fail_on, color;
	bool checklist, why, quiet, verbose;
};

#define CHECK_OPTIONS_MAX 160
const struct opt *check_opts(void); /* with those of each protocol */

/* What a check needs beyond the options; lives in the arena, except what check_ask_deinit gives back. */
struct check_ask {
	struct arena arena;
	struct probe_ask probe;
	struct overrides overrides;
	struct tls_trust *trust;
	struct tls_identity *identity;
	void *own[PROTOCOLS_MAX]; /* as probe.own */
};

/* Turns options and the URL into an ask. False with one line in *error that names the option or file; nothing is connected. */
bool check_ask_make(struct check_ask *out, const struct check_options *o, struct span url, struct buf *error);
void check_ask_deinit(struct check_ask *a);

#endif
