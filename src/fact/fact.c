#include "fact/all.h"

#define DEFINE_KIND(object, n, c, s) const struct kind object = {.name = (n), .channel = CHANNEL_##c, .say = (s)};
#define DEFINE_KEY(object, n, t) const struct key object = {.name = (n), .type = VALUE_##t};
#define DEFINE_TAG(object, n, s) const struct tag object = {.name = (n), .say = (s)};
ALL_FACTS(DEFINE_KIND, DEFINE_KEY, DEFINE_TAG)

#define SKIP(...)
#define ADDRESS(object, ...) &object,

static const struct kind *const kinds[] = {ALL_FACTS(ADDRESS, SKIP, SKIP) NULL};
static const struct key *const keys[] = {ALL_FACTS(SKIP, ADDRESS, SKIP) NULL};
static const struct tag *const tags[] = {ALL_FACTS(SKIP, SKIP, ADDRESS) NULL};

const struct vocabulary vocabulary = {.kinds = kinds, .keys = keys, .tags = tags};
