#include "dialect/proxy/header.h"
#include "unit.h"

#define S(bytes)                                                                                   \
	{                                                                                          \
		bytes, sizeof(bytes) - 1                                                           \
	}
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

/* `whole`: bytes of the header, or -1. */
static const struct sample {
	struct span in;
	ssize_t whole;
	unsigned version;
	const char *peer;
} samples[] = {
	{S("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\nGET /"), 42, 1, "192.0.2.1:56324"},
	{S("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"), 44, 1, "[2001:db8::1]:1"},
	{S("PROXY UNKNOWN\r\n"), 15, 1, ""},
	{S("PROXY UNKNOWN ffff:f...f:ffff ffff 65535 65535\r\n"), 48, 1, ""},
	{S("PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n"), -1, 0, ""},
	{S("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 1\r\n"), -1, 0, ""},
	{S("PROXY TCP4 192.0.2.1 192.0.2.2 65536 443\r\n"), -1, 0, ""},
	{S("PROXY TCP4 2001:db8::1 192.0.2.2 1 443\r\n"), -1, 0, ""},
	{S("PROXY TCP4 a.b.c.d\x1b[2J 192.0.2.2 1 443\r\n"), -1, 0, ""},
	{S("PROXY UDP4 192.0.2.1 192.0.2.2 1 443\r\n"), -1, 0, ""},
	{S("GET / HTTP/1.1\r\n"), -1, 0, ""},
	{S("PROXIES\r\n"), -1, 0, ""},
	{S(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\xdc\x04\x01\xbbGET"), 28, 2,
		"192.0.2.1:56324"},
	{S(SIGNATURE "\x21\x11\0\x0f\xc0\0\2\1\xc0\0\2\2\xdc\x04\x01\xbb\x04\0\0"), 31, 2,
		"192.0.2.1:56324"},
	{S(SIGNATURE "\x21\x21\0\x24"
		     "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
		     "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2\0\1\0\2"),
		52, 2, "[2001:db8::1]:1"},
	{S(SIGNATURE "\x20\0\0\0"), 16, 2, ""},
	{S(SIGNATURE "\x21\0\0\0"), 16, 2, ""},
	{S(SIGNATURE "\x21\x11\0\x04\xc0\0\2\1"), -1, 0, ""},
	{S(SIGNATURE "\x11\x11\0\x0c"), -1, 0, ""},
	{S(SIGNATURE "\x21\x11\xff\xff"), -1, 0, ""},
};

static void every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		const struct sample *s = &samples[i];
		struct proxy_header h;

		assert_int_equal(proxy_header_read(&h, s->in), s->whole);
		if (s->whole > 0) {
			assert_int_equal(h.version, s->version);
			assert_string_equal(h.peer, s->peer);
		}
		for (size_t n = 0; s->whole > 0 && n < (size_t)s->whole; n++)
			assert_int_equal(proxy_header_read(&h, span_head(s->in, n)), 0);
	}
}

static void endless(void **state)
{
	char line[4096];
	struct proxy_header h;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "PROXY ", 6);
	assert_int_equal(proxy_header_read(&h, (struct span){line, 106}), 0);
	assert_int_equal(proxy_header_read(&h, (struct span){line, 107}), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut),
		cmocka_unit_test(endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
