/* Whatever a peer sends: no crash, and the same journal however it is cut. DIALECT is the dialect's
 * name. */
#include "input.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vector *find_vectors(void)
{
	const struct dialect_entry *e = dialect_all;

	while (e->dialect && strcmp(e->dialect->name, DIALECT))
		e++;
	return e->dialect ? e->vectors : NULL;
}

/* nghttp2 decides by itself what it still answers to a peer that breaks the protocol, and when:
 * there the journal alone counts. */
static struct buf *said(struct buf *out)
{
	return strcmp(DIALECT, "h2") ? out : NULL;
}

static void compare(const struct input *in, const struct buf *want, struct pieces pieces)
{
	struct buf got = {0};

	replay(&got, said(&got), NULL, in->vector, in->steps, in->n, in->end, pieces);
	if (!span_eq(buf_span(&got), buf_span(want))) {
		fprintf(stderr, "in pieces (every %zu, step %zu at %zu):\n%.*s\nwhole:\n%.*s\n",
			pieces.every, pieces.step, pieces.at, SPANF(buf_span(&got)),
			SPANF(buf_span(want)));
		abort();
	}
	buf_deinit(&got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf want = {0};
	struct input in;

	if (!input_read(&in, find_vectors(), (struct span){(const char *)data, size}))
		return 0;
	replay(&want, said(&want), NULL, in.vector, in.steps, in.n, in.end, (struct pieces){0});
	compare(&in, &want, (struct pieces){.every = 1});
	compare(&in, &want, (struct pieces){.every = 7});
	compare(&in, &want,
		(struct pieces){.step = size % in.n, .at = in.steps[size % in.n].bytes.n / 2});
	buf_deinit(&want);
	return 0;
}
