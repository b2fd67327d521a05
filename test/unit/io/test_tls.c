/* TLS on loopback: what a client sees of good and bad servers, and what it says of them. */
#include <sys/stat.h>

#include "fact/all.h"
#include "scene.h"

#define SOON (50 * NS_MS)
#define DAY 86400

/* Made once: a root, an intermediate, and leaves. */
static struct {
	struct cert root, between, good, expired, other, self, deep;
} certs;

static int make_certs(void **state)
{
	(void)state;
	assert_true(cert_make(
		&certs.root, &(struct cert_ask){.name = "Test Root", .org = "Test", .ca = true}));
	assert_true(cert_make(&certs.between,
		&(struct cert_ask){.name = "Test Between", .ca = true, .issuer = &certs.root}));
	assert_true(cert_make(&certs.good, &(struct cert_ask){.name = "localhost",
						   .san = "DNS:localhost,IP:127.0.0.1",
						   .issuer = &certs.root}));
	assert_true(cert_make(&certs.expired, &(struct cert_ask){.name = "localhost",
						      .san = "DNS:localhost",
						      .issuer = &certs.root,
						      .not_before = -10 * DAY,
						      .not_after = -2 * DAY}));
	assert_true(cert_make(&certs.other,
		&(struct cert_ask){
			.name = "localhost", .san = "DNS:elsewhere.test", .issuer = &certs.root}));
	assert_true(cert_make(
		&certs.self, &(struct cert_ask){.name = "localhost", .san = "DNS:localhost"}));
	assert_true(cert_make(&certs.deep,
		&(struct cert_ask){
			.name = "localhost", .san = "DNS:localhost", .issuer = &certs.between}));
	return 0;
}

static int drop_certs(void **state)
{
	struct cert *all[] = {&certs.root, &certs.between, &certs.good, &certs.expired,
		&certs.other, &certs.self, &certs.deep};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		cert_deinit(all[i]);
	return 0;
}

/* What client and server of a test are told. */
struct talk {
	struct tls_offer offer;
	struct tls_ask ask;
	struct cert chain[2];
	size_t chain_n;
	bool ok, verified;
	char alpn[16];
};

static struct talk *talk_of(struct scene *s)
{
	return s->arg;
}

static void serve_tls(struct scene *s, struct link *k)
{
	if (link_tls_accept(k, &talk_of(s)->offer, scene_deadline(s))) {
		const struct obs *o;

		conn_push(link_conn(k), &keeper);
		while ((o = link_await(k, scene_deadline(s), &got_bytes)))
			layer_down(link_conn(k)->bottom, 0, obs_text(o, &k_data));
	}
	link_close(k);
}

static void ask_tls(struct scene *s)
{
	struct talk *t = talk_of(s);

	assert_true(scene_dial(s));
	t->ok = link_tls(s->link, &t->ask, scene_deadline(s));
	t->verified = link_verified(s->link);
	snprintf(t->alpn, sizeof(t->alpn), "%.*s", SPANF(link_alpn(s->link)));
	if (t->ok) {
		conn_push(link_conn(s->link), &keeper);
		scene_say(s->link, "echo this");
		link_await(s->link, scene_deadline(s), &got_bytes, &conn_end);
	}
	link_close(s->link);
}

static struct tls_trust *trust_root(void)
{
	const char *why;
	struct tls_trust *t;

	setenv("SSL_CERT_FILE", "/dev/null/x", 1);
	setenv("SSL_CERT_DIR", "/dev/null/x", 1);
	t = tls_trust_new(NULL, &why);
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	assert_non_null(t);
	assert_int_equal(tls_trust_anchors(t), 0);
	tls_trust_add(t, &certs.root);
	return t;
}

/* Both sides with this chain on the server; the rest as set in *t. */
static void play(struct scene *s, struct talk *t, const struct cert *leaf, const struct cert *then)
{
	struct tls_trust *trust = trust_root();
	struct cert chain[2] = {*leaf, then ? *then : (struct cert){0}};
	struct tls_identity *identity = tls_identity_new(chain, then ? 2 : 1);

	t->offer.identity = identity;
	t->ask.trust = trust;
	if (!t->ask.name.n)
		t->ask.name = SPAN("localhost");
	s->arg = t;
	scene_play(s, serve_tls, ask_tls);
	tls_identity_free(identity);
	tls_trust_free(trust);
}

static void a_good_server_verifies(void **state)
{
	struct scene *s = *state;
	struct talk t = {.offer.alpn = SPAN("http/1.1"), .ask.alpn = SPAN("h2, http/1.1")};
	const struct obs *o;

	play(s, &t, &certs.good, NULL);
	assert_true(t.ok && t.verified);
	assert_string_equal(t.alpn, "http/1.1");
	o = scene_obs(&s->journal, &tls_handshake);
	assert_int_equal(obs_int(o, &k_ok), 1);
	assert_true(obs_is(o, &k_version, "TLSv1.3"));
	assert_true(obs_is(o, &k_alpn, "http/1.1"));
	assert_true(obs_is(o, &k_sni, "localhost"));
	assert_false(obs_int(o, &k_client_cert));
	assert_true(obs_int(o, &k_took) > 0);
	o = scene_obs(&s->journal, &tls_cert);
	assert_true(obs_is(o, &k_subject, "localhost"));
	assert_true(obs_is(o, &k_issuer, "Test Root"));
	assert_true(obs_is(o, &k_issuer_org, "Test"));
	assert_true(obs_is(o, &k_san, "localhost,127.0.0.1"));
	assert_in_range(obs_int(o, &k_days_left), 363, 365);
	assert_false(obs_int(o, &k_self_signed));
	o = scene_obs(&s->journal, &tls_verify);
	assert_int_equal(obs_int(o, &k_code), 0);
	assert_true(
		obs_int(o, &k_chain_ok) && obs_int(o, &k_name_ok) && obs_int(o, &k_in_root_store));
	assert_int_equal(obs_int(o, &k_anchors), 1);
	assert_int_equal(obs_int(scene_obs(&s->journal, &conn_end), &k_bytes_in), 9);
	assert_true(obs_is(scene_obs(&s->theirs, &tls_handshake), &k_sni, "localhost"));
	assert_true(obs_is(scene_obs(&s->theirs, &conn_end), &k_how, "tls-close"));
}

static void an_address_is_verified_as_one(void **state)
{
	struct scene *s = *state;
	struct talk t = {.ask.name = SPAN("127.0.0.1")};

	play(s, &t, &certs.good, NULL);
	assert_true(t.ok && t.verified);
	assert_false(obs_has(scene_obs(&s->journal, &tls_handshake), &k_sni));
}

/* The handshake completes in every one of these, and the facts tell them apart. */
static void bad_certificates_are_told_apart(void **state)
{
	const struct {
		const struct cert *leaf, *then;
		int64_t code;
		bool chain_ok, name_ok, self_signed, in_root_store;
	} cases[] = {
		{&certs.expired, NULL, 10, false, true, false, true},
		{&certs.other, NULL, 0, true, false, false, true},
		{&certs.self, NULL, 18, false, true, true, false},
		{&certs.deep, NULL, 20, false, true, false, false},
		{&certs.deep, &certs.between, 0, true, true, false, true},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct talk t = {0};
		const struct obs *o;

		play(s, &t, cases[i].leaf, cases[i].then);
		assert_true(t.ok);
		assert_int_equal(t.verified, cases[i].chain_ok && cases[i].name_ok);
		o = scene_obs(&s->journal, &tls_verify);
		assert_int_equal(obs_int(o, &k_code), cases[i].code);
		assert_int_equal(obs_int(o, &k_chain_ok), cases[i].chain_ok);
		assert_int_equal(obs_int(o, &k_name_ok), cases[i].name_ok);
		assert_int_equal(obs_int(o, &k_in_root_store), cases[i].in_root_store);
		for (size_t k = 0; k < s->journal.n; k++)
			if (s->journal.all[k]->kind == &tls_cert &&
				!obs_int(s->journal.all[k], &k_index))
				assert_int_equal(obs_int(s->journal.all[k], &k_self_signed),
					cases[i].self_signed);
		journal_deinit(&s->journal);
		journal_deinit(&s->theirs);
		s->journal = s->theirs = (struct journal){0};
		s->n_peers = 0;
	}
}

static void an_expired_one_has_days_below_zero(void **state)
{
	struct scene *s = *state;
	struct talk t = {0};

	play(s, &t, &certs.expired, NULL);
	assert_true(obs_int(scene_obs(&s->journal, &tls_cert), &k_days_left) <= -2);
}

static void an_old_version_is_spoken(void **state)
{
	struct scene *s = *state;
	struct talk t = {.offer.max_version = 10};

	play(s, &t, &certs.good, NULL);
	assert_true(t.ok);
	assert_true(obs_is(scene_obs(&s->journal, &tls_handshake), &k_version, "TLSv1"));
}

static void a_wanted_client_certificate_is_noted(void **state)
{
	struct scene *s = *state;
	struct talk t = {.offer.client_cert = true};

	play(s, &t, &certs.good, NULL);
	assert_true(t.ok);
	assert_true(obs_int(scene_obs(&s->journal, &tls_handshake), &k_client_cert));
	assert_false(obs_int(scene_obs(&s->journal, &tls_handshake), &k_sent_cert));
}

static void a_required_client_certificate_ends_in_an_alert(void **state)
{
	struct scene *s = *state;
	struct talk t = {.offer.client_cert_required = true};
	const struct obs *o;

	play(s, &t, &certs.good, NULL);
	assert_true(obs_int(scene_obs(&s->journal, &tls_handshake), &k_client_cert));
	o = scene_obs(&s->journal, &conn_end);
	assert_true(obs_is(o, &k_how, "tls-alert"));
	assert_true(obs_is(o, &k_by, "peer"));
	assert_true(obs_is(o, &k_alert, "certificate_required"));
}

static void a_given_client_certificate_is_sent(void **state)
{
	struct scene *s = *state;
	struct tls_identity *mine = tls_identity_new(&certs.self, 1);
	struct talk t = {.offer.client_cert_required = true, .ask.identity = mine};

	play(s, &t, &certs.good, NULL);
	assert_true(obs_int(scene_obs(&s->journal, &tls_handshake), &k_sent_cert));
	assert_true(obs_is(scene_obs(&s->theirs, &tls_cert), &k_subject, "localhost"));
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_by, "us"));
	tls_identity_free(mine);
}

static void no_common_protocol_is_an_alert(void **state)
{
	struct scene *s = *state;
	struct talk t = {.offer.alpn = SPAN("h2"), .ask.alpn = SPAN("http/1.1")};
	const struct obs *o;

	play(s, &t, &certs.good, NULL);
	assert_false(t.ok);
	o = scene_obs(&s->journal, &tls_handshake);
	assert_true(obs_is(o, &k_error, "alert"));
	assert_true(obs_is(o, &k_alert, "no_application_protocol"));
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_how, "tls-alert"));
	assert_int_equal(scene_count(&s->journal, &run_phase), 2);
}

/* --- servers that speak no TLS -------------------------------------------------------------- */

static void answer_plain(struct scene *s, struct link *k)
{
	conn_push(link_conn(k), &keeper);
	link_await(k, scene_deadline(s), &got_bytes);
	scene_say(k, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
	link_finish(k, scene_deadline(s));
	link_close(k);
}

static void hang_up(struct scene *s, struct link *k)
{
	conn_push(link_conn(k), &keeper);
	link_await(k, scene_deadline(s), &got_bytes);
	link_close(k);
}

static void say_nothing(struct scene *s, struct link *k)
{
	conn_push(link_conn(k), &keeper);
	while (link_wait(k, scene_deadline(s)) == WAIT_WOKEN)
		;
	link_close(k);
}

static void ask_briefly(struct scene *s)
{
	assert_true(scene_dial(s));
	assert_false(link_tls(s->link, &(struct tls_ask){.name = SPAN("localhost")},
		loop_clock(s->loop) + SOON * 10));
	link_close(s->link);
}

static void a_plain_port_shows_its_head(void **state)
{
	struct scene *s = *state;
	const struct obs *o;

	scene_play(s, answer_plain, ask_briefly);
	o = scene_obs(&s->journal, &tls_handshake);
	assert_true(obs_is(o, &k_error, "plain"));
	assert_true(span_starts(obs_text(o, &k_head), SPAN("HTTP/1.1 400")));
}

static void a_hang_up_is_a_cut(void **state)
{
	struct scene *s = *state;

	scene_play(s, hang_up, ask_briefly);
	assert_true(obs_is(scene_obs(&s->journal, &tls_handshake), &k_error, "cut"));
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_by, "peer"));
}

static void no_answer_is_silence(void **state)
{
	struct scene *s = *state;

	scene_play(s, say_nothing, ask_briefly);
	assert_true(obs_is(scene_obs(&s->journal, &tls_handshake), &k_error, "silent"));
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_by, "us"));
}

static const char garbage[] = "\x16\x03\x03\0\5hello";

static void answer_garbage(struct scene *s, struct link *k)
{
	conn_push(link_conn(k), &keeper);
	link_await(k, scene_deadline(s), &got_bytes);
	layer_down(link_conn(k)->bottom, 0, SPAN(garbage));
	link_finish(k, scene_deadline(s));
	link_close(k);
}

static void garbage_in_records_is_a_protocol_error(void **state)
{
	struct scene *s = *state;
	const struct obs *o;

	scene_play(s, answer_garbage, ask_briefly);
	o = scene_obs(&s->journal, &tls_handshake);
	assert_true(obs_is(o, &k_error, "protocol"));
	assert_true(obs_text(o, &k_text).n > 0);
	o = scene_obs(&s->journal, &conn_end);
	assert_true(obs_is(o, &k_by, "us"));
	assert_true(obs_is(o, &k_how, "tls-alert"));
}

static void reset_after_a_word(struct scene *s, struct link *k)
{
	assert_true(link_tls_accept(k, &talk_of(s)->offer, scene_deadline(s)));
	conn_push(link_conn(k), &keeper);
	assert_non_null(link_await(k, scene_deadline(s), &got_bytes));
	link_reset(k);
	link_close(k);
}

static void a_reset_under_tls_is_a_reset(void **state)
{
	struct scene *s = *state;
	struct tls_identity *identity = tls_identity_new(&certs.good, 1);
	struct talk t = {.offer.identity = identity, .ask.name = SPAN("localhost")};

	s->arg = &t;
	scene_play(s, reset_after_a_word, ask_tls);
	assert_true(obs_is(scene_obs(&s->journal, &conn_end), &k_how, "rst"));
	tls_identity_free(identity);
}

/* --- TLS inside TLS ------------------------------------------------------------------------- */

static void serve_twice(struct scene *s, struct link *k)
{
	assert_true(link_tls_accept(k, &talk_of(s)->offer, scene_deadline(s)));
	conn_push(link_conn(k), &keeper);
	assert_non_null(link_await(k, scene_deadline(s), &got_bytes));
	scene_say(k, "go on");
	link_tunnel(k);
	serve_tls(s, k);
}

static void ask_twice(struct scene *s)
{
	struct talk *t = talk_of(s);

	assert_true(scene_dial(s));
	assert_true(link_tls(s->link, &t->ask, scene_deadline(s)));
	conn_push(link_conn(s->link), &keeper);
	scene_say(s->link, "CONNECT");
	assert_non_null(link_await(s->link, scene_deadline(s), &got_bytes));
	link_tunnel(s->link);
	assert_false(link_verified(s->link) || link_conn(s->link)->tls);
	assert_true(link_tls(s->link, &t->ask, scene_deadline(s)));
	assert_true(link_verified(s->link) && link_conn(s->link)->tls);
	conn_push(link_conn(s->link), &keeper);
	scene_say(s->link, "inside");
	assert_span(
		obs_text(link_await(s->link, scene_deadline(s), &got_bytes), &k_data), "inside");
	link_close(s->link);
}

static void tls_goes_inside_tls(void **state)
{
	struct scene *s = *state;
	struct tls_trust *trust = trust_root();
	struct tls_identity *identity = tls_identity_new(&certs.good, 1);
	struct talk t = {
		.offer.identity = identity, .ask = {.trust = trust, .name = SPAN("localhost")}};

	s->arg = &t;
	scene_play(s, serve_twice, ask_twice);
	tls_identity_free(identity);
	tls_trust_free(trust);
}

/* --- much, and files ------------------------------------------------------------------------ */

#define MANY ((size_t)3 << 20)

static bool all_there(void *arg)
{
	const struct keeper *kept = link_conn(arg)->bottom->state;

	return kept->fed == MANY;
}

static void swallow(struct scene *s, struct link *k)
{
	assert_true(link_tls_accept(k, &talk_of(s)->offer, scene_deadline(s)));
	conn_push(link_conn(k), &keeper);
	assert_true(link_until(k, scene_deadline(s), all_there, k));
	scene_say(k, "thanks");
	link_finish(k, scene_deadline(s));
	link_close(k);
}

static void say_much(struct scene *s)
{
	static char block[1 << 16];

	assert_true(scene_dial(s));
	assert_true(link_tls(s->link, &talk_of(s)->ask, scene_deadline(s)));
	conn_push(link_conn(s->link), &keeper);
	for (size_t i = 0; i < MANY / sizeof(block); i++)
		layer_down(link_conn(s->link)->bottom, 0, (struct span){block, sizeof(block)});
	assert_non_null(link_await(s->link, scene_deadline(s), &got_bytes));
	link_close(s->link);
}

static void much_goes_through(void **state)
{
	struct scene *s = *state;
	struct tls_identity *identity = tls_identity_new(&certs.good, 1);
	struct talk t = {.offer.identity = identity, .ask.name = SPAN("localhost")};

	s->arg = &t;
	scene_play(s, swallow, say_much);
	assert_int_equal(scene_count(&s->journal, &tls_verify), 0);
	tls_identity_free(identity);
}

static void write_pem(const char *path, const struct cert *c, bool key)
{
	struct buf b = {0};
	FILE *f = fopen(path, "w");

	if (!key || c == &certs.good)
		cert_pem(&b, c);
	if (key)
		cert_key_pem(&b, c);
	fwrite(b.p, 1, b.n, f);
	fclose(f);
	buf_deinit(&b);
}

static void files_are_read_and_refused_clearly(void **state)
{
	char dir[] = "/tmp/wsdx-tls-XXXXXX", cert[64], key[64];
	struct tls_identity *i;
	struct tls_trust *t;
	const char *why;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(cert, sizeof(cert), "%s/cert", dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	write_pem(cert, &certs.good, true);
	write_pem(key, &certs.self, true);
	i = tls_identity_load(cert, NULL, &why);
	assert_non_null(i);
	tls_identity_free(i);
	assert_null(tls_identity_load(cert, key, &why));
	assert_non_null(strstr(why, "does not belong"));
	assert_null(tls_identity_load("/dev/null/x", NULL, &why));
	assert_null(tls_identity_load(key, NULL, &why));
	t = tls_trust_new(cert, &why);
	assert_non_null(t);
	assert_int_equal(tls_trust_anchors(t), 1);
	tls_trust_free(t);
	assert_null(tls_trust_new(key, &why));
	assert_null(tls_trust_new("/dev/null/x", &why));
	assert_string_equal(why, "Not a directory");
	unlink(cert);
	unlink(key);
	rmdir(dir);
}

static void the_systems_roots_are_found(void **state)
{
	const char *why;
	struct tls_trust *t = tls_trust_new(NULL, &why);
	bool there = access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0;

	(void)state;
	assert_non_null(t);
	assert_true(!there || tls_trust_anchors(t) > 10);
	tls_trust_free(t);
}

static void secrets_are_logged_on_demand(void **state)
{
	struct scene *s = *state;
	struct talk t = {0};
	char path[] = "/tmp/wsdx-keys-XXXXXX", line[64] = "";
	int fd = mkstemp(path);
	FILE *f;

	close(fd);
	setenv("SSLKEYLOGFILE", path, 1);
	play(s, &t, &certs.good, NULL);
	unsetenv("SSLKEYLOGFILE");
	f = fopen(path, "r");
	assert_non_null(fgets(line, sizeof(line), f));
	assert_true(span_starts(span_of(line), SPAN("SERVER_HANDSHAKE_TRAFFIC_SECRET")) ||
		    span_starts(span_of(line), SPAN("CLIENT_HANDSHAKE_TRAFFIC_SECRET")));
	fclose(f);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {SCENE_TEST(a_good_server_verifies),
		SCENE_TEST(an_address_is_verified_as_one),
		SCENE_TEST(bad_certificates_are_told_apart),
		SCENE_TEST(an_expired_one_has_days_below_zero),
		SCENE_TEST(an_old_version_is_spoken),
		SCENE_TEST(a_wanted_client_certificate_is_noted),
		SCENE_TEST(a_required_client_certificate_ends_in_an_alert),
		SCENE_TEST(a_given_client_certificate_is_sent),
		SCENE_TEST(no_common_protocol_is_an_alert), SCENE_TEST(a_plain_port_shows_its_head),
		SCENE_TEST(a_hang_up_is_a_cut), SCENE_TEST(no_answer_is_silence),
		SCENE_TEST(garbage_in_records_is_a_protocol_error),
		SCENE_TEST(a_reset_under_tls_is_a_reset), SCENE_TEST(tls_goes_inside_tls),
		SCENE_TEST(much_goes_through), SCENE_TEST(files_are_read_and_refused_clearly),
		SCENE_TEST(the_systems_roots_are_found), SCENE_TEST(secrets_are_logged_on_demand)};

	return cmocka_run_group_tests(tests, make_certs, drop_certs);
}
