/* What a Lavalink node says about itself, its players and its track, in JSON. */
#ifndef SERVE_LAVANODE_JSON_H
#define SERVE_LAVANODE_JSON_H

#include "base/json.h"
#include "serve/lavanode.h"

#define LAVANODE_TONE_MS 2000
#define LAVANODE_TONE_ENCODED                                                                      \
	"QAAAcwMACVRlc3QgdG9uZQAKd3NkeCBzZXJ2ZQAAAAAAAAfQABxodHRwczovL2V4YW1wbGUub3JnL3RvbmUud2F2" \
	"AAEAHGh0dHBzOi8vZXhhbXBsZS5vcmcvdG9uZS53YXYAAAAEaHR0cAADd2F2AAAAAAAAAAA="

const char *lavanode_version(const struct lavanode_how *how);
void lavanode_info_write(struct json_out *o, const struct lavanode_how *how);
void lavanode_track_write(struct json_out *o, int64_t position);
void lavanode_state_write(struct json_out *o, const struct lavanode_player *p, ns now);
void lavanode_player_write(struct json_out *o, const struct lavanode_player *p, ns now);
/* The members of the stats object; `s`: with frameStats when a player of it plays. */
void lavanode_stats_write(struct json_out *o, const struct lavanode *node,
	const struct lavanode_session *s, const struct lavanode_how *how, ns now);

#endif
