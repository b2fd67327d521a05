/* Redis, as RESP2 and RESP3 carry it: what adapters of Socket.IO speak with each other through. */
#ifndef FACT_REDIS_H
#define FACT_REDIS_H

#include "fact/fact.h"

#define REDIS_FACTS(KIND, KEY, TAG)                                                                \
	/* An answer that is an error. error: its first word, as NOAUTH or WRONGPASS; the rest is not kept */                    \
	KIND(redis_error, "redis.error", PROBE, "Redis answered {error}")                          \
	/* A subscription, or its end, confirmed. packet: its word, as psubscribe; path: the channel or pattern; subscriptions:     \
	 * how many there are now */                                                                \
	KIND(redis_subscribed, "redis.subscribed", PROBE, "Redis: {packet} {path}")                \
	/* What was published. path: the channel; bytes: of the message */                          \
	KIND(redis_message, "redis.message", PROBE, "Redis passed on {bytes} of {path}")           \
	/* It is no RESP, or more than we take. fault: "type" "number" "line" "depth" "size" */   \
	KIND(redis_fault, "redis.fault", PROBE, "{from} broke RESP: {fault}")                          \
	KEY(k_subscriptions, "subscriptions", INT)

FACT_DECLARE(REDIS_FACTS)

#endif
