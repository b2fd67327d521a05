#include "serve/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "io/clock.h"
#include "serve/far.h"

#define LINE_MAX_BYTES ((size_t)16 << 10)
#define TEXT_MAX 1024

struct line {
	struct buf text;
	struct json_out json;
	struct log *log;
};

/* --- lines --------------------------------------------------------------------------------------
 */

static void put_text(struct line *l, const char *key, const char *value)
{
	json_key(&l->json, key);
	json_str(&l->json, span_of(value));
}

static void put_number(struct line *l, const char *key, uint64_t value)
{
	json_key(&l->json, key);
	json_num(&l->json, (int64_t)value);
}

static void put_bool(struct line *l, const char *key, bool value)
{
	json_key(&l->json, key);
	json_bool(&l->json, value);
}

/* What a peer said: what looks like a credential in it is left out. */
static void put_said(struct line *l, const char *key, struct span said)
{
	struct buf safe = {.max = 8 * TEXT_MAX};

	text_redact(&safe, span_head(said, TEXT_MAX));
	json_key(&l->json, key);
	json_str(&l->json, buf_span(&safe));
	buf_deinit(&safe);
}

static void line_begin(struct line *l, struct log *log, const char *event)
{
	ns wall = clock_wall();
	time_t second = (time_t)(wall / NS_S);
	struct tm parts;
	char stamp[32] = "";

	*l = (struct line){.text.max = LINE_MAX_BYTES, .log = log};
	l->json.buf = &l->text;
	json_open(&l->json, '{');
	if (gmtime_r(&second, &parts))
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
	json_key(&l->json, "time");
	buf_addf(&l->text, "\"%s.%03dZ\"", stamp, (int)(wall % NS_S / NS_MS));
	l->json.comma = true;
	put_text(l, "event", event);
}

static void line_end(struct line *l)
{
	json_close(&l->json, '}');
	buf_addc(&l->text, '\n');
	if (!l->text.full)
		fwrite(l->text.p, 1, l->text.n, l->log->to);
	buf_deinit(&l->text);
	loop_post(l->log->loop, &l->log->flush);
}

/* The connection's number and peer; c NULL: there is none. */
static void put_connection(struct line *l, const struct call *c)
{
	if (!c || !c->tale)
		return;
	put_number(l, "connection", c->tale->number);
	if (c->tale->peer[0])
		put_text(l, "peer", c->tale->peer);
}

/* --- its life -----------------------------------------------------------------------------------
 */

static void flush(void *arg)
{
	struct log *log = arg;

	fflush(log->to);
}

bool log_begin(struct far *far)
{
	const struct serve_ask *ask = far->ask;
	struct log *log;
	FILE *to = ask->out;

	if (!ask->log)
		return true;
	if (ask->log_file) {
		to = fopen(ask->log_file, "ae");
		if (!to) {
			fprintf(ask->err, "wsdx serve: --log-file: %s: %s\n", ask->log_file,
				strerror(errno));
			return false;
		}
	}
	log = calloc(1, sizeof(*log));
	if (!log)
		abort();
	log->to = to;
	log->loop = far->loop;
	log->flush = (struct post){.call = flush, .arg = log};
	pool_init(&log->tales, sizeof(struct tale),
		far->pool.max * (ask->replicas ? ask->replicas : 1));
	far->log = log;
	return true;
}

void log_end(struct far *far)
{
	struct log *log = far->log;

	if (!log)
		return;
	loop_unpost(far->loop, &log->flush);
	fflush(log->to);
	if (log->to != far->ask->out)
		fclose(log->to);
	pool_deinit(&log->tales);
	free(log);
	far->log = NULL;
}

/* --- events -------------------------------------------------------------------------------------
 */

void log_listening(struct far *far, struct span url, const char *fault)
{
	struct line l;

	if (!far->log)
		return;
	line_begin(&l, far->log, "listening");
	json_key(&l.json, "url");
	json_str(&l.json, url);
	if (fault)
		put_text(&l, "fault", fault);
	line_end(&l);
}

static void begin_tale(struct call *c)
{
	struct log *log = c->far->log;

	c->tale = pool_new(&log->tales);
	if (!c->tale)
		abort();
	c->tale->number = ++log->number;
	c->tale->began = call_now(c);
}

void log_opened(struct call *c, const struct address *peer)
{
	struct line l;

	if (!c->far->log)
		return;
	begin_tale(c);
	if (peer->family)
		snprintf(c->tale->peer, sizeof(c->tale->peer),
			peer->family == 6 ? "[%.45s]:%u" : "%.45s:%u", peer->text, peer->port);
	line_begin(&l, c->far->log, "connection-opened");
	put_connection(&l, c);
	put_bool(&l, "tls", c->door->offer != NULL);
	line_end(&l);
}

void log_carried(struct call *c, const struct call *by)
{
	struct line l;

	if (!c->far->log)
		return;
	begin_tale(c);
	memcpy(c->tale->peer, by->tale->peer, sizeof(c->tale->peer));
	line_begin(&l, c->far->log, "connection-opened");
	put_connection(&l, c);
	put_bool(&l, "tls", c->door->offer != NULL);
	put_number(&l, "carrier", by->tale->number);
	line_end(&l);
}

void log_peer(struct call *c, struct span peer)
{
	struct line l;

	if (!c->tale)
		return;
	line_begin(&l, c->far->log, "proxied");
	put_number(&l, "connection", c->tale->number);
	if (c->tale->peer[0])
		put_text(&l, "proxy", c->tale->peer);
	snprintf(c->tale->peer, sizeof(c->tale->peer), "%.*s", SPANF(peer));
	put_text(&l, "peer", c->tale->peer);
	line_end(&l);
}

void log_upgraded(struct call *c)
{
	struct line l;

	if (!c->tale)
		return;
	line_begin(&l, c->far->log, "upgraded");
	put_connection(&l, c);
	put_said(&l, "path", call_path(c));
	if (c->role)
		put_text(&l, "role", c->role->name);
	if (c->fault)
		put_text(&l, "fault", c->fault->id);
	put_bool(&l, "deflate", ws_agreed(c->ws)->on);
	line_end(&l);
}

static void put_counts(struct line *l, const struct tale *t, ns now)
{
	json_key(&l->json, "seconds");
	json_real(&l->json, (double)(now - t->began) / NS_S);
	put_number(l, "bytes_in", t->bytes[CLIENT]);
	put_number(l, "bytes_out", t->bytes[SERVER]);
	put_number(l, "messages_in", t->messages[CLIENT]);
	put_number(l, "messages_out", t->messages[SERVER]);
}

void log_closed(struct call *c, unsigned code)
{
	const struct ws_farewell *bye = c->ws ? ws_farewell(c->ws) : NULL;
	struct line l;

	if (!c->tale)
		return;
	line_begin(&l, c->far->log, "connection-closed");
	put_connection(&l, c);
	put_text(&l, "transport", c->is_websocket ? "websocket" : c->h2 ? "http2" : "http");
	if (code)
		put_number(&l, "code", code);
	if (code && bye && bye->code) {
		put_text(&l, "by", bye->by == CLIENT ? "client" : "server");
		if (bye->reason.n)
			put_said(&l, "reason", bye->reason);
	}
	if (c->tale->limit)
		put_text(&l, "limit", limit_names[c->tale->limit]);
	put_counts(&l, c->tale, call_now(c));
	line_end(&l);
	pool_free(&c->far->log->tales, c->tale);
	c->tale = NULL;
}

void log_limit(struct far *far, struct call *c, enum limit limit)
{
	struct line l;

	if (!far->log)
		return;
	if (c && c->tale)
		c->tale->limit = limit;
	line_begin(&l, far->log, "refused");
	put_connection(&l, c);
	put_text(&l, "limit", limit_names[limit]);
	line_end(&l);
}

void log_stopping(struct far *far, int signal)
{
	struct line l;

	if (!far->log)
		return;
	line_begin(&l, far->log, "stopping");
	put_number(&l, "signal", (uint64_t)signal);
	put_number(&l, "connections", far->count.open_connections);
	line_end(&l);
}

void log_stopped(struct far *far)
{
	struct line l;

	if (!far->log)
		return;
	line_begin(&l, far->log, "stopped");
	put_number(&l, "connections", far->count.connections);
	line_end(&l);
}

static const char *transport(bool websocket)
{
	return websocket ? "websocket" : "polling";
}

uint64_t log_session_opened(struct far *far, const struct call *c, unsigned version, bool websocket)
{
	struct line l;

	if (!far->log)
		return 0;
	line_begin(&l, far->log, "session-opened");
	put_number(&l, "session", ++far->log->sessions);
	put_connection(&l, c);
	put_text(&l, "transport", transport(websocket));
	put_number(&l, "protocol", version);
	line_end(&l);
	return far->log->sessions;
}

void log_session_upgraded(struct far *far, uint64_t session, const struct call *c)
{
	struct line l;

	if (!far->log)
		return;
	line_begin(&l, far->log, "session-upgraded");
	put_number(&l, "session", session);
	put_connection(&l, c);
	line_end(&l);
}

void log_session_closed(struct far *far, uint64_t session, bool websocket)
{
	struct line l;

	if (!far->log)
		return;
	line_begin(&l, far->log, "session-closed");
	put_number(&l, "session", session);
	put_text(&l, "transport", transport(websocket));
	line_end(&l);
}
