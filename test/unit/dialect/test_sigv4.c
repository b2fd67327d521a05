/* AWS Signature Version 4: signatures of AWS's published test suite (aws-sig-v4-test-suite), and of
 * requests of our own as
 * @smithy/signature-v4, the signer of AWS's JavaScript SDK, computes them. */
#include "unit.h"

#include "dialect/aws/sigv4.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define PUBLISHED INT64_C(1440938160) /* 2015-08-30T12:36:00Z */

struct row {
	const char *name, *method, *target, *body, *token, *signature;
	struct sigv4_header more[3];
};

#define H(name, value)                                                                             \
	{                                                                                          \
		SPAN(name), SPAN(value)                                                            \
	}

static const struct row published[] = {
	{"get-vanilla", "GET", "/", "", "",
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", "", "",
		"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	{"get-vanilla-query-order-value", "GET", "/?Param1=value2&Param1=value1", "", "",
		"5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
	{"get-unreserved", "GET",
		"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "",
		"07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	{"get-utf8", "GET", "/\xe1\x88\xb4", "", "",
		"8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
	{"get-relative-relative", "GET", "/example1/example2/../..", "", "",
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-slashes", "GET", "//example//", "", "",
		"9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
	{"get-space", "GET", "/example space/", "", "",
		"652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
	{"post-header-key-sort", "POST", "/", "", "",
		"c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
		{H("My-Header1", "value1")}},
	{"post-x-www-form-urlencoded", "POST", "/", "Param1=value1", "",
		"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
		{H("Content-Type", "application/x-www-form-urlencoded")}},
	{"get-header-value-trim", "GET", "/", "", "",
		"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
		{H("My-Header2", " \"a   b   c\""), H("My-Header1", " value1")}},
	{"post-sts-header-before", "POST", "/", "", "AQoDYXdzEPT//////////wEXAMPLE",
		"997fca65d08f4072d2c61b34906c6c8e83179f706ce49ad9dbb7c41659dc53cc"},
};

static struct span find(const struct sigv4 *made, const char *name)
{
	for (size_t i = 0; i < made->n; i++)
		if (span_ieq(made->headers[i].name, span_of(name)))
			return made->headers[i].value;
	return (struct span){0};
}

static bool signs(const struct row *r, struct span signature)
{
	if (span_ends(signature, span_of(r->signature)))
		return true;
	print_error("%s: %.*s\n", r->name, SPANF(signature));
	return false;
}

static bool try_row(const struct row *r, struct sigv4_ask ask)
{
	struct arena arena = {0};
	struct sigv4_key key = {SPAN("AKIDEXAMPLE"), SPAN(SECRET), span_of(r->token)};
	struct sigv4 made;
	bool ok;

	ask.method = span_of(r->method);
	ask.target = span_of(r->target);
	ask.body = span_of(r->body);
	ask.headers = r->more;
	while (ask.n < 3 && r->more[ask.n].name.n)
		ask.n++;
	sigv4_sign(&made, &arena, &key, &ask);
	ok = signs(r, find(&made, "Authorization"));
	assert_int_equal(find(&made, "X-Amz-Security-Token").n, strlen(r->token));
	arena_deinit(&arena);
	return ok;
}

static void the_published_suite_is_signed_alike(void **state)
{
	bool all = true;

	(void)state;
	for (size_t i = 0; i < sizeof(published) / sizeof(*published); i++)
		all &= try_row(
			&published[i], (struct sigv4_ask){.host = SPAN("example.amazonaws.com"),
					       .region = SPAN("us-east-1"),
					       .service = SPAN("service"),
					       .wall = PUBLISHED});
	assert_true(all);
}

/* The second of each pair: seconds since the epoch. */
static const struct {
	struct row row;
	int64_t wall;
} gateway[] = {
	{{"connection", "GET", "/prod/@connections/L0SM9cOFvHcCIhw%3D", "",
		 "tok+/=", "31bb28512a189004308fe7d52f6ea44b89510edd0581499654469d8ab5f0dd29"},
		INT64_C(1772323200)}, /* 2026-03-01T00:00:00Z */
	{{"connection, = as it is", "GET", "/prod/@connections/L0SM9cOFvHcCIhw=", "", "",
		 "3806501f6809c881af1a282145fe2d8d47ed9acb17d7be960b240716a89d6338"},
		INT64_C(1709251199)}, /* 2024-02-29T23:59:59Z */
	{{"upgrade with a query", "GET", "/prod?z=1&a=x%20y%2Fz&a=&b&%C3%BC=%2B", "", "",
		 "7e4a154aa62322ad3342477f89eb632ca2831c29fa649435e519709a9ee6d724"},
		INT64_C(1795190400)}, /* 2026-11-20T16:00:00Z */
	{{"post", "POST", "/prod/%40connections/A%3D", "{\"hello\":\"w\xc3\xb6rld\"}", "",
		 "62d31c945f1cfa549d873ffd01f14b773ef4c941cc845ccb052ce092bb36ae12"},
		INT64_C(946684800)}, /* 2000-01-01T00:00:00Z */
};

static void requests_to_a_gateway_are_signed_as_the_sdk_does(void **state)
{
	bool all = true;

	(void)state;
	for (size_t i = 0; i < sizeof(gateway) / sizeof(*gateway); i++)
		all &= try_row(&gateway[i].row,
			(struct sigv4_ask){
				.host = SPAN("abc123.execute-api.eu-west-1.amazonaws.com"),
				.region = SPAN("eu-west-1"),
				.service = SPAN("execute-api"),
				.wall = gateway[i].wall});
	assert_true(all);
}

static void the_parts_are_named(void **state)
{
	struct arena arena = {0};
	struct sigv4_key key = {SPAN("AKIDEXAMPLE"), SPAN(SECRET), SPAN("t")};
	struct sigv4_ask ask = {.target = SPAN("/"),
		.host = SPAN("h"),
		.region = SPAN("r"),
		.service = SPAN("s"),
		.wall = PUBLISHED,
		.unsigned_body = true};
	struct sigv4 made;

	(void)state;
	sigv4_sign(&made, &arena, &key, &ask);
	assert_int_equal(made.n, 4);
	assert_true(span_eq(find(&made, "x-amz-date"), SPAN("20150830T123600Z")));
	assert_true(span_eq(find(&made, "x-amz-content-sha256"), SPAN("UNSIGNED-PAYLOAD")));
	assert_true(span_starts(find(&made, "authorization"),
		SPAN("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/r/s/aws4_request, "
		     "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
		     "Signature=")));
	assert_true(span_find(find(&made, "authorization"), SPAN(SECRET)) < 0);
	arena_deinit(&arena);
}

static void canonical(void (*add)(struct buf *, struct span), const char *from, const char *want)
{
	struct buf b = {.max = 4096};

	add(&b, span_of(from));
	assert_string_equal(buf_z(&b), want);
	buf_deinit(&b);
}

static void paths_are_encoded_once_more(void **state)
{
	(void)state;
	canonical(sigv4_path, "", "/");
	canonical(sigv4_path, "/prod/@connections/A%3D", "/prod/%40connections/A%253D");
	canonical(sigv4_path, "/a/./b/../c//d/", "/a/c/d/");
	canonical(sigv4_path, "/../..", "/");
	canonical(sigv4_path, "/..%2f", "/..%252f");
}

static void queries_are_sorted_and_of_one_form(void **state)
{
	(void)state;
	canonical(sigv4_query, "", "");
	canonical(sigv4_query, "&&", "");
	canonical(sigv4_query, "b&a", "a=&b=");
	canonical(sigv4_query, "a=%2f&a=%2F&a=/", "a=%2F&a=%2F&a=%2F");
	canonical(sigv4_query, "a==&a=%&a=%4", "a=%25&a=%254&a=%3D");
	canonical(sigv4_query, "aa=1&a=2&A=3", "A=3&a=2&aa=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_suite_is_signed_alike),
		cmocka_unit_test(requests_to_a_gateway_are_signed_as_the_sdk_does),
		cmocka_unit_test(the_parts_are_named),
		cmocka_unit_test(paths_are_encoded_once_more),
		cmocka_unit_test(queries_are_sorted_and_of_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
