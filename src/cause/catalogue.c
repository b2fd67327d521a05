#include "cause/all.h"

#define CAUSE(object, ...) const struct cause cause_##object = {__VA_ARGS__, .rule = rule_##object};
#define KNOWN(object, ...) const struct cause cause_##object = {__VA_ARGS__};
#include "cause/all.def"
#undef CAUSE
#undef KNOWN

#define CAUSE(object, ...) &cause_##object,
#define KNOWN CAUSE
const struct cause *const cause_all[] = {
#include "cause/all.def"
	NULL};

const struct cause *cause_find(struct span id)
{
	for (const struct cause *const *c = cause_all; *c; c++)
		if (span_eq(span_of((*c)->id), id))
			return *c;
	return NULL;
}
