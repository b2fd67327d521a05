/* Faults of a Lavalink node, and of what stands in front of one. */
#include "serve/fault.h"
#include "serve/lavarole.h"

static void answer(struct call *c, const struct lavanode_how *how)
{
	lavarole_request(c, how);
	if (!c->ending)
		call_stay(c);
}

/* As a port that docker has published before the node listens: connected, then reset. */
void show_lavalink_not_ready(struct call *c)
{
	const struct lavanode_how how = lavarole_healthy(c);

	if (call_now(c) - lavarole_began(c) < c->show->params.after)
		link_reset(c->k);
	else
		answer(c, &how);
}

void show_lavalink_bad_password(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	how.no_password_fits = true;
	answer(c, &how);
}

void show_lavalink_authorization_lost(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	how.authorization_lost = true;
	answer(c, &how);
}

void show_lavalink_upgrade_missing(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	how.upgrade_stripped = true;
	answer(c, &how);
}

void show_lavalink_resume_lost(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	how.never_resumes = true;
	answer(c, &how);
}

void show_lavalink_starved(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	how.starved = true;
	answer(c, &how);
}

void show_lavalink_channel_id(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	how.wants_channel = true;
	answer(c, &how);
}

static void close_voice(struct call *c, struct lavanode_how *how)
{
	how->voice_code = (unsigned)c->show->params.code;
	lavarole_request(c, how);
	if (c->mine && (!c->show->params.after || call_sleep(c, c->show->params.after)))
		lavarole_voice_closed(c, how->voice_code);
	if (!c->ending)
		call_stay(c);
}

void show_lavalink_voice(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	close_voice(c, &how);
}

void show_lavalink_dave(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	how.version = "4.0.8";
	close_voice(c, &how);
}

/* Version 3: its WebSocket is at /, and /v4 is nothing to it. */
void show_lavalink_v3(struct call *c)
{
	struct lavanode_how how = lavarole_healthy(c);

	how.version = "3.7.13";
	how.v3 = true;
	answer(c, &how);
}

/* The endpoints that a client of version 3 knows, on a node of version 4: 200, and nothing. */
void show_lavalink_old_endpoint(struct call *c)
{
	const struct lavanode_how how = lavarole_healthy(c);

	answer(c, &how);
}
