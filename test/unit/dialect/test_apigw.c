/* API Gateway: its frames among an integration's, its refusals, its @connections answers, its
 * addresses. */
#include "unit.h"

#include "dialect.h"
#include "dialect/apigw/apigw.h"
#include "fact/all.h"

static void hosts_are_told(void **state)
{
	static const struct {
		const char *host, *api, *region;
	} rows[] = {
		{"abc123.execute-api.eu-west-1.amazonaws.com", "abc123", "eu-west-1"},
		{"ABC.Execute-Api.cn-north-1.amazonaws.com.cn", "ABC", "cn-north-1"},
		{"a-vpce-0.execute-api.us-gov-west-1.amazonaws.com", "a-vpce-0", "us-gov-west-1"},
		{"execute-api.eu-west-1.amazonaws.com", NULL, NULL},
		{".execute-api.eu-west-1.amazonaws.com", NULL, NULL},
		{"a.execute-api.amazonaws.com", NULL, NULL},
		{"a.execute-api.eu-west-1.example.com", NULL, NULL},
		{"a.b.execute-api.eu-west-1.amazonaws.com", NULL, NULL},
		{"chat.example.com", NULL, NULL},
	};
	struct apigw_host h;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(apigw_host_parse(&h, span_of(rows[i].host)), rows[i].api != NULL);
		if (rows[i].api) {
			assert_span(h.api, rows[i].api);
			assert_span(h.region, rows[i].region);
		}
	}
}

static void endpoints_are_judged(void **state)
{
	static const struct {
		const char *path;
		bool websocket, gateway;
		const char *fault;
	} rows[] = {
		{"/prod", false, true, NULL},
		{"/prod/", false, true, NULL},
		{"/", false, false, NULL},
		{"", false, true, "no-stage"},
		{"/", false, true, "no-stage"},
		{"/prod", true, true, "websocket-scheme"},
		{"/prod/prod", false, false, "stage-doubled"},
		{"/prod/chat", false, false, NULL},
		{"/prod/@connections", false, true, "connections-in-it"},
		{"/prod/%40connections/x", true, true, "connections-in-it"},
	};
	const char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *fault = apigw_endpoint_fault(
			span_of(rows[i].path), rows[i].websocket, rows[i].gateway, &text);

		assert_int_equal(fault != NULL, rows[i].fault != NULL);
		assert_int_equal(fault != NULL, text != NULL);
		if (fault)
			assert_string_equal(fault, rows[i].fault);
	}
}

static void ids_are_encoded_once(void **state)
{
	static const char *const rows[][3] = {{"/prod", "AbC=", "/prod/@connections/AbC%3D"},
		{"/prod/", "AbC%3D", "/prod/@connections/AbC%3D"},
		{"", "a/b+c", "/@connections/a%2Fb%2Bc"}, {"/p", "100%", "/p/@connections/100%25"}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct buf b = {.max = 256};

		apigw_target(&b, span_of(rows[i][0]), span_of(rows[i][1]));
		assert_buf(&b, rows[i][2]);
		buf_deinit(&b);
	}
}

static void refusals_have_a_word(void **state)
{
	static const struct {
		unsigned status;
		const char *type, *message, *word;
	} rows[] = {
		{401, "UnauthorizedException", "Unauthorized", "no-identity"},
		{403, "AccessDeniedException",
			"User is not authorized to access this resource with an explicit deny",
			"denied"},
		{403, "ForbiddenException", "Forbidden", "forbidden"},
		{403, "MissingAuthenticationTokenException", "Missing Authentication Token",
			"unsigned"},
		{403, "", "Missing Authentication Token", "unsigned"},
		{403, "InvalidSignatureException",
			"The request signature we calculated does not match", "bad-signature"},
		{403, "InvalidSignatureException", "Signature expired: 2026 is now earlier",
			"expired"},
		{403, "UnrecognizedClientException",
			"The security token included in the request is invalid.", "bad-key"},
		{403, "ExpiredTokenException",
			"The security token included in the request is expired", "expired"},
		{429, "TooManyRequestsException", "Too Many Requests", "throttled"},
		{500, "InternalServerErrorException", "Internal server error", "lambda"},
		{502, "", "Internal server error", "lambda"},
		{504, "", "Endpoint request timed out", "timeout"},
		{404, "", "", "other"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *word = apigw_refusal_word(
			rows[i].status, span_of(rows[i].type), span_of(rows[i].message));

		assert_string_equal(word, rows[i].word);
		assert_int_equal(apigw_refusal_meaning(word) != NULL, strcmp(word, "other") != 0);
	}
}

static void connections_have_a_word(void **state)
{
	static const struct {
		unsigned status;
		const char *type, *message, *word;
	} rows[] = {
		{200, "", "", NULL},
		{204, "", "", NULL},
		{410, "GoneException", "", "gone"},
		{410, "", "", "gone"},
		{400, "BadRequestException", "Invalid connectionId: x", "bad-id"},
		{403, "AccessDeniedException",
			"User: arn:aws:sts::1:x is not authorized to perform: "
			"execute-api:ManageConnections",
			"denied"},
		{403, "ForbiddenException", "Forbidden", "forbidden"},
		{403, "ForbiddenException",
			"No method found matching route test0/@connections/x for http method POST",
			"no-route"},
		{403, "MissingAuthenticationTokenException", "Missing Authentication Token",
			"unsigned"},
		{413, "PayloadTooLargeException", "", "too-big"},
		{429, "LimitExceededException", "Rate exceeded", "throttled"},
		{404, "", "", "no-route"},
		{301, "", "", "no-route"},
		{500, "", "", "other"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *word = apigw_connection_word(
			rows[i].status, span_of(rows[i].type), span_of(rows[i].message));

		assert_int_equal(word != NULL, rows[i].word != NULL);
		if (word)
			assert_string_equal(word, rows[i].word);
	}
}

static void frames_need_all_three(void **state)
{
	struct apigw_frame f;

	(void)state;
	assert_true(apigw_frame_parse(
		&f, SPAN("{\"connectionId\":\"c\",\"message\":\"m\",\"requestId\":\"r\"}")));
	assert_span(f.message, "m");
	assert_span(f.request_id, "r");
	assert_false(apigw_frame_parse(&f, SPAN("{\"message\":\"m\",\"requestId\":\"r\"}")));
	assert_false(apigw_frame_parse(
		&f, SPAN("{\"message\":1,\"connectionId\":\"c\",\"requestId\":\"r\"}")));
	assert_false(apigw_frame_parse(&f, SPAN("[\"message\"]")));
	assert_false(apigw_frame_parse(&f, (struct span){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_told),
		cmocka_unit_test(endpoints_are_judged),
		cmocka_unit_test(ids_are_encoded_once),
		cmocka_unit_test(refusals_have_a_word),
		cmocka_unit_test(connections_have_a_word),
		cmocka_unit_test(frames_need_all_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
