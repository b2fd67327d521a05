/* What the rules about API Gateway share. */
#ifndef CAUSE_APIGW_GATEWAY_H
#define CAUSE_APIGW_GATEWAY_H

#include "base/ns.h"
#include "core/rule.h"

/* Quotas of WebSocket APIs ("Quotas for configuring and running a WebSocket API", API Gateway
 * Developer Guide). */
#define GATEWAY_IDLE (600 * NS_S)
#define GATEWAY_AGE (7200 * NS_S)
#define GATEWAY_INTEGRATION (29 * NS_S)
#define GATEWAY_FRAME 32768
#define GATEWAY_MESSAGE 131072

/* The shape of ws.message that its own frames have. */
#define GATEWAY_ERROR "API Gateway error"

/* What tells that the endpoint is an API Gateway's: its name, a header, a frame. NULL: nothing
 * does. */
const struct obs *gateway_find(const struct scope *s);

#endif
