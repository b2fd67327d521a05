/* Lavalink v4: what a node answers, says and is, and what a client library is set up with. */
#ifndef FACT_LAVALINK_H
#define FACT_LAVALINK_H

#include "fact/dns.h"
#include "fact/sio.h"
#include "fact/tls.h"

#define LAVALINK_FACTS(KIND, KEY, TAG)                                                             \
	/* As what we come, once a vantage point. password: one is given; user_id: "number" "zero" "text" "none"; client: the            \
	 * Client-Name, absent when none is sent */                                                \
	KIND(lavalink_client, "lavalink.client", OURS,                                             \
		"as a client[ named {client}], User-Id: {user_id}[{?password}, with a password][{!password}, without a password]")      \
	/* One REST request and what came. path: ids in it replaced by {session} and {guild}; given: the password that went along,   \
	 * "none" "given" "wrong"; status: absent when no answer came; message: of Lavalink's error body, redacted */                 \
	KIND(lavalink_rest, "lavalink.rest", PROBE,                                                \
		"{method} {path}, password {given}: [{status}][{!status}no answer][ in {took}][, {message}]")                          \
	/* What the node says it is. path: "/version" or "/v4/info"; version: "4.0.8"; sources: of tracks, comma-separated, absent    \
	 * when not said; plugins: "name version", comma-separated, absent when none; player: Lavaplayer's version; jvm: Java's */    \
	KIND(lavalink_node, "lavalink.node", PROBE,                                                \
		"Lavalink {version}[, Lavaplayer {player}][, Java {jvm}][, sources {sources}][, plugins {plugins}]")                   \
	/* The ready op. resumed: as it says; resumed_header: Session-Resumed of the 101, "true" "false", absent; api:             \
	 * Lavalink-Api-Version of the 101; session_tag: salted, equal for equal ids within a run; took: since the 101 */            \
	KIND(lavalink_ready, "lavalink.ready", PROBE,                                              \
		"ready[ in {took}], [{?resumed}session resumed][{!resumed}a new session]")             \
	/* The 101 came and ready did not. */                                                      \
	KIND(lavalink_no_ready, "lavalink.no-ready", PROBE, "no ready in {waited}")                \
	/* The state of the node. by: "websocket" "rest"; loads in percent; frames: of the last minute, an average over the playing  \
	 * players, 3000 are due; absent when none plays or by rest */                             \
	KIND(lavalink_stats, "lavalink.stats", PROBE,                                              \
		"up {uptime}, {playing} of {players} players playing, memory {memory_used} of {memory_reservable}, {cores} cores,"     \
		" load {system_load} %, Lavalink's {lavalink_load} %[, frames: {frames_sent} sent][, {frames_nulled} nulled]"          \
		"[, {frames_deficit} short]")                                                      \
	/* guild_tag: salted. ping: to Discord's voice server, absent when not connected */        \
	KIND(lavalink_player, "lavalink.player", PROBE,                                            \
		"player update: [{?connected}connected to Discord's voice server][{!connected}not connected to Discord's voice server][, ping {ping}]") \
	/* event: "TrackStartEvent" "TrackEndEvent" "TrackExceptionEvent" "TrackStuckEvent" …, of a plugin any other; reason: of      \
	 * TrackEnd; message: of an exception, redacted */                                         \
	KIND(lavalink_event, "lavalink.event", PROBE, "{event}[, {reason}][: {message}]")          \
	/* WebSocketClosedEvent: Discord's voice server closed the connection of one guild, not Lavalink that of its client.        \
	 * code: of Discord's table; meaning: in words, absent when unknown; by_remote: Discord did it */                            \
	KIND(lavalink_voice_closed, "lavalink.voice-closed", PROBE,                                \
		"Discord's voice server closed with {code}[ {meaning}][: {reason}][{!by_remote}, by Lavalink itself]")                 \
	/* What breaks the protocol. fault: "json" "shape" "op-missing" "op-unknown" "binary" "too-deep" "ready-again" "ready-first"  \
	 * (something before ready) "client-message" (v4 takes none from the client) "ready-session" (no session id) */               \
	KIND(lavalink_fault, "lavalink.fault", PROBE, "{from} broke Lavalink's protocol: {fault}[, {text}]")                           \
	/* PATCH of the session, and what the node answered: resuming, timeout as the answer has them */                              \
	KIND(lavalink_session, "lavalink.session", PROBE,                                          \
		"session update: {status}[{?resuming}, resuming within {timeout}][{!resuming}, no resuming]")                          \
	/* --resume: the connection was cut, and we came back after waited with the session's id; timeout: as agreed. ready: a       \
	 * ready came; resumed, resumed_header: what it, and the 101, say; same: it has the same session id */                       \
	KIND(lavalink_resume, "lavalink.resume", PROBE,                                            \
		"back after {waited}: [{!ready}no ready came][{?ready}{?resumed}session resumed][{?ready}{!resumed}a new session][, timeout {timeout}]")   \
	/* A node of a client's configuration. by: "file" "option"; password: one is given, length: of it, absent when unknown;    \
	 * secret_shape: what is odd about it, "blank-around" "quoted" "newline" "empty" "default" (the one of the example           \
	 * configuration); absent: nothing */                                                      \
	KIND(lavalink_config, "lavalink.config", CONF,                                             \
		"[{name}: ]{host}[:{port}][{!port}, no port][{?secure}, secure][{!secure}, not secure]"                                 \
		"[{?password}, a password][{?password} of {length} characters][{!password}, no password][ ({secret_shape})]")          \
	/* What is wrong with one, whatever the server is. mistake: a name */                      \
	KIND(lavalink_config_mistake, "lavalink.config-mistake", CONF, "{text}")                   \
	/* One line of a log of a node or of a client library. event: "starting" "ready" "auth-failed" "user-id-missing"              \
	 * "rest-auth-missing" "rest-auth-failed" "incoming" "established" "closed" "old-endpoint" "v3-op" "exception" (a session    \
	 * closed by one) "voice-closed" "rest-400" (path) "resumed" "wrong-java", of a client: "client-connecting" "client-open" "client-ready"   \
	 * "client-closed" "client-error" "client-reconnecting"; by: "lavalink" "shoukaku" …; client: as the node names it;           \
	 * code, status, reason, resumed (of client-open): where the line has them; text: redacted */                        \
	KIND(lavalink_log, "lavalink.log", LOG, "{by}: {event}[ {status}][ {code}][ {reason}][, {client}][: {text}]")                  \
	KEY(k_user_id, "user_id", TEXT)                                                            \
	KEY(k_given, "given", TEXT)                                                                \
	KEY(k_sources, "sources", TEXT)                                                            \
	KEY(k_plugins, "plugins", TEXT)                                                            \
	KEY(k_player, "player", TEXT)                                                              \
	KEY(k_jvm, "jvm", TEXT)                                                                    \
	KEY(k_api, "api", INT)                                                                     \
	KEY(k_resumed, "resumed", BOOL)                                                            \
	KEY(k_resumed_header, "resumed_header", TEXT)                                              \
	KEY(k_session_tag, "session_tag", INT)                                                     \
	KEY(k_same, "same", BOOL)                                                                  \
	KEY(k_ready, "ready", BOOL)                                                                \
	KEY(k_uptime, "uptime", TIME)                                                              \
	KEY(k_players, "players", INT)                                                             \
	KEY(k_playing, "playing", INT)                                                             \
	KEY(k_memory_used, "memory_used", BYTES)                                                   \
	KEY(k_memory_free, "memory_free", BYTES)                                                   \
	KEY(k_memory_allocated, "memory_allocated", BYTES)                                         \
	KEY(k_memory_reservable, "memory_reservable", BYTES)                                       \
	KEY(k_cores, "cores", INT)                                                                 \
	KEY(k_system_load, "system_load", INT)                                                     \
	KEY(k_lavalink_load, "lavalink_load", INT)                                                 \
	KEY(k_frames_sent, "frames_sent", INT)                                                     \
	KEY(k_frames_nulled, "frames_nulled", INT)                                                 \
	KEY(k_frames_deficit, "frames_deficit", INT) /* negative: more than due were sent */       \
	KEY(k_guild_tag, "guild_tag", INT)                                                         \
	KEY(k_connected, "connected", BOOL)                                                        \
	KEY(k_ping, "ping", TIME)                                                                  \
	KEY(k_by_remote, "by_remote", BOOL)                                                        \
	KEY(k_resuming, "resuming", BOOL)                                                          \
	KEY(k_timeout, "timeout", TIME)                                                            \
	KEY(k_secure, "secure", BOOL)                                                              \
	KEY(k_password, "password", BOOL)                                                          \
	KEY(k_length, "length", INT)                                                               \
	KEY(k_secret_shape, "secret_shape", TEXT)                                                  \
	KEY(k_client, "client", TEXT)                                                              \
	/* the base plan where the endpoint is a node; exp_upgrade before them is the Upgrade of /v4/websocket */                     \
	TAG(exp_lavalink_rest, "lavalink-rest", "GET /version, /v4/info and /v4/stats without and with the password")                 \
	TAG(exp_lavalink_session, "lavalink-session", "connect as a client library does and wait for ready")                          \
	/* where the port is a node's usual one and the URL says nothing */                        \
	TAG(exp_lavalink_knock, "lavalink-knock", "GET /version: is a Lavalink node there")        \
	/* asked for by suspects */                                                                \
	TAG(exp_lavalink_old_path, "lavalink-old-path", "the same Upgrade on /v3/websocket and on /, where version 3 listens")         \
	TAG(exp_lavalink_new_path, "lavalink-new-path", "the same Upgrade on /v4/websocket")       \
	TAG(exp_lavalink_user_id, "lavalink-user-id", "the same Upgrade with a numeric User-Id")   \
	/* asked for by the user */                                                                \
	TAG(exp_lavalink_wrong_auth, "lavalink-wrong-auth", "REST and Upgrade with a password that is wrong on purpose")               \
	TAG(exp_lavalink_headers, "lavalink-headers", "the Upgrade with each header left out or malformed")                            \
	TAG(exp_lavalink_resume, "lavalink-resume", "let the session resume, cut the connection, come back")                           \
	/* roles: what is different about a connection of those */                                 \
	TAG(role_no_password, "no-password", "without the password")                               \
	TAG(role_with_password, "with-password", "with the password")                              \
	TAG(role_wrong_password, "wrong-password", "with a wrong password")                        \
	TAG(role_no_user_id, "no-user-id", "without User-Id")                                      \
	TAG(role_zero_user_id, "zero-user-id", "with the User-Id 0")                               \
	TAG(role_text_user_id, "text-user-id", "with a User-Id that is no number")                 \
	TAG(role_no_client_name, "no-client-name", "without Client-Name")                          \
	TAG(role_unknown_session, "unknown-session", "with a Session-Id that cannot exist")        \
	TAG(role_cut, "cut", "the connection that is cut")                                         \
	TAG(role_back, "back", "the one that comes back")

FACT_DECLARE(LAVALINK_FACTS)

#endif
