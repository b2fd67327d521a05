/* GraphQL over WebSocket, standing on dialect/ws: push http, ws, then graphql. Two protocols with
 * swapped names: `graphql-transport-ws` of the library graphql-ws (PROTOCOL.md there), and
 * `graphql-ws` of the older library subscriptions-transport-ws (src/message-types.ts).
 *
 * It hands up whole messages: unit = enum gql_unit, data = the JSON as it came. It notes
 * graphql.init, graphql.ack, graphql.refused, graphql.message and graphql.fault, and answers the
 * peer's pings. */
#ifndef DIALECT_GRAPHQL_H
#define DIALECT_GRAPHQL_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_graphql;

enum gql_unit { GQL_OTHER = 1, GQL_INIT, GQL_ACK, GQL_REFUSED };

enum gql_generation {
	GQL_UNKNOWN, /* until the 101 names it, or a message that only one of them has */
	GQL_CURRENT, /* graphql-transport-ws */
	GQL_OLD,     /* graphql-ws */
};
const char *gql_subprotocol(enum gql_generation g); /* as offered; NULL for GQL_UNKNOWN */

/* Client seat: connection_init. payload: a JSON object, or empty. */
void gql_say_init(struct layer *gql, struct span payload);
enum gql_generation gql_generation(const struct layer *gql);

#endif
