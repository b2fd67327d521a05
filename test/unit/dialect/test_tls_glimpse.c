#include "dialect/tls/glimpse.h"
#include "unit.h"

static const struct {
	struct span bytes;
	bool may_be;
	enum tls_what what;
	const char *say;
} rows[] = {
	{SPAN(""), false, TLS_NONE, NULL},
	{SPAN("H"), false, TLS_NONE, NULL},
	{SPAN("\x17\3\3\0\1\0\0"), false, TLS_NONE, NULL},
	{SPAN("\x15"), true, TLS_PERHAPS, NULL},
	{SPAN("\x16\3"), true, TLS_PERHAPS, NULL},
	{SPAN("\x16\2"), false, TLS_NONE, NULL},
	{SPAN("\x16\3\5"), false, TLS_NONE, NULL},
	{SPAN("\x15\3\3\0\2\2"), true, TLS_PERHAPS, NULL},
	{SPAN("\x15\3\3\0\2\2\x46"), true, TLS_ALERT, "TLS alert protocol_version"},
	{SPAN("\x15\3\3\0\2\2\xfe"), true, TLS_ALERT, "TLS alert"},
	{SPAN("\x16\3\1\0\x40\1\0"), true, TLS_CLIENT_HELLO, "TLS ClientHello"},
	{SPAN("\x16\3\3\0\x40\2\0"), true, TLS_SERVER_HELLO, "TLS ServerHello"},
	{SPAN("\x16\3\3\0\x40\x0b\0"), true, TLS_OTHER, "TLS handshake"},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct tls_glimpse g = tls_look(rows[i].bytes);

		assert_int_equal(tls_may_be_record(rows[i].bytes), rows[i].may_be);
		assert_int_equal(g.what, rows[i].what);
		assert_span(span_of(g.say), rows[i].say ? rows[i].say : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
