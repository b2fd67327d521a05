#include "base/json.h"
#include "dialect/redis/redis.h"

static const struct mark {
	char mark;
	enum resp_type type;
	bool bulk; /* the number on its line is a length */
} marks[] = {
	{'+', RESP_TEXT, false},
	{'-', RESP_ERROR, false},
	{':', RESP_INT, false},
	{'$', RESP_TEXT, true},
	{'*', RESP_ARRAY, false},
	{'_', RESP_NULL, false},
	{'#', RESP_BOOL, false},
	{',', RESP_TEXT, false},
	{'(', RESP_TEXT, false},
	{'!', RESP_ERROR, true},
	{'=', RESP_TEXT, true},
	{'%', RESP_MAP, false},
	{'~', RESP_ARRAY, false},
	{'>', RESP_ARRAY, false},
	{'|', RESP_ATTRIBUTE, false},
};

static const struct mark *find_mark(char c)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (marks[i].mark == c)
			return &marks[i];
	return NULL;
}

static bool take_line(struct span *rest, struct span *line, const char **fault)
{
	struct span within = span_head(*rest, RESP_LINE_MAX);
	ssize_t end = span_find(within, SPAN("\r\n"));

	if (end < 0) {
		if (within.n == RESP_LINE_MAX)
			*fault = "line";
		return false;
	}
	*line = span_head(*rest, (size_t)end);
	*rest = span_from(*rest, (size_t)end + 2);
	return true;
}

static bool take_bulk(struct span *rest, struct resp_item *it, const char **fault)
{
	if (it->n > (int64_t)RESP_REPLY_MAX) {
		*fault = "size";
		return false;
	}
	if (rest->n < (size_t)it->n + 2)
		return false;
	it->text = span_head(*rest, (size_t)it->n);
	*rest = span_from(*rest, (size_t)it->n);
	if (!span_starts(*rest, SPAN("\r\n"))) {
		*fault = "line";
		return false;
	}
	*rest = span_from(*rest, 2);
	return true;
}

/* A negative length is RESP2's null. */
static bool read_number(struct resp_item *it, const struct mark *m, const char **fault)
{
	bool counts = m->bulk || it->type >= RESP_ARRAY;

	if (it->type == RESP_BOOL) {
		it->n = span_eq(it->text, SPAN("t"));
		return true;
	}
	if (!counts && it->type != RESP_INT)
		return true;
	if (!json_int(it->text, &it->n)) {
		*fault = "number";
		return false;
	}
	if (counts && it->n < 0)
		*it = (struct resp_item){.type = RESP_NULL};
	else if (it->type >= RESP_ARRAY && it->n > (int64_t)RESP_ITEMS_MAX) {
		*fault = "size";
		return false;
	}
	return true;
}

bool resp_take(struct span *rest, struct resp_item *it, const char **fault)
{
	struct span from = *rest;
	const struct mark *m;

	*fault = NULL;
	if (!from.n)
		return false;
	m = find_mark(from.p[0]);
	if (!m) {
		*fault = "type";
		return false;
	}
	from = span_from(from, 1);
	*it = (struct resp_item){.type = m->type};
	if (!take_line(&from, &it->text, fault) || !read_number(it, m, fault) ||
		(m->bulk && it->type != RESP_NULL && !take_bulk(&from, it, fault)))
		return false;
	*rest = from;
	return true;
}

static bool count(struct resp_scan *s, const struct resp_item *it)
{
	uint64_t follow = it->type == RESP_ARRAY			       ? (uint64_t)it->n
			  : it->type == RESP_MAP || it->type == RESP_ATTRIBUTE ? 2 * (uint64_t)it->n
									       : 0;

	if (it->type == RESP_ATTRIBUTE) {
		s->left[s->depth] += follow;
		return s->left[s->depth] <= 4 * RESP_ITEMS_MAX;
	}
	s->left[s->depth]--;
	if (follow) {
		if (s->depth == RESP_DEPTH_MAX)
			return false;
		s->left[++s->depth] = follow;
	}
	while (s->depth && !s->left[s->depth])
		s->depth--;
	return true;
}

enum resp_scanned resp_scan(struct resp_scan *s, struct span bytes, const char **fault)
{
	struct span rest = span_from(bytes, s->at);
	struct resp_item it;

	if (!s->begun)
		s->left[0] = 1;
	s->begun = true;
	while (s->left[0] || s->depth) {
		if (!resp_take(&rest, &it, fault)) {
			if (!*fault && bytes.n > RESP_REPLY_MAX)
				*fault = "size";
			return *fault ? RESP_BROKEN : RESP_MORE;
		}
		s->at = bytes.n - rest.n;
		if (!count(s, &it)) {
			*fault = "depth";
			return RESP_BROKEN;
		}
	}
	return RESP_WHOLE;
}

void resp_write(struct buf *out, const struct span *words, size_t n)
{
	buf_addf(out, "*%zu\r\n", n);
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, "$%zu\r\n", words[i].n);
		buf_add(out, words[i]);
		buf_addz(out, "\r\n");
	}
}
