#include "io/aws.h"

#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "io/aws_fetch.h"
#include "io/file.h"

#define FILE_MAX ((size_t)1 << 20)
#define CONTAINER "169.254.170.2"
#define INSTANCE "169.254.169.254"

struct search {
	struct aws_credentials *out;
	struct arena *arena;
	struct loop *loop;
	const struct aws_ask *ask;
	ns deadline;
	struct span profile, credentials, config; /* the two files' content */
	struct span credentials_path, config_path;
};

static struct span variable(const struct search *s, const char *name)
{
	return span_trim(span_of(s->ask->env ? s->ask->env(name) : NULL));
}

static struct span first(struct span a, struct span b)
{
	return a.n ? a : b;
}

static struct span said(struct search *s, struct span text)
{
	struct buf b = {.max = 1024};
	struct span kept;

	text_visible(&b, span_head(text, 200));
	kept = arena_copy(s->arena, buf_span(&b));
	buf_deinit(&b);
	return kept;
}

static bool fail(struct search *s, struct span trouble)
{
	s->out->trouble = trouble;
	return false;
}

/* --- shared files --- */

static struct span file_path(struct search *s, const char *name, const char *usual)
{
	struct span given = variable(s, name), home = variable(s, "HOME");

	if (!given.n)
		return home.n ? arena_fmt(s->arena, "%.*s/.aws/%s", SPANF(home), usual) : given;
	if (span_starts(given, SPAN("~/")) && home.n)
		return arena_fmt(s->arena, "%.*s%.*s", SPANF(home), SPANF(span_from(given, 1)));
	return given;
}

/* A file that is not there is no error. */
static struct span file_content(struct search *s, struct span path)
{
	struct buf b = {.max = FILE_MAX};
	struct file_error error;
	struct span kept = {0};

	if (path.n && file_read(&b, arena_z(s->arena, path), &error))
		kept = arena_copy(s->arena, buf_span(&b));
	if (b.p)
		explicit_bzero(b.p, b.n);
	buf_deinit(&b);
	return kept;
}

static void read_files(struct search *s)
{
	s->profile = first(s->ask->profile,
		first(variable(s, "AWS_PROFILE"), variable(s, "AWS_DEFAULT_PROFILE")));
	s->profile = first(s->profile, SPAN("default"));
	s->credentials_path = file_path(s, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
	s->config_path = file_path(s, "AWS_CONFIG_FILE", "config");
	s->credentials = file_content(s, s->credentials_path);
	s->config = file_content(s, s->config_path);
}

static struct span of_profile(const struct search *s, const char *name)
{
	return first(aws_profile_value(s->credentials, s->profile, span_of(name)),
		aws_profile_value(s->config, s->profile, span_of(name)));
}

static bool take_keys(struct search *s, struct span file, struct span path)
{
	struct aws_credentials *out = s->out;

	out->access_key = aws_profile_value(file, s->profile, SPAN("aws_access_key_id"));
	out->secret_key = aws_profile_value(file, s->profile, SPAN("aws_secret_access_key"));
	out->session_token = aws_profile_value(file, s->profile, SPAN("aws_session_token"));
	if (!out->access_key.n || !out->secret_key.n)
		return false;
	out->source = arena_fmt(
		s->arena, "profile %.*s of %.*s", SPANF(said(s, s->profile)), SPANF(said(s, path)));
	return true;
}

/* What a profile can have in place of keys, and that only the AWS tools can turn into some. */
static const char *const elsewhere[] = {
	"sso_session", "sso_start_url", "credential_process", "role_arn", "login_session"};

static const char *kept_elsewhere(const struct search *s)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
		if (of_profile(s, elsewhere[i]).n)
			return elsewhere[i];
	return NULL;
}

/* False with trouble set: the profile is there and of no use, so nothing further is asked. */
static bool from_files(struct search *s)
{
	const char *other = kept_elsewhere(s);

	if (take_keys(s, s->credentials, s->credentials_path) ||
		take_keys(s, s->config, s->config_path))
		return true;
	if (other)
		return fail(
			s, arena_fmt(s->arena,
				   "profile %.*s has %s and no keys; put them into the "
				   "environment: eval \"$(aws configure "
				   "export-credentials --format env --profile %.*s)\"",
				   SPANF(said(s, s->profile)), other, SPANF(said(s, s->profile))));
	if (s->ask->profile.n && !aws_profile_exists(s->credentials, s->profile) &&
		!aws_profile_exists(s->config, s->profile))
		return fail(
			s, arena_fmt(s->arena, "there is no profile %.*s in %.*s or %.*s",
				   SPANF(said(s, s->profile)), SPANF(said(s, s->credentials_path)),
				   SPANF(said(s, s->config_path))));
	if (s->ask->profile.n)
		return fail(s, arena_fmt(s->arena, "profile %.*s has no keys",
				       SPANF(said(s, s->profile))));
	return false;
}

/* --- environment --- */

static bool from_environment(struct search *s)
{
	struct aws_credentials *out = s->out;

	out->access_key = variable(s, "AWS_ACCESS_KEY_ID");
	out->secret_key = variable(s, "AWS_SECRET_ACCESS_KEY");
	out->session_token = variable(s, "AWS_SESSION_TOKEN");
	out->source = SPAN("the environment");
	if (out->access_key.n && !out->secret_key.n)
		return fail(s, SPAN("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"));
	return out->access_key.n && out->secret_key.n;
}

/* --- endpoints --- */

static struct span member(struct search *s, struct span json, const char *name)
{
	struct json_token t;
	struct buf b = {.max = AWS_FETCH_MAX};
	struct span kept;

	if (!json_member(json, span_of(name), &t) || t.type != JSON_STRING)
		return (struct span){0};
	json_unescape(&b, t.raw);
	kept = arena_copy(s->arena, buf_span(&b));
	explicit_bzero(b.p, b.n);
	buf_deinit(&b);
	return kept;
}

static bool take_json(struct search *s, struct span json, const char *source)
{
	struct aws_credentials *out = s->out;

	out->access_key = member(s, json, "AccessKeyId");
	out->secret_key = member(s, json, "SecretAccessKey");
	out->session_token = member(s, json, "Token");
	out->source = span_of(source);
	return out->access_key.n && out->secret_key.n;
}

struct endpoint {
	struct url url;
	struct address to;
	struct span host;
};

/* Numeric addresses only: what is asked for a secret is not looked up by name. */
static bool endpoint_parse(struct search *s, struct endpoint *e, struct span text)
{
	struct buf b = {.max = 512};
	const char *why;

	if (!url_parse(text, &e->url, &why) || e->url.secure)
		return false;
	if (!address_parse(&e->to,
		    span_ieq(e->url.host, SPAN("localhost")) ? SPAN("127.0.0.1") : e->url.host,
		    e->url.port))
		return false;
	url_authority(&b, &e->url);
	e->host = arena_copy(s->arena, buf_span(&b));
	buf_deinit(&b);
	/* of this machine or its link: what AWS's own tools take, and what they give the container
	 */
	return e->to.loopback || span_starts(span_of(e->to.text), SPAN("169.254.")) ||
	       span_starts(span_of(e->to.text), SPAN("fd00:ec2::")) ||
	       span_starts(span_of(e->to.text), SPAN("fe80:"));
}

static unsigned fetch(struct search *s, struct buf *out, const struct endpoint *e,
	const char *method, struct span target, struct span header, const char **why)
{
	struct aws_fetch ask = {.to = &e->to,
		.method = method,
		.host = e->host,
		.target = target,
		.header = header};

	return aws_fetch(out, s->loop, &ask, s->deadline, why);
}

static void forget(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	buf_deinit(b);
}

/* Files and endpoints end their one line, or do not. */
static struct span only_line(struct span s)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return span_trim(s);
}

static struct span container_token(struct search *s)
{
	struct span path = variable(s, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");

	return path.n ? only_line(file_content(s, path))
		      : variable(s, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

static bool has_line_end(struct span s)
{
	return span_chr(s, '\n') >= 0 || span_chr(s, '\r') >= 0;
}

static bool from_container(struct search *s)
{
	struct span relative = variable(s, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
		    token = container_token(s), target;
	struct span full =
		relative.n ? arena_fmt(s->arena, "http://" CONTAINER "%.*s", SPANF(relative))
			   : variable(s, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	struct buf body = {.max = AWS_FETCH_MAX};
	struct buf path = {.max = URL_SAID_MAX};
	struct endpoint e;
	const char *why;
	unsigned status;
	bool ok;

	if (!endpoint_parse(s, &e, full) || has_line_end(full) || has_line_end(token))
		return fail(s, SPAN("the container's credentials endpoint is taken as http:// with "
				    "an address of this machine or "
				    "its link only"));
	url_target(&path, &e.url);
	target = arena_copy(s->arena, buf_span(&path));
	buf_deinit(&path);
	status = fetch(s, &body, &e, "GET", target,
		token.n ? arena_fmt(s->arena, "Authorization: %.*s", SPANF(token))
			: (struct span){0},
		&why);
	ok = status == 200 && take_json(s, buf_span(&body), "the container's endpoint");
	if (!ok)
		s->out->trouble = status ? arena_fmt(s->arena,
						   "the container's credentials endpoint answers "
						   "%u without keys",
						   status)
					 : arena_fmt(s->arena,
						   "the container's credentials endpoint: %s", why);
	forget(&body);
	return ok;
}

#define ROLES "/latest/meta-data/iam/security-credentials/"

/* IMDSv2: a session token first ("Use the Instance Metadata Service", EC2 User Guide). */
static bool ask_instance(struct search *s, const struct endpoint *e, const char **why)
{
	struct buf token = {.max = 4096}, role = {.max = 512}, body = {.max = AWS_FETCH_MAX};
	struct span header, target;
	bool ok = false;

	*why = "it gives no session token";
	if (fetch(s, &token, e, "PUT", SPAN("/latest/api/token"),
		    SPAN("X-aws-ec2-metadata-token-ttl-seconds: 300"), why) != 200 ||
		has_line_end(only_line(buf_span(&token))))
		goto out;
	header = arena_fmt(
		s->arena, "X-aws-ec2-metadata-token: %.*s", SPANF(only_line(buf_span(&token))));
	*why = "the instance has no role";
	if (fetch(s, &role, e, "GET", SPAN(ROLES), header, why) != 200 ||
		!only_line(buf_span(&role)).n || has_line_end(only_line(buf_span(&role))))
		goto out;
	target = arena_fmt(s->arena, ROLES "%.*s", SPANF(only_line(buf_span(&role))));
	*why = "it gives no keys for the role";
	ok = fetch(s, &body, e, "GET", target, header, why) == 200 &&
	     take_json(s, buf_span(&body), "the instance's endpoint");
out:
	forget(&token);
	forget(&role);
	forget(&body);
	return ok;
}

#define INSTANCE_PATIENCE (2 * NS_S) /* elsewhere nobody answers there */

static bool from_instance(struct search *s)
{
	ns soon = loop_clock(s->loop) + INSTANCE_PATIENCE;
	struct span given = variable(s, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
	struct endpoint e;
	const char *why;

	if (span_ieq(variable(s, "AWS_EC2_METADATA_DISABLED"), SPAN("true")))
		return fail(s, SPAN("neither the environment nor the shared files have AWS "
				    "credentials, and the instance's endpoint "
				    "is switched off by AWS_EC2_METADATA_DISABLED"));
	if (!endpoint_parse(s, &e, first(given, SPAN("http://" INSTANCE))))
		return fail(s, SPAN("AWS_EC2_METADATA_SERVICE_ENDPOINT is taken as http:// with an "
				    "address of this machine or its link "
				    "only"));
	s->deadline = soon < s->deadline ? soon : s->deadline;
	if (ask_instance(s, &e, &why))
		return true;
	return fail(s, arena_fmt(s->arena,
			       "neither the environment nor the shared files have AWS credentials, "
			       "and the instance's endpoint "
			       "gives none: %s",
			       why));
}

static void find_region(struct search *s)
{
	struct span r = s->ask->region;

	r = first(r, variable(s, "AWS_REGION"));
	r = first(r, variable(s, "AWS_DEFAULT_REGION"));
	s->out->region = first(r, of_profile(s, "region"));
}

static bool has_container(const struct search *s)
{
	return variable(s, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").n ||
	       variable(s, "AWS_CONTAINER_CREDENTIALS_FULL_URI").n;
}

/* They go into headers. */
static bool is_sound(struct search *s)
{
	const struct aws_credentials *c = s->out;

	if (!has_line_end(c->access_key) && !has_line_end(c->secret_key) &&
		!has_line_end(c->session_token))
		return true;
	return fail(s, SPAN("the AWS credentials have a line break inside"));
}

/* The container's where there is one, else the instance's. */
static bool from_endpoints(struct search *s)
{
	if (s->ask->near)
		return fail(s,
			SPAN("neither the environment nor the shared files have AWS credentials; "
			     "endpoints are asked with --aws-sigv4 only"));
	return has_container(s) ? from_container(s) : from_instance(s);
}

static bool find(struct search *s)
{
	bool (*const steps[])(struct search *) = {s->ask->profile.n ? NULL : from_environment,
		from_files, s->ask->profile.n ? NULL : from_endpoints};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (steps[i] && steps[i](s))
			return is_sound(s);
		if (s->out->trouble.n)
			return false;
	}
	return false;
}

bool aws_find(struct aws_credentials *out, struct arena *arena, struct loop *loop,
	const struct aws_ask *ask, ns deadline)
{
	struct search s = {
		.out = out, .arena = arena, .loop = loop, .ask = ask, .deadline = deadline};
	struct span region;

	*out = (struct aws_credentials){0};
	read_files(&s);
	find_region(&s);
	if (find(&s))
		return true;
	region = out->region;
	*out = (struct aws_credentials){.region = region, .trouble = out->trouble};
	return false;
}
