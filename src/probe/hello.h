/* What the protocols with a hello share (mqtt, stomp, actioncable, phoenix, sockjs): the
 * experiments around it. Each of them is a file of its own name beside this one, with its row of
 * struct protocol and what it says. */
#ifndef PROBE_HELLO_H
#define PROBE_HELLO_H

#include "dialect/hello/hello.h"
#include "probe/protocol.h"

/* How a client of the protocol begins and leaves. */
struct greeting {
	const char *awaits; /* the server's packet */
	const char *works;  /* the sentence of run.works */
	/* What is said first. held: as a client that will be silent for long. NULL: the server
	 * speaks first. */
	void (*say)(struct try *t, struct layer *l, bool held);
	/* The goodbye before the Close, and whether it is answered. NULL: the Close alone. */
	void (*bye)(struct layer *l);
	bool bye_is_answered;
	/* The path of a connection, when each wants its own; NULL: the URL's. */
	struct span (*path)(const struct vantage *v);
	/* What the protocol tells of the server, for the fixes; NULL: nothing. */
	const char *stack;
	/* Adds where frameworks mount the WebSocket when the path given is not it, without a query;
	 * nothing: it is. NULL: anywhere. */
	void (*mount)(struct buf *out, const struct vantage *v);
};

/* The vantage point's, once one of them is spoken. */
struct hello_state {
	const struct greeting *greeting;
	struct span user, password; /* of the URL; for the hello, not for an Authorization header */
	struct span base;	    /* SockJS: the path under which it is mounted */
	unsigned level; /* MQTT: instead of what the user said; Phoenix: the serializer; 0: the
			   usual */
	bool trusted;	/* credentials may be said on the connection that is being greeted */
};

struct hello_state *hello_state(const struct vantage *v);
void hello_begin(struct vantage *v, const struct greeting *g);
/* The hello takes the user and password of the URL: HTTP is not told them. */
void hello_take_credentials(struct vantage *v);

/* The same table for all: a tag has one row. */
extern const struct experiment hello_experiments[];
bool hello_greet(struct try *t, struct link *k); /* struct protocol, greet */

/* Connects, says hello, waits for the answer, leaves. The answer: hello.taken, hello.refused,
 * hello.bye, ws.close, or NULL. */
const struct obs *hello_exchange(struct try *t, const struct upgrade_how *how);

#define RUN(function) void probe_##function(struct try *t);
RUN(mqtt_version) RUN(mqtt_raw) RUN(phoenix_vsn) RUN(sockjs_info) RUN(sockjs_xhr)
#undef RUN

#endif
