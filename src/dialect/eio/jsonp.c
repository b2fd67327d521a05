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

/* json_str escapes U+2028 and U+2029 too, which end a string in a script. */
void eio_jsonp_write(struct buf *out, struct span number, struct span payload)
{
	struct json_out json = {.buf = out};

	buf_addz(out, "___eio[");
	for (size_t i = 0; i < number.n; i++)
		if (number.p[i] >= '0' && number.p[i] <= '9')
			buf_addc(out, number.p[i]);
	buf_addz(out, "](");
	json_str(&json, payload);
	buf_addz(out, ");");
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The client writes a line break as \n, and what was \n as \\n (engine.io, polling-jsonp.ts). */
static void undo_line_breaks(struct buf *out, struct span text)
{
	while (text.n) {
		if (span_starts(text, SPAN("\\\\n"))) {
			buf_addz(out, "\\n");
			text = span_from(text, 3);
		} else if (span_starts(text, SPAN("\\n"))) {
			buf_addc(out, '\n');
			text = span_from(text, 2);
		} else {
			buf_addc(out, text.p[0]);
			text = span_from(text, 1);
		}
	}
}

bool eio_form_read(struct buf *out, struct span body)
{
	struct buf text = {.max = EIO_PAYLOAD_MAX};

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
		buf_addc(&text, c);
	}
	undo_line_breaks(out, buf_span(&text));
	buf_deinit(&text);
	return true;
}
