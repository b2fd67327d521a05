/* What the files of io/resolve share: the two ways to ask. Both are started, watched by a fiber,
 * and given up any time. */
#ifndef IO_RESOLVE_INSIDE_H
#define IO_RESOLVE_INSIDE_H

#include "io/fiber.h"
#include "io/resolve.h"

#define HOST_MAX 254 /* RFC 1035 §2.3.4, with the final dot */

/* getaddrinfo(3) in a thread of its own. */
struct system_lookup;
/* Wakes `waiter` when it is done. NULL: this binary or machine cannot. */
struct system_lookup *system_lookup_new(
	struct loop *l, struct fiber *waiter, const char *host, uint16_t port, int family);
bool system_lookup_done(const struct system_lookup *s);
/* Once done: the addresses or out->error, and the canonical name ("" when there is none) of at most
 * HOST_MAX bytes. */
void system_lookup_take(const struct system_lookup *s, struct addresses *out, char *canonical);
void system_lookup_free(
	struct system_lookup *s); /* a thread still at it ends by itself later; NULL is fine */

/* c-ares: A and AAAA queries for exactly this name, and its own getaddrinfo. */
struct query {
	const char *rtype, *rcode; /* constants; rcode NULL: not answered */
	unsigned answers;
	ns took;
};

struct queries;
/* NULL: c-ares will not. as_said: an answer such as SERVFAIL is taken as the answer, and no other
 * server is asked. */
struct queries *queries_new(
	struct loop *l, struct fiber *waiter, const char *servers, bool as_said);
void queries_ask(struct queries *q, const char *host, int family); /* A, AAAA or both */
void queries_ask_all(struct queries *q, const char *host, uint16_t port,
	int family); /* hosts file, search domains, order */
bool queries_done(const struct queries *q);
size_t queries_get(const struct queries *q, const struct query **out);
/* What queries_ask_all found; "timeout" when it has not answered. */
void queries_take(const struct queries *q, struct addresses *out, char *canonical);
void queries_free(struct queries *q); /* NULL is fine */

/* Adds an address unless there is no room, it is there already, or it is no IP. */
void addresses_add(struct addresses *a, const struct sockaddr *sa, socklen_t n, uint16_t port);

#endif
