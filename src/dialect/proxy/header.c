#include "dialect/proxy/header.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 107 /* §2.1 */
#define HEAD 16		   /* of version 2, §2.2 */

static const struct span lead = {"PROXY ", 6};
static const struct span signature = {"\r\n\r\n\0\r\nQUIT\n", 12};

static bool may_become(struct span in, struct span whole)
{
	return span_eq(in, span_head(whole, in.n));
}

static void say_peer(struct proxy_header *h, int family, const void *address, unsigned port)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family, address, text, sizeof(text)))
		snprintf(h->peer, sizeof(h->peer), family == AF_INET6 ? "[%s]:%u" : "%s:%u", text,
			port);
}

/* --- version 1: a line --------------------------------------------------------------------------
 */

static bool read_address(int family, struct span word, void *address)
{
	char text[INET6_ADDRSTRLEN];

	if (!word.n || word.n >= sizeof(text))
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = 0;
	return inet_pton(family, text, address) == 1;
}

/* Two addresses and two ports. */
static bool read_words(struct proxy_header *h, int family, struct span rest)
{
	struct span word[4] = {0}, more;
	unsigned char from[16], to[16];
	uint64_t port, other;

	for (size_t i = 0; i < 4; i++)
		if (!span_cut(&rest, ' ', &word[i]))
			return false;
	if (span_cut(&rest, ' ', &more) || !read_address(family, word[0], from) ||
		!read_address(family, word[1], to) || !span_uint(word[2], 65535, &port) ||
		!span_uint(word[3], 65535, &other))
		return false;
	say_peer(h, family, from, (unsigned)port);
	return true;
}

static bool read_line(struct proxy_header *h, struct span line)
{
	struct span rest = span_from(line, lead.n), family = {0};

	h->version = 1;
	span_cut(&rest, ' ', &family);
	if (span_eq(family, SPAN("UNKNOWN")))
		return true;
	if (span_eq(family, SPAN("TCP4")))
		return read_words(h, AF_INET, rest);
	return span_eq(family, SPAN("TCP6")) && read_words(h, AF_INET6, rest);
}

static ssize_t read_first(struct proxy_header *h, struct span in)
{
	ssize_t end = span_find(span_head(in, LINE_MAX_BYTES), SPAN("\r\n"));

	if (end < 0)
		return in.n >= LINE_MAX_BYTES ? -1 : 0;
	return read_line(h, span_head(in, (size_t)end)) ? end + 2 : -1;
}

/* --- version 2: bytes ---------------------------------------------------------------------------
 */

static unsigned two(struct span in, size_t at)
{
	return (unsigned)(unsigned char)in.p[at] << 8 | (unsigned char)in.p[at + 1];
}

/* The family and protocol of the 14th byte; others are not said. */
static bool read_addresses(struct proxy_header *h, unsigned family, struct span block)
{
	if (family == 0x11 && block.n >= 12)
		say_peer(h, AF_INET, block.p, two(block, 8));
	else if (family == 0x21 && block.n >= 36)
		say_peer(h, AF_INET6, block.p, two(block, 32));
	else if (family == 0x11 || family == 0x21)
		return false;
	return true;
}

static ssize_t read_second(struct proxy_header *h, struct span in)
{
	unsigned command;
	size_t n;

	if (in.n < HEAD)
		return 0;
	command = (unsigned char)in.p[12];
	n = HEAD + two(in, 14);
	if ((command != 0x20 && command != 0x21) || n > PROXY_HEADER_MAX)
		return -1;
	if (in.n < n)
		return 0;
	h->version = 2;
	/* 0x20 is LOCAL: the proxy's own connection, such as its health check */
	if (command == 0x21 &&
		!read_addresses(h, (unsigned char)in.p[13], span_from(span_head(in, n), HEAD)))
		return -1;
	return (ssize_t)n;
}

ssize_t proxy_header_read(struct proxy_header *h, struct span in)
{
	*h = (struct proxy_header){0};
	if (span_starts(in, lead))
		return read_first(h, in);
	if (span_starts(in, signature))
		return read_second(h, in);
	return may_become(in, lead) || may_become(in, signature) ? 0 : -1;
}
