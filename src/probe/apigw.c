/* AWS API Gateway's WebSocket APIs: requests signed with AWS credentials, and @connections. */
#include "dialect/apigw/apigw.h"

#include "dialect/aws/sigv4.h"
#include "fact/all.h"
#include "io/aws.h"
#include "io/clock.h"
#include "probe/protocol.h"
#include "probe/request.h"

#define SERVICE SPAN("execute-api")

/* --- what the user says --- */

struct apigw_own {
	bool sigv4;
	struct span region, profile, connection_id, endpoint;
};

#define AT(member) offsetof(struct apigw_own, member)
static const struct opt options[] = {
	{"aws-sigv4", 0, OPT_FLAG, AT(sigv4), NULL,
		"sign requests for execute-api with AWS credentials: of the environment, the "
		"shared files, the container's or the "
		"instance's endpoint, in this order; takes the place of an Authorization header",
		"API Gateway"},
	{"aws-region", 0, OPT_TEXT, AT(region), "REGION",
		"sign for this region; default: that in the host's name, AWS_REGION, the "
		"profile's"},
	{"aws-profile", 0, OPT_TEXT, AT(profile), "NAME",
		"take the credentials of this profile of the shared files; default: AWS_PROFILE"},
	{"connection-id", 0, OPT_TEXT, AT(connection_id), "ID",
		"ask @connections about this connection instead of opening one; with --send: post "
		"that message to it"},
	{"endpoint", 0, OPT_TEXT, AT(endpoint), "URL",
		"the @connections endpoint as an application has it, in place of URL: "
		"https://API.execute-api.REGION.amazonaws.com/STAGE"},
	{NULL},
};

static bool say(struct buf *error, const char *sentence)
{
	buf_addz(error, sentence);
	return false;
}

#define ID_MAX 200

static bool is_sendable(struct span id)
{
	for (size_t i = 0; i < id.n; i++)
		if ((unsigned char)id.p[i] <= ' ' || id.p[i] == 127)
			return false;
	return id.n <= ID_MAX;
}

static bool take(void *arg, struct probe_ask *ask, struct arena *a, struct buf *error)
{
	const struct apigw_own *own = arg;

	(void)ask;
	(void)a;
	if ((own->region.n || own->profile.n) && !own->sigv4 && !own->connection_id.n)
		return say(error, "--aws-region and --aws-profile need --aws-sigv4");
	if (own->endpoint.n && !own->connection_id.n)
		return say(error, "--endpoint needs --connection-id");
	return is_sendable(own->connection_id) ||
	       say(error,
		       "--connection-id: blanks and control bytes are not sent; at most 200 bytes");
}

static bool target(void *arg, struct arena *a, struct span *url, struct buf *error)
{
	const struct apigw_own *own = arg;

	(void)a;
	if (own->endpoint.n && url->n)
		return say(error, "--endpoint stands in place of the URL: give one of them");
	if (own->endpoint.n)
		*url = own->endpoint;
	return true;
}

static const struct apigw_own *own_of(const struct vantage *v)
{
	return protocol_ask(v->probe->ask, &protocol_apigw);
}

/* --- how it is recognised --- */

static const char *in_url(const struct vantage *v)
{
	struct apigw_host host;

	if (protocol_is_meant(v->probe->ask, &protocol_apigw))
		return "option";
	return apigw_host_parse(&host, v->url.host) ? "host" : NULL;
}

static bool in_answer(const struct obs *o)
{
	return o->kind == &http_answer && obs_is(o, &k_who, "apigw");
}

/* --- credentials --- */

struct state {
	struct sigv4_key key;
	struct span region;
	bool signs;
};

static void note_unsigned(struct vantage *v, struct span why)
{
	struct where w = {.vantage = v->index};

	note(v->probe->journal, &w, probe_now(v->probe), &apigw_unsigned, F_TEXT(k_text, why));
}

static void note_signed(struct vantage *v, const struct state *s, struct span source)
{
	struct where w = {.vantage = v->index};

	note(v->probe->journal, &w, probe_now(v->probe), &apigw_signed, F_TEXT(k_service, SERVICE),
		F_TEXT(k_region, s->region), F_TEXT(k_source, source));
}

/* @connections takes nothing unsigned, so what is at hand is used there unasked, at AWS's own name
 * only. */
static bool wants_signature(const struct vantage *v, bool *near)
{
	const struct apigw_own *own = own_of(v);
	struct apigw_host host;

	*near = !own->sigv4 && !own->profile.n;
	return own->sigv4 || own->profile.n ||
	       (own->connection_id.n && apigw_host_parse(&host, v->url.host));
}

static void find_credentials(struct vantage *v, struct state *s, bool near)
{
	const struct apigw_own *own = own_of(v);
	struct aws_ask ask = {.env = v->probe->ask->env,
		.profile = own->profile,
		.region = own->region,
		.near = near};
	struct aws_credentials found;
	struct apigw_host host;
	bool ok = aws_find(&found, &v->probe->arena, v->probe->loop, &ask,
		probe_now(v->probe) + v->probe->timeout);

	s->region =
		!own->region.n && apigw_host_parse(&host, v->url.host) ? host.region : found.region;
	if (!ok) {
		note_unsigned(v, found.trouble);
	} else if (!s->region.n) {
		note_unsigned(v, SPAN("the region is not known: see --aws-region"));
	} else {
		s->key =
			(struct sigv4_key){found.access_key, found.secret_key, found.session_token};
		s->signs = true;
		note_signed(v, s, found.source);
	}
}

static void drop_header(struct request *r, struct span name)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!span_ieq(r->headers[i].name, name))
			r->headers[kept++] = r->headers[i];
	r->n = kept;
}

static void sign(const struct vantage *v, struct request *r)
{
	const struct state *s = v->state;
	struct sigv4_ask ask = {.method = r->method,
		.target = r->target,
		.host = r->host,
		.region = s->region,
		.service = SERVICE,
		.wall = clock_wall() / NS_S,
		.body = r->body};
	struct sigv4 made;

	if (!s->signs)
		return;
	drop_header(r, SPAN("authorization"));
	sigv4_sign(&made, &r->arena, &s->key, &ask);
	for (size_t i = 0; i < made.n; i++)
		r->headers[r->n++] =
			(struct http_header){made.headers[i].name, made.headers[i].value};
}

/* --- @connections --- */

/* Where @connections stands in what was given already, it is appended to what is before it. */
static struct span base_path(struct span path)
{
	ssize_t at = span_ifind(path, SPAN("/@connections"));

	at = at < 0 ? span_ifind(path, SPAN("/%40connections")) : at;
	return at < 0 ? path : span_head(path, (size_t)at);
}

static void note_endpoint(struct vantage *v)
{
	bool given = own_of(v)->endpoint.n > 0;
	struct where w = {.vantage = v->index};
	struct buf said = {.max = URL_SAID_MAX};
	struct apigw_host host;
	bool gateway = apigw_host_parse(&host, v->url.host);
	const char *text, *fault = apigw_endpoint_fault(url_path(&v->url),
				  given && span_starts(v->url.scheme, SPAN("ws")), gateway, &text);
	struct field fields[4] = {F_TEXT(k_on, gateway ? SPAN("gateway") : SPAN("custom"))};
	uint16_t n = 2;

	url_say(&said, &v->url);
	fields[1] = F_TEXT(k_endpoint, buf_span(&said));
	if (fault) {
		fields[n++] = F_TEXT(k_fault, span_of(fault));
		fields[n++] = F_TEXT(k_text, span_of(text));
	}
	journal_add(v->probe->journal, &w, probe_now(v->probe), &apigw_endpoint, fields, n);
	buf_deinit(&said);
}

static void note_works(const struct vantage *v, const struct tag *exp, const char *text)
{
	struct where w = {.vantage = v->index, .exp = exp};

	note(v->probe->journal, &w, probe_now(v->probe), &run_works, F_TEXT(k_text, span_of(text)));
}

static void ask_connection(struct try *t, struct link *k)
{
	const struct vantage *v = t->vantage;
	struct span send = t->probe->ask->send;
	struct buf path = {.max = URL_SAID_MAX};
	struct request r = {.method = send.n ? SPAN("POST") : SPAN("GET"), .body = send};
	struct upgrade_how how = {.no_origin = true};
	struct http_ask ask;

	apigw_target(&path, base_path(url_path(&v->url)), own_of(v)->connection_id);
	how.path = buf_z(&path);
	request_write(&r, t, &how, &v->url, try_trusts(t, k, &v->url, &how.open));
	ask = request_plain(&r);
	conn_push(link_conn(k), &dialect_http);
	apigw_ask(conn_push(link_conn(k), &dialect_apigw),
		&(struct apigw_ask){.method = r.method,
			.id = own_of(v)->connection_id,
			.wall = clock_wall() / NS_S},
		&ask);
	request_deinit(&r);
	buf_deinit(&path);
}

static void connection(struct try *t)
{
	struct link *k = try_open(t, &(struct open_how){0});
	const struct obs *o;
	ns began = probe_now(t->probe);

	if (!k)
		return;
	ask_connection(t, k);
	o = try_answer(t, k);
	try_phase(t, k, "request", began, o && o->kind == &http_answer);
	o = link_await(k, 0, &apigw_connection);
	if (o && !obs_has(o, &k_error))
		note_works(t->vantage, t->exp->tag,
			t->probe->ask->send.n ? "the message was posted to the connection"
					      : "the connection is there");
	else if (obs_is(o, &k_error, "gone"))
		note_works(t->vantage, t->exp->tag, "@connections answers for this stage");
	try_close(t, k);
}

/* --- how it is looked at --- */

static void begin(struct vantage *v)
{
	struct state *s = ARENA_NEW(&v->probe->arena, struct state);
	bool near;

	v->state = s;
	if (own_of(v)->connection_id.n)
		note_endpoint(v);
	if (wants_signature(v, &near))
		find_credentials(v, s, near);
}

static void plan(struct vantage *v)
{
	if (own_of(v)->connection_id.n) {
		plan_here(v, plan_find(&exp_apigw_connection));
		return;
	}
	plan_upgrade(v);
	if (v->opened)
		note_works(v, &exp_upgrade,
			"the gateway opens a connection");
}

/* The limit is one of frames: what is larger passes in pieces. */
#define PIECE 30000
#define WHOLE 60000

static bool grows(const struct probe_ask *ask)
{
	return ask->size > PIECE;
}

static void send_pieces(struct layer *ws, struct span text)
{
	for (size_t at = 0; at < text.n; at += PIECE)
		ws_send_raw(ws, &(struct ws_raw){.fin = at + PIECE >= text.n,
					.opcode = at ? WS_CONTINUATION : WS_TEXT,
					.mask = true,
					.claimed = UINT64_MAX,
					.payload = span_head(span_from(text, at), PIECE)});
}

static void fragments(struct try *t)
{
	struct upgrade_how how = {.no_deflate = true};
	struct link *k;
	const struct obs *o = try_upgrade(t, &how, &k);
	char *text = arena_alloc(&t->probe->arena, WHOLE);

	if (!k)
		return;
	if (o && o->kind == &ws_open) {
		memset(text, 'a', WHOLE);
		send_pieces(try_ws(k), (struct span){text, WHOLE});
		ws_ping(try_ws(k));
		o = link_await(k, try_deadline(t), &ws_rtt, &ws_close, &ws_fault);
		note(t->spot.journal, link_where(k), probe_now(t->probe), &apigw_fragments,
			F_INT(k_bytes, WHOLE), F_INT(k_fragments, WHOLE / PIECE),
			F_BOOL(k_through, o && o->kind == &ws_rtt));
		try_goodbye(t, k);
	}
	try_close(t, k);
}

static const struct experiment experiments[] = {
	{&exp_apigw_connection, 1, BASE, connection},
	{&exp_apigw_fragments, 1, ASKED, fragments, grows},
	{NULL},
};

/* One connection is asked about: none is opened. */
static const char *impossible(const struct vantage *v, const struct tag *exp)
{
	if (own_of(v)->connection_id.n && exp == &exp_send)
		return "the message is posted to the connection";
	if (exp == &exp_apigw_fragments && !v->opened)
		return "no WebSocket was opened";
	return NULL;
}

const struct protocol protocol_apigw = {.name = "apigw",
	.options = options,
	.ask_size = sizeof(struct apigw_own),
	.take = take,
	.target = target,
	.in_url = in_url,
	.in_answer = in_answer,
	.begin = begin,
	.sign = sign,
	.above = &dialect_apigw,
	.plan = plan,
	.experiments = experiments,
	.impossible = impossible};
