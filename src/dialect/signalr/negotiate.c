/* The answer to POST /negotiate (TransportProtocols.md, "POST [endpoint-base]/negotiate request").
 */
#include "base/json.h"
#include "dialect/signalr/talk.h"

static struct span text_member(struct span json, struct span key)
{
	struct json_token t;

	return json_member(json, key, &t) && t.type == JSON_STRING ? t.raw : (struct span){0};
}

static struct span keep(struct layer *l, struct span raw)
{
	struct buf plain = {.max = SIGNALR_TOKEN_MAX};
	struct span kept;

	json_unescape(&plain, raw);
	kept = arena_copy(&l->conn->arena, buf_span(&plain));
	buf_deinit(&plain);
	return kept;
}

static void read_transport(struct signalr_terms *terms, struct span name, struct buf *names)
{
	const struct {
		const char *name;
		bool *offered;
	} known[] = {{"WebSockets", &terms->websockets}, {"ServerSentEvents", &terms->events},
		{"LongPolling", &terms->polling}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!span_eq(name, span_of(known[i].name)) || *known[i].offered)
			continue;
		*known[i].offered = true;
		buf_addf(names, "%s%s", names->n ? "," : "", known[i].name);
	}
}

static void read_transports(struct signalr_terms *terms, struct span array, struct buf *names)
{
	struct json j;
	struct json_token t;

	json_init(&j, array);
	for (t = json_next(&j); t.type != JSON_END && t.type != JSON_ERROR; t = json_next(&j)) {
		if (t.type != JSON_OBJECT || !json_skip(&j))
			continue;
		read_transport(terms,
			text_member((struct span){array.p + t.at, j.at - t.at}, SPAN("transport")),
			names);
	}
}

static void read_terms(struct layer *l, struct span body)
{
	struct signalr_terms *terms = &signalr_of(l)->terms;
	struct span id = text_member(body, SPAN("connectionId"));
	struct span token = text_member(body, SPAN("connectionToken"));
	struct buf names = {.max = 128};
	struct json_token t;
	int64_t version = 0;

	if (json_member(body, SPAN("availableTransports"), &t) && t.type == JSON_ARRAY)
		read_transports(terms, t.raw, &names);
	if (json_member(body, SPAN("negotiateVersion"), &t) && t.type == JSON_NUMBER)
		json_int(t.raw, &version);
	/* version 0 has no token: the id itself stands in the query */
	terms->token = keep(l, token.n ? token : id);
	terms->ok = terms->token.n > 0;
	signalr_note_negotiated(l, buf_span(&names), version);
	buf_deinit(&names);
}

void signalr_read_negotiation(struct layer *l, struct span body)
{
	struct json_token t;
	struct span url = text_member(body, SPAN("url")), error = text_member(body, SPAN("error"));
	struct span old = text_member(body, SPAN("ProtocolVersion"));

	if (old.n) {
		signalr_note_fault(l, SERVER, "aspnet", old);
	} else if (error.n) {
		signalr_note_refused(l, "negotiate", error);
	} else if (url.n) {
		signalr_of(l)->terms.url = keep(l, url);
		signalr_of(l)->terms.access = keep(l, text_member(body, SPAN("accessToken")));
		signalr_note_redirect(l, signalr_of(l)->terms.url);
	} else if (text_member(body, SPAN("connectionId")).n &&
		   json_member(body, SPAN("availableTransports"), &t)) {
		read_terms(l, body);
	} else {
		signalr_note_fault(l, SERVER, "negotiate", (struct span){0});
	}
	layer_up(l, SERVER, SIGNALR_NEGOTIATED, body);
}
