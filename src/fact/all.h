/* Every fact header, once. A new one is included here and appended to ALL_FACTS. */
#ifndef FACT_ALL_H
#define FACT_ALL_H

#include "core/journal.h"
#include "fact/apigw.h"
#include "fact/dns.h"
#include "fact/eio.h"
#include "fact/exp.h"
#include "fact/graphql.h"
#include "fact/hello.h"
#include "fact/http.h"
#include "fact/lavalink.h"
#include "fact/platform.h"
#include "fact/proxy.h"
#include "fact/redis.h"
#include "fact/run.h"
#include "fact/signalr.h"
#include "fact/sio.h"
#include "fact/tcp.h"
#include "fact/tls.h"
#include "fact/ws.h"

#define ALL_FACTS(...)                                                                             \
	RUN_FACTS(__VA_ARGS__)                                                                     \
	EXP_FACTS(__VA_ARGS__)                                                                     \
	DNS_FACTS(__VA_ARGS__)                                                                     \
	TCP_FACTS(__VA_ARGS__)                                                                     \
	PROXY_FACTS(__VA_ARGS__)                                                                   \
	TLS_FACTS(__VA_ARGS__)                                                                     \
	HTTP_FACTS(__VA_ARGS__)                                                                    \
	WS_FACTS(__VA_ARGS__)                                                                      \
	EIO_FACTS(__VA_ARGS__)                                                                     \
	SIO_FACTS(__VA_ARGS__)                                                                     \
	LAVALINK_FACTS(__VA_ARGS__)                                                                \
	GRAPHQL_FACTS(__VA_ARGS__)                                                                 \
	SIGNALR_FACTS(__VA_ARGS__)                                                                 \
	HELLO_FACTS(__VA_ARGS__)                                                                   \
	APIGW_FACTS(__VA_ARGS__)                                                                   \
	PLATFORM_FACTS(__VA_ARGS__)                                                                \
	REDIS_FACTS(__VA_ARGS__)

/* The names a saved journal may use. */
extern const struct vocabulary vocabulary;

#endif
