/* The run itself: what is looked at, from where, and what each step took. */
#ifndef FACT_RUN_H
#define FACT_RUN_H

#include "fact/fact.h"

#define RUN_FACTS(KIND, KEY, TAG)                                                                  \
	/* one per vantage point, first */                                                         \
	KIND(run_target, "run.target", OURS, "{url}[ at {address}][ through the proxy {proxy}]")   \
	/* wsdx could not look: no descriptor, no namespace, a broken resolver of our own … */     \
	KIND(run_blind, "run.blind", OURS, "could not look: {text}")                               \
	/* of `at`: when the step began. phase: dns connect proxy tls request ping close h2 */      \
	KIND(run_phase, "run.phase", OURS, "{phase} took {took}[{!ok} and failed]")               \
	/* a product seen on the path, by its own words; stack: nginx haproxy apache caddy envoy    \
	 * cloudflare cloudfront alb node python java go iis … */                                  \
	KIND(run_stack, "run.stack", PROBE, "{stack}[ {version}] seen in {by}")                   \
	/* what the user's own command or options get wrong; see probe/from_curl */                \
	/* the planner: which cause asked for the experiment */                                    \
	/* what the endpoint of a vantage point speaks, when it is not plain WebSocket or the user said so. dialect: "websocket"     \
	 * "socketio"; by: "option" "path" "query" "answer" */                                     \
	KIND(run_dialect, "run.dialect", OURS, "taken for {dialect}, by the {by}")                 \
	/* --wait: how the tries before this one came out, those that came out alike in a row as one. waited: from the first try    \
	 * to the first of these; took: the first → the last of these; cause: the root's id, absent when there was none */            \
	KIND(run_tried, "run.tried", OURS, "after {waited}: {verdict}[, {cause}][, {tries} tries][ over {took}]")                   \
	/* --wait: this try, when it is well. waited: since the first one */                       \
	KIND(run_well, "run.well", OURS, "well after {waited}, at try {tries}")                   \
	/* what is spoken above the WebSocket was seen to work to the end: without it a live run of a      \
	 * protocol is not called healthy */                                                      \
	KIND(run_works, "run.works", PROBE, "{text}")                                             \
	KIND(run_asked, "run.asked", OURS, "{by} asks: {text}")                                     \
	KIND(run_mistake, "run.mistake", OURS, "{text}")                                           \
	KEY(k_verdict, "verdict", TEXT)                                                            \
	KEY(k_cause, "cause", TEXT)                                                                \
	KEY(k_tries, "tries", INT)                                                                 \
	KEY(k_url, "url", TEXT) /* redacted */                                                     \
	KEY(k_scheme, "scheme", TEXT)                                                              \
	KEY(k_host, "host", TEXT)                                                                  \
	KEY(k_port, "port", INT)                                                                   \
	KEY(k_proxy, "proxy", TEXT) /* without credentials */                                      \
	KEY(k_phase, "phase", TEXT)                                                                \
	KEY(k_took, "took", TIME)                                                                  \
	KEY(k_ok, "ok", BOOL)                                                                      \
	KEY(k_text, "text", TEXT)                                                                  \
	KEY(k_error, "error", TEXT)                                                                \
	KEY(k_stack, "stack", TEXT)                                                                \
	KEY(k_version, "version", TEXT)                                                            \
	KEY(k_dialect, "dialect", TEXT)                                                            \
	KEY(k_by, "by", TEXT)                                                                      \
	KEY(k_mistake, "mistake", TEXT) /* kebab-case name */                                      \
	KEY(k_from, "from", TEXT)	/* "client" or "server" */                                 \
	KEY(k_bytes, "bytes", BYTES)                                                               \
	KEY(k_file, "file", TEXT)                                                                  \
	KEY(k_line, "line", INT)                                                                   \
	KEY(k_column, "column", INT)

FACT_DECLARE(RUN_FACTS)

#endif
