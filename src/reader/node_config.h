/* The configuration of a Lavalink node, as client libraries take it, print it, and as people paste
 * it: JSON, an object literal of JavaScript (names and strings in any quotes, comments, commas at
 * the end), or arguments of Python (host="…", port=2333). What is around it is read over.
 *
 *	[{ name: 'main', url: 'localhost:2333', auth: 'pw', secure: false }]	Shoukaku
 *	{ "host": "localhost", "port": 2333, "authorization": "pw" }		lavalink-client
 *	wavelink.Node(uri="http://localhost:2333", password="pw")		Wavelink */
#ifndef READER_NODE_CONFIG_H
#define READER_NODE_CONFIG_H

#include "base/arena.h"
#include "core/journal.h"

#define NODE_CONFIG_TEXT_MAX ((size_t)64 << 10)
#define NODE_CONFIG_MAX 16

/* One node. Spans are views into the text, or live in the arena. */
struct node_config_node {
	struct span name;
	struct span scheme,
		host; /* scheme: as written in front of the host, lower case or not; empty: none */
	bool host_in_url;      /* it was given as `url` or `uri`, not as `host` */
	bool uri;	       /* by a key of a library that wants a whole URL */
	unsigned port;	       /* 0: none given, or none that can be */
	struct span port_text; /* as written */
	bool secure, secure_given;
	bool secure_is_text;  /* "false" in quotes: true to JavaScript */
	struct span password; /* a secret */
	bool password_given;
	bool password_unseen;	 /* it is an expression, or only its length is printed */
	int64_t password_length; /* bytes, or as printed; -1: not known */
};

struct node_config {
	struct node_config_node nodes[NODE_CONFIG_MAX];
	size_t n;
};

/* Reads every node in the text, which outlives *out. False with a constant sentence in *why when
 * there is none. */
bool node_config_read(struct node_config *out, struct arena *a, struct span text, const char **why);

/* Adds "ws://host:port" of the node, for url_parse: with its scheme when it has one, else as
 * `secure` says; without a port where none was given. */
void node_config_url(struct buf *out, const struct node_config_node *n);
/* What is odd about its password, a word of lavalink.config; NULL: nothing. */
const char *node_config_shape(const struct node_config_node *n);
/* Notes lavalink.config of the node, and a lavalink.config-mistake for each thing that no server
 * would take. by: "file" or "option". */
void node_config_note(const struct node_config_node *n, struct journal *j, struct span by);

#endif
