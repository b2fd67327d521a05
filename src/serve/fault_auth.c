/* Faults about who may come in. */
#include "serve/fault.h"
#include "serve/pages.h"

static bool has(const struct call *c, struct span name)
{
	return http_count(call_head(c), name) > 0;
}

/* ActionCable: lib/action_cable/connection/base.rb, respond_to_invalid_request */
void show_actioncable(struct call *c)
{
	if (!call_upgrades(c) || fault_origin_allowed(c))
		call_healthy(c);
	else
		call_answer(c, "404 Not Found",
			"content-type: text/plain; charset=utf-8\r\nContent-Length:\r\n",
			SPAN("Page not found"));
}

/* async_server.py, handle_request(); an origin is an ASCII word (RFC 6454 §6.2). */
void show_python_origin(struct call *c)
{
	struct span origin = http_find(call_head(c), SPAN("Origin"));
	struct buf body = {.max = 1024};

	if (fault_origin_allowed(c)) {
		call_healthy(c);
		return;
	}
	if (origin.n > 256 || span_chr(origin, '"') >= 0 || span_chr(origin, '\\') >= 0)
		origin = SPAN("null");
	buf_addf(&body, "\"%.*s is not an accepted origin.\"", SPANF(origin));
	call_answer(c, "400 Bad Request", PYTHON_ENGINEIO, buf_span(&body));
	buf_deinit(&body);
}

static bool has_token(const struct call *c)
{
	return has(c, SPAN("Authorization")) || has(c, SPAN("Cookie")) || call_query(c).n > 0;
}

void show_expired_token(struct call *c)
{
	if (!call_upgrades(c))
		call_healthy(c);
	else
		call_answer(c, "401 Unauthorized", "Content-Type: application/json\r\n",
			has_token(c) ? SPAN("{\"error\":\"invalid_token\",\"message\":\"jwt "
					    "expired\"}")
				     : SPAN("{\"error\":\"missing_token\"}"));
}

void show_clock_skew(struct call *c)
{
	struct buf headers = {.max = 512};

	if (!call_upgrades(c)) {
		call_healthy(c);
		return;
	}
	buf_addz(&headers, "Date: ");
	call_date(-c->show->params.after, &headers);
	buf_addz(&headers, "\r\nContent-Type: application/json\r\n");
	call_answer(c, "401 Unauthorized", buf_z(&headers),
		SPAN("{\"error\":\"invalid_token\",\"message\":\"jwt not active\"}"));
	buf_deinit(&headers);
}

static void only_with(struct call *c, struct span header)
{
	if (!call_upgrades(c) || has(c, header))
		call_healthy(c);
	else
		call_answer(c, "401 Unauthorized", WS_NODE, SPAN("Unauthorized"));
}

void show_header_only(struct call *c)
{
	only_with(c, SPAN("Authorization"));
}

void show_cookie_only(struct call *c)
{
	only_with(c, SPAN("Cookie"));
}
