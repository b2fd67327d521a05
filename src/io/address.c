#include "io/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

struct net {
	uint32_t net, mask;
};

static bool in_any(uint32_t ip, const struct net *nets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((ip & nets[i].mask) == nets[i].net)
			return true;
	return false;
}

static void classify4(struct address *a, struct in_addr in)
{
	/* RFC 1918, RFC 6598, RFC 3927 */
	static const struct net private[] = {{0x0a000000, 0xff000000}, {0xac100000, 0xfff00000},
		{0xc0a80000, 0xffff0000}, {0x64400000, 0xffc00000}, {0xa9fe0000, 0xffff0000}};
	uint32_t ip = ntohl(in.s_addr);

	a->family = 4;
	a->loopback = ip >> 24 == 127;
	a->local = in_any(ip, private, sizeof(private) / sizeof(*private));
}

static void classify6(struct address *a, const struct in6_addr *in)
{
	if (IN6_IS_ADDR_V4MAPPED(in)) {
		struct in_addr in4;

		memcpy(&in4, in->s6_addr + 12, sizeof(in4));
		classify4(a, in4);
	}
	a->family = 6;
	a->loopback |= IN6_IS_ADDR_LOOPBACK(in);
	/* RFC 4193, RFC 4291 §2.5.6 */
	a->local |= (in->s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LINKLOCAL(in);
}

static void add_zone(struct address *a, uint32_t scope)
{
	char zone[IF_NAMESIZE];
	size_t n = strlen(a->text);

	if (scope && if_indextoname(scope, zone))
		snprintf(a->text + n, sizeof(a->text) - n, "%%%s", zone);
	else if (scope)
		snprintf(a->text + n, sizeof(a->text) - n, "%%%u", scope);
}

static bool from4(struct address *a, const struct sockaddr *sa, uint16_t port)
{
	struct sockaddr_in in;

	memcpy(&in, sa, sizeof(in));
	a->port = port ? port : ntohs(in.sin_port);
	in.sin_port = htons(a->port);
	memcpy(&a->sa, &in, sizeof(in));
	a->n = sizeof(in);
	classify4(a, in.sin_addr);
	return inet_ntop(AF_INET, &in.sin_addr, a->text, sizeof(a->text));
}

static bool from6(struct address *a, const struct sockaddr *sa, uint16_t port)
{
	struct sockaddr_in6 in;

	memcpy(&in, sa, sizeof(in));
	a->port = port ? port : ntohs(in.sin6_port);
	in.sin6_port = htons(a->port);
	memcpy(&a->sa, &in, sizeof(in));
	a->n = sizeof(in);
	classify6(a, &in.sin6_addr);
	if (!inet_ntop(AF_INET6, &in.sin6_addr, a->text, sizeof(a->text)))
		return false;
	add_zone(a, in.sin6_scope_id);
	return true;
}

bool address_from(struct address *a, const struct sockaddr *sa, socklen_t n, uint16_t port)
{
	*a = (struct address){0};
	if (sa->sa_family == AF_INET && n >= sizeof(struct sockaddr_in))
		return from4(a, sa, port);
	if (sa->sa_family == AF_INET6 && n >= sizeof(struct sockaddr_in6))
		return from6(a, sa, port);
	return false;
}

/* The part behind % (RFC 4007 §11): an interface's name or number. */
static bool parse_zone(struct sockaddr_in6 *in, const char *zone)
{
	char *end;
	unsigned long number;

	in->sin6_scope_id = if_nametoindex(zone);
	if (in->sin6_scope_id)
		return true;
	number = strtoul(zone, &end, 10);
	in->sin6_scope_id = (uint32_t)number;
	return number && number <= UINT32_MAX && !*end;
}

bool address_parse(struct address *a, struct span text, uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	char z[ADDRESS_TEXT], *zone;

	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = (struct span){text.p + 1, text.n - 2};
	if (!text.n || text.n >= sizeof(z) || memchr(text.p, 0, text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = 0;
	if (inet_pton(AF_INET, z, &in.sin_addr) == 1) {
		*a = (struct address){0};
		return from4(a, (struct sockaddr *)&in, port);
	}
	zone = strchr(z, '%');
	if (zone)
		*zone++ = 0;
	if (inet_pton(AF_INET6, z, &in6.sin6_addr) != 1 || (zone && !parse_zone(&in6, zone)))
		return false;
	*a = (struct address){0};
	return from6(a, (struct sockaddr *)&in6, port);
}
