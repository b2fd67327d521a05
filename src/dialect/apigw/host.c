#include "dialect/apigw/apigw.h"

bool apigw_host_parse(struct apigw_host *out, struct span host)
{
	static const char *const tails[] = {".amazonaws.com", ".amazonaws.com.cn", ".api.aws"};
	struct span service = SPAN(".execute-api.");
	ssize_t at = span_ifind(host, service);

	for (size_t i = 0; at > 0 && i < sizeof(tails) / sizeof(*tails); i++) {
		struct span tail = span_of(tails[i]),
			    rest = span_from(host, (size_t)at + service.n);

		if (rest.n <= tail.n || !span_ieq(span_from(rest, rest.n - tail.n), tail))
			continue;
		out->api = span_head(host, (size_t)at);
		out->region = span_head(rest, rest.n - tail.n);
		return span_chr(out->region, '.') < 0 && span_chr(out->api, '.') < 0;
	}
	return false;
}

static size_t segments(struct span path, struct span *first, struct span *last)
{
	struct span part;
	size_t n = 0;

	while (span_cut(&path, '/', &part)) {
		if (!part.n)
			continue;
		if (!n++)
			*first = part;
		*last = part;
	}
	return n;
}

const char *apigw_endpoint_fault(struct span path, bool websocket, bool gateway, const char **text)
{
	struct span first = {0}, last = {0};
	size_t n = segments(path, &first, &last);

	*text = NULL;
	if (span_ifind(path, SPAN("@connections")) >= 0 ||
		span_ifind(path, SPAN("%40connections")) >= 0) {
		*text = "@connections and the id are appended to it: it ends with the stage";
		return "connections-in-it";
	}
	if (websocket) {
		*text = "@connections is HTTP: the same address with https:// in place of wss://";
		return "websocket-scheme";
	}
	if (gateway && n == 0) {
		*text = "the stage is missing: https://API.execute-api.REGION.amazonaws.com/STAGE";
		return "no-stage";
	}
	if (n > 1 && span_eq(first, last)) {
		*text = "the stage is there twice";
		return "stage-doubled";
	}
	return NULL;
}

/* encodeURIComponent of the SDKs: all but the unreserved characters of RFC 3986 §2.3. An id that is
 * encoded already stays. */
static bool is_encoded(struct span id)
{
	ssize_t at = span_chr(id, '%');

	return at >= 0 && (size_t)at + 2 < id.n && strchr("0123456789abcdefABCDEF", id.p[at + 1]) &&
	       strchr("0123456789abcdefABCDEF", id.p[at + 2]);
}

static bool is_plain(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void apigw_target(struct buf *out, struct span path, struct span id)
{
	while (span_ends(path, SPAN("/")))
		path.n--;
	buf_add(out, path);
	buf_addz(out, "/@connections/");
	if (is_encoded(id)) {
		buf_add(out, id);
		return;
	}
	for (size_t i = 0; i < id.n; i++)
		if (is_plain(id.p[i]))
			buf_addc(out, id.p[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)id.p[i]);
}
