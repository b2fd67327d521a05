/* Whose credentials AWS requests are signed with, and for which region: found as the AWS command
 * line finds them.
 *
 * In this order: the profile that the user names (--aws-profile), else the environment, the shared
 * files, the container's endpoint, the instance's. The last two are asked over HTTP, by numeric
 * addresses of the machine or its link only, and nothing of that is noted in any journal. The
 * instance's is asked only when nothing nearer was found. */
#ifndef IO_AWS_H
#define IO_AWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "io/loop.h"

struct aws_ask {
	const char *(*env)(const char *name); /* getenv's contract; NULL: no environment */
	struct span profile; /* empty: AWS_PROFILE, AWS_DEFAULT_PROFILE, "default" */
	bool near;	     /* no endpoint is asked */
	struct span region;  /* empty: AWS_REGION, AWS_DEFAULT_REGION, that of the profile */
};

/* Views into the arena that was given. Nothing of the first three may be noted or printed. */
struct aws_credentials {
	struct span access_key, secret_key, session_token;
	struct span region;  /* empty: none was found */
	struct span source;  /* for people: "the environment", "profile prod of
				/home/u/.aws/credentials" … */
	struct span trouble; /* why there are none: a sentence, without a full stop */
};

/* Waits for endpoints, each at most until `deadline`; from within a fiber. False: out->trouble says
 * why; the region may be there all the same. The names read: AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_REGION,
 * AWS_DEFAULT_REGION, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE, HOME,
 * AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI,
 * AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
 * AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT. */
bool aws_find(struct aws_credentials *out, struct arena *arena, struct loop *loop,
	const struct aws_ask *ask, ns deadline);

/* The value of `name` in the section of an INI file as the AWS tools write them: "[dev]" of
 * credentials, "[profile dev]" of config, where "[default]" is the same as "[profile default]".
 * Values nested under another name do not count. Empty: none. */
struct span aws_profile_value(struct span file, struct span profile, struct span name);
bool aws_profile_exists(struct span file, struct span profile);

#endif
