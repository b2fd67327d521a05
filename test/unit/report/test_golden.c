/* Whole outputs against stored ones: cases/<case>.jsonl is loaded, judged by the few rules below,
 * printed in every form, and compared with golden/<case>.<form>.txt. A wanted change is taken over
 * with `WSDX_GOLDEN=write <this program>`;
 * `<this program> CASE FORM` prints one. The rules are this test's own, so that the catalogue may
 * grow. */
#include "unit.h"

#include <stdlib.h>

#include "fact/all.h"
#include "report/report.h"

#define HERE TEST_ROOT "/test/unit/report/"

static const struct cause other_cause = {.id = "auth-token-expired", .stage = STAGE_AUTH};

static enum ruling rule_v6(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &tcp_connect, &exp_dial, &role_v6);

	return o && !obs_int(o, &k_ok) ? found(f, 1.0, o) : cleared(f, o);
}

static enum ruling rule_refused(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &tcp_connect, NULL, NULL);

	return obs_is(o, &k_error, "refused") ? found(f, 1.0, o) : cleared(f, o);
}

static enum ruling rule_expired(const struct scope *s, struct finding *f)
{
	return cleared(f, scope_find(s, &tls_cert, NULL, NULL));
}

static enum ruling rule_inspected(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &tls_verify, NULL, NULL);

	return o && !obs_int(o, &k_chain_ok) ? found(f, 1.0, o) : cleared(f, o);
}

static enum ruling rule_stripped(const struct scope *s, struct finding *f)
{
	const struct obs *a = scope_find(s, &http_answer, &exp_upgrade, NULL);
	const struct obs *b = scope_find(s, &http_answer, &exp_plain_get, NULL);

	if (!a || obs_int(a, &k_status) != 400)
		return cleared(f, scope_find(s, &ws_open, NULL, NULL));
	if (!b)
		return unseen(f, &exp_plain_get);
	return found(f, 1.0, a, b);
}

static enum ruling rule_other_path(const struct scope *s, struct finding *f)
{
	return scope_find(s, &http_answer, &exp_upgrade, NULL) ? unseen(f, &exp_other_path)
							       : unseen(f, NULL);
}

static enum ruling rule_denied(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &http_answer, &exp_upgrade, NULL);

	if (!o || obs_int(o, &k_status) != 401)
		return unseen_because(f, "no credential was refused");
	probably(f, &other_cause, "ask with a token that is known to be good");
	return found(f, 0.6, o);
}

static enum ruling rule_idle(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &conn_end, &exp_idle, &role_silent);

	return o ? found(f, 1.0, o, scope_find(s, &conn_end, &exp_idle, &role_pinged))
		 : unseen_because(f, "no idle hold was asked for");
}

static enum ruling rule_mistake(const struct scope *s, struct finding *f)
{
	return found(f, 1.0, scope_find(s, &run_mistake, NULL, NULL));
}

static enum ruling rule_stuck(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &sio_client, NULL, NULL);

	return obs_int(o, &k_offered) && !obs_has(o, &k_upgraded) ? found(f, 1.0, o)
								  : cleared(f, o);
}

static enum ruling rule_sticky(const struct scope *s, struct finding *f)
{
	return found(f, 1.0, scope_find(s, &eio_error, &exp_eio_sticky, NULL));
}

static enum ruling rule_password(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &lavalink_rest, NULL, NULL);

	while (o && !obs_is(o, &k_given, "given"))
		o = scope_next(s, o, &lavalink_rest, NULL, NULL);
	return obs_int(o, &k_status) == 403 ? found(f, 1.0, o) : cleared(f, o);
}

static enum ruling rule_starved(const struct scope *s, struct finding *f)
{
	const struct obs *o = scope_find(s, &lavalink_stats, &exp_lavalink_session, NULL);

	return obs_int(o, &k_frames_deficit) > 0 ? found(f, 1.0, o) : cleared(f, o);
}

static const struct cause causes[] = {
	{.id = "lavalink-bad-password",
		.stage = STAGE_SESSION,
		.severity = ERROR,
		.summary = "the node does not take the password",
		.effect = "`Unexpected server response: 401`",
		.rule = rule_password},
	{.id = "lavalink-cpu-starved",
		.stage = STAGE_SESSION,
		.severity = WARNING,
		.summary = "audio frames are missing",
		.rule = rule_starved},
	{.id = "eio-stuck-polling",
		.stage = STAGE_TRANSPORT,
		.severity = WARNING,
		.summary = "the upgrade to WebSocket fails",
		.rule = rule_stuck},
	{.id = "sticky-missing",
		.stage = STAGE_CLUSTER,
		.severity = ERROR,
		.summary = "requests of one session go to several servers",
		.rule = rule_sticky},
	{.id = "dns-aaaa-unreachable",
		.stage = STAGE_TCP,
		.severity = WARNING,
		.summary = "the IPv6 address {address} does not answer",
		.effect = "Clients that try IPv6 first wait before they connect.",
		.fixes = {{"any", "Listen on IPv6, or remove the AAAA record.", NULL}},
		.rule = rule_v6},
	{.id = "tcp-refused",
		.stage = STAGE_TCP,
		.severity = ERROR,
		.summary = "nothing listens on {address} port {port}",
		.effect = "Every client fails at once with ECONNREFUSED.",
		.fixes = {{"any", "start the server, or connect to the port it listens on", NULL}},
		.rule = rule_refused},
	{.id = "tls-expired",
		.stage = STAGE_TLS,
		.severity = ERROR,
		.summary = "expired",
		.rule = rule_expired},
	{.id = "tls-inspected",
		.stage = STAGE_TLS,
		.severity = INFO,
		.summary = "the chain does not end in a trusted root: {text}",
		.rule = rule_inspected},
	{.id = "upg-headers-stripped",
		.stage = STAGE_UPGRADE,
		.severity = ERROR,
		.summary = "the proxy does not pass the WebSocket upgrade on",
		.effect = "The server gets a plain GET and answers as to a browser that typed the "
			  "address; no client gets a WebSocket.",
		.source = "https://nginx.org/en/docs/http/websocket.html",
		.fixes = {{"haproxy", "Remove the rule that deletes Upgrade.",
				  "no option httpclose"},
			{"nginx",
				"Pass the upgrade on, in the very location that proxies the path: "
				"a proxy_set_header there drops all inherited ones.",
				"location /ws {\n\tproxy_http_version 1.1;\n\tproxy_set_header "
				"Upgrade $http_upgrade;\n"
				"\tproxy_set_header Connection $connection_upgrade;\n}"},
			{"any", "Make every hop pass `Upgrade: websocket` on.", NULL}},
		.rule = rule_stripped},
	{.id = "upg-path-wrong",
		.stage = STAGE_UPGRADE,
		.severity = ERROR,
		.summary = "another path",
		.rule = rule_other_path},
	{.id = "auth-refused",
		.stage = STAGE_AUTH,
		.severity = ERROR,
		.summary = "the credential is refused with {status}",
		.effect = "No client with this credential gets a WebSocket.",
		.fixes = {{"client", "Send a token of this environment.",
				  "wsdx check -H 'Authorization: Bearer …' URL"},
			{"envoy", "compare the issuer of the jwt_authn filter with the token's",
				NULL}},
		.rule = rule_denied},
	{.id = "idle-timeout",
		.stage = STAGE_KEEPALIVE,
		.severity = WARNING,
		.summary = "a silent connection is cut after {after}",
		.effect = "Clients that have nothing to say are disconnected again and again.",
		.fixes = {{"nginx", "Raise proxy_read_timeout.", "proxy_read_timeout 1h;"},
			{"any", "Let the server ping more often than that.", NULL}},
		.rule = rule_idle},
	{.id = "app-mistake",
		.stage = STAGE_APP,
		.severity = INFO,
		.summary = "{text}",
		.rule = rule_mistake},
};

static const struct cause *catalogue[sizeof(causes) / sizeof(causes[0]) + 1];

struct run {
	struct journal journal;
	struct judgement judgement;
	struct arena arena;
	struct buf file;
	struct report report;
};

static void read_file(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *room;

	if (!f)
		return;
	while ((room = buf_room(b, 4096))) {
		size_t n = fread(room, 1, 4096, f);

		if (n == 0)
			break;
		b->n += n;
	}
	fclose(f);
}

static void run_init(struct run *t, const char *name)
{
	static const struct not_looked not_looked[] = {{"idle", "--idle was not given"}};
	struct journal_error error;
	char path[512];
	struct span target;

	*t = (struct run){0};
	snprintf(path, sizeof(path), HERE "cases/%s.jsonl", name);
	read_file(&t->file, path);
	if (!journal_load(&t->journal, &vocabulary, buf_span(&t->file), &target, &error))
		fail_msg("%s:%zu: %s", path, error.line, error.text);
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		catalogue[i] = &causes[i];
	t->report = (struct report){.target = target,
		.journal = &t->journal,
		.judgement = &t->judgement,
		.version = "0.1.0",
		.connections_max = 12,
		.not_looked_at = not_looked,
		.n_not_looked_at = 1};
	report_fill(&t->report, &t->arena);
	t->report.again = arena_fmt(&t->arena, "wsdx check %.*s", SPANF(target));
	judge(&t->judgement, &t->journal, catalogue, (unsigned)t->report.n_vantages);
}

static void run_deinit(struct run *t)
{
	judgement_deinit(&t->judgement);
	journal_deinit(&t->journal);
	arena_deinit(&t->arena);
	buf_deinit(&t->file);
}

static void verbose_print(struct buf *out, const struct report *r)
{
	for (size_t i = 0; i < r->journal->n; i++)
		verbose_line(out, r->journal->all[i]);
}

static const struct form {
	const char *name;
	void (*print)(struct buf *out, const struct report *r);
	unsigned width;
	bool colour, ascii, quiet, why, checklist;
} forms[] = {
	{.name = "human", .print = human_print},
	{.name = "human-40", .print = human_print, .width = 40},
	{.name = "human-160", .print = human_print, .width = 160},
	{.name = "human-ascii", .print = human_print, .width = 80, .ascii = true},
	{.name = "human-colour", .print = human_print, .width = 80, .colour = true},
	{.name = "human-quiet", .print = human_print, .quiet = true},
	{.name = "human-checklist", .print = human_print, .width = 80, .checklist = true},
	{.name = "human-why", .print = human_print, .width = 80, .why = true},
	{.name = "json", .print = json_print},
	{.name = "json-checklist", .print = json_print, .checklist = true},
	{.name = "junit", .print = junit_print},
	{.name = "markdown", .print = markdown_print},
	{.name = "markdown-checklist", .print = markdown_print, .checklist = true},
	{.name = "html", .print = html_print},
	{.name = "html-checklist", .print = html_print, .checklist = true},
	{.name = "verbose", .print = verbose_print},
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

static void print(struct buf *out, struct run *t, const struct form *form)
{
	struct report r = t->report;

	r.width = form->width;
	r.colour = form->colour;
	r.ascii = form->ascii;
	r.quiet = form->quiet;
	r.why = form->why;
	r.checklist = form->checklist;
	form->print(out, &r);
}

static const char *const cases[] = {"healthy", "stripped", "direct", "refused", "denied", "blind",
	"idle", "hostile", "sio-healthy", "sio-idle", "sio-stuck-polling", "sio-polling-only",
	"sio-sticky-missing", "gql-healthy", "signalr-fallback", "lava-healthy", "lava-refused",
	"lava-starved", "apigw-healthy", "apigw-early", "apigw-gone"};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void write_file(const char *path, struct span s)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(s.p, 1, s.n, f), s.n);
	fclose(f);
}

static size_t first_difference(struct span a, struct span b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	return i;
}

static void compare(const char *name, const struct form *form, struct span got)
{
	struct buf want = {0};
	char path[512];

	snprintf(path, sizeof(path), HERE "golden/%s.%s.txt", name, form->name);
	if (getenv("WSDX_GOLDEN")) {
		write_file(path, got);
		return;
	}
	read_file(&want, path);
	if (!span_eq(got, buf_span(&want))) {
		size_t at = first_difference(got, buf_span(&want));

		print_error("got, from byte %zu:\n%.*s\n", at,
			SPANF(span_head(span_from(got, at), 300)));
		fail_msg("%s differs; to take a wanted change over, run this program with "
			 "WSDX_GOLDEN=write",
			path);
	}
	buf_deinit(&want);
}

static void outputs_are_as_stored(void **state)
{
	(void)state;
	for (size_t c = 0; c < CASES; c++) {
		struct run t;

		run_init(&t, cases[c]);
		for (size_t i = 0; i < FORMS; i++) {
			struct buf out = {0};

			print(&out, &t, &forms[i]);
			compare(cases[c], &forms[i], buf_span(&out));
			buf_deinit(&out);
		}
		run_deinit(&t);
	}
}

/* Only our own colours may hold an ESC; bidi overrides and C1 never come through. */
static void assert_inert(const char *name, const struct form *form, struct span s)
{
	static const char *const bad[] = {
		"\xe2\x80\xae", "\xe2\x80\xac", "\xc2\x85", "\x1b]", "\x7f"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (span_find(s, span_of(bad[i])) >= 0)
			fail_msg("%s.%s holds %zu", name, form->name, i);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 && c != '\n' && !(c == '\t') && !(c == 0x1b && form->colour))
			fail_msg("%s.%s holds byte %02x at %zu", name, form->name, c, i);
		if (form->ascii && c >= 0x80)
			fail_msg("%s.%s is not ASCII at %zu", name, form->name, i);
	}
}

static void hostile_text_is_inert(void **state)
{
	struct run t;

	(void)state;
	run_init(&t, "hostile");
	for (size_t i = 0; i < FORMS; i++) {
		struct buf out = {0};

		print(&out, &t, &forms[i]);
		assert_inert("hostile", &forms[i], buf_span(&out));
		buf_deinit(&out);
	}
	run_deinit(&t);
}

/* Every maximum gives a prefix or less, and `full`; never a crash. */
static void a_small_buffer_is_enough_to_not_crash(void **state)
{
	struct run t;

	(void)state;
	run_init(&t, "stripped");
	for (size_t i = 0; i < FORMS; i++)
		for (size_t max = 1; max < 4000; max = max * 2 + 1) {
			struct buf out = {.max = max};

			print(&out, &t, &forms[i]);
			assert_true(out.n <= max);
			buf_deinit(&out);
		}
	run_deinit(&t);
}

static void formats_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(report_find(SPAN("json"))->print, json_print);
	assert_ptr_equal(report_all[0]->print, human_print);
	assert_null(report_find(SPAN("jso")));
	assert_null(report_find(SPAN("")));
}

static int show(const char *name, const char *form)
{
	for (size_t i = 0; i < FORMS; i++)
		if (strcmp(forms[i].name, form) == 0) {
			struct buf out = {0};
			struct run t;

			run_init(&t, name);
			print(&out, &t, &forms[i]);
			fwrite(out.p, 1, out.n, stdout);
			buf_deinit(&out);
			run_deinit(&t);
			return 0;
		}
	return 2;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outputs_are_as_stored),
		cmocka_unit_test(hostile_text_is_inert),
		cmocka_unit_test(a_small_buffer_is_enough_to_not_crash),
		cmocka_unit_test(formats_are_found_by_name),
	};

	if (argc == 3)
		return show(argv[1], argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
