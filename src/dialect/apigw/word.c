/* What the gateway's refusals come to: by X-Amzn-ErrorType and message, else by the status. */
#include "dialect/apigw/apigw.h"

struct word {
	unsigned status;	    /* 0: any; 5: 5xx */
	const char *type, *message; /* parts of; NULL: any */
	const char *word;
};

#define N(table) (sizeof(table) / sizeof((table)[0]))

static bool has(struct span s, const char *part)
{
	return !part || span_ifind(s, span_of(part)) >= 0;
}

static const char *look(
	const struct word *table, size_t n, unsigned status, struct span type, struct span message)
{
	for (size_t i = 0; i < n; i++)
		if ((!table[i].status || table[i].status == status ||
			    table[i].status == status / 100) &&
			has(type, table[i].type) && has(message, table[i].message))
			return table[i].word;
	return "other";
}

/* "Common errors" of the API references, error types of IAM and of the gateway. */
#define SIGNATURE                                                                                  \
	{403, NULL, "Signature expired", "expired"},                                               \
		{403, NULL, "Signature not yet current", "expired"},                               \
		{403, NULL, "security token included in the request is expired", "expired"},       \
		{403, NULL, "security token included in the request is invalid", "bad-key"},       \
		{0, "ExpiredToken", NULL, "expired"}, {0, "RequestExpired", NULL, "expired"},      \
		{0, "UnrecognizedClient", NULL, "bad-key"},                                        \
		{0, "InvalidClientTokenId", NULL, "bad-key"},                                      \
		{403, "MissingAuthenticationToken", NULL, "unsigned"},                             \
		{403, NULL, "Missing Authentication Token", "unsigned"},                           \
		{0, "SignatureDoesNotMatch", NULL, "bad-signature"},                               \
		{0, "InvalidSignature", NULL, "bad-signature"},                                    \
		{403, NULL, "The request signature we calculated does not match",                  \
			"bad-signature"},                                                          \
	{                                                                                          \
		0, "IncompleteSignature", NULL, "bad-signature"                                    \
	}

static const struct word refusals[] = {
	SIGNATURE,
	{401, NULL, NULL, "no-identity"},
	{403, "AccessDenied", NULL, "denied"},
	{403, NULL, "not authorized", "denied"},
	{403, NULL, "explicit deny", "denied"},
	{403, NULL, NULL, "forbidden"},
	{429, NULL, NULL, "throttled"},
	{504, NULL, NULL, "timeout"},
	{5, NULL, NULL, "lambda"},
};

static const struct word connections[] = {
	SIGNATURE,
	{410, NULL, NULL, "gone"},
	{400, NULL, "connectionId", "bad-id"},
	{400, "BadRequest", NULL, "bad-id"},
	{413, NULL, NULL, "too-big"},
	{429, NULL, NULL, "throttled"},
	{0, "LimitExceeded", NULL, "throttled"},
	{403, "AccessDenied", NULL, "denied"},
	{403, NULL, "not authorized to perform", "denied"},
	{0, NULL, "No method found matching route", "no-route"},
	{403, "Forbidden", NULL, "forbidden"},
	{403, NULL, NULL, "forbidden"},
	{404, NULL, NULL, "no-route"},
	{3, NULL, NULL, "no-route"},
};

const char *apigw_refusal_word(unsigned status, struct span error_type, struct span message)
{
	return look(refusals, N(refusals), status, error_type, message);
}

const char *apigw_connection_word(unsigned status, struct span error_type, struct span message)
{
	if (status >= 200 && status < 300)
		return NULL;
	return look(connections, N(connections), status, error_type, message);
}

static const struct {
	const char *word, *meaning;
} meanings[] = {
	{"no-identity", "the authorizer got no identity source it knows, or said Unauthorized"},
	{"denied", "the authorizer or a resource policy denies it"},
	{"unsigned", "it wants a request signed with AWS credentials (--aws-sigv4)"},
	{"bad-signature", "the signature does not fit: secret key, region, or a proxy that changes "
			  "host or path"},
	{"bad-key", "it does not know the access key, or the session token does not belong to it"},
	{"expired", "the signature or the session token is out of time: see the clock"},
	{"forbidden", "no such stage or path, or an authorizer or policy denies it"},
	{"throttled", "too many connections or requests for now"},
	{"lambda", "the integration of $connect failed, or its answer is not {statusCode: 200}"},
	{"timeout", "the integration of $connect did not answer in time"},
};

const char *apigw_refusal_meaning(const char *word)
{
	for (size_t i = 0; i < N(meanings); i++)
		if (strcmp(meanings[i].word, word) == 0)
			return meanings[i].meaning;
	return NULL;
}
