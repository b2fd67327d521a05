/* Where AWS credentials come from, in which order, and what is asked of endpoints. */
#include "scene.h"

#include "io/aws.h"

static struct {
	const char *name;
	char value[256];
} variables[16];

static const char *get(const char *name)
{
	for (size_t i = 0; i < 16 && variables[i].name; i++)
		if (strcmp(variables[i].name, name) == 0)
			return variables[i].value;
	return NULL;
}

static void set(const char *name, const char *value)
{
	size_t i = 0;

	while (i < 15 && variables[i].name && strcmp(variables[i].name, name) != 0)
		i++;
	variables[i].name = name;
	snprintf(variables[i].value, sizeof(variables[i].value), "%s", value);
}

static char folder[] = "/tmp/wsdx-aws.XXXXXX";

static void write_file(const char *variable, const char *name, const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	set(variable, path);
}

/* Nothing of the machine's own is seen, and no endpoint but the test's is asked. */
static int setup(void **state)
{
	memset(variables, 0, sizeof(variables));
	snprintf(folder, sizeof(folder), "/tmp/wsdx-aws.XXXXXX");
	assert_non_null(mkdtemp(folder));
	set("HOME", folder);
	set("AWS_EC2_METADATA_DISABLED", "true");
	return scene_setup(state);
}

static int teardown(void **state)
{
	static const char *const names[] = {"/credentials", "/config", "/token"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	return scene_teardown(state);
}

struct found {
	struct arena arena;
	struct aws_ask ask;
	struct aws_credentials it;
	bool ok;
	char asked[4][2048];
	unsigned n_asked;
	const char *answers[4];
};

static struct found now;

static void look(struct scene *s)
{
	now.ask.env = get;
	now.ok = aws_find(&now.it, &now.arena, s->loop, &now.ask, scene_deadline(s));
}

/* Answers what comes on each connection with the next answer. */
static void serve(struct scene *s, struct link *k)
{
	unsigned i = now.n_asked++;

	assert_true(i < 4);
	conn_push(link_conn(k), &keeper);
	while (!strstr(now.asked[i], "\r\n\r\n")) {
		const struct obs *o = link_await(k, scene_deadline(s), &got_bytes);

		assert_non_null(o);
		strncat(now.asked[i], obs_text(o, &k_data).p, obs_text(o, &k_data).n);
	}
	scene_say(k, now.answers[i]);
	link_finish(k, scene_deadline(s));
	link_close(k);
}

static void find_it(struct scene *s)
{
	now = (struct found){.ask = now.ask};
	scene_play(s, NULL, look);
}

/* With an endpoint: `variable` is set to its place, with the path behind. */
static const char *place, *place_path;

static void look_there(struct scene *s)
{
	char url[128];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", s->listener.at.port, place_path);
	set(place, url);
	look(s);
}

static void done(void)
{
	arena_deinit(&now.arena);
	now = (struct found){0};
}

#define IS(field, text) assert_true(span_eq(now.it.field, SPAN(text)))
#define TROUBLE(text) assert_trouble(SPAN(text))

static void assert_trouble(struct span text)
{
	assert_false(now.ok);
	if (span_find(now.it.trouble, text) < 0)
		fail_msg("%.*s", SPANF(now.it.trouble));
}

static void the_environment_comes_first(void **state)
{
	set("AWS_ACCESS_KEY_ID", "AKID");
	set("AWS_SECRET_ACCESS_KEY", "secret");
	set("AWS_SESSION_TOKEN", "token");
	set("AWS_DEFAULT_REGION", "eu-west-1");
	write_file("AWS_SHARED_CREDENTIALS_FILE", "credentials",
		"[default]\naws_access_key_id=FILE\naws_secret_access_key=x\nregion = us-east-2\n");
	find_it(*state);
	assert_true(now.ok);
	IS(access_key, "AKID");
	IS(secret_key, "secret");
	IS(session_token, "token");
	IS(region, "eu-west-1");
	IS(source, "the environment");
	done();
}

static const char credentials[] =
	"# written by hand\n[default]\r\naws_access_key_id = DEFAULT\r\n"
	"aws_secret_access_key = one=two\r\n\n[dev]\naws_access_key_id=DEV\n"
	"aws_secret_access_key=dev-secret\naws_session_token=dev-token\n";
static const char config[] =
	"[default]\nregion = eu-central-1\n[profile dev]\nregion=ap-south-1\ns3 =\n  region = "
	"nested\n"
	"[profile cfg]\naws_access_key_id = CFG\naws_secret_access_key = c\n[profile sso]\n"
	"sso_session = corp\n[profile bare]\nregion=x\n";

static void with_files(void)
{
	write_file("AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials);
	write_file("AWS_CONFIG_FILE", "config", config);
}

static void files_have_profiles(void **state)
{
	with_files();
	find_it(*state);
	IS(access_key, "DEFAULT");
	IS(secret_key, "one=two");
	IS(region, "eu-central-1");
	done();
	set("AWS_PROFILE", "dev");
	find_it(*state);
	IS(access_key, "DEV");
	IS(session_token, "dev-token");
	IS(region, "ap-south-1");
	assert_true(span_starts(now.it.source, SPAN("profile dev of /tmp/")));
	done();
}

static void a_named_profile_beats_the_environment(void **state)
{
	with_files();
	set("AWS_ACCESS_KEY_ID", "AKID");
	set("AWS_SECRET_ACCESS_KEY", "secret");
	now.ask = (struct aws_ask){.profile = SPAN("cfg"), .region = SPAN("sa-east-1")};
	find_it(*state);
	IS(access_key, "CFG");
	IS(region, "sa-east-1");
	done();
}

static void a_profile_of_no_use_is_told(void **state)
{
	with_files();
	now.ask = (struct aws_ask){.profile = SPAN("sso")};
	find_it(*state);
	TROUBLE("profile sso has sso_session and no keys");
	TROUBLE("export-credentials --format env --profile sso");
	now.ask = (struct aws_ask){.profile = SPAN("bare")};
	arena_deinit(&now.arena);
	find_it(*state);
	TROUBLE("profile bare has no keys");
	IS(region, "x");
	now.ask = (struct aws_ask){.profile = SPAN("gone")};
	arena_deinit(&now.arena);
	find_it(*state);
	TROUBLE("there is no profile gone");
	done();
}

static void nothing_anywhere_is_told(void **state)
{
	find_it(*state);
	TROUBLE("switched off by AWS_EC2_METADATA_DISABLED");
	done();
	set("AWS_ACCESS_KEY_ID", "AKID");
	find_it(*state);
	TROUBLE("AWS_SECRET_ACCESS_KEY is not");
	done();
	set("AWS_SECRET_ACCESS_KEY", "a\nX: b");
	find_it(*state);
	TROUBLE("line break");
	assert_int_equal(now.it.access_key.n, 0);
	done();
}

#define KEYS                                                                                       \
	"{\"Code\":\"Success\",\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"a\\/"                \
	"b\",\"Token\":\"t\"}"

static void the_container_is_asked(void **state)
{
	set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
	place = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
	place_path = "/v2/creds?id=1";
	now.answers[0] = "HTTP/1.1 200 OK\r\nContent-Length: 82\r\n\r\n" KEYS "trailing";
	scene_play(*state, serve, look_there);
	assert_true(now.ok);
	IS(access_key, "ASIA");
	IS(secret_key, "a/b");
	IS(session_token, "t");
	IS(source, "the container's endpoint");
	assert_non_null(strstr(now.asked[0], "GET /v2/creds?id=1 HTTP/1.1\r\n"));
	assert_non_null(strstr(now.asked[0], "\r\nAuthorization: Basic abc\r\n"));
	done();
}

static void the_containers_token_may_be_a_file(void **state)
{
	write_file("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "token", "from-file\n");
	place = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
	place_path = "/";
	now.answers[0] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n4a;x\r\n"
			 "Code\":\"Success\",\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"a\\/"
			 "b\",\"Token\":\"t\"}\r\n0\r\n\r\n";
	scene_play(*state, serve, look_there);
	assert_non_null(strstr(now.asked[0], "\r\nAuthorization: from-file\r\n"));
	assert_true(now.ok);
	done();
}

static void a_container_that_refuses_is_told(void **state)
{
	place = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
	place_path = "/";
	now.answers[0] = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\nno";
	scene_play(*state, serve, look_there);
	TROUBLE("answers 403 without keys");
	done();
	((struct scene *)*state)->n_peers = 0;
	now.answers[0] = "garbage\r\n\r\n";
	scene_play(*state, serve, look_there);
	TROUBLE("no HTTP");
	done();
}

static void only_this_machine_is_asked(void **state)
{
	static const char *const urls[] = {"http://example.com/", "http://198.51.100.7/",
		"https://127.0.0.1/", "ftp://x", "http://10.0.0.1/"};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		set("AWS_CONTAINER_CREDENTIALS_FULL_URI", urls[i]);
		find_it(*state);
		TROUBLE("this machine or its link only");
		done();
	}
}

static void the_instance_wants_a_session_token(void **state)
{
	set("AWS_EC2_METADATA_DISABLED", "false");
	place = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
	place_path = "/";
	now.answers[0] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nTOKEN";
	now.answers[1] = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nmy-role";
	now.answers[2] = "HTTP/1.1 200 OK\r\n\r\n" KEYS;
	scene_play(*state, serve, look_there);
	assert_true(now.ok);
	IS(source, "the instance's endpoint");
	assert_true(strstr(now.asked[0], "PUT /latest/api/token HTTP/1.1\r\n") == now.asked[0]);
	assert_non_null(strstr(now.asked[0], "\r\nX-aws-ec2-metadata-token-ttl-seconds: 300\r\n"));
	assert_non_null(strstr(now.asked[1], "\r\nX-aws-ec2-metadata-token: TOKEN\r\n"));
	assert_non_null(strstr(now.asked[2],
		"GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1\r\n"));
	done();
}

static void an_instance_without_a_role_is_told(void **state)
{
	set("AWS_EC2_METADATA_DISABLED", "false");
	place = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
	place_path = "/";
	now.answers[0] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nTOKEN";
	now.answers[1] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	scene_play(*state, serve, look_there);
	TROUBLE("the instance has no role");
	done();
}

#define AWS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AWS_TEST(the_environment_comes_first),
		AWS_TEST(files_have_profiles),
		AWS_TEST(a_named_profile_beats_the_environment),
		AWS_TEST(a_profile_of_no_use_is_told),
		AWS_TEST(nothing_anywhere_is_told),
		AWS_TEST(the_container_is_asked),
		AWS_TEST(the_containers_token_may_be_a_file),
		AWS_TEST(a_container_that_refuses_is_told),
		AWS_TEST(only_this_machine_is_asked),
		AWS_TEST(the_instance_wants_a_session_token),
		AWS_TEST(an_instance_without_a_role_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
