/* GraphQL over WebSocket, both generations, whose names are swapped: the library graphql-ws speaks the subprotocol
 * `graphql-transport-ws`, the older library subscriptions-transport-ws speaks the subprotocol `graphql-ws`. */
#ifndef FACT_GRAPHQL_H
#define FACT_GRAPHQL_H

#include "fact/sio.h"

#define GRAPHQL_FACTS(KIND, KEY, TAG)                                                              \
	/* The client's hello, which servers wait for in silence. generation: the subprotocol, absent when not known;           \
	 * auth: it has a payload */                                                               \
	KIND(gql_init, "graphql.init", PROBE,                                                      \
		"{from} says connection_init[ in {generation}][{?auth}, with a payload]")          \
	/* connection_ack; took: since the hello, absent when there was none */                    \
	KIND(gql_ack, "graphql.ack", PROBE, "connection_init acknowledged[ in {took}][, {generation}]")            \
	/* connection_error of the old generation; message: redacted, at most 160 bytes */         \
	KIND(gql_refused, "graphql.refused", PROBE, "connection_init refused[ in {took}][: {message}]")            \
	/* Any other message. packet: its type */                                                  \
	KIND(gql_message, "graphql.message", PROBE, "{from} sent {packet}, {bytes}")               \
	/* What breaks the protocol. fault: "json" (no JSON object) "type" (none, or unknown: text) "side" (a type of the other   \
	 * side: text) "other-generation" (a type that only the other generation has: text) "before-ack" "binary" */            \
	KIND(gql_fault, "graphql.fault", PROBE, "{from} broke[ {generation}][{!generation} GraphQL over WebSocket]: {fault}[, {text}]") \
	/* neither an answer to the hello nor an end within waited */                              \
	KIND(gql_unanswered, "graphql.unanswered", PROBE, "no connection_ack in {waited}")         \
	/* What each side speaks, where they do not meet. generation, library: the server's; offers, other_library: the client's;  \
	 * named: the user chose what the client offers */                                         \
	KIND(gql_sides, "graphql.sides", PROBE,                                                    \
		"the server speaks {generation} (library {library}), the client {offers} (library {other_library})")                   \
	KEY(k_generation, "generation", TEXT)                                                      \
	KEY(k_library, "library", TEXT)                                                            \
	KEY(k_other_library, "other_library", TEXT)                                                \
	KEY(k_named, "named", BOOL)                                                                \
	TAG(exp_gql_init, "gql-init", "say connection_init, wait for connection_ack, ping")        \
	TAG(exp_gql_other, "gql-other", "the same in the other generation's subprotocol")

FACT_DECLARE(GRAPHQL_FACTS)

#endif
