/* AWS API Gateway's WebSocket APIs. Above ws it knows the gateway's own frames and refusals among
 * what integrations say; above http it reads the answers of @connections. It hands everything up as
 * it came. */
#ifndef DIALECT_APIGW_H
#define DIALECT_APIGW_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_apigw;

/* "abc123.execute-api.eu-west-1.amazonaws.com": the parts; false for any other host. Also
 * amazonaws.com.cn, and names of VPC endpoints ("abc123-vpce-01234567.execute-api.…"). */
struct apigw_host {
	struct span api, region;
};
bool apigw_host_parse(struct apigw_host *out, struct span host);

/* A URL's path as an @connections endpoint: what is wrong with it, or NULL. `websocket`: its scheme
 * is ws or wss; `gateway`: its host is one of API Gateway's. *text is then a constant sentence. */
const char *apigw_endpoint_fault(struct span path, bool websocket, bool gateway, const char **text);

/* A frame of the gateway's own: {"message":…,"connectionId":…,"requestId":…}. Views into `text`,
 * escapes as written. */
struct apigw_frame {
	struct span message, connection_id, request_id;
};
bool apigw_frame_parse(struct apigw_frame *out, struct span text);

/* What a refusal or an answer of @connections comes to: a word of fact/apigw.h. */
const char *apigw_refusal_word(unsigned status, struct span error_type, struct span message);
const char *apigw_refusal_meaning(const char *word);
/* NULL: all is well. */
const char *apigw_connection_word(unsigned status, struct span error_type, struct span message);

/* Client seat, directly above http: sends the request and notes apigw.connection for its answer.
 * `id` is put into the target
 * "<path>/@connections/<id>", percent-encoded; apigw_target makes it. */
struct apigw_ask {
	struct span method; /* "GET" "POST" */
	struct span id;
	int64_t wall; /* now, in seconds since the epoch: of age and idle */
};
void apigw_target(struct buf *out, struct span path, struct span id);
void apigw_ask(struct layer *apigw, const struct apigw_ask *what, const struct http_ask *request);

#endif
