/* Configurations of Lavalink nodes as people paste them. No crash, bounded, and the password is
 * told to nobody. */
#include <stdlib.h>

#include "base/url.h"
#include "core/journal.h"
#include "reader/node_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_node(const struct node_config_node *n)
{
	struct buf url = {.max = URL_SAID_MAX}, saved = {.max = BUF_MAX};
	struct journal j = {0};
	const char *why;
	struct url u;

	node_config_url(&url, n);
	url_parse(buf_span(&url), &u, &why);
	node_config_note(n, &j, SPAN("option"));
	journal_save(&saved, &j, SPAN("x"), "1");
	/* what is long and stands nowhere else must not stand there */
	if (n->password.n > 12 && span_find(n->host, n->password) < 0 &&
		span_find(n->name, n->password) < 0 &&
		span_find(SPAN("youshallnotpass"), n->password) < 0 &&
		span_find(buf_span(&saved), n->password) >= 0 && span_chr(n->password, ' ') < 0 &&
		span_chr(n->password, '"') < 0)
		abort();
	buf_deinit(&url);
	buf_deinit(&saved);
	journal_deinit(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct node_config c;
	struct arena arena = {0};
	const char *why = NULL;

	if (!node_config_read(&c, &arena, (struct span){(const char *)data, size}, &why) && !why)
		abort();
	for (size_t i = 0; i < c.n; i++)
		try_node(&c.nodes[i]);
	arena_deinit(&arena);
	return 0;
}
