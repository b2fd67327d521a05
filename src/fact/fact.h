/* How a fact header declares its nouns. Each header holds one list macro, NOUN_FACTS(KIND, KEY, TAG):
 *
 *	KIND(object, "name", CHANNEL, "sentence")	see core/obs.h for the {key} language
 *	KEY(object, "name", TYPE)			TYPE: INT TEXT BOOL TIME BYTES
 *	TAG(object, "name", "sentence")
 *
 * and is listed in fact/all.h, which defines the objects once and is the vocabulary of saved journals.
 * A key may be used by any kind; it is declared by the noun it belongs to most. */
#ifndef FACT_FACT_H
#define FACT_FACT_H

#include "core/obs.h"

#define FACT_EXTERN_KIND(object, name, channel, say) extern const struct kind object;
#define FACT_EXTERN_KEY(object, name, type) extern const struct key object;
#define FACT_EXTERN_TAG(object, name, say) extern const struct tag object;
#define FACT_EXTERN FACT_EXTERN_KIND, FACT_EXTERN_KEY, FACT_EXTERN_TAG
#define FACT_DECLARE(FACTS) FACT_EXPAND(FACTS, FACT_EXTERN)
#define FACT_EXPAND(FACTS, ...) FACTS(__VA_ARGS__)

#endif
