/* Names to addresses, twice: as the system does it (getaddrinfo(3) in a thread: hosts file, search
 * domains, nsswitch) and by A and AAAA queries of our own (c-ares), so that the answers of the two
 * can be told apart.
 *
 * Notes dns.system, dns.query, dns.address (one each, in the order clients try), dns.search. A
 * binary without the system's resolver (STATIC_LIBC) lets c-ares read the hosts file (CARES_HOSTS
 * names another) and ask, and notes dns.unseen instead of dns.system. */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include "io/address.h"
#include "io/spot.h"

#define RESOLVE_MAX 16	 /* addresses kept of one name */
#define OVERRIDES_MAX 64 /* options given */

/* --resolve and --connect-to, as curl has them; spans are views into the options. Zeroed memory is
 * none. */
struct overrides {
	struct override {
		struct span host;      /* empty: any */
		uint16_t port;	       /* 0: any */
		struct span addresses; /* --resolve: comma-separated literals */
		struct span to_host;   /* --connect-to: empty: unchanged */
		uint16_t to_port;      /* 0: unchanged */
		bool connect_to;
	} v[OVERRIDES_MAX];
	size_t n;
};
/* "HOST:PORT:ADDR[,ADDR]…", HOST "*": any. Addresses may stand in brackets. "-HOST:PORT" and a
 * leading "+" are taken, and mean nothing here. False with *why, a constant sentence. */
bool overrides_add_resolve(struct overrides *o, struct span text, const char **why);
/* "HOST1:PORT1:HOST2:PORT2"; any part may be empty. */
bool overrides_add_connect_to(struct overrides *o, struct span text, const char **why);
/* The first that fits, or NULL. */
const struct override *overrides_find(
	const struct overrides *o, struct span host, uint16_t port, bool connect_to);

struct resolve_ask {
	struct span host; /* a name or a literal, brackets allowed */
	uint16_t port;
	int family;			   /* 0: both, 4, 6 */
	const struct overrides *overrides; /* NULL: none */
	bool system_only;    /* no queries of our own: for places that are not under examination */
	bool not_system;     /* as a binary without the system's resolver does: by c-ares alone */
	const char *servers; /* "127.0.0.1:5353,[::1]:53" for the queries of our own; NULL: those of
				/etc/resolv.conf */
};

struct addresses {
	struct address
		v[RESOLVE_MAX]; /* in the order in which clients try; with the port to connect to */
	size_t n;
	bool literal;	   /* the host is an address */
	bool overridden;   /* by --resolve or --connect-to: nobody was asked for `host` itself */
	const char *error; /* n is 0: "not-found" "again" "failure" "timeout"; a constant */
};

/* Waits until both have answered or `deadline`; when the system has answered, our own queries get
 * at most RESOLVE_GRACE more. True when there is an address. From within a fiber. */
#define RESOLVE_GRACE (500 * NS_MS)
bool resolve(
	struct addresses *out, const struct spot *spot, const struct resolve_ask *ask, ns deadline);

#endif
