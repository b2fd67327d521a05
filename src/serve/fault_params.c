/* What a fault may be told. */
#include <stddef.h>
#include <string.h>

#include "serve/call.h"

#include "base/text.h"

enum form { TIME, SIZE, NUMBER, TEXT };

#define HOUR (3600 * NS_S)

static const struct param {
	const char *name;
	enum form form;
	size_t offset;
	uint64_t max; /* 0: any */
	const char *say;
} params[] = {
	{"after", TIME, offsetof(struct fault_params, after), 24 * (uint64_t)HOUR,
		"how long it takes, or how long silence may last: a duration such as 500ms or 2s, "
		"up to 24h"},
	{"age", TIME, offsetof(struct fault_params, age), 24 * (uint64_t)HOUR,
		"how old a connection may become: a duration, up to 24h"},
	{"limit", SIZE, offsetof(struct fault_params, limit), (uint64_t)1 << 30,
		"how much is too much: bytes, such as 8192 or 64k, up to 1G"},
	{"code", NUMBER, offsetof(struct fault_params, code), 65535,
		"the status of an answer or the code of a Close: a number up to 65535"},
	{"rate", NUMBER, offsetof(struct fault_params, rate), 100,
		"how many in a hundred: a number up to 100"},
	{"to", TEXT, offsetof(struct fault_params, to), 0,
		"where to, or what is right: a URL, an origin, a name"},
	{"at", TEXT, offsetof(struct fault_params, at), 0,
		"ADDRESS:PORT, a listener of its own (of --fault only; port 0 is a free one)"},
};

#define PARAMS (sizeof(params) / sizeof(*params))

static const struct param *find(struct span name)
{
	for (size_t i = 0; i < PARAMS; i++)
		if (span_eq(name, span_of(params[i].name)))
			return &params[i];
	return NULL;
}

static bool take(const struct param *p, struct span value, void *to)
{
	uint64_t number = 0;
	ns time = 0;

	switch (p->form) {
	case TIME:
		if (!text_duration(value, &time) || (uint64_t)time > p->max)
			return false;
		*(ns *)to = time;
		return true;
	case SIZE:
	case NUMBER:
		if (!(p->form == SIZE ? text_size(value, &number)
				      : span_uint(value, p->max, &number)) ||
			number > p->max)
			return false;
		*(uint64_t *)to = number;
		return true;
	case TEXT:
		*(struct span *)to = value;
		return value.n > 0;
	}
	return false;
}

static bool refuse(struct buf *why, struct span word, const struct param *p)
{
	if (!why)
		return false;
	if (p) {
		buf_addf(why, "%.*s: %s= is %s", SPANF(word), p->name, p->say);
		return false;
	}
	buf_addf(why, "%.*s: a parameter is one of", SPANF(word));
	for (size_t i = 0; i < PARAMS; i++)
		buf_addf(why, " %s=", params[i].name);
	return false;
}

bool fault_param(struct fault_params *f, struct span word, struct buf *why)
{
	ssize_t equals = span_chr(word, '=');
	const struct param *p = equals > 0 ? find(span_head(word, (size_t)equals)) : NULL;

	if (!p)
		return refuse(why, word, NULL);
	return take(p, span_from(word, (size_t)equals + 1), (char *)f + p->offset) ||
	       refuse(why, word, p);
}

bool fault_param_is_known(struct span word)
{
	ssize_t equals = span_chr(word, '=');

	return equals > 0 && find(span_head(word, (size_t)equals));
}

void fault_params_list(struct buf *out)
{
	for (size_t i = 0; i < PARAMS; i++)
		buf_addf(out, "  %s=%*s%s\n", params[i].name, (int)(8 - strlen(params[i].name)), "",
			params[i].say);
}

static void add_time(struct buf *out, const char *name, ns t)
{
	if (t && t % NS_S)
		buf_addf(out, " %s=%lldms", name, (long long)(t / NS_MS));
	else if (t)
		buf_addf(out, " %s=%llds", name, (long long)(t / NS_S));
}

static void add_number(struct buf *out, const char *name, uint64_t n)
{
	if (n)
		buf_addf(out, " %s=%llu", name, (unsigned long long)n);
}

void fault_params_say(struct buf *out, const struct fault_params *p)
{
	add_time(out, "after", p->after);
	add_time(out, "age", p->age);
	add_number(out, "limit", p->limit);
	add_number(out, "code", p->code);
	add_number(out, "rate", p->rate);
	if (p->to.n)
		buf_addf(out, " to=%.*s", SPANF(p->to));
}
