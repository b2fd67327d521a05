/* HTTP/1.1 requests and answers (RFC 9112), and who gave them. */
#ifndef FACT_HTTP_H
#define FACT_HTTP_H

#include "fact/run.h"

#define HTTP_FACTS(KIND, KEY, TAG)                                                                 \
	KIND(http_request, "http.request", PROBE,                                                  \
		"{method} {path}[{?upgrade}, Upgrade][, Origin {origin}][, offering {offers}][{?credential}, with the credential]")      \
	/* A complete head and what of the body came (at most 64 KiB read). took: request sent → first byte.       \
	 * `who` and `saying` are what dialect/http/who.def recognised. */                         \
	KIND(http_answer, "http.answer", PROBE,                                                    \
		"{status}[ {reason}] in {took}[, by {who}][, saying {saying}][{?body_bytes}, {body_shape} of {body_bytes}][, to {location}]")        \
	/* The bytes are not HTTP, or break a limit. fault: "not-http" "head-too-big" "bad-status-line" "bad-header"               \
	 * "tls-record" "trickle" "cut-in-head" "cut-in-body" "http-0.9" "bad-request-line" "bad-chunk";           \
	 * "bad-header" and "obs-fold" are read over: an answer may still follow. "trickle": unfinished when we gave up */           \
	KIND(http_fault, "http.fault", PROBE, "broken HTTP: {fault}[ at byte {offset}][: {head}]")               \
	/* The credential given is a JWT (RFC 7519), read without checking it. by: the header or query name it is in;             \
	 * expires_in: exp minus our clock, negative when over; valid_in: nbf, else iat, minus our clock; absent claims are absent */           \
	KIND(http_token, "http.token", OURS,                                                       \
		"the token in {by} is a JWT[ ({alg})][, expires in {expires_in}][, valid in {valid_in}]")               \
	/* --health: what a health path answers. ok: 2xx; websockets: the JSON has a member "websocket" or "websockets";           \
	 * active: a number of connections in it, absent when none is named; health: the JSON member "status" */                  \
	KIND(http_health, "http.health", PROBE,                                                    \
		"{path} answers {status} in {took}[, status {health}][{?websockets}, with WebSocket statistics][, {active connection}]")  \
	KEY(k_health, "health", TEXT)                                                              \
	KEY(k_websockets, "websockets", BOOL)                                                      \
	KEY(k_active, "active", INT)                                                               \
	KEY(k_alg, "alg", TEXT)                                                                    \
	KEY(k_expires_in, "expires_in", TIME)                                                      \
	KEY(k_valid_in, "valid_in", TIME)                                                          \
	KEY(k_method, "method", TEXT)                                                              \
	KEY(k_path, "path", TEXT) /* the request target, query values of secret names redacted */  \
	KEY(k_upgrade, "upgrade", BOOL)                                                            \
	KEY(k_origin, "origin", TEXT)                                                              \
	KEY(k_offers, "offers", TEXT) /* subprotocols offered, comma-separated */                  \
	KEY(k_offers_deflate, "offers_deflate", BOOL)                                              \
	KEY(k_credential, "credential", BOOL) /* Authorization, Cookie or a query token was sent */ \
	/* where it was, comma-separated: "authorization" "cookie" "query" "header" (any other header of a secret name) */          \
	KEY(k_credential_in, "credential_in", TEXT)                                                \
	/* it has headers of its own: from a page of another origin a browser asks first (Fetch standard, preflight) */          \
	KEY(k_preflight, "preflight", BOOL)                                                        \
	KEY(k_head_bytes, "head_bytes", BYTES)                                                     \
	KEY(k_status, "status", INT)                                                               \
	KEY(k_reason, "reason", TEXT)                                                              \
	KEY(k_http_version, "http_version", TEXT) /* "1.0" "1.1" "2" */                            \
	KEY(k_who, "who", TEXT)	  /* who gave this answer: "nginx" "engine.io" "ws" … ; absent: not recognised */  \
	KEY(k_saying, "saying", TEXT) /* what it means, kebab-case: "no-upgrade" "session-unknown" … see who.def */ \
	KEY(k_server, "server", TEXT)	/* the Server header */                                    \
	KEY(k_via, "via", TEXT)                                                                    \
	KEY(k_powered_by, "powered_by", TEXT)                                                      \
	KEY(k_location, "location", TEXT) /* redacted */                                           \
	/* what a redirect changes: "https" "http" "slash-added" "slash-removed" "host" "login" "path" "same" */    \
	KEY(k_redirect, "redirect", TEXT)                                                          \
	KEY(k_retry_after, "retry_after", TIME)                                                    \
	KEY(k_authenticate, "authenticate", TEXT) /* the scheme of WWW-Authenticate */             \
	KEY(k_allow_origin, "allow_origin", TEXT)                                                  \
	KEY(k_allow_credentials, "allow_credentials", BOOL)                                        \
	KEY(k_allow_origins, "allow_origins", INT) /* how many Access-Control-Allow-Origin headers */ \
	KEY(k_csp_connect, "csp_connect", TEXT) /* connect-src (else default-src) of Content-Security-Policy */ \
	KEY(k_cf_ray, "cf_ray", BOOL)                                                              \
	KEY(k_cf_cache, "cf_cache", TEXT)                                                          \
	KEY(k_cf_mitigated, "cf_mitigated", TEXT)                                                  \
	KEY(k_content_type, "content_type", TEXT)                                                  \
	KEY(k_body_shape, "body_shape", TEXT) /* "empty" "html" "json" "text" "binary" */           \
	KEY(k_body_bytes, "body_bytes", BYTES)                                                     \
	KEY(k_body_head, "body_head", TEXT)   /* the first 160 bytes, redacted */                  \
	KEY(k_title, "title", TEXT)	   /* of an HTML page */                                   \
	/* equal for equal answers within a run (status, type, body with numbers and ids blanked; salted) */       \
	KEY(k_answer_tag, "answer_tag", INT)                                                       \
	KEY(k_date_skew, "date_skew", TIME)   /* the server's Date minus our clock; 0 when within 2 s */                \
	KEY(k_accept_versions, "accept_versions", TEXT) /* Sec-WebSocket-Version of the answer */   \
	KEY(k_set_cookie, "set_cookie", TEXT) /* names only */                                     \
	/* those of them with `SameSite=None; Secure`: browsers send them from pages of other sites */ \
	KEY(k_cross_site_cookies, "cross_site_cookies", TEXT)                                      \
	KEY(k_fault, "fault", TEXT)                                                                \
	KEY(k_offset, "offset", INT)

FACT_DECLARE(HTTP_FACTS)

#endif
