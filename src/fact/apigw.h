/* AWS API Gateway's WebSocket APIs: what the gateway itself answers and says, its @connections endpoint, and what its logs and
 * its configuration have. Connection ids and request ids are no secrets: without credentials they open nothing. */
#ifndef FACT_APIGW_H
#define FACT_APIGW_H

#include "fact/sio.h"
#include "fact/tcp.h"

#define APIGW_FACTS(KIND, KEY, TAG)                                                                \
	/* The gateway refuses the Upgrade. error_type: of X-Amzn-ErrorType; message: of the body; error: what it comes to,         \
	 * "no-identity" (401: the authorizer got nothing to look at, or said Unauthorized) "denied" (403 of an authorizer's or a    \
	 * resource policy) "unsigned" "bad-signature" "bad-key" "expired" (IAM) "forbidden" (403 without more: a stage or path that \
	 * is not there, a policy) "throttled" "lambda" (5xx: $connect's integration failed) "timeout" "other";                      \
	 * meaning: that in words */                                                               \
	KIND(apigw_refusal, "apigw.refusal", PROBE,                                                \
		"API Gateway answers {status}[ {error_type}][: {message}][, {meaning}][, request {request_id}]")                       \
	/* A frame of the gateway's own, in place of the integration's: {"message":…,"connectionId":…,"requestId":…}.               \
	 * after: since the client's last message, absent when there was none */                   \
	KIND(apigw_error, "apigw.error", PROBE,                                                    \
		"API Gateway sent \"{message}\" as a message[, {after} after ours][, request {request_id}]")                           \
	/* Our requests are signed (service, region, whose keys), or cannot be (text) */           \
	KIND(apigw_signed, "apigw.signed", OURS, "signed for {service} in {region} with the credentials of {source}")              \
	KIND(apigw_unsigned, "apigw.unsigned", OURS, "not signed: {text}")                         \
	/* The @connections endpoint as given. fault, absent when it looks right: "websocket-scheme" "no-stage" "stage-doubled"     \
	 * "connections-in-it" (it holds @connections already); on: "gateway" "custom" (a domain of the user's own, or any other) */ \
	KIND(apigw_endpoint, "apigw.endpoint", OURS, "@connections endpoint {endpoint}[, {fault}: {text}]")                        \
	/* One request to @connections. error, absent when fine: "gone" "bad-id" "denied" "unsigned" "bad-signature" "bad-key"      \
	 * "expired" "no-route" (no such stage or path, or not an API Gateway) "forbidden" "throttled" "too-big" "other";            \
	 * age: since connectedAt; idle: since lastActiveAt (GET only) */                          \
	KIND(apigw_connection, "apigw.connection", PROBE,                                          \
		"{method} @connections/{connection_id} answers {status}[ {error_type}][: {message}][, {error}][, connected for {age}]"  \
		"[, silent for {idle}][, request {request_id}]")                                   \
	/* --size: one message in frames of at most 32 KiB. through: it came back, or the ping behind it was answered */            \
	KIND(apigw_fragments, "apigw.fragments", PROBE,                                            \
		"{bytes} in {fragments} frames [{?through}got through][{!through}did not get through]")                                \
	/* A post to @connections as an application logs it. error: as in apigw.connection, absent when it arrived; age: since the  \
	 * connection's $connect; idle: since its last sign of life; ended: its $disconnect was logged before; welcome: the line     \
	 * says so; route: of the invocation that posts; own_connect: that invocation is the $connect of the same connection */      \
	KIND(apigw_post, "apigw.post", LOG,                                                        \
		"[{?welcome}welcome ][{!welcome}message ]to {connection_id}[{?error}: {error}][{!error} delivered][, {age} after $connect]" \
		"[, {idle} after its last sign of life][{?ended}, after its $disconnect][{?own_connect}, from within its own $connect][, route {route}]") \
	/* The life of a connection as logged. age: $connect to $disconnect, or to the end of the log when not ended; code, reason: \
	 * of the $disconnect event (1001 1005 1006 …), absent when not logged; idle: silence at the end */                          \
	KIND(apigw_life, "apigw.life", LOG,                                                        \
		"{connection_id} [{?ended}lived {age}][{!ended}has no $disconnect, {age} after $connect][, code {code}][ {reason}]"    \
		"[, silent for {idle}]")                                                           \
	/* All lives of a log. short_lived: under 5 s; unended: without $disconnect though older than 2 h */                        \
	KIND(apigw_lives, "apigw.lives", LOG,                                                      \
		"{connections} connections, {short_lived} under 5 s, {unended} without $disconnect though older than 2 h")             \
	/* An invocation of a route as logged. status: what the client got; took: of the integration */                             \
	KIND(apigw_invocation, "apigw.invocation", LOG,                                            \
		"{route}[ {connection_id}]: {status}[ in {took}][, {message}][, request {request_id}]")                                \
	/* A route as configured. returns: its integration returns a body for the client; route_response: it has one */             \
	KIND(apigw_route, "apigw.route", CONF,                                                     \
		"route {route} [{?route_response}with a route response][{!route_response}without a route response]"                    \
		"[{?returns}, its integration returns a body]")                                    \
	/* An alarm on a metric. */                                                                \
	KIND(apigw_alarm, "apigw.alarm", CONF, "alarm on {metric} of {namespace}")                 \
	KEY(k_error_type, "error_type", TEXT)                                                      \
	KEY(k_connection_id, "connection_id", TEXT)                                                \
	KEY(k_request_id, "request_id", TEXT)                                                      \
	KEY(k_service, "service", TEXT)                                                            \
	KEY(k_region, "region", TEXT)                                                              \
	KEY(k_source, "source", TEXT)                                                              \
	KEY(k_endpoint, "endpoint", TEXT)                                                          \
	KEY(k_on, "on", TEXT)                                                                      \
	KEY(k_age, "age", TIME)                                                                    \
	KEY(k_welcome, "welcome", BOOL)                                                            \
	KEY(k_ended, "ended", BOOL)                                                                \
	KEY(k_own_connect, "own_connect", BOOL)                                                    \
	KEY(k_short_lived, "short_lived", INT)                                                     \
	KEY(k_unended, "unended", INT)                                                             \
	KEY(k_route, "route", TEXT)                                                                \
	KEY(k_route_response, "route_response", BOOL)                                              \
	KEY(k_returns, "returns", BOOL)                                                            \
	KEY(k_metric, "metric", TEXT)                                                              \
	TAG(exp_apigw_connection, "apigw-connection", "ask @connections about one connection, or post to it")                      \
	TAG(exp_apigw_fragments, "apigw-fragments", "a message over 32 KiB in frames under it")

FACT_DECLARE(APIGW_FACTS)

#endif
