/* What `wsdx check` says of the faults of `wsdx serve`: asked as /fault/ says, it names the cause
 * that the fault is named by, and nothing where the fault does not strike. */
#include "far_end.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include "base/json.h"
#include "io/cert.h"
#include "serve/call.h"

/* How a fault is asked that would take long, or needs what the page can only name. */
static const struct row {
	const char *fault;
	const char *query;   /* behind the URL */
	const char *options; /* NULL: those of the page */
	const char *cause;   /* NULL: the fault's own name; "": healthy */
} rows[] = {
	{"http-header-too-large", "?limit=1000", "-H @\"$LONG\"", NULL},
	{"http-url-too-long",
		"?limit=80&padding=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "", NULL},
	{"auth-token-expired-on-reconnect", "", "-H \"Authorization: Bearer $OLD\"", NULL},
	{"auth-clock-skew", "", "-H \"Authorization: Bearer $NEW\"", NULL},
	{"proxy-upstream-silent-504", "?after=200ms", NULL, NULL},
	{"proxy-waf-dead-tunnel-after-101", "", "--timeout 1s", NULL},
	{"proxy-node-ws-flag-missing", "", "--timeout 1s", NULL},
	{"tcp-accept-no-answer", "", "--timeout 1s", NULL},
	{"frame-ping-unanswered", "", "--timeout 1s", NULL},
	{"idle-nginx-read-timeout", "?after=1s", "--idle 2500ms", NULL},
	{"idle-haproxy-no-tunnel-timeout", "?after=1s", "--idle 2500ms", NULL},
	{"idle-apache-proxytimeout", "?after=1s", "--idle 2500ms", NULL},
	{"idle-envoy-stream-5m", "?after=1s", "--idle 2500ms", NULL},
	{"idle-alb-60", "?after=1s", "--idle 2500ms", NULL},
	{"idle-gclb-30", "?after=1s", "--idle 2500ms", NULL},
	{"idle-ingress-default-60", "?after=1s", "--idle 2500ms", NULL},
	{"idle-proxy-timeout", "?after=1s", "--idle 2500ms", NULL},
	{"idle-server-close", "?after=1s", "--idle 2500ms", NULL},
	{"tcp-idle-middlebox-drop", "?after=1s", "--idle 2500ms --timeout 1s", NULL},
	{"ws-keepalive-ping-1011", "?after=1s", "--idle 2500ms", NULL},
	{"conn-max-age-platform", "?age=1s", "--idle 2500ms", NULL},
	{"eio-upgrade-timeout", "", "--timeout 2s", NULL},
	{"hello-unanswered", "", "--timeout 1s", NULL},
	{"hello-wrong-protocol", "", "--timeout 1s", NULL},
	{"limit-haproxy-maxconn", "?after=600ms", "", NULL},
	{"gql-init-unanswered", "", "--subprotocol graphql-transport-ws --timeout 1s", NULL},
	{"mqtt-version-refused", "", "--mqtt-version 5", ""},
	{"eio-poll-cut-by-proxy", "?after=600ms", "--idle 2s", NULL},
	{"eio-event-loop-blocked", "?after=1200ms", "--idle 4s", NULL},
	{"sio-version-30s-drop", "?after=2s", "--idle 3s", NULL},
	{"app-emit-not-acked", "", "--emit ping --timeout 1s", NULL},
	{"app-delayed-server-handler", "", "--emit ping --emit-again --timeout 1s", NULL},
	{"sio-client-to-plain-ws", "?EIO=4&transport=websocket", "--timeout 1s", NULL},
	{"signalr-handshake-unanswered", "", "--timeout 1s", NULL},
	{"tls-client-cert-rejected", "", "--cert \"$CLIENT\"", NULL},
	/* look-alikes */
	{"upg-subprotocol-required", "", "--subprotocol ocpp1.6", ""},
	{"upg-subprotocol-refused", "", "", ""},
	{"upg-subprotocol-not-echoed", "", "", ""},
	{"gql-subprotocol-mismatch", "", "--subprotocol graphql-transport-ws", ""},
	{"http-header-too-large", "", "", ""},
	{"http-url-too-long", "", "", ""},
	{"http-auth-proxy-401", "", "-H 'Authorization: Basic YTpi'", ""},
	{"auth-handshake-401", "", "-H 'Cookie: session=1'", ""},
	{"auth-cookie-not-sent", "", "-H 'Cookie: session=1'", ""},
	{"origin-rejected-403", "", "", ""},
	{"origin-rejected-actioncable-404", "", "", ""},
	{"origin-rejected-python-eio", "", "", ""},
	{"next-trailing-slash", "", "", ""},
	{"frame-message-too-big", "", "", ""},
	{"tomcat-partial-unsupported", "", "--size 4k", ""},
	{"idle-nginx-read-timeout", "?after=2s", "--idle 1s", ""},
	{"csp-connect-src", "", "", ""},
	{"tls-client-cert-rejected", "", "", ""},
	{"sticky-missing", "?rate=1", "", ""},
	{"sio-invalid-namespace", "", "--namespace /custom", ""},
	{"sio-version-v2-client", "", "", ""},
	{"sio-version-v2-server", "", "--eio 3", ""},
	{"eio-payload-too-large", "?limit=1M", "--size 64k", ""},
	{"http-body-too-large-proxy", "?limit=1M", "--size 64k", ""},
	{"cors-missing-acao", "", "", ""},
	{"cors-preflight-rejected", "", "--origin https://app.example", ""},
	{"app-emit-not-acked", "", "", ""},
	{"tls-wss-to-plain-port", "", "ws", ""},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

/* Not asked here, and why. */
static const char *const others[] = {
	/* of a client, or of another test */
	"hostile-", "lavalink-channelid-missing",
	/* told, and nothing is wrong with the node: test/real has them */
	"lavalink-not-ready", "lavalink-4xxx-is-discord-voice",
	/* a minute and more, and the time is what they are known by */
	"idle-cloudflare-100", "idle-heroku-55", "idle-cloudfront-10m",
	"idle-cloudflare-gateway-270", "idle-nginx-stream-10m", "idle-envoy-route-timeout-15s",
	/* only the proxy's log names it */
	"proxy-upstream-reset-established"};

static bool is_other(const char *id)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strncmp(id, others[i], strlen(others[i])) == 0)
			return true;
	return false;
}

/* --- what the far end says ----------------------------------------------------------------------
 */

static struct buf page;

static void get(const char *path, struct buf *body)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char piece[4096];
	ssize_t n;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	dprintf(fd, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n", path,
		port);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(body, (struct span){piece, (size_t)n});
	close(fd);
	buf_drop(body, (size_t)(span_find(buf_span(body), SPAN("\r\n\r\n")) + 4));
}

/* "ws://127.0.0.1:8080/fault/ID --idle 5s", from the fault's third line. */
static struct span how_to_ask(const char *id)
{
	struct buf mark = {0};
	struct span rest, line = {0};
	ssize_t at;

	buf_addf(&mark, "\n/fault/%s", id);
	at = span_find(buf_span(&page), buf_span(&mark));
	while (at >= 0 && span_chr(SPAN(" \n"), page.p[(size_t)at + mark.n]) < 0)
		at = -1;
	assert_true(at >= 0);
	rest = span_from(buf_span(&page), (size_t)at + 1);
	buf_deinit(&mark);
	for (unsigned i = 0; i < 3; i++)
		span_cut(&rest, '\n', &line);
	line = span_trim(line);
	assert_true(span_starts(line, SPAN("wsdx check ")));
	return span_from(line, 11);
}

/* --- files and tokens ---------------------------------------------------------------------------
 */

static char folder[] = "/tmp/wsdx-test.XXXXXX";

static void put(const char *name, const char *variable, struct span text)
{
	struct buf path = {0};
	FILE *f;

	buf_addf(&path, "%s/%s", folder, name);
	f = fopen(buf_z(&path), "w");
	assert_non_null(f);
	fwrite(text.p, 1, text.n, f);
	fclose(f);
	setenv(variable, buf_z(&path), 1);
	buf_deinit(&path);
}

/* {"alg":"HS256"}, these times, no signature that anybody could check. */
static void put_token(const char *variable, long long begins, long long ends)
{
	static const char code[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	struct buf claims = {0}, token = {0};
	unsigned kept = 0, bits = 0;

	buf_addf(&claims, "{\"nbf\":%lld,\"exp\":%lld}", begins, ends);
	buf_addz(&token, "eyJhbGciOiJIUzI1NiJ9.");
	for (size_t i = 0; i < claims.n; i++) {
		kept = kept << 8 | (unsigned char)claims.p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			buf_addc(&token, code[kept >> (bits - 6) & 63]);
	}
	if (bits)
		buf_addc(&token, code[kept << (6 - bits) & 63]);
	buf_addz(&token, ".c2lnbmF0dXJl");
	setenv(variable, buf_z(&token), 1);
	buf_deinit(&claims);
	buf_deinit(&token);
}

static void put_client(void)
{
	struct buf pem = {0};
	struct cert c;

	assert_true(cert_make(&c, &(struct cert_ask){.name = "client"}));
	cert_pem(&pem, &c);
	cert_key_pem(&pem, &c);
	put("client.pem", "CLIENT", buf_span(&pem));
	cert_deinit(&c);
	buf_deinit(&pem);
}

static int prepare(void **state)
{
	struct buf text = {0};
	long long now = (long long)time(NULL);

	if (start_far(state) || !mkdtemp(folder))
		return -1;
	get("/fault/", &page);
	get("/fault/root.pem", &text);
	put("root.pem", "ROOT", buf_span(&text));
	buf_clear(&text);
	buf_addf(&text, "X-Long: %01500d\n", 0);
	put("long", "LONG", buf_span(&text));
	buf_deinit(&text);
	put_client();
	put_token("OLD", now - 7200, now - 3600);
	put_token("NEW", now, now + 3600);
	return 0;
}

static int tidy(void **state)
{
	static const char *const names[] = {"root.pem", "long", "client.pem"};
	struct buf path = {0};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", folder, names[i]);
		unlink(buf_z(&path));
	}
	rmdir(folder);
	buf_deinit(&path);
	buf_deinit(&page);
	return stop_far(state);
}

/* --- asking -------------------------------------------------------------------------------------
 */

static void add_quoted(struct buf *out, struct span words)
{
	struct span word;
	bool inside = false;

	while (span_cut(&words, ' ', &word)) {
		bool quotes = span_chr(word, '\'') >= 0, bare = !inside && !quotes;

		if (bare)
			buf_addf(out, " '%.*s'", SPANF(word));
		else
			buf_addf(out, " %.*s", SPANF(word));
		for (size_t i = 0; i < word.n; i++)
			inside ^= word.p[i] == '\'';
	}
}

static void command(struct buf *out, const struct row *row)
{
	struct span words = how_to_ask(row->fault), url = {0};

	buf_addz(out, "exec \"$WSDX\" check -q -o json --cacert \"$ROOT\"");
	if (span_starts(words, SPAN("-x "))) {
		add_quoted(out, words);
		return;
	}
	span_cut(&words, ' ', &url);
	if (row->options && strcmp(row->options, "ws") == 0)
		buf_addf(out, " 'ws%.*s'", SPANF(span_from(url, 3)));
	else if (row->options && span_find(url, SPAN("?")) > 0) /* the page's own query */
		buf_addf(out, " '%.*s%s'", SPANF(span_head(url, (size_t)span_chr(url, '?'))),
			row->query);
	else if (row->options && span_ends(url, SPAN("/ws/")))
		buf_addf(out, " '%.*s%s'", SPANF(span_head(url, url.n - 1)), row->query);
	else
		buf_addf(out, " '%.*s%s'", SPANF(url), row->query);
	if (row->options && strcmp(row->options, "ws") != 0)
		buf_addf(out, " %s", row->options);
	else if (!row->options)
		add_quoted(out, words);
}

static FILE *begin(const struct row *row)
{
	struct buf text = {0};
	FILE *f;

	command(&text, row);
	f = popen(buf_z(&text), "r");
	assert_non_null(f);
	buf_deinit(&text);
	return f;
}

/* Of a client that works, what hampers others is information: then it is among the findings. */
static bool is_named(struct span document, struct span want)
{
	struct json_token cause = {0};
	struct buf id = {0};
	ssize_t at;

	if (!json_member(document, SPAN("cause"), &cause))
		return false;
	if (cause.type != JSON_NULL || !want.n)
		return span_eq(cause.type == JSON_NULL ? SPAN("") : cause.raw, want);
	buf_addf(&id, "\"id\":\"%.*s\"", SPANF(want));
	at = span_find(document, buf_span(&id));
	buf_deinit(&id);
	return at >= 0;
}

static bool end(const struct row *row, FILE *f)
{
	struct buf out = {0}, text = {0};
	char piece[4096];
	size_t n;
	bool right;

	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&out, (struct span){piece, n});
	pclose(f);
	right = is_named(buf_span(&out), span_of(row->cause ? row->cause : row->fault));
	if (!right) {
		struct json_token cause = {0};

		json_member(buf_span(&out), SPAN("cause"), &cause);
		command(&text, row);
		print_error("%s: %.*s\n  %s\n", row->fault, SPANF(cause.raw), buf_z(&text));
	}
	buf_deinit(&out);
	buf_deinit(&text);
	return right;
}

/* The row of a fault that is to be found, or one that asks as the page says. */
static struct row row_of(const char *id)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].fault, id) == 0 && !rows[i].cause)
			return rows[i];
	return (struct row){.fault = id, .query = ""};
}

#define AT_ONCE 16
#define ALL_MAX (FAULTS_MAX + ROWS)

static void test_says_the_cause(void **state)
{
	static struct row all[ALL_MAX];
	FILE *running[ALL_MAX];
	size_t n = 0, wrong = 0;

	(void)state;
	for (const struct fault *f = fault_all; f->id; f++)
		if (!is_other(f->id))
			all[n++] = row_of(f->id);
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].cause)
			all[n++] = rows[i];
	for (size_t i = 0; i < n + AT_ONCE; i++) {
		if (i >= AT_ONCE)
			wrong += !end(&all[i - AT_ONCE], running[i - AT_ONCE]);
		if (i < n)
			running[i] = begin(&all[i]);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_says_the_cause)};

	return cmocka_run_group_tests(tests, prepare, tidy);
}
