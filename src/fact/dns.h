/* Names and addresses. */
#ifndef FACT_DNS_H
#define FACT_DNS_H

#include "fact/fact.h"

#define DNS_FACTS(KIND, KEY, TAG)                                                                  \
	/* what getaddrinfo(3) says, the way most clients ask; error: "not-found" "again" "failure", "other-family":           \
	 * there are addresses, of another family than the one that was asked for; family: absent when both were */           \
	KIND(dns_system, "dns.system", PROBE,                                                      \
		"the system resolves {name} to {answers} [{?family}IPv{family} ]addresses in {took}[, error: {error}]")              \
	/* this binary has no way to ask the system's resolver */                                  \
	KIND(dns_unseen, "dns.unseen", OURS, "what the system's resolver says of {name} was not looked at: {text}")         \
	/* one query on the wire (c-ares). rtype: "A" "AAAA"; rcode: "NOERROR" "NXDOMAIN" "SERVFAIL" "REFUSED" "timeout" … */ \
	KIND(dns_query, "dns.query", PROBE, "{rtype} {name}: {rcode}, {answers} addresses in {took}")               \
	/* one address as the system gave it; order from 0: the order in which clients try */       \
	KIND(dns_address, "dns.address", PROBE, "{name} has {address}[{?private}, private][{?loopback}, loopback]")     \
	/* the name resolved only with a search domain of resolv.conf appended */                  \
	KIND(dns_search, "dns.search", PROBE, "{name} was completed to {text} by a search domain") \
	KEY(k_name, "name", TEXT)                                                                  \
	KEY(k_rtype, "rtype", TEXT)                                                                \
	KEY(k_rcode, "rcode", TEXT)                                                                \
	KEY(k_answers, "answers", INT)                                                             \
	KEY(k_address, "address", TEXT) /* without brackets */                                     \
	KEY(k_family, "family", INT)	/* 4 or 6 */                                               \
	KEY(k_order, "order", INT)                                                                 \
	KEY(k_loopback, "loopback", BOOL)                                                          \
	KEY(k_private, "private", BOOL) /* RFC 1918, RFC 4193, link-local */                       \
	KEY(k_literal, "literal", BOOL) /* the URL has an address, no name */

FACT_DECLARE(DNS_FACTS)

#endif
