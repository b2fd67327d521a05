/* A curl command line as people paste it from a runbook, a ticket or a browser: what it was meant
 * to ask for, and what is wrong with the command itself. curl(1) is the authority on options,
 * reader/shell.h on quoting. */
#ifndef READER_CURL_H
#define READER_CURL_H

#include "base/arena.h"
#include "base/ns.h"

#define CURL_TEXT_MAX ((size_t)64 << 10)
#define CURL_LIST_MAX 64
#define CURL_MISTAKES_MAX 32

struct curl_mistake {
	const char *name; /* kebab-case, public, for ever */
	struct span text; /* one sentence; holds no header value but the Sec-WebSocket ones */
	bool harmless;	  /* worth a word, but the command works */
};

struct curl_header {
	struct span name, value;
};

struct curl_list {
	struct span v[CURL_LIST_MAX];
	size_t n;
};

/* All spans live in the arena. What was not given is empty, zero or false. */
struct curl {
	struct arena arena;
	struct span url; /* as meant: a query that the shell would have cut off is there */
	/* In the order given, with what -A, -b, -e, -u and --oauth2-bearer add. */
	struct curl_header headers[CURL_LIST_MAX];
	size_t n_headers;
	bool websocket; /* it tries to open a WebSocket: by scheme, header or transport=websocket */

	struct span method; /* of -X */
	struct span proxy;  /* of -x, --socks5 and the like, with the scheme they imply; may hold
			       credentials */
	struct curl_list resolve, connect_to;
	struct span cacert, cert, key;
	bool insecure, ipv4, ipv6, follow;
	bool http11, http2, head, data; /* --http1.1; --http2 and newer; -I; a body was given */
	struct span max_time, connect_timeout; /* seconds, as written */

	struct curl_mistake mistakes[CURL_MISTAKES_MAX];
	size_t n_mistakes;

	struct curl_list header_lines, cookies; /* as written, before they become headers */
	struct span user, user_agent, referer, bearer, proxy_user;
	struct curl_list words; /* what is no option: URLs */
};

/* Reads the first curl command in `text`. `env` expands variables as the shell would (getenv's
 * contract; NULL: none is set). False with a constant sentence in *why when there is no curl
 * command with a URL in it. Deinit either way. */
bool curl_read(
	struct curl *out, struct span text, const char *(*env)(const char *name), const char **why);
void curl_deinit(struct curl *c); /* safe twice and on zeroed memory */

#endif
