#include "dialect/vector.h"

#define DIALECT(name)                                                                              \
	extern const struct dialect dialect_##name;                                                \
	extern const struct vector vectors_##name[];
#include "dialect/all.def"
#undef DIALECT

const struct dialect_entry dialect_all[] = {
#define DIALECT(name) {&dialect_##name, vectors_##name},
#include "dialect/all.def"
#undef DIALECT
	{NULL, NULL},
};
