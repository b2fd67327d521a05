/* Whatever is published on the channels of a cluster: no crash, bounded, and what is read can be
 * written and read again. The first byte chooses the adapter and the channel. */
#include <stdlib.h>

#include "base/json.h"
#include "dialect/redis/adapter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct adapter_message *m, enum adapter_kind kind)
{
	struct buf out = {.max = ADAPTER_JSON_MAX}, json = {0};
	struct adapter_event e = {m->uid, m->nsp, m->data, m->rooms, m->except, &m->bytes};
	struct adapter_message second;

	if (!json_is(m->rooms, JSON_ARRAY) || !json_is(m->except, JSON_ARRAY))
		return;
	if (adapter_write_event(&out, kind, &e) &&
		(!adapter_read(&second, &json, kind, false, buf_span(&out)) ||
			second.verb != ADAPTER_EMIT))
		abort();
	buf_deinit(&out);
	buf_deinit(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct adapter_message m;
	struct buf json = {0};
	enum adapter_kind kind;

	if (!size)
		return 0;
	kind = data[0] & 1 ? ADAPTER_SHARDED : ADAPTER_CLASSIC;
	if (adapter_read(&m, &json, kind, data[0] & 2,
		    (struct span){(const char *)data + 1, size - 1}) &&
		m.verb == ADAPTER_EMIT)
		write_again(&m, kind);
	buf_deinit(&json);
	return 0;
}
