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

void show_python_origin(struct call *c)
{
	if (fault_origin_allowed(c))
		call_healthy(c);
	else
		call_answer(c, "400 BAD REQUEST",
			"Content-Type: text/plain\r\nContent-Length:\r\nDate:\r\n",
			SPAN("\"Not an accepted origin.\""));
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
	call_date(-c->params.after, &headers);
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
