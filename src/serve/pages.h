/* Heads and pages as the products named write them. Lines that end behind the colon are filled by
 * call_answer. */
#ifndef SERVE_PAGES_H
#define SERVE_PAGES_H

/* nginx: src/http/ngx_http_header_filter_module.c, ngx_http_special_response.c */
#define NGINX_NAME "nginx/1.22.1"
#define NGINX_FIRST                                                                                \
	"Server: " NGINX_NAME "\r\nDate:\r\nContent-Type: text/html\r\nContent-Length:\r\n"
#define NGINX NGINX_FIRST "Connection: keep-alive\r\n"
#define NGINX_LAST NGINX_FIRST "Connection: close\r\n" /* 400, 414, 500 … */
#define NGINX_TITLED(title, middle)                                                                \
	"<html>\r\n<head><title>" title "</title></head>\r\n<body>\r\n" middle                     \
	"<hr><center>" NGINX_NAME "</center>\r\n</body>\r\n</html>\r\n"
#define NGINX_PAGE(status) NGINX_TITLED(status, "<center><h1>" status "</h1></center>\r\n")

/* node's ws: lib/websocket-server.js, abortHandshake() */
#define WS_NODE "Connection: close\r\nContent-Type: text/html\r\nContent-Length:\r\n"
/* … and its own http.Server, to what wants no upgrade */
#define WS_NODE_PLAIN                                                                              \
	"Content-Length:\r\nContent-Type: text/plain\r\nDate:\r\nConnection: keep-alive\r\n"       \
	"Keep-Alive: timeout=5\r\n"

/* Express' finalhandler */
#define EXPRESS                                                                                    \
	"X-Powered-By: Express\r\nContent-Security-Policy: default-src 'none'\r\n"                 \
	"X-Content-Type-Options: nosniff\r\nContent-Type: text/html; charset=utf-8\r\n"            \
	"Content-Length:\r\nDate:\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n"
#define EXPRESS_PAGE(path)                                                                         \
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"                  \
	"<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET " path                             \
	"</pre>\n</body>\n</html>\n"

/* HAProxy: src/http.c */
#define HAPROXY                                                                                    \
	"content-length:\r\ncache-control: no-cache\r\ncontent-type: text/html\r\nConnection:\r\n"
#define HAPROXY_PAGE(status, why) "<html><body><h1>" status "</h1>\n" why "\n</body></html>\n"

/* Apache httpd: modules/http/http_protocol.c */
#define APACHE                                                                                     \
	"Date:\r\nServer: Apache/2.4.71 (Debian)\r\nContent-Length:\r\nConnection: close\r\n"      \
	"Content-Type: text/html; charset=iso-8859-1\r\n"
#define APACHE_PAGE(title, heading, text)                                                          \
	"<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" "                                     \
	"\"http://www.w3.org/TR/html4/strict.dtd\">\n<html><head>\n<title>" title                  \
	"</title>\n</head><body>\n<h1>" heading "</h1>\n" text                                     \
	"\n<hr>\n<address>Apache/2.4.71 (Debian) Server at 127.0.0.1 Port 80</address>\n"          \
	"</body></html>\n"

/* Engine.IO: lib/server.ts, abortRequest() and abortUpgrade() */
#define ENGINEIO                                                                                   \
	"Content-Type: application/json\r\nDate:\r\nConnection: keep-alive\r\n"                    \
	"Keep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n"
#define ENGINEIO_UPGRADE "Connection: close\r\nContent-type: text/html\r\nContent-Length:\r\n"

/* python-engineio under uvicorn */
#define PYTHON_ENGINEIO                                                                            \
	"date:\r\nserver: uvicorn\r\nContent-Type: text/plain\r\n"                                 \
	"Access-Control-Allow-Credentials: true\r\nTransfer-Encoding: chunked\r\nConnection:\r\n"

/* Caddy: reverse_proxy's errors have no body */
#define CADDY "Server: Caddy\r\nDate:\r\nContent-Length:\r\nConnection:\r\n"

/* Envoy: source/common/http/utility.cc, sendLocalReply() */
#define ENVOY                                                                                      \
	"content-length:\r\ncontent-type: text/plain\r\ndate:\r\nserver: envoy\r\nConnection:\r\n"
#define ENVOY_BARE "date:\r\nserver: envoy\r\ncontent-length:\r\nConnection:\r\n"

/* Cloudflare's edge */
#define CLOUDFLARE                                                                                 \
	"Date:\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length:\r\n"                   \
	"Connection: keep-alive\r\nServer: cloudflare\r\nCF-RAY: 8f0000000000abcd-FRA\r\n"

/* squid: errorpage.cc */
#define SQUID_FIRST(error)                                                                         \
	"Server: squid/5.7\r\nMime-Version: 1.0\r\nDate:\r\n"                                       \
	"Content-Type: text/html;charset=utf-8\r\nContent-Length:\r\nX-Squid-Error: " error          \
	"\r\nVary: Accept-Language\r\nContent-Language: en\r\n"
#define SQUID(error)                                                                               \
	SQUID_FIRST(error)                                                                         \
	"X-Cache: MISS from proxy.test\r\nX-Cache-Lookup: NONE from proxy.test:3128\r\n"           \
	"Via: 1.1 proxy.test (squid/5.7)\r\nConnection: keep-alive\r\n"
/* … to a CONNECT that failed */
#define SQUID_FAILED(error) SQUID_FIRST(error) "Connection: none\r\n"

#endif
