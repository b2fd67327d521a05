#include "serve/profile.h"

#include "base/text.h"
#include "serve/pages.h"

#define HEADER(object, name, value)                                                                \
	static const struct http_header object[] = {                                               \
		{{name, sizeof(name) - 1}, {value, sizeof(value) - 1}}};
HEADER(by_nginx, "Server", NGINX_NAME)
HEADER(by_apache, "Server", "Apache/2.4.71 (Debian)")
HEADER(by_caddy, "Server", "Caddy")
HEADER(by_envoy, "server", "envoy")
HEADER(by_google, "Server", "Google Frontend")
HEADER(by_iis, "Server", "Microsoft-IIS/10.0")
HEADER(via_google, "Via", "1.1 google")
HEADER(via_heroku, "Via", "1.1 vegur")
HEADER(by_cloudfront, "Via", "1.1 abcd.cloudfront.net (CloudFront)")
HEADER(sticky_alb, "Set-Cookie", "AWSALB=abcd; Expires=Fri, 01 Jan 2038 00:00:00 GMT; Path=/")
HEADER(sticky_ingress, "Set-Cookie", "INGRESSCOOKIE=1700000000.1.2.3|abcd; Path=/; HttpOnly")
static const struct http_header by_cloudflare[] = {
	{{"Server", 6}, {"cloudflare", 10}}, {{"CF-RAY", 6}, {"8f0000000000abcd-FRA", 20}}};

#define PLAIN(server)                                                                              \
	"Server: " server "\r\nDate:\r\nContent-Type: text/html\r\nContent-Length:\r\n"            \
	"Connection: close\r\n"
#define NGINX_LIKE(name, server, last, foot)                                                       \
	static const struct profile_pages pages_##name = {                                         \
		.url = {"414 Request-URI Too Large", last,                                         \
			foot("414 Request-URI Too Large",                                          \
				"<center><h1>414 Request-URI Too Large</h1></center>\r\n")},       \
		.header = {"400 Bad Request", last,                                                \
			foot("400 Request Header Or Cookie Too Large",                             \
				"<center><h1>400 Bad Request</h1></center>\r\n<center>Request "    \
				"Header Or Cookie Too Large</center>\r\n")},                       \
		.body = {"413 Request Entity Too Large", last,                                     \
			foot("413 Request Entity Too Large",                                       \
				"<center><h1>413 Request Entity Too Large</h1></center>\r\n")},    \
		.late = {"504 Gateway Time-out", server,                                           \
			foot("504 Gateway Time-out",                                               \
				"<center><h1>504 Gateway Time-out</h1></center>\r\n")},            \
	};
/* with server_tokens off, and the Server header cleared */
#define INGRESS "Date:\r\nContent-Type: text/html\r\nContent-Length:\r\nConnection: keep-alive\r\n"
#define INGRESS_LAST "Date:\r\nContent-Type: text/html\r\nContent-Length:\r\nConnection: close\r\n"
#define INGRESS_TITLED(title, middle)                                                              \
	"<html>\r\n<head><title>" title "</title></head>\r\n<body>\r\n" middle                     \
	"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
NGINX_LIKE(nginx, NGINX, NGINX_LAST, NGINX_TITLED)
NGINX_LIKE(ingress, INGRESS, INGRESS_LAST, INGRESS_TITLED)

#define AWSELB_PAGE(status)                                                                        \
	"<html>\r\n<head><title>" status "</title></head>\r\n<body>\r\n<center><h1>" status        \
	"</h1></center>\r\n</body>\r\n</html>\r\n"
#define SAYS(status, headers, page)                                                                \
	{                                                                                          \
		status, headers, page(status)                                                      \
	}
static const struct profile_pages pages_alb = {
	.url = SAYS("414 Request-URI Too Large", PLAIN("awselb/2.0"), AWSELB_PAGE),
	.header = SAYS("400 Bad Request", PLAIN("awselb/2.0"), AWSELB_PAGE),
	.late = SAYS("504 Gateway Time-out", PLAIN("awselb/2.0"), AWSELB_PAGE),
};

static const struct profile_pages pages_apache = {
	.url = {"414 Request-URI Too Long", APACHE,
		APACHE_PAGE("414 Request-URI Too Long", "Request-URI Too Long",
			"<p>The requested URL's length exceeds the capacity\nlimit for this "
			"server.<br />\n</p>")},
	.header = {"400 Bad Request", APACHE,
		APACHE_PAGE("400 Bad Request", "Bad Request",
			"<p>Your browser sent a request that this server could not "
			"understand.<br />\nSize of a request header field exceeds server "
			"limit.<br />\n</p>")},
	.late = {"504 Gateway Timeout", APACHE,
		APACHE_PAGE("504 Gateway Timeout", "Gateway Timeout",
			"<p>The gateway did not receive a timely response\nfrom the upstream "
			"server or application.</p>")},
};

static const struct profile_pages pages_haproxy = {
	.header = {"400 Bad request", HAPROXY,
		HAPROXY_PAGE("400 Bad request", "Your browser sent an invalid request.")},
	.late = {"504 Gateway Time-out", HAPROXY,
		HAPROXY_PAGE("504 Gateway Time-out", "The server didn't respond in time.")},
};

static const struct profile_pages pages_envoy = {
	.header = {"431 Request Header Fields Too Large", ENVOY_BARE, ""},
	.late = {"504 Gateway Timeout", ENVOY, "upstream request timeout"},
};

#define CLOUDFLARE_PAGE(status)                                                                    \
	"<html>\r\n<head><title>" status "</title></head>\r\n<body>\r\n<center><h1>" status        \
	"</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
static const struct profile_pages pages_cloudflare = {
	.url = SAYS("414 Request-URI Too Large", CLOUDFLARE, CLOUDFLARE_PAGE),
	.body = SAYS("413 Request Entity Too Large", CLOUDFLARE, CLOUDFLARE_PAGE),
	.late = {"524 <none>", CLOUDFLARE, "error code: 524"},
};

#define CLOUDFRONT                                                                                 \
	"Server: CloudFront\r\nDate:\r\nContent-Type: text/html\r\nContent-Length:\r\n"            \
	"Connection: close\r\nX-Cache: Error from cloudfront\r\n"                                  \
	"Via: 1.1 abcd.cloudfront.net (CloudFront)\r\n"
static const struct profile_pages pages_cloudfront = {
	.url = {"413 Request Entity Too Large", CLOUDFRONT, ""},
	.header = {"494 Request header too large", CLOUDFRONT, ""},
};

static const struct profile_pages pages_google = {
	.body = {"413 Request Entity Too Large", PLAIN("Google Frontend"), ""},
	.late = {"504 Gateway Timeout",
		"Content-Type: text/plain\r\nContent-Length:\r\nDate:\r\nVia: 1.1 google\r\n"
		"Connection: close\r\n",
		"upstream request timeout"},
};

static const struct profile_pages pages_apigw = {
	.late = {"504 Gateway Timeout",
		"Date:\r\nContent-Type: application/json\r\nContent-Length:\r\nConnection: "
		"close\r\n"
		"x-amzn-ErrorType: GatewayTimeoutException\r\n",
		"{\"message\":\"Endpoint request timed out\"}"},
};

static const struct profile_pages pages_heroku = {
	.late = {"503 Service Unavailable",
		"Server: Cowboy\r\nDate:\r\nContent-Length:\r\nContent-Type: text/html; "
		"charset=utf-8\r\nCache-Control: no-cache, no-store\r\nConnection: close\r\n",
		"<!DOCTYPE html>\n<html><head><title>Application Error</title></head>"
		"<body></body></html>\n"},
};

static const struct profile_pages pages_iis = {
	.late = {"502 Bad Gateway", PLAIN("Microsoft-IIS/10.0"), "502 Bad Gateway"},
};

#define COUNT(list) sizeof(list) / sizeof((list)[0])
#define MARKS(list) .marks = list, .n_marks = COUNT(list)
#define OPENS(list) .opens = list, .n_opens = COUNT(list)
#define PROFILE(its_name, ...) {.name = its_name, __VA_ARGS__},
static const struct profile rows[] = {
#include "serve/profile.def"
};
#undef PROFILE

#define ROWS (sizeof(rows) / sizeof(rows[0]))

#define PROFILE(its_name, ...) "|" its_name
const char profile_choices[] = "list"
#include "serve/profile.def"
	;
#undef PROFILE

const struct profile *profile_find(struct span name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (span_eq(name, span_of(rows[i].name)))
			return &rows[i];
	return NULL;
}

/* --- the table ------------------------------------------------------------------------------ */

static void add_cell(struct buf *out, struct buf *cell, size_t width)
{
	if (!cell->n)
		buf_addc(cell, '-');
	buf_add(out, buf_span(cell));
	for (size_t n = cell->n; n < width; n++)
		buf_addc(out, ' ');
	buf_clear(cell);
}

static void add_time(struct buf *out, struct buf *cell, ns time, int64_t scale, size_t width)
{
	if (time)
		text_ns(cell, time / scale);
	add_cell(out, cell, width);
}

static void add_size(struct buf *cell, const char *of, uint64_t bytes)
{
	if (!bytes)
		return;
	buf_addf(cell, "%s%s ", cell->n ? ", " : "", of);
	text_bytes(cell, bytes);
}

static void add_end(struct buf *cell, const struct profile *p)
{
	static const char *const ends[] = {[PROFILE_FIN] = "FIN", [PROFILE_FORGET] = "forgotten"};

	if (p->end == PROFILE_CLOSE)
		buf_addf(cell, "Close %u", p->code);
	else if (p->idle || p->age)
		buf_addz(cell, ends[p->end]);
}

static void add_sizes(struct buf *cell, const struct profile *p)
{
	add_size(cell, "request line", p->url);
	add_size(cell, "header line", p->line);
	add_size(cell, "head", p->head);
	add_size(cell, "body", p->body);
	add_size(cell, "message", p->message);
	add_size(cell, "frame", p->frame);
	if (p->refuses)
		buf_addf(cell, "%sno Upgrade", cell->n ? ", " : "");
}

static void add_row(struct buf *out, const struct profile *p, int64_t scale)
{
	struct buf cell = {.max = 256};

	buf_addz(&cell, p->name);
	add_cell(out, &cell, 19);
	add_time(out, &cell, p->idle, scale, 10);
	add_time(out, &cell, p->age, scale, 10);
	add_end(&cell, p);
	add_cell(out, &cell, 12);
	add_time(out, &cell, p->answer, scale, 10);
	add_sizes(&cell, p);
	add_cell(out, &cell, 0);
	buf_addf(out, "\n  %s\n  %s\n", p->say, p->source);
	buf_deinit(&cell);
}

void profile_list(struct buf *out, int64_t scale)
{
	buf_addz(out, "profile            silence   age       end         answer    limits\n");
	for (size_t i = 0; i < ROWS; i++)
		add_row(out, &rows[i], scale);
}
