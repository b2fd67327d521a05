/* What pages without CORS used: a script for each poll, a form for each payload (engine.io
 * polling-jsonp). */
#include "base/json.h"
#include "dialect/eio/payload.h"

bool eio_jsonp_read(struct buf *out, struct span body)
{
	struct json j;
	struct json_token t;
	ssize_t open, close;

	if (!span_starts(body, SPAN("___eio[")))
		return false;
	open = span_find(span_head(body, 32), SPAN("](\""));
	while (body.n && body.p[body.n - 1] != ')')
		body.n--;
	close = (ssize_t)body.n - 1;
	if (open < 0 || close < open + 3)
		return false;
	json_init(&j, (struct span){body.p + open + 2, (size_t)(close - open - 2)});
	t = json_next(&j);
	if (t.type != JSON_STRING || json_next(&j).type != JSON_END)
		return false;
	json_unescape(out, t.raw);
	return true;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool eio_form_read(struct buf *out, struct span body)
{
	if (!span_starts(body, SPAN("d=")))
		return false;
	for (size_t i = 2; i < body.n; i++) {
		char c = body.p[i];

		if (c == '&')
			break;
		if (c == '%' && body.n - i > 2 && hex(body.p[i + 1]) >= 0 &&
			hex(body.p[i + 2]) >= 0) {
			c = (char)(hex(body.p[i + 1]) << 4 | hex(body.p[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		buf_addc(out, c);
	}
	return true;
}
