/* A connection to Redis that is made anew whenever it is lost, after 100 ms and twice as long each
 * time, up to five seconds. It is asked for a sign of life every 15 seconds. */
#ifndef SERVE_REDIS_LINE_H
#define SERVE_REDIS_LINE_H

#include "dialect/redis/redis.h"
#include "io/link.h"

/* "HOST", "HOST:PORT", "redis://[USER[:PASSWORD]@]HOST[:PORT]", "rediss://" for TLS. Views; user
 * and password are decoded into the buffers. */
struct redis_to {
	struct span host;
	uint16_t port;
	bool tls;
	struct buf user, password;
};
/* password: of the environment, used when the URL has none; may be NULL. False: *why, a constant.
 */
bool redis_to_read(struct redis_to *out, struct span text, const char *password, const char **why);
void redis_to_deinit(struct redis_to *to); /* forgets the password */

struct redis_line {
	/* The owner's; call backs come in the loop's thread, outside or within the line's fiber,
	 * and do not wait. */
	const struct redis_to *to;
	struct loop *loop;
	struct journal *journal;
	void (*opened)(struct redis_line *line); /* commands may be said */
	void (*heard)(struct redis_line *line, struct span reply);
	/* Once each time it was open, and once at first when it cannot be: why in a few words. */
	void (*lost)(struct redis_line *line, struct span why);
	void *arg;

	/* its own */
	struct fiber *fiber;
	struct link *link;
	struct layer *redis;
	bool open, told;
	bool stirred;	  /* a reply came */
	unsigned awaited; /* replies that come before it is open */
	char refused[32];
};

void redis_line_start(struct redis_line *line); /* the first part is filled in */
/* From within a fiber; safe twice. */
void redis_line_stop(struct redis_line *line);
/* False: it is not open, or too much waits to be sent already; nothing is said. */
bool redis_line_say(struct redis_line *line, const struct span *words, size_t n);

#endif
