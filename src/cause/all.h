/* Every cause and every rule of the catalogue, declared from their rows. */
#ifndef CAUSE_ALL_H
#define CAUSE_ALL_H

#include "core/rule.h"

#define CAUSE(object, ...)                                                                         \
	extern const struct cause cause_##object;                                                  \
	enum ruling rule_##object(const struct scope *s, struct finding *f);
#define KNOWN(object, ...) extern const struct cause cause_##object;
#include "cause/all.def"
#undef CAUSE
#undef KNOWN

#endif
