/* Who gave an answer, and what it says: recognised by status, headers, body, and what was asked
 * for. The rows are in who.def; `who` and `saying` of http.answer are words of the two lists below
 * and no others (rules compare against them). Both may be absent.
 *
 * To recognise another answer: a row in who.def, and a line in test/unit/dialect/test_http_who.c.
 */
#ifndef DIALECT_HTTP_WHO_H
#define DIALECT_HTTP_WHO_H

#include "dialect/http/http.h"

#define HTTP_SAYINGS(SAY)                                                                          \
	/* the opening handshake, RFC 6455 §4.2.1 */                                              \
	SAY("no-upgrade",                                                                          \
		"it saw a plain request: no (usable) Upgrade and Connection headers arrived")      \
	SAY("bad-upgrade", "Upgrade or Connection arrived with a value it does not take")          \
	SAY("bad-key", "Sec-WebSocket-Key is missing or not 16 bytes of base64")                   \
	SAY("bad-version", "it does not speak this Sec-WebSocket-Version")                         \
	SAY("bad-extensions", "it cannot parse or refuses Sec-WebSocket-Extensions")               \
	SAY("bad-subprotocol", "it cannot parse or refuses Sec-WebSocket-Protocol")                \
	SAY("bad-method", "it does not take this method here")                                     \
	SAY("http-1.0", "the request reached it as HTTP/1.0, or as no valid HTTP/1.1 handshake")   \
	SAY("no-websocket",                                                                        \
		"it got the upgrade and has no WebSocket support, or has it switched off")         \
	/* Engine.IO, SignalR, LiveKit, Lavalink */                                                \
	SAY("session-unknown", "the session id is not known to the process that answered")         \
	SAY("session-missing", "the session id that a negotiation gives is not in the URL")        \
	SAY("session-open", "a new Engine.IO session was opened")                                  \
	SAY("transport-unknown", "the transport is missing, unknown or switched off")              \
	SAY("unsupported-protocol-version",                                                        \
		"it does not speak the protocol version (EIO) of the URL")                         \
	SAY("user-id-missing", "a Lavalink node wants a numeric User-Id header")                   \
	SAY("old-endpoint",                                                                        \
		"the path belongs to an older generation of the server and does nothing")          \
	SAY("room-missing", "the requested room does not exist")                                   \
	/* who may */                                                                              \
	SAY("unauthorized", "it wants a credential, or another one (401)")                         \
	SAY("forbidden", "it refuses, whatever the credential (403)")                              \
	SAY("origin-rejected", "it refuses the Origin")                                            \
	SAY("host-rejected", "it refuses or does not serve the Host")                              \
	SAY("proxy-auth-required", "the forward proxy wants a credential (407)")                   \
	SAY("proxy-denied", "the forward proxy does not open connections to this place")           \
	SAY("rate-limited", "too many requests for now")                                           \
	SAY("challenge", "a bot check that only a browser with a person can pass")                 \
	SAY("blocked", "a firewall rule of a CDN or WAF refuses the request")                      \
	SAY("login-page", "a page to log in")                                                      \
	/* TLS on the wrong or the right port */                                                   \
	SAY("plain-to-tls", "plain HTTP was sent to a TLS port")                                   \
	SAY("client-cert-missing", "it wants a TLS client certificate")                            \
	SAY("client-cert-bad", "it does not accept the TLS client certificate")                    \
	/* limits */                                                                               \
	SAY("header-too-large", "the request's headers are too long")                              \
	SAY("url-too-long", "the request target is too long")                                      \
	SAY("body-too-large", "the request's body is too long")                                    \
	SAY("request-timeout", "the request did not arrive whole in time (408)")                   \
	/* where to */                                                                             \
	SAY("path-unknown", "the server has nothing at this path")                                 \
	SAY("no-route", "the router in front has no rule for this host and path")                  \
	SAY("no-app", "the platform has no application under this name")                           \
	SAY("redirect", "look elsewhere: see `redirect` and `location`")                           \
	SAY("spa-page", "an HTML page with status 200, as for any path")                           \
	SAY("ok", "2xx that is neither a page nor a session: a plain answer to a plain request")   \
	/* behind it */                                                                            \
	SAY("no-backend", "it has no healthy backend to send the request to")                      \
	SAY("upstream-refused", "its connection to the backend was refused")                       \
	SAY("upstream-reset", "the backend ended the connection before it answered")               \
	SAY("upstream-unreachable", "it cannot reach the backend's address")                       \
	SAY("upstream-dns", "it cannot resolve the backend's name")                                \
	SAY("upstream-tls", "TLS between it and the backend fails")                                \
	SAY("bad-gateway", "the backend refused, broke off or answered nonsense (502)")            \
	SAY("gateway-timeout", "the backend did not answer in time (504)")                         \
	SAY("unavailable", "not now, no reason given (503)")                                       \
	SAY("closing", "the server is shutting down")                                              \
	SAY("app-crashed", "the platform says that the application does not run")                  \
	SAY("upgrade-not-enabled", "the proxy is not configured to pass upgrades on this route")   \
	SAY("server-error", "an error inside the server (500)")                                    \
	SAY("bad-request", "malformed, it says, and nothing more (400)")

#define HTTP_WHOS(WHO)                                                                             \
	/* WebSocket libraries and servers; with each the stack it stands for in run.stack */      \
	WHO("engine.io", "node")                                                                   \
	WHO("engineio", "engineio") /* of nobody known */                                          \
	WHO("netty-socketio", "java")                                                              \
	WHO("go-socket.io", "go")                                                                  \
	WHO("engineioxide", "rust")                                                                \
	WHO("ws", "node")                                                                          \
	WHO("node", "node")                                                                        \
	WHO("express", "node")                                                                     \
	WHO("fastify", "node")                                                                     \
	WHO("nest", "node") WHO("next", "node") WHO("python-engineio", "python") WHO(              \
		"python-websockets", "python") WHO("uvicorn", "python") WHO("starlette",           \
		"python") WHO("aiohttp", "python") WHO("daphne", "python") WHO("django", "python") \
		WHO("tornado", "python") WHO("werkzeug", "python") WHO("gunicorn", "python") WHO(  \
			"spring", "java") WHO("sockjs", "sockjs") WHO("tomcat", "java") WHO("jetty", \
			"java") WHO("lavalink", "java") WHO("livekit", "livekit")                  \
			WHO("signalr", "dotnet") WHO("kestrel", "dotnet") WHO("iis", "iis") WHO(   \
				"phoenix", "elixir") WHO("cowboy", "elixir") WHO("actioncable",    \
				"ruby") WHO("puma", "ruby") WHO("go-gorilla", "go")                \
				WHO("go-coder", "go") WHO("go-x-net", "go") WHO("go-gobwas", "go") \
					WHO("go", "go") WHO("axum", "rust") WHO("ratchet", "php")  \
						WHO("apollo", "node") /* proxies and ingresses */  \
		WHO("nginx", "nginx") WHO("openresty", "nginx") WHO("haproxy", "haproxy") WHO(     \
			"apache", "apache") WHO("caddy", "caddy") WHO("envoy", "envoy")            \
			WHO("traefik", "traefik") WHO("squid", "squid") WHO("varnish", "varnish")  \
				WHO("ingress-nginx", "ingress-nginx") /* platforms */              \
		WHO("cloudflare", "cloudflare") WHO("cloudfront", "cloudfront") WHO(               \
			"alb", "alb") WHO("apigw", "apigw") WHO("apprunner", "apprunner")          \
			WHO("google", "google") WHO("heroku", "heroku") WHO("vercel", "vercel")    \
				WHO("netlify", "netlify") WHO("azure", "azure") WHO("fly", "fly")  \
					WHO("railway", "railway") WHO("render", "render") WHO(     \
						"ngrok", "ngrok") WHO("fastly", "fastly")          \
						WHO("akamai", "akamai") /* a log-in in front */    \
		WHO("oauth2-proxy", "oauth2-proxy") WHO("authelia", "authelia")                    \
			WHO("keycloak", "keycloak") WHO("cloudflare-access", "cloudflare-access")

/* What is looked at. `body` is what of it was kept; `target` and `host` are of the request. */
struct http_evidence {
	const struct http_head *head;
	struct span body;
	uint64_t body_bytes;
	bool html;
	struct span method, target, host;
	bool upgrade; /* the request asked for one */
};

struct http_opinion {
	const char *who, *saying; /* NULL: not recognised */
};

struct http_opinion http_who(const struct http_evidence *e);
/* The stack that a word of HTTP_WHOS belongs to ("ws" → "node"), or NULL; `who` may be NULL. */
const char *http_who_stack(const char *who);

/* The products that an answer's headers name; calls `seen` once for each, at most HTTP_STACKS_MAX
 * times. `by` is the header's name. */
#define HTTP_STACKS_MAX 8
void http_stacks(const struct http_head *h,
	void (*seen)(void *arg, const char *stack, struct span version, struct span by), void *arg);

#endif
