#include "serve/query.h"

#include <string.h>

#include "base/text.h"

static bool read_value(enum query_type type, struct span word, int64_t *out)
{
	uint64_t number;

	if (type == QUERY_DURATION)
		return text_duration(word, out);
	if (!(type == QUERY_SIZE ? text_size(word, &number) : span_uint(word, INT64_MAX, &number)))
		return false;
	*out = (int64_t)number;
	return true;
}

static const struct query *find(const struct query *table, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(name, span_of(table[i].name)))
			return &table[i];
	return NULL;
}

static void add_limit(struct buf *out, const struct query *q, int64_t limit)
{
	if (q->type == QUERY_DURATION)
		text_ns(out, limit);
	else
		buf_addf(out, "%lld", (long long)limit);
}

static void refuse(struct call *c, const struct query *q)
{
	struct buf why = {.max = 256};

	buf_addf(&why, "%s= is a %s from ", q->name,
		q->type == QUERY_DURATION ? "duration such as 500ms"
		: q->type == QUERY_SIZE	  ? "size in bytes"
					  : "number");
	add_limit(&why, q, q->min);
	buf_addz(&why, " to ");
	add_limit(&why, q, q->max);
	buf_addc(&why, '\n');
	call_answer(c, "400 Bad Request", "Content-Type: text/plain\r\nContent-Length:\r\n",
		buf_span(&why));
	buf_deinit(&why);
}

bool query_take(struct call *c, const struct query *table, size_t n, void *own)
{
	struct span rest = call_query(c), word, name;

	while (span_cut(&rest, '&', &word)) {
		const struct query *q;
		int64_t value;

		name = (struct span){0};
		span_cut(&word, '=', &name);
		q = find(table, n, name);
		if (!q)
			continue;
		if (!read_value(q->type, word, &value) || value < q->min || value > q->max) {
			refuse(c, q);
			return false;
		}
		memcpy((char *)own + q->offset, &value, sizeof(value));
	}
	return true;
}
