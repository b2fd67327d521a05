/* Names: literals, overrides, the system's way, and queries to a name server of the test's own. */
#include <sys/epoll.h>

#include "fact/all.h"
#include "scene.h"

#define SOON (50 * NS_MS)
#define TYPE_A 1
#define TYPE_AAAA 28

/* --- a name server -------------------------------------------------------------------------- */

struct name_server {
	struct watch watch;
	char at[32];
	unsigned asked;
};

struct record {
	const char *name; /* in wire form, as far as it decides */
	int rcode;	  /* -1: no answer */
	bool a, aaaa;
};

static const struct record records[] = {{"\2ok", 0, true, true}, {"\2v4", 0, true, false},
	{"\2nx", 3, false, false}, {"\4fail", 2, false, false}, {"\7refused", 5, false, false},
	{"\6silent", -1, false, false}};

static const struct record *record_of(const char *question)
{
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++)
		if (!strncmp(question, records[i].name, strlen(records[i].name)))
			return &records[i];
	return &records[2];
}

/* RFC 1035 §4.1: the question back, and one address when there is one. */
static size_t answer(const struct record *r, char *m, size_t n)
{
	size_t end = 12 + strlen(m + 12) + 1;
	int type = m[end + 1];
	bool there = (type == TYPE_A && r->a) || (type == TYPE_AAAA && r->aaaa);
	size_t size = type == TYPE_A ? 4 : 16;

	(void)n;
	end += 4;
	memcpy(m + 2, "\x81\x80\0\1\0\0\0\0\0\0", 10);
	m[3] = (char)(0x80 | r->rcode);
	m[7] = there;
	if (!there)
		return end;
	memcpy(m + end, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12);
	m[end + 3] = (char)type;
	m[end + 11] = (char)size;
	memset(m + end + 12, 0, size);
	memcpy(m + end + 12, type == TYPE_A ? "\xc0\0\2" : "\x20\1\xd", 3);
	m[end + 12 + size - 1] = 1;
	return end + 12 + size;
}

static void on_question(void *arg, uint32_t events)
{
	struct name_server *s = arg;
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char m[600];
	ssize_t n = recvfrom(s->watch.fd, m, 512, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
	const struct record *r;

	(void)events;
	if (n < 17)
		return;
	s->asked++;
	r = record_of(m + 12);
	if (r->rcode >= 0)
		sendto(s->watch.fd, m, answer(r, m, (size_t)n), 0, (struct sockaddr *)&from, size);
}

static void name_server_start(struct name_server *s, struct loop *l)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*s = (struct name_server){.watch = {.ready = on_question, .arg = s}};
	assert_int_equal(bind(fd, (struct sockaddr *)&in, n), 0);
	getsockname(fd, (struct sockaddr *)&in, &n);
	snprintf(s->at, sizeof(s->at), "127.0.0.1:%u", ntohs(in.sin_port));
	assert_int_equal(watch_start(l, &s->watch, fd, EPOLLIN), 0);
}

static void name_server_stop(struct name_server *s)
{
	int fd = s->watch.fd;

	watch_stop(&s->watch);
	close(fd);
}

/* --- asking --------------------------------------------------------------------------------- */

struct asking {
	struct spot spot;
	struct resolve_ask ask;
	struct addresses out;
	ns patience;
	bool ok;
};

static void ask_main(void *arg)
{
	struct asking *a = arg;

	a->ok = resolve(&a->out, &a->spot, &a->ask, loop_clock(a->spot.loop) + a->patience);
}

static struct asking ask(struct scene *s, const struct resolve_ask *what, ns patience)
{
	struct asking a = {.spot = s->spot, .ask = *what, .patience = patience};

	assert_int_equal(fiber_run(s->loop, ask_main, &a, NS_NEVER), LOOP_STOPPED);
	return a;
}

static struct asking ask_server(struct scene *s, const char *host, int family, ns patience)
{
	struct name_server server;
	struct asking a;

	name_server_start(&server, s->loop);
	a = ask(s,
		&(struct resolve_ask){.host = span_of(host),
			.port = 443,
			.family = family,
			.not_system = true,
			.servers = server.at},
		patience);
	assert_true(server.asked > 0);
	name_server_stop(&server);
	return a;
}

static const struct obs *query_of(const struct journal *j, const char *rtype)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->all[i]->kind == &dns_query && obs_is(j->all[i], &k_rtype, rtype))
			return j->all[i];
	fail_msg("no %s query", rtype);
	return NULL;
}

static void a_literal_asks_nobody(void **state)
{
	struct scene *s = *state;
	struct asking a = ask(s, &(struct resolve_ask){.host = SPAN("[::1]"), .port = 80}, LONG);
	const struct obs *o = scene_obs(&s->journal, &dns_address);

	assert_true(a.ok && a.out.literal);
	assert_int_equal(a.out.v[0].port, 80);
	assert_true(obs_is(o, &k_address, "::1"));
	assert_true(obs_int(o, &k_loopback) && obs_int(o, &k_literal));
	assert_int_equal(obs_int(o, &k_family), 6);
	assert_int_equal(s->journal.n, 1);
	a = ask(s, &(struct resolve_ask){.host = SPAN("10.1.2.3"), .port = 80, .family = 6}, LONG);
	assert_false(a.ok);
	a = ask(s, &(struct resolve_ask){.host = SPAN("10.1.2.3"), .port = 80}, LONG);
	assert_true(a.ok && a.out.v[0].local && !a.out.v[0].loopback);
}

static void localhost_comes_from_the_system(void **state)
{
	struct scene *s = *state;
	struct asking a =
		ask(s, &(struct resolve_ask){.host = SPAN("localhost"), .port = 80}, LONG);
	const struct obs *o = scene_obs(&s->journal, &dns_system);

	assert_true(a.ok && a.out.v[0].loopback);
	assert_int_equal(obs_int(o, &k_answers), a.out.n);
	assert_false(obs_has(o, &k_error));
	assert_int_equal(scene_count(&s->journal, &dns_query), 0);
	assert_int_equal(scene_count(&s->journal, &dns_address), a.out.n);
	assert_true(obs_is(scene_obs(&s->journal, &run_phase), &k_phase, "dns"));
}

static void without_the_system_the_hosts_file_counts(void **state)
{
	struct scene *s = *state;
	char path[] = "/tmp/wsdx-hosts-XXXXXX";
	int fd = mkstemp(path);
	static const char text[] = "192.0.2.7 inside.test alias.test\n";
	struct asking a;

	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	setenv("CARES_HOSTS", path, 1);
	a = ask_server(s, "inside.test", 4, LONG);
	unsetenv("CARES_HOSTS");
	unlink(path);
	assert_true(a.ok);
	assert_string_equal(a.out.v[0].text, "192.0.2.7");
	assert_true(obs_is(query_of(&s->journal, "A"), &k_rcode, "NXDOMAIN"));
	scene_obs(&s->journal, &dns_unseen);
	assert_int_equal(scene_count(&s->journal, &dns_system), 0);
}

static void both_families_are_asked(void **state)
{
	struct scene *s = *state;
	struct asking a = ask_server(s, "ok.test", 0, LONG);

	assert_true(a.ok);
	assert_int_equal(a.out.n, 2);
	assert_int_equal(obs_int(query_of(&s->journal, "A"), &k_answers), 1);
	assert_int_equal(obs_int(query_of(&s->journal, "AAAA"), &k_answers), 1);
	assert_true(obs_is(query_of(&s->journal, "AAAA"), &k_rcode, "NOERROR"));
}

static void one_family_may_be_missing(void **state)
{
	struct scene *s = *state;
	struct asking a = ask_server(s, "v4.test", 0, LONG);

	assert_true(a.ok);
	assert_int_equal(a.out.n, 1);
	assert_true(obs_is(query_of(&s->journal, "AAAA"), &k_rcode, "NOERROR"));
	assert_int_equal(obs_int(query_of(&s->journal, "AAAA"), &k_answers), 0);
}

static void what_servers_refuse_is_named(void **state)
{
	static const struct {
		const char *host, *rcode;
	} cases[] = {
		{"nx.test", "NXDOMAIN"}, {"fail.test", "SERVFAIL"}, {"refused.test", "REFUSED"}};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct asking a = ask_server(s, cases[i].host, 4, LONG);

		assert_false(a.ok);
		assert_non_null(a.out.error);
		if (!i)
			assert_string_equal(a.out.error, "not-found");
		assert_true(obs_is(query_of(&s->journal, "A"), &k_rcode, cases[i].rcode));
		journal_deinit(&s->journal);
		s->journal = (struct journal){0};
	}
}

static void silence_ends_at_the_deadline(void **state)
{
	struct scene *s = *state;
	struct asking a = ask_server(s, "silent.test", 4, SOON);

	assert_false(a.ok);
	assert_string_equal(a.out.error, "timeout");
	assert_true(obs_is(query_of(&s->journal, "A"), &k_rcode, "timeout"));
	assert_true(obs_int(query_of(&s->journal, "A"), &k_took) >= SOON);
}

static void overrides_stand_for_names(void **state)
{
	struct scene *s = *state;
	struct overrides o = {0};
	const char *why;
	struct asking a;

	assert_true(overrides_add_resolve(&o, SPAN("a.test:443:[::1],127.0.0.1"), &why));
	assert_true(overrides_add_resolve(&o, SPAN("*:444:10.0.0.1"), &why));
	assert_true(overrides_add_connect_to(&o, SPAN("b.test:80:a.test:443"), &why));
	assert_true(overrides_add_connect_to(&o, SPAN(":81::444"), &why));
	assert_true(overrides_add_connect_to(&o, SPAN("[::5]:1:[::1]:2"), &why));
	assert_false(overrides_add_resolve(&o, SPAN("a.test:443"), &why));
	assert_false(overrides_add_resolve(&o, SPAN("a.test:0:127.0.0.1"), &why));
	assert_false(overrides_add_resolve(&o, SPAN("a.test:443:b.test"), &why));
	assert_false(overrides_add_connect_to(&o, SPAN("[::5:1:[::1]:2"), &why));
	a = ask(s, &(struct resolve_ask){.host = SPAN("A.test"), .port = 443, .overrides = &o},
		LONG);
	assert_true(a.ok && a.out.overridden && a.out.n == 2);
	assert_string_equal(a.out.v[0].text, "::1");
	a = ask(s,
		&(struct resolve_ask){
			.host = SPAN("b.test"), .port = 80, .overrides = &o, .family = 4},
		LONG);
	assert_true(a.ok && a.out.n == 1 && a.out.v[0].port == 443);
	a = ask(s, &(struct resolve_ask){.host = SPAN("c.test"), .port = 81, .overrides = &o},
		LONG);
	assert_true(a.ok && a.out.v[0].port == 444);
	assert_string_equal(a.out.v[0].text, "10.0.0.1");
	a = ask(s, &(struct resolve_ask){.host = SPAN("::5"), .port = 1, .overrides = &o}, LONG);
	assert_true(a.ok && a.out.overridden && a.out.v[0].port == 2);
}

static void nonsense_is_not_found(void **state)
{
	struct scene *s = *state;
	char longest[400];
	struct asking a;

	memset(longest, 'a', sizeof(longest));
	a = ask(s, &(struct resolve_ask){.host = {longest, sizeof(longest)}, .port = 1}, LONG);
	assert_false(a.ok);
	assert_string_equal(a.out.error, "not-found");
	a = ask(s, &(struct resolve_ask){.host = SPAN("a\0b"), .port = 1}, LONG);
	assert_false(a.ok);
	a = ask(s, &(struct resolve_ask){.host = SPAN(""), .port = 1}, LONG);
	assert_false(a.ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {SCENE_TEST(a_literal_asks_nobody),
		SCENE_TEST(localhost_comes_from_the_system),
		SCENE_TEST(without_the_system_the_hosts_file_counts),
		SCENE_TEST(both_families_are_asked), SCENE_TEST(one_family_may_be_missing),
		SCENE_TEST(what_servers_refuse_is_named), SCENE_TEST(silence_ends_at_the_deadline),
		SCENE_TEST(overrides_stand_for_names), SCENE_TEST(nonsense_is_not_found)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
