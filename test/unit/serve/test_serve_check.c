/* What `wsdx check` says of the faults of `wsdx serve`: the cause that the fault is named by. */
#include "far_end.h"

#include "base/json.h"

static const struct {
	const char *fault, *options;
	const char *cause; /* NULL: the fault's own name; "": healthy */
} rows[] = {
	{"upg-headers-stripped", "", NULL},
	{"upg-bad-version", "", NULL},
	{"upg-invalid-key", "", NULL},
	{"upg-http10-upstream", "", NULL},
	{"ws-path-mismatch", "", NULL},
	{"http-ingress-no-route", "", NULL},
	{"http-rate-limited", "", NULL},
	{"http-bot-or-waf-403", "", NULL},
	{"proxy-upstream-refused-502", "", NULL},
	{"proxy-no-healthy-backend-503", "", NULL},
	{"proxy-nginx-limit-conn", "", NULL},
	{"proxy-envoy-upgrade-not-enabled", "", NULL},
	{"auth-asgi-close-before-accept-403", "", NULL},
	{"uvicorn-no-ws-library", "", NULL},
	{"upg-accept-mismatch", "", NULL},
	{"upg-101-missing-connection", "", NULL},
	{"upg-subprotocol-unsolicited", "", NULL},
	{"upg-subprotocol-not-echoed", "--subprotocol chat", NULL},
	{"upg-subprotocol-required", "", NULL},
	{"upg-subprotocol-required", "--subprotocol ocpp1.6", ""},
	{"ext-empty-extensions-header", "", NULL},
	{"ext-invalid-params", "", NULL},
	{"http-redirect-on-upgrade", "", NULL},
	{"http-header-too-large?limit=1000", "-H @/dev/stdin", NULL},
	{"http-header-too-large", "", ""},
	{"http-url-too-long?limit=80&padding="
	 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"", NULL},
	{"http-auth-proxy-401", "", NULL},
	{"http-auth-proxy-401", "-H 'Authorization: Basic YTpi'", ""},
	{"http-app-cold-start", "", NULL},
	{"auth-handshake-401", "", NULL},
	{"auth-close-after-accept", "", NULL},
	{"origin-rejected-403", "--origin http://evil.example", NULL},
	{"origin-rejected-403", "", ""},
	{"proxy-upstream-silent-504?after=200ms", "", NULL},
	{"proxy-waf-dead-tunnel-after-101", "--timeout 1s", NULL},
	{"tcp-accept-no-answer", "--timeout 1s", NULL},
	{"tcp-bound-loopback-in-container", "", NULL},
	{"frame-server-masked", "", NULL},
	{"frame-client-unmasked", "--echo", NULL},
	{"frame-rsv1-without-extension", "", NULL},
	{"frame-rsv-desync", "", NULL},
	{"frame-http-text-in-stream", "", NULL},
	{"ws-two-servers-one-http", "", NULL},
	{"frame-invalid-utf8", "", NULL},
	{"frame-message-too-big", "--size 128k", NULL},
	{"frame-message-too-big", "", ""},
	{"idle-nginx-read-timeout?after=1s", "--idle 2500ms", NULL},
	{"conn-max-age-platform?age=1s", "--idle 2500ms", NULL},
};

#define ROWS (sizeof(rows) / sizeof(*rows))
#define AT_ONCE 6

static FILE *begin(size_t row)
{
	struct buf command = {0};
	FILE *f;

	/* the header from standard input is what makes the head too large */
	buf_addf(&command,
		"printf 'X-Long: %%01500d\\n' 0 | \"$WSDX\" check -q -o json %s "
		"'ws://127.0.0.1:%u/fault/%s'",
		rows[row].options, port, rows[row].fault);
	f = popen(buf_z(&command), "r");
	assert_non_null(f);
	buf_deinit(&command);
	return f;
}

/* True when the verdict's cause is the one of the row. */
static bool end(size_t row, FILE *f)
{
	struct buf out = {0};
	struct json_token cause = {0};
	struct span want = span_of(rows[row].cause), rest = span_of(rows[row].fault);
	char piece[4096];
	size_t n;
	bool right;

	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&out, (struct span){piece, n});
	pclose(f);
	if (!rows[row].cause)
		span_cut(&rest, '?', &want);
	right = json_member(buf_span(&out), SPAN("cause"), &cause) &&
		(want.n ? span_eq(cause.raw, want) : cause.type == JSON_NULL);
	if (!right)
		print_error("%s %s: %.*s\n", rows[row].fault, rows[row].options, SPANF(cause.raw));
	buf_deinit(&out);
	return right;
}

static void test_named(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < ROWS; i += AT_ONCE) {
		FILE *f[AT_ONCE];

		for (size_t k = 0; k < AT_ONCE && i + k < ROWS; k++)
			f[k] = begin(i + k);
		for (size_t k = 0; k < AT_ONCE && i + k < ROWS; k++)
			wrong += !end(i + k, f[k]);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_named, start_far, stop_far)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
