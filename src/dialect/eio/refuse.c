/* How servers refuse: engine.io/lib/server.ts (errors, abortRequest, abortUpgrade),
 * python-engineio's base_server.py, engineioxide's errors.rs (codes as strings), go-socket.io's
 * engineio/server.go. */
#include <stdio.h>

#include "base/json.h"
#include "dialect/eio/talk.h"
#include "fact/eio.h"
#include "fact/tls.h"

static const struct {
	const char *message, *name;
} codes[] = {
	{"Transport unknown", "transport-unknown"},
	{"Session ID unknown", "session-unknown"},
	{"Bad handshake method", "bad-method"},
	{"Bad request", "bad-request"},
	{"Forbidden", "forbidden"},
	{"Unsupported protocol version", "unsupported-protocol-version"},
};
#define CODES (sizeof(codes) / sizeof(*codes))

/* By how they begin; python's are JSON strings. */
static const struct {
	const char *starts, *name, *by;
} sentences[] = {
	{"\"Invalid session", "session-unknown", "python-engineio"},
	{"\"Invalid transport", "transport-unknown", "python-engineio"},
	{"\"Invalid websocket upgrade", "no-upgrade", "python-engineio"},
	{"\"The client is using an unsupported version of the Socket.IO",
		"unsupported-protocol-version", "python-engineio"},
	{"\"Not an accepted origin.", "origin-rejected", "python-engineio"},
	{"invalid sid\n", "session-unknown", "go-socket.io"},
	{"invalid transport\n", "transport-unknown", "go-socket.io"},
};

const char *eio_error_message(unsigned code)
{
	return code < CODES ? codes[code].message : NULL;
}

static void note_code(struct layer *l, const char *by, unsigned status, unsigned code)
{
	layer_note(l, &eio_error, F_TEXT(k_by, span_of(by)), F_INT(k_status, status),
		F_TEXT(k_error, span_of(codes[code].name)), F_INT(k_code, code));
}

static bool read_code(struct layer *l, unsigned status, struct span body)
{
	struct json_token code, message;
	int64_t n;

	if (!json_member(body, SPAN("code"), &code) ||
		(code.type != JSON_NUMBER && code.type != JSON_STRING) ||
		!json_member(body, SPAN("message"), &message) || message.type != JSON_STRING ||
		!json_int(code.raw, &n) || n < 0 || n >= (int64_t)CODES)
		return false;
	note_code(l, code.type == JSON_STRING ? "engineioxide" : "engine.io", status, (unsigned)n);
	return true;
}

bool eio_refusal_read(struct layer *l, unsigned status, struct span body)
{
	const char *name = NULL, *by = "python-engineio";

	if (status < 400 || body.n > EIO_REFUSAL_MAX)
		return false;
	if (span_starts(body, SPAN("{")))
		return read_code(l, status, body);
	for (unsigned i = 0; i < CODES; i++)
		if (span_eq(body, span_of(codes[i].message))) {
			note_code(l, "engine.io", status, i);
			return true;
		}
	for (size_t i = 0; i < sizeof(sentences) / sizeof(*sentences); i++)
		if (span_starts(body, span_of(sentences[i].starts))) {
			name = sentences[i].name;
			by = sentences[i].by;
		}
	if (!name && span_ends(body, SPAN(" is not an accepted origin.\"")))
		name = "origin-rejected";
	if (name)
		layer_note(l, &eio_error, F_TEXT(k_by, span_of(by)), F_INT(k_status, status),
			F_TEXT(k_error, span_of(name)));
	return name != NULL;
}

#define HEADERS_MAX 32

void eio_refuse(struct layer *l, unsigned code, const struct http_header *headers, size_t n)
{
	struct http_header all[HEADERS_MAX];
	struct layer *http = eio_http(l);
	struct eio_request r;
	char json[96];
	struct span body;

	if (code >= CODES || !http)
		return;
	eio_request_read(&r, http_head(http, CLIENT));
	all[0].name = SPAN("Content-Type");
	all[0].value = r.upgrade ? SPAN("text/html") : SPAN("application/json");
	snprintf(json, sizeof(json), "{\"code\":%u,\"message\":\"%s\"}", code, codes[code].message);
	body = span_of(r.upgrade ? codes[code].message : json);
	for (size_t i = 0; i < n && i + 1 < HEADERS_MAX; i++)
		all[i + 1] = headers[i];
	http_reply(http, code == 4 && !r.upgrade ? 403 : 400, all,
		n + 1 < HEADERS_MAX ? n + 1 : HEADERS_MAX, body);
	eio_of(l)->exchange.busy = false;
	if (r.upgrade)
		l->conn->done = true;
}
